"""From any drawing or photograph of a digit to a 28x28 picture like MNIST's, step by step.

MNIST's authors scaled each black-and-white digit into a 20x20 box, keeping its proportions and
smoothing its edges, and moved its centre of mass to the middle of a 28x28 field. A network
trained on such pictures reads others badly, so every drawing goes the same way.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from PIL import Image

from cnnviz.shapes import holds_square, holes, separate, shapes, strokes_per_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import ArrayLike, NDArray

StepName = Literal["ink", "background", "crop", "scale", "centre"]
Verdict = Literal["digit", "nothing", "full", "two", "scribble", "blot"]

SIDE = 28
BOX = 20
MIDDLE = 14  # MNIST's centres of mass lie at index 14.0 on average, in rows and in columns
WORKING_SIDE = 280  # larger pictures are reduced to this before anything else
CELLS = 70  # the paper, the specks and the shapes are found on a picture of about 70x70 cells


class DigitError(ValueError):
    """Say why an array is not a drawing.

    Attributes
    ----------
    field : str
        The argument that is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Step:
    """One stage on the way to the network's input.

    Attributes
    ----------
    name : str
        "drawn", or what can be skipped: "ink", "background", "crop", "scale", "centre".
    picture : ndarray of shape (h, w), float32
        The picture after this step, in [0, 1]; 1 is ink.
    sentence : str
        What the step did to this picture.
    skipped : bool
        True if the caller switched it off.
    """

    name: str
    picture: NDArray[np.float32]
    sentence: str
    skipped: bool = False


@dataclass(frozen=True)
class Preparation:
    """What `prepare` made of a drawing.

    Attributes
    ----------
    steps : tuple of Step
        The drawing and what each step made of it, as far as there was anything to prepare.
    image : ndarray of shape (28, 28), float32, or None
        The network's input, in [0, 1]; 1 is ink. None if there is nothing to read.
    verdict : {"digit", "nothing", "full", "two", "scribble", "blot"}
        What the drawing seems to hold. Only "nothing" and "full" have no image.
    message : str
        The verdict in words.
    """

    steps: tuple[Step, ...]
    image: NDArray[np.float32] | None
    verdict: Verdict
    message: str


def prepare(ink: ArrayLike, *, skip: Collection[StepName] = ()) -> Preparation:
    """Bring a drawing or a photograph of a digit into MNIST's form.

    Parameters
    ----------
    ink : array_like of shape (H, W)
        In [0, 1]; 1 is ink. For a photograph, one minus its brightness.
    skip : collection of {"ink", "background", "crop", "scale", "centre"}
        Steps to leave out, to see what they are good for.

    Returns
    -------
    Preparation
        Its ``image`` is None if nothing is drawn or all is ink.

    Raises
    ------
    DigitError
        If `ink` is not two-dimensional or leaves [0, 1], or if `skip` names no step.

    References
    ----------
    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998.

    Examples
    --------
    >>> import numpy as np
    >>> ink = np.zeros((280, 280))
    >>> ink[20:160, 30:50] = 1
    >>> prepared = prepare(ink)
    >>> prepared.image.shape, [step.name for step in prepared.steps]
    ((28, 28), ['drawn', 'ink', 'background', 'crop', 'scale', 'centre'])
    >>> prepare(np.zeros((280, 280))).message
    'There is no ink in this picture.'
    """
    drawn = _reduced(_checked(ink))
    unknown = sorted(set(skip) - set(get_args(StepName)))
    if unknown:
        raise DigitError(
            "skip",
            f"skip names {unknown[0]!r}, but the steps are {', '.join(get_args(StepName))}. "
            "Name one of these.",
        )
    steps = [Step("drawn", drawn, "The drawing: white is ink.")]

    inverted, contrast, paper = _polarity(_coarse(drawn))
    if contrast < 0.08:
        return _empty(drawn, steps)
    flip = inverted and "ink" not in skip
    picture, paper = (1 - drawn, 1 - paper) if flip else (drawn, paper)
    sentence = (
        "The ink is lighter than the paper, so light and dark change places."
        if inverted
        else "The ink is already on the right side of the paper."
    )
    steps.append(Step("ink", picture, sentence, skipped="ink" in skip))

    # A light-on-dark picture that was not flipped shows its paper as ink: nothing to remove.
    cleaned = _cleaned(picture, paper) if flip or not inverted else _Cleaned(picture)
    inked = _coarse(cleaned.picture) > 0.25
    if cleaned.contrast < 0.04 or not inked.any():
        return _empty(drawn, steps)
    picture = picture if "background" in skip else cleaned.picture
    steps.append(Step("background", picture, cleaned.sentence, skipped="background" in skip))

    image = _framed(picture, steps, skip)
    verdict = _judged(inked)
    return Preparation(tuple(steps), image, verdict, _MESSAGES[verdict])


