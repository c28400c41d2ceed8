"""One cell taken apart: the taps, the written sum, the winner, the divisor."""

import math
import re
import timeit

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose, assert_array_equal

from cnnviz.layers import ACTIVATIONS, AveragePooling2D, Conv2D, LayerError, MaxPooling2D
from cnnviz.window import explain, explain_pooling, taps
from tests import reference
from tests.strategies import convolutions, numbers, poolings

# ---- taps ----------------------------------------------------------------------------------------


@settings(max_examples=300, derandomize=True, deadline=None)
@given(convolutions() | poolings())
def test_taps_are_the_positions_that_a_walking_window_reads(case):
    layer, shape = case
    convolves = isinstance(layer, Conv2D)
    window = layer.kernel_size if convolves else layer.pool_size
    dilation_rate = layer.dilation_rate if convolves else (1, 1)
    for axis, table in enumerate(taps(layer, shape)):
        padding = layer.padding if isinstance(layer.padding, str) else layer.padding[axis]
        starts = reference.window_starts(
            shape[axis], window[axis], layer.strides[axis], dilation_rate[axis], padding
        )
        expected = [
            [start + cell * dilation_rate[axis] for cell in range(window[axis])] for start in starts
        ]
        assert table.tolist() == expected


def test_taps_show_the_holes_of_dilation_and_the_padding():
    rows, columns = taps(Conv2D(1, (2, 3), dilation_rate=(1, 2), padding="same"), (3, 5, 1))
    assert rows.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert columns.tolist() == [[-2, 0, 2], [-1, 1, 3], [0, 2, 4], [1, 3, 5], [2, 4, 6]]


# ---- convolution ---------------------------------------------------------------------------------


@settings(max_examples=100, derandomize=True, deadline=None)
@given(convolutions())
def test_every_cell_is_what_plain_loops_compute(case):
    layer, shape = case
    image = numbers(shape, seed=1)
    kernel = numbers(layer.kernel_shape(shape[2]), seed=2)
    bias = numbers((layer.filters,), seed=3)
    expected = np.array(
        reference.convolve(
            image.tolist(),
            kernel.tolist(),
            bias.tolist() if layer.use_bias else [0] * layer.filters,
            strides=layer.strides,
            padding=layer.padding,
            dilation_rate=layer.dilation_rate,
            groups=layer.groups,
            activation=layer.activation,
        )
    )
    rows, columns = taps(layer, shape)
    for row, column, filter in np.ndindex(expected.shape):
        cell = explain(
            image,
            kernel,
            bias if layer.use_bias else None,
            layer,
            row=row,
            column=column,
            filter=filter,
        )
        assert cell.output == pytest.approx(expected[row, column, filter], rel=1e-9, abs=1e-12)
        assert_array_equal(cell.taps[:, 0, 0], rows[row])
        assert_array_equal(cell.taps[0, :, 1], columns[column])


def test_an_explanation_shows_every_step_of_the_sum():
    image = np.arange(1, 19).reshape(3, 3, 2)
    kernel = np.arange(1, 9).reshape(2, 2, 2, 1)
    layer = Conv2D(1, 2, padding="same", activation="relu")
    cell = explain(image, kernel, [-200], layer, row=2, column=0, filter=0)

    assert cell.taps.tolist() == [[[2, 0], [2, 1]], [[3, 0], [3, 1]]]
    assert cell.inside.tolist() == [[True, True], [False, False]]
    assert cell.inputs.tolist() == [[[13, 14], [15, 16]], [[0, 0], [0, 0]]]
    assert cell.weights.tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert cell.products.tolist() == [[[13, 28], [45, 64]], [[0, 0], [0, 0]]]
    assert cell.channel_sums.tolist() == [58, 92]
    assert cell.bias == -200
    assert cell.total == -50
    assert cell.output == 0


def test_a_filter_reads_the_channels_of_its_own_group_only():
    image = np.reshape([1, 10, 100, 1000], (1, 1, 4))
    layer = Conv2D(6, 1, groups=2)
    kernel = np.ones((1, 1, 2, 6))
    cells = [explain(image, kernel, None, layer, row=0, column=0, filter=f) for f in range(6)]
    assert [cell.channels for cell in cells] == [(0, 1)] * 3 + [(2, 3)] * 3
    assert [cell.total for cell in cells] == [11] * 3 + [1100] * 3


