"""Typed numbers: read as people and libraries write them, refused with the way out."""

import contextlib
import re

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as some
from numpy.testing import assert_allclose

from cnnviz.codec import Typed
from cnnviz.share import ConvolutionState, ShareError, decode, encode
from cnnviz.typed import read_matrix, read_weights

FOUR = np.random.default_rng(0).normal(size=(2, 3, 2, 2)).astype(np.float32)


@pytest.mark.parametrize(
    "text",
    [
        "1 0 -1; 2 0 -2",
        "1 0 -1\n2 0 -2\n",
        "1, 0, -1\n2, 0, -2",
        "1,0,−1;2,0,−2",
        "[[1, 0, -1], [2, 0, -2]]",
        "[[ 1.  0. -1.]\n [ 2.  0. -2.]]",
        "array([[1., 0., -1.],\n       [2., 0., -2.]], dtype=float32)",
        "tf.Tensor(\n[[1. 0. -1.]\n [2. 0. -2.]], shape=(2, 3), dtype=float32)",
        "+1 0e0 -10e-1; .2e1 0 -2.",
    ],
)
def test_one_kernel_is_read_however_it_is_written(text):
    assert read_weights(text) == Typed((2, 3, 1, 1), (1.0, 0.0, -1.0, 2.0, 0.0, -2.0))
    assert read_matrix(text)[:, :, 0].tolist() == [[1, 0, -1], [2, 0, -2]]


@pytest.mark.parametrize("written", [str, repr], ids=["str", "repr"])
@pytest.mark.parametrize("kind", [np.array, tf.constant, np.ndarray.tolist])
def test_a_whole_stack_is_read_as_libraries_print_it(kind, written):
    typed = read_weights(written(kind(FOUR)))
    assert typed.shape == (2, 3, 2, 2)
    assert_allclose(np.reshape(typed.values, typed.shape), FOUR, rtol=5e-6)


def test_a_matrix_with_channels_has_three_levels():
    assert read_matrix("[[[1, 2, 3]], [[4, 5, 6]]]").shape == (2, 1, 3)


def test_numbers_are_kept_to_the_digits_that_a_link_writes():
    state = ConvolutionState(weights=read_weights("0.123456789 1234567e-2"))
    assert state.weights.values == (0.123457, 12345.7)
    assert decode(ConvolutionState, encode(state).query) == (state, ())


# The message, and a text with the promised fix applied.
WEIGHTS = [
    (
        "",
        "weights has 0 numbers, but must have 1 to 6,000. "
        "Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "1 0 -1; 2 0 -2; 1 0 -1",
    ),
    (
        "1 2; 3",
        "weights has rows of different lengths. Give every row as many numbers as the first.",
        "1 2; 3 4",
    ),
    (
        "[[1, 2], 3]",
        "weights has rows of different lengths. Give every row as many numbers as the first.",
        "[[1, 2], [3, 4]]",
    ),
    (
        "1 two",
        "weights holds 'two', which is not a number. Type numbers such as 0.5 or -1.",
        "0.5 -1",
    ),
    (
        "[[1, nan]]",
        "weights holds 'nan', which is not a number. Type numbers such as 0.5 or -1.",
        "[[1, 0.5]]",
    ),
    (
        "1_0 2",
        "weights holds '1_0', which is not a number. Type numbers such as 0.5 or -1.",
        "0.5 -1",
    ),
    (
        "__import__('os').remove('x')",
        "weights holds \"__import__('os').rem\", which is not a number. "
        "Type numbers such as 0.5 or -1.",
        "0.5 -1",
    ),
    (
        "1 -1e7",
        "weights holds -1e7, but numbers go from -1000000 to 1000000. Type a smaller one.",
        "1 -1e6",
    ),
    (
        "[[1, 2], [3, 4]",
        "weights has brackets that do not match, or more than 6 levels of them. "
        "Close every [ with a ], such as [[1, 0], [0, 1]].",
        "[[1, 0], [0, 1]]",
    ),
    (
        "[[1]]]",
        "weights has brackets that do not match, or more than 6 levels of them. "
        "Close every [ with a ], such as [[1, 0], [0, 1]].",
        "[[1]]",
    ),
    (
        "[[[[[[[1]]]]]]]",
        "weights has brackets that do not match, or more than 6 levels of them. "
        "Close every [ with a ], such as [[1, 0], [0, 1]].",
        "[[[[1]]]]",
    ),
    (
        "[1, 2]",
        "weights has 1 level of brackets, but must have 2 (kh, kw) or 4 (kh, kw, channels, "
        "filters). Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "1 0 -1; 2 0 -2; 1 0 -1",
    ),
    (
        "[[[1, 2]]]",
        "weights has 3 levels of brackets, but must have 2 (kh, kw) or 4 (kh, kw, channels, "
        "filters). Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "[[[[1, 2]]]]",
    ),
    (
        "1 " * 6_001,
        "weights has 6,001 numbers, but must have 1 to 6,000. "
        "Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "1 " * 6_000,
    ),
    (
        "0" * 180_001,
        "weights has 180,001 characters, but at most 180,000 are read. Type at most 6,000 numbers.",
        "1 " * 6_000,
    ),
]
MATRIX = [
    (
        "[1, 2]",
        "values has 1 level of brackets, but must have 2 (rows, columns) or 3 (rows, columns, "
        "channels). Type rows of numbers such as 1 2 3; 4 5 6.",
        "1 2 3; 4 5 6",
    ),
    (
        "1 " * 13,
        "values has the shape (1, 13, 1), but a matrix has at most 12 rows, 12 columns and "
        "3 channels. Type fewer, such as 1 2 3; 4 5 6.",
        "1 " * 12,
    ),
    (
        "[[[1, 2, 3, 4]]]",
        "values has the shape (1, 1, 4), but a matrix has at most 12 rows, 12 columns and "
        "3 channels. Type fewer, such as 1 2 3; 4 5 6.",
        "[[[1, 2, 3]]]",
    ),
]
CASES = [
    *((read_weights, "weights", *case) for case in WEIGHTS),
    *((read_matrix, "values", *case) for case in MATRIX),
]


@pytest.mark.parametrize(
    ("read", "field", "text", "message", "mended"), CASES, ids=[case[2][:16] for case in CASES]
)
def test_what_cannot_be_read_is_said_with_a_fix_that_works(read, field, text, message, mended):
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        read(text)
    assert caught.value.field == field
    read(mended)


typing = some.text(max_size=60) | some.text("[],; \n0123456789.-+e_∞−", max_size=80)


@settings(derandomize=True, max_examples=3_000, deadline=None)
@given(typing)
@example("[" * 5_000)
@example("[" * 5_000 + "]" * 5_000)
@example("][")
@example("[]")
@example("[[], []]")
@example("\x1c1\x85 2")
def test_any_text_is_numbers_or_a_message(text):
    for read in (read_weights, read_matrix):
        with contextlib.suppress(ShareError):
            read(text)
