"""How a drawing is written in a URL: each point is two bytes, on a raster of about a pixel.

Layer: above `codec` and `drawing`.
"""

from dataclasses import replace

from cnnviz.codec import Codec, data
from cnnviz.drawing import CANVAS, MAX_POINTS, MAX_STROKES, Stroke

PAD = CANVAS
# A coordinate is one byte, so a step is 1.1 pixels.
STEP = PAD / 255
_PIXELS = [round(step * STEP, 2) for step in range(256)]  # of each step


def quantised(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """Put strokes on the raster of a link, so that the shared drawing is the same one.

    Examples
    --------
    >>> quantised((Stroke(((100.0, 300.0),), 21.6, False),))
    (Stroke(points=((99.92, 280.0),), width=22.0, erase=False),)
    """
    return tuple(
        replace(
            stroke,
            points=tuple((_PIXELS[_steps(x)], _PIXELS[_steps(y)]) for x, y in stroke.points),
            width=float(_pen(stroke)),
        )
        for stroke in strokes
    )


def _steps(pixels: float) -> int:
    return min(255, max(0, round(pixels / STEP)))


def _pen(stroke: Stroke) -> int:
    return min(127, max(1, round(stroke.width)))


def _write_strokes(strokes: tuple[Stroke, ...]) -> bytes:
    block = bytearray()
    for stroke in strokes:
        block.append(_pen(stroke) | (128 if stroke.erase else 0))
        block += len(stroke.points).to_bytes(2, "big")
        block += bytes(_steps(value) for point in stroke.points for value in point)
    return bytes(block)


def _read_strokes(block: bytes) -> tuple[Stroke, ...]:
    strokes: list[Stroke] = []
    at = points = 0
    while at < len(block):
        pen, count = block[at], int.from_bytes(block[at + 1 : at + 3], "big")
        body = block[at + 3 : at + 3 + 2 * count]
        points += count
        if len(body) < 2 * count or points > MAX_POINTS or len(strokes) == MAX_STROKES:
            raise ValueError("strokes")
        places = [_PIXELS[step] for step in body]
        line = zip(places[::2], places[1::2], strict=True)
        strokes.append(Stroke(tuple(line), float(max(1, pen & 127)), erase=pen >= 128))
        at += 3 + 2 * count
    return tuple(strokes)


def drawing(most: int) -> Codec:
    """Write strokes, each its width, its number of points and the points, in the URL's base64.

    Examples
    --------
    >>> drawing(100).write((Stroke(((0.0, 0.0), (280.0, 280.0)), 22.0, False),))
    'FgACAAD__w'
    """
    inner = data(most)
    return Codec(
        lambda value: inner.write(_write_strokes(value)),
        lambda text: _read_strokes(inner.read(text)),
        "the text that this page wrote for a drawing",
    )
