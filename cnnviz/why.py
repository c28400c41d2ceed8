"""Why the network answers as it does: saliency, Grad-CAM and occlusion.

All three look at logits. A softmax that is sure of its answer is flat: its gradient is exactly 0,
and so would be every map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.classifier import SIDE, ClassifierError, as_digit, as_picture

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from cnnviz.classifier import Classifier


WEAK = 0.01  # of what lies between the highest and the lowest logit


@dataclass(frozen=True)
class Explanation:
    """A map that says what the answer hangs on.

    Attributes
    ----------
    values : ndarray of shape (h, w), float32
        The map. Saliency and occlusion have a value per pixel, Grad-CAM one per cell of its layer.
    unit : str
        What the values are.
    signed : bool
        Whether they may be below 0.
    sentence : str
        How to read it, or why there is nothing to see.
    empty : bool
        True if every value is 0, or if all of it is too weak to mean anything: less than a
        hundredth of what lies between this picture's highest and lowest logit.
    """

    values: NDArray[np.float32]
    unit: str
    signed: bool
    sentence: str
    empty: bool


def saliency(network: Classifier, image: ArrayLike, digit: int) -> Explanation:
    """Ask of each pixel how the digit's logit would change with a little more ink there.

    Parameters
    ----------
    network : Classifier
        Who is asked.
    image : array_like of shape (28, 28)
        In [0, 1].
    digit : int
        Whose logit.

    Returns
    -------
    Explanation
        28x28: the gradient of the logit. Above 0, more ink speaks for the digit.

    Raises
    ------
    ClassifierError
        If `image` or `digit` cannot be.

    References
    ----------
    K. Simonyan, A. Vedaldi, A. Zisserman, "Deep Inside Convolutional Networks", 2013.

    Examples
    --------
    >>> from cnnviz import mnist
    >>> from cnnviz.classifier import load
    >>> saliency(load(), mnist.load().test_image(0), 7).values.shape
    (28, 28)
    """
    values = network.gradients(image, digit)["image"][:, :, 0]
    return _explained(
        values,
        network.predict(image).logits,
        strength=float(np.abs(values).max()),
        unit="logit per unit of ink",
        signed=True,
        sentence=f"Where a little more ink would raise the logit of {digit} (above 0) or lower it "
        "(below 0).",
        if_empty=f"No single pixel changes the logit of {digit}: there is nothing to show.",
        if_weak=f"Full ink in the pixel that matters most would change the logit of {digit} by "
        "about",
    )


def grad_cam(
    network: Classifier, image: ArrayLike, digit: int, layer: str = "relu5"
) -> Explanation:
    """Weigh a layer's maps by how much each raises the digit's logit, and add them up.

    Parameters
    ----------
    network : Classifier
        Who is asked.
    image : array_like of shape (28, 28)
        In [0, 1].
    digit : int
        Whose logit.
    layer : str
        A layer that has maps.

    Returns
    -------
    Explanation
        As many rows and columns as the layer: ``relu(sum over maps of mean gradient * map)``.

    Raises
    ------
    ClassifierError
        If `image`, `digit` or `layer` cannot be.

    References
    ----------
    R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization", 2017.

    Examples
    --------
    >>> from cnnviz import mnist
    >>> from cnnviz.classifier import load
    >>> grad_cam(load(), mnist.load().test_image(0), 7, "relu4").values.shape
    (14, 14)
    """
    gradients = network.gradients(image, digit)
    if layer not in gradients:
        raise ClassifierError(
            "layer",
            f"layer is {layer}, but Grad-CAM needs one that has maps: {', '.join(gradients)}. "
            "Choose relu5.",
        )
    weights = gradients[layer].mean(axis=(0, 1))
    prediction = network.predict(image)
    maps = prediction.activations[layer]
    values = np.maximum(maps @ weights, 0)
    rows, columns = (SIDE // size for size in values.shape)
    return _explained(
        values,
        prediction.logits,
        strength=float(values.sum()),
        unit="weighted activation",
        signed=False,
        sentence=f"Where {layer} found what speaks for {digit}: its maps, each times its mean "
        f"slope, added up and cut at 0. One cell stands for {rows} × {columns} pixels.",
        if_empty=f"Nothing that {layer} found speaks for {digit}, so the map is empty. "
        "That is an answer, not a fault.",
        if_weak=f"All that {layer} found speaks for {digit} with about",
    )


def occlusion(
    network: Classifier, image: ArrayLike, digit: int, size: int = 5, stride: int = 2
) -> Explanation:
    """Lay a square of paper over every place, and see how far the digit's logit falls.

    Parameters
    ----------
    network : Classifier
        Who is asked.
    image : array_like of shape (28, 28)
        In [0, 1].
    digit : int
        Whose logit.
    size : int
        Side of the square, 1 to 28 pixels.
    stride : int
        From one place to the next, 1 to `size` pixels.

    Returns
    -------
    Explanation
        28x28: how far it falls, averaged over all squares that cover the pixel. Below 0, the
        digit is read more surely with the place covered.

    Raises
    ------
    ClassifierError
        If an argument cannot be.

    References
    ----------
    M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", 2013.

    Examples
    --------
    >>> from cnnviz import mnist
    >>> from cnnviz.classifier import load
    >>> occlusion(load(), mnist.load().test_image(0), 7).values.shape
    (28, 28)
    """
    picture, digit = as_picture(image), as_digit(digit)
    for field, value, limit in (("size", size, SIDE), ("stride", stride, size)):
        if not 1 <= value <= limit:
            raise ClassifierError(
                field,
                f"{field} is {value}, but must be 1 to {limit}. "
                f"Choose {min(max(value, 1), limit)}.",
            )
    # The last place is at the rim even if the stride does not lead there.
    starts = sorted({*range(0, SIDE - size + 1, stride), SIDE - size})
    places = [
        (slice(row, row + size), slice(column, column + size))
        for row in starts
        for column in starts
    ]
    # Where there is no ink, nothing changes: not even in the last bit, as it would in a batch.
    inked = [place for place in places if picture[place].any()]
    covered = np.repeat(picture[None], len(inked) + 1, axis=0)
    for one, place in zip(covered, inked, strict=False):
        one[place] = 0
    *logits, uncovered = network.logits_many(covered)
    fall, count = np.zeros_like(picture), np.zeros_like(picture)
    for place in places:
        count[place] += 1
    for place, logit in zip(inked, logits, strict=True):
        fall[place] += uncovered[digit] - logit[digit]
    values = fall / count
    return _explained(
        values,
        uncovered,
        strength=float(np.abs(values).max()),
        unit="fall of the logit",
        signed=True,
        sentence=f"How far the logit of {digit} falls when a square of {size} × {size} pixels of "
        "paper covers the place. Below 0 it rises.",
        if_empty=f"Covering any place leaves the logit of {digit} as it is: there is no ink to "
        "cover.",
        if_weak=f"Covering the place that matters most changes the logit of {digit} by about",
    )


def _explained(
    values: NDArray[np.float32],
    logits: NDArray[np.float32],
    *,
    strength: float,
    unit: str,
    signed: bool,
    sentence: str,
    if_empty: str,
    if_weak: str,
) -> Explanation:
    """Judge a map by its strength, in logits, against what lies between the picture's logits."""
    span = float(np.ptp(logits))
    if strength == 0:
        return Explanation(values, unit, signed, if_empty, empty=True)
    if strength < WEAK * span:
        sentence = (
            f"{if_weak} {strength:.2g} only, while {span:.1f} lie between the highest and the "
            "lowest logit of this picture. That is too little to mean anything, so no map is shown."
        )
        return Explanation(values, unit, signed, sentence, empty=True)
    return Explanation(values, unit, signed, sentence, empty=False)
