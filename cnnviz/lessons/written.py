"""How numbers stand in a sentence: sums with all their products, signs, small matrices.

Layer: above `window`. Takes what `window` explains, returns Markdown; computes nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnviz.codec import Typed, number
from cnnviz.lessons.lesson import Matrix
from cnnviz.window import Explanation

Shape = Sequence[int]


def plain(value: float) -> str:
    """Write a number, with a minus that is as wide as a plus.

    Examples
    --------
    >>> plain(-0.5), plain(1200), plain(12.0)
    ('−0.5', '1,200', '12')
    """
    if float(value).is_integer():
        return f"{value:,.0f}".replace("-", "−")
    return number(value).replace("-", "−")


def factor(value: float) -> str:
    """Write a number behind a multiplication sign or a plus.

    Examples
    --------
    >>> factor(-2.0), factor(2.0)
    ('(−2)', '2')
    """
    return f"({plain(value)})" if value < 0 else plain(value)


def added(values: Iterable[float]) -> str:
    """Write a sum.

    Examples
    --------
    >>> added([1, -2, 3])
    '1 + (−2) + 3'
    """
    first, *others = values
    return " + ".join([plain(first), *map(factor, others)])


def products(cell: Explanation) -> str:
    """Write every product of one output cell: input times weight.

    Examples
    --------
    >>> from cnnviz.layers import Conv2D
    >>> from cnnviz.window import explain
    >>> image, kernel = np.reshape([3, 4], (1, 2, 1)), np.reshape([1, -2], (1, 2, 1, 1))
    >>> products(explain(image, kernel, None, Conv2D(1, (1, 2)), row=0, column=0, filter=0))
    '3·1 + 4·(−2)'
    """
    pairs = zip(cell.inputs.ravel(), cell.weights.ravel(), strict=True)
    first, *others = [(plain(value), factor(value), factor(weight)) for value, weight in pairs]
    return " + ".join(
        [f"{first[0]}·{first[2]}", *(f"{value}·{weight}" for _, value, weight in others)]
    )


def shape(axes: Shape) -> str:
    """Write the shape of an array.

    Examples
    --------
    >>> shape((28, 28, 1)), shape((3,))
    ('(28, 28, 1)', '(3,)')
    """
    return str(tuple(int(size) for size in axes))


def times(axes: Shape) -> str:
    """Write a size.

    Examples
    --------
    >>> times((32, 32, 3))
    '32 × 32 × 3'
    """
    return " × ".join(map(str, axes))


def matrix(label: str, values: ArrayLike) -> Matrix:
    """Print a plane of numbers with a question."""
    rows = np.asarray(values, np.float64)
    return Matrix(label, tuple(tuple(float(value) for value in row) for row in rows))


def typed(values: Any) -> Typed:
    """Write an array as a state holds typed numbers.

    Examples
    --------
    >>> typed([[1, 2]])
    Typed(shape=(1, 2), values=(1.0, 2.0))
    """
    array = np.asarray(values, np.float64)
    return Typed(array.shape, tuple(float(number(value)) for value in array.ravel()))
