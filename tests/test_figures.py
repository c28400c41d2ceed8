"""Charts hold the numbers that they are given."""

import numpy as np
import pytest

from cnnviz.figures import value_histogram
from cnnviz.theme import DARK, LIGHT
from tests.strategies import numbers

BEFORE = numbers((5, 7, 3))


def histogram(before=BEFORE, after=None, *, activation="relu", palette=LIGHT):
    after = np.maximum(before, 0) if after is None else after
    return value_histogram(before, after, activation=activation, palette=palette)


def test_every_cell_is_counted_once_before_and_once_after():
    before, after = histogram().data
    assert sum(before.y) == sum(after.y) == BEFORE.size


def test_both_share_their_bins_from_the_smallest_value_to_the_largest():
    before, after = histogram().data
    np.testing.assert_array_equal(before.x, after.x)
    assert len(before.x) == 40
    half = (before.x[1] - before.x[0]) / 2
    assert before.x[0] - half == pytest.approx(BEFORE.min())
    assert before.x[-1] + half == pytest.approx(BEFORE.max())


def test_what_relu_cuts_is_counted_at_zero():
    before, after = histogram().data
    at_zero = np.searchsorted(after.x + (after.x[1] - after.x[0]) / 2, 0)
    assert after.y[at_zero] >= (BEFORE < 0).sum()
    assert sum(after.y[:at_zero]) == 0
    assert sum(before.y[:at_zero]) > 0


def test_the_legend_names_the_activation():
    names = [bars.name for bars in histogram(activation="elu").data]
    assert names == ["before", "after elu"]


@pytest.mark.parametrize("value", [0.0, -3.0, 1e6])
def test_maps_of_one_value_have_one_bar(value):
    flat = np.full((2, 2, 1), value, np.float32)
    before, after = histogram(flat, flat).data
    assert np.count_nonzero(before.y) == np.count_nonzero(after.y) == 1
    assert sum(before.y) == 4


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_chart_wears_the_colours_of_the_page(palette):
    figure = histogram(palette=palette)
    assert figure.layout.font.color == palette.text
    assert [bars.marker.color for bars in figure.data] == [palette.quiet, palette.positive]
    (zero,) = figure.layout.shapes
    assert (zero.x0, zero.x1, zero.line.color) == (0, 0, palette.text)
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
