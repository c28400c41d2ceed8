"""A convolution state made real: the layer, its kernel and bias, and what an edit does to it.

Layer: above `share`. The pages hold a `ConvolutionState`; this is where it becomes arrays.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz import compute
from cnnviz.codec import (
    LARGEST_NUMBER,
    Edit,
    Typed,
    is_kernel_name,
    number,
    random_parts,
)
from cnnviz.drawing import toy
from cnnviz.filters import FILTERS, FilterError
from cnnviz.layers import Conv2D
from cnnviz.share import ConvolutionState, PictureState, ShareError

Floats = NDArray[np.float32]
Shape = tuple[int, int, int, int]

# As the states take them; a link may hold typed numbers of other shapes.
_LARGEST_MATRIX = (12, 12, 3)
_LARGEST_SIDE = 11  # of a kernel

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


def matrix_of(state: PictureState) -> Floats:
    """Build the matrix of the input: its preset, and over it what was typed, where it reaches.

    Returns
    -------
    ndarray of shape (rows, columns, channels), float32

    Examples
    --------
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
            for slice_, name in enumerate(_for_channels(names_of(state, filter), channels))
        ]
        for filter in range(state.filters)
    ]


def _for_channels(names: tuple[str, ...], channels: int) -> list[str]:
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
    presets: dict[str, Floats] = {}
    for filter in range(shape[3]):
        for slice_, name in enumerate(_for_channels(names_of(state, filter), shape[2])):
            if name not in presets:
                presets[name] = _preset_everywhere(name, shape)
            kernel[:, :, slice_, filter] = presets[name][:, :, slice_, filter]
    return kernel


def _preset_everywhere(name: str, shape: Shape) -> Floats:
    """Return weights of this shape whose every slice is the preset."""
    random = random_parts(name)
    if random is None:
        weights = FILTERS[name].weights(shape[:2])
        return np.broadcast_to(weights[:, :, np.newaxis, np.newaxis], shape)
    initializer, seed, deviation = random
    return compute.random_kernel(initializer, shape, seed=seed, stddev=deviation)


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
    return np.array(_filled_bias(state)[: state.filters], np.float32)


def _filled_bias(state: ConvolutionState) -> list[float]:
    # What was edited while there were more filters is kept for when they come back.
    return [*state.bias, *[0.0] * (state.filters - len(state.bias))]


# ---- edits ---------------------------------------------------------------------------------------


def apply_edit(
    state: ConvolutionState, edit: Mapping[str, Any], *, slices: int
) -> ConvolutionState:
    """Apply one edit that the stage sent.

    Parameters
    ----------
    state : ConvolutionState
    edit : mapping
        `kind` is "weight" (row, column, slice, filter, value), "bias" (filter, value), "input"
        (row, column, channel, value) or "preset" (filter, slice or None, name). It comes from a
        browser, so it may hold anything.
    slices : int
        Channels that each filter reads.

    Raises
    ------
    ShareError
        When the edit names a place or a value that the layer does not have.

    Examples
    --------
    >>> state = ConvolutionState(filters=2)
    >>> apply_edit(state, {"kind": "bias", "filter": 1, "value": 0.5}, slices=1).bias
    (0.0, 0.5)
    """
    kind = edit.get("kind")
    if kind == "weight":
        return _edit_weight(state, edit, slices)
    if kind == "bias":
        return _edit_bias(state, edit)
    if kind == "input":
        return _edit_input(state, edit)
    if kind == "preset":
        return _choose_preset(state, edit, slices)
    raise ShareError(
        "kind",
        f"kind of the edit is {_shown(kind)}, but must be one of weight, bias, input, preset. "
        "Reload the page and edit again.",
    )


def _edit_weight(state: ConvolutionState, edit: Mapping[str, Any], slices: int) -> ConvolutionState:
    height, width, depth, filters = (
        state.weights.shape
        if state.weights is not None
        else (*state.kernel_size, slices, state.filters)
    )
    row, column = _index(edit, "row", height), _index(edit, "column", width)
    if state.flip:  # the visitor edits what is shown, which is turned by 180 degrees
        row, column = height - 1 - row, width - 1 - column
    slice_, filter = _index(edit, "slice", depth), _index(edit, "filter", filters)
    value = _value(edit)
    if state.weights is not None:
        values = list(state.weights.values)
        values[((row * width + column) * depth + slice_) * filters + filter] = value
        return replace(state, weights=Typed(state.weights.shape, tuple(values)))
    new = Edit(row, column, slice_, filter, value)
    place = (row, column, slice_, filter)
    others = [e for e in state.edits if (e.row, e.column, e.slice, e.filter) != place]
    return replace(state, edits=(*others, new))


