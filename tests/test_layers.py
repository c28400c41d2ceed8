"""What a layer is: its arguments, its shapes, and the sentences that explain an impossible one."""

import math
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnviz.layers import ACTIVATIONS, AveragePooling2D, Axis, Conv2D, LayerError, MaxPooling2D
from tests import reference
from tests.strategies import convolutions, pairs, poolings

# ---- arguments -----------------------------------------------------------------------------------


def test_one_number_means_both_axes():
    layer = Conv2D(4, 3, strides=2, dilation_rate=1)
    assert layer == Conv2D(4, (3, 3), strides=(2, 2), dilation_rate=(1, 1))
    assert hash(layer) == hash(Conv2D(4, [3, 3], strides=(2, 2)))


def test_no_activation_is_the_linear_one():
    assert Conv2D(1, 1).activation == "linear"
    assert Conv2D(1, 1, activation=None) == Conv2D(1, 1, activation="linear")


def test_pooling_strides_are_the_pool_size_unless_given():
    assert MaxPooling2D((2, 3)).strides == (2, 3)
    assert MaxPooling2D((2, 3), strides=1).strides == (1, 1)


def test_the_two_poolings_are_never_equal():
    assert MaxPooling2D(2) == MaxPooling2D(2)
    assert MaxPooling2D(2) != AveragePooling2D(2)


def test_a_count_may_come_from_numpy():
    layer = Conv2D(np.int64(4), (np.int32(3), 3))
    assert layer == Conv2D(4, 3)
    assert type(layer.filters) is type(layer.kernel_size[0]) is int


def test_explicit_padding_may_come_as_lists():
    assert Conv2D(1, 1, padding=[[1, 0], [2, 3]]).padding == ((1, 0), (2, 3))


@pytest.mark.parametrize("layer", [Conv2D(1, 1), MaxPooling2D(2), AveragePooling2D(2)])
def test_a_layer_cannot_be_changed_but_replaced(layer):
    with pytest.raises(FrozenInstanceError):
        layer.strides = (2, 2)
    assert replace(layer, strides=3).strides == (3, 3)


NOT_A_COUNT = [0, -1, 2.0, True, "3", None, (3, 3), math.nan]
NOT_A_PAIR = [0, -1, 2.0, False, "33", None, (3,), (3, 3, 3), (3, 0), (3, 2.0), (True, 3), {}]


@pytest.mark.parametrize("value", NOT_A_COUNT)
@pytest.mark.parametrize("field", ["filters", "groups"])
def test_what_is_no_count_is_refused(field, value):
    arguments = {"filters": 1, "kernel_size": 1}
    check_refusal(
        lambda value: Conv2D(**{**arguments, field: value}),
        value,
        field,
        f"{field} is {value!r}, but must be a whole number of at least 1. Use {field}=1.",
        [1],
    )


@pytest.mark.parametrize("value", NOT_A_PAIR)
@pytest.mark.parametrize("field", ["kernel_size", "strides", "dilation_rate"])
def test_what_is_no_pair_of_counts_is_refused_by_a_convolution(field, value):
    arguments = {"filters": 1, "kernel_size": 1}
    check_refusal(
        lambda value: Conv2D(**{**arguments, field: value}),
        value,
        field,
        f"{field} is {value!r}, but must be a whole number of at least 1, or two of them as "
        f"(rows, columns). Use {field}=1 or {field}=(1, 1).",
        [1, (1, 1)],
    )


@pytest.mark.parametrize("value", [value for value in NOT_A_PAIR if value is not None])
@pytest.mark.parametrize("field", ["pool_size", "strides"])
@pytest.mark.parametrize("kind", [MaxPooling2D, AveragePooling2D])
def test_what_is_no_pair_of_counts_is_refused_by_a_pooling(kind, field, value):
    check_refusal(
        lambda value: kind(**{field: value}),
        value,
        field,
        f"{field} is {value!r}, but must be a whole number of at least 1, or two of them as "
        f"(rows, columns). Use {field}=1 or {field}=(1, 1).",
        [1, (1, 1)],
    )


