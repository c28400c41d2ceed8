"""Lessons 3 to 5: one filter slides, how big its output is, and many filters on many channels."""

from random import Random

import numpy as np

from cnnviz import workshop
from cnnviz.layers import Conv2D
from cnnviz.lessons.answers import Number, Shape
from cnnviz.lessons.lesson import Lesson, Question, Scene, Slider, Switch
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import factor, matrix, plain, products, shape, times, typed
from cnnviz.share import ConvolutionState
from cnnviz.window import explain
from cnnviz.wording import cost_lines, shape_lines

# ---- 3 -------------------------------------------------------------------------------------------

# A picture small enough to follow by head, with an edge that leans to the right.
LEANING = [
    [0, 0, 1, 3, 3],
    [0, 1, 3, 3, 2],
    [0, 1, 3, 2, 2],
    [1, 3, 3, 2, 0],
    [1, 3, 2, 0, 0],
]
ONE_FILTER = ConvolutionState(
    rows=5,
    columns=5,
    values=typed(np.array(LEANING)[..., np.newaxis]),
    filters=1,
    kernel_size=(3, 3),
    padding="valid",
    activation="linear",
    kernels=(("sobel_x",),),
    bias=(1.0,),
)


def _one_filter_text() -> tuple[str, ...]:
    cells = 3 * 3
    return (
        "Lay the filter on the picture. Multiply each weight by the number under it, add up the "
        f"products, add the bias: **wᵀx + b**, with the {cells} weights and the {cells} numbers of "
        "the window each written as one column. That is **one output cell**. Slide on and repeat.",
        "The filter is laid on as it is. Mathematics calls this a **cross-correlation**; its "
        "*convolution* turns the filter by 180° first. A network learns its weights, so it can "
        "do without the turn. Flip the filter and compare.",
    )


def _one_filter_scene(state: LessonsState) -> Scene:
    return Scene(
        ConvolutionState(**{**vars(ONE_FILTER), "flip": bool(state.flip)}),
        ("Point at an output cell: the sum is written out below.",),
    )


def _one_filter_question(numbers: Random) -> Question:
    while True:
        picture = np.array([[numbers.randint(0, 4) for _ in range(4)] for _ in range(3)])
        weights = np.array([numbers.sample((-2, -1, 0, 1, 2, 3), 2) for _ in range(2)])
        bias, row, column = numbers.randint(-3, 3), numbers.randint(0, 1), numbers.randint(0, 2)
        state = ConvolutionState(
            rows=3,
            columns=4,
            values=typed(picture[..., np.newaxis]),
            filters=1,
            kernel_size=(2, 2),
            padding="valid",
            activation="linear",
            weights=typed(weights[..., np.newaxis, np.newaxis]),
            bias=(float(bias),),
            pin=(row, column, 0),
        )
        image, kernel = workshop.matrix_of(state), weights[..., np.newaxis, np.newaxis]
        layer, place = workshop.layer_of(state), {"row": row, "column": column, "filter": 0}
        cell = explain(image, kernel, [bias], layer, **place)
        turned = explain(image, kernel[::-1, ::-1], [bias], layer, **place)
        # every mistake gives another number: turned round, without the bias, a cell beside it
        beside = explain(image, kernel, [bias], layer, **{**place, "row": 1 - row})
        if bias and (weights < 0).any() and cell.output not in (turned.output, beside.output):
            break
    window = f"rows {row}–{row + 1}, columns {column}–{column + 1}"
    return Question(
        f"The filter below has the bias **{plain(bias)}**. Stride 1, no padding. Which number "
        f"stands in **output[{row}, {column}]**? Rows and columns count from 0.",
        Number(cell.output),
        (
            f"output[{row}, {column}] reads {window} of the picture.",
            f"{products(cell)} = {plain(float(cell.channel_sums[0]))}",
            f"{plain(float(cell.channel_sums[0]))} + bias {factor(bias)} = "
            f"**{plain(cell.output)}**",
        ),
        given=(matrix("picture", picture), matrix("filter", weights)),
        scene=lambda: Scene(state, (f"output[{row}, {column}] is pinned.",)),
    )


ONE_FILTER_SLIDES = Lesson(
    "One filter slides",
    _one_filter_text,
    _one_filter_scene,
    _one_filter_question,
    start={"flip": False},
    controls=lambda _: (Switch("flip", "flip the filter"),),
)


# ---- 4 -------------------------------------------------------------------------------------------

PICTURE, FILTER = (32, 32, 1), 5


def _size_text() -> tuple[str, ...]:
    height, span = PICTURE[0], FILTER
    fits, rest = Conv2D(1, span), Conv2D(1, span, strides=2)
    (one, _), (two, _) = fits.axes(PICTURE), rest.axes(PICTURE)
    room = height - span
    return (
        "A filter of F rows can stand at H − F + 1 places of H rows. With stride S it takes every "
        f"S-th: **(H − F) / S + 1**. For H = {height}, F = {span}, S = 1: "
        f"({height} − {span}) / 1 + 1 = **{one.output}**.",
        f"If S does not divide H − F, **round down**: with S = 2, ({height} − {span}) / 2 = "
        f"{room / 2}, so {room // 2} + 1 = **{two.output}**, and the last row and column are never "
        "read. That is legal; nothing is added for it.",
    )


