"""How one field of a state is written in a URL: a codec for each kind of value.

Layer: above `drawing` and `filters`. Everything is written with the letters that a URL leaves alone
(`A-Z a-z 0-9 - . _ ~`), so that nothing grows by escaping. Reading raises ValueError and nothing
else, whatever it is given.
"""

import base64
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnviz.drawing import Stroke
from cnnviz.filters import FILTERS

LARGEST_NUMBER = 1e6
INITIALIZERS = ("glorot_uniform", "he_normal", "random_normal")

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
    """Read a finite number of at most a million in size; raise ValueError for anything else."""
    value = float(text)
    if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
        raise ValueError(text)
    return value


def _whole_number(text: str, low: int, high: int) -> int:
    # int() also takes "1_0", " 1" and digits of other scripts; a link holds plain ones.
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not low <= int(text) <= high:
        raise ValueError(text)
    return int(text)


def whole(low: int, high: int) -> Codec:
    """Write a whole number; read one between two limits."""
    return Codec(
        str, lambda text: _whole_number(text, low, high), f"a whole number from {low} to {high}"
    )


def pair(low: int, high: int) -> Codec:
    """Height and width: `3` for both, or `3x5`."""

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
    """One word of a few."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return Codec(str, read, f"one of {', '.join(options)}")


def flag() -> Codec:
    """Write true or false."""
    return Codec(
        lambda value: str(value).lower(),
        _read_flag,
        "true or false",
    )


def _read_flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def real(low: float, high: float) -> Codec:
    """Write a number; read one between two limits."""

    def read(text: str) -> float:
        value = read_number(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return Codec(number, read, f"a number from {number(low)} to {number(high)}")


def _write_numbers(values: tuple[float, ...]) -> str:
    return "_".join(number(value) for value in values)


def _read_numbers(text: str, most: int) -> tuple[float, ...]:
    words = text.split("_", most)
    if len(words) > most:
        raise ValueError(text)
    return tuple(read_number(word) for word in words)


def numbers(most: int) -> Codec:
    """Numbers in reading order, `1_0_-1`."""
    return Codec(
        _write_numbers,
        lambda text: _read_numbers(text, most),
        f"at most {most} numbers, such as 1_0_-1",
    )


def typed(axes: int, most: int) -> Codec:
    """Write a shape and its numbers, `2x2x1~1_2_3_4`."""

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


KERNEL_NAME = re.compile(
    f"{'|'.join(FILTERS)}|(?:{'|'.join(INITIALIZERS)})-[0-9]{{1,9}}(?:-[0-9.e-]{{1,12}})?"
)


def kernels(most: int) -> Codec:
    """Write the preset of each filter, `sobel_x~outline`, or of each channel, `ones.outline`.

    A random filter is its Keras initialiser, its seed and, for random_normal, its standard
    deviation: `he_normal-7`, `random_normal-7-0.01`.
    """

    def read_filter(text: str) -> tuple[str, ...]:
        names = tuple(_joined_decimals(text))
        if len(names) > 3 or not all(KERNEL_NAME.fullmatch(name) for name in names):
            raise ValueError(text)
        for name in names:
            random_parts(name)
        return names

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


def _joined_decimals(text: str) -> list[str]:
    # The point separates channels, but also stands in a deviation such as 0.01.
    return re.split(r"(?<![0-9])\.|\.(?![0-9])", text)


def random_parts(name: str) -> tuple[str, int, float] | None:
    """Take the name of a random filter apart.

    Returns
    -------
    (str, int, float) or None
        Initialiser, seed and standard deviation (of random_normal; 0.05 is Keras' own default), or
        None for a named filter.

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
    deviation = real(0.0, 10.0).read(rest[1]) if len(rest) > 1 else 0.05
    return initializer, int(rest[0]), deviation


def edits(most: int) -> Codec:
    """Weights changed by hand: row, column, slice, filter and value, `0_1_0_2_0.5~…`."""

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
    """Bytes, in the URL's base64."""

    def read(text: str) -> bytes:
        if len(text) > most or not re.fullmatch(r"[A-Za-z0-9_-]*", text):
            raise ValueError(text)
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    return Codec(
        lambda value: base64.urlsafe_b64encode(value).decode().rstrip("="),
        read,
        f"at most {most} characters of base64 without padding",
    )


# A pad is 280 pixels wide; a coordinate is one byte, so a step is 1.1 pixels.
PAD = 280
STEP = PAD / 255
MOST_POINTS = 2_000


def quantised(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """Put strokes on the raster of a link, so that the shared drawing is the same one."""
    return _read_strokes(_write_strokes(strokes))


def _write_strokes(strokes: tuple[Stroke, ...]) -> bytes:
    block = bytearray()
    for stroke in strokes:
        count = len(stroke.points)
        width = min(127, max(1, round(stroke.width)))
        block += bytes((width | (128 if stroke.erase else 0), count >> 8, count & 255))
        for x, y in stroke.points:
            block += bytes(min(255, max(0, round(value / STEP))) for value in (x, y))
    return bytes(block)


def _read_strokes(block: bytes) -> tuple[Stroke, ...]:
    strokes: list[Stroke] = []
    at = points = 0
    while at < len(block):
        head = block[at : at + 3]
        count = int.from_bytes(head[1:], "big")
        body = block[at + 3 : at + 3 + 2 * count]
        points += count
        if len(head) < 3 or count < 1 or len(body) < 2 * count or points > MOST_POINTS:
            raise ValueError("strokes")
        line = tuple(
            (round(x * STEP, 2), round(y * STEP, 2))
            for x, y in zip(body[::2], body[1::2], strict=True)
        )
        strokes.append(Stroke(line, float(max(1, head[0] & 127)), head[0] >= 128))
        at += 3 + 2 * count
    return tuple(strokes)


def drawing(most: int) -> Codec:
    """Strokes, each its width, its number of points and the points, in the URL's base64."""
    inner = data(most)
    return Codec(
        lambda value: inner.write(_write_strokes(value)),
        lambda text: _read_strokes(inner.read(text)),
        "the text that this page wrote for a drawing",
    )


def cell() -> Codec:
    """Write a cell of an output map: row, column, map, `1_3_0`."""

    def read(text: str) -> tuple[int, int, int]:
        row, column, filter_ = (_whole_number(part, 0, 4096) for part in text.split("_", 2))
        return row, column, filter_

    return Codec(lambda value: "_".join(map(str, value)), read, "row_column_map, such as 1_3_0")


def sides(high: int) -> Codec:
    """Explicit padding: top, bottom, left, right, `0_1_0_1`."""

    def read(text: str) -> tuple[int, int, int, int]:
        top, bottom, left, right = (_whole_number(part, 0, high) for part in text.split("_", 3))
        return top, bottom, left, right

    return Codec(
        lambda value: "_".join(map(str, value)),
        read,
        f"four whole numbers from 0 to {high}: top_bottom_left_right, such as 0_1_0_1",
    )
