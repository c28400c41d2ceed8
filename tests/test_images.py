import io
import re
import struct
import sys
import time
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from cnnviz.images import (
    MAX_BYTES,
    MAX_PIXELS,
    ImageError,
    Picture,
    as_picture,
    check_whole_number,
    read_image,
    read_picture,
    to_grey,
    to_rgb,
)

ORIENTATION = 0x0112
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
SAVE = "Save it as PNG or JPEG and upload that."

# Not square, no two pixels alike, no symmetry.
COLOURS = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[10, 20, 30], [200, 100, 50], [255, 255, 255]]],
    dtype=np.uint8,
)
GREYS = np.array([[0, 51, 102], [153, 204, 255]], dtype=np.uint8)


def file_of(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def blocks(side: int = 32) -> Image.Image:
    """The six colours as large blocks, so that lossy formats keep them apart."""
    return Image.fromarray(COLOURS).resize((3 * side, 2 * side), Image.Resampling.NEAREST)


def block_values(pixels: np.ndarray) -> np.ndarray:
    """The value in the middle of each of the six blocks."""
    height, width = pixels.shape[:2]
    return pixels[height // 4 :: height // 2, width // 6 :: width // 3]


def png_chunk(kind: bytes, content: bytes = b"") -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_of(width: int, height: int, depth: int, colour_type: int, rows: bytes) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND")
    )


def refused(data: bytes, message: str, *, field: str = "data") -> None:
    with pytest.raises(ImageError, match=f"^{re.escape(message)}$") as caught:
        read_image(data, max_side=64)
    assert caught.value.field == field


# What is read


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_give_exactly_the_pixels_of_the_file(file_format: str) -> None:
    options = {"lossless": True} if file_format == "WEBP" else {}
    picture = read_picture(file_of(Image.fromarray(COLOURS), file_format, **options), max_side=64)
    assert picture.pixels.dtype == np.float32
    np.testing.assert_array_equal(picture.pixels, COLOURS.astype(np.float32) / 255)
    assert picture.source_size == (2, 3)
    assert picture.format.upper() == file_format
    assert picture.notes == ()


def test_gif_gives_exactly_the_colours_of_its_palette() -> None:
    data = file_of(Image.fromarray(COLOURS).quantize(6), "GIF")
    picture = read_picture(data, max_side=64)
    np.testing.assert_array_equal(picture.pixels, COLOURS.astype(np.float32) / 255)
    assert (picture.format, picture.notes) == ("GIF", ())


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
def test_lossy_formats_give_nearly_the_colours_of_the_file(file_format: str) -> None:
    picture = read_picture(file_of(blocks(), file_format, quality=95), max_side=128)
    np.testing.assert_allclose(block_values(picture.pixels), COLOURS / 255, atol=0.04)


@pytest.mark.parametrize("file_format", FORMATS)
def test_grey_picture_has_one_channel_in_every_format(file_format: str) -> None:
    image = Image.fromarray(GREYS).resize((96, 64), Image.Resampling.NEAREST)
    options = {"quality": 95} if file_format in ("JPEG", "WEBP") else {}
    pixels = read_image(file_of(image, file_format, **options), max_side=128)
    assert pixels.shape == (64, 96, 1)
    np.testing.assert_allclose(block_values(pixels)[..., 0], GREYS / 255, atol=0.02)


def test_colour_file_that_happens_to_be_grey_keeps_its_three_channels() -> None:
    pixels = read_image(file_of(Image.fromarray(GREYS).convert("RGB"), "PNG"), max_side=64)
    np.testing.assert_array_equal(pixels, np.repeat(GREYS[..., np.newaxis] / np.float32(255), 3, 2))


def test_black_and_white_picture_of_one_bit_is_zeros_and_ones() -> None:
    image = Image.fromarray(np.array([[True, False, True], [False, False, True]]))
    assert image.mode == "1"
    for file_format in ("PNG", "TIFF", "BMP", "GIF"):
        pixels = read_image(file_of(image, file_format), max_side=64)
        np.testing.assert_array_equal(pixels[..., 0], [[1, 0, 1], [0, 0, 1]])


def test_one_bit_picture_is_antialiased_too() -> None:
    image = Image.fromarray(np.indices((64, 64)).sum(0) % 2 == 0)
    pixels = read_image(file_of(image, "PNG"), max_side=8)
    np.testing.assert_allclose(pixels, 0.5, atol=0.01)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_and_not_clipped(file_format: str) -> None:
    values = np.array([[0, 256, 32768], [65535, 40000, 1]], dtype=np.uint16)
    picture = read_picture(file_of(Image.fromarray(values), file_format), max_side=64)
    np.testing.assert_array_equal(picture.pixels[..., 0], (values / 65535).astype(np.float32))
    assert picture.notes == ("16-bit values were scaled to 0..1.",)


def test_16_bit_grey_is_antialiased_on_its_full_scale() -> None:
    values = np.indices((64, 64)).sum(0) % 2 * np.uint16(65535)
    pixels = read_image(file_of(Image.fromarray(values.astype(np.uint16)), "PNG"), max_side=8)
    np.testing.assert_allclose(pixels, 0.5, atol=0.01)


def test_16_bit_big_endian_tiff_is_read_in_its_own_byte_order() -> None:
    image = Image.frombytes("I;16B", (2, 1), bytes([0x12, 0x34, 0xAB, 0xCD]))
    pixels = read_image(file_of(image, "TIFF"), max_side=64)
    np.testing.assert_array_equal(pixels[0, :, 0], np.float32([0x1234 / 65535, 0xABCD / 65535]))


@pytest.mark.parametrize(
    ("colour_type", "row", "expected"),
    [
        (2, [0xFF00, 0x8040, 0x00FF], [[0xFF, 0x80, 0x00]]),
        (6, [0xFF00, 0x8040, 0x00FF, 0xFFFF], [[0xFF, 0x80, 0x00]]),
    ],
    ids=["RGB", "RGBA"],
)
def test_16_bit_colour_says_that_only_the_upper_8_bits_were_read(
    colour_type: int, row: list[int], expected: list[list[int]]
) -> None:
    data = png_of(1, 1, 16, colour_type, b"\0" + struct.pack(f">{len(row)}H", *row))
    picture = read_picture(data, max_side=64)
    np.testing.assert_array_equal(picture.pixels[0], np.float32(expected) / np.float32(255))
    assert picture.notes == ("Of the 16 bits of each colour, the upper 8 were read.",)


def test_bmp_of_16_bits_a_pixel_is_not_called_16_bit_colour() -> None:
    header = b"BM" + struct.pack("<IHHI", 70, 0, 0, 66)
    header += struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 16, 3, 4, 0, 0, 0, 0)
    masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    picture = read_picture(header + masks + struct.pack("<HH", 0xF800, 0), max_side=64)
    np.testing.assert_array_equal(picture.pixels, [[[1, 0, 0]]])
    assert picture.notes == ()


