"""Named kernels: exact weights, what they add up to, what they answer to an edge."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cnnviz.compute import convolve
from cnnviz.filters import FILTERS, FilterError
from cnnviz.layers import Conv2D, LayerError
from tests.strategies import numbers

EVERY_SIZE = [(rows, columns) for rows in range(1, 12) for columns in range(1, 12)]
FINDERS = [
    "outline",
    "sobel_x",
    "sobel_y",
    "prewitt_x",
    "prewitt_y",
    "scharr_x",
    "scharr_y",
    "line_horizontal",
    "line_vertical",
    "line_diagonal_down",
    "line_diagonal_up",
]


def existing_sizes(name):
    sizes = []
    for size in EVERY_SIZE:
        try:
            FILTERS[name].weights(size)
        except FilterError:
            continue
        sizes.append(size)
    return sizes


# ---- weights -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "weights"),
    [
        ("identity", 3, [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        ("identity", (2, 4), [[0, 1, 0, 0], [0, 0, 0, 0]]),
        ("box_blur", (1, 4), [[1 / 4] * 4]),
        ("gaussian", 3, np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16),
        ("gaussian", (2, 4), np.array([[1, 3, 3, 1], [1, 3, 3, 1]]) / 16),
        ("sharpen", 3, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        ("sharpen", 2, [[3, -1], [-1, 0]]),
        ("sharpen", (3, 4), [[0, -1, 0, 0], [-1, 6, -1, -1], [0, -1, 0, 0]]),
        ("emboss", 3, [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
        ("outline", 3, [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        ("outline", (1, 2), [[1, -1]]),
        ("sobel_x", 2, [[-2, 2], [-2, 2]]),
        ("sobel_x", 3, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        ("sobel_x", (1, 5), np.array([[-1, -2, 0, 2, 1]]) * 4 / 3),
        ("sobel_y", 3, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        ("sobel_y", (4, 2), [[-1, -1], [-1, -1], [1, 1], [1, 1]]),
        ("prewitt_x", 3, [[-1, 0, 1]] * 3),
        ("prewitt_x", (1, 4), [[-1.5, -1.5, 1.5, 1.5]]),
        ("prewitt_y", 3, [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]),
        ("scharr_x", 3, [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]),
        ("scharr_y", 3, [[-3, -10, -3], [0, 0, 0], [3, 10, 3]]),
        ("line_horizontal", 3, [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]),
        ("line_vertical", (2, 3), [[-1, 2, -1], [-1, 2, -1]]),
        ("line_diagonal_down", 3, [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]),
        ("line_diagonal_up", 3, [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]]),
        ("ones", (2, 3), [[1, 1, 1], [1, 1, 1]]),
    ],
)
def test_weights_are_those_of_the_source(name, size, weights):
    computed = FILTERS[name].weights(size)
    assert computed.dtype == np.float32
    assert_allclose(computed, weights, rtol=1e-6)


def test_the_menu_keeps_its_order():
    assert list(FILTERS) == [
        "identity",
        "box_blur",
        "gaussian",
        "sharpen",
        "emboss",
        "outline",
        "sobel_x",
        "sobel_y",
        "prewitt_x",
        "prewitt_y",
        "scharr_x",
        "scharr_y",
        "line_horizontal",
        "line_vertical",
        "line_diagonal_down",
        "line_diagonal_up",
        "ones",
    ]


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_says_in_one_sentence_what_it_does_and_where_it_comes_from(name):
    filter = FILTERS[name]
    assert filter.name == name
    assert re.fullmatch(r"[A-Z][^.]*\.", filter.sentence)
    assert filter.source


# ---- properties ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["identity", "box_blur", "gaussian", "sharpen", "emboss"])
def test_what_keeps_the_brightness_adds_up_to_one_at_every_size(name):
    for size in existing_sizes(name):
        assert FILTERS[name].weights(size).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", FINDERS)
def test_what_finds_differences_adds_up_to_zero_at_every_size(name):
    for size in existing_sizes(name):
        assert FILTERS[name].weights(size).sum(dtype=np.float64) == 0


@pytest.mark.parametrize(("name", "total"), [("sobel", 4), ("prewitt", 3)])
def test_edge_finders_are_as_strong_at_every_size_as_at_three_by_three(name, total):
    for direction in ("x", "y"):
        for size in existing_sizes(f"{name}_{direction}"):
            weights = FILTERS[f"{name}_{direction}"].weights(size)
            assert weights[weights > 0].sum() == pytest.approx(total, abs=1e-5)


@pytest.mark.parametrize("size", [1, 2, 3, (4, 7), (11, 2)])
def test_identity_with_same_padding_returns_the_picture(size):
    picture = numbers((9, 8, 1))
    kernel = FILTERS["identity"].weights(size)[:, :, np.newaxis, np.newaxis]
    assert_array_equal(convolve(picture, kernel, None, Conv2D(1, size, padding="same")), picture)


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
def test_the_y_kernel_is_the_x_kernel_turned_on_its_side(name):
    for rows, columns in existing_sizes(f"{name}_x"):
        x = FILTERS[f"{name}_x"].weights((rows, columns))
        assert_array_equal(FILTERS[f"{name}_y"].weights((columns, rows)), x.T)


@pytest.mark.parametrize("name", ["identity", "box_blur", "gaussian", "sharpen", "outline", "ones"])
def test_the_common_ones_exist_from_two_cells_on(name):
    assert set(existing_sizes(name)) >= set(EVERY_SIZE) - {(1, 1)}


@pytest.mark.parametrize("name", ["sobel_x", "sobel_y", "prewitt_x", "prewitt_y"])
def test_edge_finders_exist_at_every_square_size_from_two(name):
    assert set(existing_sizes(name)) >= {(size, size) for size in range(2, 12)}


# ---- answers -------------------------------------------------------------------------------------


def answer(name, picture, size=3):
    kernel = FILTERS[name].weights(size)[:, :, np.newaxis, np.newaxis]
    return convolve(picture[:, :, np.newaxis], kernel, None, Conv2D(1, size))[:, :, 0]


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
def test_x_answers_positively_where_brightness_grows_to_the_right(name):
    brighter_right = np.tile([0.0, 0, 0, 1, 1, 1], (6, 1))
    assert (answer(f"{name}_x", brighter_right)[:, 1:3] > 0).all()
    assert (answer(f"{name}_x", brighter_right[:, ::-1])[:, 1:3] < 0).all()
    assert not answer(f"{name}_y", brighter_right).any()


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
def test_y_answers_positively_where_brightness_grows_downwards(name):
    brighter_below = np.tile([[0.0], [0], [0], [1], [1], [1]], (1, 6))
    assert (answer(f"{name}_y", brighter_below)[1:3] > 0).all()
    assert not answer(f"{name}_x", brighter_below).any()


def test_the_outline_of_an_even_area_is_nothing_and_of_a_dot_is_the_dot():
    assert not answer("outline", np.full((4, 4), 3.0)).any()
    dot = np.zeros((5, 5))
    dot[2, 2] = 1
    assert answer("outline", dot).tolist() == [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("line_horizontal", np.eye(5)[[2]].T * np.ones(5)),
        ("line_vertical", np.eye(5)[2] * np.ones((5, 1))),
        ("line_diagonal_down", np.eye(5)),
        ("line_diagonal_up", np.eye(5)[::-1]),
    ],
)
def test_a_line_finder_answers_most_to_its_own_direction(name, line):
    answers = {other: answer(other, line)[1, 1] for other in FILTERS if other.startswith("line_")}
    assert answers.pop(name) == 6
    assert max(answers.values()) <= 0


def test_emboss_lights_a_hill_from_the_upper_left():
    hill = np.zeros((9, 9))
    hill[3:6, 3:6] = 1
    relief = convolve(
        hill[:, :, np.newaxis],
        FILTERS["emboss"].weights(3)[:, :, np.newaxis, np.newaxis],
        None,
        Conv2D(1, 3, padding="same"),
    )[:, :, 0]
    assert relief[3, 3] > relief[4, 4] > relief[5, 5]


# ---- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "message", "fix"),
    [
        (
            "scharr_x",
            5,
            "kernel_size is 5, but Scharr x is defined for 3 rows and 3 columns only. "
            "Use kernel_size=3.",
            3,
        ),
        (
            "sobel_x",
            (3, 1),
            "kernel_size is (3, 1), but Sobel x compares left with right and needs at least "
            "2 columns. Use kernel_size=(3, 2).",
            (3, 2),
        ),
        (
            "prewitt_y",
            (1, 3),
            "kernel_size is (1, 3), but Prewitt y compares above with below and needs at least "
            "2 rows. Use kernel_size=(2, 3).",
            (2, 3),
        ),
        (
            "line_horizontal",
            2,
            "kernel_size is 2, but Horizontal line needs a row on either side of the line, "
            "at least 3 rows. Use kernel_size=3.",
            3,
        ),
        (
            "line_vertical",
            (5, 2),
            "kernel_size is (5, 2), but Vertical line needs a column on either side of the line, "
            "at least 3 columns. Use kernel_size=(5, 3).",
            (5, 3),
        ),
        (
            "line_diagonal_up",
            (3, 4),
            "kernel_size is (3, 4), but Rising line follows a diagonal and needs as many rows as "
            "columns, at least 3. Use kernel_size=4.",
            4,
        ),
        (
            "emboss",
            (2, 3),
            "kernel_size is (2, 3), but Emboss needs at least 3 rows and 3 columns. "
            "Use kernel_size=3.",
            3,
        ),
        (
            "outline",
            1,
            "kernel_size is 1, but Outline (Laplacian) compares a cell with its neighbours and "
            "needs at least 2 cells. Use kernel_size=2.",
            2,
        ),
    ],
)
def test_a_size_that_makes_no_sense_is_explained(name, size, message, fix):
    with pytest.raises(FilterError, match=f"^{re.escape(message)}$") as caught:
        FILTERS[name].weights(size)
    assert caught.value.field == "kernel_size"
    assert FILTERS[name].weights(fix).any()


@pytest.mark.parametrize("name", FILTERS)
def test_the_size_that_an_error_promises_always_works(name):
    for size in set(EVERY_SIZE) - set(existing_sizes(name)):
        with pytest.raises(FilterError) as caught:
            FILTERS[name].weights(size)
        numbers_in_fix = re.findall(r"\d+", str(caught.value).split("Use kernel_size=")[1])
        fix = tuple(int(number) for number in numbers_in_fix)
        assert FILTERS[name].weights(fix if len(fix) == 2 else fix[0]).any()


def test_a_size_that_no_kernel_has_is_an_error_of_the_layer():
    message = (
        "kernel_size is 0, but must be a whole number of at least 1, or two of them as "
        "(rows, columns). Use kernel_size=1 or kernel_size=(1, 1)."
    )
    with pytest.raises(LayerError, match=f"^{re.escape(message)}$"):
        FILTERS["ones"].weights(0)
    assert FILTERS["ones"].weights(1).shape == FILTERS["ones"].weights((1, 1)).shape == (1, 1)
