"""`python -m cnnviz.samples` draws the pictures in assets/samples, which `cnnviz.drawing` reads."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cnnviz.brush import (
    SIDE,
    Point,
    Values,
    X,
    Y,
    box,
    colour,
    curve,
    disc,
    fade,
    glow,
    line,
    mix,
    noise,
    outline,
    oval,
    paint,
    paper,
    polygon,
)
from cnnviz.drawing import SAMPLE_FOLDER

INK, PAPER, PEN = 0.12, 0.97, 0.013


def rule(picture: Values, *paths: list[Point]) -> Values:
    """Draw lines in ink."""
    for path in paths:
        picture = paint(picture, INK, line(path, PEN))
    return picture


def cut_out(picture: Values, *shapes: Values) -> Values:
    """Lay shapes of paper over each other, each with a line in ink around it."""
    for shape in shapes:
        picture = paint(picture, PAPER, shape)
        picture = paint(picture, INK, outline(shape, PEN))
    return picture


def house() -> Values:
    """Draw a house, a tree and the sun in lines of one width."""
    picture = cut_out(paper(PAPER), disc(0.15, 0.15, 0.06))
    for angle in np.arange(12) * np.pi / 6:
        x, y = np.cos(angle), np.sin(angle)
        picture = rule(
            picture, [(0.15 + 0.085 * x, 0.15 + 0.085 * y), (0.15 + 0.115 * x, 0.15 + 0.115 * y)]
        )
    picture = rule(
        picture,
        curve([(0.0, 0.74), (0.09, 0.7), (0.22, 0.74)]),  # hills, and the ground
        curve([(0.55, 0.78), (0.7, 0.72), (0.85, 0.69), (1.0, 0.73)]),
        [(0.0, 0.86), (1.0, 0.86)],
        curve([(0.535, 0.15), (0.56, 0.11), (0.535, 0.07), (0.56, 0.03)]),  # smoke
    )
    roof = polygon([(0.13, 0.47), (0.41, 0.2), (0.69, 0.47)])
    picture = cut_out(picture, box(0.5, 0.2, 0.57, 0.4))
    picture = rule(picture, [(0.485, 0.2), (0.585, 0.2)])
    picture = cut_out(picture, box(0.2, 0.44, 0.62, 0.86), roof, disc(0.41, 0.365, 0.045))
    picture = rule(picture, [(0.41, 0.32), (0.41, 0.41)], [(0.365, 0.365), (0.455, 0.365)])
    for left in (0.24, 0.48):
        picture = cut_out(picture, box(left, 0.54, left + 0.1, 0.66))
        picture = rule(
            picture, [(left + 0.05, 0.54), (left + 0.05, 0.66)], [(left, 0.6), (left + 0.1, 0.6)]
        )
    picture = cut_out(picture, box(0.37, 0.62, 0.45, 0.86))
    picture = paint(picture, INK, disc(0.433, 0.745, 0.009))
    picture = rule(
        picture,
        curve([(0.37, 0.86), (0.36, 0.92), (0.31, 1.0)]),
        curve([(0.45, 0.86), (0.46, 0.92), (0.51, 1.0)]),
        [(0.0, 0.81), (0.2, 0.81)],
    )
    for x in (0.015, 0.06, 0.105, 0.15):
        picket = [(x, 0.86), (x, 0.78), (x + 0.015, 0.76), (x + 0.03, 0.78), (x + 0.03, 0.86)]
        picture = cut_out(picture, polygon(picket))
    trunk = polygon([(0.815, 0.86), (0.825, 0.6), (0.86, 0.6), (0.87, 0.86)])
    crown = [disc(0.842, 0.42, 0.07), disc(0.785, 0.49, 0.062), disc(0.9, 0.49, 0.062)]
    return cut_out(picture, trunk, np.minimum.reduce([*crown, disc(0.842, 0.53, 0.07)]))


def shapes() -> Values:
    """Lay flat shapes in five greys over each other."""
    picture = paper(0.94)
    picture = paint(picture, 0.72, polygon([(0.08, 0.92), (0.3, 0.34), (0.56, 0.92)]))
    picture = paint(picture, 0.16, disc(0.6, 0.36, 0.24))
    picture = paint(picture, 0.45, polygon([(0.72, 0.4), (0.95, 0.62), (0.73, 0.85), (0.5, 0.63)]))
    picture = paint(picture, 1.0, outline(disc(0.6, 0.36, 0.14), 0.035))
    picture = paint(picture, 0.45, box(0.08, 0.08, 0.26, 0.26))
    picture = paint(picture, 0.94, disc(0.17, 0.17, 0.05))
    for offset in (0.0, 0.06, 0.12):
        picture = paint(picture, 0.16, box(0.72 + offset, 0.89, 0.75 + offset, 0.96))
    return paint(picture, 0.16, disc(0.315, 0.74, 0.06))


def stripes() -> Values:
    """Cut a round patch of stripes in each of four directions."""
    picture = paper(0.5)
    across = 0.085  # the same period, seen straight on, in all four
    for x, y, angle in ((0.26, 0.26, 0), (0.74, 0.26, 90), (0.26, 0.74, 45), (0.74, 0.74, 135)):
        turn = np.deg2rad(angle)
        phase = ((X - x) * np.sin(turn) + (Y - y) * np.cos(turn)) * 2 * np.pi / across
        bars = np.clip(0.5 + 1.8 * np.cos(phase), 0.04, 0.98)
        patch = np.clip(0.5 - disc(x, y, 0.21) * SIDE, 0, 1)
        picture = mix(picture, bars[..., np.newaxis], patch)
    return picture


def rings() -> Values:
    """Draw a zone plate: 40 cycles a picture width at the middle of an edge, growing linearly."""
    radius = np.hypot(X - 0.5, Y - 0.5)
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * 40 * radius**2)
    return mix(paper(0.5), wave[..., np.newaxis], 1 - fade(radius, 0.47, 0.5))


def weave() -> Values:
    """Weave threads of two colours, each over two and under two (a twill)."""
    threads = 10
    column, row = np.floor(X * threads), np.floor(Y * threads)
    across, down = X * threads - column, Y * threads - row
    place = (column + row) % 4
    upright = place < 2
    side = np.where(upright, across, down) - 0.5
    length = np.where(upright, place + down, place - 2 + across) - 1
    dye = np.where(upright[..., np.newaxis], colour("#b8402c"), colour("#f1d9a9"))

    # A thread bulges from side to side, and comes up and dives again from end to end.
    bulge = np.sqrt(np.clip(1 - (side / 0.5) ** 2, 0, 1))
    arch = np.sqrt(np.clip(1 - (length / 1.06) ** 2, 0, 1))
    twist = 0.5 + 0.5 * np.cos(2 * np.pi * (2.5 * side + 2.5 * length))
    light = (0.14 + 1.0 * bulge * arch) * (0.84 + 0.16 * twist)
    light *= 0.92 + 0.16 * noise(64, 64, seed=4, octaves=3)
    shine = 0.22 * fade(bulge * arch, 0.8, 1.0)
    return np.clip(mix(dye * light[..., np.newaxis], 1.0, shine), 0, 1)


def balloons() -> Values:
    """Let six balloons of strong colours rise into a pale sky."""
    picture = mix(paper(colour("#8fc7ee")), colour("#f4fbff"), fade(Y, 0.0, 1.0))
    clouds = fade(noise(3, 2, seed=11), 0.5, 0.85)
    picture = mix(picture, 1.0, 0.75 * clouds * fade(Y, 0.1, 0.9))
    hand = (0.5, 1.05)
    flock = (
        (0.3, 0.22, "#f7b801"),
        (0.62, 0.17, "#e4572e"),
        (0.84, 0.36, "#7b3fa0"),
        (0.16, 0.46, "#2e9e4f"),
        (0.66, 0.47, "#1f6fd1"),
        (0.41, 0.44, "#e0263c"),
    )
    for x, y, _ in flock:
        knot, middle = (x, y + 0.17), (0.6 * x + 0.4 * hand[0] + 0.02, 0.45 * y + 0.55)
        picture = paint(picture, 0.35, line(curve([knot, middle, hand]), 0.004), opacity=0.8)
    for x, y, code in flock:
        dye = colour(code)
        narrow = 1 + 0.35 * np.clip((Y - y) / 0.16, 0, 1) ** 2
        body = (np.hypot((X - x) * narrow / 0.125, (Y - y) / 0.155) - 1) * 0.125
        picture = paint(
            picture,
            0.75 * dye,
            polygon([(x, y + 0.14), (x - 0.018, y + 0.178), (x + 0.018, y + 0.178)]),
        )
        shade = np.hypot((X - x + 0.03) / 0.19, (Y - y + 0.045) / 0.22)
        tone = dye * (1.06 - 0.5 * fade(shade, 0.25, 1.1))[..., np.newaxis]
        tone = mix(np.clip(tone, 0, 1), 1.0, 0.85 * glow(x - 0.045, y - 0.06, 0.028))
        picture = paint(picture, tone, body)
    return picture


def face() -> Values:
    """Draw a friendly face in flat colours with a little shading."""
    skin, hair, lips = colour("#e8b48f"), colour("#3b2a26"), colour("#b5483f")
    picture = paper(colour("#f6e3b4"))
    picture = mix(picture, colour("#f3c98b"), fade(np.hypot(X - 0.5, Y - 0.45), 0.2, 0.8))
    cap = oval(0.5, 0.43, 0.315, 0.36)
    picture = paint(picture, hair, np.minimum(cap, box(0.19, 0.42, 0.81, 0.8, rounding=0.12)))
    picture = paint(picture, colour("#2a7f86"), oval(0.5, 1.08, 0.46, 0.28))
    picture = paint(picture, 0.82 * skin, box(0.41, 0.66, 0.59, 0.9, rounding=0.09))
    picture = paint(picture, skin, np.minimum(disc(0.255, 0.5, 0.05), disc(0.745, 0.5, 0.05)))

    shade = fade(np.hypot((X - 0.46) / 0.3, (Y - 0.42) / 0.38), 0.5, 1.1)
    tone = np.clip(skin * (1.03 - 0.16 * shade)[..., np.newaxis], 0, 1)
    tone = mix(tone, colour("#d9705f"), 0.4 * glow(0.345, 0.6, 0.065))
    tone = mix(tone, colour("#d9705f"), 0.4 * glow(0.655, 0.6, 0.065))
    picture = paint(picture, tone, oval(0.5, 0.5, 0.25, 0.3))
    fringe = np.maximum(cap, -oval(0.62, 0.56, 0.37, 0.3))
    picture = paint(picture, hair, np.maximum(fringe, Y - 0.47))

    for x in (0.395, 0.605):
        picture = paint(picture, 0.99, oval(x, 0.505, 0.056, 0.04))
        picture = paint(picture, colour("#5b3a22"), disc(x, 0.505, 0.033))
        picture = paint(picture, 0.05, disc(x, 0.505, 0.017))
        picture = paint(picture, 1.0, disc(x + 0.012, 0.493, 0.009))
        lid = [(x - 0.06, 0.5), (x - 0.03, 0.467), (x + 0.03, 0.467), (x + 0.06, 0.5)]
        picture = paint(picture, colour("#2b1d1a"), line(curve(lid), 0.013))
        brow = [(x - 0.055, 0.425), (x - 0.01, 0.408), (x + 0.02, 0.408), (x + 0.055, 0.425)]
        picture = paint(picture, hair, line(curve(brow), 0.02))
    nose = curve([(0.505, 0.53), (0.53, 0.6), (0.49, 0.612)])
    picture = paint(picture, 0.7 * skin, line(nose, 0.012))
    smile = curve([(0.405, 0.655), (0.445, 0.7), (0.5, 0.715), (0.555, 0.7), (0.595, 0.655)])
    teeth = curve([(0.595, 0.655), (0.5, 0.672), (0.405, 0.655)])
    picture = paint(picture, 0.98, polygon([*smile, *teeth]))
    picture = paint(picture, lips, line(smile, 0.016))
    return paint(picture, lips, line(teeth, 0.009))


def landscape() -> Values:
    """Paint mountains in the evening light behind a lake, with pines before it."""
    shore = 0.62
    picture = ranges(sky())

    # The lake shows what lies as far above the shore as the water lies below it.
    ripples = 0.072 * (noise(96, 6, seed=30, octaves=3) - 0.5) * fade(Y, shore, 1.0)
    seen = np.clip((2 * shore - Y + ripples) * SIDE, 0, SIDE - 1).astype(int)
    water = 0.78 * picture[seen, np.indices(seen.shape)[1]] + 0.1 * colour("#284a66")
    water = mix(water, colour("#16283c"), 0.55 * fade(Y, 0.7, 1.05))
    picture = paint(picture, water, shore - Y)
    glitter = np.exp(-(((Y - shore) / 0.006) ** 2)) * glow(0.66, shore, 0.3)
    picture = mix(picture, colour("#fff0cf"), 0.5 * glitter)

    earth = colour("#14201c") * (0.8 + 0.5 * noise(48, 48, seed=41))[..., np.newaxis]
    bank = 1.02 - 0.28 * np.abs(X - 0.5) + 0.06 * noise(1, 6, seed=40)[0]
    picture = paint(picture, earth, bank - Y)
    for x, foot, height in (
        *((0.08, 0.99, 0.62), (0.2, 1.0, 0.42), (0.3, 1.0, 0.24)),
        *((0.93, 1.0, 0.5), (0.83, 1.02, 0.3)),
    ):
        picture = paint(picture, earth, pine(x, foot, height))
    return picture


def sky() -> Values:
    """Let the sky go from blue to the colour of the low sun, with a few clouds."""
    air = mix(paper(colour("#37588f")), colour("#9db4d3"), fade(Y, 0.0, 0.42))
    air = mix(air, colour("#fbd3a0"), fade(Y, 0.2, 0.6))
    clouds = fade(noise(10, 3, seed=21), 0.5, 0.8) * fade(Y, 0.62, 0.1)
    air = mix(air, colour("#ffe9d6"), 0.75 * clouds)
    air = mix(air, colour("#fff1c9"), 0.85 * glow(0.66, 0.44, 0.2))
    return paint(air, colour("#fffdf0"), disc(0.66, 0.43, 0.035))


def ranges(picture: Values) -> Values:
    """Lay three ranges of mountains over the sky, the nearer the darker."""
    for foot, height, peaks, seed, crest, haze in (
        (0.6, 0.34, 3, 5, "#7d8fb0", "#c7b6b4"),
        (0.62, 0.24, 4, 9, "#55698c", "#98a0b0"),
        (0.64, 0.15, 5, 14, "#2d4052", "#5d7486"),
    ):
        above_skyline = foot - height * noise(1, peaks, seed, octaves=6)[0] - Y
        rock = mix(paper(colour(crest)), colour(haze), fade(-above_skyline, 0.0, 0.22))
        relief = 0.825 + 0.35 * noise(24, 24, seed + 1, octaves=4)
        picture = paint(picture, np.clip(rock * relief[..., np.newaxis], 0, 1), above_skyline)
    return picture


def pine(x: float, foot: float, height: float) -> Values:
    """Measure the distance to a pine: nine tiers of branches round a trunk."""
    tree = box(x - 0.008, foot - 0.8 * height, x + 0.008, foot + 0.05)
    for tier in range(9):
        top = foot - height * (1 - tier / 10)
        bottom, half = top + 0.2 * height, 0.02 + 0.2 * height * (tier + 1) / 9
        branches = [(x, top), (x - half, bottom), (x, bottom - 0.02), (x + half, bottom)]
        tree = np.minimum(tree, polygon(branches))
    return tree


def text() -> Values:
    """Set two large letters and two lines in the face that comes with Pillow (Aileron, CC0)."""
    finer = 4
    page = Image.new("L", (SIDE * finer, SIDE * finer))
    pen = ImageDraw.Draw(page)
    for words, top, size in (
        ("Aa", -0.1, 0.7),
        ("filter, stride,", 0.66, 0.14),
        ("padding: 3 x 3", 0.81, 0.14),
    ):
        face = ImageFont.load_default(size * page.width)
        pen.text((0.07 * page.width, top * page.width), words, fill=255, font=face)
    return mix(paper(PAPER), INK, np.asarray(page.reduce(finer)) / 255)


def digit() -> Values:
    """Write a 5 with a pen that presses harder in the middle of a stroke."""
    flag = [(0.37, 0.2), (0.5, 0.205), (0.68, 0.17)]
    hook = [(0.37, 0.2), (0.345, 0.31), (0.33, 0.42), (0.45, 0.395), (0.6, 0.44)]
    hook += [(0.665, 0.57), (0.61, 0.73), (0.46, 0.8), (0.32, 0.75)]
    marks = np.full(X.shape, np.inf)
    for knots, lightest, heaviest in ((flag, 0.034, 0.042), (hook, 0.036, 0.05)):
        path = curve(knots, steps=24)
        press = lightest + (heaviest - lightest) * np.sin(np.linspace(0, np.pi, len(path)))
        for (x, y), radius in zip(path, press, strict=True):
            marks = np.minimum(marks, disc(x, y, radius))
    return mix(paper(0.0), 1.0, np.clip(0.5 - marks * SIDE / 2, 0, 1))  # edges 2 pixels soft


PAINTERS: Mapping[str, Callable[[], Values]] = MappingProxyType(
    {
        painter.__name__: painter
        for painter in (
            *(house, shapes, stripes, rings, weave),
            *(balloons, face, landscape, text, digit),
        )
    }
)


def pixels(name: str) -> NDArray[np.uint8]:
    """Draw one sample.

    Parameters
    ----------
    name : str
        A name from `PAINTERS`.

    Returns
    -------
    ndarray of shape (256, 256) or (256, 256, 3), uint8
        The grey or red, green and blue of each pixel.
    """
    return np.rint(PAINTERS[name]().squeeze() * 255).astype(np.uint8)


def main() -> None:
    """Write every sample as a lossless WebP file."""
    for name in PAINTERS:
        path = SAMPLE_FOLDER / f"{name}.webp"
        Image.fromarray(pixels(name)).save(path, lossless=True, quality=100, method=6)


if __name__ == "__main__":
    main()