def tiff_of(tags: dict[int, int], strip: bytes) -> bytes:
    """A TIFF file with these tags and one strip of pixels behind them."""
    buffer = io.BytesIO()
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in (tags | {273: 0}).items():  # Pillow adds the length of what it writes
        directory[tag] = value
    directory.save(buffer)
    return buffer.getvalue() + strip


def test_12_bit_tiff_is_scaled_by_its_own_white() -> None:
    tags = {256: 2, 257: 1, 258: 12, 259: 1, 262: 1, 277: 1, 278: 1, 279: 3}
    picture = read_picture(tiff_of(tags, bytes([0xFF, 0xF8, 0x01])), max_side=64)
    np.testing.assert_array_equal(picture.pixels[0, :, 0], np.float32([1, 0x801 / 4095]))
    assert picture.notes == ("12-bit values were scaled to 0..1.",)


def test_float_tiff_between_0_and_1_is_read_as_it_is() -> None:
    values = np.array([[0.0, 0.125, 1.0], [0.5, 0.3, 0.7]], dtype=np.float32)
    picture = read_picture(file_of(Image.fromarray(values), "TIFF"), max_side=64)
    np.testing.assert_array_equal(picture.pixels[..., 0], values)
    assert picture.notes == ()


def test_float_tiff_beyond_0_and_1_is_scaled_and_says_so() -> None:
    values = np.array([[-50.0, 0.0, 150.0]], dtype=np.float32)
    picture = read_picture(file_of(Image.fromarray(values), "TIFF"), max_side=64)
    np.testing.assert_array_equal(picture.pixels[0, :, 0], [0, 0.25, 1])
    assert picture.notes == ("Values from -50 to 150 were scaled to 0..1.",)


