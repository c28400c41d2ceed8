"""Numbers that somebody typed or pasted, read without ever running them as code.

Layer: above `share`, whose limits and errors it uses.
"""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.codec import LARGEST_NUMBER, Typed, number
from cnnviz.share import ShareError

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SMALL_KERNEL = "1 0 -1; 2 0 -2; 1 0 -1"
_EXAMPLE = f"Type rows of numbers such as {_SMALL_KERNEL}."
_BETWEEN_DIGITS = re.compile(r"[0-9]{1,9},[0-9]{1,9}")  # a few, so that it is quick
# White space alone, or after a comma; a line that ends with a comma is a list that goes on.
_APART = re.compile(r"[0-9.]\s+[-+.0-9]|[0-9.],[ \t]+[-+.0-9]")
_LARGEST_MATRIX = (12, 12, 3)
_LARGEST_KERNEL = (11, 11, 3, 16)
_AXES = ("row", "column", "channel", "filter", "part")
_DEEPEST = 6  # levels of brackets that are looked into


def read_weights(text: str) -> Typed:
    """Read weights that somebody typed or pasted.

    Parameters
    ----------
    text : str
        Rows of numbers (one kernel), or nested brackets as NumPy and TensorFlow print them: two
        levels for one kernel (kh, kw), four for (kh, kw, channels, filters).

    Returns
    -------
    Typed
        Of shape (kh, kw, channels, filters), to six significant digits: at most 11 rows, 11
        columns, 3 channels and 16 filters.

    Raises
    ------
    ShareError
        Saying which row or number is wrong.

    Examples
    --------
    >>> read_weights("1 0 -1; 2 0 -2; 1 0 -1").shape
    (3, 3, 1, 1)
    """
    array = _typed_array(text, "weights", most=math.prod(_LARGEST_KERNEL))
    if array.ndim == 2:
        array = array[:, :, np.newaxis, np.newaxis]
    if array.ndim != 4:
        raise ShareError(
            "weights",
            f"weights has {_levels(array)} of brackets, but must have 2 (kh, kw) or 4 "
            f"(kh, kw, channels, filters). {_EXAMPLE}",
        )
    if any(size > most for size, most in zip(array.shape, _LARGEST_KERNEL, strict=True)):
        raise ShareError(
            "weights",
            f"weights has the shape {array.shape}, but a layer has at most 11 rows, 11 columns, "
            f"3 channels and 16 filters. Type fewer, such as {_SMALL_KERNEL}.",
        )
    return Typed(array.shape, tuple(array.ravel().tolist()))


def read_matrix(text: str) -> NDArray[np.float64]:
    """Read a matrix that somebody typed: rows of numbers, or brackets with 2 or 3 levels.

    Returns
    -------
    ndarray of shape (rows, columns, channels), float64
        With 1 to 12 rows and columns and 1 to 3 channels, to six significant digits.

    Raises
    ------
    ShareError
        Saying which row or number is wrong.

    Examples
    --------
    >>> read_matrix("1 2 3; 4 5 6").shape
    (2, 3, 1)
    """
    array = _typed_array(text, "values", most=math.prod(_LARGEST_MATRIX))
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3:
        raise ShareError(
            "values",
            f"values has {_levels(array)} of brackets, but must have 2 (rows, columns) or 3 "
            "(rows, columns, channels). Type rows of numbers such as 1 2 3; 4 5 6.",
        )
    if any(size > most for size, most in zip(array.shape, _LARGEST_MATRIX, strict=True)):
        raise ShareError(
            "values",
            f"values has the shape {array.shape}, but a matrix has at most 12 rows, 12 columns and "
            "3 channels. Type fewer, such as 1 2 3; 4 5 6.",
        )
    return array


def _levels(array: NDArray[np.float64]) -> str:
    return "1 level" if array.ndim == 1 else f"{array.ndim} levels"


def _typed_array(text: str, field: str, *, most: int) -> NDArray[np.float64]:
    words = text.strip().replace("−", "-")
    if len(words) > 30 * most:
        raise ShareError(
            field,
            f"{field} has {len(words):,} characters, but at most {30 * most:,} are read. "
            f"Type at most {most:,} numbers, such as {_SMALL_KERNEL}.",
        )
    nested = _bracketed(words, field) if "[" in words else _rows(words, field)
    _check_lengths(nested, field)
    array = np.array(nested, np.float64)
    if not 1 <= array.size <= most:
        raise ShareError(
            field, f"{field} has {array.size:,} numbers, but must have 1 to {most:,}. {_EXAMPLE}"
        )
    return array


