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

from cnnviz.paper import INKED, Cleaned, as_array, as_image, coarse_of, polarity, without_paper
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
    inked : ndarray of shape (h, w), bool, or None
        The inked cells once the paper is taken away; see `paper.coarse_of`. None if there is
        nothing to read.
    """

    steps: tuple[Step, ...]
    image: NDArray[np.float32] | None = None
    inked: NDArray[np.bool_] | None = None

    @functools.cached_property
    def verdict(self) -> Verdict:
        """What the drawing seems to hold: only "nothing" and "full" have no image.

        Looking for it takes a third of the time of `prepare`, so it is done when asked for.
        """
        if self.inked is None:
            return "full" if self.steps[0].picture.mean() > 0.5 else "nothing"
        return _judged(self.inked)

    @property
    def message(self) -> str:
        """The verdict in words."""
        return _MESSAGES[self.verdict]


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
    steps = [Step("drawn", drawn, "As it was given: white is ink.")]

    coarse = coarse_of(drawn)
    inverted, contrast, paper = polarity(coarse)
    if contrast < 0.08:
        return Preparation(tuple(steps))
    flip = inverted and "ink" not in skip
    picture = 1 - drawn if flip else drawn
    sentence = (
        "The ink is lighter than the paper, so light and dark change places."
        if inverted
        else "The ink is already on the right side of the paper."
    )
    steps.append(Step("ink", picture, sentence, skipped="ink" in skip))

    if flip:
        cleaned = without_paper(picture, coarse_of(picture), 1 - paper)
    elif inverted:  # its paper shows as ink: nothing to take away
        cleaned = Cleaned(picture, coarse > INKED)
    else:
        cleaned = without_paper(picture, coarse, paper)
    if cleaned.contrast < 0.04 or not cleaned.inked.any():
        return Preparation(tuple(steps))
    picture = picture if "background" in skip else cleaned.picture
    steps.append(Step("background", picture, cleaned.sentence, skipped="background" in skip))

    image = _framed(picture, steps, skip)
    return Preparation(tuple(steps), image, cleaned.inked)


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


def _resized(
    picture: NDArray[np.float32], width: int, height: int, how: Image.Resampling
) -> NDArray[np.float32]:
    return as_array(as_image(picture).resize((width, height), how))
