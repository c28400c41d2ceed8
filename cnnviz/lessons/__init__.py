"""The lessons: the way from a picture to a classified digit, each with a question.

Layer: above `workshop` and `pooling`; knows no Streamlit. A lesson says what it says, shows what it
shows and asks what it asks out of numbers that the core computes.
"""

from cnnviz.lessons import (
    arguments,
    digit,
    edges,
    perceptron,
    pooled,
    settings,
    sliding,
    tensor,
    toy,
)
from cnnviz.lessons.answers import AnswerError, Choice, Number, Shape
from cnnviz.lessons.edges import LARGEST_PICTURE, own_picture
from cnnviz.lessons.lesson import Lesson, Question, Scene
from cnnviz.lessons.progress import LARGEST_SEED, LAST, REVEALED, LessonsState, Verdict, judge

LESSONS: tuple[Lesson, ...] = (
    perceptron.LESSON,
    tensor.LESSON,
    sliding.ONE_FILTER_SLIDES,
    sliding.HOW_BIG,
    sliding.MANY_FILTERS,
    edges.LESSON,
    settings.STRIDE,
    settings.PADDING,
    settings.ACTIVATION,
    arguments.LESSON,
    toy.LESSON,
    pooled.LESSON,
    digit.DIGIT,
    digit.ANSWER,
)


def next_seed(state: LessonsState) -> int:
    """Return the seed after the present one that asks the open lesson's question differently.

    Examples
    --------
    >>> next_seed(LessonsState(lesson=4))
    1
    """
    lesson, seed = LESSONS[state.lesson - 1], state.seed_of(state.lesson)
    present = _asked(lesson, seed)
    while True:
        seed = (seed + 1) % (LARGEST_SEED + 1)
        if _asked(lesson, seed) != present:
            return seed


def _asked(lesson: Lesson, seed: int) -> tuple[object, ...]:
    question = lesson.question(seed)
    return question.text, question.given


__all__ = [
    "LARGEST_PICTURE",
    "LAST",
    "LESSONS",
    "REVEALED",
    "AnswerError",
    "Choice",
    "Lesson",
    "LessonsState",
    "Number",
    "Question",
    "Scene",
    "Shape",
    "Verdict",
    "judge",
    "next_seed",
    "own_picture",
]
