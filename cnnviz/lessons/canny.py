"""Canny's edges, step by step: what is added to Sobel until an edge is one cell thick.

Layer: above `compute`, which does the blurring and both Sobel filters.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnviz.compute import convolve
from cnnviz.filters import FILTERS
from cnnviz.layers import Conv2D

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Cells = TypeVar("Cells", Floats, Bools)

ROUNDING = 1e-5  # of a blur and a Sobel filter in float32; far below the step between two greys

# Along each of four directions, the neighbour that lies ahead: (rows down, columns right).
_AHEAD = ((0, 1), (1, 1), (1, 0), (1, -1))


@dataclass(frozen=True, eq=False)
class Canny:
    """What each step makes of a picture of shape (H, W).

    Attributes
    ----------
    blurred : ndarray of float32
    strength : ndarray of float32
        The length of (Sobel x, Sobel y), as a share of the largest in the picture.
    thinned : ndarray of float32
        The strength where no neighbour across the edge is stronger, else 0.
    strong, weak : ndarray of bool
        Where `thinned` is at least `high`; where it is at least `low`, but less than `high`.
    edges : ndarray of bool
        The strong cells, and the weak ones that touch an edge.
    """

    blurred: Floats
    strength: Floats
    thinned: Floats
    strong: Bools
    weak: Bools
    edges: Bools


def canny(grey: Floats, *, low: float, high: float) -> Canny:
    """Find edges as Canny does [1]_, with four directions to compare in.

    Parameters
    ----------
    grey : ndarray of shape (H, W), float32
    low, high : float
        Shares of the largest strength, 0 to 1.

    References
    ----------
    .. [1] J. Canny, A Computational Approach to Edge Detection, IEEE Transactions on Pattern
       Analysis and Machine Intelligence 8 (1986).

    Examples
    --------
    >>> step = np.float32([[0, 0, 0, 1, 1, 1]] * 3)
    >>> canny(step, low=0.1, high=0.3).edges.astype(int).tolist()
    [[0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0]]
    """
    blurred = _filtered(grey, "gaussian", 5)
    right, down = _filtered(blurred, "sobel_x", 3), _filtered(blurred, "sobel_y", 3)
    length = np.hypot(right, down)
    length[length < ROUNDING] = 0
    strength = (length / (length.max() or 1)).astype(np.float32)
    thinned = _thinned(strength, right, down)
    strong = (thinned >= high) & (thinned > 0)
    weak = (thinned >= low) & (thinned > 0) & ~strong
    return Canny(blurred, strength, thinned, strong, weak, _connected(strong, weak))


def _filtered(grey: Floats, name: str, size: int) -> Floats:
    # The edge's cells are repeated around the picture: zeros would make an edge of its frame.
    around = np.pad(grey, size // 2, mode="edge")[..., np.newaxis]
    kernel = FILTERS[name].weights(size)[..., np.newaxis, np.newaxis]
    return convolve(around, kernel, None, Conv2D(1, size))[..., 0]


def _thinned(strength: Floats, right: Floats, down: Floats) -> Floats:
    """Suppress whatever is not the largest across its edge (non-maximum suppression)."""
    eighths = np.round(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    kept = np.zeros_like(strength)
    for direction, (rows, columns) in enumerate(_AHEAD):
        ahead, behind = _shifted(strength, rows, columns), _shifted(strength, -rows, -columns)
        # of two equal ones the first stays: an edge between two cells is one cell thick, too
        is_ridge = (strength >= ahead) & (strength > behind) & (eighths == direction)
        kept[is_ridge] = strength[is_ridge]
    return kept


def _connected(strong: Bools, weak: Bools) -> Bools:
    """Grow the strong cells into the weak ones that they touch, corners included (hysteresis)."""
    edges, before = strong, None
    while before is None or (edges != before).any():
        before = edges
        around = [_shifted(edges, rows, columns) for rows in (-1, 0, 1) for columns in (-1, 0, 1)]
        edges = edges | (weak & np.any(around, axis=0))
    return edges


def _shifted(values: Cells, rows: int, columns: int) -> Cells:
    """Return at each place the value so many rows below and columns to the right, else 0."""
    height, width = values.shape
    around = np.pad(values, 1)
    return around[1 + rows : 1 + rows + height, 1 + columns : 1 + columns + width]