def test_a_window_in_the_padding_is_worth_its_bias():
    layer = Conv2D(1, 2, padding=((2, 0), (0, 0)))
    cell = explain(np.ones((1, 2, 1)), np.ones((2, 2, 1, 1)), [7], layer, row=0, column=0, filter=0)
    assert not cell.inside.any()
    assert cell.output == 7


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_in_double_precision_follows_its_formula(name):
    for value in np.linspace(-30, 30, 61):
        output = explain_one_by_one(value, name)
        assert output == pytest.approx(reference.activate(value, name), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_activation_overflows(name):
    limits = {"elu": -1, "leaky_relu": -2e5, "linear": -1e6, "tanh": -1}
    assert explain_one_by_one(-1e6, name) == pytest.approx(limits.get(name, 0))
    rising = 1 if name in ("sigmoid", "tanh") else 1e6
    assert explain_one_by_one(1e6, name) == pytest.approx(rising)


def explain_one_by_one(value, activation):
    layer = Conv2D(1, 1, activation=activation)
    cell = explain([[[value]]], [[[[1]]]], None, layer, row=0, column=0, filter=0)
    assert cell.total == value
    return cell.output


def test_an_explanation_of_363_products_takes_a_millisecond_at_most():
    image, kernel = numbers((128, 128, 3)), numbers((11, 11, 3, 16))
    layer = Conv2D(16, 11, activation="gelu")
    once = timeit.repeat(
        lambda: explain(image, kernel, np.zeros(16), layer, row=5, column=60, filter=9),
        number=1,
        repeat=50,
    )
    # The fastest of fifty: a neighbour on the same machine slows the others, not the code.
    assert min(once) <= 0.001


# ---- pooling -------------------------------------------------------------------------------------


@settings(max_examples=100, derandomize=True, deadline=None)
@given(poolings())
def test_every_pooled_cell_is_what_plain_loops_compute(case):
    layer, shape = case
    image = numbers(shape) - 1
    loops = reference.max_pool if isinstance(layer, MaxPooling2D) else reference.average_pool
    expected = np.array(loops(image.tolist(), layer.pool_size, layer.strides, layer.padding))
    for row, column, channel in np.ndindex(expected.shape):
        cell = explain_pooling(image, layer, row=row, column=column, channel=channel)
        assert_allclose(cell.output, expected[row, column, channel], rtol=1e-9)


def test_padding_never_wins_a_maximum():
    image = np.array([[-5, -3], [-4, -9]])[:, :, np.newaxis]
    layer = MaxPooling2D((2, 2), strides=1, padding="same")
    cell = explain_pooling(image, layer, row=1, column=1, channel=0)
    assert cell.candidates.tolist() == [[-9, -math.inf], [-math.inf, -math.inf]]
    assert cell.inside.tolist() == [[True, False], [False, False]]
    assert (cell.winner, cell.divisor, cell.output) == ((0, 0), None, -9)


def test_the_first_of_equal_maxima_wins():
    image = np.array([[1, 7, 2], [7, 7, 3]])[:, :, np.newaxis]
    cell = explain_pooling(image, MaxPooling2D((2, 3)), row=0, column=0, channel=0)
    assert cell.winner == (0, 1)


def test_padded_cells_are_not_counted_in_an_average():
    image = np.arange(1, 10).reshape(3, 3, 1)
    layer = AveragePooling2D(2, padding=((1, 0), (0, 1)))
    cell = explain_pooling(image, layer, row=0, column=0, channel=0)
    assert cell.taps.tolist() == [[[-1, 0], [-1, 1]], [[0, 0], [0, 1]]]
    assert np.isnan(cell.candidates[0]).all()
    assert cell.candidates[1].tolist() == [1, 2]
    assert (cell.winner, cell.divisor, cell.output) == (None, 2, 1.5)


def test_pooling_explains_the_channel_asked_for():
    image = np.reshape([1, 10, 2, 20], (1, 2, 2))
    cell = explain_pooling(image, MaxPooling2D((1, 2)), row=0, column=0, channel=1)
    assert cell.candidates.tolist() == [[10, 20]]


# ---- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "message", "fixes"),
    [
        (
            "row",
            2,
            "row is 2, but the output has 2, counted from 0. Use a row from 0 to 1.",
            (0, 1),
        ),
        (
            "column",
            -1,
            "column is -1, but the output has 3, counted from 0. Use a column from 0 to 2.",
            (0, 2),
        ),
        (
            "filter",
            4,
            "filter is 4, but the output has 4, counted from 0. Use a filter from 0 to 3.",
            (0, 3),
        ),
    ],
)
def test_a_cell_outside_the_output_is_explained(field, value, message, fixes):
    image, kernel, layer = np.zeros((3, 4, 1)), np.zeros((2, 2, 1, 4)), Conv2D(4, 2)
    cell = {"row": 0, "column": 0, "filter": 0}
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$") as caught:
        explain(image, kernel, None, layer, **{**cell, field: value})
    assert caught.value.field == field
    for fix in fixes:
        explain(image, kernel, None, layer, **{**cell, field: fix})


def test_a_channel_outside_the_image_is_explained():
    message = "channel is 3, but the output has 3, counted from 0. Use a channel from 0 to 2."
    image, layer = np.zeros((2, 2, 3)), MaxPooling2D(2)
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$") as caught:
        explain_pooling(image, layer, row=0, column=0, channel=3)
    assert caught.value.field == "channel"
    explain_pooling(image, layer, row=0, column=0, channel=2)


def test_arrays_that_do_not_fit_the_layer_are_refused_here_too():
    message = (
        "bias has shape (2,), but each of the 3 filters takes one number. Use a bias of shape (3,)."
    )
    image, kernel, layer = np.zeros((2, 2, 1)), np.zeros((1, 1, 1, 3)), Conv2D(3, 1)
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$"):
        explain(image, kernel, [0, 0], layer, row=0, column=0, filter=0)
    explain(image, kernel, [0, 0, 0], layer, row=0, column=0, filter=0)
