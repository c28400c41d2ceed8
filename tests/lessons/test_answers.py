"""Answers are read generously, judged exactly, and what is none is named."""

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cnnviz.lessons import AnswerError, Choice, Number, Shape, judge

NUMBER = Number(28)
SHAPE = Shape((28, 28, 6), ("height", "width", "channels"))
CHOICE = Choice("sobel_x", {"sobel_x": "Sobel x", "outline": "Laplacian"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28", 28),
        (" 28 ", 28),
        ("= 28", 28),
        ("28.", 28),
        ("28 rows", 28),
        ("+28", 28),
        ("−2.5", -2.5),
        ("- 3", -3),
        ("2,5", 2.5),
        ("7/2", 3.5),
        ("1,200", 1200),
        ("1 200", 1200),
        ("1\N{NO-BREAK SPACE}200", 1200),
        ("1'200", 1200),
        ("12,345,678", 12_345_678),
        (".5", 0.5),
    ],
)
def test_a_number_is_read_however_it_is_written(text, value):
    assert NUMBER.read(text) == value


@pytest.mark.parametrize(
    "text",
    ["abc", "4O", "28x28", "28 28", "(28, 28, 6)", "nan", "inf", "1e5", "--3", "2 or 3", "."],
)
def test_what_is_no_number_is_named_and_its_fix_works(text):
    message = f"answer is {text!r}, but must be one number. Type only its digits."
    with pytest.raises(AnswerError, match=f"^{re.escape(message)}$") as caught:
        NUMBER.read(text)
    assert caught.value.field == "answer"
    assert NUMBER.read("28") == 28


@pytest.mark.parametrize("text", ["3/0", "9" * 40])
def test_a_number_beyond_all_measure_is_named(text):
    with pytest.raises(AnswerError) as caught:
        NUMBER.read(text)
    assert str(caught.value) == (
        f"answer is '{text if len(text) <= 40 else text[:37] + '...'}', which is larger than any "
        "answer here. Count the digits once more."
    )


@pytest.mark.parametrize(
    "text",
    [
        "(28, 28, 6)",
        " 28 × 28 × 6 ",
        "28x28x6",
        "28X28X6",
        "28*28*6",
        "28 28 6",
        "[28, 28, 6]",
        "28,28,6.",
        "28, 28, 6,",
        "(28, 28, 6",
        "= (28;28;6)",
        "28\n28\n6",
    ],
)
def test_a_shape_is_read_however_it_is_written(text):
    assert SHAPE.read(text) == (28, 28, 6)


@pytest.mark.parametrize("text", ["abc", "28 by 28", "1.5 2 3", "28x28x-6", "(None, 28, 28)"])
def test_what_is_no_shape_is_named_and_its_fix_works(text):
    message = (
        f"answer is {text!r}, but must be 3 whole numbers: (height, width, channels). "
        "Type them as 1, 2, 3."
    )
    with pytest.raises(AnswerError, match=f"^{re.escape(message)}$"):
        SHAPE.read(text)
    assert SHAPE.read("1, 2, 3") == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "count"), [("28x28", "2 numbers"), ("28", "1 number"), ("(1, 28, 28, 6)", "4 numbers")]
)
def test_a_shape_with_other_axes_is_counted(text, count):
    message = (
        f"answer is {text!r}, which is {count}, but this shape has 3: (height, width, channels). "
        "Type them as 1, 2, 3."
    )
    with pytest.raises(AnswerError, match=f"^{re.escape(message)}$"):
        SHAPE.read(text)


@pytest.mark.parametrize("kind", [NUMBER, SHAPE, CHOICE], ids=["number", "shape", "choice"])
@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_answer_is_called_empty(kind, text):
    with pytest.raises(AnswerError, match=r"^answer is empty, but must be "):
        kind.read(text)


@pytest.mark.parametrize("kind", [NUMBER, SHAPE], ids=["number", "shape"])
def test_a_novel_is_not_read(kind):
    message = (
        f"answer is '{'1 ' * 18}1...', but at most 60 characters are read. Type only the answer."
    )
    with pytest.raises(AnswerError, match=f"^{re.escape(message)}$"):
        kind.read("1 " * 100)


def test_an_option_that_there_is_not_is_named():
    message = "answer is 'blur', but must be one of Sobel x, Laplacian. Choose one."
    with pytest.raises(AnswerError, match=f"^{re.escape(message)}$"):
        CHOICE.read("blur")
    assert CHOICE.read("outline") == "outline"


@settings(derandomize=True, max_examples=2_000, deadline=5_000)  # ms: no pattern explodes
@given(some.text(max_size=80) | some.text("0123456789 .,x×()/-+eabc", max_size=80))
def test_whatever_is_typed_is_read_or_explained_at_once(text):
    for kind in (NUMBER, SHAPE, CHOICE):
        with contextlib.suppress(AnswerError):
            value = kind.read(text)
            assert kind.read(kind.write(value)) == pytest.approx(value, abs=1e-4)


def test_judging_is_exact_to_two_decimals():
    assert judge(Number(2 / 3), "0.67").status == "right"
    assert judge(Number(2 / 3), "0.66").status == "wrong"
    assert judge(NUMBER, "27").value == 27
    assert judge(SHAPE, "28x28x6").status == "right"
    assert judge(SHAPE, "6x28x28").status == "wrong"
    assert judge(CHOICE, "outline").status == "wrong"
    assert judge(CHOICE, None).status == "open"
    assert judge(CHOICE, "reveal").status == "revealed"
