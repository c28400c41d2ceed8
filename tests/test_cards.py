"""The pictures on the home page's cards are what their painters draw."""

import numpy as np
import pytest
from PIL import Image

from cnnviz import cards
from cnnviz.cards import PAINTERS, PALETTES, SIZE, drawn, path_of
from cnnviz.theme import LIGHT


def seen(picture: Image.Image) -> np.ndarray:
    """Return what shows of a picture; the colour of what is transparent does not."""
    return np.asarray(Image.alpha_composite(Image.new("RGBA", SIZE, "grey"), picture)).astype(int)


@pytest.mark.parametrize("appearance", PALETTES)
@pytest.mark.parametrize("name", PAINTERS)
def test_a_file_holds_what_its_painter_draws(name, appearance):
    expected = seen(drawn(name, PALETTES[appearance]))
    with Image.open(path_of(name, appearance)) as image:
        assert image.size == SIZE
        # Another Pillow, TensorFlow or processor may round differently, here and there.
        difference = np.abs(seen(image.convert("RGBA")) - expected)
    assert (difference > 8).mean() < 0.001


@pytest.mark.parametrize("name", PAINTERS)
def test_light_and_dark_are_not_the_same_picture(name):
    light, dark = (path_of(name, appearance).read_bytes() for appearance in ("light", "dark"))
    assert light != dark


def test_every_file_has_a_painter():
    names = {path_of(name, appearance).name for name in PAINTERS for appearance in PALETTES}
    assert {path.name for path in cards.FOLDER.iterdir()} == names


def test_the_command_writes_every_picture(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cards") / "new"
    monkeypatch.setattr(cards, "FOLDER", folder)
    monkeypatch.setattr(cards, "PAINTERS", {"sliding": PAINTERS["sliding"]})
    cards.main()
    assert sorted(path.name for path in folder.iterdir()) == [
        "sliding-dark.png",
        "sliding-light.png",
    ]


def test_a_sheet_is_transparent_where_nothing_is_drawn():
    assert np.asarray(drawn("sliding", LIGHT))[0, 0].tolist() == [0, 0, 0, 0]
