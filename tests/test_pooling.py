"""Pooling states become layers and numbers; the article's cases are links; examples are true."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given, settings

from cnnviz.codec import Typed
from cnnviz.compute import convolve, pool
from cnnviz.filters import FILTERS, FilterError
from cnnviz.layers import AveragePooling2D, Conv2D, LayerError, MaxPooling2D
from cnnviz.pooling import (
    EXAMPLES,
    beside_line,
    beside_of,
    example_of,
    is_picture,
    layer_of,
    sentence_of,
    zeros_would_win,
)
from cnnviz.share import PoolingState, decode, encode
from cnnviz.workshop import matrix_of
from tests.strategies import numbers, poolings


def opened(query):
    state, errors = decode(PoolingState, dict(parse_qsl(query, strict_parsing=True)))
    assert errors == ()
    return state


def pooled(state):
    image = matrix_of(state)
    return pool(image, layer_of(state, image.shape))[:, :, 0].tolist()


# ---- the article ---------------------------------------------------------------------------------

FOUR = "preset=zeros&rows=2&columns=2&values=2x2x1~4_3_2_1&strides=1"
ARTICLE = {
    f"{FOUR}": [[4]],
    f"{FOUR}&padding=same": [[4, 3], [2, 1]],
    "preset=counting&rows=4&columns=4": [[6, 8], [14, 16]],
    "preset=counting&rows=4&columns=4&kind=average": [[3.5, 5.5], [11.5, 13.5]],
}


@pytest.mark.parametrize(("query", "output"), ARTICLE.items())
def test_a_case_of_the_article_is_a_link(query, output):
    state = opened(query)
    assert pooled(state) == output
    assert decode(PoolingState, encode(state).query) == (state, ())


def test_same_padding_of_zeros_would_win_where_tensorflows_never_does():
    state = opened(
        "preset=zeros&rows=3&columns=3&values=3x3x1~-1_-2_-3_-4_-5_-6_-7_-8_-9&padding=same"
    )
    assert pooled(state) == [[-1, -3], [-7, -9]]
    padded = np.pad(matrix_of(state), ((0, 1), (0, 1), (0, 0)))
    assert pool(padded, MaxPooling2D(2))[:, :, 0].tolist() == [[-1, 0], [0, 0]]


# ---- a state made real ---------------------------------------------------------------------------


def test_strides_follow_pool_size_until_they_are_chosen():
    assert layer_of(PoolingState(pool_size=(3, 2)), (8, 8, 1)).strides == (3, 2)
    assert layer_of(PoolingState(pool_size=(3, 2), strides=(1, 4)), (8, 8, 1)).strides == (1, 4)


def test_explicit_padding_is_top_bottom_left_right():
    state = PoolingState(pool_size=(4, 4), padding="explicit", pad=(0, 1, 2, 3))
    assert layer_of(state, (8, 8, 1)).padding == ((0, 1), (2, 3))


@pytest.mark.parametrize(("kind", "layer"), [("max", MaxPooling2D), ("average", AveragePooling2D)])
def test_global_pooling_is_one_window_over_the_whole_picture(kind, layer):
    state = PoolingState(
        kind=kind, is_global=True, pool_size=(3, 3), strides=(1, 1), padding="same"
    )
    image = numbers((7, 12, 4))
    real = layer_of(state, image.shape)
    assert real == layer((7, 12))
    expected = image.max(axis=(0, 1)) if kind == "max" else image.mean(axis=(0, 1))
    np.testing.assert_allclose(pool(image, real), expected[np.newaxis, np.newaxis], rtol=1e-5)


def test_padding_as_wide_as_the_window_is_explained_and_its_fix_works():
    state = PoolingState(padding="explicit", pad=(2, 0, 0, 0))
    message = (
        "padding is ((2, 0), (0, 0)), but on each side it must be smaller than the pool_size of 2, "
        "else a window could hold only padding. Use padding=((1, 0), (0, 0)), or padding='same'."
    )
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$"):
        layer_of(state, (8, 8, 1))
    assert layer_of(replace(state, pad=(1, 0, 0, 0)), (8, 8, 1)).padding == ((1, 0), (0, 0))
    assert layer_of(replace(state, padding="same"), (8, 8, 1)).padding == "same"


@pytest.mark.parametrize(
    ("image", "state", "answer"),
    [
        (numbers((3, 3, 1)), PoolingState(), False),
        (np.ones((3, 3, 3), np.float32), PoolingState(), True),
        (np.ones((3, 3, 3), np.float32) * 1.01, PoolingState(), False),
        (np.ones((3, 3, 3), np.float32), PoolingState(input="convolution"), False),
    ],
)
def test_only_what_lies_between_0_and_1_and_is_no_map_is_pixels(image, state, answer):
    assert is_picture(state, image) == answer


# ---- zeros that would win ------------------------------------------------------------------------


@settings(derandomize=True, max_examples=200, deadline=None)
@given(poolings(MaxPooling2D))
def test_zeros_would_win_exactly_where_padding_with_them_changes_the_output(case):
    layer, shape = case
    image = numbers(shape) - np.float32(1)
    (top, bottom), (left, right) = layer.padding_amounts(shape)
    with_zeros = pool(
        np.pad(image, ((top, bottom), (left, right), (0, 0))),
        MaxPooling2D(layer.pool_size, layer.strides),
    )
    output = pool(image, layer)
    assert zeros_would_win(layer, shape, output) == np.count_nonzero(output != with_zeros)


def test_no_zeros_would_win_where_padding_is_not_counted():
    image = -np.ones((3, 3, 1), np.float32)
    layer = AveragePooling2D(2, padding="same")
    assert zeros_would_win(layer, image.shape, pool(image, layer)) == 0


# ---- beside --------------------------------------------------------------------------------------

RAGGED = PoolingState(pool_size=(3, 2), strides=(2, 1), padding="same")
IMAGE = numbers((7, 6, 3))


def beside(**changes):
    state = replace(RAGGED, **changes)
    layer = layer_of(state, IMAGE.shape)
    return layer, beside_of(state, layer, IMAGE)


def test_nothing_stands_beside_a_layer_until_it_is_asked_for():
    assert beside()[1] is None


@pytest.mark.parametrize(("kind", "other"), [("max", AveragePooling2D), ("average", MaxPooling2D)])
def test_beside_a_pooling_stands_the_other_with_the_same_windows(kind, other):
    layer, second = beside(kind=kind, beside="pooling")
    assert second.layer == other(layer.pool_size, layer.strides, layer.padding)
    np.testing.assert_array_equal(second.output, pool(IMAGE, second.layer))


@pytest.mark.parametrize("name", ["box_blur", "sobel_x"])
def test_beside_a_pooling_stands_a_convolution_that_reads_each_channel_by_itself(name):
    layer, second = beside(beside="convolution", kernel=name)
    assert second.layer.output_shape(IMAGE.shape) == layer.output_shape(IMAGE.shape)
    weights = FILTERS[name].weights((3, 2))[:, :, np.newaxis, np.newaxis]
    alone = Conv2D(1, layer.pool_size, layer.strides, layer.padding, use_bias=False)
    for channel in range(3):
        expected = convolve(IMAGE[:, :, channel : channel + 1], weights, None, alone)
        np.testing.assert_allclose(second.output[:, :, [channel]], expected, rtol=1e-4, atol=1e-5)


def test_beside_global_pooling_stands_a_convolution_as_large_as_the_picture():
    state = PoolingState(is_global=True, kind="average", beside="convolution")
    layer = layer_of(state, IMAGE.shape)
    second = beside_of(state, layer, IMAGE)
    assert second.kernel.shape == (7, 6, 1, 3)
    np.testing.assert_allclose(second.output, pool(IMAGE, layer), atol=1e-5)


def test_a_kernel_that_the_window_is_too_small_for_is_explained_with_a_fix_that_works():
    message = (
        "pool_size is (3, 2), but Emboss needs at least 3 rows and 3 columns. Use pool_size=3."
    )
    with pytest.raises(FilterError, match=f"^{re.escape(message)}$") as caught:
        beside(beside="convolution", kernel="emboss")
    assert caught.value.field == "pool_size"
    assert beside(beside="convolution", kernel="emboss", pool_size=(3, 3))[1].kernel is not None


def test_a_kernel_that_does_not_exist_at_the_size_of_the_picture_is_explained():
    message = (
        "pool_size is (7, 6), but Scharr x is defined for 3 rows and 3 columns only. "
        "Choose another kernel, such as Box blur."
    )
    with pytest.raises(FilterError, match=f"^{re.escape(message)}$"):
        beside(beside="convolution", kernel="scharr_x", is_global=True)
    assert beside(beside="convolution", kernel="box_blur", is_global=True)[1].kernel is not None


SAME = "Average pooling is this convolution, with weights of 1 / {} that nothing changes. "
SAME += "The outputs are the same; the convolution could learn other weights."


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"beside": "pooling"},
            "Neither has a parameter to learn. The maximum keeps one number of a window and is not "
            "linear; the average counts them all alike and is.",
        ),
        (
            {"beside": "convolution"},
            "The convolution is linear, and training could change its 6 weights for each channel. "
            "Max pooling has nothing to learn, and is not linear: no weights make a maximum.",
        ),
        ({"beside": "convolution", "kind": "average", "padding": "valid"}, SAME.format(6)),
        (
            {"beside": "convolution", "kind": "average", "pool_size": (1, 1), "padding": "valid"},
            SAME.format(1),
        ),
    ],
)
def test_a_sentence_says_what_differs(changes, line):
    layer, second = beside(**changes)
    assert beside_line(layer, second, pool(IMAGE, layer)) == line


def test_at_the_edge_the_mean_and_the_convolution_differ_by_what_is_said():
    layer, second = beside(beside="convolution", kind="average")
    output = pool(IMAGE, layer)
    difference = np.abs(output - second.output).max()
    assert beside_line(layer, second, output) == (
        "Inside the picture, average pooling is this convolution with weights of 1 / 6. At the "
        "edge the convolution counts padding as 0 and average pooling does not count it: the "
        f"outputs differ by up to {difference:.3g}."
    )


def test_another_kernel_differs_by_what_is_said():
    layer, second = beside(beside="convolution", kind="average", kernel="sobel_x")
    output = pool(IMAGE, layer)
    difference = np.abs(output - second.output).max()
    assert beside_line(layer, second, output) == (
        "Both are linear. The convolution has 6 weights for each channel that training could "
        f"change; average pooling always has 1 / 6. The outputs differ by up to {difference:.3g}."
    )


def test_no_weights_make_a_maximum():
    # What is linear gives f(a) + f(b) for a + b.
    one, other = numbers((4, 4, 1), seed=1), numbers((4, 4, 1), seed=2)
    maximum, mean = MaxPooling2D(2), AveragePooling2D(2)
    assert not np.allclose(
        pool(one + other, maximum), pool(one, maximum) + pool(other, maximum), atol=0.1
    )
    np.testing.assert_allclose(
        pool(one + other, mean), pool(one, mean) + pool(other, mean), atol=1e-6
    )


# ---- examples ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_link_and_knows_itself(name):
    state = EXAMPLES[name].state
    assert decode(PoolingState, encode(state).query) == (state, ())
    assert example_of(state) == name
    assert example_of(replace(state, pin=None, scope="map", beside="pooling")) == name
    assert example_of(replace(state, kind="average" if state.kind == "max" else "max")) != name
    assert sentence_of(state) == EXAMPLES[name].sentence


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("halved", [[6, 8], [14, 16]]),
        ("valid", [[4]]),
        ("same", [[4, 3], [2, 1]]),
        ("negatives", [[-1, -3], [-7, -9]]),
        ("edge", np.ones((4, 4)).tolist()),
    ],
)
def test_an_example_shows_what_its_sentence_says(name, output):
    assert pooled(EXAMPLES[name].state) == output


def test_in_the_example_of_negatives_zeros_would_win_in_three_outputs():
    state = EXAMPLES["negatives"].state
    layer = layer_of(state, (3, 3, 1))
    assert zeros_would_win(layer, (3, 3, 1), pool(matrix_of(state), layer)) == 3
    assert "in the three outputs at the edge" in EXAMPLES["negatives"].sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Each window of 2 × 2 cells keeps its largest number."),
        (
            {"kind": "average", "pool_size": (3, 5)},
            "Each window of 3 × 5 cells becomes the mean of its numbers.",
        ),
        ({"is_global": True}, "One window over the whole picture keeps its largest number."),
    ],
)
def test_what_is_no_example_is_said_in_a_sentence(changes, sentence):
    assert (
        sentence_of(replace(PoolingState(values=Typed((1, 1, 1), (1.0,))), **changes)) == sentence
    )
