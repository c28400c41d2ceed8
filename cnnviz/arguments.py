"""What a layer's arguments may be, and the sentences that say so.

Below ``layers``, with nothing but the standard library. Each check returns the value in the one
form that a layer keeps, or raises `LayerError`.
"""

from numbers import Integral

Pair = tuple[int, int]
"""Something along the rows, then the same along the columns."""

Padding = str | tuple[Pair, Pair]
"""``"valid"``, ``"same"``, or ``((top, bottom), (left, right))``."""

ACTIVATIONS = (
    "linear",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "sigmoid",
    "tanh",
    "softplus",
    "swish",
)
"""Names of the activations, as Keras 3 defines them."""


class LayerError(ValueError):
    """A layer, or an array for it, that cannot be.

    Parameters
    ----------
    field : str
        The argument at fault, by Keras' name.
    message : str
        The field, its value, the limit, and a fix that works.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def is_whole_number(value: object, minimum: int) -> bool:
    """Whether `value` counts something: NumPy's integers do, True and 3.0 do not."""
    if type(value) is int:  # nearly always, and ten times as fast to tell
        return value >= minimum
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= minimum


def check_whole_number(field: str, value: int) -> int:
    """Return a count of at least 1."""
    if not is_whole_number(value, 1):
        raise LayerError(
            field,
            f"{field} is {value!r}, but must be a whole number of at least 1. Use {field}=1.",
        )
    return int(value)


def as_pair(value: object, minimum: int) -> Pair | None:
    """Return `value` as a pair of whole numbers, or None if it is no such thing."""
    if isinstance(value, tuple | list) and len(value) == 2:
        first, second = value
        if is_whole_number(first, minimum) and is_whole_number(second, minimum):
            return int(first), int(second)
    return None


def check_pair(field: str, value: int | Pair) -> Pair:
    """Return (rows, columns), each at least 1; one number means both."""
    pair = as_pair((value, value), 1) or as_pair(value, 1)
    if pair is None:
        raise LayerError(
            field,
            f"{field} is {value!r}, but must be a whole number of at least 1, or two of them as "
            f"(rows, columns). Use {field}=1 or {field}=(1, 1).",
        )
    return pair


def check_padding(value: Padding) -> Padding:
    """Return the padding, explicit amounts as tuples."""
    if isinstance(value, str) and value in ("valid", "same"):
        return value
    if isinstance(value, tuple | list) and len(value) == 2:
        rows, columns = (as_pair(sides, 0) for sides in value)
        if rows is not None and columns is not None:
            return rows, columns
    raise LayerError(
        "padding",
        f"padding is {value!r}, but must be 'valid', 'same', or ((top, bottom), (left, right)) in "
        "whole numbers of at least 0. Use padding='same'.",
    )


def check_activation(value: str | None) -> str:
    """Return the name of the activation; None means ``"linear"``."""
    if value is None:
        return "linear"
    if value not in ACTIVATIONS:
        raise LayerError(
            "activation",
            f"activation is {value!r}, but must be one of {', '.join(ACTIVATIONS)}. "
            "Use activation='relu'.",
        )
    return value


def check_switch(field: str, value: bool) -> bool:  # noqa: FBT001 - the value is what is checked
    """Return True or False; 1 and 0 are refused."""
    if not isinstance(value, bool):
        raise LayerError(
            field, f"{field} is {value!r}, but must be True or False. Use {field}=True."
        )
    return value


def divisors(number: int) -> str:
    """Return "1", "1 or 5" or "1, 2, 3 or 6" for use in a message."""
    *others, last = (str(part) for part in range(1, number + 1) if number % part == 0)
    return f"{', '.join(others)} or {last}" if others else last


def shown(pair: Pair) -> str:
    """Write a pair as the one number that people gave where both are the same."""
    return str(pair[0] if pair[0] == pair[1] else pair)
