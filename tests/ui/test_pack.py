"""The block of bytes for the stage can be taken apart again."""

import json
import re

import numpy as np
import pytest

from cnnviz.ui.stage import FOLDER, pack
from tests.strategies import numbers


def unpack(block):
    """Do what `unpack` in block.js does."""
    length = int.from_bytes(block[:4], "little")
    header = json.loads(block[4 : 4 + length])
    arrays = {}
    end = 4 + length
    for name, entry in header["arrays"].items():
        count = int(np.prod(entry["shape"]))
        start = 4 + length + entry["offset"]
        values = np.frombuffer(block, entry["type"], count, start)
        arrays[name] = values.reshape(entry["shape"])
        end = max(end, start + values.nbytes)
    assert end == len(block)
    return header, arrays


def test_arrays_come_out_as_they_went_in():
    sent = {
        "input": numbers((2, 3, 1)),
        "row_taps": np.array([[-1, 0], [1, 2**31 - 1]]),
        "empty": np.zeros((0, 3), np.float32),
        "output": numbers((1, 2, 2), seed=1),
    }
    _, arrays = unpack(pack({}, sent))
    assert list(arrays) == list(sent)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, sent[name])


@pytest.mark.parametrize(
    ("kind", "sent_as"),
    [
        ("float64", "<f4"),
        (">f4", "<f4"),
        ("int64", "<i4"),
        ("uint8", "<i4"),
        ("bool", "<i4"),
    ],
)
def test_numbers_are_sent_as_four_bytes_with_the_little_end_first(kind, sent_as):
    array = np.array([0, 1, 1]).astype(kind)
    header, arrays = unpack(pack({}, {"cells": array}))
    assert header["arrays"] == {"cells": {"type": sent_as, "offset": 0, "shape": [3]}}
    assert arrays["cells"].tolist() == [0, 1, 1]


def test_small_whole_numbers_stay_one_byte_beside_others():
    cells = np.array([[-127, 0, 127]], np.int8)
    sent = {"before": numbers((2, 2)), "cells": cells, "after": numbers((3, 1), seed=1)}
    header, arrays = unpack(pack({}, sent))
    assert header["arrays"]["cells"] == {"type": "|i1", "offset": 16, "shape": [1, 3]}
    assert header["arrays"]["after"]["offset"] == 19
    for name, array in sent.items():
        np.testing.assert_array_equal(arrays[name], array)


def test_the_browser_knows_every_type_that_is_sent():
    script = (FOLDER / "block.js").read_text(encoding="utf-8")
    known = dict(re.findall(r'"([<|][fi][14])": (\w+)Array', script))
    assert known == {"<f4": "Float32", "<i4": "Int32", "|i1": "Int8"}


def test_a_view_is_sent_in_reading_order():
    array = numbers((2, 3, 4)).transpose(2, 0, 1)[::-1]
    _, arrays = unpack(pack({}, {"view": array}))
    np.testing.assert_array_equal(arrays["view"], array)


def test_the_header_is_json_with_its_length_in_bytes_first():
    block = pack({"text": "× 3 −", "view": {"pin": (1, 2, 0)}}, {})
    header, arrays = unpack(block)
    assert header == {"text": "× 3 −", "view": {"pin": [1, 2, 0]}, "arrays": {}}
    assert arrays == {}


def test_nothing_is_sent_twice():
    block = pack({}, {"output": numbers((28, 28, 4))})
    assert len(block) < 28 * 28 * 4 * 4 + 100
