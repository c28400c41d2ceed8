"""The data set that ships: what it holds, and what is said when it is not there."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from cnnviz import mnist
from cnnviz.mnist import MnistError


def test_the_four_arrays_have_the_shapes_and_types_that_keras_gives_them() -> None:
    data = mnist.load()
    assert (data.x_train.shape, data.y_train.shape) == ((60000, 28, 28), (60000,))
    assert (data.x_test.shape, data.y_test.shape) == ((10000, 28, 28), (10000,))
    assert {getattr(data, name).dtype for name in mnist.ARRAYS} == {np.dtype(np.uint8)}


def test_the_first_test_digits_are_the_well_known_ones() -> None:
    assert mnist.load().y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_it_is_loaded_once_and_cannot_be_written_to() -> None:
    data = mnist.load()
    assert mnist.load() is data
    with pytest.raises(ValueError, match="read-only"):
        data.x_test[0, 0, 0] = 1


def test_a_test_image_runs_from_0_to_1() -> None:
    image = mnist.load().test_image(3)
    assert image.dtype == np.float32
    assert (image.min(), image.max()) == (0, 1)
    np.testing.assert_array_equal(image * 255, mnist.load().x_test[3])


def test_another_7_is_the_next_7_and_after_the_last_comes_the_first() -> None:
    data = mnist.load()
    sevens = []
    index = -1
    for _ in range(int((data.y_test == 7).sum())):
        index = data.next_test_index(7, after=index)
        sevens.append(index)
    assert sevens == np.flatnonzero(data.y_test == 7).tolist()
    assert data.next_test_index(7, after=sevens[-1]) == sevens[0]


@pytest.mark.parametrize(("index", "nearest"), [(-1, 0), (10000, 9999)])
def test_an_index_out_of_range_names_the_nearest_one(index: int, nearest: int) -> None:
    message = (
        f"index is {index}, but the test pictures are numbered 0 to 9999. "
        f"Choose {nearest}, the nearest."
    )
    with pytest.raises(MnistError, match=f"^{re.escape(message)}$") as raised:
        mnist.load().test_image(index)
    assert raised.value.field == "index"
    mnist.load().test_image(nearest)


def test_ten_is_no_digit() -> None:
    message = "digit is 10, but MNIST holds the digits 0 to 9. Choose one of them."
    with pytest.raises(MnistError, match=f"^{re.escape(message)}$"):
        mnist.load().next_test_index(10)
    mnist.load().next_test_index(9)


FIX = "Fetch it again: git checkout -- assets/mnist.npz"


def fetch_again(path: Path) -> None:
    """Do what the message says, for a file in a test's folder."""
    shutil.copy(mnist.PATH, path)


def test_a_missing_file_is_named_with_the_way_to_get_it_back(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    message = f"{path} is missing, but MNIST is read from this file alone. {FIX}"
    with pytest.raises(MnistError, match=f"^{re.escape(message)}$") as raised:
        mnist.load(path)
    assert raised.value.field == "mnist.npz"
    fetch_again(path)
    assert len(mnist.load(path).y_test) == 10000


@pytest.mark.parametrize("keep", [0, 1000, 2_000_000], ids=["empty", "header only", "cut off"])
def test_a_damaged_file_says_what_it_should_hold(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "mnist.npz"
    path.write_bytes(mnist.PATH.read_bytes()[:keep])
    message = f"{path} cannot be read as an .npz file with x_train, y_train, x_test, y_test. {FIX}"
    with pytest.raises(MnistError, match=f"^{re.escape(message)}$"):
        mnist.load(path)
    fetch_again(path)
    assert len(mnist.load(path).y_test) == 10000


@pytest.mark.parametrize(
    ("at", "count", "flipped"),
    [(1_000, 100, 255), (162, 1, 1), (220, 1, 255)],
    ids=["zlib.error", "TokenError", "OverflowError"],
)
def test_whatever_damage_does_to_those_who_read_a_file_it_is_named(
    tmp_path: Path, at: int, count: int, flipped: int
) -> None:
    data = bytearray(mnist.PATH.read_bytes())
    for byte in range(at, at + count):
        data[byte] ^= flipped
    path = tmp_path / "mnist.npz"
    path.write_bytes(data)
    with pytest.raises(MnistError, match=r"cannot be read as an \.npz file"):
        mnist.load(path)


def test_one_changed_pixel_is_noticed(tmp_path: Path) -> None:
    data = mnist.load()
    arrays = {name: getattr(data, name).copy() for name in mnist.ARRAYS}
    arrays["x_test"][9999, 14, 14] ^= 1
    path = tmp_path / "mnist.npz"
    np.savez(path, **arrays)
    message = (
        rf"^{re.escape(str(path))} holds data with SHA-256 [0-9a-f]{{12}}\.\.\., "
        rf"but MNIST's is 06b0d1f124c4\.\.\.\. {re.escape(FIX)}$"
    )
    with pytest.raises(MnistError, match=message):
        mnist.load(path)
    fetch_again(path)
    assert len(mnist.load(path).y_test) == 10000
