"""Links that nobody wrote with good intent, made by a seeded chance."""

import random
from collections.abc import Callable, Iterator
from dataclasses import fields

from cnnviz.lessons.progress import LessonsState
from cnnviz.share import ClassifierState, ConvolutionState, PageState, PoolingState

STATES: dict[str, type[PageState]] = {
    "convolution": ConvolutionState,
    "pooling": PoolingState,
    "classifier": ClassifierState,
    "lessons": LessonsState,
}
# What good links hold: a start for what is nearly right.
GOOD = (
    *("3", "5x7", "1x1", "0_1_0_1", "valid", "same", "explicit", "relu", "true", "false", "1_3_0"),
    *("sobel_x~ones.outline", "he_normal-7", "random_normal-7-0.01", "2x2x1x1~1_2_3_4", "draw"),
    *("FgACAAD__w", "1x2x1~1_-1", "0_1_0_2_0.5~1_1_1_1_-1e3", "0.5", "-1e-6", "crop.centre"),
    *("upload", "sample", "mnist", "matrix", "convolution", "relu1", "conv2", "grad_cam", "max"),
    *("filters.6~~padding.valid", "UklGRg", "9999", "channels_first", "layer", "map", "average"),
)
ODD = (
    *("", " ", "+", "-", ".", "_", "~", "~~", "x", "xx", "null", "None", "nan", "NaN", "inf"),
    *("-inf", "Infinity", "1e999", "-1e999", "1e-999", "0x10", "1_0", " 1", "1 ", "1.0", "+3"),
    *("-0", "٣", "３", "1٣", "１e１", "½", "²", "1,5", "1;2", "[1]", "{}", "()", "true\n", "True"),
    *(
        "\0",
        "a\0b",
        "\x1b[31m",
        "\u202e3",
        "\ufeff3",
        "\ud7ff",
        "𝟛",
        "🙂",
        "é" * 9,
        "\r\nSet-Cookie: a=1",
    ),
    *("<script>alert(1)</script>", "![x](http://x.example/y.png)", "[x](javascript:alert(1))"),
    *("'; drop table", "${7*7}", "{{7*7}}", "%s%n", "../../etc/passwd", "file:///etc/passwd"),
    *("__class__", "__import__('os')", "constructor", "__proto__", "~".join(["x"] * 50)),
    *("9" * 400, "-" * 400, "1x" * 400, "1_" * 400, "A" * 400, "=" * 9, "&a=1", "#", "?"),
)
NAMES = (
    *("edit", "Filters", "filters ", "kernel-size", "__init__", "0", "", "\0", "embed", "hide"),
    *("embed_options", "<b>", "![x](y)", "a" * 300, "constructor", "strides\n", "🙂"),
)


def links(count: int, *, seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of a page and a query for it."""
    chance = random.Random(seed)
    names = {page: [field.name for field in fields(kind)] for page, kind in STATES.items()}
    for _ in range(count):
        page = chance.choice(list(STATES))
        of_page = names[page]
        query = {}
        for _ in range(min(12, 1 + int(chance.expovariate(0.4)))):
            name = chance.choice(NAMES) if chance.random() < 0.1 else chance.choice(of_page)
            query[name] = value(chance)
        yield page, query


def value(chance: random.Random) -> str:
    """Make one text: good, odd, nearly good, or without any sense."""
    kinds: list[Callable[[random.Random], str]] = [
        lambda chance: chance.choice(GOOD),
        lambda chance: chance.choice(ODD),
        _nearly_good,
        _nearly_good,
        _joined,
        _noise,
    ]
    return chance.choice(kinds)(chance)


def _nearly_good(chance: random.Random) -> str:
    text = list(chance.choice(GOOD))
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(text) + 1)
        text[at : at + chance.choice((0, 1, 2))] = chance.choice(
            ("", "9", "-", "_", "~", ".", "x", "A")
        )
    return "".join(text)


def _joined(chance: random.Random) -> str:
    pieces = [chance.choice(GOOD + ODD) for _ in range(chance.randint(2, 20))]
    return chance.choice("_~.x-").join(pieces)


def _noise(chance: random.Random) -> str:
    letters = "0123456789abcxyzABCXYZ-._~ %&=+/\\\"'<>\t\u00e9\u4e2d\U0001f642"
    return "".join(chance.choices(letters, k=int(chance.expovariate(0.02))))
