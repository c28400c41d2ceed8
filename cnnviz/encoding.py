"""Pixels become picture files: small enough for a link, or exact for a download."""

import io
from bisect import bisect_right
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from cnnviz.images import MAX_SIDE, ImageError, as_picture, check_whole_number, to_rgb

MAX_SCALE = 64


def encode_webp(pixels: ArrayLike, *, max_bytes: int) -> tuple[bytes, bool]:
    """Write a picture as the best WebP file that is small enough to travel in a link.

    Parameters
    ----------
    pixels : array_like of shape (H, W, 1) or (H, W, 3)
        Values in [0, 1], rounded to steps of 1/255; at most 1024 rows and columns.
    max_bytes : int
        The most bytes that the file may have.

    Returns
    -------
    data : bytes
        A WebP file for `read_image`; the same pixels always give the same bytes.
    lossless : bool
        False if the picture had to be compressed with losses.

    Raises
    ------
    ImageError
        If it does not fit even at the lowest quality.

    Examples
    --------
    >>> from cnnviz.images import read_image
    >>> data, lossless = encode_webp(np.full((8, 8, 1), 0.2), max_bytes=100)
    >>> lossless, read_image(data, max_side=8).shape
    (True, (8, 8, 1))
    """
    image = _pillow_image(to_rgb(pixels))
    if max(image.size) > MAX_SIDE:
        raise ImageError(
            "pixels",
            f"pixels has {image.height} rows and {image.width} columns, but at most {MAX_SIDE} of "
            f"each are written. Read the picture with max_side={MAX_SIDE}.",
        )
    exact = _file(image, "WEBP", lossless=True)
    if len(exact) <= max_bytes:
        return exact, True

    def bytes_at(quality: int) -> int:
        return len(_file(image, "WEBP", quality=quality))

    # The size grows with the quality, 0 to 100, so the best one that fits is found by halving.
    fitting = bisect_right(range(101), max_bytes, key=bytes_at)
    if fitting == 0:
        raise ImageError(
            "max_bytes",
            f"max_bytes is {max_bytes}, but a picture of {image.width} × {image.height} needs "
            f"{bytes_at(0)} even at the lowest quality. Use max_bytes={bytes_at(0)}.",
        )
    return _file(image, "WEBP", quality=fitting - 1), False


def png(pixels: ArrayLike, *, scale: int = 1) -> bytes:
    """Write a picture or one map as a PNG file, each cell a square of pixels.

    Parameters
    ----------
    pixels : array_like of shape (H, W), (H, W, 1) or (H, W, 3)
        Values in [0, 1], rounded to steps of 1/255.
    scale : int
        Side of a cell in pixels, 1 to 64.

    Returns
    -------
    bytes
        A PNG file, grey or in colour.

    Examples
    --------
    >>> from cnnviz.images import read_image
    >>> read_image(png([[0.0, 1.0]], scale=2), max_side=9)[:, :, 0]
    array([[0., 0., 1., 1.],
           [0., 0., 1., 1.]], dtype=float32)
    """
    check_whole_number("scale", scale, MAX_SCALE)
    cells = np.asarray(pixels, dtype=np.float32)
    image = _pillow_image(as_picture(cells[..., np.newaxis] if cells.ndim == 2 else cells))
    size = (image.width * scale, image.height * scale)
    return _file(image.resize(size, Image.Resampling.NEAREST), "PNG")


def _pillow_image(picture: NDArray[np.float32]) -> Image.Image:
    if not (
        picture.min() >= 0 and picture.max() <= 1
    ):  # so put, because NaN fails every comparison
        raise ImageError(
            "pixels",
            f"pixels has values from {picture.min():g} to {picture.max():g}, but a file holds 0 to "
            "1. Use numpy.clip(numpy.nan_to_num(pixels), 0, 1), or scale them.",
        )
    values = np.rint(picture * 255).astype(np.uint8)
    return Image.fromarray(values[..., 0] if values.shape[2] == 1 else values)


def _file(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()
