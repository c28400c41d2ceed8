"""What the lessons say, and what a link says of a learner."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cnnviz.lessons import LAST, LESSONS, LessonsState, own_picture
from cnnviz.lessons.progress import ARGUMENTS
from cnnviz.share import decode, encode
from tests.lessons.opened import NUMBERS, lesson, written

SAYS = {
    1: ("784", "3,072", "150,528", "looks locally", "shares its weights"),
    2: (
        "0, black, to 255",
        "32 × 32 × 3",
        "(batch, height, width, channels)",
        "channels_first",
        "0..1",
        "image[tf.newaxis, ..., tf.newaxis]",
        "(28, 28) → (1, 28, 28, 1)",
    ),
    3: ("wᵀx + b", "one output cell", "cross-correlation"),
    4: ("(H − F) / S + 1", "(32 − 5) / 1 + 1 = 28", "round down", "13 + 1 = 14"),
    5: ("5 × 5 × 3", "32 × 32 × 3 → 28 × 28 × 6", "summed", "stacked"),
    6: ("blur", "Sobel", "Laplacian", "Canny", "non-maximum suppression", "hysteresis"),
    7: ("(7 − 3) / 2 + 1 = 3", "never reads row 6"),
    8: ("(F − 1) / 2", "valid", "same", "1 above and 2 below", "0 above and 1 below"),
    9: ("max(0, x)", "Of these 49 sums 23 are negative"),
    10: ("16 arguments", "Initializers", "Regularizers", "constraints"),
    11: ("3 × 3 ones", "four cells of 4", "(1, 3, 3, 3)", "(2, 2, 1, 3)"),
    12: ("largest", "mean", "4 × 4 → 2 × 2", "−∞", "answers −6"),
    13: (
        "a 5",
        "(1, 28, 28, 1) → (1, 14, 14, 5)",
        "(1, 14, 14, 5) → (1, 7, 7, 5)",
        "0.01",
        "seed",
    ),
    14: ("245", "245 · 10 + 10 = 2,460", "flatten", "dense", "Softmax"),
}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_says_what_it_is_about_in_at_most_90_words(number):
    for words in SAYS[number]:
        assert words in written(number)
    words = [word for word in written(number).split() if re.search(r"\w", word)]
    assert len(words) <= 90


def test_there_are_fourteen_lessons_each_with_a_title_of_its_own():
    assert len(LESSONS) == LAST == 14
    assert len({each.title for each in LESSONS}) == LAST


def test_the_numbers_of_a_text_are_computed(monkeypatch):
    from cnnviz.lessons import sliding

    monkeypatch.setattr(sliding, "PICTURE", (40, 40, 1))
    monkeypatch.setattr(sliding, "FILTER", 7)
    assert "(40 − 7) / 1 + 1 = 34" in written(4)


# ---- the state -----------------------------------------------------------------------------------

entries = some.dictionaries(some.integers(1, LAST), some.integers(1, 999_999))
states = some.builds(
    LessonsState,
    lesson=some.integers(1, LAST),
    seeds=entries.map(lambda chosen: tuple(sorted(chosen.items()))),
    answers=some.dictionaries(
        some.integers(1, LAST), some.sampled_from(["28", "-2.5", "1x14x14x5", "sobel_x", "reveal"])
    ).map(lambda given: tuple(sorted(given.items()))),
    done=some.sets(some.integers(1, LAST)).map(lambda done: tuple(map(str, sorted(done)))),
    figure=some.sampled_from(["lesson", "question"]),
    strides=some.none() | some.integers(1, 8),
    flip=some.none() | some.booleans(),
    low=some.none() | some.integers(0, 100).map(lambda cents: cents / 100),
    argument=some.none() | some.sampled_from(ARGUMENTS),
    picture=some.none() | some.binary(max_size=40),
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(states)
def test_a_link_gives_back_the_state_it_was_made_from(state):
    link = encode(state)
    assert link.left_out == ()
    assert decode(LessonsState, link.query) == (state, ())


def test_a_link_is_short_and_can_be_read():
    state = LessonsState(lesson=4).answered(4, "28").answered(13, "1x14x14x5").credited(4)
    state = state.credited(2).asked(7, 3)
    assert encode(state).query == {
        "lesson": "4",
        "seeds": "7_3",
        "answers": "4_28~13_1x14x14x5",
        "done": "2.4",
    }


def test_a_link_that_has_everything_still_fits():
    state = LessonsState(
        lesson=6,
        seeds=tuple((number, 999_999) for number in NUMBERS),
        answers=tuple((number, "1000x1000x1000x1000") for number in NUMBERS),
        done=tuple(map(str, NUMBERS)),
        operator="canny",
        picture=own_picture(np.random.default_rng(1).random((64, 64, 1)).astype(np.float32)),
    )
    assert encode(state).left_out == ()


junk = some.text(max_size=40) | some.text("0123456789-_.~xe+ reval", max_size=60)


@settings(derandomize=True, max_examples=1_000, deadline=None)
@given(
    some.dictionaries(some.sampled_from([f.name for f in fields(LessonsState)]), junk, max_size=6)
)
def test_no_link_breaks_the_reader_or_a_lesson(query):
    state, errors = decode(LessonsState, query)
    assert len(errors) <= len(query)
    shown, more = lesson(state.lesson).filled(state)
    for control in lesson(state.lesson).controls(shown):
        assert control.holds(getattr(shown, control.name))
    assert len(more) <= len(query)


@pytest.mark.parametrize("text", ["4", "4_", "0_1", "15_1", "4_1~4_2", "_1", "4_1~", "4_é", "04_1"])
def test_progress_that_cannot_be_read_is_said(text):
    state, (error,) = decode(LessonsState, {"answers": text, "lesson": "2"})
    assert state == LessonsState(lesson=2)
    assert str(error) == (
        f"answers is '{text}' in this link, but must be an answer for each lesson, such as "
        "4_28~13_1x14x14x5. The page goes on without it."
    )


def test_a_control_that_cannot_stand_there_says_so_and_opens_as_usual():
    state, (error,) = lesson(5).filled(LessonsState(lesson=5, filters=60))
    assert state.filters == 6
    assert str(error) == (
        "filters is 60 in this link, but in this lesson must be from 1 to 16. "
        "The page shows 6 instead."
    )


def test_what_stands_as_the_lesson_opens_is_not_in_its_link():
    state, _ = lesson(8).filled(LessonsState(lesson=8, kernel_size=3, padding="valid", pad=3))
    trimmed = lesson(8).trimmed(state)
    # "pad" is a control with padding "explicit" only
    assert encode(trimmed).query == {"lesson": "8", "kernel_size": "3", "padding": "valid"}


def test_new_numbers_forget_the_answer_but_not_what_was_achieved():
    state = LessonsState(lesson=4).answered(4, "28").credited(4).looking_at("question")
    assert state.asked(4, 5) == LessonsState(lesson=4, seeds=((4, 5),), done=("4",))


def test_a_link_to_a_lesson_turns_the_page_and_one_with_answers_shows_them():
    before = LessonsState(lesson=2, answers=((2, "1"), (4, "28")), done=("4",))
    assert LessonsState(lesson=4).joined(before) == replace(before, lesson=4)
    given = LessonsState(lesson=4, answers=((4, "27"),))
    assert given.joined(before) == LessonsState(
        lesson=4, answers=((2, "1"), (4, "27")), done=("4",)
    )


def test_every_control_of_a_lesson_is_a_field_of_the_state():
    names = {entry.name for entry in fields(LessonsState)}
    for each in LESSONS:
        assert set(each.start) <= names