def _size_scene(state: LessonsState) -> Scene:
    assert state.kernel_size is not None
    assert state.strides is not None
    return _on_digit(PICTURE[0], state.kernel_size, state.strides)


def _on_digit(side: int, kernel_size: int, stride: int) -> Scene:
    state = ConvolutionState(
        input="sample",
        sample="digit",
        side=side,
        filters=1,
        kernel_size=(kernel_size, kernel_size),
        strides=(stride, stride),
        padding="valid",
        activation="linear",
        kernels=(("box_blur",),),
    )
    return Scene(state, tuple(shape_lines(workshop.layer_of(state), (side, side, 1))[:1]))


def _size_question(numbers: Random) -> Question:
    stride, span = numbers.randint(2, 5), numbers.randint(2, 9)
    rest = numbers.choice((0, *range(stride)))
    # more rows than the lesson's picture has, and a number of places that can be counted
    height = span + stride * numbers.randint(34 // stride, 110 // stride) + rest
    layer = Conv2D(1, span, strides=stride)
    axis, _ = layer.axes((height, height, 1))
    room = height - span
    division = f"({height} − {span}) / {stride} = {plain(round(room / stride, 2))}"
    whole = room % stride == 0
    return Question(
        f"A picture has **{height} × {height}** cells. A filter of **{span} × {span}** slides over "
        f"it with stride **{stride}**, without padding. How many rows does the output have?",
        Number(axis.output),
        (
            f"(H − F) / S + 1 with H = {height}, F = {span}, S = {stride}.",
            division
            + ("." if whole else f", rounded down {room // stride}: the last rows are never read."),
            f"{room // stride} + 1 = **{axis.output}**",
        ),
        scene=lambda: _on_digit(height, span, stride),
    )


HOW_BIG = Lesson(
    "How big is the output?",
    _size_text,
    _size_scene,
    _size_question,
    start={"kernel_size": FILTER, "strides": 1},
    controls=lambda _: (Slider("kernel_size", 1, 11), Slider("strides", 1, 8)),
)


# ---- 5 -------------------------------------------------------------------------------------------

IN_COLOUR, SIX = (32, 32, 3), 6
# Three of people and three as Keras starts them, with another kernel for each channel.
SIX_KERNELS = (
    *(("sobel_x",), ("sobel_y",), ("box_blur",)),
    *(("he_normal-1",), ("he_normal-2",), ("he_normal-3",)),
)


def _many_text() -> tuple[str, ...]:
    layer = Conv2D(SIX, FILTER)
    height, width, channels, filters = layer.kernel_shape(IN_COLOUR[2])
    each = layer.parameter_count(channels) // filters - 1
    output = layer.output_shape(IN_COLOUR)
    return (
        f"A filter reads **all** channels. On RGB a {height} × {width} filter is a stack of "
        f"{channels} **kernels**, {times((height, width, channels))}: {each} weights and one bias. "
        f"Each kernel meets its own channel, and the {channels} results are **summed**, not "
        "averaged, into one number. So one filter makes one map, however many channels it reads.",
        f"The maps of {filters} filters are **stacked**, and become the channels of the output: "
        f"{times(IN_COLOUR)} → **{times(output)}**.",
    )


def _many_scene(state: LessonsState) -> Scene:
    assert state.filters is not None
    return _on_balloons(IN_COLOUR[0], state.filters, FILTER)


def _on_balloons(side: int, filters: int, kernel_size: int) -> Scene:
    state = ConvolutionState(
        input="sample",
        sample="balloons",
        side=side,
        colour="rgb",
        filters=filters,
        kernel_size=(kernel_size, kernel_size),
        padding="valid",
        activation="linear",
        kernels=SIX_KERNELS,
    )
    layer, picture = workshop.layer_of(state), (side, side, 3)
    return Scene(
        state,
        (
            f"{times(picture)} → **{times(layer.output_shape(picture))}**. "
            f"{cost_lines(layer, picture)[0]}",
        ),
    )


def _many_question(numbers: Random) -> Question:
    side, filters = numbers.choice((20, 24, 28, 36, 40, 48)), numbers.choice((2, 4, 8, 10, 12, 16))
    span = numbers.choice((3, 7, 9))
    picture, layer = (side, side, 3), Conv2D(filters, span)
    output = layer.output_shape(picture)
    return Question(
        f"**{filters} filters** of {span} × {span} × 3 slide over a picture of "
        f"**{times(picture)}**, stride 1, no padding. What is the shape of the output?",
        Shape(output, ("height", "width", "channels")),
        (
            f"Rows and columns: ({side} − {span}) / 1 + 1 = {output[0]}.",
            f"Each filter sums over the 3 channels and makes one map; {filters} filters make "
            f"{output[2]}.",
            f"**{shape(output)}**",
        ),
        scene=lambda: _on_balloons(side, filters, span),
    )


MANY_FILTERS = Lesson(
    "Many filters, many channels",
    _many_text,
    _many_scene,
    _many_question,
    start={"filters": SIX},
    controls=lambda _: (Slider("filters", 1, 16),),
)
