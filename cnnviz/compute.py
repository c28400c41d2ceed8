"""Runs a layer on an array with TensorFlow.

Above ``layers``. Every whole output on screen comes from here, and so from ``tf.nn`` and Keras.
TensorFlow is imported inside the functions, because it takes seconds and pages open without it;
numbers leave as NumPy float32.
"""

import threading
from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnviz.arguments import is_whole_number
from cnnviz.layers import (
    ACTIVATIONS,
    AveragePooling2D,
    Conv2D,
    LayerError,
    MaxPooling2D,
    Padding,
    Pooling2D,
)

if TYPE_CHECKING:
    import tensorflow as tf

INITIALIZERS = ("glorot_uniform", "he_normal", "random_normal")
"""Names of Keras' initialisers for random filters."""

LARGEST_SEED = 2**32 - 1

# TensorFlow keeps 36 KB and more for every kind of layer that it has run, and strides, dilations
# and padding make millions of kinds. After so many it forgets them all; to meet one again costs
# little.
MOST_KINDS = 500
_kinds: set[Hashable] = set()
_counting = threading.Lock()


def convolve(
    image: ArrayLike, kernel: ArrayLike, bias: ArrayLike | None, layer: Conv2D
) -> NDArray[np.float32]:
    """Compute a convolution layer's output: the kernel is laid on as it is, not flipped.

    Parameters
    ----------
    image : array of shape (H, W, C)
    kernel : array of shape (kh, kw, C // groups, F)
    bias : array of shape (F,) or None
    layer : Conv2D

    Returns
    -------
    ndarray of float32, shape (H', W', F)

    Raises
    ------
    LayerError
        When the arrays do not fit the layer.

    Examples
    --------
    >>> image = np.arange(1, 10).reshape(3, 3, 1)
    >>> convolve(image, np.ones((2, 2, 1, 1)), None, Conv2D(1, 2))[:, :, 0].tolist()
    [[12.0, 16.0], [24.0, 28.0]]
    """
    import keras
    import tensorflow as tf

    image, kernel = np.asarray(image, np.float32), np.asarray(kernel, np.float32)
    bias = None if bias is None else np.asarray(bias, np.float32)
    layer.check_arrays(image.shape, kernel.shape, None if bias is None else bias.shape)
    _make_room_for(layer.strides, layer.padding, layer.dilation_rate)
    output = tf.nn.conv2d(
        image[np.newaxis],
        kernel,
        strides=layer.strides,
        padding=_tensorflow_padding(layer.padding),
        dilations=layer.dilation_rate,
    )
    if bias is not None:
        output = tf.nn.bias_add(output, bias)
    return _first_image(keras.activations.get(layer.activation)(output))


def pool(image: ArrayLike, layer: Pooling2D) -> NDArray[np.float32]:
    """Compute a pooling layer's output.

    Padded cells never win a maximum, and are left out of an average and its divisor.

    Parameters
    ----------
    image : array of shape (H, W, C)
    layer : MaxPooling2D or AveragePooling2D

    Returns
    -------
    ndarray of float32, shape (H', W', C)

    Raises
    ------
    LayerError
        When the window does not fit into the image.

    Examples
    --------
    >>> image = np.reshape([4, 3, 2, 1], (2, 2, 1))
    >>> pool(image, MaxPooling2D(2, strides=1, padding="same"))[:, :, 0].tolist()
    [[4.0, 3.0], [2.0, 1.0]]
    """
    import tensorflow as tf

    image = np.asarray(image, np.float32)
    layer.axes(image.shape)
    _make_room_for(layer)
    batch, window = image[np.newaxis], (layer.pool_size, layer.strides)
    if isinstance(layer, MaxPooling2D):
        return _first_image(tf.nn.max_pool2d(batch, *window, _tensorflow_padding(layer.padding)))
    if isinstance(layer.padding, str):
        return _first_image(tf.nn.avg_pool2d(batch, *window, layer.padding.upper()))

    # tf.nn.avg_pool2d takes no explicit padding. With zeros around the image it averages over the
    # whole window; the same average of ones says which part of the window was counted.
    around = (*layer.padding, (0, 0))
    image_average, counted_part = (
        tf.nn.avg_pool2d(np.pad(cells, around)[np.newaxis], *window, "VALID")
        for cells in (image, np.ones((*image.shape[:2], 1), np.float32))
    )
    return _first_image(image_average / counted_part)


