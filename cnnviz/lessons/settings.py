"""Lessons 7 to 9: stride, zero padding, activation."""

from dataclasses import replace
from random import Random

import numpy as np

from cnnviz import workshop
from cnnviz.layers import ACTIVATIONS, Conv2D
from cnnviz.lessons.answers import Number
from cnnviz.lessons.lesson import Control, Lesson, Options, Question, Scene, Slider
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import matrix, plain, typed
from cnnviz.share import ConvolutionState
from cnnviz.window import explain
from cnnviz.wording import lesson_lines, shape_lines

DIGIT = (7, 7, 1)
ON_DIGIT = ConvolutionState(
    filters=1, kernel_size=(3, 3), padding="valid", activation="linear", kernels=(("box_blur",),)
)


# ---- 7 -------------------------------------------------------------------------------------------


def _stride_text() -> tuple[str, ...]:
    side = DIGIT[0]
    two, three = (Conv2D(1, 3, strides=stride).axes(DIGIT)[0] for stride in (2, 3))
    (first, second) = two.reads(0), two.reads(1)
    (never,) = three.never_read
    return (
        "The stride is how far the window moves, to the right and downwards. With stride 1 it "
        f"stops everywhere. With stride 2 it goes from rows {first[0]}–{first[-1]} to rows "
        f"{second[0]}–{second[-1]}: about half the stops in each row, and half the rows.",
        "The map shrinks; of a large one about a quarter is left. What is lost is where exactly "
        f"something was. On {side} rows, stride 2 makes ({side} − 3) / 2 + 1 = **{two.output}**. "
        f"Stride 3 does not fit: it makes **{three.output}** and never reads row **{never}**.",
    )


def _stride_scene(state: LessonsState) -> Scene:
    assert state.strides is not None
    stride = state.strides
    shown = replace(ON_DIGIT, strides=(stride, stride))
    return Scene(shown, tuple(shape_lines(workshop.layer_of(shown), DIGIT)[:1]))


def _stride_question(numbers: Random) -> Question:
    span = numbers.randint(3, 6)
    stride = numbers.randint(3, span)
    height = span + stride * numbers.randint(2, 6) + numbers.randint(0, stride - 1)
    axis, _ = Conv2D(1, span, strides=stride).axes((height, height, 1))
    last = axis.reads(axis.output - 1)
    left = len(axis.never_read)
    rounded = "" if axis.dropped == 0 else ", rounded down"
    return Question(
        f"A picture has rows 0 to {height - 1}. A filter with **{span} rows** moves down in "
        f"strides of **{stride}**, without padding. How many rows at the bottom are **never "
        "read**?",
        Number(left),
        (
            f"The output has ({height} − {span}) / {stride} + 1 = {axis.output} rows{rounded}.",
            f"The last window starts at row {axis.output - 1} · {stride} = {last[0]} and ends at "
            f"row {last[-1]}.",
            f"Rows 0 to {height - 1}, read up to {last[-1]}: {height - 1} − {last[-1]} = "
            f"**{left}** never read.",
        ),
        scene=lambda: _on_stripes(height, span, stride),
    )


def _on_stripes(height: int, span: int, stride: int) -> Scene:
    state = ConvolutionState(
        input="sample",
        sample="stripes",
        side=height,
        filters=1,
        kernel_size=(span, span),
        strides=(stride, stride),
        padding="valid",
        activation="linear",
        kernels=(("box_blur",),),
    )
    return Scene(state, tuple(shape_lines(workshop.layer_of(state), (height, height, 1))[:1]))


STRIDE = Lesson(
    "Stride",
    _stride_text,
    _stride_scene,
    _stride_question,
    start={"strides": 2},
    controls=lambda _: (Slider("strides", 1, 5),),
)


# ---- 8 -------------------------------------------------------------------------------------------


def _padding_text() -> tuple[str, ...]:
    odd, _ = Conv2D(1, 4, padding="same").axes(DIGIT)
    keras, _ = Conv2D(1, 3, strides=2, padding="same").axes((28, 28, 1))
    return (
        "At stride 1, the output has F − 1 rows fewer than the picture without padding, `valid`. "
        "Zeros around the picture win them back: **(F − 1) / 2** on each side, if F is odd.",
        "`same` adds what ⌈rows / stride⌉ output rows need: the same size at stride 1 only. An odd "
        f"row goes **below**, an odd column to the **right**: F = {odd.kernel_size} needs "
        f"{odd.before + odd.after} rows, {odd.before} above and {odd.after} below; {keras.size} "
        f"rows with F = {keras.kernel_size} and stride {keras.stride} get {keras.before} above and "
        f"{keras.after} below.",
    )


def _padding_scene(state: LessonsState) -> Scene:
    assert state.padding is not None
    assert state.kernel_size is not None
    assert state.strides is not None
    assert state.pad is not None
    shown = replace(
        ON_DIGIT,
        padding=state.padding,
        pad=(state.pad,) * 4,
        kernel_size=(state.kernel_size, state.kernel_size),
        strides=(state.strides, state.strides),
    )
    layer = workshop.layer_of(shown)
    return Scene(shown, tuple(shape_lines(layer, DIGIT)[:1]), tuple(lesson_lines(layer, DIGIT)))


