"""A convolution state made real: the layer, its kernel and bias, and what they make of a picture.

Layer: above `share`. The pages hold a `ConvolutionState`; this is where it becomes arrays.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz import compute
from cnnviz.codec import Edit, random_parts
from cnnviz.drawing import toy
from cnnviz.filters import FILTERS
from cnnviz.layers import Conv2D
from cnnviz.share import ConvolutionState, PictureState

Floats = NDArray[np.float32]
Shape = tuple[int, int, int, int]

# What a filter is before anybody chooses: sixteen that look different from each other.
FIRST_KERNELS = (
    "sobel_x",
    "sobel_y",
    "outline",
    "box_blur",
    "sharpen",
    "emboss",
    "line_horizontal",
    "line_vertical",
    "gaussian",
    "prewitt_x",
    "prewitt_y",
    "identity",
    "ones",
    "he_normal-1",
    "glorot_uniform-1",
    "random_normal-1",
)


@dataclass(frozen=True, eq=False)
class Convolution:
    """A layer with its weights, a picture, and the maps that TensorFlow makes of it.

    Attributes
    ----------
    layer : Conv2D
    image : ndarray of shape (H, W, C), float32
    kernel : ndarray of shape (kh, kw, C // groups, F), float32
    bias : ndarray of shape (F,), float32, or None
    output : ndarray of shape (H', W', F), float32
    """

    layer: Conv2D
    image: Floats
    kernel: Floats
    bias: Floats | None
    output: Floats


def convolved(state: ConvolutionState, image: Floats) -> Convolution:
    """Make a state real for a picture, and compute its maps.

    Parameters
    ----------
    state : ConvolutionState
    image : ndarray of shape (H, W, C), float32

    Raises
    ------
    LayerError
        If there is no such layer, or none for this picture.
    FilterError
        If a filter does not exist at the kernel's size.

    Examples
    --------
    >>> state = ConvolutionState(filters=1, kernel_size=(2, 2), kernels=(("ones",),))
    >>> convolved(state, np.ones((2, 2, 1), np.float32)).output[:, :, 0].tolist()
    [[4.0, 2.0], [2.0, 1.0]]
    """
    layer = layer_of(state)
    kernel, bias = kernel_of(state, layer, image.shape[2]), bias_of(state)
    return Convolution(layer, image, kernel, bias, compute.convolve(image, kernel, bias, layer))


def matrix_of(state: PictureState) -> Floats:
    """Build the matrix of the input: its preset, and over it what was typed, where it reaches.

    Returns
    -------
    ndarray of shape (rows, columns, channels), float32

    Examples
    --------
    >>> from cnnviz.codec import Typed
    >>> state = PictureState(preset="counting", rows=2, columns=2, values=Typed((1, 1, 1), (9.0,)))
    >>> matrix_of(state)[:, :, 0].tolist()
    [[9.0, 2.0], [3.0, 4.0]]
    """
    pixels = toy(state.preset, rows=state.rows, columns=state.columns, channels=state.channels)
    if state.values is None:
        return pixels
    edited = np.array(state.values.values, np.float32).reshape(state.values.shape)
    rows, columns, channels = (min(a, b) for a, b in zip(pixels.shape, edited.shape, strict=True))
    pixels[:rows, :columns, :channels] = edited[:rows, :columns, :channels]
    return pixels


def layer_of(state: ConvolutionState) -> Conv2D:
    """Build the layer that a state describes; raise `LayerError` if there is no such layer.

    Examples
    --------
    >>> layer_of(ConvolutionState(filters=1, padding="explicit", pad=(0, 1, 2, 3))).padding
    ((0, 1), (2, 3))
    """
    top, bottom, left, right = state.pad
    return Conv2D(
        filters=state.filters,
        kernel_size=state.kernel_size,
        strides=state.strides,
        padding=((top, bottom), (left, right)) if state.padding == "explicit" else state.padding,
        dilation_rate=state.dilation_rate,
        groups=state.groups,
        activation=state.activation,
        use_bias=state.use_bias,
    )


def names_of(state: ConvolutionState, filter: int) -> tuple[str, ...]:
    """Name the presets of one filter: one for all channels, or one for each.

    Examples
    --------
    >>> state = ConvolutionState(kernels=(("ones", "outline"),))
    >>> names_of(state, 0), names_of(state, 1)
    (('ones', 'outline'), ('sobel_y',))
    """
    if filter < len(state.kernels):
        return state.kernels[filter]
    return (FIRST_KERNELS[filter],)


def chosen_names(state: ConvolutionState, channels: int) -> list[list[str]]:
    """List what the menu of every kernel shows: a preset's name, or "edited".

    Parameters
    ----------
    state : ConvolutionState
    channels : int
        Input channels that each filter reads.

    Returns
    -------
    list of list of str
        For each filter, one name for each channel.

    Examples
    --------
    >>> state = ConvolutionState(filters=2, edits=(Edit(0, 0, 1, 0, 0.5),))
    >>> chosen_names(state, channels=2)
    [['sobel_x', 'edited'], ['sobel_y', 'sobel_y']]
    """
    if state.weights is not None:
        return [["edited"] * channels for _ in range(state.filters)]
    shape = (*state.kernel_size, channels, state.filters)
    touched = {(edit.filter, edit.slice) for edit in state.edits if _holds(shape, edit)}
    return [
        [
            "edited" if (filter, slice_) in touched else name
            for slice_, name in enumerate(for_channels(names_of(state, filter), channels))
        ]
        for filter in range(state.filters)
    ]


def for_channels(names: tuple[str, ...], channels: int) -> list[str]:
    """Give each channel a name, from the first again where there are too few.

    Examples
    --------
    >>> for_channels(("ones", "outline"), 3)
    ['ones', 'outline', 'ones']
    """
    return [names[slice_ % len(names)] for slice_ in range(channels)]


def kernel_of(state: ConvolutionState, layer: Conv2D, channels: int) -> Floats:
    """Build the weights that the layer multiplies with.

    Parameters
    ----------
    state : ConvolutionState
    layer : Conv2D
        `layer_of(state)`.
    channels : int
        Channels of the picture.

    Returns
    -------
    ndarray of shape (kh, kw, channels // groups, filters), float32
        Turned by 180 degrees when the state says `flip`. Typed weights keep the shape that they
        were typed in, whether or not the layer can use it.

    Raises
    ------
    LayerError, FilterError
        When channels do not divide by groups, or a preset does not exist at this size.

    Examples
    --------
    >>> state = ConvolutionState(filters=1, kernels=(("sobel_x",),))
    >>> kernel_of(state, layer_of(state), channels=1)[:, :, 0, 0].tolist()
    [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    if state.weights is not None:
        kernel = np.array(state.weights.values, np.float32).reshape(state.weights.shape)
    else:
        kernel = _preset_kernel(state, layer.kernel_shape(channels))
        for edit in state.edits:
            if _holds(kernel.shape, edit):
                kernel[edit.row, edit.column, edit.slice, edit.filter] = edit.value
    return kernel[::-1, ::-1].copy() if state.flip else kernel


def _preset_kernel(state: ConvolutionState, shape: Shape) -> Floats:
    kernel = np.zeros(shape, np.float32)
    for filter in range(shape[3]):
        for slice_, name in enumerate(for_channels(names_of(state, filter), shape[2])):
            kernel[:, :, slice_, filter] = preset_everywhere(name, shape)[:, :, slice_, filter]
    return kernel


@functools.lru_cache(maxsize=256)
def preset_everywhere(name: str, shape: Shape) -> Floats:
    """Return weights of this shape whose every slice is the preset; they cannot be written to.

    Raises
    ------
    FilterError
        When the preset does not exist at this size.
    """
    random = random_parts(name)
    if random is None:
        weights = FILTERS[name].weights(shape[:2])
        return np.broadcast_to(weights[:, :, np.newaxis, np.newaxis], shape)
    initializer, seed, deviation = random
    drawn = compute.random_kernel(initializer, shape, seed=seed, stddev=deviation)
    drawn.flags.writeable = False
    return drawn


def _holds(shape: tuple[int, ...], edit: Edit) -> bool:
    place = (edit.row, edit.column, edit.slice, edit.filter)
    return all(index < size for index, size in zip(place, shape, strict=True))


def bias_of(state: ConvolutionState) -> Floats | None:
    """Build the bias, shape (filters,): zeros until somebody edits them; None without a bias.

    Examples
    --------
    >>> bias_of(ConvolutionState(filters=3, bias=(0.5,))).tolist()
    [0.5, 0.0, 0.0]
    """
    if not state.use_bias:
        return None
    return np.array(filled_bias(state)[: state.filters], np.float32)


def filled_bias(state: ConvolutionState) -> list[float]:
    """Return a bias for every filter, and those that were edited while there were more filters.

    Examples
    --------
    >>> filled_bias(ConvolutionState(filters=2, bias=(1.0,)))
    [1.0, 0.0]
    """
    return [*state.bias, *[0.0] * (state.filters - len(state.bias))]
