import dataclasses
import math
import re
import time

import numpy as np
import pytest

from cnnviz.drawing import (
    MAX_POINTS,
    MAX_STROKES,
    SAMPLE_FOLDER,
    SAMPLES,
    TOYS,
    Stroke,
    draw,
    ink,
    sample,
    toy,
)
from cnnviz.images import ImageError


def centre(canvas: np.ndarray) -> tuple[float, float]:
    """Centre of mass (x, y) in canvas pixels, a pixel's middle lying at a half."""
    rows, columns = np.indices(canvas.shape) + 0.5
    return float((canvas * columns).sum() / canvas.sum()), float(
        (canvas * rows).sum() / canvas.sum()
    )


def refusal(error: pytest.ExceptionInfo[ImageError]) -> tuple[str, str]:
    return error.value.field, str(error.value)


# Strokes


def test_canvas_is_280_pixels_wide_and_empty_without_strokes() -> None:
    canvas = ink([])
    assert canvas.dtype == np.float32
    np.testing.assert_array_equal(canvas, np.zeros((280, 280)))


@pytest.mark.parametrize("width", [2.0, 5.0, 12.0, 20.5, 60.0])
def test_one_point_makes_a_round_dot_where_the_pen_was(width: float) -> None:
    canvas = ink([Stroke(((100.3, 60.7),), width)])
    assert canvas.sum() == pytest.approx(math.pi * width**2 / 4, rel=0.06)
    assert centre(canvas) == pytest.approx((100.3, 60.7), abs=0.13)
    across, down = canvas.max(axis=0).sum(), canvas.max(axis=1).sum()
    assert across == pytest.approx(width, abs=1)
    assert down == pytest.approx(width, abs=1)


def test_line_has_the_width_of_the_pen_and_round_ends() -> None:
    canvas = ink([Stroke(((60.0, 140.0), (220.0, 140.0)), 20.0)])
    np.testing.assert_allclose(canvas[:, 140].sum(), 20, atol=0.3)
    np.testing.assert_allclose(canvas[140].sum(), 160 + 20, atol=0.5)
    assert canvas.sum() == pytest.approx(160 * 20 + math.pi * 100, rel=0.01)
    assert canvas[131, 53] == 0  # the corner that a square end would fill


def test_slanting_line_is_as_wide_as_a_straight_one() -> None:
    canvas = ink([Stroke(((50.3, 60.2), (200.1, 160.9)), 20.0)])
    length = math.hypot(149.8, 100.7)
    assert canvas.sum() == pytest.approx(length * 20 + math.pi * 100, rel=0.02)
    assert centre(canvas) == pytest.approx((125.2, 110.55), abs=0.3)


def test_corner_is_round_and_has_no_gap() -> None:
    corner = ink([Stroke(((60.0, 200.0), (140.0, 60.0), (220.0, 200.0)), 40.0)])
    dot = ink([Stroke(((140.0, 60.0),), 40.0)])
    assert (corner >= dot).all()
    assert corner[:39].max() == 0


def test_edges_are_antialiased_and_values_stay_between_0_and_1() -> None:
    canvas = ink([Stroke(((30.0, 40.0), (250.0, 190.0)), 13.3)])
    assert canvas.min() == 0
    assert canvas.max() == 1
    assert len(np.unique(canvas)) > 10


def test_eraser_rubs_out_what_was_drawn_before_and_not_after() -> None:
    line = Stroke(((40.0, 140.0), (240.0, 140.0)), 30.0)
    rubber = Stroke(((140.0, 140.0),), 60.0, erase=True)
    assert ink([line, rubber])[140, 140] == 0
    assert ink([line, rubber])[140, 60] == 1
    np.testing.assert_array_equal(ink([rubber, line]), ink([line]))


def test_stroke_may_leave_the_canvas() -> None:
    canvas = ink([Stroke(((140.0, -9_000.0), (140.0, 10_000.0)), 20.0)])
    np.testing.assert_allclose(canvas.sum(axis=1), np.full(280, 20), atol=0.3)


