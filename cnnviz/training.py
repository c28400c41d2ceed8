"""Train the classifier that ships: ``python -m cnnviz.training``.

It reads MNIST from ``assets/``, makes training pictures that imitate drawings, trains, folds the
batch normalisation away, measures, and writes ``classifier.keras`` and the report
``classifier.md`` beside it.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cnnviz import mnist, network, report
from cnnviz.augment import pen_digits, variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import keras
    from numpy.typing import NDArray

T = TypeVar("T")

SEED = 0
EPOCHS = 48
BATCH = 128
PEAK_RATE = 2e-3
LABEL_SMOOTHING = 0.05
VARIANTS = 2
# What an epoch is made of, per picture of MNIST.
PLAIN, DISTORTED, PEN = 0.40, 0.55, 0.05
# So many of these are moved once more, a little, and bent by up to so many pixels.
MOVED, MOST_BENT = 0.7, 0.9


@dataclass(frozen=True)
class Pictures:
    """All there is to train on, as bytes.

    Attributes
    ----------
    plain : ndarray of shape (n, 28, 28)
        MNIST's own.
    distorted : ndarray of shape (v, n, 28, 28)
        Each of them drawn again, v times.
    labels : ndarray of shape (n,)
        What the n pictures show.
    pen : ndarray of shape (m, 28, 28)
        Digits drawn from strokes.
    pen_labels : ndarray of shape (m,)
        What they show.
    """

    plain: NDArray[np.uint8]
    distorted: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    pen: NDArray[np.uint8]
    pen_labels: NDArray[np.uint8]

    @property
    def epoch_size(self) -> int:
        """How many pictures an epoch has: as many as MNIST, but for rounding."""
        return sum(round(share * len(self.labels)) for share in (PLAIN, DISTORTED, PEN))

    def epoch(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Draw the pictures of one epoch, in order, each gently moved.

        Parameters
        ----------
        number : int
            Seeds the choice: the same number gives the same epoch.

        Returns
        -------
        images : ndarray of shape (k, 28, 28, 1)
            In [0, 1].
        targets : ndarray of shape (k, 10)
            One-hot.
        """
        rng = np.random.default_rng((SEED, number))
        size = len(self.labels)
        plain = rng.permutation(size)[: round(PLAIN * size)]
        again = rng.permutation(size)[: round(DISTORTED * size)]
        which = rng.integers(len(self.distorted), size=len(again))
        pen = rng.integers(len(self.pen), size=round(PEN * size))
        images = np.concatenate([self.plain[plain], self.distorted[which, again], self.pen[pen]])
        labels = np.concatenate([self.labels[plain], self.labels[again], self.pen_labels[pen]])
        order = rng.permutation(len(images))
        # In parts, which bounds the memory that it takes.
        parts = np.array_split(images[order], 10)
        moved = np.concatenate([gently_moved(part, rng) for part in parts])
        return moved, np.eye(10, dtype=np.float32)[labels[order]]


