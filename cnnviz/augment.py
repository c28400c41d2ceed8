"""Training pictures that imitate what people draw with a mouse or a finger.

Each is made at canvas size and goes through `digits.prepare`, as a visitor's drawing does.
"""

from __future__ import annotations

import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnviz import penstrokes
from cnnviz.digits import prepare
from cnnviz.distortions import CANVAS, salted, shares, spread, thickened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

GRID = 7  # the canvas is bent along a net of 7x7 squares
# So many are drawn over one side of the canvas, more often above or below than at the left or right
# (digits are high and narrow), and lose up to this share of their height there.
OVER_THE_RIM, MOST_LOST = 0.6, 0.3
CHUNK = 500  # pictures made at a time; each chunk has a random stream of its own


def distorted(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw an MNIST digit again: moved, turned, bent, with another pen.

    Parameters
    ----------
    image : ndarray of shape (28, 28), uint8
        0 is paper, 255 is ink.
    rng : numpy.random.Generator
        Decides everything.

    Returns
    -------
    ndarray of shape (280, 280), float32
        In [0, 1]; 1 is ink.

    Examples
    --------
    >>> import numpy as np
    >>> distorted(np.eye(28, dtype=np.uint8) * 255, np.random.default_rng(0)).shape
    (280, 280)
    """
    scale = math.exp(rng.uniform(math.log(0.45), math.log(1.45)))
    kind = rng.choice(("grey", "crisp", "pen"), p=(0.4, 0.3, 0.3))
    if kind == "pen":
        bones = skeleton(np.asarray(Image.fromarray(image).resize((56, 56), 3)) > 127)
        source = Image.fromarray(bones.astype(np.uint8) * 255)
        canvas = np.asarray(_bent(source, scale, rng, Image.Resampling.NEAREST))
        pen = rng.uniform(1, 16) * max(scale, 0.6)
        ink = shares(spread(canvas, pen))
    else:
        canvas = np.asarray(_bent(Image.fromarray(image), scale, rng, Image.Resampling.BICUBIC))
        ink = (canvas > 127).astype(np.float32) if kind == "crisp" else shares(canvas)
        if rng.random() < 0.7:
            ink = thickened(ink, rng.uniform(-9, 22) * min(scale, 1))
    surroundings = rng.random()
    if surroundings < 0.1:
        return salted(ink, rng.uniform(0.002, 0.02), rng)
    if surroundings < 0.2:
        return _photographed(ink, rng)
    return ink


def _bent(
    source: Image.Image, scale: float, rng: np.random.Generator, how: Image.Resampling
) -> Image.Image:
    """Enlarge to the canvas, and shift, turn, slant, stretch and bend on the way."""
    over_the_rim = rng.random() < OVER_THE_RIM
    # What has lost a part is hard enough to read: some of it stays as upright as it was.
    wild = rng.uniform() if over_the_rim else 1
    angle, slant = wild * math.radians(rng.uniform(-22, 22)), wild * rng.normal(0, 0.12)
    stretch = math.exp(wild * rng.normal(0, 0.1))
    # Anywhere on the canvas, up to 15 pixels over its rim.
    shift = rng.uniform(-1, 1, 2) * (max(140 - 100 * scale, 0) + 15)
    if over_the_rim:
        # A digit is 200 pixels high at scale 1, and reaches the rim once it is shifted by 40.
        axis, side = rng.choice(2, p=(0.3, 0.7)), rng.choice((-1, 1))
        shift[axis] = side * (140 - 100 * scale + rng.uniform(0, MOST_LOST) * 200 * scale)
    nodes = np.stack(np.meshgrid(*[np.linspace(-0.5, 0.5, GRID + 1)] * 2), axis=-1)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turn = turn @ np.array([[1 / stretch, slant], [0, stretch]]) / scale
    nodes = (nodes - shift / CANVAS) @ turn.T
    # Neighbouring corners of the net move alike, so that strokes bend and do not crumble.
    bend = rng.normal(0, wild * rng.uniform(0, 0.045), (GRID + 2, GRID + 2, 2))
    nodes += (bend[1:, 1:] + bend[:-1, 1:] + bend[1:, :-1] + bend[:-1, :-1]) / 4 / scale
    corners = (nodes + 0.5) * source.width
    step = CANVAS // GRID
    mesh = [
        (
            (column * step, row * step, (column + 1) * step, (row + 1) * step),
            # Pillow wants the corners counter-clockwise from the upper left.
            (*corners[row, column], *corners[row + 1, column],
             *corners[row + 1, column + 1], *corners[row, column + 1]),
        )
        for row in range(GRID)
        for column in range(GRID)
    ]  # fmt: skip
    return source.transform((CANVAS, CANVAS), Image.Transform.MESH, mesh, how)


def _photographed(ink: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Lay the drawing on grey paper under a lamp at one side, seen by a noisy camera."""
    y, x = np.meshgrid(*[np.linspace(-1, 1, CANVAS, dtype=np.float32)] * 2, indexing="ij")
    down, right = rng.uniform(-0.2, 0.2, 2)
    light = rng.uniform(0.6, 0.95) + down * y + right * x
    reflected = np.float32(1) - np.float32(rng.uniform(0.6, 0.9)) * ink
    noise = rng.normal(0, rng.uniform(0, 0.04), ink.shape).astype(np.float32)
    seen: NDArray[np.float32] = np.clip(1 - light * reflected + noise, 0, 1).astype(np.float32)
    return seen


def skeleton(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin strokes to lines one pixel wide.

    Parameters
    ----------
    inked : ndarray of shape (H, W), bool
        True where there is ink; nothing on the rim.

    Returns
    -------
    ndarray of shape (H, W), bool

    References
    ----------
    T. Y. Zhang, C. Y. Suen, "A fast parallel algorithm for thinning digital patterns", 1984.

    Examples
    --------
    >>> import numpy as np
    >>> bar = np.zeros((7, 12), dtype=bool)
    >>> bar[2:5, 2:10] = True
    >>> np.flatnonzero(skeleton(bar).any(axis=1)).tolist()
    [3]
    """
    width = inked.shape[1] + 2
    flat = np.pad(inked, 1).ravel()
    # Neighbours from above, clockwise, as steps in the flattened picture.
    around = np.array(
        [-width, 1 - width, 1, 1 + width, width, width - 1, -1, -1 - width]
    )[:, None]  # fmt: skip
    changed = True
    while changed:
        changed = False
        for first, second in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            at = np.flatnonzero(flat)
            near = flat[at + around]
            count = near.sum(axis=0)
            turns = (~near & np.roll(near, -1, axis=0)).sum(axis=0)
            open_sides = ~near[list(first)].all(axis=0) & ~near[list(second)].all(axis=0)
            removed = at[(count >= 2) & (count <= 6) & (turns == 1) & open_sides]
            flat[removed] = False
            changed = changed or removed.size > 0
    return flat.reshape(-1, width)[1:-1, 1:-1]


def variants(images: NDArray[np.uint8], *, seed: int, workers: int) -> Iterator[NDArray[np.uint8]]:
    """Distort and prepare each picture once, in chunks and in order.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        MNIST digits.
    seed : int
        The same seed gives the same pictures, whatever `workers` is.
    workers : int
        How many processes share the work.

    Yields
    ------
    ndarray of shape (m, 28, 28), uint8
        The next m prepared pictures. One that came out empty is left as it was.
    """
    chunks = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
    return _spread_out(_variants_of_chunk, chunks, seed, workers)


def pen_digits(
    labels: NDArray[np.uint8], *, seed: int, workers: int
) -> Iterator[NDArray[np.uint8]]:
    """Draw and prepare a pen digit for each label; see `variants`.

    Parameters
    ----------
    labels : ndarray of shape (n,), uint8
        Digits, 0 to 9.
    seed, workers : int
        As for `variants`.

    Yields
    ------
    ndarray of shape (m, 28, 28), uint8
        The next m prepared pictures.
    """
    chunks = [labels[start : start + CHUNK] for start in range(0, len(labels), CHUNK)]
    return _spread_out(_pen_digits_of_chunk, chunks, seed, workers)


def _spread_out(
    make: Callable[[NDArray[np.uint8], np.random.SeedSequence], NDArray[np.uint8]],
    chunks: list[NDArray[np.uint8]],
    seed: int,
    workers: int,
) -> Iterator[NDArray[np.uint8]]:
    seeds = np.random.SeedSequence(seed).spawn(len(chunks))
    if workers == 1:
        yield from map(make, chunks, seeds)
        return
    # Spawned, not forked: TensorFlow's threads do not survive a fork.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(make, chunks, seeds)


def _variants_of_chunk(
    images: NDArray[np.uint8], seed: np.random.SeedSequence
) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return np.stack([_prepared(distorted(image, rng), otherwise=image) for image in images])


def _pen_digits_of_chunk(
    labels: NDArray[np.uint8], seed: np.random.SeedSequence
) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    blank = np.zeros((28, 28), dtype=np.uint8)
    return np.stack(
        [_prepared(penstrokes.draw(int(digit), rng), otherwise=blank) for digit in labels]
    )


def _prepared(ink: NDArray[np.float32], *, otherwise: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = prepare(ink).image
    return otherwise if image is None else (image * 255 + 0.5).astype(np.uint8)
