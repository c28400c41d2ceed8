"""Ask what the network says of a digit that is moved, turned, scaled, thickened or noisy.

Layer: above `classifier`, `digits` and `distortions`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.digits import StepName, prepare
from cnnviz.distortions import moved, salted, thickened

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
POINTS = 25  # of a sweep


def sweep(
    network: Classifier,
    ink: NDArray[np.float32],
    change: Change,
    name: str,
    *,
    skip: Collection[StepName] = (),
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Ask the network about a drawing along one setting, the others standing as they are.

    Parameters
    ----------
    network : Classifier
    ink : ndarray of shape (280, 280), float32
        In [0, 1]; 1 is ink.
    change : Change
        Where the settings stand.
    name : str
        The one to move, a key of `SETTINGS`.
    skip : collection of str
        Steps that `digits.prepare` leaves out.

    Returns
    -------
    values : ndarray of shape (25,)
        From the setting's `low` to its `high`.
    probabilities : ndarray of shape (25, 10), float32
        A row of NaN where nothing is left to read.

    Raises
    ------
    WhatIfError
        If there is no such setting.

    Examples
    --------
    >>> from cnnviz import classifier, distortions, mnist
    >>> seven = distortions.on_canvas(mnist.load().test_image(0))
    >>> values, probabilities = sweep(classifier.load(), seven, Change(), "scale")
    >>> values.shape, probabilities.shape
    ((25,), (25, 10))
    """
    if name not in SETTINGS:
        raise WhatIfError(
            "name",
            f"name is {name!r}, but the settings are {', '.join(SETTINGS)}. Name one of these.",
        )
    setting = SETTINGS[name]
    values = np.linspace(setting.low, setting.high, POINTS)
    images = [
        prepare(replace(change, **{name: float(value)}).apply(ink), skip=skip).image
        for value in values
    ]
    probabilities = np.full((POINTS, 10), np.nan, np.float32)
    readable = {k: image for k, image in enumerate(images) if image is not None}
    if readable:
        probabilities[list(readable)] = network.predict_many(np.stack(list(readable.values())))
    return values, probabilities
