"""States become layers and arrays; the article's states are links; edits change states."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cnnviz.codec import Edit, Typed
from cnnviz.compute import convolve, random_kernel
from cnnviz.drawing import sample
from cnnviz.filters import FilterError
from cnnviz.images import to_grey, to_rgb
from cnnviz.layers import LayerError
from cnnviz.share import ConvolutionState, ShareError, decode, encode
from cnnviz.workshop import (
    FIRST_KERNELS,
    apply_edit,
    bias_of,
    chosen_names,
    kernel_of,
    layer_of,
    matrix_of,
    names_of,
)
from tests import reference

# The states of the article that this project comes from. Each is the end of a link to the page:
# /convolution?...
COUNTING = "preset=counting&rows=3&columns=3"
PLAIN = "activation=linear&use_bias=false"
LANDSCAPE = "input=sample&sample=landscape&side=32&colour=rgb"
CONSTANTS = "weights=2x2x1x3~1_10_-1_1_10_-1_1_10_-1_1_10_-1"
COLOUR = "weights=3x3x3x1~" + "_".join(["1"] * 27)
ARTICLE = {
    "valid": f"{COUNTING}&filters=1&kernel_size=2&padding=valid&{PLAIN}&kernels=ones",
    "same": f"{COUNTING}&filters=1&kernel_size=2&padding=same&{PLAIN}&kernels=ones",
    "three filters": f"{COUNTING}&kernel_size=2&padding=same&{PLAIN}&{CONSTANTS}",
    "six filters": f"{LANDSCAPE}&filters=6&kernel_size=5&padding=valid",
    "zero-padding": f"{COUNTING}&padding=explicit&pad=1_1_1_1&{PLAIN}",
    "stride": f"preset=counting&rows=6&columns=5&strides=2&padding=valid&filters=1&{PLAIN}",
    "relu": f"preset=edge&filters=1&kernels=outline&{PLAIN.replace('linear', 'relu')}",
    "channels": f"{COUNTING}&filters=1&padding=valid&{PLAIN}&{COLOUR}",
}


def opened(query):
    state, errors = decode(ConvolutionState, dict(parse_qsl(query, strict_parsing=True)))
    assert errors == ()
    return state


def computed(state):
    """Return the layer of a state and what it makes of the state's picture."""
    image = picture_of(state)
    layer = layer_of(state)
    kernel = kernel_of(state, layer, image.shape[2])
    return layer, convolve(image, kernel, bias_of(state), layer)


def picture_of(state):
    if state.input == "matrix":
        return matrix_of(state)
    colour = to_rgb if state.colour == "rgb" else to_grey
    return colour(sample(state.sample, max_side=state.side))


# ---- the article ---------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ARTICLE.values(), ids=ARTICLE)
def test_a_state_of_the_article_is_a_short_link_that_gives_itself_back(query):
    link = encode(opened(query))
    assert link.left_out == ()
    assert link.length < 250
    assert decode(ConvolutionState, link.query) == (opened(query), ())


def test_a_valid_filter_of_ones_sums_each_window():
    _, output = computed(opened(ARTICLE["valid"]))
    assert output[:, :, 0].tolist() == [[12, 16], [24, 28]]


def test_a_same_filter_of_ones_reads_zeros_at_the_bottom_and_the_right():
    _, output = computed(opened(ARTICLE["same"]))
    assert output[:, :, 0].tolist() == [[12, 16, 9], [24, 28, 15], [15, 17, 9]]


def test_three_typed_filters_make_three_maps():
    _, output = computed(opened(ARTICLE["three filters"]))
    ones = np.array([[12, 16, 9], [24, 28, 15], [15, 17, 9]])
    assert output[np.newaxis].shape == (1, 3, 3, 3)
    np.testing.assert_array_equal(output, np.stack([ones, 10 * ones, -ones], axis=2))


