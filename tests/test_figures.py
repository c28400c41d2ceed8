"""Charts hold the numbers that they are given."""

import numpy as np
import plotly.graph_objects as go
import pytest

from cnnviz.figures import (
    explanation_map,
    probabilities_along,
    probability_bars,
    value_histogram,
)
from cnnviz.theme import DARK, DIGITS, LIGHT
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
    assert [bars.marker.color for bars in figure.data] == [palette.quiet, palette.positive]
    (zero,) = figure.layout.shapes
    assert (zero.x0, zero.x1, zero.line.color) == (0, 0, palette.quiet)
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


# ---- ten probabilities ---------------------------------------------------------------------------

SHARES = np.float32([0.01, 0, 0.02, 0.9, 0, 0.05, 0, 0, 0.02, 0])


def test_each_digit_has_a_bar_with_its_probability_and_0_stands_on_top():
    figure = probability_bars(SHARES, palette=LIGHT)
    (bars,) = figure.data
    assert list(bars.y) == list("0123456789")
    np.testing.assert_array_equal(bars.x, SHARES)
    assert bars.text[3] == "90.0 %"
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.range[0] == 0
    assert go.Figure(figure.to_dict()) == figure  # it is drawn unchecked: here Plotly checks it


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_only_the_answer_has_the_colour_of_the_pointer(palette):
    (bars,) = probability_bars(SHARES, palette=palette).data
    assert [k for k in range(10) if bars.marker.color[k] == palette.pointer] == [3]


VALUES = np.linspace(-180, 180, 5)
# 7 until half the way, then nothing to read, then 1; 9 never reaches a tenth.
ALONG = np.zeros((5, 10), np.float32)
ALONG[:2, 7], ALONG[:2, 9] = 0.91, 0.09
ALONG[2] = np.nan
ALONG[3:, 1] = 1.0


def along(probabilities=ALONG, **options):
    return probabilities_along(
        VALUES, probabilities, **{"name": "rotation", "now": 45, "palette": LIGHT, **options}
    )


def test_each_digit_has_a_line_with_its_probabilities():
    figure = along()
    assert [line.name for line in figure.data] == list("0123456789")
    for digit, line in enumerate(figure.data):
        np.testing.assert_array_equal(line.x, VALUES)
        np.testing.assert_array_equal(line.y, ALONG[:, digit])


def test_digits_that_matter_keep_their_colours_and_the_rest_is_quiet():
    lines = along().data
    assert [line.name for line in lines if line.showlegend] == ["1", "7"]
    assert [line.line.color for line in lines if line.showlegend] == [DIGITS[1], DIGITS[7]]
    assert {line.line.color for line in lines if not line.showlegend} == {LIGHT.border}


def test_where_nothing_can_be_read_the_lines_have_a_gap_and_nothing_matters():
    nothing = np.full((5, 10), np.nan, np.float32)
    assert not any(line.showlegend for line in along(nothing).data)


def test_a_vertical_line_stands_where_the_setting_is():
    (now,) = along(now=45).layout.shapes
    assert (now.x0, now.x1, now.line.color) == (45, 45, LIGHT.pointer)
    assert along(name="scale").layout.xaxis.title.text == "scale"


def test_lines_that_matter_have_a_dot_where_the_setting_is():
    for line in along(now=90).data:
        assert (line.mode == "lines+markers") is line.showlegend
        assert [size > 0 for size in line.marker.size] == [False, False, False, True, False]


# ---- an explanation ------------------------------------------------------------------------------

CELLS = numbers((7, 7))
DIGIT = np.zeros((28, 28), np.float32)
DIGIT[4:24, 12:15] = 1


def explained(values=CELLS, *, signed=True, palette=LIGHT):
    return explanation_map(DIGIT, values, unit="logit", signed=signed, palette=palette)


def test_a_map_holds_its_values_and_each_covers_the_pixels_that_it_stands_for():
    cells, _ = explained().data
    np.testing.assert_array_equal(cells.z, CELLS)
    # The middle of the first cell of 4 x 4 pixels lies between the pixels 1 and 2.
    assert (cells.x0, cells.dx, cells.y0, cells.dy) == (1.5, 4, 1.5, 4)
    assert cells.hovertext[0][0] == "rows 0–3, columns 0–3"
    assert cells.hovertext[6][1] == "rows 24–27, columns 4–7"


def test_a_map_of_pixels_names_the_pixel():
    cells, _ = explained(numbers((28, 28))).data
    assert (cells.x0, cells.dx) == (0, 1)
    assert cells.hovertext[3][14] == "row 3, column 14"


def test_a_signed_map_is_centred_on_zero_and_its_bar_ends_at_its_strongest_value():
    values = CELLS - 100
    cells, _ = explained(values).data
    limit = np.abs(values).max()
    assert (cells.zmin, cells.zmax) == (pytest.approx(-limit), pytest.approx(limit))
    assert [colour for _, colour in cells.colorscale] == [
        LIGHT.negative,
        LIGHT.zero,
        LIGHT.positive,
    ]
    assert list(cells.colorbar.tickvals) == [cells.zmin, 0, cells.zmax]
    assert list(cells.colorbar.ticktext) == [f"−{limit:.2g}", "0", f"+{limit:.2g}"]
    assert cells.colorbar.title.text == "logit"


def test_an_unsigned_map_starts_at_zero():
    cells, _ = explained(np.abs(CELLS), signed=False).data
    limit = np.abs(CELLS).max()
    assert (cells.zmin, cells.zmax) == (0, pytest.approx(limit))
    assert [colour for _, colour in cells.colorscale] == [LIGHT.zero, LIGHT.positive]
    assert list(cells.colorbar.ticktext) == ["0", f"{limit:.2g}"]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_outline_of_the_digit_lies_over_the_map(palette):
    _, outline = explained(palette=palette).data
    np.testing.assert_array_equal(outline.z, DIGIT)
    assert (outline.contours.start, outline.contours.end) == (0.5, 0.5)
    assert outline.line.color == palette.text


def test_every_chart_leaves_paper_and_letters_to_the_page():
    for figure in (histogram(), probability_bars(SHARES, palette=LIGHT), along(), explained()):
        layout = figure.layout
        assert (layout.paper_bgcolor, layout.plot_bgcolor) == ("rgba(0,0,0,0)", "rgba(0,0,0,0)")
        assert layout.font.color is None