def _padding_controls(state: LessonsState) -> tuple[Control, ...]:
    names = {name: name for name in ("valid", "same", "explicit")}
    zeros = (Slider("pad", 0, 4, label="on each side"),) if state.padding == "explicit" else ()
    return (
        Options("padding", names),
        *zeros,
        Slider("kernel_size", 1, 7),
        Slider("strides", 1, 4),
    )


def _padding_question(numbers: Random) -> Question:
    while True:
        size, span = numbers.randint(9, 40), numbers.randint(2, 9)
        stride = numbers.choice((1, 1, 2, 2, 3))
        axis, _ = Conv2D(1, span, strides=stride, padding="same").axes((size, size, 1))
        total = axis.before + axis.after
        # mostly an odd one: that is what people do not expect
        if total and (total % 2 or numbers.random() < 0.25):
            break
    halves = "equal parts" if axis.before == axis.after else "an odd one more below"
    return Question(
        f"A picture has **{size}** rows. The filter has **{span}** rows, the stride is "
        f"**{stride}**, the padding `same`. How many rows of zeros are added **below** the "
        "picture?",
        Number(axis.after),
        (
            f"`same` wants ⌈{size} / {stride}⌉ = {axis.output} output rows.",
            f"They reach over ({axis.output} − 1) · {stride} + {span} = "
            f"{axis.padded} rows, so {axis.padded} − {size} = {total} of zeros.",
            f"{total} in two, {halves}: {axis.before} above, **{axis.after}** below.",
        ),
        scene=lambda: _padded_digit(size, span, stride),
    )


def _padded_digit(size: int, span: int, stride: int) -> Scene:
    state = ConvolutionState(
        input="sample",
        sample="digit",
        side=size,
        filters=1,
        kernel_size=(span, span),
        strides=(stride, stride),
        activation="linear",
        kernels=(("box_blur",),),
        pin=((size - 1) // stride, (size - 1) // stride, 0),
    )
    return Scene(state, tuple(shape_lines(workshop.layer_of(state), (size, size, 1))[:1]))


PADDING = Lesson(
    "Zero padding",
    _padding_text,
    _padding_scene,
    _padding_question,
    start={"padding": "same", "pad": 1, "kernel_size": 4, "strides": 1},
    controls=_padding_controls,
)


# ---- 9 -------------------------------------------------------------------------------------------

BENT = replace(ON_DIGIT, padding="same", kernels=(("sobel_x",),))


def _activation_text() -> tuple[str, ...]:
    layer, image = workshop.layer_of(BENT), workshop.matrix_of(BENT)
    kernel = workshop.kernel_of(BENT, layer, 1)
    height, width, _ = layer.output_shape(DIGIT)
    sums = [
        explain(image, kernel, None, layer, row=row, column=column, filter=0).total
        for row in range(height)
        for column in range(width)
    ]
    cut = sum(value < 0 for value in sums)
    return (
        "A filter's sums can be any number. An **activation** is then applied to each by itself. "
        "**ReLU** writes 0 for what is negative and leaves the rest: max(0, x). The size stays.",
        f"Sobel x answers positively where the picture gets brighter to the right, and "
        f"negatively where it gets darker. Of these {len(sums)} sums {cut} are negative: ReLU cuts "
        "them, and one kind of edge is left. Without a bend like this, two layers of sums would "
        "be no more than one layer of sums.",
    )


def _activation_scene(state: LessonsState) -> Scene:
    assert state.activation is not None
    words = {"linear": "Before: nothing is changed.", "relu": "After ReLU: max(0, x)."}
    line = words.get(state.activation, f"After `{state.activation}`.")
    return Scene(
        replace(BENT, activation=state.activation),
        (f"{line} The sum below tells both, before and after.",),
        histogram=True,
    )


def _activation_controls(_state: LessonsState) -> tuple[Control, ...]:
    names = {name: name for name in ACTIVATIONS}
    return (Options("activation", {**names, "linear": "before (linear)", "relu": "after relu"}),)


def _activation_question(numbers: Random) -> Question:
    while True:
        plane = np.array([[numbers.randint(-4, 5) for _ in range(4)] for _ in range(3)])
        negative, zero = int((plane < 0).sum()), int((plane == 0).sum())
        if zero and 3 <= negative <= 8:
            break
    state = ConvolutionState(
        rows=3,
        columns=4,
        values=typed(plane[..., np.newaxis]),
        filters=1,
        kernel_size=(1, 1),
        activation="relu",
        kernels=(("identity",),),
    )
    layer = workshop.layer_of(state)
    image, kernel = workshop.matrix_of(state), workshop.kernel_of(state, layer, 1)
    after = [
        explain(image, kernel, None, layer, row=row, column=column, filter=0).output
        for row in range(3)
        for column in range(4)
    ]
    silent = sum(value == 0 for value in after)
    written = ", ".join(plain(value) for value in after)
    return Question(
        "These are the 12 sums of a filter. How many of them are **0 after ReLU**?",
        Number(silent),
        (
            f"max(0, x) of each, row by row: {written}.",
            f"{negative} were negative and become 0, {zero} {'was' if zero == 1 else 'were'} 0 "
            f"already: {negative} + {zero} = **{silent}**.",
        ),
        given=(matrix("before", plane),),
        scene=lambda: Scene(
            state, ("A filter of one weight, 1, changes nothing: what is left is ReLU.",)
        ),
    )


ACTIVATION = Lesson(
    "Activation",
    _activation_text,
    _activation_scene,
    _activation_question,
    start={"activation": "relu"},
    controls=_activation_controls,
)
