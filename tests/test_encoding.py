import io
import re

import numpy as np
import pytest
from PIL import Image

from cnnviz.encoding import encode_webp, png
from cnnviz.images import ImageError, read_image


def smooth(channels: int, side: int = 64) -> np.ndarray:
    """A soft, seeded pattern: as compressible as a photograph, in steps of 1/255."""
    coarse = np.random.default_rng(5).integers(0, 256, (6, 8, channels), dtype=np.uint8)
    image = Image.fromarray(coarse[..., 0] if channels == 1 else coarse)
    fine = np.asarray(image.resize((side, side * 3 // 4), Image.Resampling.BICUBIC))
    return fine.reshape(side * 3 // 4, side, channels).astype(np.float32) / 255


@pytest.mark.parametrize("channels", [1, 3])
def test_webp_that_fits_is_lossless_and_read_back_exactly(channels: int) -> None:
    pixels = smooth(channels)
    data, lossless = encode_webp(pixels, max_bytes=20_000)
    assert lossless
    assert data[:4] + data[8:12] == b"RIFFWEBP"
    np.testing.assert_array_equal(read_image(data, max_side=64), pixels)


@pytest.mark.parametrize("channels", [1, 3])
def test_webp_that_does_not_fit_is_the_best_lossy_one_that_does(channels: int) -> None:
    pixels = smooth(channels)
    data, lossless = encode_webp(pixels, max_bytes=900)
    assert not lossless
    assert 700 < len(data) <= 900
    read = read_image(data, max_side=64)
    assert read.shape == pixels.shape
    assert np.abs(read - pixels).mean() < 0.03


def test_more_bytes_never_give_a_worse_webp() -> None:
    pixels = smooth(3, side=128)
    sizes = [500, 1000, 2000, 4000]
    errors = [
        np.abs(read_image(encode_webp(pixels, max_bytes=size)[0], max_side=128) - pixels).mean()
        for size in sizes
    ]
    assert errors == sorted(errors, reverse=True)


def test_same_pixels_always_give_the_same_webp() -> None:
    pixels = smooth(3)
    for max_bytes in (900, 20_000):
        assert encode_webp(pixels, max_bytes=max_bytes) == encode_webp(
            pixels.copy(), max_bytes=max_bytes
        )


def test_webp_that_cannot_fit_says_how_many_bytes_would_do() -> None:
    pixels = smooth(3)
    with pytest.raises(ImageError) as caught:
        encode_webp(pixels, max_bytes=50)
    found = re.fullmatch(
        r"max_bytes is 50, but a picture of 64 × 48 needs (\d+) even at the lowest quality\. "
        r"Use max_bytes=\1\.",
        str(caught.value),
    )
    assert found
    assert caught.value.field == "max_bytes"
    data, lossless = encode_webp(pixels, max_bytes=int(found[1]))
    assert (len(data), lossless) == (int(found[1]), False)


def test_webp_of_too_many_rows_names_the_limit() -> None:
    message = (
        "pixels has 1025 rows and 2 columns, but at most 1024 of each are written. "
        "Read the picture with max_side=1024."
    )
    with pytest.raises(ImageError, match=f"^{re.escape(message)}$"):
        encode_webp(np.zeros((1025, 2, 1)), max_bytes=1000)
    reduced = read_image(png(np.zeros((1025, 2))), max_side=1024)
    assert encode_webp(reduced, max_bytes=1000)[1]


def test_png_draws_each_cell_as_a_square_of_pixels() -> None:
    data = png([[0.0, 0.2], [0.6, 1.0]], scale=3)
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.mode, image.size) == ("PNG", "L", (6, 6))
    np.testing.assert_array_equal(
        np.asarray(image), np.kron([[0, 51], [153, 255]], np.ones((3, 3), int))
    )


def test_png_rounds_to_the_nearest_step_of_1_in_255() -> None:
    image = Image.open(io.BytesIO(png([[0.4999, 0.999, 0.0015, 0.0025]])))
    np.testing.assert_array_equal(np.asarray(image), [[127, 255, 0, 1]])


def test_png_of_colours_is_read_back_exactly() -> None:
    pixels = smooth(3)
    np.testing.assert_array_equal(read_image(png(pixels), max_side=64), pixels)


@pytest.mark.parametrize("scale", [0, 65, 2.0])
def test_png_scale_outside_its_limits_names_them(scale: object) -> None:
    message = f"scale is {scale!r}, but must be a whole number from 1 to 64. Use scale=64."
    with pytest.raises(ImageError, match=f"^{re.escape(message)}$") as caught:
        png([[1.0]], scale=scale)  # type: ignore[arg-type]
    assert caught.value.field == "scale"
    assert Image.open(io.BytesIO(png([[1.0]], scale=64))).size == (64, 64)


@pytest.mark.parametrize(
    ("values", "told"),
    [([[-0.5, 1.0]], "-0.5 to 1"), ([[0.0, 9.0]], "0 to 9"), ([[np.nan, 1.0]], "nan to nan")],
)
def test_values_that_no_file_holds_are_refused_with_a_fix(
    values: list[list[float]], told: str
) -> None:
    message = (
        f"pixels has values from {told}, but a file holds 0 to 1. "
        "Use numpy.clip(numpy.nan_to_num(pixels), 0, 1), or scale them."
    )
    with pytest.raises(ImageError, match=f"^{re.escape(message)}$") as caught:
        png(values)
    assert caught.value.field == "pixels"
    assert png(np.clip(np.nan_to_num(values), 0, 1))
