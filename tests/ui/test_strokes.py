"""The pad's JSON becomes strokes where the visitor sees them, whatever it holds."""

import math
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from cnnviz.drawing import CANVAS, MAX_POINTS, Stroke, ink
from cnnviz.stroke_codec import quantised
from cnnviz.ui.strokes import INK, PAPER, from_canvas, read_objects, settled, to_canvas

# What Fabric 7 sent for a line drawn in Chromium from (100, 100) over (140, 120) to (180, 90).
DRAWN = {
    "type": "Path",
    "version": "7.4.0",
    "originX": "center",
    "originY": "center",
    "left": 140,
    "top": 104.6859,
    "width": 80.044,
    "height": 29.4159,
    "fill": None,
    "stroke": INK,
    "strokeWidth": 22,
    "strokeUniform": False,
    "scaleX": 1,
    "scaleY": 1,
    "angle": 0,
    "flipX": False,
    "flipY": False,
    "skewX": 0,
    "skewY": 0,
    "path": [
        ["M", 99.978, 99.978],
        ["Q", 100, 100, 104, 102],
        ["Q", 108, 104, 112, 106],
        ["Q", 116, 108, 120, 110],
        ["Q", 124, 112, 128, 114],
        ["Q", 132, 116, 136, 118],
        ["Q", 140, 120, 144, 117],
        ["Q", 148, 114, 152, 111],
        ["Q", 156, 108, 160, 105],
        ["Q", 164, 102, 172, 96],
        ["L", 180.022, 89.978],
    ],
}
# A square without one side: its box is 40 wide, 20 high, and its middle is (120, 110).
CORNERED = {
    "path": [["M", 100, 100], ["L", 140, 100], ["L", 140, 120], ["L", 100, 120]],
    "stroke": INK,
    "strokeWidth": 10,
    "originX": "center",
    "originY": "center",
    "left": 120,
    "top": 110,
}


def read(entry, **changes):
    return from_canvas({"objects": [{**entry, **changes}]})


def corners(**changes):
    (stroke,) = read(CORNERED, **changes)
    return np.array(stroke.points)


def test_a_drawn_line_stays_where_it_was_drawn():
    (stroke,) = read(DRAWN)
    assert (stroke.width, stroke.erase) == (22, False)
    assert stroke.points[0] == pytest.approx((100, 100), abs=0.1)
    assert stroke.points[-1] == pytest.approx((180, 90), abs=0.1)
    assert max(y for _, y in stroke.points) == pytest.approx(118, abs=1)


def test_a_line_keeps_a_point_every_three_pixels_and_its_end():
    (stroke,) = read(DRAWN)
    gaps = [math.dist(*ends) for ends in zip(stroke.points[:-2], stroke.points[1:-1], strict=True)]
    assert min(gaps) >= 3
    assert max(gaps) < 8


def test_a_curve_is_followed_between_its_ends():
    # Fabric's box of this curve reaches down to 175, the curve itself to 150.
    path = [["M", 100, 100], ["Q", 150, 200, 200, 100]]
    (stroke,) = read(CORNERED, path=path, left=150, top=137.5)
    assert len(stroke.points) == 9
    for x, y in stroke.points:
        t = (x - 100) / 100
        assert y == pytest.approx(100 + 200 * t * (1 - t))


def test_black_ink_erases():
    assert [stroke.erase for stroke in read(DRAWN, stroke=PAPER)] == [True]


def test_a_moved_line_is_where_it_was_moved_to():
    np.testing.assert_allclose(
        corners(left=130, top=90), [(110, 80), (150, 80), (150, 100), (110, 100)]
    )


@pytest.mark.parametrize(
    ("origins", "place"),
    [
        # Half the pen, 5, lies outside the box on every side.
        ({"originX": "left", "originY": "top"}, (95, 95)),
        ({"originX": "right", "originY": "bottom"}, (145, 125)),
        ({"originX": "left", "originY": "center"}, (95, 110)),
    ],
)
def test_left_and_top_are_those_of_the_origin(origins, place):
    left, top = place
    np.testing.assert_allclose(corners(**origins, left=left, top=top), corners())


def test_without_an_origin_left_and_top_are_those_of_the_corner():
    entry = {name: value for name, value in CORNERED.items() if not name.startswith("origin")}
    (stroke,) = read(entry, left=95, top=95)
    np.testing.assert_allclose(stroke.points, corners())


