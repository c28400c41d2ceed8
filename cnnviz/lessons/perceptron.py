"""Lesson 1: what sharing weights and looking locally buys."""

from collections.abc import Sequence
from random import Random

from cnnviz.layers import Conv2D
from cnnviz.lessons.answers import Number
from cnnviz.lessons.lesson import Control, Growth, Lesson, Question, Scene, Slider
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import plain, times
from cnnviz.share import ConvolutionState

Size = tuple[int, int, int]
PICTURES: tuple[Size, ...] = ((28, 28, 1), (32, 32, 3), (224, 224, 3))
MOST_IN_WORKSHOP = 16  # filters


def _dense(neurons: int, picture: Size) -> Conv2D:
    # A neuron that reads the whole picture is a filter as large as the picture.
    return Conv2D(neurons, picture[:2])


def _growth(pictures: Sequence[Size], filters: int, kernel_size: int) -> Growth:
    layer = Conv2D(filters, kernel_size, padding="same")
    unit = "neuron" if filters == 1 else "neurons"
    return Growth(
        tuple(map(times, pictures)),
        {
            "Dense, as many outputs as the Conv2D": tuple(
                layer.dense_parameter_count(picture) for picture in pictures
            ),
            f"Dense, {filters} {unit}": tuple(
                _dense(filters, picture).parameter_count(picture[2]) for picture in pictures
            ),
            f"Conv2D, {filters} {'filter' if filters == 1 else 'filters'} "
            f"of {times(layer.kernel_size)}": tuple(
                layer.parameter_count(picture[2]) for picture in pictures
            ),
        },
    )


def _text() -> tuple[str, ...]:
    weights = [_dense(1, picture).parameter_count(picture[2]) - 1 for picture in PICTURES]
    sizes = [times(picture) for picture in PICTURES]
    (first, second, third), (small, colour, large) = map(plain, weights), sizes
    return (
        "A perceptron layer, `Dense` in Keras, joins each neuron to every number of the "
        f"picture. That is **{first}** weights a neuron on {small}, **{second}** on "
        f"{colour} and **{third}** on {large}.",
        "A convolution **looks locally**: an output reads one small window. And it **shares its "
        "weights**: every window is read with the same filter. So it needs few weights, "
        "however large the picture, and what it has learned to find in one place it finds "
        "everywhere.",
    )


def _scene(state: LessonsState) -> Scene:
    assert state.filters is not None
    assert state.kernel_size is not None
    return Scene(
        ConvolutionState(
            input="mnist",
            filters=min(MOST_IN_WORKSHOP, state.filters),
            kernel_size=(state.kernel_size, state.kernel_size),
        ),
        _words(state.filters),
        drawing=_growth(PICTURES, state.filters, state.kernel_size),
    )


def _words(filters: int) -> tuple[str, ...]:
    axis = (
        "**Parameters**, weights and biases. From one number of the axis to the next it is a "
        "thousand times more."
    )
    if filters <= MOST_IN_WORKSHOP:
        return (axis,)
    return (axis, f"The workshop opens with {MOST_IN_WORKSHOP} filters: it has no more.")


def _controls(_state: LessonsState) -> tuple[Control, ...]:
    return (
        Slider("filters", 1, 64, label="filters, or neurons"),
        Slider("kernel_size", 1, 11),
    )


def _ask(numbers: Random) -> Question:
    # Channels that no picture of the chart has, so that its bars do not tell.
    side, channels = numbers.choice((14, 20, 48, 56, 64)), numbers.choice((2, 4, 5, 10))
    picture = (side, side, channels)
    filters, kernel_size = numbers.choice((4, 10, 12, 20)), numbers.choice((3, 5, 7))
    layer = Conv2D(filters, kernel_size, padding="same")
    weights = layer.parameter_count(channels) // filters - 1
    count = layer.parameter_count(channels)
    dense = layer.dense_parameter_count(picture)
    return Question(
        f"A layer has {filters} filters of {times(layer.kernel_size)}, each with one bias. It "
        f"reads the {times(picture)} output of another layer, all {channels} channels. How many "
        "parameters does it have, weights and biases together?",
        Number(count),
        (
            f"Each filter: {kernel_size} · {kernel_size} · {channels} = {weights} weights, "
            "and 1 bias.",
            f"{filters} filters: {filters} · ({weights} + 1) = **{plain(count)}**.",
            f"The {side} × {side} do not come into it. A Dense layer with as many outputs would "
            f"have {plain(dense)} parameters.",
        ),
        scene=lambda: Scene(
            None,
            (f"**Parameters**, with {times(picture)} among the pictures",),
            drawing=_growth((*PICTURES[:2], picture, PICTURES[2]), filters, kernel_size),
        ),
    )


LESSON = Lesson(
    "Why not a plain perceptron?",
    _text,
    _scene,
    _ask,
    start={"filters": 8, "kernel_size": 3},
    controls=_controls,
    needs_tensorflow=False,
)
