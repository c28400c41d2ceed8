"""The trained network that ships: its answer and every layer's activations.

One compiled TensorFlow function returns all of them at once. It is loaded once a process and may
be called from many threads.
"""

from __future__ import annotations

import functools
import threading
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz import mnist
from cnnviz.layers import Conv2D, MaxPooling2D

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

PATH = mnist.PATH.with_name("classifier.keras")
SIDE = 28
BATCH = 500  # pictures that are read at a time, to bound the memory
LOOKED_AT = 100  # test digits that are read at a time to find one misread: there is one in 270

_loading = threading.Lock()


class ClassifierError(ValueError):
    """Say what is wrong with the model file or with a request to the network.

    Attributes
    ----------
    field : str
        The file or the argument that is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Prediction:
    """What the network makes of one picture.

    Attributes
    ----------
    probabilities : ndarray of shape (10,), float32
        The softmax of the logits; they add up to 1.
    logits : ndarray of shape (10,), float32
        One number for each digit, any size.
    activations : mapping of str to ndarray
        Every layer's output by its name, in order, from "image" to "softmax": (h, w, c), or (n,)
        from "flatten" on.
    """

    probabilities: NDArray[np.float32]
    logits: NDArray[np.float32]
    activations: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class NetworkLayer:
    """One layer of the network.

    Attributes
    ----------
    name : str
        As in ``Prediction.activations``.
    kind : str
        Keras' name for it: "InputLayer", "Conv2D", "ReLU", "MaxPooling2D", "Flatten", "Dense",
        "Softmax".
    output_shape : tuple of int
        (h, w, c) or (n,).
    parameters : int
        Weights and biases.
    layer : Conv2D, MaxPooling2D or None
        What `cnnviz.compute` and the stage take, where there are maps to slide over.
    kernel : ndarray of shape (kh, kw, channels, filters) or (inputs, units), or None
        The learned weights of a convolution or dense layer.
    bias : ndarray of shape (filters,) or (units,), or None
        Its learned biases.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    layer: Conv2D | MaxPooling2D | None = None
    kernel: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None


