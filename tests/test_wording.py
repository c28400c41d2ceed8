"""Sentences about a layer carry this layer's numbers."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings

from cnnviz.layers import AveragePooling2D, Conv2D, MaxPooling2D
from cnnviz.wording import (
    answer_lines,
    batch_shape,
    convolution_lines,
    cost_lines,
    layer_words,
    lesson_lines,
    pooling_lines,
    shape_lines,
)
from tests.strategies import convolutions, poolings


def test_equal_axes_are_written_once():
    assert shape_lines(Conv2D(6, 5), (32, 32, 3)) == [
        "**rows and columns** (32 + 0 + 0 − 5) / 1 + 1 = **28**",
        "(batch, height, width, channels): (1, 32, 32, 3) → **(1, 28, 28, 6)**",
    ]


def test_same_padding_is_written_with_its_split_and_the_odd_cell_after():
    layer = Conv2D(1, 3, strides=2, padding="same")
    assert shape_lines(layer, (28, 27, 1)) == [
        "**rows** same: ⌈28 / 2⌉ = 14 cells need (14 − 1) · 2 + 3 − 28 = 1 cell of padding: "
        "0 before, 1 after. (28 + 0 + 1 − 3) / 2 + 1 = **14**",
        "**columns** same: ⌈27 / 2⌉ = 14 cells need (14 − 1) · 2 + 3 − 27 = 2 cells of padding: "
        "1 before, 1 after. (27 + 1 + 1 − 3) / 2 + 1 = **14**",
        "(batch, height, width, channels): (1, 28, 27, 1) → **(1, 14, 14, 1)**",
    ]


def test_padding_that_would_be_negative_is_none():
    (line, _) = shape_lines(Conv2D(1, 1, strides=3, padding="same"), (6, 6, 1))
    assert line == (
        "**rows and columns** same: ⌈6 / 3⌉ = 2 cells need (2 − 1) · 3 + 1 − 6 = −2, so 0 cells of "
        "padding: 0 before, 0 after. ⌊(6 + 0 + 0 − 1) / 3⌋ + 1 = **2**. "
        "The windows leave gaps and the division leaves a rest: "
        "rows and columns 1, 2, 4, 5 are never read"
    )


def test_a_floored_division_says_which_row_and_column_it_drops():
    (line, _) = shape_lines(Conv2D(1, 3, strides=2), (6, 6, 1))
    assert line == (
        "**rows and columns** ⌊(6 + 0 + 0 − 3) / 2⌋ + 1 = **2**. "
        "The division leaves a rest: row 5 and column 5 are never read"
    )


@pytest.mark.parametrize(
    ("layer", "shape", "ending"),
    [
        (
            Conv2D(1, 3, strides=(2, 1)),
            (6, 6, 1),
            "⌊(6 + 0 + 0 − 3) / 2⌋ + 1 = **2**. The division leaves a rest: row 5 is never read",
        ),
        (
            Conv2D(1, (2, 1), strides=(3, 1)),
            (8, 8, 1),
            "(8 + 0 + 0 − 2) / 3 + 1 = **3**. The windows leave gaps: rows 2, 5 are never read",
        ),
        (
            Conv2D(1, (4, 1), strides=(8, 1)),
            (12, 1, 1),
            "(12 + 0 + 0 − 4) / 8 + 1 = **2**. The windows leave gaps: rows 4–7 are never read",
        ),
        (
            Conv2D(1, (2, 1), strides=(2, 1), dilation_rate=(2, 1)),
            (8, 8, 1),
            "⌊(8 + 0 + 0 − 3) / 2⌋ + 1 = **3**. The windows leave gaps and the division leaves a "
            "rest: rows 1, 3, 5, 7 are never read",
        ),
        (
            Conv2D(1, (3, 1), strides=(2, 1), dilation_rate=(2, 1)),
            (13, 1, 1),
            "(13 + 0 + 0 − 5) / 2 + 1 = **5**. The windows leave gaps: rows 1, 3, … 11 are "
            "never read",
        ),
        (
            Conv2D(1, (3, 1), strides=(2, 1), padding=((0, 1), (0, 0))),
            (5, 1, 1),
            "⌊(5 + 0 + 1 − 3) / 2⌋ + 1 = **2**",
        ),
    ],
    ids=["rest", "jump", "run", "holes and rest", "many", "only padding"],
)
def test_the_rows_that_are_never_read_are_those_of_the_stage(layer, shape, ending):
    (line, *_) = shape_lines(layer, shape)
    assert line.endswith(ending)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(convolutions())
def test_never_read_is_said_exactly_where_an_input_cell_is_not_read(case):
    layer, shape = case
    unread = any(axis.never_read for axis in layer.axes(shape))
    assert unread == ("never read" in "".join(shape_lines(layer, shape)))


def test_dilation_is_written_as_the_cells_that_a_kernel_covers():
    (line, _) = shape_lines(Conv2D(1, 3, dilation_rate=2), (9, 9, 1))
    assert line == (
        "**rows and columns** dilation 2 spreads the 3 cells of the kernel over "
        "(3 − 1) · 2 + 1 = 5. (9 + 0 + 0 − 5) / 1 + 1 = **5**"
    )


def test_explicit_padding_is_written_for_each_side():
    lines = shape_lines(Conv2D(1, 3, padding=((0, 1), (2, 3))), (5, 5, 1))
    assert lines[:2] == [
        "**rows** (5 + 0 + 1 − 3) / 1 + 1 = **4**",
        "**columns** (5 + 2 + 3 − 3) / 1 + 1 = **8**",
    ]


def test_channels_come_first_when_asked():
    lines = shape_lines(Conv2D(6, 5), (32, 30, 3), channels_first=True)
    assert lines[-1] == "(batch, channels, height, width): (1, 3, 32, 30) → **(1, 6, 28, 26)**"
    assert batch_shape((28, 26, 6), channels_first=False) == (1, 28, 26, 6)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(convolutions())
def test_a_written_sum_gives_the_size_that_it_claims(case):
    layer, shape = case
    lines = shape_lines(layer, shape)
    sums = re.findall(r"(⌊?)(\([0-9+− ]+\)) / ([0-9]+)⌋? \+ 1 = \*\*([0-9]+)\*\*", "".join(lines))
    results = []
    for floored, inner, stride, result in sums:
        cells = eval(inner.replace("−", "-"))
        assert bool(floored) == bool(cells % int(stride))
        assert cells // int(stride) + 1 == int(result)
        results.append(int(result))
    assert tuple(results * (3 - len(results))) == layer.output_shape(shape)[:2]


def test_the_cost_of_a_layer_is_written_out():
    assert cost_lines(Conv2D(6, 5), (32, 32, 3)) == [
        "**456 parameters**: 5 · 5 · 3 weights in each of 6 filters, and 6 biases.",
        "**352,800 multiply-adds** a picture.",
        "A Dense layer with the same output would have 14,455,392 parameters, 31,700 times "
        "as many.",
    ]


def test_the_smallest_layer_is_written_in_the_singular():
    assert cost_lines(Conv2D(1, 1, use_bias=False), (1, 1, 1)) == [
        "**1 parameter**: 1 · 1 · 1 weights in each of 1 filter.",
        "**1 multiply-add** a picture.",
        "A Dense layer with the same output would have 1 parameter, 1.0 times as many.",
    ]


ODD = "An odd cell of `same` padding goes to the bottom and the right, not to both sides."
HALF = "(F − 1) / 2 = {} of padding on each side keeps the size: for odd kernels at stride 1 only."
DIVIDED = (
    "`same` keeps the size only with stride 1; here it is the input divided by the stride, "
    "rounded up."
)
FLOORED = "A stride that does not fit is legal: the division is rounded down."
SUMMED = "The channels' results are summed, not averaged, and get one bias together."
DEPTHWISE = "As many groups as channels: a depthwise convolution."
REFUSED = (
    "keras.layers.Conv2D refuses strides above 1 together with a dilation_rate above 1; "
    "tf.nn.conv2d computes it."
)


@pytest.mark.parametrize(
    ("layer", "shape", "lines"),
    [
        (Conv2D(1, 3), (5, 5, 1), []),
        (Conv2D(1, 3, padding="same"), (5, 5, 1), [HALF.format("1 cell")]),
        (Conv2D(1, 5, padding=((2, 2), (2, 2))), (5, 6, 1), [HALF.format("2 cells")]),
        (Conv2D(1, (3, 5), padding="same"), (5, 5, 1), [HALF.format("1 row and 2 columns")]),
        (Conv2D(1, 3, padding=((1, 1), (1, 0))), (5, 5, 1), []),
        (Conv2D(1, 3, strides=2, padding=((1, 1), (1, 1))), (5, 5, 1), []),
        (Conv2D(1, 3, padding="same", dilation_rate=2), (5, 5, 1), []),
        (Conv2D(1, 4, padding=((1, 1), (1, 1))), (5, 5, 1), []),
        (Conv2D(1, 1, padding="same"), (5, 5, 1), []),
        (Conv2D(1, (3, 2), padding="same"), (5, 5, 1), [ODD]),
        (Conv2D(1, 3, strides=2, padding="same"), (5, 5, 1), [DIVIDED]),
        (Conv2D(1, 2, strides=2), (5, 4, 1), [FLOORED]),
        (Conv2D(1, 3), (5, 5, 3), [SUMMED]),
        (
            Conv2D(1, 3, use_bias=False),
            (5, 5, 3),
            ["The channels' results are summed, not averaged."],
        ),
        (Conv2D(3, 3, groups=3), (5, 5, 3), [DEPTHWISE]),
        (Conv2D(1, 2, strides=2, dilation_rate=2), (5, 5, 1), [REFUSED]),
    ],
)
def test_a_lesson_is_told_where_it_can_be_seen(layer, shape, lines):
    assert lesson_lines(layer, shape) == lines


def test_a_convolution_is_written_with_shape_cost_and_lessons():
    layer, shape = Conv2D(6, 5, padding="same", strides=2), (32, 32, 3)
    assert convolution_lines(layer, shape, channels_first=True) == [
        *shape_lines(layer, shape, channels_first=True),
        *cost_lines(layer, shape),
        *lesson_lines(layer, shape),
    ]


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Conv2D(1, 3), "Conv2D: 1 filter of 3 × 3, valid"),
        (
            Conv2D(6, (3, 5), (2, 1), ((1, 0), (0, 0)), activation="relu"),
            "Conv2D: 6 filters of 3 × 5, strides 2 and 1, explicit padding, relu",
        ),
    ],
)
def test_a_layer_is_named_by_what_a_reader_tells_it_by(layer, words):
    assert layer_words(layer) == words


# ---- pooling -------------------------------------------------------------------------------------

NO_PARAMETERS = "**0 parameters**: a pooling layer has nothing to learn."
NEVER_WINS = "Padding counts as minus infinity, not as 0: it never wins."


@pytest.mark.parametrize(
    ("layer", "shape", "options", "lines"),
    [
        (MaxPooling2D(2), (4, 4, 1), {}, []),
        (MaxPooling2D(2), (5, 4, 1), {}, [FLOORED]),
        (
            MaxPooling2D(2),
            (4, 4, 3),
            {},
            ["Each channel is pooled by itself: 3 planes stay 3 maps."],
        ),
        (MaxPooling2D(2, 1, "same"), (4, 4, 1), {}, [ODD, NEVER_WINS]),
        (MaxPooling2D(3, 2, "same"), (5, 5, 1), {}, [DIVIDED, NEVER_WINS]),
        (
            MaxPooling2D(2, 2, ((1, 1), (0, 0))),
            (4, 4, 1),
            {"zeros_would_win": 1},
            [
                NEVER_WINS,
                "Zeros would have won here: 1 output has a window at the edge with negative "
                "numbers only.",
            ],
        ),
        (
            MaxPooling2D(2, 2, ((1, 1), (0, 0))),
            (4, 4, 1),
            {"zeros_would_win": 2},
            [
                NEVER_WINS,
                "Zeros would have won here: 2 outputs have windows at the edge with negative "
                "numbers only.",
            ],
        ),
        (
            AveragePooling2D(3, 1, "same"),
            (5, 5, 1),
            {},
            ["Padded cells are left out of the sum and of its divisor."],
        ),
    ],
)
def test_a_pooling_layer_says_what_can_be_seen_of_it(layer, shape, options, lines):
    *arithmetic, numbers_line, parameters = pooling_lines(layer, shape, **options)[
        : -len(lines) or None
    ]
    assert arithmetic == shape_lines(layer, shape)
    outputs = math.prod(layer.output_shape(shape))
    assert numbers_line == f"**{math.prod(shape)} → {outputs} numbers** a picture."
    assert parameters == NO_PARAMETERS
    assert pooling_lines(layer, shape, **options)[len(arithmetic) + 2 :] == lines


@pytest.mark.parametrize("channels_first", [False, True])
def test_global_pooling_leaves_one_number_for_each_channel(channels_first):
    order, before = (
        ("(batch, channels, height, width)", "(1, 3, 8, 7)")
        if channels_first
        else ("(batch, height, width, channels)", "(1, 8, 7, 3)")
    )
    layer = MaxPooling2D((8, 7))
    assert pooling_lines(layer, (8, 7, 3), is_global=True, channels_first=channels_first) == [
        "One window covers all 8 × 7 cells, whatever the picture's size: **one number** for each "
        "channel.",
        f"{order}: {before} → **(1, 3)**",
        "**168 → 3 numbers** a picture.",
        NO_PARAMETERS,
        "Each channel is pooled by itself: 3 planes stay 3 maps.",
    ]


def test_one_number_is_written_in_the_singular():
    assert "**1 → 1 number** a picture." in pooling_lines(MaxPooling2D(1), (1, 1, 1))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(poolings())
def test_padding_is_spoken_of_exactly_where_a_pooling_layer_has_some(case):
    layer, shape = case
    padded = layer.padding_amounts(shape) != ((0, 0), (0, 0))
    words = "".join(pooling_lines(layer, shape))
    assert padded == ("never wins" in words or "left out of the sum" in words)


# ---- the classifier's answer ---------------------------------------------------------------------


def answered(logits):
    powers = [math.exp(logit) for logit in logits]
    return answer_lines(logits, [power / sum(powers) for power in powers])


LOGITS = [-0.74, -1.29, -1.5, -0.29, -0.15, -0.97, -0.61, 4.91, -0.64, -0.81]


def test_the_answer_its_second_guess_and_the_softmax_carry_this_runs_numbers():
    assert answered(LOGITS) == [
        "The network is **sure**: it says 7, with 96.8 %.",
        "Second guess: **4**, with 0.6 %.",
        "softmax: e^{4.910} / (e^{−0.740} + e^{−1.290} + e^{−1.500} + e^{−0.290} + e^{−0.150} + "
        "e^{−0.970} + e^{−0.610} + e^{4.910} + e^{−0.640} + e^{−0.810}) = 135.6 / 140.1 = "
        "**0.9680**. TensorFlow says 0.9680, difference 0",
    ]


def test_the_written_softmax_gives_the_numbers_that_it_claims():
    *_, line = answered(LOGITS)
    formula, fraction, claimed = re.match(r"softmax: (.*) = (.*) = \*\*(.*)\*\*", line).groups()
    assert formula.count("e^") == 11
    written = re.sub(r"e\^\{([−0-9.]+)\}", r"math.exp(\1)", formula).replace("−", "-")
    assert eval(written) == pytest.approx(float(claimed), abs=1e-4)
    assert eval(fraction) == pytest.approx(float(claimed), abs=1e-3)


def test_what_tensorflow_says_stands_beside_with_the_difference():
    logits = np.float32(LOGITS)
    powers = np.exp(logits.astype(np.float64))
    shares = powers / powers.sum()
    shares[7] += 3e-8
    line = answer_lines(logits.tolist(), shares.tolist())[2]
    assert line.endswith("TensorFlow says 0.9680, difference 3\xa0·\xa010^{−8}")


@pytest.mark.parametrize(
    ("logit", "written"),
    [(-0.0001, "e^{0.000} /"), (-0.0006, "e^{−0.001} /"), (27.6, "e^{27.600} /")],
)
def test_a_logit_of_nearly_nothing_is_written_as_nothing(logit, written):
    assert f"softmax: {written}" in answered([logit] + 9 * [logit - 1])[2]


def test_large_powers_are_written_with_a_power_of_ten():
    assert (
        ") = 2.898\xa0·\xa010^{17} / 2.898\xa0·\xa010^{17} = **1.0000**. "
        in answered([40.208] + 9 * [-3])[2]
    )


def test_what_does_not_look_like_one_digit_is_never_called_sure():
    powers = [math.exp(logit) for logit in LOGITS]
    first, *rest = answer_lines(LOGITS, [power / sum(powers) for power in powers], doubtful=True)
    assert first == "The digit that comes nearest for the network is 7, with 96.8 %."
    assert rest == answered(LOGITS)[1:]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "sure"),
        (0.9, "sure"),
        (0.89, "fairly sure"),
        (0.7, "fairly sure"),
        (0.69, "doubtful"),
        (0.5, "doubtful"),
        (0.49, "not sure"),
        (0.2, "not sure"),
    ],
)
def test_low_confidence_is_said_in_words(share, words):
    line, *_ = answer_lines([0.0] * 10, [(1 - share) / 9] * 3 + [share] + [(1 - share) / 9] * 6)
    assert line == f"The network is **{words}**: it says 3, with {100 * share:.1f} %."


def test_of_ten_equal_digits_the_first_two_are_named():
    first, second, _ = answered([0.0] * 10)
    assert first == "The network is **not sure**: it says 0, with 10.0 %."
    assert second == "Second guess: **1**, with 10.0 %."


@settings(derandomize=True, max_examples=300, deadline=None)
@given(convolutions())
def test_padding_that_is_said_to_keep_the_size_keeps_it(case):
    layer, shape = case
    if "keeps the size:" in "".join(lesson_lines(layer, shape)):
        assert layer.output_shape(shape)[:2] == shape[:2]
