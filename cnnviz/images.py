"""Picture files become pixels.

A picture is an array of shape (H, W, C), float32 in [0, 1], rows from the top, with C = 1 (grey)
or C = 3 (red, green, blue). A file is judged by its bytes, never by its name, and one that is too
large is refused before it is decoded.
"""

import io
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps

FORMATS = ("PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF")
MAX_BYTES = 10 * 2**20
MAX_PIXELS = 40_000_000
MAX_SIDE = 1024

# Hamming's weights are never negative. So nothing leaves [0, 1], and no halo appears beside an edge
# for a filter to find, as with Lanczos. The box makes no halo either, but lets more false patterns
# through and is uneven where the ratio of the sides is not a whole number.
RESAMPLING = Image.Resampling.HAMMING

LUMA = (0.299, 0.587, 0.114)  # red, green, blue: Recommendation ITU-R BT.601, section 2.5.1

# A progressive JPEG may repeat its scans without end, and each is a pass over all its pixels: 10 MB
# of them would keep a server busy for ten minutes. Cameras and editors write about ten scans.
MAX_JPEG_SCANS = 500
_JPEG_SCAN = b"\xff\xda"

_SIGNATURES = (  # offset, bytes, what the file claims to be
    (0, b"\x89PNG", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftyphe", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (0, b"%PDF", "PDF"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "SVG or XML"),
)
_SAVE = "Save it as PNG or JPEG and upload that."


class ImageError(ValueError):
    """A picture that cannot be read, made or written.

    Attributes
    ----------
    field : str
        The argument that is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Picture:
    """A picture that was read, and what was done to it.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, C), float32
        Values in [0, 1]; C is 1 or 3.
    source_size : tuple of int
        Height and width in the file, upright.
    format : str
        One of `FORMATS`.
    notes : tuple of str
        One sentence for each thing that is not as in the file.
    """

    pixels: NDArray[np.float32]
    source_size: tuple[int, int]
    format: str
    notes: tuple[str, ...]


def read_image(data: bytes, *, max_side: int) -> NDArray[np.float32]:
    """Read a picture file as pixels.

    Parameters
    ----------
    data : bytes
        A PNG, JPEG, WebP, GIF, BMP or TIFF file of at most 10 MB and 40 megapixels.
    max_side : int
        A picture whose longer side is longer is reduced to this, 1 to 1024; others keep their size.

    Returns
    -------
    ndarray of shape (H, W, C), float32
        Values in [0, 1]. C is 1 for a grey picture, else 3. WebP and palettes cannot say that they
        are grey; there a picture is grey if all its colours are.

    Raises
    ------
    ImageError
        If the file cannot be read; the message says what to do.

    Examples
    --------
    >>> from cnnviz.encoding import png
    >>> read_image(png([[0.0, 1.0], [1.0, 0.0]]), max_side=64)[:, :, 0]
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    return read_picture(data, max_side=max_side).pixels


def read_picture(data: bytes, *, max_side: int) -> Picture:
    """Read a picture file, and say what was done to it.

    Parameters and errors are those of `read_image`.

    Returns
    -------
    Picture
        Its `notes` are sentences to show beside the picture.

    Examples
    --------
    >>> from cnnviz.encoding import png
    >>> read_picture(png(np.zeros((30, 40))), max_side=8).notes
    ('Resized from 40 × 30 to 8 × 6 with antialiasing.',)
    """
    check_whole_number("max_side", max_side, MAX_SIDE)
    _check_bytes(data)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_pixel_count(*image.size)
            return _decode(image, max_side)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow refuses by itself what is more than twice our limit, and keeps the size to itself.
        raise ImageError(
            "data",
            f"The picture has more than {2 * MAX_PIXELS:,} pixels, but at most {MAX_PIXELS:,} are "
            f"read. Make it smaller. {_SAVE}",
        ) from error
    except Exception as error:
        # On damaged bytes Pillow raises anything from struct.error to MemoryError.
        raise _unreadable(data) from error


def is_large(data: bytes) -> bool:
    """Tell whether reading a file may take more than a moment.

    Returns
    -------
    bool
        True for more than a megabyte or a megapixel. False also for what `read_picture` refuses
        after a look at its first bytes.

    Examples
    --------
    >>> from cnnviz.encoding import png
    >>> is_large(png(np.zeros((28, 28)))), is_large(b"no picture")
    (False, False)
    """
    if len(data) > MAX_BYTES:
        return False
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return len(data) > 2**20 or image.width * image.height > 1_000_000
    except Exception:  # whatever it is, it is told when the file is read
        return False


