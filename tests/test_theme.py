"""Colours can be read, and Streamlit's copy of them is the same."""

import re
import tomllib
from pathlib import Path

import pytest

from cnnviz.theme import DARK, LIGHT

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


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def contrast(one, other):
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