def test_32_bit_integer_tiff_is_scaled_and_says_so() -> None:
    values = np.array([[0, 1000, 4000]], dtype=np.int32)
    picture = read_picture(file_of(Image.fromarray(values), "TIFF"), max_side=64)
    np.testing.assert_array_equal(picture.pixels[0, :, 0], [0, 0.25, 1])
    assert picture.notes == ("Values from 0 to 4000 were scaled to 0..1.",)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_float_tiff_without_finite_values_is_refused(value: float) -> None:
    image = Image.fromarray(np.array([[0.0, value]], dtype=np.float32))
    refused(
        file_of(image, "TIFF"),
        "The picture has values that are infinite or not numbers, but only finite ones can be "
        f"shown. {SAVE}",
    )


# Transparency

OVER_WHITE = "Transparent parts are shown over white."


def test_transparent_colour_is_laid_over_white() -> None:
    values = np.array([[[255, 0, 0, 255], [255, 0, 0, 51], [9, 9, 9, 0]]], dtype=np.uint8)
    picture = read_picture(file_of(Image.fromarray(values), "PNG"), max_side=64)
    np.testing.assert_array_equal(
        picture.pixels, np.float32([[[1, 0, 0], [1, 0.8, 0.8], [1, 1, 1]]])
    )
    assert picture.notes == (OVER_WHITE,)


def test_transparent_grey_is_laid_over_white_and_stays_grey() -> None:
    values = np.array([[[0, 255], [0, 51], [0, 0]]], dtype=np.uint8)
    picture = read_picture(file_of(Image.fromarray(values, "LA"), "PNG"), max_side=64)
    np.testing.assert_array_equal(picture.pixels, np.float32([[[0], [0.8], [1]]]))
    assert picture.notes == (OVER_WHITE,)


def test_opaque_alpha_channel_is_not_worth_a_note() -> None:
    picture = read_picture(file_of(Image.fromarray(COLOURS).convert("RGBA"), "PNG"), max_side=64)
    np.testing.assert_array_equal(picture.pixels, COLOURS.astype(np.float32) / 255)
    assert picture.notes == ()


def test_what_cannot_be_seen_does_not_bleed_when_resizing() -> None:
    values = np.zeros((64, 64, 4), dtype=np.uint8)
    values[:, ::2] = (255, 0, 0, 255)
    values[:, 1::2] = (0, 0, 255, 0)  # a blue that nobody sees
    pixels = read_image(file_of(Image.fromarray(values), "PNG"), max_side=8)
    np.testing.assert_allclose(pixels[..., 0], 1, atol=0.005)
    np.testing.assert_allclose(pixels[..., 1], pixels[..., 2])


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_transparent_palette_entry_is_shown_over_white(file_format: str) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    picture = read_picture(file_of(image, file_format, transparency=1), max_side=64)
    np.testing.assert_array_equal(picture.pixels, [[[1, 0, 0], [1, 1, 1]]])
    assert picture.notes == (OVER_WHITE,)


