"""Lesson 12: pooling."""

from dataclasses import replace
from random import Random

import numpy as np

from cnnviz import pooling, workshop
from cnnviz.lessons.answers import Number
from cnnviz.lessons.lesson import Control, Lesson, Options, Question, Scene, Slider
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import added, matrix, plain, typed
from cnnviz.share import PoolingState
from cnnviz.window import PoolingExplanation, explain_pooling
from cnnviz.wording import shape_lines

NAMES = {"max": "max pooling", "average": "average pooling"}

# An odd side, so that `same` has an edge to hang over, where negative numbers stand.
MAP = [
    [4, 3, 1, 0, -2],
    [2, 1, 5, 2, -3],
    [0, 1, 2, 2, -1],
    [3, 0, 1, 4, -5],
    [-3, -1, -4, -2, -6],
]
POOLED = PoolingState(
    rows=5, columns=5, values=typed(np.array(MAP)[..., np.newaxis]), padding="same"
)


def _cell(state: PoolingState, row: int, column: int) -> PoolingExplanation:
    image = workshop.matrix_of(state)
    layer = pooling.layer_of(state, image.shape)
    return explain_pooling(image, layer, row=row, column=column, channel=0)


def _text() -> tuple[str, ...]:
    corner = _cell(POOLED, 2, 2)
    halved = pooling.layer_of(replace(POOLED, padding="valid"), (4, 4, 1)).output_shape((4, 4, 1))
    return (
        "Pooling keeps one number of each window: the **largest** (max) or the **mean** (average). "
        "It works on each channel by itself and has no weights. 2 × 2 with stride 2 halves both "
        f"sides: 4 × 4 → {halved[0]} × {halved[1]}.",
        "With `same`, windows hang over the lower and the right edge. The padding never wins a "
        "maximum: it counts as −∞, not as 0, so a corner window that holds only "
        f"{plain(corner.candidates[0, 0])} answers **{plain(corner.output)}**. A mean leaves the "
        "padding out, and divides by the cells that are there.",
    )


def _scene(state: LessonsState) -> Scene:
    assert state.kind is not None
    assert state.padding is not None
    assert state.pool_size is not None
    assert state.strides is not None
    shown = replace(
        POOLED,
        kind=state.kind,
        padding=state.padding,
        pool_size=(state.pool_size, state.pool_size),
        strides=(state.strides, state.strides),
    )
    return Scene(shown, _lines(shown))


def _lines(state: PoolingState) -> tuple[str, ...]:
    picture = workshop.matrix_of(state).shape
    return tuple(shape_lines(pooling.layer_of(state, picture), picture)[:1])


def _controls(_state: LessonsState) -> tuple[Control, ...]:
    return (
        Options("kind", {"max": "max", "average": "average"}, "pooling"),
        Options("padding", {"valid": "valid", "same": "same"}),
        Slider("pool_size", 1, 4),
        Slider("strides", 1, 4),
    )


def _ask(numbers: Random) -> Question:
    kind = numbers.choice(tuple(NAMES))
    while True:
        plane = np.array([[numbers.randint(-9, 6) for _ in range(3)] for _ in range(3)])
        row, column = numbers.choice(((0, 1), (1, 0), (1, 1)))
        state = PoolingState(
            rows=3,
            columns=3,
            values=typed(plane[..., np.newaxis]),
            kind=kind,
            padding="same",
            pin=(row, column, 0),
        )
        cell = _cell(state, row, column)
        read = cell.candidates[cell.inside]
        # zeros for the padding would give another answer
        if (kind == "max" and cell.output < 0) or (kind == "average" and cell.output != 0):
            break
    counted = ", ".join(map(plain, read))
    where = f"output[{row}, {column}]"
    if kind == "max":
        how = (
            f"The padding counts as −∞, so the largest of {counted} is **{plain(cell.output)}**."
            if len(read) > 1
            else f"The padding counts as −∞, so {counted} is the largest: **{plain(cell.output)}**."
        )
    else:
        how = (
            f"({added(read)}) / {cell.divisor} = **{plain(cell.output)}**: divided by the cells "
            "that are there."
        )
    return Question(
        f"The map below goes through **{NAMES[kind]}**, 2 × 2, stride 2, `same`. Which number "
        f"stands in **{where}**?",
        Number(cell.output),
        (
            "3 rows and 3 columns get one of padding, below and to the right.",
            f"{where} reads {counted} and {4 - len(read)} cells of padding.",
            how,
        ),
        given=(matrix("map", plane),),
        scene=lambda: Scene(state, _lines(state)),
    )


LESSON = Lesson(
    "Pooling",
    _text,
    _scene,
    _ask,
    start={"kind": "max", "padding": "same", "pool_size": 2, "strides": 2},
    controls=_controls,
)