def test_a_scaled_line_grows_around_its_middle_and_its_pen_with_it():
    (stroke,) = read(CORNERED, scaleX=2, scaleY=0.5)
    np.testing.assert_allclose(stroke.points, [(80, 105), (160, 105), (160, 115), (80, 115)])
    assert stroke.width == pytest.approx(10)
    (stroke,) = read(CORNERED, scaleX=2, scaleY=2)
    assert stroke.width == 20


def test_a_scaled_line_keeps_its_corner_when_its_origin_is_there():
    points = corners(originX="left", originY="top", left=95, top=95, scaleX=2, scaleY=2)
    np.testing.assert_allclose(points[0], (105, 105))


def test_a_turned_line_goes_clockwise_around_its_middle():
    np.testing.assert_allclose(corners(angle=90), [(130, 90), (130, 130), (110, 130), (110, 90)])


def test_a_turned_line_goes_around_its_origin():
    points = corners(originX="left", originY="top", left=95, top=95, angle=90)
    np.testing.assert_allclose(points, [(90, 100), (90, 140), (70, 140), (70, 100)])


def test_a_mirrored_line_changes_sides():
    np.testing.assert_allclose(
        corners(flipX=True), [(140, 100), (100, 100), (100, 120), (140, 120)]
    )
    np.testing.assert_allclose(
        corners(flipY=True), [(100, 120), (140, 120), (140, 100), (100, 100)]
    )


def test_a_skewed_line_leans():
    np.testing.assert_allclose(
        corners(skewX=45), [(90, 100), (130, 100), (150, 120), (110, 120)], atol=1e-9
    )


def test_a_line_that_leaves_the_pad_ends_at_its_edge_and_begins_again():
    path = [["M", 200, 100], ["L", 300, 100], ["L", 300, 200], ["L", 200, 200]]
    first, second = read(CORNERED, path=path, left=250, top=150)
    assert first.points == ((200, 100), (300, 100))
    assert second.points == ((300, 200), (200, 200))
    picture = ink(quantised((first, second)))
    assert picture[100, 270] == 1
    assert picture[150].max() == 0


def test_a_line_beside_the_pad_is_none():
    assert read(CORNERED, left=400) == ()


def test_a_line_ends_where_no_more_can_be_drawn():
    path = [["M", 0, 0], *(["L", 10 * (k % 2), 0] for k in range(1, 2 * MAX_POINTS))]
    (stroke,) = read(CORNERED, path=path, left=5, top=0)
    assert len(stroke.points) == MAX_POINTS
    assert ink(quantised((stroke,))).shape == (CANVAS, CANVAS)


def test_a_dot_is_a_stroke():
    entry = {**CORNERED, "path": [["M", 39.978, 200], ["L", 40.022, 200]], "left": 40, "top": 200}
    (stroke,) = read(entry)
    assert stroke.points[0] == pytest.approx((40, 200), abs=0.1)


def test_what_is_no_stroke_is_passed_over():
    good = to_canvas((Stroke(((10.0, 10.0), (20.0, 20.0)), 5.0),))["objects"]
    others = [
        None,
        3,
        {"type": "Rect", "width": 20, "height": 20},
        {**CORNERED, "path": []},
        {**CORNERED, "path": "M 1 2"},
        {**CORNERED, "path": [["M", 1], ["Q", 1, 2, 3]]},
        {**CORNERED, "path": [["Q", 1, 2, 3, 4]]},
        {**CORNERED, "path": [["M", math.nan, 1], ["L", 2, 3]]},
        {**CORNERED, "strokeWidth": 0},
        {**CORNERED, "strokeWidth": 10**400},
        {**CORNERED, "scaleX": 0},
        {**CORNERED, "left": None},
        {**CORNERED, "originX": "elsewhere"},
        {**CORNERED, "angle": math.inf},
    ]
    assert len(from_canvas({"objects": [*others, *good, *others]})) == 1


def test_what_a_pad_has_sent_before_is_not_read_again():
    one, two, three = (
        to_canvas((Stroke(((10.0, 20.0), (30.0, y)), 22.0, False),))["objects"][0]
        for y in (40.0, 50.0, 60.0)
    )
    before = read_objects({"objects": [one, two, None]})
    after = read_objects({"objects": [deepcopy(one), three, one, two]}, before)
    assert after == read_objects({"objects": [one, three, one, two]})
    assert after[0][1] is before[0][1]
    assert read_objects({"objects": [two]}, after) == before[1:2]
    assert read_objects(None, before) == []


# ---- both ways -----------------------------------------------------------------------------------

# A point at least 4 pixels from the last, as the pad's thinned lines have them.
steps = some.tuples(some.floats(5, 40), some.floats(0, 2 * math.pi))