def to_grey(pixels: ArrayLike) -> NDArray[np.float32]:
    """Weigh red, green and blue by how bright they look.

    Parameters
    ----------
    pixels : array_like of shape (H, W, 1) or (H, W, 3)
        A picture.

    Returns
    -------
    ndarray of shape (H, W, 1), float32
        The luma of ITU-R BT.601: 0.299 red + 0.587 green + 0.114 blue.

    Examples
    --------
    >>> to_grey([[[1.0, 0.0, 0.0], [0.25, 0.25, 0.25]]])[:, :, 0]
    array([[0.299, 0.25 ]], dtype=float32)
    """
    picture = as_picture(pixels)
    if picture.shape[2] == 1:
        return picture.copy()
    # In double precision, so that equal channels come back as exactly their own value.
    luma = np.average(picture.astype(np.float64), axis=2, weights=LUMA, keepdims=True)
    return luma.astype(np.float32)


def to_rgb(pixels: ArrayLike) -> NDArray[np.float32]:
    """Repeat a grey channel three times; a picture in colour stays as it is.

    Parameters
    ----------
    pixels : array_like of shape (H, W, 1) or (H, W, 3)
        A picture.

    Returns
    -------
    ndarray of shape (H, W, 3), float32

    Examples
    --------
    >>> to_rgb([[[0.5]]])
    array([[[0.5, 0.5, 0.5]]], dtype=float32)
    """
    picture = as_picture(pixels)
    return np.broadcast_to(picture, (*picture.shape[:2], 3)).copy()


def as_picture(pixels: ArrayLike) -> NDArray[np.float32]:
    """Check that an array has a picture's shape.

    Parameters
    ----------
    pixels : array_like of shape (H, W, 1) or (H, W, 3)
        Any values.

    Returns
    -------
    ndarray of the same shape, float32

    Raises
    ------
    ImageError
        If it has other axes, other channels or no pixels.

    Examples
    --------
    >>> as_picture([[[1], [2]]]).shape
    (1, 2, 1)
    """
    picture = np.asarray(pixels, dtype=np.float32)
    if picture.ndim != 3 or picture.shape[2] not in (1, 3) or picture.size == 0:
        raise ImageError(
            "pixels",
            f"pixels has the shape {picture.shape}, but a picture has (rows, columns, channels), "
            "at least 1 of each, and 1 or 3 channels. "
            f"Use {'pixels[..., numpy.newaxis]' if picture.ndim == 2 else 'pixels[..., :1]'}.",
        )
    return picture


def check_whole_number(field: str, value: int, most: int) -> None:
    """Refuse what is not a whole number from 1 to `most`.

    Parameters
    ----------
    field : str
        The argument's name, for the message.
    value : int
        What was given.
    most : int
        The upper limit, included.

    Raises
    ------
    ImageError
        If the value is outside, or of another type.

    Examples
    --------
    >>> check_whole_number("rows", 13, 12)
    Traceback (most recent call last):
    cnnviz.images.ImageError: rows is 13, but must be a whole number from 1 to 12. Use rows=12.
    """
    if type(value) is not int or not 1 <= value <= most:
        raise ImageError(
            field,
            f"{field} is {value!r}, but must be a whole number from 1 to {most}. "
            f"Use {field}={most}.",
        )


def _check_bytes(data: bytes) -> None:
    if not data:
        raise ImageError("data", f"The file has 0 bytes, but a picture is needed. {_SAVE}")
    if len(data) > MAX_BYTES:
        raise ImageError(
            "data",
            f"The file has {len(data):,} bytes, but at most {MAX_BYTES:,} (10 MB) are read. "
            f"Make the picture smaller. {_SAVE}",
        )
    scans = data.count(_JPEG_SCAN) if data.startswith(b"\xff\xd8") else 0
    if scans > MAX_JPEG_SCANS:
        raise ImageError(
            "data",
            f"The JPEG file has {scans:,} scans, but at most {MAX_JPEG_SCANS} are read. {_SAVE}",
        )


