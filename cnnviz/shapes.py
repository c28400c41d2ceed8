"""Connected shapes in a small black-and-white picture, their holes, and how lines cross them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shapes:
    """The shapes of a picture: inked cells that touch each other, corners included.

    Attributes
    ----------
    size : (int, int)
        Rows and columns of the picture.
    runs : ndarray of shape (runs, 3), int
        Row, first column and last column + 1 of every unbroken run of cells, in reading order.
    shape_of : ndarray of shape (runs,), int
        Which shape a run belongs to. Shapes are counted in reading order of their first cells.
    """

    size: tuple[int, ...]
    runs: NDArray[np.intp]
    shape_of: NDArray[np.intp]

    def __len__(self) -> int:
        return int(self.shape_of.max()) + 1 if len(self.runs) else 0

    @property
    def areas(self) -> NDArray[np.intp]:
        """How many cells each has."""
        lengths = self.runs[:, 2] - self.runs[:, 1]
        return np.bincount(self.shape_of, lengths, len(self)).astype(np.intp)

    @property
    def rows(self) -> NDArray[np.intp]:
        """The first row of each, and the last one + 1: shape (n, 2)."""
        return self._extents(self.runs[:, 0], self.runs[:, 0] + 1)

    @property
    def columns(self) -> NDArray[np.intp]:
        """The first column of each, and the last one + 1: shape (n, 2)."""
        return self._extents(self.runs[:, 1], self.runs[:, 2])

    def _extents(self, starts: NDArray[np.intp], stops: NDArray[np.intp]) -> NDArray[np.intp]:
        extents = np.stack([np.full(len(self), max(self.size)), np.zeros(len(self), np.intp)], 1)
        np.minimum.at(extents[:, 0], self.shape_of, starts)
        np.maximum.at(extents[:, 1], self.shape_of, stops)
        return extents

    def drawn(self, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Draw some of the shapes into a picture of the same size.

        Parameters
        ----------
        wanted : ndarray of shape (n,), bool
            Which.

        Examples
        --------
        >>> found = shapes(np.array([[1, 1, 0, 1]]) > 0)
        >>> found.drawn(found.areas > 1).tolist()
        [[True, True, False, False]]
        """
        height, width = self.size
        rows, starts, stops = self.runs[wanted[self.shape_of]].T
        # Counting up at each run's start and down after its end is 1 within the runs.
        steps = np.zeros((height, width + 1), np.int8)
        steps[rows, starts] = 1
        steps[rows, stops] = -1
        return np.cumsum(steps[:, :-1], axis=1, dtype=np.int8) > 0


def shapes(inked: NDArray[np.bool_]) -> Shapes:
    """Find the connected shapes of a picture.

    Parameters
    ----------
    inked : ndarray of shape (H, W), bool
        True where there is ink.

    Examples
    --------
    >>> shapes(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 1, 1]]) > 0).areas.tolist()
    [2, 3]
    """
    height, width = inked.shape
    edges = np.zeros((height, width + 1), np.int8)  # 1 where a run starts, -1 after its end
    edges[:, :-1] += inked
    edges[:, 1:] -= inked
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    return Shapes(
        inked.shape,
        np.stack([rows, starts, stops], axis=1),
        _connected(len(rows), *_touching(rows, starts, stops, width)),
    )


def _touching(
    rows: NDArray[np.intp], starts: NDArray[np.intp], stops: NDArray[np.intp], width: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair every run with those of the row above that it touches."""
    # One number says row and column, so that a search finds them all at once. Two columns are
    # spare: a run may end at `width`, and the next row's first cell must not be its neighbour.
    line = rows * (width + 2)
    above = line - (width + 2)
    first = np.searchsorted(line + stops, above + starts, side="left")
    after = np.searchsorted(line + starts, above + stops, side="right")
    count = after - first
    lower = np.repeat(np.arange(len(rows)), count)
    upper = np.arange(len(lower)) - np.repeat(np.cumsum(count) - count - first, count)
    return lower, upper


def _connected(count: int, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give all that pairs join, directly or through others, one number.

    Numbers go up with the first member. Every group takes the lowest number that it touches, all
    at once; of two neighbours one at least goes into another group, so that a few rounds are
    enough (Shiloach and Vishkin, 1982).
    """
    lowest = np.arange(count)
    while True:
        ends = lowest[one], lowest[other]
        low, high = np.minimum(*ends), np.maximum(*ends)
        if np.array_equal(low, high):
            break
        np.minimum.at(lowest, high, low)
        while not np.array_equal(lowest, further := lowest[lowest]):
            lowest = further
    return np.unique(lowest, return_inverse=True)[1]


def separate(found: Shapes) -> bool:
    """Tell whether shapes look like two digits: side by side or stacked, with a gap between.

    The parts of one broken digit usually overlap in one direction, or one of them is small.

    Examples
    --------
    >>> two_bars = np.zeros((20, 20), dtype=bool)
    >>> two_bars[2:18, [4, 14]] = True
    >>> separate(shapes(two_bars))
    True
    """
    if len(found) < 2:
        return False
    rows, columns = found.rows, found.columns
    heights = rows[:, 1] - rows[:, 0]
    large = heights >= 0.5 * heights.max()
    height = int(rows[:, 1].max() - rows[:, 0].min())
    return (
        _gap(columns[large].tolist()) >= 0.06 * height or _gap(rows[large].tolist()) >= 0.1 * height
    )


def _gap(spans: Iterable[tuple[int, int]]) -> int:
    """Return the widest stretch between spans that none of them covers, 0 for none."""
    widest, reached = 0, None
    for start, stop in sorted(spans):
        if reached is not None:
            widest = max(widest, start - reached)
        reached = stop if reached is None else max(reached, stop)
    return widest


def holes(inked: NDArray[np.bool_]) -> int:
    """Count the pieces of paper that ink encloses.

    Examples
    --------
    >>> holes(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]) > 0)
    1
    """
    height, width = inked.shape
    paper = np.ones((height + 2, width + 2), bool)
    paper[1:-1, 1:-1] = ~inked
    return len(shapes(paper)) - 1  # but for the paper around it all


def holds_square(inked: NDArray[np.bool_], side: int) -> bool:
    """Tell whether a full square of that side lies anywhere in the ink.

    Examples
    --------
    >>> cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]) > 0
    >>> holds_square(cross, 1), holds_square(cross, 2)
    (True, False)
    """
    height, width = inked.shape
    sums = np.zeros((height + 1, width + 1), int)
    sums[1:, 1:] = inked.cumsum(axis=0).cumsum(axis=1)
    # What lies in a square is what lies up to its last corner, less what lies above and before it.
    within = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return bool((within == side * side).any())


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
    starts = int(inked[:, 0].sum()) + int((inked[:, 1:] > inked[:, :-1]).sum())
    return starts / max(1, int(inked.any(axis=1).sum()))