@pytest.mark.parametrize(
    "value",
    ["SAME", "reflect", 1, None, (1, 1), ((1, 1),), ((1, 1), (1, -1)), ((1, 1), (1, 1.0)), "ab"],
)
@pytest.mark.parametrize("kind", [lambda padding: Conv2D(1, 3, padding=padding), MaxPooling2D])
def test_what_is_no_padding_is_refused(kind, value):
    make = (lambda value: kind(padding=value)) if kind is MaxPooling2D else kind
    check_refusal(
        make,
        value,
        "padding",
        f"padding is {value!r}, but must be 'valid', 'same', or ((top, bottom), (left, right)) "
        "in whole numbers of at least 0. Use padding='same'.",
        ["same"],
    )


@pytest.mark.parametrize("value", ["softmax", "ReLU", 1, ["relu"]])
def test_an_unknown_activation_is_refused(value):
    check_refusal(
        lambda value: Conv2D(1, 1, activation=value),
        value,
        "activation",
        f"activation is {value!r}, but must be one of linear, relu, leaky_relu, elu, gelu, "
        "sigmoid, tanh, softplus, swish. Use activation='relu'.",
        ["relu", *ACTIVATIONS],
    )


@pytest.mark.parametrize("value", [1, 0, "yes", None])
def test_a_switch_is_true_or_false(value):
    check_refusal(
        lambda value: Conv2D(1, 1, use_bias=value),
        value,
        "use_bias",
        f"use_bias is {value!r}, but must be True or False. Use use_bias=True.",
        [True, False],
    )


def test_pooling_refuses_padding_as_large_as_its_window():
    check_refusal(
        lambda padding: MaxPooling2D((2, 3), padding=padding),
        ((2, 0), (2, 5)),
        "padding",
        "padding is ((2, 0), (2, 5)), but on each side it must be smaller than the pool_size of "
        "(2, 3), else a window could hold only padding. "
        "Use padding=((1, 0), (2, 2)), or padding='same'.",
        [((1, 0), (2, 2)), "same"],
    )


def check_refusal(make, wrong, field, message, fixes):
    """Hold the whole message, and apply each fix that it promises."""
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$") as caught:
        make(wrong)
    assert caught.value.field == field
    for fix in fixes:
        make(fix)


# ---- true things that others teach wrongly -------------------------------------------------------


def test_same_padding_puts_the_odd_cell_at_the_bottom_and_right():
    layer = Conv2D(1, 3, strides=2, padding="same")
    assert layer.padding_amounts((28, 28, 1)) == ((0, 1), (0, 1))
    # A total of 3: one before, two after.
    assert Conv2D(1, (4, 2), padding="same").padding_amounts((9, 9, 1)) == ((1, 2), (0, 1))


def test_same_padding_needs_none_where_the_stride_jumps_over_cells():
    layer = Conv2D(1, 2, strides=3, padding="same")
    assert layer.padding_amounts((6, 7, 1)) == ((0, 0), (0, 1))


@given(convolutions() | poolings())
@settings(max_examples=200, derandomize=True, deadline=None)
def test_same_padding_keeps_the_size_only_with_stride_one(case):
    layer, shape = case
    same = replace(layer, padding="same")
    expected = tuple(math.ceil(n / s) for n, s in zip(shape[:2], same.strides, strict=True))
    assert same.output_shape(shape)[:2] == expected
    assert replace(same, strides=1).output_shape(shape)[:2] == shape[:2]


def test_valid_means_no_padding():
    assert Conv2D(1, 3).padding_amounts((5, 6, 1)) == ((0, 0), (0, 0))


def test_a_stride_that_leaves_a_rest_is_legal_and_the_last_cells_are_never_read():
    rows, columns = Conv2D(1, 3, strides=(2, 3)).axes((8, 8, 1))
    assert (rows.output, rows.dropped, rows.never_read) == (3, 1, (7,))
    assert (columns.output, columns.dropped, columns.never_read) == (2, 2, (6, 7))


