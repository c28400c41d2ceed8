"""Connected shapes in a small black-and-white picture, and how often a line crosses ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shape:
    """Inked cells that touch each other, corners included.

    Attributes
    ----------
    runs : tuple of (int, int, int)
        Row, first column and last column + 1 of every unbroken run of cells.
    """

    runs: tuple[tuple[int, int, int], ...]

    @property
    def area(self) -> int:
        """How many cells it has."""
        return sum(stop - start for _, start, stop in self.runs)

    @property
    def rows(self) -> tuple[int, int]:
        """The first row, and the last one + 1."""
        return self.runs[0][0], self.runs[-1][0] + 1

    @property
    def columns(self) -> tuple[int, int]:
        """The first column, and the last one + 1."""
        return min(run[1] for run in self.runs), max(run[2] for run in self.runs)


def shapes(inked: NDArray[np.bool_]) -> list[Shape]:
    """Find the connected shapes of a picture.

    Parameters
    ----------
    inked : ndarray of shape (H, W), bool
        True where there is ink.

    Returns
    -------
    list of Shape
        In reading order of their first cells.

    Examples
    --------
    >>> import numpy as np
    >>> [shape.area for shape in shapes(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 1, 1]]) > 0)]
    [2, 3]
    """
    edges = np.diff(np.pad(inked, ((0, 0), (1, 1))).view(np.int8), axis=1)
    rows, starts = (axis.tolist() for axis in np.nonzero(edges == 1))
    stops = np.nonzero(edges == -1)[1].tolist()

    # Runs of neighbouring rows that touch are joined: `parent` leads each run to its first one.
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    above = 0
    for run, row in enumerate(rows):
        while rows[above] < row - 1 or (rows[above] == row - 1 and stops[above] < starts[run]):
            above += 1
        other = above
        while rows[other] == row - 1 and starts[other] <= stops[run]:
            first, second = sorted((root(other), root(run)))
            parent[second] = first
            other += 1

    groups: dict[int, list[tuple[int, int, int]]] = {}
    for run, row in enumerate(rows):
        groups.setdefault(root(run), []).append((row, starts[run], stops[run]))
    return [Shape(tuple(runs)) for runs in groups.values()]


def separate(found: list[Shape]) -> bool:
    """Tell whether shapes look like two digits: side by side or stacked, with a gap between.

    The parts of one broken digit usually overlap in one direction, or one of them is small.

    Examples
    --------
    >>> import numpy as np
    >>> two_bars = np.zeros((20, 20), dtype=bool)
    >>> two_bars[2:18, [4, 14]] = True
    >>> separate(shapes(two_bars))
    True
    """
    if len(found) < 2:
        return False
    tallest = max(bottom - top for top, bottom in (shape.rows for shape in found))
    large = [s for s in found if s.rows[1] - s.rows[0] >= 0.5 * tallest]
    height = max(s.rows[1] for s in found) - min(s.rows[0] for s in found)
    return (
        _gap([shape.columns for shape in large]) >= 0.06 * height
        or _gap([shape.rows for shape in large]) >= 0.1 * height
    )


def _gap(spans: list[tuple[int, int]]) -> int:
    """Return the widest stretch between spans that none of them covers, 0 for none."""
    widest, reached = 0, None
    for start, stop in sorted(spans):
        if reached is not None:
            widest = max(widest, start - reached)
        reached = stop if reached is None else max(reached, stop)
    return widest


def strokes_per_line(inked: NDArray[np.bool_]) -> tuple[float, float]:
    """Count how many strokes a row and a column cross on average, among those with any ink.

    Returns
    -------
    tuple of float
        The mean over rows, and over columns. A plus sign has 1 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> strokes_per_line(np.array([[1, 0, 1], [1, 1, 1], [1, 0, 1]]) > 0)
    (1.6666666666666667, 1.0)
    """
    return _strokes(inked), _strokes(inked.T)


def _strokes(inked: NDArray[np.bool_]) -> float:
    starts = np.diff(np.pad(inked, ((0, 0), (1, 0))).astype(np.int8), axis=1) == 1
    return int(starts.sum()) / max(1, int(inked.any(axis=1).sum()))
