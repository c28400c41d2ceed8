"""The pictures on the home page's cards: `python -m cnnviz.cards` draws them into assets/cards/.

Layer: above `share`. Every value in them is what the page shows that the card leads to: TensorFlow
computes the maps, the shipped classifier says the probabilities.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cnnviz import classifier, mnist
from cnnviz.codec import number
from cnnviz.compute import convolve, pool, random_kernel
from cnnviz.digits import prepare
from cnnviz.drawing import ink, sample, toy
from cnnviz.export import signed_pixels
from cnnviz.filters import FILTERS
from cnnviz.images import to_grey, to_rgb
from cnnviz.layers import AveragePooling2D, Conv2D, MaxPooling2D
from cnnviz.share import SEVEN
from cnnviz.theme import DARK, LIGHT, Palette

Floats = NDArray[np.float32]
Point = tuple[int, int]

FOLDER = Path(__file__).parent.parent / "assets" / "cards"
SIZE = (560, 280)  # pixels; a card shows it at half of that
PALETTES = MappingProxyType({"light": LIGHT, "dark": DARK})


class Sheet:
    """A transparent sheet to draw one card's picture on, in the colours of one appearance."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self.image = Image.new("RGBA", SIZE)
        self._draw = ImageDraw.Draw(self.image)

    def picture(self, pixels: Floats, at: Point, side: int) -> None:
        """Put pixels in [0, 1], shape (H, W, 1) or (H, W, 3), into a square."""
        self._paste(np.rint(255 * to_rgb(pixels)).astype(np.uint8), at, side)

    def map(self, values: Floats, at: Point, side: int, *, limit: float | None = None) -> None:
        """Put signed values, shape (H, W), into a square; `limit` has the full colour."""
        limit = limit or float(np.abs(values).max())
        self._paste(signed_pixels(values / limit, self.palette), at, side)

    def _paste(self, pixels: NDArray[np.uint8], at: Point, side: int) -> None:
        enlarged = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
        self.image.paste(enlarged, at)
        self.frame(at, (side, side), self.palette.border, 2)

    def grid(self, at: Point, shape: tuple[int, int], cell: int) -> None:
        """Rule lines between cells."""
        height, width = shape
        for row in range(height + 1):
            self._line(at[0], at[1] + row * cell, at[0] + width * cell, at[1] + row * cell)
        for column in range(width + 1):
            self._line(at[0] + column * cell, at[1], at[0] + column * cell, at[1] + height * cell)

    def _line(self, *ends: int) -> None:
        self._draw.line(ends, fill=self.palette.border, width=2)

    def numbers(self, values: Floats, at: Point, cell: int, *, colour: str | None = None) -> None:
        """Write a number into the middle of each cell."""
        for (row, column), value in np.ndenumerate(values):
            middle = (at[0] + (column + 0.5) * cell, at[1] + (row + 0.5) * cell)
            self.text(number(float(value)), middle, 0.42 * cell, colour=colour)

    def text(
        self, words: str, middle: tuple[float, float], size: float, *, colour: str | None = None
    ) -> None:
        """Write words around a point."""
        self._draw.text(
            middle,
            words,
            fill=colour or self.palette.text,
            font=ImageFont.load_default(size),
            anchor="mm",
        )

    def arrow(self, x: int, y: int) -> None:
        """Point to the right, from what is read to what comes out."""
        colour = self.palette.quiet
        self._draw.line((x - 20, y, x + 18, y), fill=colour, width=4)
        self._draw.line((x + 7, y - 12, x + 19, y, x + 7, y + 12), fill=colour, width=4)

    def asterisk(self, x: int, y: int) -> None:
        """Write the sign of a convolution."""
        for right, down in ((0, 12), (10, 6), (10, -6)):
            ends = (x - right, y - down, x + right, y + down)
            self._draw.line(ends, fill=self.palette.quiet, width=3)

    def frame(self, at: Point, size: tuple[int, int], colour: str, width: int) -> None:
        """Outline a rectangle, on both sides of its edge."""
        (x, y), (w, h), half = at, size, width // 2
        self._draw.rectangle(
            (x - half, y - half, x + w + half - 1, y + h + half - 1), outline=colour, width=width
        )

    def point_at(self, at: Point, cell: int, window: tuple[int, int, int, int]) -> None:
        """Outline a window of cells, given as row, column, rows and columns."""
        row, column, rows, columns = window
        self.frame(
            (at[0] + column * cell, at[1] + row * cell),
            (columns * cell, rows * cell),
            self.palette.pointer,
            6,
        )

    def bars(self, shares: Sequence[float], at: Point, size: tuple[int, int]) -> None:
        """Draw a bar for each digit; the longest is the one that is pointed at."""
        (x, y), (width, height) = at, size
        step = height / len(shares)
        for digit, share in enumerate(shares):
            middle = y + (digit + 0.5) * step
            best = share == max(shares)
            colour = self.palette.pointer if best else self.palette.quiet
            self.text(str(digit), (x + 8, middle), 0.85 * step, colour=colour)
            end = x + 24 + max(3, share * (width - 24))
            self._draw.rectangle(
                (x + 24, middle - 0.3 * step, end, middle + 0.3 * step), fill=colour
            )

    def hatch(self, at: Point, side: int, cell: int) -> None:
        """Rule the ring of padding, one cell wide around a square."""
        for start in range(-side, side, 10):
            ends = [(at[0] + max(start, 0), at[1] + max(-start, 0))]
            ends.append((at[0] + min(start + side, side), at[1] + min(side - start, side)))
            self._draw.line(ends, fill=self.palette.border, width=2)
        self.frame(at, (side, side), self.palette.border, 2)
        for k in range(side // cell):
            for place in ((k, 0), (k, side // cell - 1), (0, k), (side // cell - 1, k)):
                middle = (at[0] + (place[0] + 0.5) * cell, at[1] + (place[1] + 0.5) * cell)
                self.text("0", middle, 0.45 * cell, colour=self.palette.quiet)


def _filtered(image: Floats, name: str, *, size: int = 3) -> Floats:
    kernel = FILTERS[name].weights((size, size)).astype(np.float32)[:, :, None, None]
    return convolve(image, kernel, None, Conv2D(1, size, padding="same", use_bias=False))[:, :, 0]


def _edges(image: Floats) -> Floats:
    return np.hypot(_filtered(image, "sobel_x"), _filtered(image, "sobel_y"))


def _seven() -> Floats:
    image = prepare(ink(SEVEN)).image
    assert image is not None  # it is a digit
    return image


def convolution(sheet: Sheet) -> None:
    """Draw a picture, a Sobel filter and the map."""
    picture = to_grey(sample("house", max_side=94))
    sheet.picture(picture, (14, 46), 188)
    sheet.asterisk(223, 140)
    kernel = FILTERS["sobel_x"].weights((3, 3)).astype(np.float32)
    sheet.map(kernel, (244, 98), 84)
    sheet.grid((244, 98), (3, 3), 28)
    sheet.numbers(kernel, (244, 98), 28)
    sheet.text("=", (348, 140), 34, colour=sheet.palette.quiet)
    sheet.map(_filtered(picture, "sobel_x"), (368, 46), 188)


def pooling(sheet: Sheet) -> None:
    """Draw a picture, and the largest of each window of four."""
    values = pool(_seven()[:, :, None], AveragePooling2D(2))
    left, right = (60, 28), (388, 84)
    sheet.picture(values, left, 224)
    sheet.grid(left, (7, 7), 32)
    sheet.arrow(336, 140)
    sheet.picture(pool(values, MaxPooling2D(2)), right, 112)
    sheet.grid(right, (7, 7), 16)
    for at, cell in ((left, 32), (right, 16)):
        sheet.point_at(at, cell, (2, 4, 1, 1))


def digit(sheet: Sheet) -> None:
    """Draw the 7 that the classifier page opens with, and what the network says."""
    image = _seven()
    sheet.picture(image[:, :, None], (44, 28), 224)
    probabilities = classifier.load().predict(image).probabilities
    sheet.bars(probabilities.tolist(), (314, 24), (206, 232))


def lessons(sheet: Sheet) -> None:
    """Draw the way of the first MNIST digit: picture, maps, smaller maps, answer."""
    image = mnist.load().x_train[0].astype(np.float32) / 255
    kernel = random_kernel("random_normal", (3, 3, 1, 5), seed=16, stddev=0.01)
    layer = Conv2D(5, 3, strides=2, padding="same", activation="relu", use_bias=False)
    maps = convolve(image[:, :, None], kernel, None, layer)
    pooled = pool(maps, MaxPooling2D(2, padding="same"))
    sheet.picture(image[:, :, None], (14, 70), 140)
    for place, k in enumerate(np.argsort(maps.sum((0, 1)))):  # the fullest in front
        sheet.map(maps[:, :, k], (176 + 16 * place, 60 + 16 * place), 96, limit=float(maps.max()))
        at = (352 + 12 * place, 86 + 12 * place)
        sheet.map(pooled[:, :, k], at, 60, limit=float(maps.max()))
    probabilities = classifier.load().predict(image).probabilities
    sheet.bars(probabilities.tolist(), (474, 50), (74, 180))


def sliding(sheet: Sheet) -> None:
    """Draw nine numbers, a window of four, and their sum."""
    values = toy("counting", rows=3, columns=3, channels=1)
    ones = np.ones((2, 2, 1, 1), np.float32)
    sums = convolve(values, ones, None, Conv2D(1, 2, use_bias=False))[:, :, 0]
    left, right = (60, 35), (372, 70)
    sheet.grid(left, (3, 3), 70)
    sheet.numbers(values[:, :, 0], left, 70)
    sheet.arrow(322, 140)
    sheet.map(sums, right, 140, limit=2.5 * float(sums.max()))
    sheet.grid(right, (2, 2), 70)
    sheet.numbers(sums, right, 70)
    sheet.point_at(left, 70, (0, 1, 2, 2))
    sheet.point_at(right, 70, (0, 1, 1, 1))


def channels(sheet: Sheet) -> None:
    """Draw the three channels of a picture, and six maps that each read all of them."""
    picture = to_rgb(sample("balloons", max_side=32))
    for channel in range(3):
        plane = np.zeros_like(picture)
        plane[:, :, channel] = picture[:, :, channel]
        sheet.picture(plane, (20 + 30 * channel, 40 + 30 * channel), 140)
    sheet.arrow(262, 140)
    kernel = random_kernel("glorot_uniform", (5, 5, 3, 6), seed=4)
    maps = convolve(picture, kernel, None, Conv2D(6, 5, use_bias=False))
    limit = float(np.abs(maps).max())
    for k in range(6):
        at = (302 + 84 * (k % 3), 58 + 84 * (k // 3))
        sheet.map(maps[:, :, k], at, 78, limit=limit)


def edges(sheet: Sheet) -> None:
    """Draw a picture, blurred, and its edges."""
    picture = to_grey(sample("face", max_side=87))
    sheet.picture(picture, (14, 53), 174)
    blurred = np.clip(_filtered(picture, "gaussian", size=11), 0, 1)
    sheet.picture(blurred[:, :, None], (193, 53), 174)
    sheet.map(_edges(picture), (372, 53), 174)


def padding(sheet: Sheet) -> None:
    """Draw a picture with its ring of zeros, and a map that is as large as the picture."""
    picture = toy("digit", rows=5, columns=5, channels=1)
    sheet.hatch((20, 21), 238, 34)
    sheet.picture(picture, (54, 55), 170)
    sheet.grid((54, 55), (5, 5), 34)
    sheet.arrow(306, 140)
    sheet.map(_filtered(picture, "sobel_x"), (354, 55), 170)
    sheet.grid((354, 55), (5, 5), 34)
    sheet.point_at((20, 21), 34, (0, 4, 3, 3))
    sheet.point_at((354, 55), 34, (0, 4, 1, 1))


PAINTERS: Mapping[str, Callable[[Sheet], None]] = MappingProxyType(
    {
        painter.__name__: painter
        for painter in (
            *(convolution, pooling, digit, lessons),
            *(sliding, channels, edges, padding),
        )
    }
)


def drawn(name: str, palette: Palette) -> Image.Image:
    """Draw one card's picture.

    Parameters
    ----------
    name : str
        A name from `PAINTERS`.
    palette : Palette

    Returns
    -------
    Image
        RGBA, `SIZE`, transparent where nothing is drawn.
    """
    sheet = Sheet(palette)
    PAINTERS[name](sheet)
    return sheet.image


def path_of(name: str, appearance: str) -> Path:
    """Return where a picture lies: `appearance` is "light" or "dark"."""
    return FOLDER / f"{name}-{appearance}.png"


def main() -> None:
    """Write every picture as a PNG file, which Streamlit passes on as it is."""
    FOLDER.mkdir(exist_ok=True)
    for name in PAINTERS:
        for appearance, palette in PALETTES.items():
            path = path_of(name, appearance)
            drawn(name, palette).save(path, optimize=True)


if __name__ == "__main__":
    main()
