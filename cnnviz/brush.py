"""Shapes and paint for the sample pictures.

A shape is its signed distance: how far each pixel's centre lies outside (positive) or inside
(negative), in picture widths; x goes to the right, y downwards, both from 0 to 1. Paint covers a
pixel smoothly from half a pixel outside to half a pixel inside, which is all there is to
antialiasing here. Unions and cuts are `numpy.minimum` and `numpy.maximum`. The formulas are Inigo
Quilez', https://iquilezles.org/articles/distfunctions2d.

>>> picture = paint(paper(0.0), 1.0, disc(0.5, 0.5, radius=0.25))
>>> picture.shape, float(picture.mean().round(3))  # pi / 16
((256, 256, 1), 0.196)
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 256

Values = NDArray[np.float64]
Point = tuple[float, float]

_MIDDLES: Values = (np.indices((SIDE, SIDE)) + 0.5) / SIDE
Y, X = _MIDDLES[0], _MIDDLES[1]


def colour(code: str) -> Values:
    """Turn '#rrggbb' into three numbers in [0, 1]."""
    return np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)]) / 255


def paper(tone: Values | float) -> Values:
    """Fill a picture with one grey or one colour."""
    return np.zeros((SIDE, SIDE, 1)) + tone


def mix(below: Values, above: Values | float, share: Values) -> Values:
    """Blend two pictures; `share` of shape (SIDE, SIDE) is how much of the upper one is seen."""
    return below + (above - below) * share[..., np.newaxis]


def paint(picture: Values, tone: Values | float, distance: Values, opacity: float = 1.0) -> Values:
    """Lay a tone over the picture where the distance is negative."""
    return mix(picture, tone, opacity * np.clip(0.5 - distance * SIDE, 0, 1))


def glow(x: float, y: float, size: float) -> Values:
    """Fall off smoothly from 1 at a point."""
    light: Values = np.exp(-((X - x) ** 2 + (Y - y) ** 2) / size**2)
    return light


def fade(values: Values, start: float, stop: float) -> Values:
    """Go smoothly from 0 where values are `start` to 1 where they are `stop`."""
    share = np.clip((values - start) / (stop - start), 0, 1)
    return share * share * (3 - 2 * share)


def disc(x: float, y: float, radius: float) -> Values:
    """Measure the distance to a disc."""
    distance: Values = np.hypot(X - x, Y - y) - radius
    return distance


def oval(x: float, y: float, half_width: float, half_height: float) -> Values:
    """Measure, nearly, the distance to an oval."""
    stretched: Values = np.hypot((X - x) / half_width, (Y - y) / half_height) - 1
    return stretched * min(half_width, half_height)


def box(left: float, top: float, right: float, bottom: float, rounding: float = 0.0) -> Values:
    """Measure the distance to an upright rectangle with rounded corners."""
    across = np.abs(X - (left + right) / 2) - (right - left) / 2 + rounding
    down = np.abs(Y - (top + bottom) / 2) - (bottom - top) / 2 + rounding
    outside: Values = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    inside: Values = np.minimum(np.maximum(across, down), 0)
    return outside + inside - rounding


def line(points: Sequence[Point], width: float) -> Values:
    """Measure the distance to a line with round ends and corners."""
    nearest = np.full(X.shape, np.inf)
    for (x0, y0), (x1, y1) in pairwise(points):
        dx, dy = x1 - x0, y1 - y0
        length2 = max(dx * dx + dy * dy, 1e-12)
        along = np.clip(((X - x0) * dx + (Y - y0) * dy) / length2, 0, 1)
        nearest = np.minimum(nearest, np.hypot(X - x0 - along * dx, Y - y0 - along * dy))
    return nearest - width / 2


def polygon(points: Sequence[Point]) -> Values:
    """Measure the distance to a polygon."""
    inside = np.zeros(X.shape, dtype=bool)
    closed = [*points, points[0]]
    for (x0, y0), (x1, y1) in pairwise(closed):
        if y0 != y1:
            crossing = x0 + (Y - y0) * (x1 - x0) / (y1 - y0)
            inside ^= ((y0 > Y) != (y1 > Y)) & (crossing > X)
    edge = line(closed, 0)
    return np.where(inside, -edge, edge)


def outline(distance: Values, width: float) -> Values:
    """Keep only a line along the edge of a shape."""
    return np.abs(distance) - width / 2


def curve(points: Sequence[Point], steps: int = 16) -> list[Point]:
    """Run smoothly through the points (Catmull and Rom's spline)."""
    knots = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, np.newaxis]
    pieces = [
        b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * b - a - 3 * c + d)))
        for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False)
    ]
    return [tuple(point) for piece in pieces for point in piece.tolist()] + [points[-1]]


def noise(rows: int, columns: int, seed: int, octaves: int = 5) -> Values:
    """Make a cloudy pattern in [0, 1]: random values on ever finer grids, ever weaker."""
    rng = np.random.default_rng(seed)
    total: Values = np.zeros((SIDE, SIDE))
    for octave in range(octaves):
        shape = (min(rows << octave, SIDE), min(columns << octave, SIDE))
        grid = Image.fromarray(rng.random(shape, dtype=np.float32))
        fine = grid.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        total += np.asarray(fine) / 2**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)