def gently_moved(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Shift, turn, slant, scale and bend most pictures a little, each in its own way.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        0 is paper, 255 is ink.
    rng : numpy.random.Generator
        Decides; three in ten stay as they are.

    Returns
    -------
    ndarray of shape (n, 28, 28, 1), float32
        In [0, 1].

    References
    ----------
    P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural networks
    applied to visual document analysis", 2003, for the bending.
    """
    count = len(images)
    some = (rng.random(count) < MOVED).astype(np.float32)
    angle = np.radians(rng.uniform(-10, 10, count)) * some
    slant = rng.uniform(-0.15, 0.15, count) * some
    tall, wide = (1 + rng.uniform(-0.1, 0.1, count) * some for _ in range(2))
    down, right = (rng.uniform(-1.5, 1.5, count) * some for _ in range(2))
    bend = bends(rng, rng.uniform(0, MOST_BENT, count) * some)
    cos, sin = np.cos(angle), np.sin(angle)
    # Where each pixel comes from: rows and columns counted from the middle.
    from_middle = np.arange(28, dtype=np.float32) - 13.5
    y, x = from_middle[:, None], from_middle[None, :]
    columns = _each(wide * cos) * x + _each(wide * (slant * cos - sin)) * y + _each(right)
    rows = _each(tall * sin) * x + _each(tall * (slant * sin + cos)) * y + _each(down)
    moved = sampled(images, rows + bend[:, 0] + 13.5, columns + bend[:, 1] + 13.5)
    return moved[..., None] / np.float32(255)


def _each(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Shape one number for each picture so that it meets all of its pixels."""
    return values.astype(np.float32)[:, None, None]


def bends(rng: np.random.Generator, strength: NDArray[np.float64]) -> NDArray[np.float32]:
    """Draw smooth random shifts: neighbouring pixels go nearly the same way.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides.
    strength : ndarray of shape (n,)
        The shifts' standard deviation, in pixels.

    Returns
    -------
    ndarray of shape (n, 2, 28, 28), float32
        Rows down and columns to the right, for each pixel of n pictures.
    """
    spacing = 4
    knots = np.arange(-spacing, 28 + spacing + 1, spacing)
    weights = np.exp(-0.5 * ((np.arange(28)[:, None] - knots) / spacing) ** 2)
    weights = (weights / np.linalg.norm(weights, axis=1, keepdims=True)).astype(np.float32)
    noise = rng.standard_normal((len(strength), 2, len(knots), len(knots)), dtype=np.float32)
    shifts: NDArray[np.float32] = weights @ noise @ weights.T
    return shifts * strength.astype(np.float32)[:, None, None, None]


def sampled(
    images: NDArray[np.uint8], rows: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Read pictures between their pixels, bilinearly; beyond their rim is paper.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        0 is paper.
    rows, columns : ndarray of shape (n, h, w), float32
        Where to read each; 0 is the middle of the first row or column.

    Returns
    -------
    ndarray of shape (n, h, w), float32
        In [0, 255].

    Examples
    --------
    >>> import numpy as np
    >>> image = np.full((1, 28, 28), 100, dtype=np.uint8)
    >>> columns = np.array([[[26, 27, 27.5, 99]]], dtype=np.float32)
    >>> sampled(image, np.zeros_like(columns), columns).tolist()
    [[[100.0, 100.0, 50.0, 0.0]]]
    """
    rimmed = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    width = rimmed.shape[2]
    rows, columns = (np.clip(at + 1, 0, width - 2) for at in (rows, columns))
    top, left = np.floor(rows), np.floor(columns)
    start = np.arange(len(images))[:, None, None] * width * width
    flat, at = rimmed.ravel(), start + (top * width + left).astype(np.int64)
    lower, further = rows - top, columns - left
    above = flat[at] * (1 - further) + flat[at + 1] * further
    below = flat[at + width] * (1 - further) + flat[at + width + 1] * further
    result: NDArray[np.float32] = above * (1 - lower) + below * lower
    return result


def make_pictures(data: mnist.Mnist, *, limit: int | None, workers: int) -> Pictures:
    """Make the training pictures, with a progress bar.

    Parameters
    ----------
    data : Mnist
        Only its training half is read.
    limit : int or None
        Use the first `limit` pictures only.
    workers : int
        How many processes share the work; the pictures do not depend on it.
    """
    plain, labels = data.x_train[:limit], data.y_train[:limit]
    distorted = [
        _gathered(
            f"drawings {n} of {VARIANTS}", variants(plain, seed=n, workers=workers), len(plain)
        )
        for n in range(1, VARIANTS + 1)
    ]
    pen_labels = (np.arange(len(plain) // 3) % 10).astype(np.uint8)
    pen = pen_digits(pen_labels, seed=VARIANTS + 1, workers=workers)
    return Pictures(
        plain=plain,
        distorted=np.stack(distorted),
        labels=labels,
        pen=_gathered("pen digits", pen, len(pen_labels)),
        pen_labels=pen_labels,
    )


def _gathered(title: str, chunks: Iterable[NDArray[np.uint8]], total: int) -> NDArray[np.uint8]:
    import keras

    bar = keras.utils.Progbar(total, unit_name=title)
    gathered = []
    for chunk in chunks:
        gathered.append(chunk)
        bar.add(len(chunk))
    return np.concatenate(gathered)


def train(pictures: Pictures, *, epochs: int) -> keras.Model:
    """Train a network from nothing and fold its normalisation.

    Parameters
    ----------
    pictures : Pictures
        What to learn from.
    epochs : int
        How often as many pictures are shown as MNIST has.

    Returns
    -------
    keras.Model
        The plain network, as from ``network.build(training=False)``.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    steps_per_epoch = -(-pictures.epoch_size // BATCH)
    steps = epochs * steps_per_epoch
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=PEAK_RATE / 10,
        warmup_target=PEAK_RATE,
        warmup_steps=steps // 20,
        decay_steps=steps - steps // 20,
    )
    model = network.build(training=True)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=LABEL_SMOOTHING
        ),
        metrics=["accuracy"],
    )
    # One stream for all epochs: where one ends, TensorFlow waits, now and then for 17 s.
    model.fit(
        batches(pictures, epochs),
        steps_per_epoch=steps_per_epoch,
        epochs=epochs,
        shuffle=False,  # each epoch is in its seeded order already
    )
    return network.folded(model)


def batches(
    pictures: Pictures, epochs: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield the batches of all epochs, each epoch in its seeded order.

    Parameters
    ----------
    pictures : Pictures
    epochs : int
        At least 1.

    Yields
    ------
    images : ndarray of shape (128, 28, 28, 1)
        The last of an epoch may hold fewer.
    targets : ndarray of shape (128, 10)
    """
    for images, targets in ahead(pictures.epoch, epochs):
        for start in range(0, len(images), BATCH):
            yield images[start : start + BATCH], targets[start : start + BATCH]


def ahead(make: Callable[[int], T], count: int) -> Iterator[T]:
    """Yield ``make(0)``, ``make(1)`` and so on, each made while the one before it is used.

    Parameters
    ----------
    make : callable
        Runs in a thread of its own.
    count : int
        How many to make, at least 1; two at most exist at a time.

    Examples
    --------
    >>> list(ahead(lambda number: number * number, 4))
    [0, 1, 4, 9]
    """
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(make, 0)
        for number in range(1, count):
            current, following = following.result(), thread.submit(make, number)
            yield current
        yield following.result()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure and write both files.

    Parameters
    ----------
    arguments : sequence of str, optional
        As on the command line; see ``python -m cnnviz.training --help``.
    """
    parser = argparse.ArgumentParser(
        prog="python -m cnnviz.training", description="Train the classifier that ships."
    )
    parser.add_argument("--out", type=Path, default=mnist.PATH.parent, help="folder to write to")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--limit", type=int, help="use only so many training and test pictures")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args(arguments)

    clock = report.Clock()
    data = mnist.load()
    pictures = make_pictures(data, limit=options.limit, workers=options.workers)
    model = train(pictures, epochs=options.epochs)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "classifier.keras"
    model.save(path)
    text = report.write(
        model,
        data.x_test[: options.limit],
        data.y_test[: options.limit],
        epochs=options.epochs,
        clock=clock,
        size=path.stat().st_size,
        workers=options.workers,
    )
    path.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
