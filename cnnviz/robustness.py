"""How well the network reads the test digits after what may happen to them on a canvas."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnviz import mnist
from cnnviz.digits import prepare
from cnnviz.distortions import CANVAS, moved, on_canvas, salted, shares, thickened

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SEED = 20
CHUNK = 500


def _moved(ink: NDArray[np.float32], _: np.random.Generator, **how: float) -> NDArray[np.float32]:
    return moved(ink, **how)


def _thickened(
    ink: NDArray[np.float32], _: np.random.Generator, *, pixels: float
) -> NDArray[np.float32]:
    return thickened(ink, pixels)


def _salted(ink: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    return salted(ink, 0.01, rng)


def _inverted(ink: NDArray[np.float32], _: np.random.Generator) -> NDArray[np.float32]:
    return 1 - ink


# Applied to the digit enlarged to the canvas of 280x280 pixels. What is shifted beyond the canvas
# is lost, as when a visitor draws over the rim: a digit is 200 pixels high, so that 80 pixels down
# or up cost it a fifth. Only a smaller one can be shifted so far and stay whole.
CONDITIONS: dict[str, Callable[..., NDArray[np.float32]]] = {
    "as it is": partial(_moved),
    "shifted 80 px to the right": partial(_moved, right=80),
    "shifted 80 px to the left": partial(_moved, right=-80),
    "half as large, shifted 80 px down": partial(_moved, scale=0.5, down=80),
    "half as large, shifted 80 px up": partial(_moved, scale=0.5, down=-80),
    "shifted 80 px down, cut by the rim": partial(_moved, down=80),
    "shifted 80 px up, cut by the rim": partial(_moved, down=-80),
    "turned 20 degrees clockwise": partial(_moved, angle=20),
    "turned 20 degrees counter-clockwise": partial(_moved, angle=-20),
    "scaled to 0.5": partial(_moved, scale=0.5),
    "scaled to 1.4": partial(_moved, scale=1.4),
    "strokes 8 px thinner": partial(_thickened, pixels=-8),
    "strokes 10 px thicker": partial(_thickened, pixels=10),
    "strokes 20 px thicker": partial(_thickened, pixels=20),
    "salt on 1 % of the pixels": _salted,
    "light on dark": _inverted,
}


def prepared(condition: str, images: NDArray[np.uint8], *, workers: int = 1) -> NDArray[np.float32]:
    """Change test digits on the canvas and prepare them for the network.

    Parameters
    ----------
    condition : str
        A key of `CONDITIONS`.
    images : ndarray of shape (n, 28, 28), uint8
        MNIST digits.
    workers : int
        How many processes share the work; the result does not depend on it.

    Returns
    -------
    ndarray of shape (n, 28, 28), float32
        Blank where `digits.prepare` found nothing.

    Examples
    --------
    >>> from cnnviz import mnist
    >>> prepared("light on dark", mnist.load().x_test[:2]).shape
    (2, 28, 28)
    """
    chunks = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
    seeds = np.random.SeedSequence(SEED).spawn(len(chunks))
    task = partial(_prepared_chunk, condition)
    if workers == 1:
        return np.concatenate(list(map(task, chunks, seeds)))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(task, chunks, seeds)))


def _prepared_chunk(
    condition: str, images: NDArray[np.uint8], seed: np.random.SeedSequence
) -> NDArray[np.float32]:
    rng, change = np.random.default_rng(seed), CONDITIONS[condition]
    drawings = (on_canvas(shares(image)) for image in images)
    return np.stack([read(change(ink, rng)) for ink in drawings])


def read(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Prepare one drawing; blank if there is nothing in it."""
    image = prepare(ink).image
    return np.zeros((28, 28), dtype=np.float32) if image is None else image


def other_hands() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return digits that other people wrote than MNIST's, at other times, in another country.

    Source: E. Alpaydin, C. Kaynak (1998), Optical Recognition of Handwritten Digits, its test set;
    assets/README.md says where it comes from.

    Returns
    -------
    images : ndarray of shape (1797, 8, 8), uint8
        In [0, 16]; 16 is ink.
    labels : ndarray of shape (1797,), uint8

    Examples
    --------
    >>> images, labels = other_hands()
    >>> int(labels[0]), int(images.max())
    (0, 16)
    """
    with np.load(mnist.PATH.with_name("other_hands.npz")) as data:
        return data["images"], data["labels"]


def from_small(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Prepare 8x8 digits as if they were drawn on the canvas.

    Parameters
    ----------
    images : ndarray of shape (n, 8, 8), uint8
        In [0, 16]; 16 is ink.

    Returns
    -------
    ndarray of shape (n, 28, 28), float32
    """
    side, rim = 200, (CANVAS - 200) // 2
    drawings = np.zeros((len(images), CANVAS, CANVAS), dtype=np.float32)
    for drawing, image in zip(drawings, images, strict=True):
        pixels = Image.fromarray((image * (255 / 16)).astype(np.uint8))
        large = pixels.resize((side, side), Image.Resampling.BICUBIC)
        drawing[rim:-rim, rim:-rim] = np.asarray(large, dtype=np.float32) / 255
    return np.stack([read(drawing) for drawing in drawings])
