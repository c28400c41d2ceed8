"""Numbers that somebody typed or pasted, read without ever running them as code.

Layer: above `share`, whose limits and errors it uses.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.codec import LARGEST_NUMBER, Typed, number
from cnnviz.share import ShareError

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_EXAMPLE = "Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1."
_MOST_SIDES = (12, 12, 3)
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
        Of shape (kh, kw, channels, filters), to six significant digits.

    Raises
    ------
    ShareError
        Saying which row or number is wrong.

    Examples
    --------
    >>> read_weights("1 0 -1; 2 0 -2; 1 0 -1").shape
    (3, 3, 1, 1)
    """
    array = _typed_array(text, "weights", most=6_000)
    if array.ndim == 2:
        array = array[:, :, np.newaxis, np.newaxis]
    if array.ndim != 4:
        raise ShareError(
            "weights",
            f"weights has {_levels(array)} of brackets, but must have 2 (kh, kw) or 4 "
            f"(kh, kw, channels, filters). {_EXAMPLE}",
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
    array = _typed_array(text, "values", most=432)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3:
        raise ShareError(
            "values",
            f"values has {_levels(array)} of brackets, but must have 2 (rows, columns) or 3 "
            "(rows, columns, channels). Type rows of numbers such as 1 2 3; 4 5 6.",
        )
    if any(size > most for size, most in zip(array.shape, _MOST_SIDES, strict=True)):
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
            f"Type at most {most:,} numbers.",
        )
    nested = _bracketed(words, field) if "[" in words else _rows(words, field)
    try:
        array = np.array(nested, np.float64)
    except (ValueError, TypeError):
        raise ShareError(
            field,
            f"{field} has rows of different lengths. Give every row as many numbers as the first.",
        ) from None
    if not 1 <= array.size <= most:
        raise ShareError(
            field, f"{field} has {array.size:,} numbers, but must have 1 to {most:,}. {_EXAMPLE}"
        )
    return array


def _rows(words: str, field: str) -> list[list[float]]:
    lines = [line.replace(",", " ").split() for line in words.replace(";", "\n").splitlines()]
    return [[_typed_number(word, field) for word in line] for line in lines if line]


def _bracketed(words: str, field: str) -> list[Any]:
    """Read brackets as NumPy prints them (no commas) and as Python writes them.

    What stands around them, as in `tf.Tensor([[1.]], shape=(1, 1))`, is passed over.
    """
    outermost: list[Any] = []
    stack = [outermost]
    inside = words[words.index("[") : words.rindex("]") + 1] if "]" in words else words
    for token in re.findall(r"[][]|[^][\s,]+", inside):
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
            stack[-1].append(_typed_number(token, field))
    if len(stack) != 1 or len(outermost) != 1:
        raise ShareError(
            field,
            f"{field} has brackets that do not match, or more than {_DEEPEST} levels of them. "
            "Close every [ with a ], such as [[1, 0], [0, 1]].",
        )
    return list(outermost[0])


def _typed_number(word: str, field: str) -> float:
    """Read one number, to the six digits that a link writes."""
    if not _NUMBER.fullmatch(word):
        raise ShareError(
            field,
            f"{field} holds {word[:20]!r}, which is not a number. Type numbers such as 0.5 or -1.",
        )
    value = float(word)
    if abs(value) > LARGEST_NUMBER:
        raise ShareError(
            field,
            f"{field} holds {word[:20]}, but numbers go from {-LARGEST_NUMBER:.0f} to "
            f"{LARGEST_NUMBER:.0f}. Type a smaller one.",
        )
    return float(number(value))
