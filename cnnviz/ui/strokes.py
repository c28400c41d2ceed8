"""The drawing pad's own JSON (Fabric.js paths) to strokes and back."""

import math
from typing import Any

from cnnviz.drawing import Stroke

INK = "#ffffff"
PAPER = "#000000"


def from_canvas(drawing: dict[str, Any] | None) -> tuple[Stroke, ...]:
    """Read the strokes of a pad. It comes from a browser: whatever is no stroke is passed over."""
    objects = drawing.get("objects") if isinstance(drawing, dict) else None
    if not isinstance(objects, list):
        return ()
    read = (_stroke(entry) for entry in objects if isinstance(entry, dict))
    return tuple(stroke for stroke in read if stroke)


def _stroke(entry: dict[str, Any]) -> Stroke | None:
    try:
        points = [
            (float(command[-2]), float(command[-1]))
            for command in entry["path"]
            if command[0] in {"M", "L", "Q"}
        ]
        width = float(entry["strokeWidth"])
        points = _placed(points, entry)
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    if not points or not all(math.isfinite(value) for point in points for value in (*point, width)):
        return None
    return Stroke(tuple(_thinned(points)), width, erase=entry.get("stroke") == PAPER)


def _placed(points: list[tuple[float, float]], entry: dict[str, Any]) -> list[tuple[float, float]]:
    # The pad can move and scale a stroke that is drawn; then its path stays and its place changes.
    xs, ys = zip(*points, strict=True)
    middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    scale_x, scale_y = float(entry.get("scaleX", 1)), float(entry.get("scaleY", 1))
    turn = math.radians(float(entry.get("angle", 0)))
    if (scale_x, scale_y, turn) == (1, 1, 0) and not entry.get("moved"):
        return points
    cos, sin = math.cos(turn), math.sin(turn)
    return [
        (
            middle_x + cos * (x - middle_x) * scale_x - sin * (y - middle_y) * scale_y,
            middle_y + sin * (x - middle_x) * scale_x + cos * (y - middle_y) * scale_y,
        )
        for x, y in points
    ]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    # The pad reports every pixel of the way; a point every 3 px draws the same line.
    kept = points[:1]
    for point in points[1:-1]:
        if math.dist(point, kept[-1]) >= 3:
            kept.append(point)
    return kept + points[-1:] if len(points) > 1 else kept


def to_canvas(strokes: tuple[Stroke, ...]) -> dict[str, Any]:
    """Write strokes as the pad's `initial_drawing`."""
    return {"objects": [_path(stroke) for stroke in strokes]}


def _path(stroke: Stroke) -> dict[str, Any]:
    (x, y), *others = stroke.points
    others = others or [(x + 0.01, y)]
    xs, ys = zip(*[(x, y), *others], strict=True)
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
