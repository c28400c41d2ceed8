"""Lesson 2: a picture is numbers, and how they are put before a network."""

from random import Random

import numpy as np
from numpy.typing import NDArray

from cnnviz import mnist
from cnnviz.drawing import sample
from cnnviz.lessons.answers import Shape
from cnnviz.lessons.lesson import Control, Lesson, Options, Patch, Question, Scene, Slider
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import plain, shape, times
from cnnviz.share import ConvolutionState

Bytes = NDArray[np.int_]

DIGIT = 0  # of MNIST's test pictures: a 7
SIDE = 32  # of the picture in colour
GREY_SIDE, RGB_SIDE = 10, 5  # of the square whose numbers are written
CHANNELS = {"grey": ("grey",), "rgb": ("red", "green", "blue")}
AXES = {
    "channels_last": ("batch", "height", "width", "channels"),
    "channels_first": ("batch", "channels", "height", "width"),
}
# How a picture becomes a tensor; `_tensor` does what these say.
CODE = {
    ("grey", "channels_last"): "image[tf.newaxis, ..., tf.newaxis]",
    ("grey", "channels_first"): "image[tf.newaxis, tf.newaxis]",
    ("rgb", "channels_last"): "image[tf.newaxis]",
    ("rgb", "channels_first"): "tf.transpose(image, (2, 0, 1))[tf.newaxis]",
}


def _image(colour: str) -> Bytes:
    """Return the picture as a file holds it: (28, 28) or (32, 32, 3), 0 to 255."""
    if colour == "rgb":
        return np.rint(sample("balloons", max_side=SIDE) * 255).astype(int)
    return np.asarray(mnist.load().x_test[DIGIT], int)


def _tensor(image: Bytes, data_format: str) -> Bytes:
    if image.ndim == 2:
        last = image[np.newaxis, ..., np.newaxis]
        return last if data_format == "channels_last" else image[np.newaxis, np.newaxis]
    turned = image if data_format == "channels_last" else image.transpose(2, 0, 1)
    return turned[np.newaxis]


def _text() -> tuple[str, ...]:
    grey, colour = _image("grey"), _image("rgb")
    tensor = _tensor(grey, "channels_last")
    last, first = (", ".join(axes) for axes in AXES.values())
    return (
        "A grey picture is a table of numbers from **0**, black, to **255**, white. Colour needs "
        f"three, red, green and blue: **{times(colour.shape)}**.",
        f"A network reads several pictures as one tensor **({last})**, or ({first}) with "
        "`channels_first`. Divided by 255, its numbers lie in **0..1**: easier to learn from.",
        f"A digit of MNIST has the shape {shape(grey.shape)}. "
        f"`{CODE['grey', 'channels_last']}` adds an axis in front for the batch and one behind for "
        f"the channel: {shape(grey.shape)} → **{shape(tensor.shape)}**.",
    )


def _scene(state: LessonsState) -> Scene:
    assert state.colour is not None
    assert state.row is not None
    assert state.column is not None
    assert state.data_format is not None
    image = _image(state.colour)
    names = CHANNELS[state.colour]
    side = GREY_SIDE if state.colour == "grey" else RGB_SIDE
    row, column = (
        min(at, size - side)
        for at, size in zip((state.row, state.column), image.shape[:2], strict=True)
    )
    planes = image.reshape(*image.shape[:2], len(names))
    square = planes[row : row + side, column : column + side]
    written = tuple(
        (
            name,
            tuple(tuple(_written(value, state.scale) for value in line) for line in square[..., k]),
        )
        for k, name in enumerate(names)
    )
    # the number in the middle of the square, and where it is in the tensor
    middle = (side // 2, side // 2)
    at = (0, row + middle[0], column + middle[1], 0)
    if state.data_format == "channels_first":
        at = (at[0], at[3], at[1], at[2])
    tensor = _tensor(image, state.data_format)
    value = int(tensor[at])
    return Scene(
        ConvolutionState(
            input="mnist" if state.colour == "grey" else "sample",
            index=DIGIT,
            sample="balloons",
            side=SIDE,
            colour=state.colour,
            filters=1,
            kernel_size=(1, 1),
            kernels=(("identity",),),
        ),
        (
            f"`{CODE[state.colour, state.data_format]}`: {shape(image.shape)} → "
            f"**{shape(tensor.shape)}**, ({', '.join(AXES[state.data_format])})",
            f"The marked number is tensor[{', '.join(map(str, at))}] = {value}. Normalised: "
            f"{value} / 255 = **{plain(round(value / 255, 3))}**.",
        ),
        drawing=Patch((planes / 255).astype(np.float32), row, column, middle, written),
    )


def _written(value: int, scale: str | None) -> str:
    return str(value) if scale == "255" else f"{value / 255:.2f}"


def _controls(state: LessonsState) -> tuple[Control, ...]:
    furthest = 28 - GREY_SIDE if state.colour == "grey" else SIDE - RGB_SIDE
    return (
        Options("colour", {"grey": "Grey", "rgb": "RGB"}),
        Options("scale", {"255": "0..255", "1": "0..1"}, "numbers"),
        Options("data_format", {name: name for name in AXES}),
        Slider("row", 0, furthest),
        Slider("column", 0, furthest),
    )


def _ask(numbers: Random) -> Question:
    height, width = numbers.sample((12, 16, 20, 24, 36, 40, 48, 64), 2)
    colour, data_format = numbers.choice(tuple(CODE))
    image = np.zeros((height, width) if colour == "grey" else (height, width, 3), int)
    code, axes = CODE[colour, data_format], AXES[data_format]
    tensor = _tensor(image, data_format)
    grey = colour == "grey"
    return Question(
        f"A {'grey' if grey else 'colour'} picture is an array of shape **{shape(image.shape)}**. "
        f"What is the shape of `{code}`?",
        Shape(tensor.shape, axes),
        (
            f"The picture has {height} rows and {width} columns"
            + (", and no axis for its one channel yet." if grey else ", each of 3 channels."),
            "Each `tf.newaxis` adds an axis of length 1 where it stands."
            + ("" if "transpose" not in code else " The transpose has put the channels in front."),
            f"({', '.join(axes)}) = **{shape(tensor.shape)}**",
        ),
    )


LESSON = Lesson(
    "A picture is numbers",
    _text,
    _scene,
    _ask,
    start={
        "colour": "grey",
        "scale": "255",
        "data_format": "channels_last",
        "row": 9,
        "column": 12,
    },
    controls=_controls,
    needs_tensorflow=False,
)