@some.composite
def strokes(draw):
    points = [(draw(some.floats(0, CANVAS)), draw(some.floats(0, CANVAS)))]
    for length, angle in draw(some.lists(steps, max_size=8)):
        x, y = points[-1]
        step = x + length * math.cos(angle), y + length * math.sin(angle)
        if all(0 <= value <= CANVAS for value in step):
            points.append(step)
    return Stroke(tuple(points), draw(some.floats(1, 60)), draw(some.booleans()))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(some.lists(strokes(), max_size=4).map(tuple))
def test_what_is_put_on_the_pad_comes_back(drawn):
    again = from_canvas(to_canvas(drawn))
    assert [(s.width, s.erase) for s in again] == [(s.width, s.erase) for s in drawn]
    for stroke, before in zip(again, drawn, strict=True):
        points = before.points if len(before.points) > 1 else before.points * 2
        np.testing.assert_allclose(stroke.points, points, atol=0.02)


# ---- what the pad only gives back ----------------------------------------------------------------


def given_back(strokes):
    """Return what a link would hold of the pad's echo: Fabric writes four decimals."""
    pad = to_canvas(strokes)
    for entry in pad["objects"]:
        entry["path"] = [[kind, *(round(at, 4) for at in place)] for kind, *place in entry["path"]]
        entry["left"], entry["top"] = round(entry["left"], 4), round(entry["top"], 4)
    return quantised(from_canvas(pad))


# Nearer points than the pad keeps: read once more, the line would lose some at every visit.
FINE = Stroke(tuple((100.0 + k, 50.0 + 0.5 * k) for k in range(40)), 24.0)
OTHER = Stroke(((30.0, 200.0), (90.0, 240.0)), 24.0)
RUBBED = Stroke(((40.0, 190.0), (60.0, 230.0)), 12.0, erase=True)
KNOWN = quantised((FINE, OTHER, RUBBED))


def test_a_drawing_that_the_pad_gives_back_is_the_drawing_that_it_was_given():
    assert given_back(KNOWN) != KNOWN
    assert settled(given_back(KNOWN), KNOWN) == KNOWN


@settings(derandomize=True, max_examples=200, deadline=None)
@given(some.lists(strokes(), max_size=4).map(tuple))
def test_a_visit_changes_no_drawing(drawn):
    known = quantised(drawn)
    assert settled(given_back(known), known) == known


def test_a_new_stroke_is_added_as_it_was_drawn():
    (new,) = quantised((Stroke(((200.0, 20.0), (220.0, 90.0)), 24.0),))
    assert settled((*given_back(KNOWN), new), KNOWN) == (*KNOWN, new)
    assert settled((new,), ()) == (new,)


def test_an_undone_stroke_is_gone():
    assert settled(given_back(KNOWN)[:-1], KNOWN) == KNOWN[:-1]
    assert settled((), KNOWN) == ()


def test_another_drawing_is_not_taken_for_the_one_before():
    (new,) = quantised((Stroke(((200.0, 20.0), (220.0, 90.0)), 24.0),))
    assert settled((new,), KNOWN) == (new,)
    thicker = quantised((Stroke(OTHER.points, 30.0),))
    assert settled(thicker, quantised((OTHER,))) == thicker
    longer = quantised((Stroke((*OTHER.points, (120.0, 200.0)), 24.0),))
    assert settled(longer, quantised((OTHER,))) == longer


anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=4),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=4), inner),
    max_leaves=8,
)
numbers = some.floats() | some.integers(-(10**400), 10**400) | some.integers(-300, 300)
paths = some.lists(
    some.tuples(some.sampled_from("QC"), *[numbers] * 4).map(list)
    | some.tuples(some.sampled_from("ML"), some.integers(0, 280), some.integers(0, 280)).map(list)
    | anything,
    max_size=6,
)
names = ["left", "top", "scaleX", "scaleY", "angle", "skewX", "skewY", "strokeWidth"]
objects = some.fixed_dictionaries(
    {"path": paths | anything},
    optional={
        **dict.fromkeys(names, some.integers(0, 100) | numbers | anything),
        **dict.fromkeys(["originX", "originY"], some.sampled_from(["left", "center"]) | anything),
        **dict.fromkeys(["flipX", "flipY", "stroke"], anything),
    },
)


@settings(derandomize=True, max_examples=250, deadline=None)
@given(some.fixed_dictionaries({"objects": some.lists(objects | anything, max_size=3)}) | anything)
@example(None)
@example({"objects": {}})
def test_any_json_is_strokes_or_nothing(drawing):
    drawn = from_canvas(drawing)
    assert isinstance(drawn, tuple)
    assert quantised(quantised(drawn)) == quantised(drawn)
