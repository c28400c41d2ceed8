"""How one field of a state is written in a URL: a codec for each kind of value.

Layer: above `filters`; drawings are in `stroke_codec`. Everything is written with the letters that
a URL leaves alone (`A-Z a-z 0-9 - . _ ~`), so that nothing grows by escaping. Reading raises
ValueError and nothing else, whatever it is given.
"""

import base64
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnviz.compute import INITIALIZERS
from cnnviz.filters import FILTERS

LARGEST_NUMBER = 1e6

Pair = tuple[int, int]


@dataclass(frozen=True)
class Codec:
    """How one field is written in a URL, and what is allowed in it."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]  # raises ValueError
    rule: str  # what a reader may write instead: "must be …"


@dataclass(frozen=True)
class Typed:
    """Numbers with the shape that they were typed in."""

    shape: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Edit:
    """One weight changed by hand, over whatever preset its filter has."""

    row: int
    column: int
    slice: int
    filter: int
    value: float


def number(value: float) -> str:
    """Write a number in at most six significant digits.

    Examples
    --------
    >>> number(-0.50), number(12.0), number(1e-7)
    ('-0.5', '12', '1e-07')
    """
    return f"{value:.6g}".replace("e+", "e")


def read_number(text: str) -> float:
    """Read a number of at most a million in size, to the six digits that `number` writes.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> read_number("-1.23456789")
    -1.23457
    """
    # float() also takes "1_0" and digits of other scripts, and "inf" and "nan".
    if not re.fullmatch(r"[-+0-9.eE]{1,40}", text):
        raise ValueError(text)
    value = float(text)
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(text)
    return float(number(value))


def _whole_number(text: str, low: int, high: int) -> int:
    # int() also takes "1_0", " 1" and digits of other scripts; a link holds plain ones.
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not low <= int(text) <= high:
        raise ValueError(text)
    return int(text)


def whole(low: int, high: int) -> Codec:
    """Write a whole number; read one between two limits.

    Examples
    --------
    >>> whole(1, 16).read("12")
    12
    """
    return Codec(
        str, lambda text: _whole_number(text, low, high), f"a whole number from {low} to {high}"
    )


def pair(low: int, high: int) -> Codec:
    """Write height and width: `3` for both, or `3x5`.

    Examples
    --------
    >>> pair(1, 11).write((3, 3)), pair(1, 11).read("3x5")
    ('3', (3, 5))
    """

    def write(value: Pair) -> str:
        height, width = value
        return str(height) if height == width else f"{height}x{width}"

    def read(text: str) -> Pair:
        height, _, width = text.partition("x")
        return (
            _whole_number(height, low, high),
            _whole_number(width if "x" in text else height, low, high),
        )

    return Codec(
        write, read, f"a whole number from {low} to {high}, or two such as {min(3, high)}x{high}"
    )


def choice(*options: str) -> Codec:
    """Write one word of a few.

    Examples
    --------
    >>> choice("valid", "same").rule
    'one of valid, same'
    """

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return Codec(str, read, f"one of {', '.join(options)}")


def several(*options: str) -> Codec:
    """Write any of a few words, `crop.centre`.

    Examples
    --------
    >>> several("crop", "centre").read("centre.crop")
    ('crop', 'centre')
    """

    def read(text: str) -> tuple[str, ...]:
        words = text.split(".", len(options)) if text else []
        if len(set(words)) < len(words) or not set(words) <= set(options):
            raise ValueError(text)
        return tuple(option for option in options if option in words)

    return Codec(".".join, read, f"any of {', '.join(options)}, such as {'.'.join(options[:2])}")


def word() -> Codec:
    """Write a name of letters and digits, `relu1`; whether it names something is asked later.

    Examples
    --------
    >>> word().read("relu1")
    'relu1'
    """

    def read(text: str) -> str:
        if not re.fullmatch(r"[a-z0-9]{1,20}", text):
            raise ValueError(text)
        return text

    return Codec(str, read, "a name of small letters and digits, such as relu1")


def real(low: float, high: float) -> Codec:
    """Write a number; read one between two limits.

    Examples
    --------
    >>> real(0.0, 1.0).read("0.5")
    0.5
    """

    def read(text: str) -> float:
        value = read_number(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return Codec(number, read, f"a number from {number(low)} to {number(high)}")


def flag() -> Codec:
    """Write true or false.

    Examples
    --------
    >>> flag().write(False)
    'false'
    """
    return Codec(lambda value: str(value).lower(), _read_flag, "true or false")


def _read_flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _write_numbers(values: tuple[float, ...]) -> str:
    return "_".join(number(value) for value in values)


def _read_numbers(text: str, most: int) -> tuple[float, ...]:
    words = text.split("_", most)
    if len(words) > most:
        raise ValueError(text)
    return tuple(read_number(word) for word in words)


def numbers(most: int) -> Codec:
    """Write numbers in reading order, `1_0_-1`.

    Examples
    --------
    >>> numbers(3).read("1_0_-1")
    (1.0, 0.0, -1.0)
    """
    return Codec(
        _write_numbers,
        lambda text: _read_numbers(text, most),
        f"at most {most} numbers, such as 1_0_-1",
    )


def typed(axes: int, most: int) -> Codec:
    """Write a shape and its numbers, `2x2x1~1_2_3_4`.

    Examples
    --------
    >>> typed(3, 432).read("1x2x1~1_-1")
    Typed(shape=(1, 2, 1), values=(1.0, -1.0))
    """

    def write(value: Typed) -> str:
        return "x".join(map(str, value.shape)) + "~" + _write_numbers(value.values)

    def read(text: str) -> Typed:
        shape_text, _, values_text = text.partition("~")
        shape = tuple(_whole_number(size, 1, most) for size in shape_text.split("x", axes))
        values = _read_numbers(values_text, most)
        if len(shape) != axes or math.prod(shape) != len(values):
            raise ValueError(text)
        return Typed(shape, values)

    example = "x".join(["1"] * (axes - 1)) + "x2~1_-1"
    return Codec(write, read, f"a shape and a number for each of its cells, such as {example}")


# How far random_normal may spread; Keras' own default is 0.05.
SMALLEST_DEVIATION, LARGEST_DEVIATION = 0.001, 10.0


def kernels(most: int) -> Codec:
    """Write the preset of each filter, `sobel_x~outline`, or of each channel, `ones.outline`.

    A random filter is its Keras initialiser, its seed and, for random_normal, its standard
    deviation: `he_normal-7`, `random_normal-7-0.01`.

    Examples
    --------
    >>> kernels(16).read("sobel_x~ones.outline")
    (('sobel_x',), ('ones', 'outline'))
    """

    def read_filter(text: str) -> tuple[str, ...]:
        names = _split_channels(text)
        if len(names) > 3 or not all(is_kernel_name(name) for name in names):
            raise ValueError(text)
        return tuple(names)

    def read(text: str) -> tuple[tuple[str, ...], ...]:
        parts = text.split("~", most)
        if len(parts) > most:
            raise ValueError(text)
        return tuple(read_filter(part) for part in parts)

    return Codec(
        lambda value: "~".join(".".join(names) for names in value),
        read,
        f"at most {most} names of filters, such as sobel_x~outline or he_normal-7",
    )


def _split_channels(text: str) -> list[str]:
    # The point separates channels, but also stands in a deviation such as 0.01.
    return re.split(r"(?<![0-9])\.|\.(?![0-9])", text)


def is_kernel_name(name: str) -> bool:
    """Tell whether a filter can be called this: a named one, or a random one.

    Examples
    --------
    >>> is_kernel_name("sobel_x"), is_kernel_name("he_normal-7"), is_kernel_name("he_normal")
    (True, True, False)
    """
    try:
        return name in FILTERS or random_parts(name) is not None
    except ValueError:
        return False


def random_parts(name: str) -> tuple[str, int, float] | None:
    """Take the name of a random filter apart.

    Returns
    -------
    (str, int, float) or None
        Initialiser, seed and standard deviation (of random_normal; 0.05 is Keras' own default), or
        None for a name that does not begin with an initialiser's.

    Raises
    ------
    ValueError
        When seed or deviation are missing, no numbers, or outside their limits.

    Examples
    --------
    >>> random_parts("random_normal-7-0.01")
    ('random_normal', 7, 0.01)
    >>> random_parts("sobel_x") is None
    True
    """
    initializer, *rest = name.split("-", 2)
    if initializer not in INITIALIZERS:
        return None
    seed, *spread = rest
    return initializer, _whole_number(seed, 0, 999_999_999), _deviation(initializer, spread)


def _deviation(initializer: str, spread: list[str]) -> float:
    if not spread:
        return 0.05
    deviation = read_number(spread[0])
    # Other initialisers take theirs from the shape.
    if initializer != "random_normal" or not SMALLEST_DEVIATION <= deviation <= LARGEST_DEVIATION:
        raise ValueError(spread[0])
    return deviation


def edits(most: int) -> Codec:
    """Write weights changed by hand: row, column, slice, filter and value, `0_1_0_2_0.5~…`.

    Examples
    --------
    >>> edits(16).write((Edit(row=0, column=1, slice=0, filter=2, value=0.5),))
    '0_1_0_2_0.5'
    """

    def read_edit(text: str) -> Edit:
        *place, value = text.split("_", 4)
        row, column, slice_, filter_ = (_whole_number(part, 0, 31) for part in place)
        return Edit(row, column, slice_, filter_, read_number(value))

    def read(text: str) -> tuple[Edit, ...]:
        parts = text.split("~", most)
        if len(parts) > most:
            raise ValueError(text)
        return tuple(read_edit(part) for part in parts)

    def write(value: tuple[Edit, ...]) -> str:
        return "~".join(f"{e.row}_{e.column}_{e.slice}_{e.filter}_{number(e.value)}" for e in value)

    return Codec(
        write, read, f"at most {most} changes row_column_slice_filter_value, such as 0_0_0_0_-1"
    )


def data(most: int) -> Codec:
    """Write bytes, in the URL's base64.

    Examples
    --------
    >>> data(100).write(b"RIFF"), data(100).read("UklGRg")
    ('UklGRg', b'RIFF')
    """

    def read(text: str) -> bytes:
        if len(text) > most or not re.fullmatch(r"[A-Za-z0-9_-]*", text):
            raise ValueError(text)
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    return Codec(
        lambda value: base64.urlsafe_b64encode(value).decode().rstrip("="),
        read,
        f"at most {most} characters of base64 without padding",
    )


def cell() -> Codec:
    """Write a cell of an output map: row, column, map, `1_3_0`.

    Examples
    --------
    >>> cell().read("1_3_0")
    (1, 3, 0)
    """

    def read(text: str) -> tuple[int, int, int]:
        row, column, filter_ = (_whole_number(part, 0, 4096) for part in text.split("_", 2))
        return row, column, filter_

    return Codec(lambda value: "_".join(map(str, value)), read, "row_column_map, such as 1_3_0")


def sides(high: int) -> Codec:
    """Write explicit padding: top, bottom, left, right, `0_1_0_1`.

    Examples
    --------
    >>> sides(8).write((0, 1, 0, 1))
    '0_1_0_1'
    """

    def read(text: str) -> tuple[int, int, int, int]:
        top, bottom, left, right = (_whole_number(part, 0, high) for part in text.split("_", 3))
        return top, bottom, left, right

    return Codec(
        lambda value: "_".join(map(str, value)),
        read,
        f"four whole numbers from 0 to {high}: top_bottom_left_right, such as 0_1_0_1",
    )
