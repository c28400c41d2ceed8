"""Messages that no page of ours sends: wrong types, numbers that are none, too much, too deep."""

import json
import random
from collections.abc import Iterator
from itertools import accumulate, takewhile
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState

# What JSON cannot write but Python reads from it.
NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "-0.0", "1e308", "9" * 400, "-1", "2147483648")
TEXTS = (
    "",
    "0",
    "<script>alert(1)</script>",
    "![x](http://x.example/y)",
    "\0",
    "\u202e",
    "x" * 5_000,
)
DEEP = 100_000
LARGEST = 1_500_000  # characters; the server takes no message of more than two million


def any_value(chance: random.Random, depth: int = 0) -> str:
    """Write something as JSON: a number, a text, or a list or object of such."""
    kind = chance.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return chance.choice(NUMBERS)
    if kind == 1:
        return json.dumps(chance.choice(TEXTS))
    if kind == 2:
        return chance.choice(("null", "true", "false", "[]", "{}", "[[]]", '""'))
    if kind in (3, 4):
        return str(chance.choice((0, 1, 2, 5, -1, 0.5, 10_000, 4097)))
    if kind == 5:
        return f"[{','.join(any_value(chance, depth + 1) for _ in range(chance.randrange(5)))}]"
    if kind == 6:
        number = chance.choice(NUMBERS)
        return f"[{','.join([number] * chance.choice((3, 6_000 // len(number))))}]"
    names = [
        "at",
        "kind",
        "row",
        "column",
        "value",
        "pin",
        "layer",
        "map",
        "objects",
        "path",
        "raw",
    ]
    inner = (f'"{chance.choice(names)}":{any_value(chance, depth + 1)}' for _ in range(4))
    return f"{{{','.join(inner)}}}"


def _object(chance: random.Random, good: dict[str, str]) -> str:
    """Write an object as the page would, but for one or more fields."""
    fields = dict(good)
    for name in chance.sample(list(fields), chance.randint(1, min(3, len(fields)))):
        if chance.random() < 0.2:
            del fields[name]
        else:
            fields[name] = any_value(chance)
    return f"{{{','.join(f'{json.dumps(name)}:{text}' for name, text in fields.items())}}}"


def edit(chance: random.Random, at: int) -> str:
    """Write an edit of the stage, nearly as it would."""
    place = {"row": "0", "column": "1", "slice": "0", "filter": "0"}
    good = chance.choice(
        [
            {"kind": '"weight"', **place, "value": "0.5"},
            {"kind": '"bias"', "filter": "0", "value": "0.5"},
            {"kind": '"input"', "row": "0", "column": "0", "channel": "0", "value": "1"},
            {"kind": '"preset"', "filter": "0", "slice": "0", "name": '"sobel_x"'},
        ]
    )
    return _object(chance, {"at": str(at), **good})


def edits(chance: random.Random, at: int) -> str:
    """Write what the stage reports as edits."""
    if chance.random() < 0.2:
        return any_value(chance)
    written = [edit(chance, at + k) for k in range(chance.choice((1, 1, 3, 700)))]
    room = takewhile(lambda size: size < LARGEST, accumulate(map(len, written)))
    return f"[{','.join(written[: len(list(room))])}]"


def view(chance: random.Random) -> str:
    """Write what the stage reports of its view."""
    return _object(chance, {"pin": "[0,0,0]", "scope": '"map"', "filter": "0"})


def choice(chance: random.Random) -> str:
    """Write what the overview of the layers reports."""
    return _object(chance, {"layer": '"conv1"', "map": "1"})


def drawing(chance: random.Random) -> str:
    """Write what the pad holds: Fabric's objects, nearly as it would."""
    path = _path(chance)
    good = {
        **{"type": '"Path"', "version": '"7.4.0"', "stroke": '"#ffffff"', "strokeWidth": "24"},
        **{"originX": '"center"', "originY": '"center"', "left": "140", "top": "140"},
        **{"scaleX": "1", "scaleY": "1", "angle": "0", "skewX": "0", "skewY": "0", "path": path},
    }
    count = min(chance.choice((1, 1, 5, 400)), 1 + 1_000_000 // len(path))
    objects = [_object(chance, good) for _ in range(count)]
    raw = f'{{"version":"7.4.0","objects":[{",".join(objects)}]}}'
    return chance.choice(
        [
            f'{{"drawing":{{"raw":{raw},"data":null}},"backgroundFit":null}}',
            f'{{"drawing":{{"raw":{raw},"data":null}},"backgroundFit":null}}',
            f'{{"drawing":{{"raw":{any_value(chance)},"data":null}},"backgroundFit":null}}',
            f'{{"drawing":{any_value(chance)},"backgroundFit":{any_value(chance)}}}',
            any_value(chance),
        ]
    )


def _path(chance: random.Random) -> str:
    steps = ['["M",100,100]']
    for _ in range(chance.choice((1, 10, 10, 3_000))):
        x, y = chance.uniform(-50, 330), chance.uniform(-50, 330)
        steps.append(
            chance.choice(
                [
                    f'["L",{x:.2f},{y:.2f}]',
                    f'["Q",{x:.2f},{y:.2f},{y:.2f},{x:.2f}]',
                    f'["L",{chance.choice(NUMBERS)},{y:.2f}]'
                    if chance.random() < 0.01
                    else '["L",9,9]',
                ]
            )
        )
    return f"[{','.join(steps)}]"


def unreadable() -> Iterator[str]:
    """Yield what Python reads no JSON from: brackets in brackets, a number too long."""
    yield "[" * DEEP
    yield "[" * DEEP + "]" * DEEP
    yield '{"a":' * DEEP + "1" + "}" * DEEP
    yield "9" * 5_000


def wrong_kinds(known: WidgetState, chance: random.Random) -> Iterator[WidgetState]:
    """Yield a widget's message with values of every other kind, and odd ones of its own."""
    values: list[dict[str, Any]] = [
        {"trigger_value": True},
        {"bool_value": True},
        {"double_value": float("nan")},
        {"double_value": float("inf")},
        {"double_value": 1e308},
        {"int_value": 2**63 - 1},
        {"int_value": -(2**63)},
        {"string_value": chance.choice(TEXTS)},
        {"string_value": "x" * 200_000},
        {"json_value": "[" * 9_000},
        {"json_value": "NaN"},
        {"json_trigger_value": '[{"event":"edits","value":[]}]'},
        {"bytes_value": b"\xff\xfe"},
    ]
    for value in values:
        yield WidgetState(id=known.id, **value)
    numbers = ([], [float("nan")], [float("inf")], [1e308], [-5], [1, 2, 3], [0.5], [3] * 50_000)
    for data in numbers:
        state = WidgetState(id=known.id)
        state.double_array_value.data.extend(data)
        yield state
        whole = WidgetState(id=known.id)
        whole.int_array_value.data.extend([9 for value in data])
        yield whole
    for texts in ([], ["no such"], ["x" * 10_000] * 20, list(TEXTS[:4]) * 100):
        state = WidgetState(id=known.id)
        state.string_array_value.data.extend(texts)
        yield state
