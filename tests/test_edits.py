"""An edit changes its own number and no other, and none that a browser sends breaks a state."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cnnviz.codec import Edit, Typed
from cnnviz.compute import random_kernel
from cnnviz.edits import apply_edit, edit_matrix, latest
from cnnviz.share import ConvolutionState, PoolingState, ShareError, decode, encode
from cnnviz.workshop import (
    bias_of,
    kernel_of,
    layer_of,
    matrix_of,
)

SMALL = ConvolutionState(filters=2, kernel_size=(2, 3), rows=2, columns=2, preset="counting")


def weight(row, column, slice_, filter, value):
    place = {"row": row, "column": column, "slice": slice_, "filter": filter}
    return {"kind": "weight", **place, "value": value}


def kernel_after(state, edit, slices=1):
    state = apply_edit(state, edit, slices=slices)
    return kernel_of(state, layer_of(state), slices)


def test_an_edited_weight_stands_where_it_was_edited_and_the_last_edit_counts():
    once = apply_edit(SMALL, weight(1, 2, 0, 1, 5), slices=1)
    twice = apply_edit(once, weight(1, 2, 0, 1, -0.1234567), slices=1)
    assert twice.edits == (Edit(1, 2, 0, 1, -0.123457),)
    assert kernel_of(twice, layer_of(twice), 1)[1, 2, 0, 1] == np.float32(-0.123457)


def test_a_weight_is_edited_where_it_is_shown_even_when_flipped():
    flipped = replace(SMALL, flip=True)
    assert kernel_after(flipped, weight(1, 2, 0, 1, 5))[1, 2, 0, 1] == 5


def test_typed_weights_are_edited_in_place():
    typed = replace(SMALL, weights=Typed((2, 3, 2, 2), tuple(map(float, range(24)))))
    before = np.arange(24.0).reshape(2, 3, 2, 2)
    before[1, 0, 1, 0] = -5
    np.testing.assert_array_equal(kernel_after(typed, weight(1, 0, 1, 0, -5), slices=2), before)


def test_an_edited_bias_keeps_those_of_filters_that_are_not_there_now():
    state = replace(SMALL, bias=(1.0, 2.0, 3.0))
    edited = apply_edit(state, {"kind": "bias", "filter": 1, "value": 0.5}, slices=1)
    assert edited.bias == (1.0, 0.5, 3.0)


def test_an_edited_cell_keeps_the_others():
    edit = {"kind": "input", "row": 1, "column": 0, "channel": 0, "value": 0.1}
    state = apply_edit(SMALL, edit, slices=1)
    assert state.values == Typed((2, 2, 1), (1.0, 2.0, 0.1, 4.0))


def cell(row, column, value):
    return {"kind": "input", "row": row, "column": column, "channel": 0, "value": value}


def test_an_edited_cell_keeps_those_that_lie_outside_the_matrix_now():
    large = apply_edit(ConvolutionState(), cell(6, 6, 5), slices=1)
    small = apply_edit(replace(large, rows=5), cell(0, 0, 9), slices=1)
    narrow = apply_edit(replace(small, rows=7, columns=3), cell(6, 0, 8), slices=1)
    again = matrix_of(replace(narrow, columns=7))
    assert (again[6, 6, 0], again[0, 0, 0], again[6, 0, 0]) == (5, 9, 8)
    untouched = np.ones((7, 7), bool)
    untouched[[6, 0, 6], [6, 0, 0]] = False
    np.testing.assert_array_equal(again[untouched], matrix_of(ConvolutionState())[untouched])


def test_an_edited_cell_keeps_a_matrix_that_a_link_can_hold():
    state = ConvolutionState(values=Typed((432, 1, 1), (2.0,) * 432))
    edited = apply_edit(state, cell(0, 0, 5), slices=1)
    assert edited.values.shape == (12, 7, 1)
    assert decode(ConvolutionState, encode(edited).query) == (edited, ())
    assert matrix_of(replace(edited, rows=12))[:, 0, 0].tolist() == [5] + [2] * 11


def test_a_preset_takes_back_the_edits_of_its_filter_and_keeps_later_filters():
    state = replace(
        SMALL,
        kernels=(("ones",), ("ones",), ("emboss",)),
        edits=(Edit(0, 0, 0, 0, 1.0), Edit(0, 0, 0, 1, 2.0)),
    )
    edit = {"kind": "preset", "filter": 0, "slice": None, "name": "sharpen"}
    state = apply_edit(state, edit, slices=1)
    assert state.kernels == (("sharpen",), ("ones",), ("emboss",))
    assert state.edits == (Edit(0, 0, 0, 1, 2.0),)


def test_a_preset_of_one_channel_leaves_the_others():
    state = replace(SMALL, edits=(Edit(0, 0, 0, 0, 1.0), Edit(0, 0, 1, 0, 2.0)))
    edit = {"kind": "preset", "filter": 0, "slice": 1, "name": "ones"}
    state = apply_edit(state, edit, slices=3)
    assert state.kernels[0] == ("sobel_x", "ones", "sobel_x")
    assert state.edits == (Edit(0, 0, 0, 0, 1.0),)


TYPED = replace(SMALL, weights=Typed((2, 3, 2, 2), tuple(0.123 * n for n in range(24))))


def preset(name, filter, slice_=None):
    return {"kind": "preset", "filter": filter, "slice": slice_, "name": name}


def test_a_preset_is_written_into_its_filter_of_typed_weights_and_the_rest_stays():
    before = kernel_of(TYPED, layer_of(TYPED), 2)
    after = kernel_after(TYPED, preset("box_blur", 1), slices=2)
    np.testing.assert_array_equal(after[:, :, :, 0], before[:, :, :, 0])
    np.testing.assert_allclose(after[:, :, :, 1], 1 / 6, rtol=1e-5)


def test_a_random_preset_is_written_into_one_slice_of_typed_weights():
    before = kernel_of(TYPED, layer_of(TYPED), 2)
    after = kernel_after(TYPED, preset("he_normal-7", 1, 0), slices=2)
    keras = random_kernel("he_normal", (2, 3, 2, 2), seed=7)
    np.testing.assert_allclose(after[:, :, 0, 1], keras[:, :, 0, 1], rtol=5e-6)
    after[:, :, 0, 1] = before[:, :, 0, 1]
    np.testing.assert_array_equal(after, before)


def test_a_preset_that_typed_weights_are_too_small_for_is_explained_with_a_fix_that_works():
    message = (
        "kernel_size is (2, 3), but Horizontal line needs a row on either side of the line, "
        "at least 3 rows. Use kernel_size=3."
    )
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        apply_edit(TYPED, preset("line_horizontal", 0), slices=2)
    assert caught.value.field == "kernels"
    mended = replace(TYPED, weights=Typed((3, 3, 2, 2), (0.0,) * 36))
    assert kernel_after(mended, preset("line_horizontal", 0), slices=2)[1, 1, 0, 0] == 2


def test_no_preset_is_as_large_as_typed_weights_of_a_hostile_link():
    state = replace(SMALL, weights=Typed((6_000, 1, 1, 1), (0.0,) * 6_000))
    message = (
        "weights has the shape (6000, 1, 1, 1), but presets have at most 11 rows and columns. "
        "Clear the typed weights, then choose."
    )
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        apply_edit(state, preset("gaussian", 0), slices=1)
    assert caught.value.field == "weights"
    cleared = replace(state, weights=None)
    assert kernel_after(cleared, preset("gaussian", 0))[0, 1, 0, 0] == np.float32(0.25)


REFUSED = [
    (
        {"kind": "everything"},
        "kind",
        "kind of the edit is 'everything', but must be one of weight, bias, input, preset. "
        "Reload the page and edit again.",
        {"kind": "bias", "filter": 0, "value": 1},
    ),
    (
        weight(2, 0, 0, 0, 1),
        "row",
        "row of the edit is 2, but must be a whole number from 0 to 1. Point at the cell again.",
        weight(1, 0, 0, 0, 1),
    ),
    (
        weight(0, 0, 0, True, 1),
        "filter",
        "filter of the edit is True, but must be a whole number from 0 to 1. "
        "Point at the cell again.",
        weight(0, 0, 0, 1, 1),
    ),
    (
        weight(0, 0, [0], 0, 1),
        "slice",
        "slice of the edit is something else, but must be a whole number from 0 to 0. "
        "Point at the cell again.",
        weight(0, 0, 0, 0, 1),
    ),
    (
        {"kind": "bias", "filter": 0},
        "value",
        "value is missing, but must be a number from -1000000 to 1000000. Type one such as 0.5.",
        {"kind": "bias", "filter": 0, "value": 0.5},
    ),
    (
        weight(0, 0, 0, 0, float("nan")),
        "value",
        "value is nan, but must be a number from -1000000 to 1000000. Type one such as 0.5.",
        weight(0, 0, 0, 0, 0.5),
    ),
    (
        weight(0, 0, 0, 0, 10**400),
        "value",
        "value is something else, but must be a number from -1000000 to 1000000. "
        "Type one such as 0.5.",
        weight(0, 0, 0, 0, 0.5),
    ),
    (
        {"kind": "preset", "filter": 0, "name": "random_normal-7-e"},
        "kernels",
        "kernels has no filter named 'random_normal-7-e'. Choose one of the menu, such as sobel_x.",
        {"kind": "preset", "filter": 0, "name": "sobel_x"},
    ),
]


@pytest.mark.parametrize(("edit", "field", "message", "mended"), REFUSED)
def test_an_edit_that_cannot_be_is_refused_with_a_fix_that_works(edit, field, message, mended):
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        apply_edit(SMALL, edit, slices=1)
    assert caught.value.field == field
    assert apply_edit(SMALL, mended, slices=1) != SMALL


def test_only_a_matrix_has_cells_to_edit():
    edit = {"kind": "input", "row": 0, "column": 0, "channel": 0, "value": 0.5}
    message = (
        "input is 'sample', but only the cells of a matrix can be edited. "
        "Choose the input 'matrix'."
    )
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        apply_edit(replace(SMALL, input="sample"), edit, slices=1)
    assert caught.value.field == "input"
    assert apply_edit(replace(SMALL, input="matrix"), edit, slices=1).values is not None


def test_a_layer_without_a_bias_has_none_to_edit():
    edit = {"kind": "bias", "filter": 0, "value": 0.5}
    message = (
        "use_bias is false, but only a layer with a bias can have it edited. Switch use_bias on."
    )
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        apply_edit(replace(SMALL, use_bias=False), edit, slices=1)
    assert caught.value.field == "use_bias"
    assert apply_edit(replace(SMALL, use_bias=True), edit, slices=1).bias == (0.5, 0.0)


index = some.integers(-1, 3)
anything = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.just(10**400)
    | some.floats()
    | some.text(max_size=8)
    | some.sampled_from(["sobel_x", "he_normal-1", "he_normal", "random_normal-1-e"]),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=2), inner),
    max_leaves=4,
)
fields_of_an_edit = ["row", "column", "slice", "channel", "filter", "value", "name"]
hostile = some.fixed_dictionaries(
    {"kind": some.sampled_from(["weight", "bias", "input", "preset"]) | anything},
    optional=dict.fromkeys(fields_of_an_edit, index | anything),
)
near = some.fixed_dictionaries(
    {
        "kind": some.sampled_from(["weight", "bias", "input", "preset"]),
        **{name: some.integers(0, 2) for name in ("row", "column", "slice", "channel", "filter")},
        "value": some.floats(-1e6, 1e6) | some.integers(-10, 10),
        "name": some.sampled_from(["sobel_x", "he_normal-1", "random_normal-9-0.01"]),
    }
)
edited_states = some.sampled_from(
    [
        SMALL,
        replace(SMALL, flip=True, channels=3, bias=(1.0, 2.0, 3.0)),
        replace(SMALL, weights=Typed((2, 2, 2, 1), (0.5,) * 8)),
        replace(SMALL, input="draw", use_bias=False),
    ]
)


@settings(derandomize=True, max_examples=800, deadline=None)
@given(edited_states, some.lists(hostile | near, max_size=3))
def test_no_edit_breaks_a_state(state, edits):
    for edit in edits:
        try:
            state = apply_edit(state, edit, slices=3)
        except ShareError:
            continue
        assert decode(ConvolutionState, encode(state).query) == (state, ())
    kernel_of(state, layer_of(state), 3)
    matrix_of(state)
    bias_of(state)


# ---- on a page without weights -------------------------------------------------------------------


def test_a_cell_of_a_pooled_matrix_is_edited_and_stays_when_the_matrix_shrinks():
    state = PoolingState(preset="counting", rows=2, columns=2, padding="same")
    edited = edit_matrix(state, cell(1, 1, -7))
    assert edited == replace(state, values=Typed((2, 2, 1), (1.0, 2.0, 3.0, -7.0)))
    assert matrix_of(replace(edited, rows=1))[:, :, 0].tolist() == [[1, 2]]


@pytest.mark.parametrize("kind", ["weight", "bias", "preset", None])
def test_where_there_are_no_weights_only_cells_can_be_edited(kind):
    shown = "missing" if kind is None else repr(kind)
    message = (
        f"kind of the edit is {shown}, but only cells of the input can be edited here. "
        "Reload the page and edit again."
    )
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        edit_matrix(PoolingState(), {**cell(0, 0, 1), "kind": kind})
    assert caught.value.field == "kind"


def test_of_many_edits_of_one_place_the_last_is_kept_where_it_came():
    weight = {"kind": "weight", "row": 0, "column": 1, "slice": 0, "filter": 0}
    preset = {"kind": "preset", "filter": 0, "slice": 0, "name": "ones"}
    sent = [{**weight, "value": 1}, preset, {**weight, "value": 2}, {**weight, "value": 3}]
    assert latest(sent) == [preset, {**weight, "value": 3}]


def test_edits_of_no_place_at_all_are_one_edit():
    sent = [{"kind": "weight", "row": row} for row in ([], {}, 1.5, True)]
    assert latest(sent) == sent[-1:]
