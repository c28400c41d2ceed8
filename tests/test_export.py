"""The exported program really runs and gives the numbers shown; files hold the arrays."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from cnnviz.codec import Edit
from cnnviz.compute import convolve, pool
from cnnviz.drawing import sample
from cnnviz.export import (
    code_archive,
    convolution_code,
    maps_png,
    npy,
    pooling_code,
    pooling_layer_code,
    signed_pixels,
)
from cnnviz.images import to_rgb
from cnnviz.layers import ACTIVATIONS, AveragePooling2D, MaxPooling2D
from cnnviz.share import ConvolutionState
from cnnviz.theme import DARK, LIGHT
from cnnviz.workshop import bias_of, kernel_of, layer_of, matrix_of
from tests.strategies import numbers, poolings

MATRIX = ConvolutionState(
    rows=7, columns=6, channels=2, filters=2, kernels=(("he_normal-3",),) * 2, bias=(0.3, -0.7)
)
SAMPLE = replace(MATRIX, input="sample", side=24, filters=4)
STATES = {
    **{name: replace(MATRIX, activation=name) for name in ACTIVATIONS},
    "valid": replace(MATRIX, padding="valid"),
    "same with an odd cell": replace(MATRIX, kernel_size=(4, 2), strides=(3, 2)),
    "explicit": replace(MATRIX, padding="explicit", pad=(0, 1, 2, 3)),
    "explicit without any": replace(MATRIX, padding="explicit", pad=(0, 0, 0, 0)),
    "strides with a rest": replace(MATRIX, padding="valid", kernel_size=(2, 3), strides=(2, 2)),
    "dilation": replace(MATRIX, dilation_rate=(2, 1)),
    "groups": replace(MATRIX, groups=2),
    "no bias": replace(MATRIX, use_bias=False),
    "flipped": replace(MATRIX, flip=True, edits=(Edit(0, 2, 1, 0, 9.5),)),
    "stride with dilation, same": replace(MATRIX, strides=(2, 1), dilation_rate=(1, 2)),
    "stride with dilation, valid": replace(
        MATRIX, strides=(2, 2), dilation_rate=(2, 2), padding="valid", activation="linear"
    ),
    "stride with dilation, explicit": replace(
        MATRIX,
        **{"strides": (3, 2), "dilation_rate": (2, 3), "padding": "explicit", "pad": (4, 3, 2, 1)},
        use_bias=False,
        activation="gelu",
    ),
    "rectangular": replace(MATRIX, kernel_size=(1, 5), strides=(3, 1)),
    "one weight": replace(MATRIX, kernel_size=(1, 1), filters=1),
    "one cell": replace(MATRIX, rows=1, columns=1),
    "a picture": SAMPLE,
    "a picture, explicit with a stride": replace(
        SAMPLE, padding="explicit", pad=(3, 2, 1, 0), strides=(3, 3), kernel_size=(5, 5)
    ),
    "a picture, stride with dilation": replace(SAMPLE, strides=(2, 2), dilation_rate=(2, 2)),
}


def shown(state):
    """Return layer, image, kernel, bias and output, as the page has them."""
    layer = layer_of(state)
    image = (
        matrix_of(state) * numbers((state.rows, state.columns, state.channels))
        if state.input == "matrix"
        else to_rgb(sample("landscape", max_side=state.side))
    )
    kernel, bias = kernel_of(state, layer, image.shape[2]), bias_of(state)
    return layer, image, kernel, bias, convolve(image, kernel, bias, layer)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_the_exported_program_gives_the_numbers_shown(state, tmp_path, monkeypatch, capsys):
    layer, image, kernel, bias, output = shown(state)
    monkeypatch.chdir(tmp_path)
    code = convolution_code(layer, image, kernel, bias)
    if "input.npy" in code:
        (tmp_path / "input.npy").write_bytes(npy(image))

    namespace = {}
    exec(compile(code, "layer.py", "exec"), namespace)

    assert capsys.readouterr().out == f"{(1, *output.shape)}\n"
    assert_allclose(
        np.asarray(namespace["output"])[0], output, rtol=1e-5, atol=1e-5 * np.abs(output).max()
    )
    assert_array_equal(namespace["kernel"], kernel)
    assert_array_equal(namespace["image"], image)
    assert ("tf.nn.conv2d" in code) == bool(layer.keras_refusal)
    assert ("input.npy" in code) == (image.size > 200)


@pytest.mark.parametrize("state", [MATRIX, STATES["stride with dilation, valid"], SAMPLE])
def test_the_exported_program_imports_only_what_it_uses(state):
    layer, image, kernel, bias, _ = shown(state)
    code = convolution_code(layer, image, kernel, bias)
    for line in code.splitlines():
        if line.startswith("import "):
            name = line.split()[-1]
            uses = [other for other in code.splitlines() if f"{name}." in other.partition("#")[0]]
            assert uses, name


def test_weights_are_written_short_and_read_back_exactly():
    layer, image, kernel, _, _ = shown(replace(MATRIX, kernel_size=(1, 2), filters=1))
    kernel = np.float32([0.1, -2, 1e-7, 1 / 3]).reshape(1, 2, 2, 1)
    code = convolution_code(layer, image, kernel, np.float32([0]))
    assert "kernel = np.array([[[[0.1], [-2.0]], [[1e-07], [0.33333334]]]], np.float32)" in code


def test_many_weights_stand_a_row_a_line_and_read_back_exactly():
    kernel = numbers((3, 2, 1, 4), seed=2)
    layer, image, _, bias, _ = shown(replace(MATRIX, kernel_size=(3, 2), channels=1, filters=4))
    code = convolution_code(layer, image, kernel, bias)
    start = code.index("kernel = np.array([\n")
    text = code[start : code.index("], np.float32)", start)]
    assert len(text.splitlines()) == 1 + len(kernel)
    assert all(line.startswith("    [[[") for line in text.splitlines()[1:])
    namespace = {"np": np}
    exec(text + "], np.float32)", namespace)
    assert_array_equal(namespace["kernel"], kernel)


def test_maps_are_saved_as_they_are():
    output = numbers((3, 5, 2))
    loaded = np.load(io.BytesIO(npy(output)), allow_pickle=False)
    assert loaded.dtype == np.float32
    assert_array_equal(loaded, output)


# ---- pooling -------------------------------------------------------------------------------------

WINDOWS = {
    "halves": {},
    "stride 1, same with an odd cell": {"pool_size": (2, 4), "strides": 1, "padding": "same"},
    "strides with a rest": {"pool_size": (3, 2), "strides": (2, 3)},
    "explicit": {"pool_size": (3, 4), "strides": (2, 1), "padding": ((2, 1), (0, 3))},
    "explicit without any": {"padding": ((0, 0), (0, 0))},
    "one cell": {"pool_size": 1},
}


def run(code, image, folder):
    if "input.npy" in code:
        (folder / "input.npy").write_bytes(npy(image))
    namespace = {}
    exec(compile(code, "layer.py", "exec"), namespace)
    return np.asarray(namespace["output"])


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
@pytest.mark.parametrize("kind", [MaxPooling2D, AveragePooling2D])
@pytest.mark.parametrize("shape", [(7, 6, 3), (24, 17, 2)], ids=["written", "beside"])
def test_the_exported_pooling_gives_the_numbers_shown(kind, window, shape, tmp_path, monkeypatch):
    layer, image = kind(**window), numbers(shape) - np.float32(1)
    monkeypatch.chdir(tmp_path)
    output = run(pooling_code(layer, image), image, tmp_path)
    assert_allclose(output[0], pool(image, layer), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [MaxPooling2D, AveragePooling2D])
def test_the_exported_global_pooling_gives_the_numbers_shown(kind, tmp_path, monkeypatch):
    image = numbers((9, 5, 4))
    layer = kind((9, 5))
    monkeypatch.chdir(tmp_path)
    output = run(pooling_code(layer, image, is_global=True), image, tmp_path)
    assert output.shape == (1, 4)
    assert_allclose(output[0], pool(image, layer)[0, 0], rtol=1e-5, atol=1e-6)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(poolings())
def test_every_pooling_that_can_be_is_a_program(case):
    layer, shape = case
    image = numbers(shape)
    output = run(pooling_code(layer, image), image, None)
    assert_allclose(output[0], pool(image, layer), rtol=1e-4, atol=1e-6)


# Both programs in one interpreter: to start another costs seconds.
UNPACKED = """
import os, runpy
for folder in ("convolution", "pooling"):
    os.chdir(folder)
    runpy.run_path("layer.py")
    os.chdir("..")
