"""Pictures that nobody has to upload: toy matrices, strokes of a pen, and samples."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cnnviz.images import RESAMPLING, ImageError, check_whole_number, read_image
from cnnviz.paper import as_array

MAX_TOY_SIDE = 12
MAX_TOY_CHANNELS = 3

CANVAS = 280  # side of the drawing pad, in pixels
MAX_STROKES = 200
MAX_POINTS = 5_000
FURTHEST = 10_000.0  # a pointer that leaves the pad while it draws goes no further than the screens
_FINER = 4  # strokes are drawn on a raster this much finer, so that their edges come out smooth

SAMPLE_FOLDER = Path(__file__).parent.parent / "assets" / "samples"


@dataclass(frozen=True)
class Stroke:
    """One line drawn without lifting the pen, with round ends and corners.

    Attributes
    ----------
    points : tuple of (float, float)
        Pairs (x, y) in pixels of the 280 × 280 canvas, x to the right and y downwards. One point
        makes a dot. Points may lie outside; what they draw there is not seen.
    width : float
        Diameter of the pen in the same pixels, more than 0 and at most 280.
    erase : bool
        True to rub out what was drawn before.

    Raises
    ------
    ImageError
        If there is no point, or a number is not finite or outside its limits.

    Examples
    --------
    >>> Stroke(((140.0, 40.0), (140.0, 240.0)), width=20.0).erase
    False
    """

    points: tuple[tuple[float, float], ...]
    width: float
    erase: bool = False

    def __post_init__(self) -> None:
        if not self.points:
            raise ImageError(
                "points", "points has 0 points, but a stroke needs 1 or more. Leave it out."
            )
        for point in self.points:
            if not all(abs(coordinate) <= FURTHEST for coordinate in point):  # also refuses NaN
                raise ImageError(
                    "points",
                    f"points has the point {point}, but x and y must be numbers from "
                    f"{-FURTHEST:.0f} to {FURTHEST:.0f}. Leave that point out.",
                )
        if not 0 < self.width <= CANVAS:
            raise ImageError(
                "width",
                f"width is {self.width}, but must be more than 0 and at most {CANVAS} pixels. "
                "Use width=20.",
            )


def ink(strokes: Sequence[Stroke]) -> NDArray[np.float32]:
    """Draw strokes on the canvas.

    Parameters
    ----------
    strokes : sequence of Stroke
        In the order they were drawn; at most 200 with 5,000 points in all.

    Returns
    -------
    ndarray of shape (280, 280), float32
        1 where there is ink, 0 where there is none, and between at the edges.

    Raises
    ------
    ImageError
        If there are too many strokes or points.

    Examples
    --------
    >>> canvas = ink([Stroke(((140.0, 140.0),), width=40.0)])
    >>> float(canvas[140, 140]), float(canvas[140, 165])
    (1.0, 0.0)
    """
    return as_array(_canvas(strokes))


def draw(strokes: Sequence[Stroke], *, side: int) -> NDArray[np.float32]:
    """Draw strokes, and reduce the canvas to the side of a picture.

    Parameters
    ----------
    strokes : sequence of Stroke
        As for `ink`.
    side : int
        Rows and columns of the picture, 1 to 280.

    Returns
    -------
    ndarray of shape (side, side, 1), float32
        Values in [0, 1]; 1 is ink.

    Raises
    ------
    ImageError
        If there are too many strokes or points, or the side is outside its limits.

    Examples
    --------
    >>> down_the_middle = Stroke(((140.0, 0.0), (140.0, 280.0)), width=56.0)
    >>> draw([down_the_middle], side=5)[:2, :, 0].round(1)
    array([[0. , 0.1, 0.9, 0.1, 0. ],
           [0. , 0.1, 0.9, 0.1, 0. ]], dtype=float32)
    """
    check_whole_number("side", side, CANVAS)
    return as_array(_canvas(strokes).resize((side, side), RESAMPLING))[..., np.newaxis]


def _canvas(strokes: Sequence[Stroke]) -> Image.Image:
    _check_amount("strokes", "strokes", len(strokes), MAX_STROKES)
    _check_amount("strokes", "points", sum(len(stroke.points) for stroke in strokes), MAX_POINTS)
    canvas = Image.new("L", (CANVAS * _FINER, CANVAS * _FINER))
    pen = ImageDraw.Draw(canvas)
    for stroke in strokes:
        tone = 0 if stroke.erase else 255
        radius = max(1, round(stroke.width * _FINER / 2))
        points = [(round(x * _FINER), round(y * _FINER)) for x, y in stroke.points]
        pen.line(points, fill=tone, width=2 * radius)
        for x, y in points:  # round ends and corners
            pen.ellipse((x - radius, y - radius, x + radius - 1, y + radius - 1), fill=tone)
    return canvas.reduce(_FINER)


def _check_amount(field: str, things: str, amount: int, most: int) -> None:
    if amount > most:
        raise ImageError(
            field,
            f"{field} has {amount:,} {things}, but at most {most:,} are drawn. "
            f"Leave out {amount - most:,} {things}.",
        )


@dataclass(frozen=True)
class Toy:
    """A way to fill a small matrix.

    Attributes
    ----------
    label : str
        One word for a menu.
    sentence : str
        What is in it, and what it shows.
    plane : callable
        Takes rows and columns; returns the numbers of the first channel.
    """

    label: str
    sentence: str
    plane: Callable[[int, int], NDArray[np.float64]]


def _counting(rows: int, columns: int) -> NDArray[np.float64]:
    return np.arange(1.0, rows * columns + 1).reshape(rows, columns)


_TWO = Stroke(
    (
        *((66.0, 92.0), (84.0, 66.0), (112.0, 56.0), (150.0, 54.0), (184.0, 64.0), (204.0, 88.0)),
        *((202.0, 116.0), (182.0, 142.0), (150.0, 166.0), (108.0, 194.0), (72.0, 222.0)),
        (216.0, 222.0),
    ),
    width=44.0,
)


@functools.lru_cache(maxsize=MAX_TOY_SIDE**2)
def _digit(rows: int, columns: int) -> NDArray[np.float64]:
    picture = _canvas([_TWO]).resize((columns, rows), RESAMPLING)
    return np.round(np.asarray(picture, dtype=np.float64) / 255, 1)


def _impulse(rows: int, columns: int) -> NDArray[np.float64]:
    plane = np.zeros((rows, columns))
    plane[rows // 2, columns // 2] = 1
    return plane


def _edge(rows: int, columns: int) -> NDArray[np.float64]:
    return np.where(np.indices((rows, columns))[1] < columns // 2, 0.0, 1.0)


def _ramp(rows: int, columns: int) -> NDArray[np.float64]:
    return np.tile(np.arange(float(columns)), (rows, 1))


def _checkerboard(rows: int, columns: int) -> NDArray[np.float64]:
    row, column = np.indices((rows, columns), dtype=np.float64)
    return (row + column) % 2


TOYS: Mapping[str, Toy] = MappingProxyType(
    {
        "counting": Toy(
            "Counting",
            "1, 2, 3 and so on in reading order; a second channel goes on counting.",
            _counting,
        ),
        "digit": Toy("Digit", "A 2 drawn with a pen, in tenths; more cells show it finer.", _digit),
        "impulse": Toy(
            "Impulse", "A single 1 among zeros: the output is the kernel, turned round.", _impulse
        ),
        "edge": Toy("Edge", "0 on the left, 1 on the right: what an edge filter looks for.", _edge),
        "ramp": Toy("Ramp", "Each column is 1 more than the one before: an even slope.", _ramp),
        "checkerboard": Toy(
            "Checkerboard", "0 and 1 in turn: the finest pattern there is.", _checkerboard
        ),
        "ones": Toy(
            "Ones",
            "All ones: each output is the sum of the weights that were used.",
            lambda rows, columns: np.ones((rows, columns)),
        ),
        "zeros": Toy(
            "Zeros",
            "All zeros: only the bias is left. A start for numbers of your own.",
            lambda rows, columns: np.zeros((rows, columns)),
        ),
    }
)


def toy(preset: str, *, rows: int, columns: int, channels: int) -> NDArray[np.float32]:
    """Fill a small matrix with numbers that can be followed by head.

    Every channel holds the same numbers, but for "counting", which goes on in the next channel.

    Parameters
    ----------
    preset : str
        A name from `TOYS`.
    rows, columns : int
        1 to 12 each.
    channels : int
        1 to 3.

    Returns
    -------
    ndarray of shape (rows, columns, channels), float32
        Whole numbers, not limited to 0..1, or tenths for "digit".

    Raises
    ------
    ImageError
        If there is no such preset, or a size is outside its limits.

    Examples
    --------
    >>> toy("counting", rows=2, columns=3, channels=2)[:, :, 1]
    array([[ 7.,  8.,  9.],
           [10., 11., 12.]], dtype=float32)
    >>> toy("edge", rows=1, columns=5, channels=1)[:, :, 0]
    array([[0., 0., 1., 1., 1.]], dtype=float32)
    """
    _check_name("preset", preset, TOYS)
    check_whole_number("rows", rows, MAX_TOY_SIDE)
    check_whole_number("columns", columns, MAX_TOY_SIDE)
    check_whole_number("channels", channels, MAX_TOY_CHANNELS)
    plane = TOYS[preset].plane(rows, columns)
    matrix = np.repeat(plane[..., np.newaxis], channels, axis=2).astype(np.float32)
    if preset == "counting":
        matrix += np.arange(channels, dtype=np.float32) * plane.size
    return matrix


@dataclass(frozen=True)
class Sample:
    """A picture that comes with the project.

    Attributes
    ----------
    label : str
        One or two words for a menu.
    sentence : str
        What is seen, and what to look for in it.
    """

    label: str
    sentence: str


SAMPLES: Mapping[str, Sample] = MappingProxyType(
    {
        "house": Sample("House", "A line drawing: edges without areas."),
        "shapes": Sample("Shapes", "Flat areas with straight and round edges between them."),
        "stripes": Sample(
            "Stripes", "Four directions, one in each patch: which filter sees which?"
        ),
        "rings": Sample(
            "Rings", "Rings that get finer outwards: watch what a stride makes of them."
        ),
        "weave": Sample("Weave", "A woven cloth: texture, the same everywhere."),
        "balloons": Sample("Balloons", "Strong colours: every channel sees other balloons."),
        "face": Sample("Face", "Eyes, nose and mouth: parts that make up a whole."),
        "landscape": Sample("Landscape", "Soft light and fine detail, as in a photograph."),
        "text": Sample("Text", "Large and small letters: strokes, corners and curves."),
        "digit": Sample("Digit", "A 5 written by hand, white on black as in MNIST."),
    }
)


def sample(name: str, *, max_side: int) -> NDArray[np.float32]:
    """Read one of the pictures that come with the project.

    Parameters
    ----------
    name : str
        A name from `SAMPLES`.
    max_side : int
        The longer side is reduced to this, 1 to 1024.

    Returns
    -------
    ndarray of shape (H, W, C), float32
        Values in [0, 1]; C is 1 for grey pictures, else 3.

    Raises
    ------
    ImageError
        If there is no such sample, or `max_side` is outside its limits.

    Examples
    --------
    >>> sample("house", max_side=32).shape
    (32, 32, 1)
    """
    _check_name("name", name, SAMPLES)
    return read_image((SAMPLE_FOLDER / f"{name}.webp").read_bytes(), max_side=max_side)


def _check_name(field: str, name: str, names: Mapping[str, object]) -> None:
    if name not in names:
        raise ImageError(
            field,
            f"{field} is {name!r}, but must be one of {', '.join(names)}. "
            f"Use {field}={next(iter(names))!r}.",
        )
