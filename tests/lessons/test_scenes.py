"""What the lessons show: the numbers of the issue, on the stage and in charts."""

import inspect
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz import mnist, workshop
from cnnviz.classifier import load
from cnnviz.images import read_image
from cnnviz.layers import ACTIVATIONS
from cnnviz.lessons import own_picture
from cnnviz.lessons.arguments import TABLE
from cnnviz.lessons.lesson import Digits, Growth, Patch, Pictures, Refusal
from cnnviz.lessons.progress import ARGUMENTS
from cnnviz.share import decode, encode
from tests import reference
from tests.lessons.opened import NUMBERS, computed, lesson, picture, scene


@pytest.mark.parametrize("number", NUMBERS)
def test_what_a_lesson_shows_is_a_link_to_a_workshop(number):
    for seed in range(3):
        asked = lesson(number).question(seed)
        scenes = [scene(number), *([asked.scene()] if asked.scene else [])]
        for shown in scenes:
            if shown.state is None:
                assert shown.drawing is not None
                continue
            link = encode(shown.state)
            assert link.left_out == ()
            assert decode(type(shown.state), link.query) == (shown.state, ())


def test_lesson_1_compares_dense_layers_with_a_convolution():
    growth = scene(1).drawing
    assert isinstance(growth, Growth)
    assert growth.pictures == ("28 × 28 × 1", "32 × 32 × 3", "224 × 224 × 3")
    same_output, neurons, convolution = growth.parameters.values()
    assert convolution == (8 * (9 + 1), 8 * (27 + 1), 8 * (27 + 1))
    assert neurons == (8 * 785, 8 * 3073, 8 * 150_529)
    cells = (28 * 28 * 8, 32 * 32 * 8, 224 * 224 * 8)
    assert same_output == tuple(
        n * size for n, size in zip(cells, (785, 3073, 150_529), strict=True)
    )
    more = scene(1, filters=16).drawing
    assert list(more.parameters.values())[2][0] == 160


def test_the_question_of_lesson_1_stands_among_the_pictures_of_the_chart():
    asked = lesson(1).question(0)
    growth = asked.scene().drawing
    assert asked.kind.correct in list(growth.parameters.values())[2]
    assert asked.kind.correct not in list(scene(1).drawing.parameters.values())[2]