def _rows(words: str, field: str) -> list[list[float]]:
    lines = [
        line for line in words.replace(";", "\n").splitlines() if line.replace(",", " ").strip()
    ]
    return [_numbers(line, field, row) for row, line in enumerate(lines, start=1)]


def _numbers(words: str, field: str, row: int) -> list[float]:
    """Read the numbers of one line or innermost bracket."""
    decimal = _BETWEEN_DIGITS.search(words)
    if decimal and _APART.search(words):
        raise ShareError(
            field,
            f"{field} holds {decimal[0]!r} in row {row}, where white space separates numbers "
            "too, but a comma is no decimal point. Write decimals with a point, such as 1.5, or a "
            "list with a space after every comma, such as 1, 5.",
        )
    return [_typed_number(word, field, row) for word in re.split(r"[\s,]+", words) if word]


def _check_lengths(nested: list[Any], field: str) -> None:
    """Raise unless brackets side by side hold equally much, level by level."""
    level: list[tuple[tuple[int, ...], Any]]
    level = [((place,), part) for place, part in enumerate(nested, start=1)]
    while level:
        first_place, first = level[0]
        for place, part in level:
            if _length(part) != _length(first):
                fix = f"Give every {_AXES[len(place) - 1]} {_held(first)}." if first else _EXAMPLE
                raise ShareError(
                    field,
                    f"{field} has {_held(part)} in {_named(place)}, but {_held(first)} in "
                    f"{_named(first_place)}. {fix}",
                )
        if not isinstance(first, list):
            return
        level = [
            ((*place, index), inner)
            for place, part in level
            for index, inner in enumerate(part, start=1)
        ]


def _length(part: list[Any] | float) -> int | None:
    return len(part) if isinstance(part, list) else None


def _held(part: list[Any] | float) -> str:
    if not isinstance(part, list):
        return "a number without brackets"
    noun = "bracket" if part and isinstance(part[0], list) else "number"
    return f"{len(part)} {noun}{'' if len(part) == 1 else 's'}"


def _named(place: tuple[int, ...]) -> str:
    return ", ".join(f"{axis} {index}" for axis, index in zip(_AXES, place, strict=False))


def _bracketed(words: str, field: str) -> list[Any]:
    """Read brackets as NumPy prints them (no commas) and as Python writes them.

    What stands around them, as in `tf.Tensor([[1.]], shape=(1, 1))`, is passed over.
    """
    outermost: list[Any] = []
    stack = [outermost]
    inside = words[words.index("[") : words.rindex("]") + 1] if "]" in words else words
    for token in re.findall(r"[][]|[^][]+", inside):
        if token == "]":
            stack.pop()
            if not stack:
                break
        elif token == "[":
            inner: list[Any] = []
            stack[-1].append(inner)
            stack.append(inner)
            if len(stack) > _DEEPEST + 1:
                break
        else:
            row = len(stack[1]) if len(stack) > 2 else len(stack[-1]) + 1
            stack[-1] += _numbers(token, field, row)
    if len(stack) != 1 or len(outermost) != 1:
        raise ShareError(
            field,
            f"{field} has brackets that do not match, or more than {_DEEPEST} levels of them. "
            "Close every [ with a ], such as [[1, 0], [0, 1]].",
        )
    return list(outermost[0])


def _typed_number(word: str, field: str, row: int) -> float:
    """Read one number, to the six digits that a link writes."""
    if not _NUMBER.fullmatch(word):
        raise ShareError(
            field,
            f"{field} holds {word[:20]!r} in row {row}, which is not a number. "
            "Type numbers such as 0.5 or -1.",
        )
    value = float(word)
    if abs(value) > LARGEST_NUMBER:
        raise ShareError(
            field,
            f"{field} holds {word[:20]} in row {row}, but numbers go from {-LARGEST_NUMBER:.0f} to "
            f"{LARGEST_NUMBER:.0f}. Type a smaller one.",
        )
    return float(number(value))
