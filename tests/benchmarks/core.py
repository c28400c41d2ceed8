"""The core by itself: what `convolve` adds to TensorFlow, and what explaining a cell costs."""

import time
from collections.abc import Callable

import numpy as np

from cnnviz.compute import convolve
from cnnviz.layers import Conv2D
from cnnviz.window import explain
from tests.benchmarks import table

CALLS, WARM_UP = 300, 30


def convolve_against_tensorflow() -> list[table.Row]:
    """Call both in turn on the same arrays: 128x128x3 to 16 maps, 5x5, no bias, no activation.

    Both are eager, take NumPy arrays, and give a NumPy array without the batch axis.
    """
    import tensorflow as tf

    random = np.random.default_rng(5)
    image = random.random((128, 128, 3), np.float32)
    kernel = random.random((5, 5, 3, 16), np.float32)
    layer = Conv2D(16, 5, padding="same")
    ours, theirs = _in_turn(
        lambda: convolve(image, kernel, None, layer),
        lambda: tf.nn.conv2d(image[np.newaxis], kernel, strides=1, padding="SAME").numpy()[0],
    )
    ratio = table.percentiles(ours)[0] / table.percentiles(theirs)[0]
    return [
        table.told("tf.nn.conv2d, 128x128x3 to 16 maps, 5x5", theirs, "ms"),
        table.told("convolve, the same arrays", ours, "ms"),
        table.compared("  against tf.nn.conv2d, p50", ratio, 1.15),
    ]


def explain_one_cell() -> list[table.Row]:
    """Take one cell of an 11x11x3 window apart, bias and activation included."""
    random = np.random.default_rng(7)
    image, kernel = random.random((28, 28, 3)), random.random((11, 11, 3, 4))
    layer = Conv2D(4, 11, padding="same", activation="gelu")
    (samples,) = _in_turn(
        lambda: explain(image, kernel, np.ones(4), layer, row=2, column=20, filter=3)
    )
    p50 = table.percentiles(samples)[0]
    return [table.held("explain, 11x11x3 (p50)", samples, "ms", p50, 1)]


def _in_turn(*calls: Callable[[], object]) -> list[list[float]]:
    """Time each call in milliseconds, one after the other, again and again."""
    samples: list[list[float]] = [[] for _ in calls]
    for k in range(WARM_UP + CALLS):
        for call, mine in zip(calls, samples, strict=True):
            started = time.perf_counter()
            call()
            if k >= WARM_UP:
                mine.append(1000 * (time.perf_counter() - started))
    return samples