def test_dropped_cells_of_padding_are_no_cells_of_the_input():
    axis = Axis(size=4, kernel_size=2, stride=3, before=1, after=2)
    assert (axis.padded, axis.output, axis.dropped) == (7, 2, 2)
    assert axis.never_read == (1,)


def test_a_stride_above_the_kernel_jumps_over_cells():
    assert Axis(size=8, kernel_size=2, stride=3).never_read == (2, 5)


def test_holes_of_dilation_are_read_by_no_window_when_the_stride_matches():
    assert Axis(size=7, kernel_size=3, stride=2, dilation_rate=2).never_read == (1, 3, 5)


def test_keras_refuses_stride_with_dilation_and_the_layer_says_so():
    sentence = (
        "keras.layers.Conv2D refuses strides above 1 together with a dilation_rate above 1; "
        "tf.nn.conv2d computes it."
    )
    assert Conv2D(1, 3, strides=2, dilation_rate=2).keras_refusal == sentence
    assert Conv2D(1, 3, strides=(1, 2), dilation_rate=(2, 1)).keras_refusal == sentence
    assert Conv2D(1, 3, strides=2).keras_refusal is None
    assert Conv2D(1, 3, dilation_rate=2).keras_refusal is None


@given(pairs(3), pairs(3))
@settings(max_examples=81, derandomize=True, deadline=None)
def test_keras_refuses_exactly_what_the_layer_says(strides, dilation_rate):
    refused = False
    try:
        keras.layers.Conv2D(1, 3, strides=strides, dilation_rate=dilation_rate)
    except ValueError:
        refused = True
    layer = Conv2D(1, 3, strides=strides, dilation_rate=dilation_rate)
    assert refused == (layer.keras_refusal is not None)


def test_filters_that_do_not_divide_by_groups_are_refused():
    message = (
        "groups is 4, but 6 filters do not divide into 4 equal groups. "
        "Use groups=1, or one that divides both filters and channels."
    )

    def make(groups):
        return Conv2D(6, 1, groups=groups).kernel_shape(channels=3)

    check_refusal(make, 4, "groups", message, [1, 3])


def test_one_filter_and_one_channel_are_written_in_the_singular():
    check_refusal(
        lambda groups: Conv2D(1, 1, groups=groups),
        2,
        "groups",
        "groups is 2, but 1 filter does not divide into 2 equal groups. "
        "Use groups=1, or one that divides both filters and channels.",
        [1],
    )
    check_refusal(
        lambda groups: Conv2D(2, 1, groups=groups).kernel_shape(channels=1),
        2,
        "groups",
        "groups is 2, but the input's 1 channel does not divide into 2 equal groups. Use groups=1.",
        [1],
    )
    check_refusal(
        lambda bias: Conv2D(1, 1).check_arrays((5, 5, 1), (1, 1, 1, 1), bias),
        (2,),
        "bias",
        "bias has shape (2,), but the one filter takes one number. Use a bias of shape (1,).",
        [(1,), None],
    )


def test_channels_that_do_not_divide_by_groups_are_refused():
    message = (
        "groups is 4, but the input's 6 channels do not divide into 4 equal groups. "
        "Use groups=1 or 2."
    )

    def make(groups):
        return Conv2D(8, 1, groups=groups).kernel_shape(channels=6)

    check_refusal(make, 4, "groups", message, [1, 2])
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$"):
        Conv2D(8, 1, groups=4).output_shape((5, 5, 6))


def test_as_many_groups_as_channels_give_each_filter_one_channel():
    assert Conv2D(6, (2, 3), groups=3).kernel_shape(channels=3) == (2, 3, 1, 6)


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
def test_half_the_kernel_keeps_the_size_for_odd_kernels_at_stride_one_only(kernel_size):
    half = (kernel_size - 1) // 2
    padding = ((half, half), (half, half))
    assert Conv2D(1, kernel_size, padding=padding).output_shape((9, 8, 1)) == (9, 8, 1)
    even = Conv2D(1, kernel_size + 1, padding=padding)
    assert even.output_shape((9, 8, 1)) == (8, 7, 1)
    strided = Conv2D(1, kernel_size, strides=2, padding=padding)
    assert strided.output_shape((9, 8, 1)) == (5, 4, 1)


