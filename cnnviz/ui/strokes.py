"""The drawing pad's own JSON (Fabric.js paths) to strokes and back.

Layer: ui, though it needs no Streamlit. Written for what the pad's Fabric 7 sends.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, groupby, repeat
from typing import Any

from cnnviz.drawing import CANVAS, MAX_POINTS, MAX_STROKES, Stroke
from cnnviz.stroke_codec import quantised

INK = "#ffffff"
PAPER = "#000000"

MOST_OBJECTS = 10 * MAX_STROKES  # of a drawing that are looked at
SHORT = 500  # points of a stroke whose echo, of 60 KB then, is remembered

Point = tuple[float, float]
Points = list[Point]
Lines = tuple[Stroke, ...]

# Where an object's left and top are measured, from its middle, in its own sizes.
_ORIGINS = {"left": -0.5, "top": -0.5, "center": 0.0, "right": 0.5, "bottom": 0.5}

# Shares of a curve's start, control and end along its way, in eighths.
_STEPS = [step / 8 for step in range(1, 9)]
_CURVE = [((1 - t) ** 2, 2 * t * (1 - t), t**2) for t in _STEPS]
# Fabric measures the box of a curve as if it were a cubic one, with its control point twice.
_MEASURED = [((1 - t) ** 3, 3 * t * (1 - t), t**3) for t in _STEPS]


def from_canvas(drawing: object) -> tuple[Stroke, ...]:
    """Read the strokes of a pad. It comes from a browser: whatever is no stroke is passed over.

    Parameters
    ----------
    drawing : object
        The pad's JSON, a dictionary with Fabric's `objects`, which may have been moved, turned and
        scaled after they were drawn.

    Returns
    -------
    tuple of Stroke
        In the pad's pixels. A line that leaves the pad ends there, and begins again where it comes
        back.

    Examples
    --------
    >>> from_canvas({"objects": [{"type": "Rect", "width": 20}]})
    ()
    >>> drawn = (Stroke(((10.0, 20.0), (30.0, 40.0)), 22.0, False),)
    >>> from_canvas(to_canvas(drawn)) == drawn
    True
    """
    return tuple(stroke for _, lines in read_objects(drawing) for stroke in lines)


def read_objects(
    drawing: object, before: Sequence[tuple[object, Lines]] = ()
) -> list[tuple[object, Lines]]:
    """Read each object of a drawing by itself.

    Parameters
    ----------
    drawing : object
        As for `from_canvas`.
    before : sequence of (object, tuple of Stroke), optional
        What was read last. A pad sends all of its lines after each new one: the others are not
        read again.

    Returns
    -------
    list of (object, tuple of Stroke)
        Each object with its lines, none where it is no stroke.
    """
    objects = drawing.get("objects") if isinstance(drawing, dict) else None
    if not isinstance(objects, list):
        return []
    return [
        (entry, old[1] if old is not None and old[0] == entry else _strokes(entry))
        for entry, old in zip(objects[:MOST_OBJECTS], chain(before, repeat(None)), strict=False)
    ]


def _strokes(entry: object) -> Lines:
    if not isinstance(entry, dict):
        return ()
    try:
        width = float(entry["strokeWidth"])
        points = _placed(entry, width)
        # The pen is scaled with its line; where that makes it an ellipse, a circle of its area.
        width *= math.sqrt(abs(_number(entry, "scaleX", 1) * _number(entry, "scaleY", 1)))
        erase = entry.get("stroke") == PAPER
        return tuple(Stroke(tuple(line), width, erase) for line in _on_pad(_thinned(points)))
    except (LookupError, TypeError, ValueError, OverflowError):
        return ()


def _points(path: list[list[Any]], curve: list[tuple[float, float, float]]) -> Points:
    """Walk along a path of M, L and Q."""
    points: Points = []
    for kind, *coordinates in path:
        if kind in ("M", "L"):
            x, y = map(float, coordinates)
            points.append((x, y))
        elif kind == "Q":
            x, y = points[-1]
            control_x, control_y, end_x, end_y = map(float, coordinates)
            points += [
                (
                    start * x + control * control_x + end * end_x,
                    start * y + control * control_y + end * end_y,
                )
                for start, control, end in curve
            ]
    return points


def _placed(entry: dict[str, Any], width: float) -> Points:
    """Walk along an object's path where the object stands.

    Fabric takes the middle of the path's box for the object's middle, skews, scales and turns the
    path around it, and puts `left`, `top` at the object's origin: the middle, or an edge of the
    box, to which half the pen's width belongs.
    """
    xs, ys = zip(*_points(entry["path"], _MEASURED), strict=True)
    middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    scale_x, scale_y = _number(entry, "scaleX", 1), _number(entry, "scaleY", 1)
    angle = math.radians(_number(entry, "angle", 0))
    skew_x, skew_y = (
        math.tan(math.radians(_number(entry, name, 0))) for name in ("skewX", "skewY")
    )
    cos, sin = math.cos(angle), math.sin(angle)

    def turned(x: float, y: float) -> Point:
        return cos * x - sin * y, sin * x + cos * y

    origin_x, origin_y = turned(
        _ORIGINS[entry.get("originX", "left")] * (max(xs) - min(xs) + width) * scale_x,
        _ORIGINS[entry.get("originY", "top")] * (max(ys) - min(ys) + width) * scale_y,
    )
    centre_x, centre_y = float(entry["left"]) - origin_x, float(entry["top"]) - origin_y
    if entry.get("flipX"):
        scale_x = -scale_x
    if entry.get("flipY"):
        scale_y = -scale_y

    placed = []
    for x, y in _points(entry["path"], _CURVE):
        right, down = x - middle_x, y - middle_y
        down += skew_y * right
        right += skew_x * down
        from_centre = turned(right * scale_x, down * scale_y)
        placed.append((centre_x + from_centre[0], centre_y + from_centre[1]))
    return placed


def _number(entry: dict[str, Any], name: str, default: float) -> float:
    return float(entry.get(name, default))


def _thinned(points: Points) -> Points:
    # The pad reports every pixel of the way; a point every 3 px draws the same line.
    kept = points[:1]
    for point in points[1:-1]:
        if math.dist(point, kept[-1]) >= 3:
            kept.append(point)
    kept += points[1:][-1:]
    return kept[:MAX_POINTS]


def _on_pad(points: Points) -> Iterator[Points]:
    # A link has room for the pad only. Each part on it keeps one point beyond the edge, so that
    # its ink reaches the edge.
    on_pad = groupby(
        range(len(points)), lambda at: all(0 <= value <= CANVAS for value in points[at])
    )
    for is_on_pad, group in on_pad:
        if is_on_pad:
            first, *_, last = [*(places := list(group)), places[-1]]
            yield points[max(0, first - 1) : last + 2]


def fitting(drawn: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """Keep the first strokes of a drawing, as many as can be drawn and put into a link."""
    points = 0
    for count, stroke in enumerate(drawn):
        points += len(stroke.points)
        if count == MAX_STROKES or points > MAX_POINTS:
            return drawn[:count]
    return drawn


def settled(read: tuple[Stroke, ...], known: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """Keep each stroke as it is known where the pad only gives it back.

    The pad rounds the strokes that it is given, so reading them again would change a drawing a
    little with every visit.

    Parameters
    ----------
    read : tuple of Stroke
        What is on the pad now, as a link would hold it.
    known : tuple of Stroke
        What the pad was given, or what was read last.

    Returns
    -------
    tuple of Stroke
        What is on the pad.

    Examples
    --------
    >>> known = (Stroke(((9.88, 20.86), (29.65, 40.63)), 22.0, False),)
    >>> drawn = Stroke(((50.51, 60.39), (70.27, 80.16)), 22.0, False)
    >>> settled((*quantised(from_canvas(to_canvas(known))), drawn), known) == (*known, drawn)
    True
    """
    echoes = (echo for stroke in known for echo in _echo(stroke))
    kept = [
        old if _alike(new, echo) else new
        for new, echo, old in zip(read, echoes, known, strict=False)
    ]
    return (*kept, *read[len(kept) :])


def _echo(stroke: Stroke) -> tuple[Stroke, ...]:
    """Return what the pad gives back of a stroke that it was given."""
    return _short_echo(stroke) if len(stroke.points) <= SHORT else _echo_of(stroke)


def _echo_of(stroke: Stroke) -> tuple[Stroke, ...]:
    return quantised(from_canvas(to_canvas((stroke,))))


_short_echo = lru_cache(maxsize=256)(_echo_of)


def _alike(one: Stroke, other: Stroke) -> bool:
    if (one.width, one.erase, len(one.points)) != (other.width, other.erase, len(other.points)):
        return False
    return all(math.dist(a, b) < 2.5 for a, b in zip(one.points, other.points, strict=True))


def to_canvas(strokes: tuple[Stroke, ...]) -> dict[str, Any]:
    """Write strokes as the pad's `initial_drawing`.

    Examples
    --------
    >>> pad = to_canvas((Stroke(((10.0, 20.0), (30.0, 40.0)), 22.0, False),))
    >>> pad["objects"][0]["path"]
    [['M', 10.0, 20.0], ['L', 30.0, 40.0]]
    """
    return {"objects": [_path(stroke) for stroke in strokes]}


def _path(stroke: Stroke) -> dict[str, Any]:
    (x, y), *others = stroke.points
    others = others or [(x + 0.01, y)]  # a browser draws no line without length
    xs, ys = zip((x, y), *others, strict=True)
    return {
        "type": "Path",
        "path": [["M", x, y], *(["L", *point] for point in others)],
        "stroke": PAPER if stroke.erase else INK,
        "strokeWidth": stroke.width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "fill": None,
        "originX": "center",
        "originY": "center",
        "left": (min(xs) + max(xs)) / 2,
        "top": (min(ys) + max(ys)) / 2,
    }
