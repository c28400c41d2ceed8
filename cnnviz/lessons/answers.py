"""Answers that people type: read generously, judged exactly, written short for a link.

Layer: above `codec`; plain Python. There are three kinds of answer: a number, a shape and a choice.
Each knows the correct one.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cnnviz.codec import LARGEST_NUMBER

LONGEST = 60  # characters of an answer that are read

Value = float | tuple[int, ...] | str


class AnswerError(ValueError):
    """Something typed as an answer that is none.

    Attributes
    ----------
    field : str
        Always "answer".
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.field = "answer"


@dataclass(frozen=True)
class Number:
    """An answer that is one number.

    Attributes
    ----------
    correct : float
    """

    correct: float

    @property
    def hint(self) -> str:
        """Say what to type."""
        return "a number"

    def read(self, text: str) -> float:
        """Read a number, however people write it.

        Raises
        ------
        AnswerError
            When there is no number, or more than one.

        Examples
        --------
        >>> [Number(0).read(text) for text in ("28", " = 1,200 ", "−2,5", "7/2", "28 cells")]
        [28.0, 1200.0, -2.5, 3.5, 28.0]
        """
        plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", _plain(text)).replace(",", ".")
        plain = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", plain)
        found = re.fullmatch(
            r"=? ?([-+]? ?(?:\d+\.?\d*|\.\d+))(?: ?/ ?(\d+))?(?: [a-z ]+)?\.?", plain
        )
        if found is None:
            raise AnswerError(
                f"answer is {_shown(text)}, but must be one number. Type only its digits."
            )
        above, below = float(found[1].replace(" ", "")), float(found[2] or 1)
        value = above / below if below else math.inf
        if abs(value) > LARGEST_NUMBER * 1e6:
            raise AnswerError(
                f"answer is {_shown(text)}, which is larger than any answer here. "
                "Count the digits once more."
            )
        return value

    def write(self, value: Value) -> str:
        """Write an answer for a link.

        Examples
        --------
        >>> Number(0).write(-2.5)
        '-2.5'
        """
        assert isinstance(value, int | float)
        return f"{value:.4f}".rstrip("0").rstrip(".")

    def shown(self, value: Value) -> str:
        """Write an answer for a reader.

        Examples
        --------
        >>> Number(0).shown(-1200.0)
        '−1,200'
        """
        assert isinstance(value, int | float)
        return f"{value:,.4f}".rstrip("0").rstrip(".").replace("-", "−")

    def is_right(self, value: Value) -> bool:
        """Whether this is the correct number, to two decimals.

        Examples
        --------
        >>> Number(2 / 3).is_right(0.67), Number(28).is_right(27.0)
        (True, False)
        """
        return isinstance(value, int | float) and abs(value - self.correct) < 0.005


@dataclass(frozen=True)
class Shape:
    """An answer that is a shape.

    Attributes
    ----------
    correct : tuple of int
    axes : tuple of str
        What each of its numbers counts.
    """

    correct: tuple[int, ...]
    axes: tuple[str, ...]

    @property
    def hint(self) -> str:
        """Say what to type.

        Examples
        --------
        >>> Shape((28, 28, 6), ("height", "width", "channels")).hint
        '(height, width, channels)'
        """
        return f"({', '.join(self.axes)})"

    def read(self, text: str) -> tuple[int, ...]:
        """Read a shape, however people write it.

        Raises
        ------
        AnswerError
            When this is no shape, or one with another number of axes.

        Examples
        --------
        >>> shape = Shape((28, 28, 6), ("height", "width", "channels"))
        >>> shape.read("(28, 28, 6)") == shape.read(" 28 × 28 × 6 ") == shape.read("28x28x6")
        True
        """
        plain = re.sub(r"^=? ?[(\[]?|[)\]]?\.?$", "", _plain(text)).strip(" ,")
        words = [word for word in re.split(r"[x*,;·/ ]+", plain) if word]
        if not words or not all(re.fullmatch(r"\d{1,6}", word) for word in words):
            raise AnswerError(
                f"answer is {_shown(text)}, but must be {len(self.axes)} whole numbers: "
                f"{self.hint}. Type them as {self._example()}."
            )
        if len(words) != len(self.axes):
            count = f"{len(words)} number{'' if len(words) == 1 else 's'}"
            raise AnswerError(
                f"answer is {_shown(text)}, which is {count}, but this shape has "
                f"{len(self.axes)}: {self.hint}. Type them as {self._example()}."
            )
        return tuple(int(word) for word in words)

    def write(self, value: Value) -> str:
        """Write an answer for a link.

        Examples
        --------
        >>> Shape((2, 3), ("height", "width")).write((2, 3))
        '2x3'
        """
        assert isinstance(value, tuple)
        return "x".join(map(str, value))

    def shown(self, value: Value) -> str:
        """Write an answer for a reader.

        Examples
        --------
        >>> Shape((2, 3), ("height", "width")).shown((2, 3))
        '(2, 3)'
        """
        assert isinstance(value, tuple)
        return f"({', '.join(map(str, value))})"

    def is_right(self, value: Value) -> bool:
        """Whether this is the correct shape."""
        return value == self.correct

    def _example(self) -> str:
        # Numbers that no question has, so that the example gives nothing away.
        return ", ".join(map(str, range(1, len(self.axes) + 1)))


@dataclass(frozen=True)
class Choice:
    """An answer that is one of a few.

    Attributes
    ----------
    correct : str
    options : mapping of str to str
        What a link calls each, and what a reader reads.
    """

    correct: str
    options: Mapping[str, str]

    @property
    def hint(self) -> str:
        """Say what to do."""
        return "one of these"

    def read(self, text: str) -> str:
        """Read the name of an option.

        Raises
        ------
        AnswerError
            When it names none.

        Examples
        --------
        >>> Choice("a", {"a": "Sobel x", "b": "Sobel y"}).read("b")
        'b'
        """
        if text not in self.options:
            raise AnswerError(
                f"answer is {_shown(text)}, but must be one of {', '.join(self.options.values())}. "
                "Choose one."
            )
        return text

    def write(self, value: Value) -> str:
        """Write an answer for a link."""
        return str(value)

    def shown(self, value: Value) -> str:
        """Write an answer for a reader.

        Examples
        --------
        >>> Choice("a", {"a": "Sobel x", "b": "Sobel y"}).shown("b")
        'Sobel y'
        """
        return self.options[str(value)]

    def is_right(self, value: Value) -> bool:
        """Whether this is the correct option."""
        return value == self.correct


Kind = Number | Shape | Choice


def _plain(text: str) -> str:
    """Return what was typed in the simplest letters, without what is not read."""
    if len(text) > LONGEST:
        raise AnswerError(
            f"answer is {_shown(text)}, but at most {LONGEST} characters are read. "
            "Type only the answer."
        )
    simple = re.sub(r"[\s\N{NO-BREAK SPACE}\N{THIN SPACE}]+", " ", text.lower()).strip()
    return re.sub(r"[−–]", "-", simple).replace("×", "x").replace("'", "")


def _shown(text: str) -> str:
    if not text.strip():
        return "empty"
    return repr(text if len(text) <= 40 else text[:37] + "...")