def _checked(ink: ArrayLike) -> NDArray[np.float32]:
    array = np.asarray(ink, dtype=np.float32)
    if array.ndim != 2 or 0 in array.shape:
        raise DigitError(
            "ink",
            f"ink has shape {array.shape}, but a drawing has shape (H, W). "
            "Pass one number per pixel, such as the mean over the colours.",
        )
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 1):  # also refuses NaN
        raise DigitError(
            "ink",
            f"ink runs from {low:g} to {high:g}, but must stay from 0 (paper) to 1 (ink). "
            "Divide bytes by 255.",
        )
    return array


def _reduced(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average a large picture down to the working size; leave others alone."""
    longest = max(array.shape)
    if longest <= WORKING_SIDE:
        return array
    height, width = (max(1, round(n * WORKING_SIDE / longest)) for n in array.shape)
    return _resized(array, width, height, Image.Resampling.BOX)


def _coarse(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average over square cells, so that neither specks nor camera noise stand out."""
    factor = max(1, round(max(picture.shape) / CELLS))
    return _array(_image(picture).reduce(factor))


def _polarity(coarse: NDArray[np.float32]) -> tuple[bool, float, float]:
    """Tell whether the ink is lower than the paper, by how much it stands out, and from what level.

    The rim of the picture is paper: whatever is farthest from its level is ink.
    """
    rim = max(1, len(coarse) // 35)
    inner = np.ones(coarse.shape, dtype=bool)
    inner[rim:-rim, rim:-rim] = False
    # A rim that is half dark has two middles: the lower is a level that there is.
    paper = float(np.percentile(coarse[inner], 50, method="lower"))
    above, below = float(coarse.max()) - paper, paper - float(coarse.min())
    return below > above, max(above, below), paper


@dataclass(frozen=True)
class _Cleaned:
    picture: NDArray[np.float32]
    even: bool = True
    specks: int = 0
    contrast: float = 1.0

    @property
    def sentence(self) -> str:
        if not self.even:
            return "The paper's own grey is taken away and the ink stretched to full strength."
        if self.specks:
            return f"{self.specks} specks too small for a stroke are wiped away."
        return "The paper is clean: nothing to take away."


def _cleaned(picture: NDArray[np.float32], paper: float) -> _Cleaned:
    """Take away the paper's own grey and what is too small for a stroke."""
    coarse = _coarse(picture)
    surface, is_paper = _paper(coarse, paper)
    rest = coarse - surface.at(coarse.shape)
    noise = float(np.ptp(np.percentile(rest[is_paper], (10, 90)))) if is_paper.any() else 0.0
    even = surface.is_flat and noise < 0.02
    strong = rest[rest > 0.5 * rest.max()]
    # Ink is as dark as the darker half of what stands out. On uneven paper its own noise must go,
    # so only the upper part of the range counts as ink.
    level = max(float(strong.mean()), 0.02) if strong.size else 1.0
    low, high = (0.0, level) if even else (0.3 * level, 0.85 * level)
    cleaned = picture - surface.at(picture.shape) - low
    cleaned *= 1 / (high - low)
    np.clip(cleaned, 0, 1, out=cleaned)
    wiped, specks = _without_specks(cleaned)
    return _Cleaned(wiped, even, specks, contrast=float(rest.max()))


@dataclass(frozen=True)
class _Surface:
    """The paper's level: a polynomial of second degree over the picture, -1 to 1 on both axes."""

    coefficients: NDArray[np.float64]

    @property
    def is_flat(self) -> bool:
        return bool(np.abs(self.coefficients[1:]).max() < 0.02)

    def at(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        if self.is_flat:
            return np.full(shape, max(self.coefficients[0], 0), dtype=np.float32)
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


def _without_specks(picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Wipe what lies outside the cells that strokes cover, and count it roughly."""
    coarse = _coarse(picture)
    strokes = coarse > 0.25
    stray = (coarse > 0) & ~_grown(strokes)
    specks = int(np.count_nonzero(stray))
    found = shapes(strokes)
    areas = found.areas
    small = areas < 0.03 * areas.max(initial=0)
    if small.any():
        specks += int(np.count_nonzero(small))
        strokes = found.drawn(~small)
    if not specks:
        return picture, 0
    height, width = picture.shape
    keep = Image.fromarray(_grown(strokes).astype(np.uint8))
    factor = max(1, round(max(picture.shape) / CELLS))
    mask = np.asarray(keep.resize((keep.width * factor, keep.height * factor), 0))
    return picture * mask[:height, :width], specks


def _grown(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add every neighbour, so that the soft rim of a stroke is kept."""
    padded = np.pad(cells, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


def _framed(
    picture: NDArray[np.float32], steps: list[Step], skip: Collection[StepName]
) -> NDArray[np.float32]:
    """Crop, scale and centre, noting each step."""
    top, bottom, left, right = _bounds(picture)
    cropped = picture if "crop" in skip else picture[top:bottom, left:right]
    sentence = f"The digit is {bottom - top} rows high and {right - left} columns wide."
    steps.append(Step("crop", cropped, sentence, skipped="crop" in skip))

    side = SIDE if "scale" in skip else BOX
    longest = max(cropped.shape)
    height, width = (max(1, round(n * side / longest)) for n in cropped.shape)
    small = _resized(cropped, width, height, Image.Resampling.BOX)
    peak = float(small.max())
    if "scale" not in skip and peak > 0:
        small = small / np.float32(peak)
    sentence = (
        f"Smoothly scaled into {side}x{side}, proportions kept: {height} rows, {width} columns."
    )
    steps.append(Step("scale", small, sentence, skipped="scale" in skip))

    if "centre" in skip:
        row, column = (SIDE - height) // 2, (SIDE - width) // 2
    else:
        row, column = (_place(small.sum(axis=1 - axis)) for axis in (0, 1))
    image = np.zeros((SIDE, SIDE), dtype=np.float32)
    image[row : row + height, column : column + width] = small
    sentence = f"Its centre of mass is moved to the middle of {SIDE}x{SIDE}."
    steps.append(Step("centre", image, sentence, skipped="centre" in skip))
    return image


def _bounds(picture: NDArray[np.float32]) -> tuple[int, int, int, int]:
    inked = picture > 0.25 * picture.max()
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _place(mass: NDArray[np.float32]) -> int:
    """Return where a strip must start for its centre of mass to fall on the middle."""
    centre = float(mass @ np.arange(len(mass))) / float(mass.sum())
    return min(max(round(MIDDLE - centre), 0), SIDE - len(mass))


def _empty(drawn: NDArray[np.float32], steps: list[Step]) -> Preparation:
    verdict: Verdict = "full" if drawn.mean() > 0.5 else "nothing"
    return Preparation(tuple(steps), None, verdict, _MESSAGES[verdict])


_ANYWAY = "The network knows nothing but digits, so it names one anyway."
_MESSAGES: dict[Verdict, str] = {
    "digit": "One digit.",
    "nothing": "There is no ink in this picture.",
    "full": "This picture is ink all over: there is no digit in it.",
    "two": "These look like two separate digits. The network reads one at a time, so its answer is "
    "about both as one picture.",
    "scribble": f"This looks like a scribble. {_ANYWAY}",
    "blot": f"This is a filled area, a blot, rather than lines. {_ANYWAY}",
}


def _judged(inked: NDArray[np.bool_]) -> Verdict:
    """Tell what the ink looks like.

    The limits are those that digits keep: of 2,500 of MNIST's test digits, as they are, moved,
    turned, thinned by 8 pixels or thickened by up to 20, at most one or two pass any of them.
    """
    found = shapes(inked)
    areas = found.areas
    if np.count_nonzero(areas >= 0.1 * areas.max()) >= 5:
        return "scribble"
    if separate(found):
        return "two"
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    box = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    across, down = strokes_per_line(box)
    if across > 2.7 or down > 3.5 or holes(box) >= 4:
        return "scribble"
    rim = np.concatenate([inked[0], inked[-1], inked[1:-1, 0], inked[1:-1, -1]])
    runs_out = rim.mean() > 0.25 and box.mean() > 0.6  # of the picture, as a dark half does
    if runs_out or holds_square(box, math.ceil(0.55 * max(box.shape))):
        return "blot"
    return "digit"


def _image(picture: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray((picture * 255 + 0.5).astype(np.uint8))


def _array(image: Image.Image) -> NDArray[np.float32]:
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _resized(
    picture: NDArray[np.float32], width: int, height: int, how: Image.Resampling
) -> NDArray[np.float32]:
    return _array(_image(picture).resize((width, height), how))
