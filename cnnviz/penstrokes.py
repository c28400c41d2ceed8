"""Digits as a pen draws them, in ways of writing that MNIST has few of or none.

Elsewhere people write a 1 with a flag and a foot, cross their 7, close their 4; with a mouse they
draw straight lines and corners. Each way of writing is a few strokes through a few points, which
are moved at random and drawn with a round pen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from cnnviz.distortions import CANVAS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Points are (x, y) in a box of width 1 and height 1, y downwards. A stroke is "curve" (a smooth
# line through its points) or "line" (straight from point to point).
Points = tuple[tuple[float, float], ...]
Stroke = tuple[str, Points]

RING: Points = (
    (0.5, 0), (0.15, 0.18), (0.05, 0.5), (0.17, 0.83), (0.5, 1),
    (0.83, 0.83), (0.95, 0.5), (0.85, 0.18), (0.5, 0),
)  # fmt: skip

WAYS: dict[int, tuple[tuple[Stroke, ...], ...]] = {
    0: (
        (("curve", RING),),
        (("curve", ((0.65, 0.02), (0.3, 0.05), (0.05, 0.5), (0.3, 0.95), (0.65, 0.95), (0.92, 0.5),
                    (0.75, 0.1), (0.45, 0.02))),),
    ),
    1: (
        (("line", ((0.5, 0), (0.5, 1))),),
        (("line", ((0.65, 0), (0.35, 1))),),
        (("line", ((0.22, 0.28), (0.55, 0), (0.55, 1))),),
        (("line", ((0.2, 0.35), (0.6, 0), (0.6, 1))),),
        (("line", ((0.25, 0.22), (0.52, 0), (0.52, 1))), ("line", ((0.2, 1), (0.82, 1)))),
    ),
    2: (
        (("curve", ((0.1, 0.25), (0.3, 0.03), (0.65, 0.03), (0.85, 0.28), (0.6, 0.6), (0.1, 1))),
         ("line", ((0.1, 1), (0.92, 1)))),
        (("curve", ((0.12, 0.2), (0.5, 0), (0.85, 0.25), (0.6, 0.6), (0.2, 0.88), (0.12, 0.98),
                    (0.3, 0.85), (0.55, 0.95), (0.95, 0.92))),),
        (("line", ((0.1, 0.03), (0.88, 0.03), (0.85, 0.5), (0.12, 0.52), (0.1, 1), (0.9, 1))),),
        (("line", ((0.1, 0.2), (0.45, 0), (0.85, 0.25), (0.1, 1), (0.92, 1))),),
    ),
    3: (
        (("curve", ((0.12, 0.14), (0.5, 0), (0.85, 0.2), (0.7, 0.42), (0.42, 0.48))),
         ("curve", ((0.42, 0.48), (0.8, 0.58), (0.92, 0.78), (0.5, 1), (0.08, 0.86)))),
        (("line", ((0.12, 0.02), (0.85, 0.02), (0.45, 0.4))),
         ("curve", ((0.45, 0.4), (0.85, 0.5), (0.9, 0.8), (0.5, 1), (0.1, 0.88)))),
        (("line", ((0.1, 0), (0.85, 0), (0.85, 1), (0.1, 1))),
         ("line", ((0.25, 0.5), (0.85, 0.5)))),
    ),
    4: (
        (("line", ((0.3, 0), (0.08, 0.58), (0.92, 0.58))), ("line", ((0.68, 0.25), (0.65, 1)))),
        (("line", ((0.7, 1), (0.7, 0), (0.05, 0.68), (0.98, 0.68))),),
        (("line", ((0.12, 0), (0.12, 0.5), (0.85, 0.5))), ("line", ((0.85, 0), (0.85, 1)))),
        (("curve", ((0.15, 0.02), (0.1, 0.35), (0.3, 0.52), (0.8, 0.48))),
         ("line", ((0.85, 0), (0.75, 1)))),
    ),
    5: (
        (("line", ((0.85, 0.02), (0.2, 0.02), (0.15, 0.44))),
         ("curve", ((0.15, 0.44), (0.55, 0.36), (0.9, 0.65), (0.6, 0.98), (0.1, 0.9)))),
        (("line", ((0.88, 0.02), (0.12, 0.02), (0.12, 0.5), (0.88, 0.5), (0.88, 1), (0.1, 1))),),
        (("curve", ((0.8, 0.05), (0.3, 0.05), (0.15, 0.35), (0.55, 0.48), (0.85, 0.7), (0.5, 1),
                    (0.12, 0.92))),),
    ),
    6: (
        (("curve", ((0.75, 0.02), (0.35, 0.2), (0.12, 0.6), (0.3, 0.95), (0.7, 0.97), (0.88, 0.72),
                    (0.6, 0.52), (0.25, 0.6), (0.15, 0.75))),),
        (("curve", ((0.35, 0), (0.15, 0.4), (0.15, 0.8), (0.5, 1), (0.85, 0.8), (0.6, 0.55),
                    (0.2, 0.7))),),
        (("line", ((0.85, 0), (0.12, 0), (0.12, 1), (0.88, 1), (0.88, 0.5), (0.12, 0.5))),),
    ),
    7: (
        (("line", ((0.08, 0.02), (0.9, 0.02), (0.38, 1))),),
        (("line", ((0.08, 0.04), (0.9, 0.02), (0.4, 1))), ("line", ((0.3, 0.5), (0.85, 0.5)))),
        (("line", ((0.12, 0.2), (0.12, 0.03), (0.88, 0.03), (0.45, 1))),),
        (("line", ((0.08, 0.03), (0.88, 0.03))),
         ("curve", ((0.88, 0.03), (0.55, 0.45), (0.45, 1)))),
    ),
    8: (
        (("curve", ((0.8, 0.12), (0.5, 0), (0.2, 0.15), (0.35, 0.42), (0.7, 0.58), (0.88, 0.8),
                    (0.5, 1), (0.12, 0.8), (0.35, 0.55), (0.7, 0.4), (0.82, 0.18), (0.7, 0.05))),),
        (("curve", tuple((0.15 + 0.7 * x, 0.48 * y) for x, y in RING)),
         ("curve", tuple((x, 0.48 + 0.52 * y) for x, y in RING))),
        (("line", ((0.12, 0), (0.88, 0), (0.88, 1), (0.12, 1), (0.12, 0))),
         ("line", ((0.12, 0.5), (0.88, 0.5)))),
    ),
    9: (
        (("curve", ((0.82, 0.2), (0.5, 0), (0.15, 0.22), (0.35, 0.48), (0.8, 0.3), (0.85, 0.1),
                    (0.82, 0.55), (0.75, 1))),),
        (("curve", tuple((0.1 + 0.75 * x, 0.52 * y) for x, y in RING)),
         ("line", ((0.83, 0.2), (0.8, 1)))),
        (("curve", ((0.82, 0.12), (0.4, 0), (0.15, 0.25), (0.45, 0.5), (0.85, 0.25), (0.85, 0.6),
                    (0.6, 0.95), (0.15, 0.93))),),
        (("line", ((0.88, 0.5), (0.12, 0.5), (0.12, 0), (0.88, 0), (0.88, 1), (0.12, 1))),),
    ),
}  # fmt: skip


def draw(digit: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw a digit in one of its ways of writing, never twice the same.

    Parameters
    ----------
    digit : int
        0 to 9.
    rng : numpy.random.Generator
        Chooses the way, the size, the place, the slant, the pen and every point's move.

    Returns
    -------
    ndarray of shape (280, 280), float32
        0 is paper, 1 is ink.

    Examples
    --------
    >>> import numpy as np
    >>> draw(7, np.random.default_rng(0)).shape
    (280, 280)
    """
    ways = WAYS[digit]
    height = rng.uniform(70, 240)
    width = height * rng.uniform(0.45, 0.95)
    pen = rng.uniform(0.03, 0.17) * height
    angle, shear = math.radians(rng.normal(0, 7)), rng.normal(0, 0.15)
    turn = np.array(
        [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
    ) @ np.array([[1, 0], [shear, 1]])
    middle = CANVAS / 2 + rng.uniform(-0.5, 0.5, 2) * (CANVAS - height)

    image = Image.new("L", (CANVAS, CANVAS))
    pencil = ImageDraw.Draw(image)
    for kind, points in ways[rng.integers(len(ways))]:
        corners = np.array(points) - 0.5
        corners += rng.normal(0, 0.03, corners.shape) + rng.normal(0, 0.02, 2)
        line = _smooth(corners) if kind == "curve" else corners
        line = line * (width, height) @ turn + middle
        pencil.line([tuple(point) for point in line], fill=255, width=round(pen), joint="curve")
        for x, y in line[[0, -1]]:
            pencil.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lead a Catmull-Rom spline through the points, eight steps from one to the next."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate([*pieces, points[-1:]])