def test_six_filters_on_a_colour_picture_make_six_maps_with_456_parameters():
    state = opened(ARTICLE["six filters"])
    layer, output = computed(state)
    assert picture_of(state).shape == (32, 32, 3)
    assert output.shape == (28, 28, 6)
    assert layer.kernel_shape(channels=3) == (5, 5, 3, 6)
    assert layer.parameter_count(channels=3) == 456


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
def test_half_of_one_less_than_an_odd_kernel_keeps_the_size_at_stride_1(kernel_size):
    half = (kernel_size - 1) // 2
    state = replace(
        opened(ARTICLE["zero-padding"]),
        filters=1,
        kernels=((f"random_normal-{kernel_size}-1",),),
        kernel_size=(kernel_size, kernel_size),
        pad=(half,) * 4,
    )
    _, explicit = computed(state)
    _, same = computed(replace(state, padding="same"))
    assert explicit.shape == (3, 3, 1)
    np.testing.assert_array_equal(explicit, same)


def test_the_link_about_zero_padding_keeps_the_size():
    assert computed(opened(ARTICLE["zero-padding"]))[1].shape == (3, 3, 3)


def test_half_of_one_less_than_the_kernel_does_not_keep_the_size_at_stride_2():
    state = replace(opened(ARTICLE["zero-padding"]), strides=(2, 2))
    assert computed(state)[1].shape == (2, 2, 3)


def test_a_stride_of_2_never_reads_the_last_row_of_six():
    state = opened(ARTICLE["stride"])
    layer, output = computed(state)
    kernel = kernel_of(state, layer, 1)
    loops = reference.convolve(
        matrix_of(state).tolist(),
        kernel.tolist(),
        [0],
        strides=(2, 2),
        padding="valid",
        dilation_rate=(1, 1),
        groups=1,
        activation="linear",
    )
    assert output.tolist() == loops
    assert output.shape == (2, 2, 1)
    assert layer.axes((6, 5, 1))[0].never_read == (5,)


def test_relu_turns_what_is_negative_into_zero():
    state = opened(ARTICLE["relu"])
    _, output = computed(state)
    _, before = computed(replace(state, activation="linear"))
    assert before.min() < 0 < before.max()
    np.testing.assert_array_equal(output, np.maximum(before, 0))


def test_weights_whose_channels_do_not_match_the_picture_are_explained():
    state = opened(ARTICLE["channels"])
    message = (
        "kernel has shape (3, 3, 3, 1), so each filter reads 3 channels, but the image has 1 "
        "(groups=1). Use a kernel of shape (3, 3, 1, 1), or an image with 3 channels."
    )
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$") as caught:
        computed(state)
    assert caught.value.field == "kernel"
    mended_weights = replace(state, weights=Typed((3, 3, 1, 1), (1.0,) * 9))
    assert computed(mended_weights)[1].tolist() == [[[45]]]
    assert computed(replace(state, channels=3))[1].tolist() == [[[27 * 14]]]


# ---- a state made real ---------------------------------------------------------------------------


def test_a_preset_in_each_place_has_its_own_look():
    assert len(set(FIRST_KERNELS)) == 16
    state = ConvolutionState(filters=16)
    kernel = kernel_of(state, layer_of(state), 1)
    filters = {kernel[:, :, 0, filter].tobytes() for filter in range(16)}
    assert len(filters) == 16


def test_typed_numbers_lie_over_the_preset_where_they_reach():
    state = ConvolutionState(
        preset="counting", rows=2, columns=3, values=Typed((3, 2, 1), (9.0, 8, 7, 6, 5, 4))
    )
    assert matrix_of(state)[:, :, 0].tolist() == [[9, 8, 3], [7, 6, 6]]


def test_explicit_padding_is_top_bottom_left_right():
    state = ConvolutionState(padding="explicit", pad=(0, 1, 2, 3))
    assert layer_of(state).padding_amounts((9, 9, 1)) == ((0, 1), (2, 3))


