"""Numbers that somebody typed or pasted, read without ever running them as code.

Layer: above `share`, whose limits and errors it uses.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.codec import LARGEST_NUMBER, Typed, number
from cnnviz.share import ShareError


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
        Of shape (kh, kw, channels, filters).

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
        array = array[:, :, None, None]
    if array.ndim != 4:
        raise ShareError(
            "weights",
            f"weights has {array.ndim} levels of brackets, but must have 2 (kh, kw) or 4 "
            "(kh, kw, channels, filters). Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        )
    return Typed(array.shape, tuple(float(number(value)) for value in array.ravel()))


def read_matrix(text: str) -> NDArray[np.float32]:
    """Read a matrix that somebody typed: rows of numbers, or brackets with 2 or 3 levels.

    Returns
    -------
    ndarray of shape (rows, columns, channels), float32
        With 1 to 12 rows and columns and 1 to 3 channels.

    Examples
    --------
    >>> read_matrix("1 2 3; 4 5 6").shape
    (2, 3, 1)
    """
    array = _typed_array(text, "values", most=432)
    if array.ndim == 2:
        array = array[:, :, None]
    limits = (12, 12, 3)
    if array.ndim != 3 or any(n > limit for n, limit in zip(array.shape, limits, strict=True)):
        raise ShareError(
            "values",
            f"values has the shape {array.shape}, but a matrix has at most 12 rows, 12 columns and "
            "3 channels. Type fewer, such as 1 2 3; 4 5 6.",
        )
    return array.astype(np.float32)


def _typed_array(text: str, field: str, *, most: int) -> NDArray[np.float64]:
    words = text.strip().replace("−", "-")
    if len(words) > 30 * most:
        raise ShareError(
            field,
            f"{field} has {len(words)} characters, but at most {30 * most} are read. Type less.",
        )
    nested: Any = _bracketed(words, field) if "[" in words else _rows(words, field)
    try:
        array = np.array(nested, np.float64)
    except (ValueError, TypeError):
        raise ShareError(
            field,
            f"{field} has rows of different lengths. Give every row as many numbers as the first.",
        ) from None
    if array.size == 0 or array.size > most:
        raise ShareError(
            field,
            f"{field} has {array.size} numbers, but must have 1 to {most}. "
            "Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        )
    if not np.isfinite(array).all() or np.abs(array).max() > LARGEST_NUMBER:
        raise ShareError(
            field,
            f"{field} holds a number that is not between {-LARGEST_NUMBER:.0f} and "
            f"{LARGEST_NUMBER:.0f}. Type a smaller one.",
        )
    return array


def _rows(words: str, field: str) -> list[list[float]]:
    lines = [line.replace(",", " ").split() for line in words.replace(";", "\n").splitlines()]
    return [[_typed_number(word, field) for word in line] for line in lines if line]


def _bracketed(words: str, field: str) -> Any:
    # Brackets as NumPy prints them (no commas) and as Python writes them, read by hand: what a
    # visitor types is never run as code.
    tokens = words[words.index("[") : words.rindex("]") + 1] if "]" in words else ""
    stack: list[list[Any]] = [[]]
    for token in tokens.replace("[", " [ ").replace("]", " ] ").replace(",", " ").split():
        if token == "[":
            stack.append([])
        elif token == "]":
            if len(stack) == 1:
                break
            inner = stack.pop()
            stack[-1].append(inner)
        else:
            stack[-1].append(_typed_number(token, field))
        if len(stack) > 6:
            break
    if len(stack) != 1 or len(stack[0]) != 1:
        raise ShareError(
            field,
            f"{field} has brackets that do not match. "
            "Close every [ with a ], such as [[1, 0], [0, 1]].",
        )
    return stack[0][0]


def _typed_number(word: str, field: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ShareError(
            field,
            f"{field} holds {word[:20]!r}, which is not a number. Type numbers such as 0.5 or -1.",
        ) from None
