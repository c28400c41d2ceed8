"""Layers with inputs that they fit, drawn by hypothesis.

Small, because plain loops check them; mixed, because a square input, a kernel with symmetry or a
padding of one cell cannot tell right from wrong.
"""

import numpy as np
from hypothesis import strategies as st

from cnnviz.layers import ACTIVATIONS, AveragePooling2D, Conv2D, MaxPooling2D


def pairs(largest, smallest=1):
    side = st.integers(smallest, largest)
    return st.tuples(side, side)


@st.composite
def convolutions(draw):
    """Draw a convolution layer and the shape of an input for it."""
    groups = draw(st.integers(1, 3))
    layer = Conv2D(
        filters=groups * draw(st.integers(1, 2)),
        kernel_size=draw(pairs(4)),
        strides=draw(pairs(3)),
        padding=draw(st.sampled_from(["valid", "same"]) | st.tuples(pairs(3, 0), pairs(3, 0))),
        dilation_rate=draw(st.just((1, 1)) | pairs(3)),
        groups=groups,
        activation=draw(st.sampled_from(ACTIVATIONS)),
        use_bias=draw(st.booleans()),
    )
    spans = tuple(
        (size - 1) * rate + 1
        for size, rate in zip(layer.kernel_size, layer.dilation_rate, strict=True)
    )
    height, width = draw(_sizes(layer, spans))
    return layer, (height, width, groups * draw(st.integers(1, 2)))


@st.composite
def poolings(draw, kind=None):
    """Draw a pooling layer and the shape of an input for it."""
    rows, columns = pool_size = draw(pairs(4))
    explicit = st.tuples(pairs(rows - 1, 0), pairs(columns - 1, 0))
    layer = draw(st.just(kind) if kind else st.sampled_from([MaxPooling2D, AveragePooling2D]))(
        pool_size,
        strides=draw(st.none() | pairs(4)),
        padding=draw(st.sampled_from(["valid", "same"]) | explicit),
    )
    height, width = draw(_sizes(layer, pool_size))
    return layer, (height, width, draw(st.integers(1, 3)))


@st.composite
def _sizes(draw, layer, spans):
    """Draw height and width from the smallest that fit, where the output is one cell, upwards."""
    sizes = []
    for axis, span in enumerate(spans):
        if layer.padding == "same":
            smallest = 1
        elif layer.padding == "valid":
            smallest = span
        else:
            smallest = max(1, span - sum(layer.padding[axis]))
        sizes.append(draw(st.integers(smallest, smallest + 6)))
    return tuple(sizes)


def numbers(shape, seed=0):
    """Draw float32 numbers without pattern, about as many below zero as above."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)
