"""What the network reads of a digit, as it is or moved, turned, scaled, thickened or noisy.

Layer: above `classifier`, `digits` and `distortions`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnviz.digits import Preparation, StepName, prepare
from cnnviz.distortions import CANVAS, enlarged, moved, reduced, salted, thickened

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from cnnviz.classifier import Classifier

SEED = 7  # of the noise, so that a setting always gives the same picture


class WhatIfError(ValueError):
    """Say which change a drawing cannot undergo.

    Attributes
    ----------
    field : str
        The argument that is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Change:
    """What is done to a drawing on its 280 pixel canvas, in this order: width, motion, noise.

    Attributes
    ----------
    right, down : float
        The shift, in pixels.
    angle : float
        Clockwise, in degrees.
    scale : float
        Above 0; 1 changes nothing.
    width : float
        How much wider the strokes become, in pixels.
    noise : float
        Share of pixels turned into ink, 0 to 1.

    Raises
    ------
    WhatIfError
        If `scale` or `noise` is outside its limits.

    Examples
    --------
    >>> Change().is_none, Change(angle=20).is_none
    (True, False)
    """

    right: float = 0
    down: float = 0
    angle: float = 0
    scale: float = 1
    width: float = 0
    noise: float = 0

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise WhatIfError(
                "scale",
                f"scale is {self.scale:g}, but must be above 0. Use scale=0.5 to halve the digit.",
            )
        if not 0 <= self.noise <= 1:
            raise WhatIfError(
                "noise",
                f"noise is {self.noise:g}, but a share is from 0 to 1. "
                "Use noise=0.1 for a tenth of the pixels.",
            )

    @property
    def is_none(self) -> bool:
        """Whether it leaves the drawing as it is."""
        return self == Change()

    @property
    def words(self) -> str:
        """What it does, in words; empty if it does nothing.

        Examples
        --------
        >>> Change(right=-30, angle=20, scale=0.5, noise=0.1).words
        'moved 30 pixels to the left, turned by 20°, scaled by 0.5, noise on 10 % of the pixels'
        """
        parts = [
            (
                self.width,
                f"strokes {abs(self.width):g} pixels {_side(self.width, 'wider', 'thinner')}",
            ),
            (
                self.right,
                f"moved {abs(self.right):g} pixels to the {_side(self.right, 'right', 'left')}",
            ),
            (self.down, f"moved {abs(self.down):g} pixels {_side(self.down, 'down', 'up')}"),
            (self.angle, f"turned by {self.angle:g}°".replace("-", "−")),
            (self.scale - 1, f"scaled by {self.scale:g}"),
            (self.noise, f"noise on {100 * self.noise:g} % of the pixels"),
        ]
        return ", ".join(words for size, words in parts if size)

    def apply(self, ink: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the changed drawing, of the same shape (H, W), in [0, 1].

        Parameters
        ----------
        ink : ndarray of shape (H, W), float32
            In [0, 1]; 1 is ink.

        Examples
        --------
        >>> ink = np.zeros((280, 280), np.float32)
        >>> ink[100:110, 100:110] = 1
        >>> changed = Change(right=20).apply(ink)
        >>> bool(changed[105, 125] > 0.9), bool(changed[105, 105] < 0.1)
        (True, True)
        """
        if self.width:
            ink = thickened(ink, self.width)
        if (self.right, self.down, self.angle, self.scale) != (0, 0, 0, 1):
            ink = moved(ink, down=self.down, right=self.right, angle=self.angle, scale=self.scale)
        if self.noise:
            ink = salted(ink, self.noise, np.random.default_rng(SEED))
        return ink


def _side(size: float, above: str, below: str) -> str:
    return above if size > 0 else below


@dataclass(frozen=True)
class Given:
    """A digit to be read.

    Attributes
    ----------
    ink : ndarray of shape (H, W), float32, or None
        In [0, 1]; 1 is ink: what is prepared and then read. None until there is something.
    image : ndarray of shape (28, 28), float32, or None
        A picture that is read as it is, without preparation, such as MNIST's own.
    label : int or None
        What MNIST says it is.
    is_photograph : bool
        Whether the ink stands on paper of its own, rather than on an empty canvas.
    in_link : ndarray of shape (H, W), float32, or None
        What a link carries instead of the ink, where it is not the same.
    """

    ink: NDArray[np.float32] | None = None
    image: NDArray[np.float32] | None = None
    label: int | None = None
    is_photograph: bool = False
    in_link: NDArray[np.float32] | None = None


def read(
    given: Given, change: Change, *, skip: Collection[StepName] = ()
) -> tuple[Preparation | None, NDArray[np.float32] | None]:
    """Make the network's picture of what was given.

    This is the one rule for an answer and for every point along a slider.

    Parameters
    ----------
    given : Given
    change : Change
        What is done to it first.
    skip : collection of str
        Steps that `digits.prepare` leaves out.

    Returns
    -------
    preparation : Preparation or None
        None where nothing was prepared.
    image : ndarray of shape (28, 28), float32, or None
        None where there is nothing to read.

    Examples
    --------
    >>> from cnnviz import mnist
    >>> image = mnist.load().test_image(0)
    >>> preparation, same = read(Given(image=image), Change())
    >>> preparation is None, same is image
    (True, True)
    """
    if given.image is not None:
        image = given.image
        return None, image if change.is_none else reduced(change.apply(enlarged(image)))
    if given.ink is None:
        return None, None
    ink = given.ink
    if not change.is_none:
        ink = change.apply(ink_of(ink) if given.is_photograph else ink)
    preparation = prepare(ink, skip=skip)
    return preparation, preparation.image


def ink_of(photograph: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put a photograph's ink, freed from its paper, on an empty canvas of 280x280.

    A change leaves empty canvas behind, which next to a photograph's own paper would look like ink.

    Examples
    --------
    >>> grey = np.full((70, 140), 0.4, np.float32)
    >>> grey[20:50, 60:66] = 1
    >>> canvas = ink_of(grey)
    >>> canvas.shape, float(canvas[:60].max()), float(canvas.max())
    ((280, 280), 0.0, 1.0)
    """
    steps = {step.name: step.picture for step in prepare(photograph).steps}
    clean = steps.get("background", photograph)
    picture = Image.fromarray((255 * np.clip(clean, 0, 1)).astype(np.uint8))
    # as large as it fits, in the middle: a small picture is enlarged, a wide one keeps its shape
    factor = CANVAS / max(clean.shape)
    height, width = (max(1, round(factor * side)) for side in clean.shape)
    canvas = Image.new("L", (CANVAS, CANVAS))
    canvas.paste(
        picture.resize((width, height), Image.Resampling.BICUBIC),
        ((CANVAS - width) // 2, (CANVAS - height) // 2),
    )
    return np.asarray(canvas, np.float32) / np.float32(255)


@dataclass(frozen=True)
class Setting:
    """One slider: how far it moves a field of `Change`, and in which steps."""

    label: str
    low: float
    high: float
    step: float


SETTINGS = {
    "right": Setting("shift to the right, pixels", -120, 120, 5),
    "down": Setting("shift down, pixels", -120, 120, 5),
    "angle": Setting("rotation, degrees", -180, 180, 5),
    "scale": Setting("scale", 0.3, 2.0, 0.1),
    "width": Setting("stroke width, pixels", -16, 30, 2),
    "noise": Setting("noise, share of pixels", 0.0, 0.2, 0.01),
}
POINTS = 25  # that a sweep asks at most, besides the one where the slider stands


def sweep(
    network: Classifier,
    given: Given,
    change: Change,
    name: str,
    *,
    skip: Collection[StepName] = (),
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Ask the network about a digit along one setting, the others standing as they are.

    Parameters
    ----------
    network : Classifier
    given : Given
        The digit.
    change : Change
        Where the settings stand.
    name : str
        The one to move, a key of `SETTINGS`.
    skip : collection of str
        Steps that `digits.prepare` leaves out.

    Returns
    -------
    values : ndarray of shape (n,)
        Steps of the slider from its `low` to its `high`, and where it stands; at most 27.
    probabilities : ndarray of shape (n, 10), float32
        What the network says of ``read(given, change)`` there. A row of NaN where nothing is left
        to read.

    Raises
    ------
    WhatIfError
        If there is no such setting.

    Examples
    --------
    >>> from cnnviz import classifier, mnist
    >>> seven = Given(image=mnist.load().test_image(0))
    >>> values, probabilities = sweep(classifier.load(), seven, Change(angle=20), "angle")
    >>> values[12:16].tolist(), probabilities.shape
    ([0.0, 15.0, 20.0, 30.0], (26, 10))
    """
    if name not in SETTINGS:
        raise WhatIfError(
            "name",
            f"name is {name!r}, but the settings are {', '.join(SETTINGS)}. Name one of these.",
        )
    values = _asked(SETTINGS[name], getattr(change, name))
    images = [
        read(given, replace(change, **{name: float(value)}), skip=skip)[1] for value in values
    ]
    probabilities = np.full((len(values), 10), np.nan, np.float32)
    readable = {k: image for k, image in enumerate(images) if image is not None}
    if readable:
        probabilities[list(readable)] = network.predict_many(np.stack(list(readable.values())))
    return values, probabilities


def _asked(setting: Setting, now: float) -> NDArray[np.float64]:
    """Return every slider's step, or every second, third..., both ends, and where it stands."""
    steps = round((setting.high - setting.low) / setting.step)
    every = math.ceil(steps / (POINTS - 1))
    # Rounded, or 0.3 + 7 * 0.1 would not be the 1.0 where the slider stands.
    places = [round(setting.low + setting.step * k, 6) for k in range(0, steps + 1, every)]
    return np.array(sorted({*places, setting.high, now}), np.float64)
