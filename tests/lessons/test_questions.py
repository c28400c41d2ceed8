"""What the lessons ask; every answer is worked out again here, from the question's own words."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from cnnviz import workshop
from cnnviz.lessons import LESSONS, Choice, LessonsState, Number, Shape, judge, next_seed
from tests import reference
from tests.lessons.opened import NUMBERS, computed, lesson, picture, scene, written

SEEDS = range(40)


def question(number, seed):
    return lesson(number).question(seed)


def integers(pattern, text):
    found = re.search(pattern, text.replace("**", "").replace("`", ""))
    assert found, (pattern, text)
    return [int(group.replace(",", "")) for group in found.groups()]


def starts(size, span, stride=1, padding="valid", dilation=1):
    return len(reference.window_starts(size, span, stride, dilation, padding))


def parameters(asked):
    filters, rows, columns, _, _, channels = integers(
        r"(\d+) filters of (\d+) × (\d+).* (\d+) × (\d+) × (\d+) output", asked.text
    )
    return filters * (rows * columns * channels + 1)


def tensor_shape(asked):
    shape, code = re.search(r"shape \*\*(\(.+?\))\*\*.*of `(.+?)`", asked.text).groups()
    image = np.zeros([int(size) for size in re.findall(r"\d+", shape)])
    tf = SimpleNamespace(newaxis=None, transpose=np.transpose)
    return eval(code, {"tf": tf, "image": image}).shape


def one_cell(asked):
    row, column = integers(r"output\[(\d+), (\d+)\]", asked.text)
    bias = int(re.search(r"bias \*\*(.+?)\*\*", asked.text)[1].replace("−", "-"))
    picture, weights = (matrix.values for matrix in asked.given)
    output = reference.convolve(
        [[[value] for value in line] for line in picture],
        [[[[weight]] for weight in line] for line in weights],
        [bias],
        strides=(1, 1),
        padding="valid",
        dilation_rate=(1, 1),
        groups=1,
        activation="linear",
    )
    return output[row][column][0]


def output_rows(asked):
    height, _, span, _, stride = integers(
        r"has (\d+) × (\d+) cells.*filter of (\d+) × (\d+).*stride (\d+)", asked.text
    )
    return starts(height, span, stride)


def many_maps(asked):
    filters, span, _, depth, height, width, channels = integers(
        r"(\d+) filters of (\d+) × (\d+) × (\d+) slide .* of (\d+) × (\d+) × (\d+),", asked.text
    )
    assert depth == channels
    return starts(height, span), starts(width, span), filters


KERNELS = {
    "box_blur": [[1, 1, 1]] * 3,
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
}


def blind_filter(asked):
    patch = np.array(asked.given[0].values)
    (silent,) = (name for name, kernel in KERNELS.items() if (patch * kernel).sum() == 0)
    return silent


def rows_never_read(asked):
    last, span, stride = integers(
        r"rows 0 to (\d+)\..*with (\d+) rows .* strides of (\d+)", asked.text
    )
    read = {
        row + k
        for row in reference.window_starts(last + 1, span, stride, 1, "valid")
        for k in range(span)
    }
    return len(set(range(last + 1)) - read)


def zeros_below(asked):
    size, span, stride = integers(r"has (\d+) rows.*has (\d+) rows.*stride is (\d+)", asked.text)
    return reference.pad_amounts(size, span, stride, 1, "same")[1]


def silent_cells(asked):
    return sum(
        reference.activate(value, "relu") == 0 for line in asked.given[0].values for value in line
    )


def conv2d_shape(asked):
    code, shape = re.search(r"`Conv2D\((.+?)\)` reads .* \*\*\((.+?)\)\*\*", asked.text).groups()
    filters, span, *named = code.split(", ")
    options = dict(part.split("=") for part in named)
    batch, *axes = map(int, shape.split(", "))
    first = options.pop("data_format", "") == '"channels_first"'
    height, width = axes[1:] if first else axes[:2]
    rows, columns = (
        starts(
            size,
            int(span),
            int(options.get("strides", 1)),
            options["padding"].strip('"'),
            int(options.get("dilation_rate", 1)),
        )
        for size in (height, width)
    )
    maps = int(filters)
    return (batch, maps, rows, columns) if first else (batch, rows, columns, maps)


def weights_shape(asked):
    filters, rows, columns, _, _, _, channels = integers(
        r"Conv2D\((\d+), \((\d+), (\d+)\)\) .* \((\d+), (\d+), (\d+), (\d+)\)", asked.text
    )
    return rows, columns, channels, filters


def pooled_cell(asked):
    pooled = reference.max_pool if "max pooling" in asked.text else reference.average_pool
    row, column = integers(r"output\[(\d+), (\d+)\]", asked.text)
    plane = [[[value] for value in line] for line in asked.given[0].values]
    return pooled(plane, (2, 2), (2, 2), "same")[row][column][0]


def two_layers(asked):
    batch, side, _, _, filters, window = integers(
        r"shape \((\d+), (\d+), (\d+), (\d+)\).* (\d+) filters .* pooling, (\d+) ×", asked.text
    )
    padding = re.search(r"3 × 3, stride 2, `(\w+)`", asked.text)[1]
    maps = starts(starts(side, 3, 2, padding), window, window, "same")
    return batch, maps, maps, filters


def dense_parameters(asked):
    height, width, maps, classes = integers(
        r"of (\d+) × (\d+) × (\d+) are flattened.* gives (\d+) sums", asked.text
    )
    return sum(1 for _ in range(classes) for _ in range(height * width * maps + 1))


WORKED_OUT = {
    1: parameters,
    2: tensor_shape,
    3: one_cell,
    4: output_rows,
    5: many_maps,
    6: blind_filter,
    7: rows_never_read,
    8: zeros_below,
    9: silent_cells,
    10: conv2d_shape,
    11: weights_shape,
    12: pooled_cell,
    13: two_layers,
    14: dense_parameters,
}


@pytest.mark.parametrize("number", NUMBERS)
def test_the_answer_to_every_question_is_right(number):
    for seed in range(200):
        asked = question(number, seed)
        assert asked.kind.correct == WORKED_OUT[number](asked), asked.text


@pytest.mark.parametrize("number", NUMBERS)
def test_a_question_can_be_answered_and_its_arithmetic_ends_in_the_answer(number):
    for seed in SEEDS:
        asked = question(number, seed)
        kind = asked.kind
        assert judge(kind, kind.write(kind.correct)).status == "right"
        if not isinstance(kind, Choice):
            assert kind.read(kind.shown(kind.correct)) == kind.correct
            assert f"**{kind.shown(kind.correct)}**" in " ".join(asked.arithmetic)
        assert "  " not in asked.text
        assert asked.text.count("**") % 2 == asked.text.count("`") % 2 == 0


@pytest.mark.parametrize("number", NUMBERS)
def test_the_same_seed_asks_the_same_and_new_numbers_ask_anew(number):
    state = LessonsState(lesson=number)
    again, other = question(number, 0), question(number, next_seed(state))
    first = question(number, 0)
    assert (first.text, first.given, first.kind) == (again.text, again.given, again.kind)
    assert (first.text, first.given) != (other.text, other.given)
    assert type(first.kind) is type(other.kind)


@pytest.mark.parametrize("number", NUMBERS)
def test_answers_differ_from_seed_to_seed(number):
    answers = {question(number, seed).kind.correct for seed in range(60)}
    assert len(answers) >= 3


@pytest.mark.parametrize("number", NUMBERS)
def test_a_question_is_not_about_the_numbers_that_the_lesson_shows(number):
    shown = " ".join(scene(number).lines)
    for seed in SEEDS:
        kind = question(number, seed).kind
        if isinstance(kind, Shape):
            assert kind.shown(kind.correct) not in shown
            assert kind.shown(kind.correct) not in written(number)


def test_a_question_of_each_kind_is_asked():
    kinds = {type(each.question(0).kind) for each in LESSONS}
    assert kinds == {Number, Shape, Choice}


def answer_on_stage(number, shown):
    """Read the answer off what the question's scene puts on the stage."""
    output = computed(shown.state)
    if number in (3, 12):
        row, column, filter = shown.state.pin
        return output[row, column, filter]
    if number == 4:
        return output.shape[0]
    if number == 5:
        return output.shape
    if number == 6:
        (silent,) = np.flatnonzero(output[0, 0] == 0)
        return shown.state.kernels[silent][0]
    layer = workshop.layer_of(shown.state)
    axis, _ = layer.axes(picture(shown.state).shape)
    return {7: len(axis.never_read), 8: axis.after, 9: int((output == 0).sum())}[number]


@pytest.mark.parametrize("number", [3, 4, 5, 6, 7, 8, 9, 12])
def test_the_stage_shows_the_answer_once_it_may(number):
    for seed in range(12):
        asked = question(number, seed)
        assert answer_on_stage(number, asked.scene()) == pytest.approx(asked.kind.correct)