def test_palette_with_an_alpha_for_each_entry_is_laid_over_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    data = file_of(image, "PNG", transparency=bytes([255, 51]))
    np.testing.assert_array_equal(
        read_image(data, max_side=64), np.float32([[[1, 0, 0], [0.8, 0.8, 1]]])
    )


def test_palette_is_resized_by_colour_and_not_by_number() -> None:
    image = Image.fromarray((np.indices((64, 64)).sum(0) % 2 * 2).astype(np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])  # between entries 0 and 2 lies green
    pixels = read_image(file_of(image, "PNG"), max_side=8)
    np.testing.assert_allclose(pixels[..., 1], 0, atol=0.005)
    np.testing.assert_allclose(pixels[..., 0], 0.5, atol=0.01)


@pytest.mark.parametrize(
    ("values", "key", "expected"),
    [
        (GREYS, 51, [[0, 1, 0.4], [0.6, 0.8, 1]]),
        (GREYS * np.uint16(257), 51 * 257, [[0, 1, 0.4], [0.6, 0.8, 1]]),
    ],
    ids=["8 bits", "16 bits"],
)
def test_grey_that_stands_for_transparent_is_shown_as_white(
    values: np.ndarray, key: int, expected: list[list[float]]
) -> None:
    picture = read_picture(file_of(Image.fromarray(values), "PNG", transparency=key), max_side=64)
    np.testing.assert_array_equal(picture.pixels[..., 0], np.float32(expected))
    assert OVER_WHITE in picture.notes


def test_colour_that_stands_for_transparent_is_shown_as_white() -> None:
    data = file_of(Image.fromarray(COLOURS), "PNG", transparency=(10, 20, 30))
    expected = COLOURS.astype(np.float32) / 255
    expected[1, 0] = 1
    picture = read_picture(data, max_side=64)
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.notes == (OVER_WHITE,)


def test_transparent_webp_is_laid_over_white() -> None:
    values = np.array([[[255, 0, 0, 255], [0, 0, 255, 51]]], dtype=np.uint8)
    picture = read_picture(file_of(Image.fromarray(values), "WEBP", lossless=True), max_side=64)
    np.testing.assert_array_equal(picture.pixels, np.float32([[[1, 0, 0], [0.8, 0.8, 1]]]))
    assert picture.notes == (OVER_WHITE,)


# Printing inks and other colour spaces


def test_inks_are_converted_and_the_page_is_told() -> None:
    image = Image.new("CMYK", (2, 1), (0, 255, 255, 0))
    image.putpixel((1, 0), (0, 0, 0, 255))
    picture = read_picture(file_of(image, "TIFF"), max_side=64)
    np.testing.assert_array_equal(picture.pixels, [[[1, 0, 0], [0, 0, 0]]])
    assert picture.notes == ("Printing inks (CMYK) were converted to red, green and blue.",)


def test_inverted_inks_of_an_adobe_jpeg_are_turned_back() -> None:
    data = file_of(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=100)
    assert b"Adobe" in data
    pixels = read_image(data, max_side=64)
    np.testing.assert_allclose(pixels, np.broadcast_to([1, 0, 0], (16, 16, 3)), atol=0.02)


def test_ycbcr_tiff_is_read_as_colour() -> None:
    image = Image.new("RGB", (4, 4), (255, 0, 0)).convert("YCbCr")
    pixels = read_image(file_of(image, "TIFF"), max_side=64)
    np.testing.assert_allclose(pixels, np.broadcast_to([1, 0, 0], (4, 4, 3)), atol=0.01)


# Frames, pages and orientation


def test_first_frame_of_an_animation_is_shown() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    for file_format in ("GIF", "PNG", "WEBP"):
        data = file_of(frames[0], file_format, save_all=True, append_images=frames[1:])
        picture = read_picture(data, max_side=64)
        np.testing.assert_allclose(picture.pixels[0, 0], [1, 0, 0], atol=0.02)
        assert picture.notes == ("The first of 3 frames is shown.",)