def _check_pixel_count(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError(
            "data",
            f"The picture has {width} × {height} = {width * height:,} pixels, but at most "
            f"{MAX_PIXELS:,} are read. Make it smaller. {_SAVE}",
        )


def _unreadable(data: bytes) -> ImageError:
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = next(
        (kind for at, first, kind in _SIGNATURES if start[at:].startswith(first)), "unknown"
    )
    if kind in FORMATS:
        problem = f"The file begins like {kind}, but is damaged or cut off; only whole files are"
    else:
        problem = f"The kind of this file is {kind}, but only {', '.join(FORMATS)} are"
    return ImageError("data", f"{problem} read. Open the picture in another program. {_SAVE}")


def _decode(image: ImageFile.ImageFile, max_side: int) -> Picture:
    # An MPO file is a JPEG with sisters: smaller copies, or the other eye's view.
    stored_as = {"MPO": "JPEG", "WEBP": "WebP"}.get(str(image.format), str(image.format))
    packing = str(image.tile[0].args) if image.tile else ""  # forgotten once the pixels are loaded
    notes = _frame_notes(image, stored_as)

    width, height = image.size
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    if orientation in range(2, 9):
        notes.append("Turned upright as the camera noted (EXIF).")
    if orientation in range(5, 9) and stored_as != "TIFF":  # Pillow gives a TIFF's size upright
        width, height = height, width
    size = _fit(width, height, max_side)

    # A JPEG decodes to 1/2, 1/4 or 1/8 in a fraction of the time; twice what is kept is enough.
    least_width, least_height = _fit(*image.size, max_side)
    image.draft(None, (2 * least_width, 2 * least_height))
    ImageOps.exif_transpose(image, in_place=True)

    from_values = _from_deep_values if image.mode[0] in "IF" else _from_bytes
    pixels, value_notes = from_values(image, size, packing)
    if stored_as == "WebP" or image.mode in ("P", "PA"):
        pixels = _without_equal_channels(pixels)
    notes += value_notes
    if size != (width, height):
        notes.append(f"Resized from {width} × {height} to {size[0]} × {size[1]} with antialiasing.")
    return Picture(pixels, (height, width), stored_as, tuple(notes))


def _frame_notes(image: ImageFile.ImageFile, stored_as: str) -> list[str]:
    if stored_as == "JPEG" or not getattr(image, "is_animated", False):
        return []
    if stored_as == "TIFF":  # a hostile file can chain so many pages that counting takes minutes
        return ["The first of several pages is shown."]
    frames: int = getattr(image, "n_frames", 1)
    return [f"The first of {frames:,} frames is shown."]


def _fit(width: int, height: int, max_side: int) -> tuple[int, int]:
    longer = max(width, height)
    if longer <= max_side:
        return width, height
    return max(1, round(width * max_side / longer)), max(1, round(height * max_side / longer))


def _from_deep_values(
    image: Image.Image, size: tuple[int, int], packing: str
) -> tuple[NDArray[np.float32], list[str]]:
    """Read one number of more than 8 bits a pixel, and say on what scale."""
    values = np.array(image, dtype=np.float32)
    if not np.isfinite(values).all():
        raise ImageError(
            "data",
            "The picture has values that are infinite or not numbers, but only finite ones can be "
            f"shown. {_SAVE}",
        )
    low, high = min(0.0, float(values.min())), max(1.0, float(values.max()))
    notes = [f"Values from {low:g} to {high:g} were scaled to 0..1."] if high - low > 1 else []
    if image.mode.startswith("I;16"):
        bits = 12 if "I;12" in packing else 16
        low, high = 0.0, 2.0**bits - 1
        notes = [f"{bits}-bit values were scaled to 0..1."]
        see_through = values == image.info.get("transparency")
        if see_through.any():
            values[see_through] = high
            notes.append("Transparent parts are shown over white.")
    resized = Image.fromarray(values).resize(size, RESAMPLING)
    scaled = (np.asarray(resized, dtype=np.float64) - low) / (high - low)
    return scaled.clip(0, 1).astype(np.float32)[..., np.newaxis], notes


def _from_bytes(
    image: Image.Image, size: tuple[int, int], packing: str
) -> tuple[NDArray[np.float32], list[str]]:
    """Read 8 bits a channel, laid over white where something shines through."""
    notes = []
    if re.search(";16[BLN]", packing):
        notes.append("Of the 16 bits of each colour, the upper 8 were read.")
    if image.mode == "CMYK":
        notes.append("Printing inks (CMYK) were converted to red, green and blue.")
    grey = image.mode in ("1", "L", "LA")
    if not image.has_transparency_data:
        values = _resized(image, "L" if grey else "RGB", size)
        return values.astype(np.float32), notes

    values = _resized(image, "LA" if grey else "RGBA", size)
    colours, alpha = values[..., :-1], values[..., -1:]
    if alpha.min() < 1:
        notes.append("Transparent parts are shown over white.")
    return (colours * alpha + (1 - alpha)).astype(np.float32), notes


def _resized(image: Image.Image, mode: str, size: tuple[int, int]) -> NDArray[np.float64]:
    # Pillow weighs colours by their alpha here, so that what cannot be seen does not bleed.
    converted = image if image.mode == mode else image.convert(mode)
    values = np.asarray(converted.resize(size, RESAMPLING), dtype=np.float64) / 255
    return values.reshape(size[1], size[0], -1)


def _without_equal_channels(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    # A lossy WebP of a grey picture comes back with channels that differ by 1/255.
    return to_grey(pixels) if np.ptp(pixels, axis=2).max() < 1.5 / 255 else pixels
