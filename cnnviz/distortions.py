"""What may happen to a drawn digit on its canvas: moved, turned, thicker, thinner, noisy.

The pages' "what if" sliders, the training pictures and the robustness table share these.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANVAS = 280  # pixels; ten for each of MNIST's


def on_canvas(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Enlarge a 28x28 picture smoothly to the size of the drawing canvas.

    Parameters
    ----------
    image : ndarray of shape (28, 28), float32
        In [0, 1]; 1 is ink.

    Returns
    -------
    ndarray of shape (280, 280), float32
        In [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> on_canvas(np.eye(28, dtype=np.float32)).shape
    (280, 280)
    """
    return _floats(_image(image).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC))


def enlarged(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Enlarge each pixel of a 28x28 picture to a square, so that `reduced` gives it back.

    Parameters
    ----------
    image : ndarray of shape (28, 28), float32
        In [0, 1].

    Returns
    -------
    ndarray of shape (280, 280), float32

    Examples
    --------
    >>> import numpy as np
    >>> enlarged(np.eye(28, dtype=np.float32))[:11, 9].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    """
    times = CANVAS // len(image)
    return image.repeat(times, axis=0).repeat(times, axis=1)


def reduced(canvas: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average a drawing canvas down to 28x28, and do nothing else to it.

    Parameters
    ----------
    canvas : ndarray of shape (280, 280), float32
        In [0, 1].

    Returns
    -------
    ndarray of shape (28, 28), float32

    Examples
    --------
    >>> import numpy as np
    >>> reduced(np.ones((280, 280), dtype=np.float32)).shape
    (28, 28)
    """
    side = CANVAS // 10
    means: NDArray[np.float32] = canvas.reshape(side, 10, side, 10).mean(axis=(1, 3))
    return means


def moved(
    ink: NDArray[np.float32],
    *,
    down: float = 0,
    right: float = 0,
    angle: float = 0,
    scale: float = 1,
) -> NDArray[np.float32]:
    """Turn and scale a drawing about its middle, then shift it; what leaves the canvas is lost.

    Parameters
    ----------
    ink : ndarray of shape (H, W), float32
        In [0, 1]; 1 is ink.
    down, right : float
        The shift, in pixels.
    angle : float
        In degrees, clockwise.
    scale : float
        Above 0; 2 doubles height and width.

    Returns
    -------
    ndarray of shape (H, W), float32
        In [0, 1]; new canvas is 0.

    Examples
    --------
    >>> import numpy as np
    >>> ink = np.zeros((5, 5), dtype=np.float32)
    >>> ink[2, 2] = 1
    >>> np.argwhere(moved(ink, down=1, right=-1) > 0.5).tolist()
    [[3, 1]]
    """
    height, width = ink.shape
    cos, sin = (f(math.radians(angle)) / scale for f in (math.cos, math.sin))
    x, y = width / 2, height / 2
    # Pillow asks where each new pixel comes from: the inverse of the motion.
    inverse = (
        cos, sin, x - cos * (x + right) - sin * (y + down),
        -sin, cos, y + sin * (x + right) - cos * (y + down),
    )  # fmt: skip
    # A shift by whole pixels meets pixels, where a blend of neighbours is the pixel itself.
    whole = (angle, scale) == (0, 1) and float(down).is_integer() and float(right).is_integer()
    how = Image.Resampling.NEAREST if whole else Image.Resampling.BICUBIC
    image = _image(ink).transform((width, height), Image.Transform.AFFINE, inverse, how)
    return _floats(image)


def thickened(ink: NDArray[np.float32], pixels: float) -> NDArray[np.float32]:
    """Make every stroke wider, as a rounder brush would; narrower if `pixels` is negative.

    Parameters
    ----------
    ink : ndarray of shape (H, W), float32
        In [0, 1]; 1 is ink.
    pixels : float
        How much a stroke's width changes.

    Returns
    -------
    ndarray of shape (H, W), float32
        The largest (or least) value within a disc of that diameter about each pixel.

    Examples
    --------
    >>> import numpy as np
    >>> ink = np.zeros((7, 7), dtype=np.float32)
    >>> ink[3] = 1
    >>> thickened(ink, 2)[:, 3].tolist(), thickened(thickened(ink, 2), -2)[:, 3].tolist()
    ([0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    """
    values = _bytes(ink)
    if pixels < 0:
        return shares(255 - spread(255 - values, -pixels / 2))
    return shares(spread(values, pixels / 2))


def spread(values: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """Take the largest value within a disc about each pixel.

    Parameters
    ----------
    values : ndarray of shape (H, W), uint8
        Beyond the rim nothing is counted.
    radius : float
        In pixels. Below 1 nothing changes.

    Examples
    --------
    >>> import numpy as np
    >>> spread(np.diag([9, 0, 0]).astype(np.uint8), 1).tolist()
    [[9, 9, 0], [9, 0, 0], [0, 0, 0]]
    """
    result = values.copy()
    widened, reach = values.copy(), 0
    for row in range(math.floor(radius), -1, -1):
        # The disc is a stack of rows, the widest in the middle: widen as we come nearer to it.
        half = math.floor(math.sqrt(radius * radius - row * row))
        while reach < half:
            reach += 1
            np.maximum(widened[:, reach:], values[:, :-reach], out=widened[:, reach:])
            np.maximum(widened[:, :-reach], values[:, reach:], out=widened[:, :-reach])
        if row:
            np.maximum(result[row:], widened[:-row], out=result[row:])
            np.maximum(result[:-row], widened[row:], out=result[:-row])
    return np.maximum(result, widened)


def salted(ink: NDArray[np.float32], share: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Turn single pixels anywhere into ink.

    Parameters
    ----------
    ink : ndarray of shape (H, W), float32
        In [0, 1]; 1 is ink.
    share : float
        How many of the pixels, 0 to 1.
    rng : numpy.random.Generator
        Chooses them.

    Examples
    --------
    >>> import numpy as np
    >>> blank = np.zeros((100, 100), dtype=np.float32)
    >>> float(salted(blank, 0.02, np.random.default_rng(0)).sum())
    200.0
    """
    result = ink.copy()
    count = round(share * ink.size)
    result.flat[rng.choice(ink.size, count, replace=False, shuffle=False)] = 1
    return result


def shares(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn bytes into shares of full ink, 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> shares(np.array([0, 51, 255], dtype=np.uint8)).tolist()
    [0.0, 0.20000000298023224, 1.0]
    """
    result: NDArray[np.float32] = np.divide(values, 255, dtype=np.float32)
    return result


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (picture * 255 + 0.5).astype(np.uint8)


def _image(picture: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(_bytes(picture))


def _floats(image: Image.Image) -> NDArray[np.float32]:
    return shares(np.asarray(image))