# ---- shapes and counts ---------------------------------------------------------------------------


@given(convolutions())
@settings(max_examples=400, derandomize=True, deadline=None)
def test_the_output_shape_of_a_convolution_is_that_of_keras(case):
    layer, shape = case
    assume(layer.keras_refusal is None)
    batch, padding = (None, *shape), layer.padding
    if not isinstance(padding, str):
        batch, padding = keras.layers.ZeroPadding2D(padding).compute_output_shape(batch), "valid"
    keras_layer = keras.layers.Conv2D(
        layer.filters,
        layer.kernel_size,
        strides=layer.strides,
        padding=padding,
        dilation_rate=layer.dilation_rate,
        groups=layer.groups,
    )
    assert (None, *layer.output_shape(shape)) == keras_layer.compute_output_shape(batch)


@given(poolings())
@settings(max_examples=300, derandomize=True, deadline=None)
def test_the_output_shape_of_a_pooling_is_that_of_keras(case):
    layer, shape = case
    batch, padding = (None, *shape), layer.padding
    if not isinstance(padding, str):
        batch, padding = keras.layers.ZeroPadding2D(padding).compute_output_shape(batch), "valid"
    keras_layer = getattr(keras.layers, type(layer).__name__)(
        layer.pool_size, strides=layer.strides, padding=padding
    )
    assert (None, *layer.output_shape(shape)) == keras_layer.compute_output_shape(batch)


@given(
    st.integers(1, 20),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from(["valid", "same"]) | pairs(4, 0),
)
@settings(max_examples=500, derandomize=True, deadline=None)
def test_an_axis_is_what_a_walking_window_finds(size, kernel_size, stride, dilation_rate, padding):
    axis = Axis.plan(size, kernel_size, stride, dilation_rate, padding)
    assume(axis.output >= 1)
    walk = size, kernel_size, stride, dilation_rate, padding
    starts = reference.window_starts(*walk)
    windows = [
        tuple(start + cell * dilation_rate for cell in range(kernel_size)) for start in starts
    ]
    assert (axis.before, axis.after) == reference.pad_amounts(*walk)
    assert [axis.reads(index) for index in range(axis.output)] == windows
    last = windows[-1][-1]
    assert axis.dropped == size + axis.after - 1 - last
    read = [any(cell in window for window in windows) for cell in range(size)]
    assert axis.never_read == tuple(cell for cell in range(size) if not read[cell])


def test_counts_are_those_of_the_article():
    layer = Conv2D(6, 5)
    assert layer.output_shape((32, 32, 3)) == (28, 28, 6)
    assert layer.parameter_count(channels=3) == 5 * 5 * 3 * 6 + 6 == 456
    assert layer.multiply_adds((32, 32, 3)) == 28 * 28 * 6 * 5 * 5 * 3
    assert layer.dense_parameter_count((32, 32, 3)) == 32 * 32 * 3 * 4704 + 4704


def test_counts_without_bias_and_with_groups():
    layer = Conv2D(4, (2, 3), strides=2, groups=2, use_bias=False)
    assert layer.output_shape((6, 9, 6)) == (3, 4, 4)
    assert layer.parameter_count(channels=6) == 2 * 3 * 3 * 4
    assert layer.multiply_adds((6, 9, 6)) == 3 * 4 * 4 * 2 * 3 * 3
    assert layer.dense_parameter_count((6, 9, 6)) == 6 * 9 * 6 * 3 * 4 * 4