@pytest.mark.parametrize("side", [8, 28, 128, 280])
def test_drawing_keeps_its_ink_and_its_place_at_every_side(side: int) -> None:
    strokes = [Stroke(((70.0, 80.0), (190.0, 90.0), (120.0, 220.0)), 24.0)]
    picture, canvas = draw(strokes, side=side), ink(strokes)
    assert picture.shape == (side, side, 1)
    assert picture.dtype == np.float32
    assert picture.mean() == pytest.approx(canvas.mean(), rel=0.03)
    x, y = centre(picture[..., 0])
    assert (x * 280 / side, y * 280 / side) == pytest.approx(centre(canvas), abs=1.5)
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_typical_drawing_takes_a_few_milliseconds() -> None:
    angle = np.linspace(0, 2 * np.pi, 150)
    points = zip(140 + 80 * np.cos(angle), 140 + 100 * np.sin(2 * angle), strict=True)
    stroke = Stroke(tuple((float(x), float(y)) for x, y in points), 20.0)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        draw([stroke], side=28)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.03


def test_strokes_cannot_be_changed_and_can_be_compared() -> None:
    stroke = Stroke(((1.0, 2.0),), 3.0)
    assert stroke == Stroke(((1.0, 2.0),), 3.0, erase=False)
    assert len({stroke, Stroke(((1.0, 2.0),), 3.0)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        stroke.width = 5.0  # type: ignore[misc]


def test_stroke_without_points_is_refused() -> None:
    with pytest.raises(ImageError) as caught:
        Stroke((), 20.0)
    assert refusal(caught) == (
        "points",
        "points has 0 points, but a stroke needs 1 or more. Leave it out.",
    )
    assert ink([]).max() == 0


@pytest.mark.parametrize("bad", [(math.nan, 3.0), (3.0, math.inf), (-10_001.0, 3.0), (3.0, 1e300)])
def test_point_that_is_nowhere_is_refused(bad: tuple[float, float]) -> None:
    good = (140.0, 140.0)
    with pytest.raises(ImageError) as caught:
        Stroke((good, bad), 20.0)
    assert refusal(caught) == (
        "points",
        f"points has the point {bad}, but x and y must be numbers from -10000 to 10000. "
        "Leave that point out.",
    )
    assert ink([Stroke((good,), 20.0)])[140, 140] == 1


@pytest.mark.parametrize("width", [0.0, -1.0, 280.1, math.nan, math.inf])
def test_pen_without_a_possible_width_is_refused(width: float) -> None:
    with pytest.raises(ImageError) as caught:
        Stroke(((1.0, 2.0),), width)
    assert refusal(caught) == (
        "width",
        f"width is {width}, but must be more than 0 and at most 280 pixels. Use width=20.",
    )
    assert Stroke(((1.0, 2.0),), width=20).width == 20


def test_more_than_200_strokes_are_refused() -> None:
    strokes = [Stroke(((float(at), 140.0),), 2.0) for at in range(MAX_STROKES + 3)]
    with pytest.raises(ImageError) as caught:
        draw(strokes, side=28)
    assert refusal(caught) == (
        "strokes",
        "strokes has 203 strokes, but at most 200 are drawn. Leave out 3 strokes.",
    )
    assert draw(strokes[3:], side=28).max() > 0


def test_more_than_5000_points_in_all_strokes_are_refused() -> None:
    half = tuple((float(at % 280), 140.0) for at in range(MAX_POINTS // 2))
    with pytest.raises(ImageError) as caught:
        ink([Stroke(half, 2.0), Stroke((*half, (1.0, 2.0)), 2.0)])
    assert refusal(caught) == (
        "strokes",
        "strokes has 5,001 points, but at most 5,000 are drawn. Leave out 1 points.",
    )
    assert ink([Stroke(half, 2.0), Stroke(half, 2.0)]).max() == 1


@pytest.mark.parametrize("side", [0, 281, 28.0])
def test_side_outside_its_limits_names_them(side: object) -> None:
    with pytest.raises(ImageError) as caught:
        draw([], side=side)  # type: ignore[arg-type]
    assert refusal(caught) == (
        "side",
        f"side is {side!r}, but must be a whole number from 1 to 280. Use side=280.",
    )
    assert draw([], side=280).shape == (280, 280, 1)


# Toys


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("counting", [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]),
        ("impulse", [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]),
        ("edge", [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]),
        ("ramp", [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]]),
        ("checkerboard", [[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]]),
        ("ones", [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]),
        ("zeros", [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]),
    ],
)
def test_toy_holds_exactly_these_numbers(preset: str, expected: list[list[int]]) -> None:
    matrix = toy(preset, rows=3, columns=4, channels=2)
    assert matrix.shape == (3, 4, 2)
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix[..., 0], expected)
    next_channel = np.array(expected) + (12 if preset == "counting" else 0)
    np.testing.assert_array_equal(matrix[..., 1], next_channel)


