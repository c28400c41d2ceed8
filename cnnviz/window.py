"""One output cell taken apart: what it read, what it multiplied, what it added.

Above ``layers``; NumPy only. `taps` is the one index map behind hovering, the written sum and the
animation. `explain` is a plain computation in double precision that shares nothing with
TensorFlow, so that the page can show that the two agree.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnviz.layers import Axis, Conv2D, Layer, LayerError, MaxPooling2D, Pooling2D


def taps(layer: Layer, input_shape: tuple[int, ...]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """List the input positions that each row and each column of the output reads.

    Parameters
    ----------
    layer : Conv2D, MaxPooling2D or AveragePooling2D
    input_shape : (int, int, int)
        Height, width and channels of the input.

    Returns
    -------
    rows : ndarray of int, shape (H', kernel rows)
    columns : ndarray of int, shape (W', kernel columns)
        Output cell (i, j) reads the inputs at ``rows[i]`` x ``columns[j]``. A position below 0,
        or not below the input's height or width, lies in the padding.

    Raises
    ------
    LayerError
        When the window does not fit into the input.

    Examples
    --------
    >>> rows, columns = taps(Conv2D(1, (2, 3), padding="same"), (2, 3, 1))
    >>> rows.tolist()
    [[0, 1], [1, 2]]
    >>> columns.tolist()
    [[-1, 0, 1], [0, 1, 2], [1, 2, 3]]
    """
    rows, columns = layer.axes(input_shape)
    return _axis_taps(rows), _axis_taps(columns)


def _axis_taps(axis: Axis) -> NDArray[np.int_]:
    return np.array([axis.reads(index) for index in range(axis.output)], dtype=np.int_)


@dataclass(frozen=True, eq=False)
class Explanation:
    """How one cell of a convolution's output comes about.

    Attributes
    ----------
    taps : ndarray of int, shape (kh, kw, 2)
        Row and column of the input that each weight reads.
    inside : ndarray of bool, shape (kh, kw)
        False where the tap lies in the padding.
    channels : tuple of int
        The input channels that the filter reads, Cg of them: its group's share.
    inputs, weights, products : ndarray of float64, shape (kh, kw, Cg)
        What was read (0 in the padding), what it was multiplied by, and the result.
    channel_sums : ndarray of float64, shape (Cg,)
        The products added up, one sum for each channel.
    bias : float
        0 when the layer has none.
    total : float
        All channel sums and the bias, before the activation.
    output : float
        After the activation.
    """

    taps: NDArray[np.int_]
    inside: NDArray[np.bool_]
    channels: tuple[int, ...]
    inputs: NDArray[np.float64]
    weights: NDArray[np.float64]
    products: NDArray[np.float64]
    channel_sums: NDArray[np.float64]
    bias: float
    total: float
    output: float


def explain(
    image: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None,
    layer: Conv2D,
    *,
    row: int,
    column: int,
    filter: int,
) -> Explanation:
    """Work out one output cell of a convolution by hand, in double precision.

    Parameters
    ----------
    image : array of shape (H, W, C)
    kernel : array of shape (kh, kw, C // groups, F)
    bias : array of shape (F,) or None
    layer : Conv2D
    row, column, filter : int
        The output cell, counted from 0.

    Raises
    ------
    LayerError
        When the arrays do not fit the layer, or the output has no such cell.

    Examples
    --------
    >>> image = np.arange(1, 10).reshape(3, 3, 1)
    >>> cell = explain(image, np.ones((2, 2, 1, 1)), [0.5], Conv2D(1, 2), row=1, column=0, filter=0)
    >>> cell.inputs[:, :, 0].tolist()
    [[4.0, 5.0], [7.0, 8.0]]
    >>> cell.channel_sums.tolist(), cell.output
    ([24.0], 24.5)
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    bias = None if bias is None else np.asarray(bias)
    layer.check_arrays(image.shape, kernel.shape, None if bias is None else bias.shape)
    output_shape = layer.output_shape(image.shape)
    _check_cell(output_shape, {"row": row, "column": column, "filter": filter})

    # A filter reads the channels of its own group only.
    depth = kernel.shape[2]
    first = filter // (layer.filters // layer.groups) * depth
    positions, inside, inputs = _read(
        layer, image[:, :, first : first + depth], row, column, outside=0.0
    )
    weights = kernel[:, :, :, filter].astype(np.float64)
    products = inputs * weights
    channel_sums = products.sum(axis=(0, 1))
    added = 0.0 if bias is None else float(bias[filter])
    total = math.fsum(channel_sums) + added
    return Explanation(
        taps=positions,
        inside=inside,
        channels=tuple(range(first, first + depth)),
        inputs=inputs,
        weights=weights,
        products=products,
        channel_sums=channel_sums,
        bias=added,
        total=total,
        output=_ACTIVATIONS[layer.activation](total),
    )


@dataclass(frozen=True, eq=False)
class PoolingExplanation:
    """How one cell of a pooling layer's output comes about.

    Attributes
    ----------
    taps : ndarray of int, shape (ph, pw, 2)
        Row and column of the input under each cell of the window.
    inside : ndarray of bool, shape (ph, pw)
        False where the tap lies in the padding.
    candidates : ndarray of float64, shape (ph, pw)
        What was read; in the padding minus infinity for the maximum, NaN (not counted) for the
        average.
    winner : (int, int) or None
        Row and column in the window of the first maximum; None for the average.
    divisor : int or None
        How many cells were counted; None for the maximum.
    output : float
    """

    taps: NDArray[np.int_]
    inside: NDArray[np.bool_]
    candidates: NDArray[np.float64]
    winner: tuple[int, int] | None
    divisor: int | None
    output: float


def explain_pooling(
    image: ArrayLike, layer: Pooling2D, *, row: int, column: int, channel: int
) -> PoolingExplanation:
    """Work out one output cell of a pooling layer by hand, in double precision.

    Parameters
    ----------
    image : array of shape (H, W, C)
    layer : MaxPooling2D or AveragePooling2D
    row, column, channel : int
        The output cell, counted from 0.

    Raises
    ------
    LayerError
        When the window does not fit into the image, or the output has no such cell.

    Examples
    --------
    >>> image = -np.arange(1, 10).reshape(3, 3, 1)
    >>> layer = MaxPooling2D(2, padding="same")
    >>> cell = explain_pooling(image, layer, row=1, column=1, channel=0)
    >>> cell.candidates.tolist(), cell.winner, cell.output
    ([[-9.0, -inf], [-inf, -inf]], (0, 0), -9.0)
    """
    image = np.asarray(image)
    output_shape = layer.output_shape(image.shape)
    _check_cell(output_shape, {"row": row, "column": column, "channel": channel})

    keeps_largest = isinstance(layer, MaxPooling2D)
    positions, inside, candidates = _read(
        layer, image[:, :, channel], row, column, outside=-math.inf if keeps_largest else math.nan
    )
    if keeps_largest:
        first = np.unravel_index(np.argmax(candidates), candidates.shape)
        winner = (int(first[0]), int(first[1]))
        return PoolingExplanation(
            positions, inside, candidates, winner, divisor=None, output=float(candidates[winner])
        )
    counted = candidates[inside]
    return PoolingExplanation(
        positions,
        inside,
        candidates,
        winner=None,
        divisor=counted.size,
        output=math.fsum(counted) / counted.size,
    )


def _check_cell(output_shape: tuple[int, int, int], cell: dict[str, int]) -> None:
    for (field, index), size in zip(cell.items(), output_shape, strict=True):
        if not 0 <= index < size:
            raise LayerError(
                field,
                f"{field} is {index}, but the output has {size}, counted from 0. "
                f"Use a {field} from 0 to {size - 1}.",
            )


def _read(
    layer: Layer, image: NDArray[np.generic], row: int, column: int, *, outside: float
) -> tuple[NDArray[np.int_], NDArray[np.bool_], NDArray[np.float64]]:
    """Return the taps of one output cell, which lie inside, and what they read."""
    shape = (*image.shape[:2], 1)
    rows, columns = (
        np.array(axis.reads(index), dtype=np.int_)
        for axis, index in zip(layer.axes(shape), (row, column), strict=True)
    )
    positions = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
    inside = np.logical_and.outer(
        (rows >= 0) & (rows < shape[0]), (columns >= 0) & (columns < shape[1])
    )
    values = np.full(inside.shape + image.shape[2:], outside)
    values[inside] = image[positions[inside, 0], positions[inside, 1]]
    return positions, inside, values


def _sigmoid(x: float) -> float:
    small = math.exp(-abs(x))
    return (1.0 if x > 0 else small) / (1 + small)


# The textbook formulas, arranged so that no exponential overflows.
_ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.2 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "gelu": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    "swish": lambda x: x * _sigmoid(x),
}
