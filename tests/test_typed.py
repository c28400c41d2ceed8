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


@pytest.mark.parametrize("text", ["1,2,3", "1, 2, 3", "[[1,2,3]]", "[[1,2,\n3]]", "[[1, 2, 3]]"])
def test_commas_between_all_numbers_make_a_list(text):
    assert read_weights(text).values == (1.0, 2.0, 3.0)


def test_commas_without_spaces_separate_also_where_rows_stand_apart():
    assert read_weights("1,2; 3,4\n5,6").shape == (3, 2, 1, 1)


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
        "weights has 0 numbers, but must have 1 to 5,808. "
        "Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "1 0 -1; 2 0 -2; 1 0 -1",
    ),
    (
        "1 2; 3 4\n\n5",
        "weights has 1 number in row 3, but 2 numbers in row 1. Give every row 2 numbers.",
        "1 2; 3 4\n\n5 6",
    ),
    (
        "[[1, 2], 3]",
        "weights has a number without brackets in row 2, but 2 numbers in row 1. "
        "Give every row 2 numbers.",
        "[[1, 2], [3, 4]]",
    ),
    (
        "[[], [1]]",
        "weights has 1 number in row 2, but 0 numbers in row 1. "
        "Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "1 0 -1; 2 0 -2; 1 0 -1",
    ),
    (
        "[[[[1]], [[2]]], [[[3]]]]",
        "weights has 1 bracket in row 2, but 2 brackets in row 1. Give every row 2 brackets.",
        "[[[[1]], [[2]]], [[[3]], [[4]]]]",
    ),
    (
        "[[[[1, 2]], [[3]]]]",
        "weights has 1 number in row 1, column 2, channel 1, but 2 numbers in row 1, column 1, "
        "channel 1. Give every channel 2 numbers.",
        "[[[[1, 2]], [[3, 4]]]]",
    ),
    (
        "1 2; 1 two",
        "weights holds 'two' in row 2, which is not a number. Type numbers such as 0.5 or -1.",
        "1 2; 1 -1",
    ),
    (
        "1 2\n1,5 2,5",
        "weights holds '1,5' in row 2, where white space separates numbers too, but a comma is no "
        "decimal point. Write decimals with a point, such as 1.5, or a list with a space after "
        "every comma, such as 1, 5.",
        "1 2\n1.5 2.5",
    ),
    (
        "[[1,5 2,5]]",
        "weights holds '1,5' in row 1, where white space separates numbers too, but a comma is no "
        "decimal point. Write decimals with a point, such as 1.5, or a list with a space after "
        "every comma, such as 1, 5.",
        "[[1, 5, 2, 5]]",
    ),
    (
        "0,5, 1",
        "weights holds '0,5' in row 1, where white space separates numbers too, but a comma is no "
        "decimal point. Write decimals with a point, such as 1.5, or a list with a space after "
        "every comma, such as 1, 5.",
        "0.5, 1",
    ),
    (
        "[[1, nan]]",
        "weights holds 'nan' in row 1, which is not a number. Type numbers such as 0.5 or -1.",
        "[[1, 0.5]]",
    ),
    (
        "1_0 2",
        "weights holds '1_0' in row 1, which is not a number. Type numbers such as 0.5 or -1.",
        "0.5 -1",
    ),
    (
        "__import__('os').remove('x')",
        "weights holds \"__import__('os').rem\" in row 1, which is not a number. "
        "Type numbers such as 0.5 or -1.",
        "0.5 -1",
    ),
    (
        "[[1], [-1e7]]",
        "weights holds -1e7 in row 2, but numbers go from -1000000 to 1000000. Type a smaller one.",
        "[[1], [-1e6]]",
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
        "1 " * 5_809,
        "weights has 5,809 numbers, but must have 1 to 5,808. "
        "Type rows of numbers such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "1 0 -1; 2 0 -2; 1 0 -1",
    ),
    (
        "0" * 174_241,
        "weights has 174,241 characters, but at most 174,240 are read. "
        "Type at most 5,808 numbers, such as 1 0 -1; 2 0 -2; 1 0 -1.",
        "1 0 -1; 2 0 -2; 1 0 -1",
    ),
    *(
        (
            str(np.zeros(shape, int).tolist()),
            f"weights has the shape {shape}, but a layer has at most 11 rows, 11 columns, "
            "3 channels and 16 filters. Type fewer, such as 1 0 -1; 2 0 -2; 1 0 -1.",
            str(np.zeros(np.minimum(shape, (11, 11, 3, 16)), int).tolist()),
        )
        for shape in [(12, 1, 1, 1), (1, 12, 1, 1), (1, 1, 4, 1), (1, 1, 1, 17)]
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
@example("[[1]] 2 [[3]]")
@example("0" * 170_000)
@example("0 " + "0," * 80_000)
def test_any_text_is_numbers_or_a_message(text):
    for read in (read_weights, read_matrix):
        with contextlib.suppress(ShareError):
            read(text)