@pytest.mark.parametrize("colour", ["grey", "rgb"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_lesson_2_writes_the_numbers_of_the_picture(colour, data_format):
    shown = scene(2, colour=colour, data_format=data_format, row=4, column=6)
    patch = shown.drawing
    assert isinstance(patch, Patch)
    for channel, (_, rows) in enumerate(patch.written):
        for i, line in enumerate(rows):
            for j, text in enumerate(line):
                value = patch.pixels[patch.row + i, patch.column + j, channel]
                assert int(text) == pytest.approx(255 * value)
    channels = 1 if colour == "grey" else 3
    side = 28 if colour == "grey" else 32
    shape = (
        (1, side, side, channels) if data_format == "channels_last" else (1, channels, side, side)
    )
    assert f"**{shape}**" in shown.lines[0]
    marked = patch.written[0][1][patch.marked[0]][patch.marked[1]]
    assert f"= {marked}." in shown.lines[1]


def test_lesson_2_normalises():
    (_, rows), *_ = scene(2, scale="1").drawing.written
    assert {float(text) <= 1 for line in rows for text in line} == {True}
    assert "249 / 255 = **0.976**" in scene(2).lines[1]


def test_lesson_2_keeps_its_square_inside_the_picture():
    for colour, far in (("grey", 18), ("rgb", 27)):
        patch = scene(2, colour=colour, row=far, column=far).drawing
        assert (patch.row, patch.column) == (far, far)


def test_lesson_3_flips_on_request():
    straight, flipped = computed(scene(3).state), computed(scene(3, flip=True).state)
    np.testing.assert_allclose(straight - 1, -(flipped - 1))  # sobel turned by 180 degrees


@pytest.mark.parametrize(("strides", "rows"), [(1, 28), (2, 14), (3, 10), (8, 4)])
def test_lesson_4_shows_28_rows_and_rounds_down(strides, rows):
    assert computed(scene(4, strides=strides).state).shape == (rows, rows, 1)


def test_lesson_5_makes_six_maps_of_an_rgb_picture():
    state = scene(5).state
    assert picture(state).shape == (32, 32, 3)
    assert computed(state).shape == (28, 28, 6)
    kernel = workshop.kernel_of(state, workshop.layer_of(state), 3)
    assert kernel.shape == (5, 5, 3, 6)
    assert not np.array_equal(kernel[:, :, 0, 3], kernel[:, :, 1, 3])


@pytest.mark.parametrize("operator", ["gaussian", "sobel_x", "sobel_y", "outline"])
def test_lesson_6_lays_a_filter_on_the_sample_or_on_the_learners_picture(operator):
    assert computed(scene(6, operator=operator).state).shape == (62, 62, 1)
    mine = own_picture(np.tri(40, 30, dtype=np.float32)[..., np.newaxis])
    state = scene(6, operator=operator, picture=mine).state
    np.testing.assert_array_equal(picture(state)[..., 0], np.tri(40, 30))


def test_lesson_6_says_so_when_weak_edges_would_have_to_be_stronger_than_strong_ones():
    assert len(scene(6, operator="canny", low=0.2, high=0.2).lines) == 1
    counted, said = scene(6, operator="canny", low=0.9, high=0.2).lines
    assert "0 of the 0 weak ones" in counted
    assert said.startswith("Weak begins above strong")


def test_lesson_6_shows_canny_step_by_step():
    steps = scene(6, operator="canny").drawing
    assert isinstance(steps, Pictures)
    names = [name for name, _ in steps.steps]
    assert names[:4] == ["picture", "blurred", "strength √(x² + y²)", "thinned"]
    assert {values.shape for _, values in steps.steps} == {(64, 64)}


def test_the_learners_picture_is_grey_small_and_a_picture():
    wide = np.random.default_rng(1).random((100, 128, 3)).astype(np.float32)
    data = own_picture(wide)
    assert len(data) <= 2_000
    assert read_image(data, max_side=1024).shape[:2] == (50, 64)
    assert own_picture(np.ones((20, 20, 1), np.float32)) is None
    assert own_picture(np.arange(400, dtype=np.float32).reshape(20, 20, 1)) is None


def test_lesson_7_and_8_show_what_their_texts_say():
    assert computed(scene(7).state).shape == (3, 3, 1)
    assert "row 6 and column 6 are never read" in scene(7, strides=3).lines[0]
    assert computed(scene(8).state).shape == (7, 7, 1)
    assert workshop.layer_of(scene(8).state).padding_amounts((7, 7, 1)) == ((1, 2), (1, 2))
    halves = scene(8, padding="explicit", pad=2, kernel_size=5)
    assert computed(halves.state).shape == (7, 7, 1)
    assert "(F − 1) / 2 = 2 cells" in halves.notes[0]
    assert computed(scene(8, padding="valid").state).shape == (4, 4, 1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_lesson_9_shows_every_activation(activation):
    before, after = (computed(scene(9, activation=name).state) for name in ("linear", activation))
    expected = [reference.activate(float(value), activation) for value in before.ravel()]
    np.testing.assert_allclose(after.ravel(), expected, atol=1e-5)


# ---- lesson 10 -----------------------------------------------------------------------------------


def test_the_arguments_are_those_of_keras_with_its_defaults():
    signature = inspect.signature(keras.layers.Conv2D.__init__).parameters
    named = [name for name in signature if name not in {"self", "kwargs"}]
    assert list(ARGUMENTS) == list(TABLE) == named
    for name, argument in TABLE.items():
        default = signature[name].default
        wanted = f'"{default}"' if isinstance(default, str) else str(default)
        assert argument.default == ("required" if default is inspect.Parameter.empty else wanted)


CHANGES = {
    "filters": {"filters": 5},
    "kernel_size": {"kernel_size": 5},
    "strides": {"strides": 3},
    "padding": {"padding": "valid"},
    "data_format": {"data_format": "channels_first"},
    "dilation_rate": {"dilation_rate": 3},
    "groups": {"groups": 1},
    "activation": {"activation": "tanh"},
    "use_bias": {"use_bias": False},
    "kernel_initializer": {"kernel_initializer": "he_normal"},
    "bias_initializer": {"bias_initializer": "ones"},
    "kernel_regularizer": {"regularizer": "l1"},
    "bias_regularizer": {"regularizer": "l1"},
    "activity_regularizer": {"regularizer": "l1"},
    "kernel_constraint": {"constraint": "unit_norm"},
    "bias_constraint": {"constraint": "max_norm"},
}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_each_argument_has_a_sentence_and_a_control_that_changes_what_is_shown(argument):
    before = scene(10, argument=argument)
    assert before.lines[0].startswith(f"**`{argument}`**")
    names = [control.name for control in TABLE[argument].controls]
    assert set(CHANGES[argument]) <= set(names)
    after = scene(10, argument=argument, **CHANGES[argument])
    assert (before.state, before.notes) != (after.state, after.notes)
    computed(after.state)


def test_a_penalty_is_keras_and_can_be_added_up():
    kernel = workshop.kernel_of(*_base(), 1)
    (line,) = scene(10, argument="kernel_regularizer").notes
    assert f"= **{0.01 * float((kernel**2).sum()):g}**" in line
    (line,) = scene(10, argument="kernel_regularizer", regularizer="l1").notes
    assert f"= **{0.01 * float(np.abs(kernel).sum()):g}**" in line


def _base():
    state = scene(10).state
    return state, workshop.layer_of(state)


@pytest.mark.parametrize(
    ("constraint", "length"), [("none", 3.46), ("max_norm", 2), ("unit_norm", 1)]
)
def test_a_constraint_keeps_every_filter_to_its_length(constraint, length):
    state = scene(10, argument="kernel_constraint", constraint=constraint).state
    kernel = workshop.kernel_of(state, workshop.layer_of(state), 1)
    assert np.sqrt((kernel**2).sum(axis=(0, 1, 2)))[0] == pytest.approx(length, abs=0.01)


def test_non_negative_weights_have_none_below_0():
    state = scene(10, argument="kernel_constraint", constraint="non_neg").state
    assert workshop.kernel_of(state, workshop.layer_of(state), 1).min() == 0


def test_groups_that_do_not_divide_are_explained_by_cnnviz_and_by_keras():
    refusal = scene(10, argument="groups", groups=3).drawing
    assert refusal == Refusal(
        "groups is 3, but 4 filters do not divide into 3 equal groups. "
        "Use groups=1, or one that divides both filters and channels.",
        "The number of filters must be evenly divisible by the number of groups. "
        "Received: groups=3, filters=4.",
    )


# ---- lessons 11 to 14 ----------------------------------------------------------------------------

ONES = {"valid": [[4, 4], [4, 4]], "same": [[4, 4, 2], [4, 4, 2], [2, 2, 1]]}
COUNTED = {"valid": [[12, 16], [24, 28]], "same": [[12, 16, 9], [24, 28, 15], [15, 17, 9]]}


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("preset", "cells"), [("ones", ONES), ("counting", COUNTED)])
def test_lesson_11_computes_the_toy(preset, padding, cells):
    one = computed(scene(11, preset=preset, padding=padding).state)
    assert one[..., 0].tolist() == cells[padding]
    three = computed(scene(11, preset=preset, padding=padding, filters=3).state)
    for filter, factor in enumerate((1, 10, -1)):
        np.testing.assert_array_equal(three[..., filter], factor * np.array(cells[padding]))


def test_lesson_11_has_the_shape_1_3_3_3_for_three_filters():
    assert scene(11, filters=3).lines[-1].endswith("**(1, 3, 3, 3)**")


REFUSED = {
    "rgb": (
        "kernel has shape (2, 2, 3, 3), so each filter reads 3 channels, but the image has 1 "
        "(groups=1). Use a kernel of shape (2, 2, 1, 3), or an image with 3 channels.",
        "(2, 2, 3, 3)",
    ),
    "first": (
        "kernel has shape (3, 1, 2, 2), but a layer with kernel_size=(2, 2), filters=3 and "
        "groups=1 on 1 channel needs (2, 2, 1, 3). Use a kernel of shape (2, 2, 1, 3).",
        "(3, 1, 2, 2)",
    ),
    "flat": (
        "kernel has shape (2, 2), but a layer with kernel_size=(2, 2), filters=3 and "
        "groups=1 on 1 channel needs (2, 2, 1, 3). Use a kernel of shape (2, 2, 1, 3).",
        "(2, 2)",
    ),
}


@pytest.mark.parametrize("weights", REFUSED)
def test_lesson_11_explains_weights_of_a_wrong_shape(weights):
    message, given = REFUSED[weights]
    shown = scene(11, filters=3, weights=weights)
    assert shown.drawing == Refusal(
        message,
        f"Layer conv2d weight shape (2, 2, 1, 3) is not compatible with provided weight shape "
        f"{given}.",
    )
    assert shown.lines[0].startswith(f"**{given}** instead of (2, 2, 1, 3). ")


@pytest.mark.parametrize("filters", [1, 3])
def test_lesson_11_makes_a_stack_of_one_kernel_with_the_code_that_it_gives(filters):
    (code,) = re.findall("`(.+)`", scene(11, filters=filters, weights="flat").lines[0])
    weights = np.ones((2, 2), np.float32)
    stack = eval(code, {"tf": tf, "weights": weights})
    assert stack.shape == (2, 2, 1, filters)


def test_lesson_12_pools_its_corner_to_the_largest_negative():
    largest = computed(scene(12).state)[..., 0]
    assert largest.tolist() == [[4, 5, -2], [3, 4, -1], [-1, -2, -6]]
    mean = computed(scene(12, kind="average").state)[..., 0]
    assert mean[2].tolist() == [-2, -3, -6]
    assert computed(scene(12, padding="valid").state).shape == (2, 2, 1)


def test_lesson_13_takes_the_first_training_picture_through_both_layers():
    first, second = scene(13).state, scene(13, step="pooling").state
    data = mnist.load()
    np.testing.assert_array_equal(np.rint(255 * picture(first)[..., 0]), data.x_train[0])
    assert data.y_train[0] == 5
    assert (1, *computed(first).shape) == (1, 14, 14, 5)
    assert (1, *computed(second).shape) == (1, 7, 7, 5)
    assert first.strides == (2, 2)
    assert first.padding == second.padding == "same"
    assert second.convolution == first


@pytest.mark.parametrize("seed", [1, 7])
def test_lesson_13_draws_its_filters_from_a_normal_distribution(seed):
    state = scene(13, seed=seed).state
    assert set(state.kernels) == {(f"random_normal-{seed}-0.01",)}
    kernel = workshop.kernel_of(state, workshop.layer_of(state), 1)
    assert kernel.shape == (3, 3, 1, 5)
    assert kernel.std() == pytest.approx(0.01, rel=0.4)


def test_lesson_14_reads_lesson_13_with_weights_that_know_nothing():
    digits = scene(14).drawing
    assert isinstance(digits, Digits)
    np.testing.assert_allclose(digits.powers, np.exp(digits.logits), rtol=1e-6)
    np.testing.assert_allclose(digits.probabilities, digits.powers / digits.powers.sum(), rtol=1e-5)
    assert np.abs(digits.probabilities - 0.1).max() < 0.01
    assert "245 features" in scene(14).lines[0]


def test_lesson_14_ends_with_the_trained_network_which_reads_a_5():
    shown = scene(14, network="trained")
    five = mnist.load().x_train[0] / np.float32(255)
    prediction = load().predict(five)
    np.testing.assert_allclose(shown.drawing.probabilities, prediction.probabilities, atol=1e-6)
    assert shown.drawing.probabilities.argmax() == 5
    assert shown.lines[0] == "**The trained network**: a 5. MNIST says it is a 5."
