"""A pooling state made real: its layer, what stands beside it, and states worth opening.

Layer: above `share`. What `workshop` is for a convolution.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from cnnviz.codec import Typed
from cnnviz.compute import convolve, pool
from cnnviz.filters import FILTERS, FilterError
from cnnviz.layers import AveragePooling2D, Conv2D, MaxPooling2D, Pooling2D
from cnnviz.share import PoolingState
from cnnviz.window import taps

Floats = NDArray[np.float32]
Shape = tuple[int, int, int]

_KINDS: dict[str, type[Pooling2D]] = {"max": MaxPooling2D, "average": AveragePooling2D}


def layer_of(state: PoolingState, input_shape: Shape) -> Pooling2D:
    """Build the layer that a state describes; raise `LayerError` if there is no such layer.

    Global pooling is the one window that covers the whole input.

    Examples
    --------
    >>> layer_of(PoolingState(pool_size=(2, 3)), (8, 8, 1)).strides
    (2, 3)
    >>> layer_of(PoolingState(kind="average", is_global=True), (8, 7, 1)).pool_size
    (8, 7)
    """
    layer = _KINDS[state.kind]
    if state.is_global:
        return layer(input_shape[:2])
    top, bottom, left, right = state.pad
    return layer(
        state.pool_size,
        state.strides,
        ((top, bottom), (left, right)) if state.padding == "explicit" else state.padding,
    )


def is_picture(state: PoolingState, image: Floats) -> bool:
    """Tell whether the numbers are pixels, and so whatever pooling makes of them.

    The maps of a convolution are none, even where they happen to lie between 0 and 1.

    Examples
    --------
    >>> image = np.ones((1, 1, 3), np.float32)
    >>> is_picture(PoolingState(), image), is_picture(PoolingState(input="convolution"), image)
    (True, False)
    """
    return state.input != "convolution" and bool(image.min() >= 0 and image.max() <= 1)


@dataclass(frozen=True, eq=False)
class Beside:
    """A second layer with the same windows on the same input.

    Attributes
    ----------
    layer : Conv2D, MaxPooling2D or AveragePooling2D
    kernel : ndarray of shape (kh, kw, 1, C), or None
        Of a convolution; every channel has the same.
    output : ndarray of shape (H', W', C), float32
        TensorFlow's.
    """

    layer: Conv2D | Pooling2D
    kernel: Floats | None
    output: Floats


def beside_of(state: PoolingState, layer: Pooling2D, image: Floats) -> Beside | None:
    """Compute what stands beside a layer, if anything does.

    A convolution reads the same windows, channel by channel (as many groups as channels), without
    a bias.

    Raises
    ------
    FilterError
        When the kernel does not exist at the size of the window.

    Examples
    --------
    >>> state = PoolingState(beside="convolution")
    >>> image = np.arange(1, 5, dtype=np.float32).reshape(2, 2, 1)
    >>> beside_of(state, layer_of(state, image.shape), image).output.tolist()
    [[[2.5]]]
    """
    if state.beside == "nothing":
        return None
    if state.beside == "pooling":
        other = AveragePooling2D if isinstance(layer, MaxPooling2D) else MaxPooling2D
        pooled = other(layer.pool_size, layer.strides, layer.padding)
        return Beside(pooled, None, pool(image, pooled))
    channels = image.shape[2]
    convolution = Conv2D(
        channels, layer.pool_size, layer.strides, layer.padding, groups=channels, use_bias=False
    )
    try:
        weights = FILTERS[state.kernel].weights(layer.pool_size)
    except FilterError as error:
        # The window is the kernel here, and pool_size what the visitor can change.
        words = str(error).replace("kernel_size", "pool_size")
        if state.is_global:  # its size is the picture's
            words = f"{words.rpartition(' Use ')[0]} Choose another kernel, such as Box blur."
        raise FilterError("pool_size", words) from None
    kernel = np.repeat(weights[:, :, np.newaxis, np.newaxis], channels, axis=3)
    return Beside(convolution, kernel, convolve(image, kernel, None, convolution))


def beside_line(layer: Pooling2D, beside: Beside, output: Floats) -> str:
    """Say in a sentence what tells a pooling layer from what stands beside it.

    Parameters
    ----------
    layer : MaxPooling2D or AveragePooling2D
    beside : Beside
    output : ndarray of shape (H', W', C)
        The pooling layer's.

    Examples
    --------
    >>> state, image = PoolingState(beside="pooling"), np.eye(2, dtype=np.float32)[:, :, np.newaxis]
    >>> layer = layer_of(state, image.shape)
    >>> beside_line(layer, beside_of(state, layer, image), pool(image, layer))
    'Neither has a parameter to learn. The maximum keeps one number of a window and is not linear;
    the average counts them all alike and is.'
    """
    if beside.kernel is None:
        return (
            "Neither has a parameter to learn. The maximum keeps one number of a window and is not "
            "linear; the average counts them all alike and is."
        )
    cells = layer.pool_size[0] * layer.pool_size[1]
    learnt = f"{cells} {'weight' if cells == 1 else 'weights'} for each channel"
    if isinstance(layer, MaxPooling2D):
        return (
            f"The convolution is linear, and training could change its {learnt}. Max pooling has "
            "nothing to learn, and is not linear: no weights make a maximum."
        )
    difference = float(np.abs(output - beside.output).max())
    if not np.allclose(beside.kernel, 1 / cells):
        return (
            f"Both are linear. The convolution has {learnt} that training could change; average "
            f"pooling always has 1 / {cells}. The outputs differ by up to {difference:.3g}."
        )
    if difference < 1e-5 * max(1.0, float(np.abs(output).max())):
        return (
            f"Average pooling is this convolution, with weights of 1 / {cells} that nothing "
            "changes. The outputs are the same; the convolution could learn other weights."
        )
    return (
        f"Inside the picture, average pooling is this convolution with weights of 1 / {cells}. At "
        "the edge the convolution counts padding as 0 and average pooling does not count it: the "
        f"outputs differ by up to {difference:.3g}."
    )


def zeros_would_win(layer: Pooling2D, input_shape: Shape, output: Floats) -> int:
    """Count the maxima that padding of zeros would have changed.

    These are the negative ones whose window reaches into the padding; none for an average.

    Examples
    --------
    >>> image = -np.arange(1, 10, dtype=np.float32).reshape(3, 3, 1)
    >>> layer = MaxPooling2D(2, padding="same")
    >>> zeros_would_win(layer, image.shape, pool(image, layer))
    3
    """
    if not isinstance(layer, MaxPooling2D):
        return 0
    in_padding = [
        ((positions < 0) | (positions >= size)).any(axis=1)
        for positions, size in zip(taps(layer, input_shape), input_shape[:2], strict=True)
    ]
    reaches = np.logical_or.outer(*in_padding)[:, :, np.newaxis]
    return int(np.count_nonzero(reaches & (output < 0)))


@dataclass(frozen=True)
class Example:
    """A state worth opening, and what to see in it.

    Attributes
    ----------
    label : str
        A few words for a button.
    sentence : str
        What it shows.
    state : PoolingState
    """

    label: str
    sentence: str
    state: PoolingState


def example_of(state: PoolingState) -> str | None:
    """Return the name of the example that a state shows, whatever is pinned or stands beside it.

    Examples
    --------
    >>> example_of(replace(EXAMPLES["same"].state, pin=(0, 1, 0)))
    'same'
    >>> example_of(PoolingState()) is None
    True
    """
    bare = _bare(state)
    return next((name for name, example in EXAMPLES.items() if _bare(example.state) == bare), None)


def _bare(state: PoolingState) -> PoolingState:
    of_the_view = ("pin", "scope", "data_format", "beside", "kernel")
    start = PoolingState()
    return replace(state, **{name: getattr(start, name) for name in of_the_view})


def sentence_of(state: PoolingState) -> str:
    """Say what a state shows: its example's sentence, or what its windows do.

    Examples
    --------
    >>> sentence_of(PoolingState(pool_size=(2, 3)))
    'Each window of 2 × 3 cells keeps its largest number.'
    """
    example = example_of(state)
    if example is not None:
        return EXAMPLES[example].sentence
    height, width = state.pool_size
    window = (
        "One window over the whole picture"
        if state.is_global
        else (f"Each window of {height} × {width} cells")
    )
    if state.kind == "max":
        return f"{window} keeps its largest number."
    return f"{window} becomes the mean of its numbers."


def _matrix(*rows: tuple[float, ...], **settings: object) -> PoolingState:
    values = tuple(value for row in rows for value in row)
    shape = (len(rows), len(rows[0]), 1)
    state = PoolingState(rows=shape[0], columns=shape[1], values=Typed(shape, values))
    return replace(state, preset="zeros", **settings)  # type: ignore[arg-type]


EXAMPLES: Mapping[str, Example] = MappingProxyType(
    {
        "halved": Example(
            "4 × 4 halved",
            "A window of 2 × 2 with a stride of 2 keeps one number of four, and halves both sides.",
            PoolingState(preset="counting", rows=4, columns=4, pin=(0, 1, 0)),
        ),
        "valid": Example(
            "2 × 2, valid",
            "`valid` has room for one window on this 2 × 2 input: one output.",
            _matrix((4, 3), (2, 1), strides=(1, 1)),
        ),
        "same": Example(
            "2 × 2, same",
            "`same` adds a row below and a column at the right. They never win: the output is the "
            "input.",
            _matrix((4, 3), (2, 1), strides=(1, 1), padding="same", pin=(1, 1, 0)),
        ),
        "negatives": Example(
            "Only negatives",
            "If padding counted as 0, it would win in the three outputs at the edge. It counts as "
            "minus infinity, so the largest negative number wins.",
            _matrix((-1, -2, -3), (-4, -5, -6), (-7, -8, -9), padding="same", pin=(1, 1, 0)),
        ),
        "edge": Example(
            "Average at the edge",
            "Padded cells are not counted: the average of ones is 1, at the edge as well.",
            PoolingState(
                preset="ones",
                rows=4,
                columns=4,
                kind="average",
                pool_size=(3, 3),
                strides=(1, 1),
                padding="same",
                pin=(0, 0, 0),
            ),
        ),
        "maps": Example(
            "After a convolution",
            "Each of the three maps is pooled by itself: the strongest answer of a filter stays, "
            "its exact place does not.",
            PoolingState(input="convolution", padding="same", pin=(1, 0, 0)),
        ),
    }
)