"""


def test_the_archives_are_programs_that_run_where_they_are_unpacked(tmp_path):
    layer, image, kernel, bias, output = shown(SAMPLE)
    window, picture = AveragePooling2D(3, 2, ((1, 2), (0, 1))), numbers((20, 20, 1))
    for name, code, pixels in (
        ("convolution", convolution_code(layer, image, kernel, bias), image),
        ("pooling", pooling_code(window, picture), picture),
    ):
        with zipfile.ZipFile(io.BytesIO(code_archive(code, pixels))) as archive:
            assert archive.namelist() == ["layer.py", "input.npy"]
            archive.extractall(tmp_path / name)
        assert_array_equal(np.load(tmp_path / name / "input.npy"), pixels)
    result = subprocess.run(
        [sys.executable, "-c", UNPACKED], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    shapes = (1, *output.shape), (1, *pool(picture, window).shape)
    assert result.stdout.splitlines() == [str(shape) for shape in shapes]


def test_strides_that_are_the_window_are_left_out_as_in_keras():
    assert "strides" not in pooling_layer_code(MaxPooling2D(3, 3))
    assert "strides=(2, 3)" in pooling_layer_code(MaxPooling2D(3, (2, 3)))


# ---- the sheet of maps ---------------------------------------------------------------------------


def read_sheet(output, **options):
    return np.asarray(Image.open(io.BytesIO(maps_png(output, **options))))


def test_every_cell_of_every_map_is_on_the_sheet_at_one_scale():
    output = numbers((3, 5, 6))
    sheet = read_sheet(output, side=50, palette=DARK)
    cell, gap = 10, 8
    assert sheet.shape == (2 * (3 * cell + gap) + gap, 4 * (5 * cell + gap) + gap, 3)
    limit = np.abs(output).max()
    for index in range(6):
        top = gap + index // 4 * (3 * cell + gap)
        left = gap + index % 4 * (5 * cell + gap)
        tile = sheet[top : top + 3 * cell, left : left + 5 * cell]
        expected = signed_pixels(output[:, :, index] / limit, DARK)
        assert_array_equal(tile, expected.repeat(cell, axis=0).repeat(cell, axis=1))


def test_between_the_maps_there_is_the_background():
    sheet = read_sheet(np.ones((2, 2, 5), np.float32), side=20)
    background = [int(LIGHT.background[at : at + 2], 16) for at in (1, 3, 5)]
    assert (sheet[:8] == background).all()
    assert (sheet[-20:, -20:] == background).all()


def test_a_dead_layer_has_the_colour_of_zero_everywhere():
    sheet = read_sheet(np.zeros((2, 2, 1), np.float32), palette=DARK)
    zero = [int(DARK.zero[at : at + 2], 16) for at in (1, 3, 5)]
    assert (sheet[8:-8, 8:-8] == zero).all()


def test_a_weak_map_stays_weak_beside_a_strong_one():
    output = np.stack([np.full((1, 1), 1.0), np.full((1, 1), 0.01)], axis=2)
    weak = read_sheet(output.astype(np.float32), side=8)[12, 8 + 16 + 4]
    assert weak.min() >= 250


def test_pixels_are_saved_in_grey():
    sheet = read_sheet(np.float32([0, 0.2, 1]).reshape(1, 3, 1), side=3, pixels=True)
    assert sheet[8, 8:11].tolist() == [[0] * 3, [51] * 3, [255] * 3]


def test_a_map_larger_than_its_tile_has_a_pixel_a_cell():
    assert read_sheet(numbers((128, 128, 1)), side=64).shape == (144, 144, 3)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_scale_runs_from_negative_over_zero_to_positive(palette):
    pixels = signed_pixels(np.float32([[-2, -1, 0, 1, 2]]), palette)
    names = ["#" + bytes(pixel).hex() for pixel in pixels[0]]
    assert names == [
        *[palette.negative] * 2,
        palette.zero,
        *[palette.positive] * 2,
    ]


def test_half_a_value_is_half_a_colour():
    assert signed_pixels(np.float32([[0.5]]), LIGHT).tolist() == [[[236, 185, 146]]]