def test_article_picture_counts_from_1_to_9() -> None:
    np.testing.assert_array_equal(
        toy("counting", rows=3, columns=3, channels=1)[..., 0], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    )


def test_toy_digit_is_a_readable_2_in_tenths() -> None:
    matrix = toy("digit", rows=7, columns=7, channels=1)[..., 0]
    np.testing.assert_array_equal(matrix, matrix.round(1))
    drawn = ["".join("#" if value >= 0.5 else "." for value in row) for row in matrix]
    assert drawn == [
        ".......",
        "..###..",
        ".#..##.",
        "....#..",
        "..##...",
        ".#####.",
        ".......",
    ]


@pytest.mark.parametrize("preset", TOYS)
def test_every_toy_fills_every_size(preset: str) -> None:
    for rows, columns, channels in ((1, 1, 1), (1, 12, 3), (12, 1, 2), (12, 12, 3)):
        matrix = toy(preset, rows=rows, columns=columns, channels=channels)
        assert matrix.shape == (rows, columns, channels)
        assert np.abs(matrix).max() <= 432


@pytest.mark.parametrize(
    ("size", "field", "message"),
    [
        ({"rows": 0}, "rows", "rows is 0, but must be a whole number from 1 to 12. Use rows=12."),
        (
            {"columns": 13},
            "columns",
            "columns is 13, but must be a whole number from 1 to 12. Use columns=12.",
        ),
        (
            {"channels": 4},
            "channels",
            "channels is 4, but must be a whole number from 1 to 3. Use channels=3.",
        ),
        (
            {"preset": "cat"},
            "preset",
            "preset is 'cat', but must be one of counting, digit, impulse, edge, ramp, "
            "checkerboard, ones, zeros. Use preset='counting'.",
        ),
    ],
    ids=["rows", "columns", "channels", "preset"],
)
def test_impossible_toy_names_the_limit_and_a_fix(
    size: dict[str, object], field: str, message: str
) -> None:
    asked: dict[str, object] = {"preset": "ramp", "rows": 2, "columns": 2, "channels": 1}
    with pytest.raises(ImageError) as caught:
        toy(**(asked | size))  # type: ignore[arg-type]
    assert refusal(caught) == (field, message)
    found = re.search(r"Use (\w+)=(\S+)\.$", message)
    assert found
    fix = found[2].strip("'")
    asked[found[1]] = int(fix) if fix.isdigit() else fix
    assert toy(**asked).size > 0  # type: ignore[arg-type]


# Samples


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_there_and_shows_something_at_every_side(name: str) -> None:
    for side in (28, 64, 128):
        pixels = sample(name, max_side=side)
        assert pixels.shape[:2] == (side, side)
        assert pixels.std() > 0.05


def test_samples_offer_grey_and_colour() -> None:
    channels = {name: sample(name, max_side=64).shape[2] for name in SAMPLES}
    assert {name for name, count in channels.items() if count == 3} == {
        "weave",
        "balloons",
        "face",
        "landscape",
    }


def test_samples_and_toys_have_a_label_and_one_sentence() -> None:
    for caption in (*SAMPLES.values(), *TOYS.values()):
        assert re.fullmatch(r"[A-Z]\w+", caption.label)
        assert re.fullmatch(r"[A-Z0-9].{15,80}[.?]", caption.sentence)


def test_sample_files_are_small_and_all_are_offered() -> None:
    files = [path for path in SAMPLE_FOLDER.iterdir() if path.is_file()]
    assert {path.name for path in files} == {f"{name}.webp" for name in SAMPLES}
    assert sum(path.stat().st_size for path in files) < 400_000


def test_unknown_sample_names_those_that_there_are() -> None:
    with pytest.raises(ImageError) as caught:
        sample("../mnist", max_side=28)
    assert refusal(caught) == (
        "name",
        "name is '../mnist', but must be one of house, shapes, stripes, rings, weave, balloons, "
        "face, landscape, text, digit. Use name='house'.",
    )
    assert sample("house", max_side=28).shape == (28, 28, 1)
