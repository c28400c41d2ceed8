"""The paper that a digit stands on: which side is ink, its own grey, and what is no stroke.

Layer: above `shapes`. What it decides, it decides on a picture of about 70x70 cells.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnviz.shapes import shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS = 70
INKED = 0.25  # a cell of which so much is ink belongs to a stroke


def coarse_of(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average over square cells, so that neither specks nor camera noise stand out.

    Parameters
    ----------
    picture : ndarray of shape (H, W), float32
        In [0, 1].

    Returns
    -------
    ndarray of shape (h, w), float32
        In [0, 1]; its longer side is about 70.

    Examples
    --------
    >>> coarse_of(np.ones((280, 140), np.float32)).shape
    (70, 35)
    """
    factor = max(1, round(max(picture.shape) / CELLS))
    return as_array(as_image(picture).reduce(factor))


def polarity(coarse: NDArray[np.float32]) -> tuple[bool, float, float]:
    """Tell which side is ink.

    The rim of the picture is paper: whatever is farthest from its level is ink.

    Parameters
    ----------
    coarse : ndarray of shape (h, w), float32
        What `coarse_of` returns.

    Returns
    -------
    inverted : bool
        Whether the ink is lower than the paper.
    contrast : float
        How far it is from the paper, 0 to 1.
    paper : float
        The paper's level.

    Examples
    --------
    >>> light = np.full((70, 70), 0.9, np.float32)
    >>> light[20:50, 30:35] = 0.2
    >>> inverted, contrast, paper = polarity(light)
    >>> inverted, round(contrast, 1), round(paper, 1)
    (True, 0.7, 0.9)
    """
    width = max(1, len(coarse) // 35)
    at_rim = np.ones(coarse.shape, dtype=bool)
    at_rim[width:-width, width:-width] = False
    # A rim that is half dark has two middles: the lower is a level that there is.
    middle = (np.count_nonzero(at_rim) - 1) // 2
    paper = float(np.partition(coarse[at_rim], middle)[middle])
    above, below = float(coarse.max()) - paper, paper - float(coarse.min())
    return below > above, max(above, below), paper


@dataclass(frozen=True)
class Cleaned:
    """A picture without its paper.

    Attributes
    ----------
    picture : ndarray of shape (H, W), float32
        In [0, 1]: 0 is paper and 1 full ink.
    inked : ndarray of shape (h, w), bool
        The cells of its strokes; see `coarse_of`.
    even : bool
        Whether the paper was of one level.
    specks : int
        About how many specks were wiped away.
    contrast : float
        How far the strongest ink stood out before.
    """

    picture: NDArray[np.float32]
    inked: NDArray[np.bool_]
    even: bool = True
    specks: int = 0
    contrast: float = 1.0

    @property
    def sentence(self) -> str:
        """What was done, in words."""
        if not self.even:
            return "The paper's own grey is taken away and the ink stretched to full strength."
        if self.specks:
            return f"{self.specks} specks too small for a stroke are wiped away."
        return "The paper is clean: nothing to take away."


def without_paper(
    picture: NDArray[np.float32], coarse: NDArray[np.float32], paper: float
) -> Cleaned:
    """Take away the paper's own grey and what is too small for a stroke.

    Parameters
    ----------
    picture : ndarray of shape (H, W), float32
        In [0, 1], its ink above the paper.
    coarse : ndarray of shape (h, w), float32
        The same, as `coarse_of` returns it.
    paper : float
        The paper's level at the rim.

    Examples
    --------
    >>> grey = np.full((280, 280), 0.3, np.float32)
    >>> grey[40:240, 130:150] = 0.8
    >>> np.unique(without_paper(grey, coarse_of(grey), 0.3).picture.round(2)).tolist()
    [0.0, 1.0]
    """
    surface, is_paper = _paper(coarse, paper)
    rest = coarse - surface.at(coarse.shape)
    noise = float(np.ptp(np.percentile(rest[is_paper], (10, 90)))) if is_paper.any() else 0.0
    even = surface.is_flat and noise < 0.02
    strong = rest[rest > 0.5 * rest.max()]
    # Ink is as dark as the darker half of what stands out. On uneven paper its own noise must go,
    # so only the upper part of the range counts as ink.
    level = max(float(strong.mean()), 0.02) if strong.size else 1.0
    low, high = (0.0, level) if even else (0.3 * level, 0.85 * level)
    ink = picture - surface.at(picture.shape)
    ink -= low
    ink *= 1 / (high - low)
    np.clip(ink, 0, 1, out=ink)
    wiped, inked, specks = _without_specks(ink)
    return Cleaned(wiped, inked, even, specks, contrast=float(rest.max()))


@dataclass(frozen=True)
class _Surface:
    """The paper's level: a polynomial of second degree over the picture, -1 to 1 on both axes."""

    coefficients: NDArray[np.float64]

    @property
    def is_flat(self) -> bool:
        return bool(np.abs(self.coefficients[1:]).max() < 0.02)

    def at(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        if self.is_flat:
            return np.broadcast_to(np.float32(max(self.coefficients[0], 0)), shape)
        c, (y, x) = self.coefficients.astype(np.float32), _axes(shape)
        along = (c[0] + c[2] * y + c[5] * y * y) + (c[1] * x + c[3] * x * x)
        level: NDArray[np.float32] = along + c[4] * x * y
        return level


def _axes(shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return y[:, None], x[None, :]


def _paper(coarse: NDArray[np.float32], at_rim: float) -> tuple[_Surface, NDArray[np.bool_]]:
    """Fit the paper's level to all cells but those of the ink, which a few rounds leave out."""
    values = coarse.ravel().astype(np.float64)
    flat = _even_level(values, at_rim)
    if flat is not None:
        even = np.array([flat, 0, 0, 0, 0, 0])
        return _Surface(even), np.abs(coarse - flat) < 0.1
    terms = _terms(coarse.shape)
    is_paper = np.ones(values.size, dtype=bool)
    coefficients: NDArray[np.float64] = np.zeros(6)
    for _ in range(4):
        kept = terms * is_paper  # multiplying by 0 is ten times as fast as taking rows out
        normal = kept @ terms.T + 1e-6 * np.eye(6)
        coefficients = np.asarray(np.linalg.solve(normal, kept @ values), np.float64)
        rest = values - coefficients @ terms
        is_paper = rest < max(0.3 * rest.max(), 0.03)
    return _Surface(coefficients), is_paper.reshape(coarse.shape)


@functools.lru_cache(maxsize=8)
def _terms(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return 1, x, y, x², xy and y² at every cell: shape (6, cells)."""
    y, x = (np.broadcast_to(axis, shape).ravel() for axis in _axes(shape))
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).astype(np.float64)


def _even_level(values: NDArray[np.float64], at_rim: float) -> float | None:
    """Return the level of even paper; None if the light on it is uneven."""
    middle, top = float(np.median(values)), float(values.max())

    def share(level: float) -> float:
        return float(np.mean(np.abs(values - level) < 0.01))

    if middle - at_rim < 0.5 * (top - at_rim) and share(middle) > 0.5:  # most of it is one level
        return middle
    # A drawing may be ink for the most part: then there are two levels and little between.
    return at_rim if share(at_rim) + share(top) > 0.6 else None


def _without_specks(
    picture: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    """Wipe what lies outside the cells that strokes cover, and count it roughly.

    Return the picture, the cells that are inked in it, and the count.
    """
    coarse = coarse_of(picture)
    strokes = coarse > INKED
    stray = (coarse > 0) & ~_grown(strokes)
    specks = int(np.count_nonzero(stray))
    found = shapes(strokes)
    areas = found.areas
    small = areas < 0.03 * areas.max(initial=0)
    if small.any():
        specks += int(np.count_nonzero(small))
        strokes = found.drawn(~small)
    if not specks:
        return picture, strokes, 0
    height, width = picture.shape
    keep = Image.fromarray(_grown(strokes).astype(np.uint8))
    factor = max(1, round(max(picture.shape) / CELLS))
    mask = np.asarray(keep.resize((keep.width * factor, keep.height * factor), 0))
    wiped = picture * mask[:height, :width]
    return wiped, coarse_of(wiped) > INKED, specks


def _grown(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add every neighbour, so that the soft rim of a stroke is kept."""
    tall = cells.copy()
    tall[1:] |= cells[:-1]
    tall[:-1] |= cells[1:]
    grown = tall.copy()
    grown[:, 1:] |= tall[:, :-1]
    grown[:, :-1] |= tall[:, 1:]
    return grown


def as_image(picture: NDArray[np.float32]) -> Image.Image:
    """Turn shares of full ink, 0 to 1, into Pillow's bytes."""
    levels = picture * 255
    levels += 0.5
    return Image.fromarray(levels.astype(np.uint8))


def as_array(image: Image.Image) -> NDArray[np.float32]:
    """Turn Pillow's bytes into shares of full ink."""
    shares = np.array(image, dtype=np.float32)
    shares /= 255
    return shares