class Classifier:
    """The network, ready to be asked. Get it from `load`."""

    def __init__(self, model: Any) -> None:
        import keras
        import tensorflow as tf

        self.layers: tuple[NetworkLayer, ...] = tuple(_described(layer) for layer in model.layers)
        self._by_name = {layer.name: layer for layer in self.layers}
        names = list(self._by_name)
        flat, logits = names.index("flatten"), names.index("logits")
        outputs = keras.Model(model.inputs, [layer.output for layer in model.layers])
        row = tf.TensorSpec((1, SIDE, SIDE, 1), tf.float32)
        rows = tf.TensorSpec((None, SIDE, SIDE, 1), tf.float32)

        @tf.function(input_signature=[row])  # type: ignore[untyped-decorator, unused-ignore]
        def activations(image: Any) -> Any:
            return outputs(image, training=False)

        @tf.function(input_signature=[rows])  # type: ignore[untyped-decorator, unused-ignore]
        def answers(images: Any) -> Any:
            return dict(zip(names, outputs(images, training=False), strict=True))

        @tf.function(input_signature=[row, tf.TensorSpec((), tf.int32)])  # type: ignore[untyped-decorator, unused-ignore]
        def gradients(image: Any, digit: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(image)
                values = outputs(image, training=False)
                logit = values[logits][0, digit]
            return tape.gradient(logit, [image, *values[1:flat]])

        self._activations = activations.get_concrete_function()
        self._answers, self._gradients = answers, gradients

    def predict(self, image: ArrayLike) -> Prediction:
        """Read one picture, and keep what every layer made of it.

        Parameters
        ----------
        image : array_like of shape (28, 28)
            In [0, 1]; 1 is ink: what `digits.prepare` returns.

        Returns
        -------
        Prediction

        Raises
        ------
        ClassifierError
            If `image` has another shape or holds something that is no number.

        Examples
        --------
        >>> from cnnviz import mnist
        >>> answer = load().predict(mnist.load().test_image(0))
        >>> int(answer.probabilities.argmax()), answer.activations["conv1"].shape
        (7, (28, 28, 16))
        """
        import tensorflow as tf

        outputs = self._activations(tf.constant(as_picture(image)[None, :, :, None]))
        activations = {
            layer.name: output.numpy()[0]
            for layer, output in zip(self.layers, outputs, strict=True)
        }
        return Prediction(activations["softmax"], activations["logits"], activations)

    def predict_many(self, images: ArrayLike) -> NDArray[np.float32]:
        """Read many pictures at once.

        Parameters
        ----------
        images : array_like of shape (n, 28, 28)
            In [0, 1].

        Returns
        -------
        ndarray of shape (n, 10), float32
            A row of probabilities for each.

        Raises
        ------
        ClassifierError
            If `images` has another shape or holds something that is no number.

        Examples
        --------
        >>> from cnnviz import mnist
        >>> load().predict_many(mnist.load().x_test[:3] / 255).argmax(axis=1).tolist()
        [7, 2, 1]
        """
        return self._answered(images, "softmax")

    def logits_many(self, images: ArrayLike) -> NDArray[np.float32]:
        """Read many pictures at once, and stop before the softmax.

        Parameters
        ----------
        images : array_like of shape (n, 28, 28)
            In [0, 1].

        Returns
        -------
        ndarray of shape (n, 10), float32
            A row of logits for each.

        Raises
        ------
        ClassifierError
            If `images` has another shape or holds something that is no number.

        Examples
        --------
        >>> from cnnviz import mnist
        >>> load().logits_many(mnist.load().x_test[:3] / 255).shape
        (3, 10)
        """
        return self._answered(images, "logits")

    def _answered(self, images: ArrayLike, layer: str) -> NDArray[np.float32]:
        pictures = as_pictures(images)
        answers = np.empty((len(pictures), 10), dtype=np.float32)
        for start in range(0, len(pictures), BATCH):
            part = slice(start, start + BATCH)
            answers[part] = self._answers(pictures[part, :, :, None])[layer].numpy()
        return answers

    def warm_up(self) -> None:
        """Compile everything, so that the first visitor does not wait for it."""
        blank = np.zeros((SIDE, SIDE), dtype=np.float32)
        self.predict(blank)
        self.predict_many(blank[None])
        self.gradients(blank, 0)

    def receptive_field(self, layer: str, row: int, column: int) -> tuple[range, range]:
        """Find the pixels that a cell of a layer can see.

        Parameters
        ----------
        layer : str
            Its name.
        row, column : int
            The cell. From "flatten" on they do not matter: a unit sees the whole picture.

        Returns
        -------
        rows, columns : range
            On the 28x28 picture; padding is left out.

        Raises
        ------
        ClassifierError
            If there is no such layer or no such cell.

        Examples
        --------
        >>> load().receptive_field("conv2", 10, 0)
        (range(8, 13), range(0, 3))
        """
        shape = self._named(layer).output_shape
        if len(shape) == 1:
            return range(SIDE), range(SIDE)
        for field, value, limit in (("row", row, shape[0]), ("column", column, shape[1])):
            if not 0 <= value < limit:
                raise ClassifierError(
                    field,
                    f"{field} is {value}, but {layer} has {limit} {field}s. "
                    f"Choose 0 to {limit - 1}.",
                )
        first, last = [row, column], [row, column]
        names = list(self._by_name)
        for above in reversed(range(names.index(layer) + 1)):
            operation = self.layers[above].layer
            if operation is None:
                continue
            before = self.layers[above - 1].output_shape
            window = operation.kernel_size if isinstance(operation, Conv2D) else operation.pool_size
            dilation = operation.dilation_rate if isinstance(operation, Conv2D) else (1, 1)
            padding = operation.padding_amounts((before[0], before[1], before[2]))
            for axis in (0, 1):
                stride, pad = operation.strides[axis], padding[axis][0]
                reach = (window[axis] - 1) * dilation[axis]
                first[axis] = max(first[axis] * stride - pad, 0)
                last[axis] = min(last[axis] * stride - pad + reach, before[axis] - 1)
        return range(first[0], last[0] + 1), range(first[1], last[1] + 1)

    def gradients(self, image: ArrayLike, digit: int) -> dict[str, NDArray[np.float32]]:
        """Differentiate a digit's logit by the picture and by every map.

        Parameters
        ----------
        image : array_like of shape (28, 28)
            In [0, 1].
        digit : int
            Whose logit.

        Returns
        -------
        dict of str to ndarray
            For "image" and every layer up to the last that has maps, an array of its shape.

        Raises
        ------
        ClassifierError
            If `image` or `digit` cannot be.

        Examples
        --------
        >>> from cnnviz import mnist
        >>> load().gradients(mnist.load().test_image(0), 7)["relu5"].shape
        (7, 7, 32)
        """
        gradients = self._gradients(as_picture(image)[None, :, :, None], as_digit(digit))
        return {
            layer.name: gradient.numpy()[0]
            for layer, gradient in zip(self.layers, gradients, strict=False)
        }

    def _named(self, name: str) -> NetworkLayer:
        if name not in self._by_name:
            raise ClassifierError(
                "layer",
                f"layer is {name}, but the layers are {', '.join(self._by_name)}. "
                "Choose one of them.",
            )
        return self._by_name[name]


def load(path: Path = PATH) -> Classifier:
    """Load the network that ships, once.

    Parameters
    ----------
    path : Path
        A file that ``python -m cnnviz.training`` wrote.

    Returns
    -------
    Classifier
        The same object at every call, from every thread.

    Raises
    ------
    ClassifierError
        If the file is missing or cannot be read.

    Examples
    --------
    >>> [layer.name for layer in load().layers][:4]
    ['image', 'conv1', 'relu1', 'conv2']
    """
    with _loading:
        return _loaded(path)


def warm_up() -> None:
    """Load the network and compile everything: for a thread in the background."""
    load().warm_up()


def next_mistake(after: int) -> int:
    """Find the next test digit that the network misreads.

    It reads them one after another, the first after the last, until it is wrong. What it has read
    it remembers for whoever asks next.

    Parameters
    ----------
    after : int
        The index of a test digit, from 0 to 9,999.

    Returns
    -------
    int
        An index, for ``Mnist.test_image``; `after` if there is no other.

    Examples
    --------
    >>> index = next_mistake(0)
    >>> answer = load().predict(mnist.load().test_image(index)).probabilities.argmax()
    >>> bool(answer == mnist.load().y_test[index])
    False
    """
    count = len(mnist.load().y_test)
    first, parts = (after + 1) % count, -(-count // LOOKED_AT)
    for step in range(parts + 1):
        for index in _misread((first // LOOKED_AT + step) % parts):
            if step or index >= first:
                return index
    return after


@functools.cache
def _misread(part: int) -> tuple[int, ...]:
    """Return which of the test digits in a part of them the network misreads."""
    data = mnist.load()
    here = slice(part * LOOKED_AT, (part + 1) * LOOKED_AT)
    answers = load().predict_many(data.x_test[here] / np.float32(255)).argmax(axis=1)
    return tuple(here.start + int(at) for at in np.flatnonzero(answers != data.y_test[here]))


@functools.cache
def _loaded(path: Path) -> Classifier:
    import keras

    fix = "Fetch it again: git checkout -- assets/classifier.keras. Or run: "
    fix += "python -m cnnviz.training"
    if not path.is_file():
        raise ClassifierError(
            "classifier.keras",
            f"{path} is missing, but the network is read from this file alone. {fix}",
        )
    try:
        return Classifier(keras.saving.load_model(path, compile=False))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ClassifierError(
            "classifier.keras",
            f"{path} cannot be read as a network from cnnviz.training. {fix}",
        ) from error


def _described(layer: Any) -> NetworkLayer:
    kind = type(layer).__name__
    if kind == "Activation":
        kind = {"relu": "ReLU", "softmax": "Softmax"}[layer.activation.__name__]
    weights = layer.get_weights()
    operation: Conv2D | MaxPooling2D | None = None
    if kind == "Conv2D":
        operation = Conv2D(
            layer.filters,
            layer.kernel_size,
            layer.strides,
            layer.padding,
            layer.dilation_rate,
            layer.groups,
        )
    elif kind == "MaxPooling2D":
        operation = MaxPooling2D(layer.pool_size, layer.strides, layer.padding)
    return NetworkLayer(
        name=layer.name,
        kind=kind,
        output_shape=tuple(layer.output.shape[1:]),
        parameters=layer.count_params(),
        layer=operation,
        kernel=weights[0] if weights else None,
        bias=weights[1] if weights else None,
    )


def as_digit(digit: int) -> int:
    """Check that this is one of the ten digits.

    Examples
    --------
    >>> as_digit(7)
    7
    """
    if digit not in range(10):
        raise ClassifierError(
            "digit", f"digit is {digit}, but there are the digits 0 to 9. Choose one of them."
        )
    return int(digit)


def as_picture(image: ArrayLike) -> NDArray[np.float32]:
    """Check one picture: `as_pictures` of a single one."""
    picture: NDArray[np.float32] = as_pictures(np.asarray(image)[None])[0]
    return picture


def as_pictures(images: ArrayLike) -> NDArray[np.float32]:
    """Check that these are pictures the network can read.

    Parameters
    ----------
    images : array_like of shape (n, 28, 28)
        Finite numbers.

    Returns
    -------
    ndarray of shape (n, 28, 28), float32

    Raises
    ------
    ClassifierError
        If they have another shape or hold something that is no number.

    Examples
    --------
    >>> as_pictures([[[0] * 28] * 28]).shape
    (1, 28, 28)
    """
    array = np.asarray(images, dtype=np.float32)
    if array.ndim != 3 or array.shape[1:] != (SIDE, SIDE):
        raise ClassifierError(
            "image",
            f"image has shape {array.shape[1:]}, but the network reads (28, 28). "
            "Pass the image that digits.prepare returns.",
        )
    if not np.isfinite(array).all():
        raise ClassifierError(
            "image",
            "image holds values that are no numbers, but the network reads 0 (paper) to 1 (ink). "
            "Pass the image that digits.prepare returns.",
        )
    return array