def test_first_page_of_a_tiff_is_shown() -> None:
    pages = [Image.new("L", (4, 4), value) for value in (51, 255)]
    data = file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    picture = read_picture(data, max_side=64)
    np.testing.assert_array_equal(picture.pixels, np.full((4, 4, 1), np.float32(0.2)))
    assert picture.notes == ("The first of several pages is shown.",)


def test_jpeg_with_a_preview_inside_is_a_jpeg() -> None:
    sisters = [blocks(), Image.new("RGB", (8, 8), "black")]
    data = file_of(sisters[0], "MPO", save_all=True, append_images=sisters[1:])
    picture = read_picture(data, max_side=128)
    np.testing.assert_allclose(block_values(picture.pixels), COLOURS / 255, atol=0.15)
    assert (picture.format, picture.notes) == ("JPEG", ())


UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    # EXIF 2.3, tag 274: where row 0 and column 0 of the file are seen.
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: a.transpose(1, 0, 2)[:, ::-1],
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: a.transpose(1, 0, 2)[::-1],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_camera_orientation_turns_the_picture_upright(file_format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = file_of(Image.fromarray(COLOURS), file_format, exif=exif, **options)
    picture = read_picture(data, max_side=64)
    expected = UPRIGHT[orientation](COLOURS)
    np.testing.assert_array_equal(picture.pixels, expected.astype(np.float32) / 255)
    assert picture.source_size == expected.shape[:2]
    told = () if orientation == 1 else ("Turned upright as the camera noted (EXIF).",)
    assert picture.notes == told


def test_large_photograph_is_turned_and_reduced_with_its_upright_size_told() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture = read_picture(file_of(blocks(300), "JPEG", exif=exif, quality=95), max_side=60)
    np.testing.assert_allclose(picture.pixels[10::20, 10::20], UPRIGHT[6](COLOURS) / 255, atol=0.04)
    assert picture.source_size == (900, 600)
    assert picture.notes == (
        "Turned upright as the camera noted (EXIF).",
        "Resized from 600 × 900 to 40 × 60 with antialiasing.",
    )


def test_unknown_orientation_is_ignored() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 77
    picture = read_picture(file_of(Image.fromarray(COLOURS), "PNG", exif=exif), max_side=64)
    assert (picture.source_size, picture.notes) == ((2, 3), ())


# Size


@pytest.mark.parametrize(
    ("width", "height", "max_side", "shape"),
    [
        (4000, 3000, 64, (48, 64, 1)),
        (300, 400, 64, (64, 48, 1)),
        (65, 64, 64, (63, 64, 1)),
        (64, 64, 64, (64, 64, 1)),
        (20000, 1, 64, (1, 64, 1)),
        (1, 20000, 64, (64, 1, 1)),
        (3, 2, 64, (2, 3, 1)),
        (1, 1, 64, (1, 1, 1)),
        (5, 7, 1, (1, 1, 1)),
        (1024, 2, 1024, (2, 1024, 1)),
    ],
)
def test_longer_side_becomes_max_side_and_nothing_is_enlarged(
    width: int, height: int, max_side: int, shape: tuple[int, int, int]
) -> None:
    for file_format in ("PNG", "JPEG"):
        data = file_of(Image.new("L", (width, height), 51), file_format)
        pixels = read_image(data, max_side=max_side)
        np.testing.assert_array_equal(pixels, np.full(shape, np.float32(0.2)))


def test_reduced_picture_has_no_halo_beside_its_edges() -> None:
    values = np.full((400, 400), 80, dtype=np.uint8)
    values[:, 170:] = 180
    pixels = read_image(file_of(Image.fromarray(values), "PNG"), max_side=93)
    assert pixels.min() == np.float32(80 / 255)
    assert pixels.max() == np.float32(180 / 255)


def test_stripes_too_fine_for_the_new_size_become_grey_and_not_other_stripes() -> None:
    column = np.arange(512)
    values = np.rint(127.5 + 127.5 * np.cos(2 * np.pi * column * 0.45)).astype(np.uint8)
    pixels = read_image(file_of(Image.fromarray(np.tile(values, (512, 1))), "PNG"), max_side=100)
    assert pixels[:, 2:-2].std() < 0.03 * (values / 255).std()


def test_large_photograph_is_read_in_half_the_time_of_decoding_it_whole() -> None:
    data = file_of(blocks(1400), "JPEG")
    assert fastest(lambda: read_image(data, max_side=128)) < 0.5 * fastest(
        lambda: Image.open(io.BytesIO(data)).load()
    )


def fastest(act: Callable[[], object]) -> float:
    """Return seconds of the processor: what else a machine does is not in them."""
    times = []
    for _ in range(3):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("max_side", [0, -1, 1025, 64.0, True, "64", None])
def test_max_side_outside_its_limits_names_them(max_side: object) -> None:
    data = file_of(Image.fromarray(GREYS), "PNG")
    message = (
        f"max_side is {max_side!r}, but must be a whole number from 1 to 1024. Use max_side=1024."
    )
    with pytest.raises(ImageError, match=f"^{re.escape(message)}$") as caught:
        read_image(data, max_side=max_side)  # type: ignore[arg-type]
    assert caught.value.field == "max_side"
    assert read_image(data, max_side=1024).shape == (2, 3, 1)


# What is refused


def test_empty_file_is_refused() -> None:
    refused(b"", f"The file has 0 bytes, but a picture is needed. {SAVE}")


def test_file_of_more_than_10_mb_is_refused_unread() -> None:
    data = file_of(Image.fromarray(GREYS), "PNG").ljust(MAX_BYTES + 1, b"\0")
    refused(
        data,
        "The file has 10,485,761 bytes, but at most 10,485,760 (10 MB) are read. "
        f"Make the picture smaller. {SAVE}",
    )
    assert read_image(data[:MAX_BYTES], max_side=64).shape == (2, 3, 1)


def header_only(file_format: str, width: int, height: int) -> bytes:
    """A file that promises a size and holds nothing, so that decoding it would fail."""
    if file_format == "PNG":
        return png_of(width, height, 8, 0, b"")
    data = bytearray(file_of(Image.new("L", (1, 1)), file_format))
    if file_format == "GIF":
        data[6:10] = struct.pack("<HH", width, height)
    elif file_format == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    elif file_format == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", height, width)
    elif file_format == "TIFF":
        return tiff_of({256: width, 257: height, 258: 8, 259: 1, 262: 1}, b"")
    elif file_format == "WEBP":
        canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        frame = bytes(16) + data[12:]
        body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([2, 0, 0, 0]) + canvas
        body += b"ANIM" + struct.pack("<I", 6) + bytes(6)
        body += b"ANMF" + struct.pack("<I", len(frame)) + frame
        return b"RIFF" + struct.pack("<I", len(body)) + body
    return bytes(data)


@pytest.mark.parametrize("file_format", FORMATS)
def test_more_than_40_megapixels_are_refused_before_decoding(file_format: str) -> None:
    refused(
        header_only(file_format, 8001, 5000),
        "The picture has 8001 × 5000 = 40,005,000 pixels, but at most 40,000,000 are read. "
        f"Make it smaller. {SAVE}",
    )


@pytest.mark.parametrize(
    ("width", "height"), [(10000, 9000), (16000, 16000)], ids=["warns", "raises"]
)
def test_pillows_own_limit_ends_as_the_same_kind_of_message(width: int, height: int) -> None:
    refused(
        header_only("PNG", width, height),
        "The picture has more than 80,000,000 pixels, but at most 40,000,000 are read. "
        f"Make it smaller. {SAVE}",
    )


@pytest.mark.filterwarnings("ignore")
def test_limit_holds_where_pillow_only_warns() -> None:
    refused(
        header_only("PNG", 10000, 9000),
        "The picture has 10000 × 9000 = 90,000,000 pixels, but at most 40,000,000 are read. "
        f"Make it smaller. {SAVE}",
    )


def test_exactly_40_megapixels_are_read() -> None:
    assert MAX_PIXELS == 40_000_000
    data = file_of(Image.new("1", (8000, 5000), 1), "PNG")
    np.testing.assert_array_equal(read_image(data, max_side=8), np.ones((5, 8, 1)))


def test_jpeg_that_repeats_its_scans_without_end_is_refused() -> None:
    data = file_of(blocks(), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    scan = data[start:-2]
    refused(
        data[:-2] + scan * 600 + data[-2:],
        f"The JPEG file has {data.count(bytes([0xFF, 0xDA])) + 600} scans, but at most 500 are "
        f"read. {SAVE}",
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"hello, this is a text", "unknown"),
        (b"\0" * 100, "unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "SVG"),
        (b"\xef\xbb\xbf\n <svg></svg>", "SVG"),
        (b"<?xml version='1.0'?><svg></svg>", "SVG or XML"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (file_of(Image.new("RGB", (4, 4)), "ICO"), "unknown"),
        (file_of(Image.new("RGB", (4, 4)), "PPM"), "unknown"),
        (file_of(Image.new("RGB", (4, 4)), "PDF") + file_of(Image.new("L", (4, 4)), "PNG"), "PDF"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:8]),
)
def test_other_kinds_of_file_are_named_and_refused(data: bytes, kind: str) -> None:
    refused(
        data,
        f"The kind of this file is {kind}, but only PNG, JPEG, WebP, GIF, BMP, TIFF are read. "
        f"Open the picture in another program. {SAVE}",
    )


@pytest.mark.parametrize("file_format", FORMATS)
def test_file_that_is_cut_off_is_refused(file_format: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    data = file_of(Image.fromarray(noise), file_format)
    name = {"WEBP": "WebP"}.get(file_format, file_format)
    message = (
        f"The file begins like {name}, but is damaged or cut off; only whole files are read. "
        f"Open the picture in another program. {SAVE}"
    )
    for length in (20, len(data) // 2):
        refused(data[:length], message)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0)])
def test_picture_without_rows_or_columns_is_refused(width: int, height: int) -> None:
    refused(
        png_of(width, height, 8, 0, b"\0" * 6),
        "The file begins like PNG, but is damaged or cut off; only whole files are read. "
        f"Open the picture in another program. {SAVE}",
    )


def test_picture_hidden_behind_another_kind_of_file_is_judged_by_its_first_bytes() -> None:
    data = file_of(Image.fromarray(COLOURS), "PNG") + b"%PDF-1.7 <script>"
    np.testing.assert_array_equal(read_image(data, max_side=9), COLOURS.astype(np.float32) / 255)


def hostile_files() -> list[bytes]:
    rng = np.random.default_rng(20)
    colour = Image.fromarray(rng.integers(0, 256, (24, 31, 3), dtype=np.uint8))
    grey = colour.convert("L")
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    frames = [colour.quantize(16), colour.rotate(90).quantize(16)]
    return [
        file_of(colour, "PNG", exif=exif),
        file_of(colour.convert("P"), "PNG", transparency=3),
        file_of(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257), "PNG"),
        file_of(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        file_of(colour, "JPEG", exif=exif),
        file_of(colour, "JPEG", progressive=True),
        file_of(colour.convert("CMYK"), "JPEG"),
        file_of(colour, "MPO", save_all=True, append_images=[grey]),
        file_of(colour, "WEBP", exif=exif),
        file_of(colour.convert("RGBA"), "WEBP", lossless=True),
        file_of(frames[0].convert("RGB"), "WEBP", save_all=True, append_images=[colour]),
        file_of(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        file_of(colour, "BMP"),
        file_of(grey.convert("1"), "BMP"),
        file_of(colour, "TIFF", exif=exif),
        file_of(colour, "TIFF", compression="tiff_lzw"),
        file_of(colour, "TIFF", compression="jpeg"),
        file_of(colour, "TIFF", compression="tiff_deflate"),
        file_of(grey.convert("1"), "TIFF", compression="group4"),
        file_of(grey.convert("F"), "TIFF"),
    ]


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Change bytes, most often in the header; cut, repeat or drop a piece."""
    changed = bytearray(data)
    reach = len(changed) if rng.random() < 0.4 else min(len(changed), 120)
    for at in rng.integers(0, reach, rng.integers(1, 6)):
        changed[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))])
    start, stop = sorted(int(at) for at in rng.integers(0, len(changed), 2))
    act = rng.integers(6)
    if act == 0:
        del changed[start:stop]
    elif act == 1:
        del changed[stop:]
    elif act == 2:
        changed[start:start] = changed[start:stop]
    return bytes(changed)


@pytest.mark.filterwarnings("ignore")  # as in production, where a warning stops nothing
def test_thousands_of_damaged_files_are_read_or_refused_and_nothing_else() -> None:
    rng = np.random.default_rng(28)
    memory_before = peak_memory()
    read, refusals = 0, []
    for data in hostile_files():
        for _ in range(250):
            try:
                picture = read_picture(mutated(data, rng), max_side=32)
            except ImageError as error:
                refusals.append(error)
            else:
                assert_is_a_picture(picture)
                read += 1
    assert read > 500
    assert len(refusals) > 500
    assert {error.field for error in refusals} == {"data"}
    assert all(str(error).endswith(SAVE) for error in refusals)
    assert peak_memory() - memory_before < 200 * 2**20


def peak_memory() -> int:
    """The most bytes that this process ever held."""
    resource = pytest.importorskip("resource", reason="Windows does not tell")
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def assert_is_a_picture(picture: Picture) -> None:
    height, width, channels = picture.pixels.shape
    assert {height, width} <= set(range(1, 33))
    assert channels in (1, 3)
    assert picture.pixels.dtype == np.float32
    assert picture.pixels.min() >= 0
    assert picture.pixels.max() <= 1


# Grey and colour


def test_grey_is_the_luma_of_bt_601() -> None:
    grey = to_grey([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]])
    np.testing.assert_array_equal(grey, np.float32([[[0.299], [0.587], [0.114], [1]]]))


def test_grey_made_colour_and_grey_again_is_exactly_the_same() -> None:
    grey = np.random.default_rng(3).random((40, 50, 1), dtype=np.float32)
    np.testing.assert_array_equal(to_grey(to_rgb(grey)), grey)


def test_colour_and_grey_conversions_never_return_the_array_they_were_given() -> None:
    grey, colour = np.zeros((2, 2, 1), np.float32), np.zeros((2, 2, 3), np.float32)
    to_grey(grey)[:] = 1
    to_rgb(colour)[:] = 1
    to_rgb(grey)[:] = 1
    assert grey.max() == colour.max() == 0


@pytest.mark.parametrize(
    ("shape", "fix"),
    [((4, 5), "pixels[..., numpy.newaxis]"), ((4, 5, 2), "pixels[..., :1]")],
)
def test_array_that_is_no_picture_names_its_shape_and_a_fix(
    shape: tuple[int, ...], fix: str
) -> None:
    pixels = np.zeros(shape)
    message = (
        f"pixels has the shape {shape}, but a picture has (rows, columns, channels), at least 1 of "
        f"each, and 1 or 3 channels. Use {fix}."
    )
    with pytest.raises(ImageError, match=f"^{re.escape(message)}$") as caught:
        as_picture(pixels)
    assert caught.value.field == "pixels"
    assert as_picture(eval(fix, {"pixels": pixels, "numpy": np})).shape == (4, 5, 1)


def test_whole_number_within_its_limits_passes() -> None:
    for value in (1, 12):
        check_whole_number("rows", value, 12)
