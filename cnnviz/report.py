"""The report that training writes beside the model: what it is and how well it reads."""

from __future__ import annotations

import datetime
import os
import platform
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnviz import robustness
from cnnviz.distortions import shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras
    from numpy.typing import NDArray


class Minutes(NamedTuple):
    """How long something took.

    Attributes
    ----------
    wall : float
        By the clock on the wall.
    processor : float
        That all cores together spent on this process and on those that it started and waited for.
        What else the machine does is not in it.
    """

    wall: float
    processor: float


class Clock:
    """Takes the time of a run.

    Examples
    --------
    >>> clock = Clock()
    >>> clock.minutes().wall < 1
    True
    """

    def __init__(self) -> None:
        self._started = self._now()

    def minutes(self) -> Minutes:
        """Return what has passed since the clock was made."""
        now, started = self._now(), self._started
        return Minutes(now.wall - started.wall, now.processor - started.processor)

    @staticmethod
    def _now() -> Minutes:
        spent = os.times()
        processor = spent.user + spent.system + spent.children_user + spent.children_system
        return Minutes(time.monotonic() / 60, processor / 60)


def write(
    model: keras.Model,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    *,
    epochs: int,
    clock: Clock,
    size: int,
    workers: int,
) -> str:
    """Measure a trained network and describe it.

    Parameters
    ----------
    model : keras.Model
        As from ``network.build(training=False)``.
    images : ndarray of shape (n, 28, 28), uint8
        Test digits.
    labels : ndarray of shape (n,), uint8
        What they show.
    epochs : int
        How long it was trained.
    clock : Clock
        Started with the run.
    size : int
        Of the file, in bytes.
    workers : int
        How many processes prepare test digits.

    Returns
    -------
    str
        Markdown.
    """
    made = clock.minutes()
    answers = _answers(model, shares(images))
    robust, hands = _robustness(model, images, labels, workers), _other_hands(model, len(images))
    whole = clock.minutes()
    right = float(np.mean(answers == labels))
    packages = ", ".join(f"{name} {version(name)}" for name in ("keras", "numpy", "pillow"))
    return "\n".join(
        [
            "# The classifier",
            "",
            "Written by `python -m cnnviz.training`, which also made `classifier.keras`.",
            "",
            f"- **Test accuracy**: {right:.2%} of {len(labels):,} test digits as MNIST has them, "
            f"{np.count_nonzero(answers != labels)} misread",
            f"- **Parameters**: {model.count_params():,} in a file of {size:,} bytes",
            f"- **Training**: {epochs} epochs, each of as many pictures as MNIST has",
            f"- **Time**: {whole.wall:.0f} minutes on {os.cpu_count()} cores: "
            f"{made.wall:.0f} to make the pictures and to train, "
            f"{whole.wall - made.wall:.0f} to measure all below",
            f"- **Processor time**: {whole.processor:.0f} minutes: {made.processor:.0f} and "
            f"{whole.processor - made.processor:.0f}. Other programs on the machine do not count",
            f"- **Date**: {datetime.datetime.now(tz=datetime.UTC).date().isoformat()}",
            f"- **Versions**: Python {platform.python_version()}, "
            f"TensorFlow {_tensorflow_version()}, {packages}",
            "",
            "## Architecture",
            "",
            *_table(("layer", "kind", "output", "parameters"), _layers(model)),
            "",
            "## Confusion",
            "",
            "Rows are what the test digit shows, columns what the network reads.",
            "",
            *_table(("", *map(str, range(10))), _confusion(answers, labels)),
            "",
            "## Robustness",
            "",
            "The test digits enlarged to the canvas (280x280), changed there, and put through",
            "`digits.prepare`. A digit is 200 pixels high: shifted 80 pixels down or up, "
            "it loses a",
            "fifth over the rim of the canvas.",
            "",
            *_table(("condition", "accuracy"), robust),
            "",
            "## Other hands",
            "",
            hands,
            "",
        ]
    )


def _answers(model: keras.Model, images: NDArray[np.float32]) -> NDArray[np.int64]:
    probabilities = model.predict(images[..., None], batch_size=500, verbose=0)
    answers: NDArray[np.int64] = np.argmax(probabilities, axis=1)
    return answers


def _layers(model: keras.Model) -> list[tuple[str, ...]]:
    return [
        (
            layer.name,
            type(layer).__name__,
            " x ".join(str(n) for n in layer.output.shape[1:]),
            f"{layer.count_params():,}",
        )
        for layer in model.layers
    ]


def _confusion(answers: NDArray[np.int64], labels: NDArray[np.uint8]) -> list[tuple[str, ...]]:
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (labels, answers), 1)
    return [(f"**{digit}**", *map(str, counts[digit])) for digit in range(10)]


def _robustness(
    model: keras.Model, images: NDArray[np.uint8], labels: NDArray[np.uint8], workers: int
) -> list[tuple[str, ...]]:
    import keras

    bar = keras.utils.Progbar(len(robustness.CONDITIONS), unit_name="condition")
    rows: list[tuple[str, ...]] = []
    for condition in robustness.CONDITIONS:
        changed = robustness.prepared(condition, images, workers=workers)
        rows.append((condition, f"{np.mean(_answers(model, changed) == labels):.2%}"))
        bar.add(1)
    return rows


def _other_hands(model: keras.Model, at_most: int) -> str:
    digits, labels = (part[:at_most] for part in robustness.other_hands())
    share = np.mean(_answers(model, robustness.from_small(digits)) == labels)
    return (
        f"{share:.2%} of {len(labels):,} digits of another database (8x8 pixels, written in "
        "Turkey), smoothly enlarged to 200x200, put on the canvas and prepared."
    )


def _tensorflow_version() -> str:
    import tensorflow as tf

    return str(tf.__version__)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