def _make_room_for(*kind: Hashable) -> None:
    from tensorflow.python.eager import context

    with _counting:
        _kinds.add(kind)
        if len(_kinds) > MOST_KINDS:
            _kinds.clear()
            context.context().clear_kernel_cache()


def activate(values: ArrayLike, activation: str | None) -> NDArray[np.float32]:
    """Apply one of `ACTIVATIONS` to every value, by Keras.

    Raises
    ------
    LayerError
        When there is no such activation.

    Examples
    --------
    >>> activate([-2, 0, 3], "relu").tolist()
    [0.0, 0.0, 3.0]
    """
    import keras

    name = Conv2D(1, 1, activation=activation).activation
    tensor = keras.ops.convert_to_tensor(np.asarray(values, np.float32))
    return np.asarray(keras.activations.get(name)(tensor))


def random_kernel(
    initializer: str, shape: tuple[int, int, int, int], *, seed: int, stddev: float = 0.05
) -> NDArray[np.float32]:
    """Draw the weights of a fresh layer with one of Keras' initialisers.

    Parameters
    ----------
    initializer : str
        One of `INITIALIZERS`.
    shape : (int, int, int, int)
        As `Conv2D.kernel_shape` gives it.
    seed : int
        From 0 to `LARGEST_SEED`. The same seed draws the same weights.
    stddev : float
        Standard deviation, for ``"random_normal"`` only: the others take theirs from `shape`.

    Raises
    ------
    LayerError
        When there is no such initialiser or seed, or `stddev` is not above 0.

    Examples
    --------
    >>> random_kernel("he_normal", (3, 3, 1, 2), seed=7).shape
    (3, 3, 1, 2)
    """
    if initializer not in INITIALIZERS:
        raise LayerError(
            "initializer",
            f"initializer is {initializer!r}, but must be one of {', '.join(INITIALIZERS)}. "
            "Use initializer='glorot_uniform'.",
        )
    if not is_whole_number(seed, 0) or seed > LARGEST_SEED:
        raise LayerError(
            "seed",
            f"seed is {seed!r}, but must be a whole number from 0 to {LARGEST_SEED}. Use seed=0.",
        )
    if not stddev > 0:
        raise LayerError("stddev", f"stddev is {stddev!r}, but must be above 0. Use stddev=0.05.")
    import keras

    draw = {
        "glorot_uniform": keras.initializers.GlorotUniform(seed),
        "he_normal": keras.initializers.HeNormal(seed),
        "random_normal": keras.initializers.RandomNormal(stddev=stddev, seed=seed),
    }[initializer]
    return np.asarray(draw(shape, dtype="float32"))


def warm_up() -> None:
    """Import TensorFlow and run each operation once, so that the first visitor need not wait."""
    image = np.zeros((2, 2, 1))
    for activation in ACTIVATIONS:
        convolve(image, np.zeros((1, 1, 1, 1)), [0], Conv2D(1, 1, activation=activation))
    for padding in ("valid", "same", ((1, 0), (1, 0))):
        pool(image, MaxPooling2D(padding=padding))
        pool(image, AveragePooling2D(padding=padding))
    for initializer in INITIALIZERS:
        random_kernel(initializer, (1, 1, 1, 1), seed=0)


def _tensorflow_padding(padding: Padding) -> "str | list[tuple[int, int]]":
    """Write a padding as ``tf.nn`` takes it: names in capitals, amounts for all four axes."""
    return padding.upper() if isinstance(padding, str) else [(0, 0), *padding, (0, 0)]


def _first_image(batch: "tf.Tensor") -> NDArray[np.float32]:
    image: NDArray[np.float32] = batch.numpy()[0]
    return image
