"""What an edit on the stage does to a state.

Layer: above `workshop`. Edits come from a browser, so each may hold anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from cnnviz.codec import LARGEST_NUMBER, Edit, Typed, is_kernel_name, number
from cnnviz.filters import FilterError
from cnnviz.share import ConvolutionState, PictureState, ShareError
from cnnviz.workshop import filled_bias, for_channels, matrix_of, names_of, preset_everywhere

State = TypeVar("State", bound=PictureState)

# As the states take them; a link may hold typed numbers of other shapes.
_LARGEST_MATRIX = (12, 12, 3)
_LARGEST_SIDE = 11  # of a kernel

_PLACE = ("kind", "row", "column", "slice", "channel", "filter")


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
        return edit_matrix(state, edit)
    if kind == "preset":
        return _choose_preset(state, edit, slices)
    raise ShareError(
        "kind",
        f"kind of the edit is {_shown(kind)}, but must be one of weight, bias, input, preset. "
        "Reload the page and edit again.",
    )


def latest(edits: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Keep the last edit of each place: the ones before it leave no trace.

    Examples
    --------
    >>> latest([{"kind": "bias", "filter": 0, "value": value} for value in (1, 2, 3)])
    [{'kind': 'bias', 'filter': 0, 'value': 3}]
    """
    kept: dict[tuple[object, ...], Mapping[str, Any]] = {}
    for edit in edits:
        place = tuple(map(_plain, map(edit.get, _PLACE)))
        kept.pop(place, None)
        kept[place] = edit
    return list(kept.values())


def _plain(value: object) -> object:
    # What is neither is no place, and one complaint about it is enough.
    is_plain = isinstance(value, int | str | None) and not isinstance(value, bool)
    return value if is_plain else "something else"


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
    values = filled_bias(state)
    values[_index(edit, "filter", state.filters)] = _value(edit)
    return replace(state, bias=tuple(values))


def edit_matrix(state: State, edit: Mapping[str, Any]) -> State:
    """Apply one edit of a cell of the input, on a page where nothing else can be edited.

    Parameters
    ----------
    state : PictureState
        Of any page with this input.
    edit : mapping
        As for `apply_edit`, with the kind "input".

    Raises
    ------
    ShareError
        When the edit is of another kind, or names a place or a value that the matrix does not have.

    Examples
    --------
    >>> state = PictureState(preset="zeros", rows=1, columns=2)
    >>> edit = {"kind": "input", "row": 0, "column": 1, "channel": 0, "value": 0.5}
    >>> edit_matrix(state, edit).values
    Typed(shape=(1, 2, 1), values=(0.0, 0.5))
    """
    if edit.get("kind") != "input":
        raise ShareError(
            "kind",
            f"kind of the edit is {_shown(edit.get('kind'))}, but only cells of the input can be "
            "edited here. Reload the page and edit again.",
        )
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


def _grown_to_what_was_typed(state: State) -> State:
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
        each = for_channels(names[filter], slices)
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
        preset = preset_everywhere(name, (height, width, depth, filters))
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
