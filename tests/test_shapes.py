"""Connected shapes against a flood fill, cell by cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnviz.shapes import holds_square, holes, separate, shapes, strokes_per_line

PICTURES = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def picture(*rows):
    return np.array([[letter == "#" for letter in row] for row in rows])


def flooded(inked):
    """Return the cells of each shape, in reading order of their first cells."""
    left = {(int(row), int(column)) for row, column in np.argwhere(inked)}
    found = []
    while left:
        first = min(left)
        left.remove(first)
        cells, at = [first], 0
        while at < len(cells):
            row, column = cells[at]
            at += 1
            for down in (-1, 0, 1):
                for right in (-1, 0, 1):
                    near = (row + down, column + right)
                    if near in left:
                        left.remove(near)
                        cells.append(near)
        found.append(cells)
    return found


@settings(max_examples=400, deadline=None, derandomize=True)
@given(PICTURES)
def test_shapes_are_what_a_flood_fill_finds(inked):
    found, expected = shapes(inked), flooded(inked)
    assert len(found) == len(expected)
    assert found.areas.tolist() == [len(cells) for cells in expected]
    for axis, extents in enumerate((found.rows, found.columns)):
        assert extents.tolist() == [
            [min(cell[axis] for cell in cells), max(cell[axis] for cell in cells) + 1]
            for cells in expected
        ]
    for wanted, cells in enumerate(expected):
        one = found.drawn(np.arange(len(found)) == wanted)
        assert {tuple(cell) for cell in np.argwhere(one).tolist()} == set(cells)


@pytest.mark.parametrize(
    ("rows", "areas"),
    [
        (("....",), []),
        (("#.#", ".#.", "#.#"), [5]),  # corners touch
        (("##.", "...", ".##"), [2, 2]),
        (("..#", "#.."), [1, 1]),  # the end of a row is no neighbour of the next one's start
        (("#.#.#", "#.#.#", "#####"), [11]),  # joined at the very end
        (("#####", "....#", "###.#", "#...#", "#####"), [17]),
    ],
    ids=["none", "corners", "two", "ends of rows", "comb", "spiral"],
)
def test_cells_that_touch_are_one_shape(rows, areas):
    assert shapes(picture(*rows)).areas.tolist() == areas


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("#..#", "#..#", "#..#"), True),
        (("###", "...", "###"), True),
        (("#..#", "...#", "...#", "...#"), False),  # the left one is too small
        (("##.", "##.", "##.", "##."), False),
    ],
    ids=["side by side", "stacked", "small", "one"],
)
def test_two_large_shapes_with_a_gap_between_are_separate(rows, expected):
    assert separate(shapes(picture(*rows))) is expected


def test_lines_without_ink_are_not_counted():
    assert strokes_per_line(picture("#.#.#", ".....", "..#..")) == (2, 4 / 3)
    assert strokes_per_line(picture("...")) == (0, 0)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (("###", "###"), 0),
        (("###", "#.."), 0),  # open to the right
        (("###", "#.#", "###", "#.#", "###"), 2),
        (("....", ".##.", "...."), 0),
    ],
    ids=["full", "open", "eight", "dash"],
)
def test_holes_are_paper_that_ink_encloses(rows, count):
    assert holes(picture(*rows)) == count


@settings(max_examples=200, deadline=None, derandomize=True)
@given(PICTURES, st.integers(1, 13))
def test_a_full_square_is_found_wherever_it_lies(inked, side):
    height, width = inked.shape
    corners = [
        (row, column) for row in range(height - side + 1) for column in range(width - side + 1)
    ]
    expected = any(inked[row : row + side, column : column + side].all() for row, column in corners)
    assert holds_square(inked, side) is expected