def test_a_dense_layer_for_the_same_output_has_as_many_parameters_as_keras_says():
    layer, shape = Conv2D(2, 3, strides=2), (7, 6, 2)
    dense = keras.layers.Dense(math.prod(layer.output_shape(shape)))
    dense.build((None, math.prod(shape)))
    assert layer.dense_parameter_count(shape) == dense.count_params()


# ---- layers that do not fit their input ----------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "shape", "field", "message", "fixes"),
    [
        pytest.param(
            lambda **change: Conv2D(
                **{"filters": 1, "kernel_size": 4, "dilation_rate": 2} | change
            ),
            (6, 6, 1),
            "kernel_size",
            "kernel_size is 4 with dilation_rate 2, so it covers 7 cells, but the input has only "
            "6. Use a kernel_size of 3 or less, or padding='same'.",
            [{"kernel_size": 3}, {"kernel_size": 2}, {"padding": "same"}],
            id="square",
        ),
        pytest.param(
            lambda **change: Conv2D(**{"filters": 1, "kernel_size": 5} | change),
            (7, 4, 1),
            "kernel_size",
            "kernel_size is 5, so it covers 5 columns, but the input has only 4. "
            "Use a kernel_size of 4 or less, or padding='same'.",
            [{"kernel_size": 4}, {"padding": "same"}],
            id="too few columns",
        ),
        pytest.param(
            lambda **change: Conv2D(**{"filters": 1, "kernel_size": 5} | change),
            (4, 2, 1),
            "kernel_size",
            "kernel_size is 5, so it covers 5 rows, but the input has only 4. "
            "Use a kernel_size of 2 or less, or padding='same'.",
            [{"kernel_size": 2}, {"padding": "same"}],
            id="too few of both",
        ),
        pytest.param(
            lambda **change: Conv2D(
                **{"filters": 1, "kernel_size": (4, 2), "dilation_rate": (2, 1)} | change
            ),
            (6, 6, 1),
            "kernel_size",
            "kernel_size is (4, 2) with dilation_rate (2, 1), so it covers 7 rows, but the input "
            "has only 6. Use kernel_size=(3, 2), or padding='same'.",
            [{"kernel_size": (3, 2)}, {"padding": "same"}],
            id="rectangular",
        ),
        pytest.param(
            lambda **change: Conv2D(
                **{"filters": 1, "kernel_size": 6, "padding": ((1, 1), (1, 1))} | change
            ),
            (3, 3, 1),
            "kernel_size",
            "kernel_size is 6, so it covers 6 cells, but the input with its padding has only 5. "
            "Use a kernel_size of 5 or less, or padding='same'.",
            [{"kernel_size": 5}, {"padding": "same"}],
            id="explicit padding",
        ),
        pytest.param(
            lambda **change: Conv2D(**{"filters": 1, "kernel_size": 2} | change),
            (1, 9, 1),
            "kernel_size",
            "kernel_size is 2, so it covers 2 rows, but the input has only 1. "
            "Use a kernel_size of 1, or padding='same'.",
            [{"kernel_size": 1}, {"padding": "same"}],
            id="one row",
        ),
        pytest.param(
            lambda **change: AveragePooling2D(**{"pool_size": (2, 5)} | change),
            (3, 4, 1),
            "pool_size",
            "pool_size is (2, 5), so it covers 5 columns, but the input has only 4. "
            "Use pool_size=(2, 4), or padding='same'.",
            [{"pool_size": (2, 4)}, {"padding": "same"}],
            id="pooling",
        ),
    ],
)
def test_a_window_that_does_not_fit_names_value_limit_and_fix(make, shape, field, message, fixes):
    check_refusal(lambda change: make(**change).output_shape(shape), {}, field, message, fixes)


