"""Colours can be read, and Streamlit's copy of them is the same."""

import math
import re
import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from cnnviz.theme import DARK, DIGITS, LIGHT

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"
PALETTES = {"light": LIGHT, "dark": DARK}
both = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)


@pytest.mark.parametrize("appearance", PALETTES)
def test_streamlits_configuration_repeats_the_colours(appearance):
    palette = PALETTES[appearance]
    theme = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][appearance]
    assert theme == {
        "primaryColor": palette.pointer,
        "backgroundColor": palette.background,
        "secondaryBackgroundColor": palette.surface,
        "textColor": palette.text,
        "borderColor": palette.border,
    }


@both
def test_colours_are_written_as_six_hexadecimal_digits(palette):
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in palette.as_dict().values())


@both
@pytest.mark.parametrize("behind", ["background", "surface"])
@pytest.mark.parametrize("ink", ["text", "quiet", "pointer", "agree", "differ"])
def test_text_can_be_read(palette, ink, behind):
    assert contrast(getattr(palette, ink), getattr(palette, behind)) >= 4.5


@both
def test_the_ends_of_the_signed_scale_stand_out_from_its_middle(palette):
    assert contrast(palette.negative, palette.zero) >= 3
    assert contrast(palette.positive, palette.zero) >= 3


def test_ten_digits_have_ten_colours():
    assert len(DIGITS) == 10
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in DIGITS)


@both
def test_each_digits_line_stands_out_from_the_page_and_from_what_is_quiet(palette):
    for colour in DIGITS:
        assert contrast(colour, palette.background) >= 3  # what WCAG 2.2 asks of graphics
        assert distance(colour, palette.border) >= 25


def test_no_two_digits_have_colours_alike():
    for one, other in combinations(DIGITS, 2):
        assert distance(one, other) >= 20, (one, other)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def contrast(one, other):
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one, other):
    """CIE 1976 colour difference: about 2 can just be seen."""
    return math.dist(cielab(one), cielab(other))


def cielab(colour):
    """CIE L*a*b* under daylight, D65."""
    red, green, blue = linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.0888
    x, y, z = (
        v ** (1 / 3) if v > (6 / 29) ** 3 else v * (29 / 6) ** 2 / 3 + 4 / 29 for v in (x, y, z)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_colour_differences_are_those_of_cie():
    assert cielab("#ffffff") == pytest.approx((100, 0, 0), abs=0.05)
    assert cielab("#ff0000") == pytest.approx((53.2, 80.1, 67.2), abs=0.1)


def linear(colour):
    """Take sRGB's curve off: light, 0 to 1, of red, green and blue."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
