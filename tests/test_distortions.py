"""What may happen to a digit on the canvas, against plain loops and counted cells."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.distortions import (
    enlarged,
    moved,
    on_canvas,
    reduced,
    salted,
    spread,
    thickened,
)


def spread_by_loops(values: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    height, width = values.shape
    result = np.zeros_like(values)
    for row in range(height):
        for column in range(width):
            for other in range(height):
                for beside in range(width):
                    if math.hypot(row - other, column - beside) <= radius:
                        result[row, column] = max(result[row, column], values[other, beside])
    return result


@pytest.mark.parametrize("radius", [0, 0.9, 1, 1.5, 2.3, 5, 20])
def test_spreading_takes_the_largest_value_of_a_disc(radius: float) -> None:
    values = np.random.default_rng(0).integers(0, 256, (9, 13), dtype=np.uint8)
    np.testing.assert_array_equal(spread(values, radius), spread_by_loops(values, radius))


def test_spreading_leaves_its_input_alone() -> None:
    values = np.eye(4, dtype=np.uint8)
    spread(values, 2)
    np.testing.assert_array_equal(values, np.eye(4))


@pytest.mark.parametrize(("pixels", "width"), [(10, 30), (20, 40), (0, 20), (-8, 12), (-20, 0)])
def test_a_stroke_gets_wider_or_narrower_by_as_many_pixels(pixels: float, width: int) -> None:
    ink = np.zeros((100, 100), dtype=np.float32)
    ink[:, 40:60] = 1
    assert np.count_nonzero(thickened(ink, pixels)[50]) == width


def test_a_shift_moves_whole_pixels_exactly() -> None:
    ink = np.random.default_rng(1).integers(0, 2, (20, 30)).astype(np.float32)
    shifted = moved(ink, down=3, right=-7)
    np.testing.assert_array_equal(shifted[3:, :-7], ink[:-3, 7:])
    assert not shifted[:3].any()
    assert not shifted[:, -7:].any()


def test_half_a_pixel_blurs_the_edges_along_the_shift_alone() -> None:
    ink = np.zeros((8, 8), dtype=np.float32)
    ink[2:6, 2:6] = 1
    edge = pytest.approx([0, 0, 0.5, 1, 1, 1, 0.5, 0], abs=0.003)
    assert moved(ink, right=0.5)[3].tolist() == edge
    assert moved(ink, down=0.5)[:, 3].tolist() == edge
    np.testing.assert_array_equal(moved(ink, right=0.5)[:, 4], ink[:, 4])


def test_a_positive_angle_turns_clockwise() -> None:
    ink = np.zeros((21, 21), dtype=np.float32)
    ink[0:5, 10] = 1  # a hand of a clock at twelve
    turned = moved(ink, angle=90)
    assert turned[10, 16:21].min() > 0.4
    assert turned[10, :10].max() < 0.1


def test_scaling_keeps_the_middle_in_place() -> None:
    ink = np.zeros((100, 100), dtype=np.float32)
    ink[40:60, 30:70] = 1
    half = moved(ink, scale=0.5)
    rows, columns = np.nonzero(half > 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (45, 54, 40, 59)


def test_salt_falls_on_as_many_pixels_as_asked_and_leaves_the_rest() -> None:
    ink = np.zeros((50, 40), dtype=np.float32)
    salty = salted(ink, 0.05, np.random.default_rng(0))
    assert salty.sum() == 100
    assert not ink.any()


def test_a_pixel_becomes_ten_by_ten_on_the_canvas() -> None:
    image = np.zeros((28, 28), dtype=np.float32)
    image[5, 8] = 1
    rows, columns = np.nonzero(on_canvas(image) > 0.5)
    assert (rows.min(), rows.max() + 1) == (50, 60)
    assert (columns.min(), columns.max() + 1) == (80, 90)


def test_enlarging_and_reducing_gives_the_picture_back() -> None:
    image = np.random.default_rng(0).random((28, 28), dtype=np.float32)
    large = enlarged(image)
    assert large.shape == (280, 280)
    assert large[30:40, 70:80].tolist() == [[float(image[3, 7])] * 10] * 10
    np.testing.assert_allclose(reduced(large), image, rtol=1e-6)


def test_reducing_takes_the_mean_of_each_square() -> None:
    canvas = np.zeros((280, 280), np.float32)
    canvas[10:20, 20:25] = 1
    canvas[15, 40] = 0.5
    small = reduced(canvas)
    assert small[1, 2] == pytest.approx(0.5)
    assert small[1, 4] == pytest.approx(0.005)
    assert np.count_nonzero(small) == 2
