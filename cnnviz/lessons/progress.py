"""Where a learner is: the open lesson, what its controls say, the answers given so far.

Layer: above `share`. Like every state it is one frozen object, and the URL is a function of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cnnviz.codec import Codec, cell, choice, data, flag, real, several, whole
from cnnviz.compute import INITIALIZERS
from cnnviz.layers import ACTIVATIONS
from cnnviz.lessons.answers import Kind, Value
from cnnviz.share import PageState, at

LAST = 14
LARGEST_SEED = 999_999
REVEALED = "reveal"  # stands for an answer where the learner asked to be told

# Every argument of keras.layers.Conv2D, in Keras' order. Lesson 10 is about them.
ARGUMENTS = (
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "data_format",
    "dilation_rate",
    "groups",
    "activation",
    "use_bias",
    "kernel_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
)

Entries = tuple[tuple[int, Any], ...]


def by_lesson(read: Callable[[str], Any], rule: str) -> Codec:
    """Write one thing for each of some lessons, `4_28~13_1x14x14x5`.

    Examples
    --------
    >>> by_lesson(int, "").read("13_7~4_2")
    ((4, 2), (13, 7))
    """

    def read_entries(text: str) -> Entries:
        entries = {}
        for part in text.split("~", LAST):
            lesson, _, value = part.partition("_")
            if not re.fullmatch(r"[1-9][0-9]?", lesson) or int(lesson) > LAST:
                raise ValueError(text)
            entries[int(lesson)] = read(value)
        if len(entries) < text.count("~") + 1:
            raise ValueError(text)
        return tuple(sorted(entries.items()))

    return Codec(
        lambda entries: "~".join(f"{lesson}_{value}" for lesson, value in entries),
        read_entries,
        rule,
    )


def _read_answer(text: str) -> str:
    if not re.fullmatch(r"[-a-z0-9._]{1,40}", text):
        raise ValueError(text)
    return text


@dataclass(frozen=True)
class LessonsState(PageState):
    """The lessons page.

    `seeds` says which numbers a lesson's question has, `answers` what was answered to it, `done`
    which lessons were answered right. All that follows `figure` are controls of the open lesson;
    None is what it opens with.
    """

    lesson: int = at(1, whole(1, LAST))
    seeds: tuple[tuple[int, int], ...] = at(
        (), by_lesson(whole(0, LARGEST_SEED).read, "a number for each lesson, such as 4_1~13_7")
    )
    answers: tuple[tuple[int, str], ...] = at(
        (), by_lesson(_read_answer, "an answer for each lesson, such as 4_28~13_1x14x14x5")
    )
    done: tuple[str, ...] = at((), several(*map(str, range(1, LAST + 1))))
    figure: str = at("lesson", choice("lesson", "question"))
    pin: tuple[int, int, int] | None = at(None, cell())
    scope: str = at("layer", choice("layer", "map"))
    filters: int | None = at(None, whole(1, 64))
    kernel_size: int | None = at(None, whole(1, 11))
    pool_size: int | None = at(None, whole(1, 4))
    strides: int | None = at(None, whole(1, 8))
    padding: str | None = at(None, choice("valid", "same", "explicit"))
    pad: int | None = at(None, whole(0, 4))
    data_format: str | None = at(None, choice("channels_last", "channels_first"))
    dilation_rate: int | None = at(None, whole(1, 3))
    groups: int | None = at(None, whole(1, 4))
    activation: str | None = at(None, choice(*ACTIVATIONS))
    use_bias: bool | None = at(None, flag())
    flip: bool | None = at(None, flag())
    kernel_initializer: str | None = at(None, choice(*INITIALIZERS, "ones"))
    bias_initializer: str | None = at(None, choice("zeros", "ones"))
    regularizer: str | None = at(None, choice("l1", "l2"))
    constraint: str | None = at(None, choice("none", "non_neg", "max_norm", "unit_norm"))
    seed: int | None = at(None, whole(0, LARGEST_SEED))
    argument: str | None = at(None, choice(*ARGUMENTS))
    colour: str | None = at(None, choice("grey", "rgb"))
    scale: str | None = at(None, choice("255", "1"))
    row: int | None = at(None, whole(0, 31))
    column: int | None = at(None, whole(0, 31))
    operator: str | None = at(None, choice("gaussian", "sobel_x", "sobel_y", "outline", "canny"))
    picture: bytes | None = at(None, data(200_000))
    low: float | None = at(None, real(0.0, 1.0))
    high: float | None = at(None, real(0.0, 1.0))
    preset: str | None = at(None, choice("ones", "counting"))
    weights: str | None = at(None, choice("right", "rgb", "flat", "first"))
    kind: str | None = at(None, choice("max", "average"))
    step: str | None = at(None, choice("convolution", "pooling"))
    network: str | None = at(None, choice("random", "trained"))

    def seed_of(self, lesson: int) -> int:
        """Return which numbers the lesson's question has.

        Examples
        --------
        >>> LessonsState(seeds=((4, 7),)).seed_of(4), LessonsState().seed_of(4)
        (7, 0)
        """
        return dict(self.seeds).get(lesson, 0)

    def answer_to(self, lesson: int) -> str | None:
        """Return what was answered, as a link writes it; `REVEALED` if it was asked for.

        Examples
        --------
        >>> LessonsState(answers=((4, "28"),)).answer_to(4)
        '28'
        """
        return dict(self.answers).get(lesson)

    def answered(self, lesson: int, text: str | None) -> "LessonsState":
        """Return the state with this answer, or with none."""
        answers = {**dict(self.answers), lesson: text}
        kept = ((number, answer) for number, answer in answers.items() if answer is not None)
        return replace(self, answers=tuple(sorted(kept)))

    def asked(self, lesson: int, seed: int) -> "LessonsState":
        """Return the state with other numbers in the lesson's question, not yet answered."""
        seeds = {**dict(self.seeds), lesson: seed}
        kept = tuple(sorted((number, chosen) for number, chosen in seeds.items() if chosen))
        return replace(self.answered(lesson, None), seeds=kept, figure="lesson", pin=None)

    def looking_at(self, figure: str) -> "LessonsState":
        """Return the state with the lesson's figure or the question's on the stage."""
        return replace(self, figure=figure, pin=None)

    def credited(self, lesson: int) -> "LessonsState":
        """Return the state in which this lesson counts as done."""
        done = {*self.done, str(lesson)}
        return replace(self, done=tuple(sorted(done, key=int)))

    def turned_to(self, lesson: int) -> "LessonsState":
        """Return the state with another lesson open, as it opens.

        Examples
        --------
        >>> before = LessonsState(lesson=7, strides=3, done=("7",))
        >>> before.turned_to(8) == LessonsState(lesson=8, done=("7",))
        True
        """
        return LessonsState(lesson=lesson, seeds=self.seeds, answers=self.answers, done=self.done)

    def joined(self, before: "LessonsState") -> "LessonsState":
        """Return this state with what was achieved before, where it says nothing about it.

        A link to a lesson and nothing more turns the page; a link with answers shows them.

        Examples
        --------
        >>> card, before = LessonsState(lesson=5), LessonsState(answers=((4, "28"),), done=("4",))
        >>> card.joined(before) == LessonsState(lesson=5, answers=((4, "28"),), done=("4",))
        True
        """
        if self == LessonsState(lesson=self.lesson):
            return before.turned_to(self.lesson)
        here = {number for number, _ in (*self.seeds, *self.answers)} | {self.lesson}
        kept = [entry for entry in before.seeds if entry[0] not in here]
        given = [entry for entry in before.answers if entry[0] not in here]
        return replace(
            self,
            seeds=tuple(sorted((*self.seeds, *kept))),
            answers=tuple(sorted((*self.answers, *given))),
            done=tuple(sorted({*self.done, *before.done}, key=int)),
        )


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth.

    Attributes
    ----------
    status : str
        "open" while nothing was answered, then "right" or "wrong", or "revealed".
    value : Value or None
        What was answered.
    """

    status: str
    value: Value | None = None


def judge(kind: Kind, text: str | None) -> Verdict:
    """Judge an answer that a state holds.

    Raises
    ------
    AnswerError
        When it is no answer to such a question; a link may hold anything.

    Examples
    --------
    >>> from cnnviz.lessons.answers import Number
    >>> [judge(Number(28), text).status for text in ("28", "27", None)]
    ['right', 'wrong', 'open']
    """
    if text is None:
        return Verdict("open")
    if text == REVEALED:
        return Verdict("revealed")
    value = kind.read(text)
    return Verdict("right" if kind.is_right(value) else "wrong", value)
