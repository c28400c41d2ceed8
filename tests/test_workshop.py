"""States become layers and arrays; the article's states are links."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest

from cnnviz.codec import Edit, Typed
from cnnviz.compute import convolve, random_kernel
from cnnviz.drawing import sample
from cnnviz.filters import FilterError
from cnnviz.images import to_grey, to_rgb
from cnnviz.layers import LayerError
from cnnviz.share import ConvolutionState, decode, encode
from cnnviz.workshop import (
    FIRST_KERNELS,
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