def _edit_bias(state: ConvolutionState, edit: Mapping[str, Any]) -> ConvolutionState:
    if not state.use_bias:
        raise ShareError(
            "use_bias",
            "use_bias is false, but only a layer with a bias can have it edited. "
            "Switch use_bias on.",
        )
    values = _filled_bias(state)
    values[_index(edit, "filter", state.filters)] = _value(edit)
    return replace(state, bias=tuple(values))


def _edit_input(state: ConvolutionState, edit: Mapping[str, Any]) -> ConvolutionState:
    if state.input != "matrix":
        raise ShareError(
            "input",
            f"input is '{state.input}', but only the cells of a matrix can be edited. "
            "Choose the input 'matrix'.",
        )
    present = matrix_of(state)
    rows, columns, channels = present.shape
    # What was typed while the matrix was larger is kept for when it grows again.
    changed = matrix_of(_grown_to_what_was_typed(state)).astype(np.float64)
    changed[:rows, :columns, :channels] = present
    place = (
        _index(edit, "row", rows),
        _index(edit, "column", columns),
        _index(edit, "channel", channels),
    )
    changed[place] = _value(edit)
    values = tuple(float(number(value)) for value in changed.ravel())
    return replace(state, values=Typed(changed.shape, values))


def _grown_to_what_was_typed(state: ConvolutionState) -> ConvolutionState:
    if state.values is None:
        return state
    present = (state.rows, state.columns, state.channels)
    rows, columns, channels = (
        max(size, min(typed, most))
        for size, typed, most in zip(present, state.values.shape, _LARGEST_MATRIX, strict=True)
    )
    return replace(state, rows=rows, columns=columns, channels=channels)


def _choose_preset(
    state: ConvolutionState, edit: Mapping[str, Any], slices: int
) -> ConvolutionState:
    name = edit.get("name")
    if not isinstance(name, str) or not is_kernel_name(name):
        raise ShareError(
            "kernels",
            f"kernels has no filter named {_shown(name)}. Choose one of the menu, such as sobel_x.",
        )
    if state.weights is not None:
        return replace(state, weights=_with_preset(state.weights, edit, name))
    filter = _index(edit, "filter", state.filters)
    names = [names_of(state, k) for k in range(max(state.filters, len(state.kernels)))]
    if edit.get("slice") is None:
        names[filter] = (name,)
        kept = [e for e in state.edits if e.filter != filter]
    else:
        slice_ = _index(edit, "slice", slices)
        each = _for_channels(names[filter], slices)
        each[slice_] = name
        names[filter] = tuple(each)
        kept = [e for e in state.edits if (e.filter, e.slice) != (filter, slice_)]
    return replace(state, kernels=tuple(names), edits=tuple(kept))


def _with_preset(typed: Typed, edit: Mapping[str, Any], name: str) -> Typed:
    """Write a preset's numbers into one filter of typed weights, or into one slice of it."""
    height, width, depth, filters = typed.shape
    if max(height, width) > _LARGEST_SIDE:
        raise ShareError(
            "weights",
            f"weights has the shape {typed.shape}, but presets have at most {_LARGEST_SIDE} rows "
            "and columns. Clear the typed weights, then choose.",
        )
    filter = _index(edit, "filter", filters)
    slices = slice(None) if edit.get("slice") is None else _index(edit, "slice", depth)
    try:
        preset = _preset_everywhere(name, (height, width, depth, filters))
    except FilterError as error:
        raise ShareError("kernels", str(error)) from None
    weights = np.array(typed.values).reshape(typed.shape)
    weights[:, :, slices, filter] = preset[:, :, slices, filter]
    return Typed(typed.shape, tuple(float(number(value)) for value in weights.ravel()))


def _index(edit: Mapping[str, Any], field: str, size: int) -> int:
    index = edit.get(field)
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < size:
        raise ShareError(
            field,
            f"{field} of the edit is {_shown(index)}, but must be a whole number from 0 to "
            f"{size - 1}. Point at the cell again.",
        )
    return index


def _value(edit: Mapping[str, Any]) -> float:
    value = edit.get("value")
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER  # also refuses NaN
    ):
        raise ShareError(
            "value",
            f"value is {_shown(value)}, but must be a number from {-LARGEST_NUMBER:.0f} to "
            f"{LARGEST_NUMBER:.0f}. Type one such as 0.5.",
        )
    return float(number(value))


def _shown(value: object) -> str:
    # The browser may have sent anything; a message shows numbers and short words only.
    if isinstance(value, float):
        return number(value)
    if value is None:
        return "missing"
    if isinstance(value, int) and abs(value) < 1e15:
        return str(value)
    return repr(value) if isinstance(value, str) and len(value) <= 30 else "something else"