@given(convolutions(), pairs(3))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_the_kernel_that_an_error_promises_always_fits(case, size):
    layer, _ = case
    shape = (*size, layer.groups)
    try:
        layer.output_shape(shape)
    except LayerError as error:
        promised = str(error).split(" Use ")[1].removesuffix(", or padding='same'.")
        sizes = tuple(int(number) for number in re.findall(r"\d+", promised))
        fixed = replace(layer, kernel_size=sizes if len(sizes) == 2 else sizes[0])
        assert min(fixed.output_shape(shape)) >= 1
        assert min(replace(layer, padding="same").output_shape(shape)) >= 1


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28, 1), (0, 5, 1), (5, 5, 0), (5, 5.0, 1)])
@pytest.mark.parametrize("layer", [Conv2D(1, 1), MaxPooling2D(1)])
def test_an_input_without_height_width_and_channels_is_refused(layer, shape):
    check_refusal(
        layer.output_shape,
        shape,
        "input_shape",
        f"input_shape is {shape!r}, but must be (height, width, channels), three whole numbers of "
        "at least 1. Use for example input_shape=(28, 28, 1).",
        [(28, 28, 1)],
    )


@pytest.mark.parametrize(
    ("layer", "kernel", "message", "fix"),
    [
        pytest.param(
            Conv2D(4, 3),
            (3, 3, 1, 4),
            "kernel has shape (3, 3, 1, 4), so each filter reads 1 channel, but the image has 6 "
            "(groups=1). Use a kernel of shape (3, 3, 6, 4), or an image with 1 channel.",
            {"kernel": (3, 3, 6, 4)},
            id="one channel",
        ),
        pytest.param(
            Conv2D(4, 3, groups=2),
            (3, 3, 2, 4),
            "kernel has shape (3, 3, 2, 4), so each filter reads 2 channels, but the image has 6 "
            "(groups=2). Use a kernel of shape (3, 3, 3, 4), or an image with 4 channels.",
            {"image": (5, 5, 4)},
            id="groups",
        ),
        pytest.param(
            Conv2D(4, (3, 2)),
            (2, 3, 6, 4),
            "kernel has shape (2, 3, 6, 4), but a layer with kernel_size=(3, 2), filters=4 and "
            "groups=1 on 6 channels needs (3, 2, 6, 4). Use a kernel of shape (3, 2, 6, 4).",
            {"kernel": (3, 2, 6, 4)},
            id="turned",
        ),
        pytest.param(
            Conv2D(1, 3),
            (3, 3),
            "kernel has shape (3, 3), but a layer with kernel_size=(3, 3), filters=1 and groups=1 "
            "on 6 channels needs (3, 3, 6, 1). Use a kernel of shape (3, 3, 6, 1).",
            {"kernel": (3, 3, 6, 1)},
            id="two axes",
        ),
    ],
)
def test_a_kernel_of_the_wrong_shape_is_explained(layer, kernel, message, fix):
    check_refusal(
        lambda arrays: layer.check_arrays(**{"image": (5, 5, 6), "kernel": kernel} | arrays),
        {"bias": None},
        "kernel",
        message,
        [{"bias": None} | fix],
    )


def test_a_bias_of_the_wrong_shape_is_explained():
    check_refusal(
        lambda bias: Conv2D(4, 1).check_arrays((5, 5, 1), (1, 1, 1, 4), bias),
        (1,),
        "bias",
        "bias has shape (1,), but each of the 4 filters takes one number. "
        "Use a bias of shape (4,).",
        [(4,), None],
    )


def test_a_bias_for_a_layer_without_one_is_explained():
    layer = Conv2D(4, 1, use_bias=False)
    check_refusal(
        lambda bias: layer.check_arrays((5, 5, 1), (1, 1, 1, 4), bias),
        (4,),
        "bias",
        "bias has shape (4,), but the layer has use_bias=False. "
        "Use bias=None, or a layer with use_bias=True.",
        [None],
    )
    replace(layer, use_bias=True).check_arrays((5, 5, 1), (1, 1, 1, 4), (4,))


# ---- imports -------------------------------------------------------------------------------------


def test_layers_load_neither_numpy_nor_tensorflow():
    program = (
        "import sys, cnnviz.layers; "
        "assert not {'numpy', 'tensorflow', 'keras', 'streamlit'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