def test_a_filter_may_have_a_preset_for_each_channel():
    state = ConvolutionState(filters=2, kernels=(("ones", "identity", "sobel_x"),))
    kernel = kernel_of(state, layer_of(state), 3)
    assert kernel[0, :, :, 0].T.tolist() == [[1, 1, 1], [0, 0, 0], [-1, 0, 1]]
    assert kernel[:, :, 0, 1].tolist() == kernel[:, :, 2, 1].tolist()
    assert [names_of(state, filter) for filter in (0, 1)] == [
        ("ones", "identity", "sobel_x"),
        ("sobel_y",),
    ]


def test_random_filters_of_one_seed_are_those_of_one_keras_layer():
    state = ConvolutionState(filters=2, kernels=(("he_normal-7",), ("ones", "he_normal-7")))
    kernel = kernel_of(state, layer_of(state), 2)
    keras = random_kernel("he_normal", (3, 3, 2, 2), seed=7)
    np.testing.assert_array_equal(kernel[:, :, :, 0], keras[:, :, :, 0])
    np.testing.assert_array_equal(kernel[:, :, 1, 1], keras[:, :, 1, 1])
    assert (kernel[:, :, 0, 1] == 1).all()


def test_a_flipped_kernel_is_turned_by_half_a_turn_after_its_edits():
    state = ConvolutionState(filters=1, kernel_size=(2, 3), edits=(Edit(0, 1, 0, 0, 7.0),))
    state = replace(state, kernels=(("ones",),), flip=True)
    kernel = kernel_of(state, layer_of(state), 1)
    assert kernel[:, :, 0, 0].tolist() == [[1, 1, 1], [1, 7, 1]]


def test_an_edit_outside_a_kernel_that_has_shrunk_waits():
    state = ConvolutionState(filters=1, kernels=(("ones",),), edits=(Edit(2, 2, 0, 0, 7.0),))
    small = replace(state, kernel_size=(2, 2))
    assert (kernel_of(small, layer_of(small), 1) == 1).all()
    assert kernel_of(state, layer_of(state), 1)[2, 2, 0, 0] == 7


def test_a_preset_that_does_not_exist_at_this_size_is_explained_with_a_fix_that_works():
    state = ConvolutionState(filters=1, kernel_size=(1, 1))
    message = (
        "kernel_size is 1, but Sobel x compares left with right and needs at least 2 columns. "
        "Use kernel_size=2."
    )
    with pytest.raises(FilterError, match=f"^{re.escape(message)}$"):
        kernel_of(state, layer_of(state), 1)
    mended = replace(state, kernel_size=(2, 2))
    assert kernel_of(mended, layer_of(mended), 1).shape == (2, 2, 1, 1)


def test_the_menu_says_which_kernels_are_edited():
    state = ConvolutionState(filters=2, edits=(Edit(0, 0, 1, 0, 0.5),))
    assert chosen_names(state, 2) == [["sobel_x", "edited"], ["sobel_y", "sobel_y"]]
    typed = replace(state, weights=Typed((3, 3, 2, 2), (1.0,) * 36))
    assert chosen_names(typed, 2) == [["edited", "edited"], ["edited", "edited"]]


def test_an_edit_outside_the_present_kernel_edits_nothing():
    state = opened("filters=1&kernel_size=2&edits=2_2_0_0_9")
    assert chosen_names(state, 1) == [["sobel_x"]]
    assert chosen_names(replace(state, kernel_size=(3, 3)), 1) == [["edited"]]


def test_the_bias_is_zero_until_it_is_edited_and_none_without_one():
    assert bias_of(ConvolutionState(filters=3, bias=(0.5,))).tolist() == [0.5, 0, 0]
    assert bias_of(ConvolutionState(filters=1, bias=(0.5, 2.0))).tolist() == [0.5]
    assert bias_of(ConvolutionState(use_bias=False, bias=(0.5,))) is None


# ---- edits ---------------------------------------------------------------------------------------

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
