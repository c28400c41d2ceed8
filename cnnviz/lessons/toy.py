"""Lesson 11: the toy picture, three filters, and weights of a wrong shape."""

from dataclasses import replace
from functools import lru_cache
from random import Random

import numpy as np

from cnnviz import workshop
from cnnviz.layers import Conv2D, LayerError
from cnnviz.lessons.answers import Shape
from cnnviz.lessons.lesson import Control, Lesson, Options, Question, Refusal, Scene
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import plain, shape, typed
from cnnviz.share import ConvolutionState
from cnnviz.window import explain
from cnnviz.wording import shape_lines

PICTURE = (3, 3, 1)
THREE = (1.0, 10.0, -1.0)  # what the ones of each filter are multiplied by
TOY = ConvolutionState(
    preset="ones",
    rows=3,
    columns=3,
    filters=1,
    kernel_size=(2, 2),
    padding="valid",
    activation="linear",
    use_bias=False,
    kernels=(("ones",),),
)


def _state(preset: str, padding: str, filters: int) -> ConvolutionState:
    state = replace(TOY, preset=preset, padding=padding, filters=filters)
    if filters == 1:
        return state
    return replace(state, weights=typed(np.ones((2, 2, 1, 1)) * np.array(THREE)), kernels=())


def _cells(state: ConvolutionState) -> list[list[float]]:
    layer, image = workshop.layer_of(state), workshop.matrix_of(state)
    kernel = workshop.kernel_of(state, layer, 1)
    height, width, _ = layer.output_shape(PICTURE)
    return [
        [
            explain(image, kernel, None, layer, row=row, column=column, filter=0).output
            for column in range(width)
        ]
        for row in range(height)
    ]


def _text() -> tuple[str, ...]:
    (four, *_), *_ = _cells(_state("ones", "valid", 1))
    same = _cells(_state("ones", "same", 1))
    layer = workshop.layer_of(_state("ones", "same", 3))
    output = (1, *layer.output_shape(PICTURE))
    return (
        f"3 × 3 ones, and a filter of 2 × 2 ones. `valid` makes four cells of {plain(four)}. "
        "`same` makes nine: it adds a row of zeros below and a column to the right, and there the "
        f"sums are {plain(same[2][0])}, in the corner {plain(same[2][2])}.",
        f"Three filters make three maps: **{shape(output)}**. Their weights are one array: "
        f"rows, columns, channels read, filters, here **{shape(layer.kernel_shape(1))}**. In any "
        "other shape they are refused: try it.",
    )


def _shapes(filters: int) -> dict[str, tuple[int, ...]]:
    return {
        "right": (2, 2, 1, filters),
        "rgb": (2, 2, 3, filters),
        "first": (filters, 1, 2, 2),
        "flat": (2, 2),
    }


WHY = {
    "rgb": "These are weights for a picture with three channels; this one has one.",
    "first": "PyTorch puts the filters first. TensorFlow and Keras put them last.",
    "flat": "One kernel is no stack of filters yet: the channel and the filter have an axis, too, "
    "even where there is one of each.",
}


def mended(filters: int) -> str:
    """Write what makes one kernel weights of so many filters.

    Examples
    --------
    >>> mended(3)
    'tf.repeat(weights[:, :, tf.newaxis, tf.newaxis], 3, axis=3)'
    """
    with_axes = "weights[:, :, tf.newaxis, tf.newaxis]"
    return with_axes if filters == 1 else f"tf.repeat({with_axes}, {filters}, axis=3)"


def _scene(state: LessonsState) -> Scene:
    assert state.preset is not None
    assert state.padding is not None
    assert state.filters is not None
    assert state.weights is not None
    shown = _state(state.preset, state.padding, state.filters)
    layer = workshop.layer_of(shown)
    if state.weights == "right":
        return Scene(shown, (shape_lines(layer, PICTURE)[-1],))
    given = _shapes(state.filters)[state.weights]
    wrong = np.ones(given, np.float32)
    try:
        layer.check_arrays(PICTURE, given, None)
    except LayerError as error:
        message = str(error)
    why = WHY[state.weights]
    if state.weights == "flat":
        why = f"{why} `{mended(state.filters)}` adds them."
    return Scene(
        replace(shown, weights=typed(wrong), kernels=()) if wrong.ndim == 4 else None,
        (f"**{shape(given)}** instead of {shape(layer.kernel_shape(1))}. {why}",),
        drawing=Refusal(message, keras_refusal(layer.filters, given)),
    )


@lru_cache(maxsize=16)
def keras_refusal(filters: int, given: tuple[int, ...]) -> str:
    """Give Keras weights of a wrong shape for the toy's layer, and return what it says.

    Examples
    --------
    >>> keras_refusal(3, (2, 2, 3, 3))
    'Layer conv2d weight shape (2, 2, 1, 3) is not compatible with provided weight shape (2, 2, 3,
    3).'
    """
    import keras

    layer = keras.layers.Conv2D(filters, 2, use_bias=False, name="conv2d")
    layer.build((1, *PICTURE))
    try:
        layer.set_weights([np.ones(given, np.float32)])
    except ValueError as error:
        return str(error)
    return ""


def _controls(state: LessonsState) -> tuple[Control, ...]:
    shapes = {name: shape(axes) for name, axes in _shapes(state.filters or 1).items()}
    return (
        Options("preset", {"ones": "all ones", "counting": "1 to 9"}, "picture"),
        Options("padding", {"valid": "valid", "same": "same"}),
        Options("filters", {1: "one", 3: "three"}),
        Options("weights", shapes, "shape of the weights"),
    )


def _ask(numbers: Random) -> Question:
    rows, columns = numbers.sample((2, 3, 4, 5, 7), 2)
    channels, filters = numbers.sample((2, 3, 4, 6, 8, 10), 2)
    picture = (1, numbers.choice((12, 20, 28)), numbers.choice((16, 24, 32)), channels)
    layer = Conv2D(filters, (rows, columns))
    needed = layer.kernel_shape(channels)
    return Question(
        f"`Conv2D({filters}, ({rows}, {columns}))` reads a picture of shape "
        f"**{shape(picture)}**. What shape must its weights have?",
        Shape(needed, ("rows", "columns", "channels read", "filters")),
        (
            f"The kernel_size is ({rows}, {columns}): {rows} rows and {columns} columns.",
            f"Each filter reads all {channels} channels of the picture; there are {filters} "
            "filters.",
            f"(rows, columns, channels read, filters) = **{shape(needed)}**. The size of the "
            "picture does not come into it.",
        ),
    )


LESSON = Lesson(
    "A toy picture, checked by head",
    _text,
    _scene,
    _ask,
    start={"preset": "ones", "padding": "same", "filters": 1, "weights": "right"},
    controls=_controls,
)
