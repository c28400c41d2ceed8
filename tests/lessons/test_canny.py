"""Canny's steps against plain loops."""

import numpy as np
import pytest

from cnnviz.drawing import sample
from cnnviz.lessons.canny import canny

NOISE = np.random.default_rng(3).random((9, 13)).astype(np.float32)
HOUSE = sample("house", max_side=40)[..., 0]
PICTURES = pytest.mark.parametrize("grey", [NOISE, HOUSE], ids=["noise", "house"])


def correlated(grey, kernel):
    """Lay a kernel on every cell; what lies outside repeats the rim."""
    half = len(kernel) // 2
    height, width = grey.shape
    output = np.zeros(grey.shape)
    for row in range(height):
        for column in range(width):
            for i in range(len(kernel)):
                for j in range(len(kernel)):
                    r = min(max(row + i - half, 0), height - 1)
                    c = min(max(column + j - half, 0), width - 1)
                    output[row, column] += kernel[i][j] * grey[r, c]
    return output


def gradients(grey):
    pascal = np.array([1, 4, 6, 4, 1]) / 16
    blurred = correlated(grey, np.outer(pascal, pascal))
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    return blurred, correlated(blurred, sobel), correlated(blurred, sobel.T)


@PICTURES
def test_strength_is_the_length_of_both_sobel_answers_as_a_share(grey):
    blurred, right, down = gradients(grey)
    steps = canny(grey, low=0.1, high=0.3)
    np.testing.assert_allclose(steps.blurred, blurred, atol=1e-5)
    length = np.sqrt(right**2 + down**2)
    np.testing.assert_allclose(steps.strength, length / length.max(), atol=1e-5)


@PICTURES
def test_a_kept_cell_is_the_largest_across_its_edge(grey):
    _, right, down = gradients(grey)
    steps = canny(grey, low=0.1, high=0.3)
    around = np.pad(steps.strength, 1)
    for row in range(grey.shape[0]):
        for column in range(grey.shape[1]):
            angle = np.degrees(np.arctan2(down[row, column], right[row, column])) % 180
            nearest = min((0, 45, 90, 135, 180), key=lambda each: abs(each - angle))
            if min(abs(angle - rim) for rim in (22.5, 67.5, 112.5, 157.5)) < 0.01:
                continue  # rounding decides
            i, j = {0: (0, 1), 45: (1, 1), 90: (1, 0), 135: (1, -1), 180: (0, 1)}[nearest]
            here = around[row + 1, column + 1]
            ahead, behind = (
                around[row + 1 + i, column + 1 + j],
                around[row + 1 - i, column + 1 - j],
            )
            kept = steps.thinned[row, column] > 0
            assert kept == (here > 0 and here >= ahead and here > behind)


@PICTURES
@pytest.mark.parametrize(("low", "high"), [(0.1, 0.3), (0.05, 0.9), (0.4, 0.4)])
def test_weak_cells_stay_where_a_chain_leads_to_a_strong_one(grey, low, high):
    steps = canny(grey, low=low, high=high)
    waiting = [tuple(cell) for cell in np.argwhere(steps.thinned >= high)]
    reached = set(waiting)
    while waiting:
        row, column = waiting.pop()
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                cell = (row + i, column + j)
                inside = 0 <= cell[0] < grey.shape[0] and 0 <= cell[1] < grey.shape[1]
                if inside and cell not in reached and steps.thinned[cell] >= low:
                    reached.add(cell)
                    waiting.append(cell)
    assert {tuple(cell) for cell in np.argwhere(steps.edges)} == reached
    assert not (steps.strong & steps.weak).any()


def test_an_edge_becomes_one_cell_thick():
    step = np.zeros((8, 10), np.float32)
    step[:, 5:] = 1
    assert canny(step, low=0.1, high=0.3).edges.sum(axis=1).tolist() == [1] * 8


def test_an_even_picture_has_no_edges():
    flat = np.full((6, 6), 0.4, np.float32)
    for low, high in ((0.1, 0.3), (0, 0)):
        assert not canny(flat, low=low, high=high).edges.any()
