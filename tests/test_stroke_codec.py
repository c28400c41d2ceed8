"""A drawing in a link: how it is written, what is read, what is refused."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cnnviz.drawing import CANVAS, MAX_POINTS, MAX_STROKES, Stroke, ink
from cnnviz.stroke_codec import STEP, drawing, quantised

DRAWING = drawing(30_000)


def test_a_drawing_is_its_pens_and_points_in_base64():
    drawn = (Stroke(((0.0, 0.0), (280.0, 280.0)), 22.0, erase=True),)
    assert DRAWING.write(drawn) == "lgACAAD__w"
    assert DRAWING.read("lgACAAD__w") == drawn
    assert DRAWING.rule == "the text that this page wrote for a drawing"


def test_nothing_drawn_is_an_empty_text():
    assert DRAWING.write(()) == ""
    assert DRAWING.read("") == ()


@pytest.mark.parametrize("text", ["AA", "FgAA", "FgACAAD_", "!", "A" * 30_001])
def test_what_is_no_drawing_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - `share.decode` writes the message
        DRAWING.read(text)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(some.text("FgACAAD_-w9", max_size=40))
def test_what_is_read_is_written_back_in_letters_that_need_no_escaping(text):
    try:
        drawn = DRAWING.read(text)
    except ValueError:
        return
    written = DRAWING.write(drawn)
    assert set(written) <= set(string.ascii_letters + string.digits + "-_")
    assert DRAWING.read(written) == drawn


DIAGONAL = Stroke(((3.3, 3.3), (276.1, 270.9)), width=21.7)


def test_the_raster_of_a_link_moves_no_point_further_than_its_half_step():
    (moved,) = quantised((DIAGONAL,))
    for point, before in zip(moved.points, DIAGONAL.points, strict=True):
        assert point == pytest.approx(before, abs=STEP / 2 + 0.01)
    assert moved.width == 22


def test_what_is_on_the_raster_stays_there():
    once = quantised((DIAGONAL, Stroke(((-50.0, 400.0),), width=280.0, erase=True)))
    assert quantised(once) == once
    assert once[1] == Stroke(((0.0, CANVAS),), width=127.0, erase=True)
    assert DRAWING.read(DRAWING.write(once)) == once


def test_a_drawing_with_as_many_points_as_are_drawn_can_be_read():
    line = Stroke(((0.0, 0.0),) * MAX_POINTS, width=1.0)
    assert DRAWING.read(DRAWING.write((line,))) == (line,)
    assert ink((line,)).shape == (CANVAS, CANVAS)


@pytest.mark.parametrize(
    "strokes",
    [
        (Stroke(((0.0, 0.0),) * (MAX_POINTS + 1), width=1.0),),
        (Stroke(((0.0, 0.0),), width=1.0),) * (MAX_STROKES + 1),
    ],
    ids=["points", "strokes"],
)
def test_a_drawing_that_could_not_be_drawn_is_not_read(strokes):
    assert len(quantised(strokes)) == len(strokes)
    text = DRAWING.write(strokes)
    with pytest.raises(ValueError, match=r"^strokes$"):
        DRAWING.read(text)
