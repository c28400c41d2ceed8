"""The MNIST data set that ships in ``assets/mnist.npz``: loaded once, checked once."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATH = Path(__file__).parent.parent / "assets" / "mnist.npz"
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
# SHA-256 over the bytes of the four arrays, in the order of ARRAYS. The arrays are those of the
# original IDX files, so another packing of the same data passes too.
SHA256 = "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"


class MnistError(ValueError):
    """Say what is wrong with the data set or with a request to it.

    Attributes
    ----------
    field : str
        The file or the argument that is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Mnist:
    """The four arrays, named as ``tf.keras.datasets.mnist`` names them.

    Attributes
    ----------
    x_train : ndarray of shape (60000, 28, 28), uint8
        Training pictures: 0 is paper, 255 is ink.
    y_train : ndarray of shape (60000,), uint8
        The digits that they show, 0 to 9.
    x_test : ndarray of shape (10000, 28, 28), uint8
        Test pictures.
    y_test : ndarray of shape (10000,), uint8
        Their digits.
    """

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]

    def test_image(self, index: int) -> NDArray[np.float32]:
        """Return one test picture as the network reads it.

        Parameters
        ----------
        index : int
            0 to 9999.

        Returns
        -------
        ndarray of shape (28, 28), float32
            In [0, 1]; 1 is ink.

        Raises
        ------
        MnistError
            If there is no test picture of that index.

        Examples
        --------
        >>> image = load().test_image(0)
        >>> image.shape, float(image.max())
        ((28, 28), 1.0)
        """
        image: NDArray[np.float32] = self.x_test[self._checked(index)] / np.float32(255)
        return image

    def next_test_index(self, digit: int, *, after: int = -1) -> int:
        """Find the next test picture of a digit: "another 7".

        Parameters
        ----------
        digit : int
            0 to 9.
        after : int
            The index to start behind. Behind the last one, the search goes on from 0.

        Raises
        ------
        MnistError
            If `digit` is not a digit.

        Examples
        --------
        >>> load().next_test_index(7), load().next_test_index(7, after=0)
        (0, 17)
        """
        if digit not in range(10):
            raise MnistError(
                "digit", f"digit is {digit}, but MNIST holds the digits 0 to 9. Choose one of them."
            )
        indices = np.flatnonzero(self.y_test == digit)
        return int(indices[np.searchsorted(indices, after, side="right") % len(indices)])

    def _checked(self, index: int) -> int:
        last = len(self.x_test) - 1
        if not 0 <= index <= last:
            raise MnistError(
                "index",
                f"index is {index}, but the test pictures are numbered 0 to {last}. "
                f"Choose {min(max(index, 0), last)}, the nearest.",
            )
        return index


@functools.cache
def load(path: Path = PATH) -> Mnist:
    """Load MNIST and check once that not a bit of it has changed.

    Parameters
    ----------
    path : Path
        An ``.npz`` file with the four arrays.

    Returns
    -------
    Mnist
        The same object at every call; its arrays cannot be written to.

    Raises
    ------
    MnistError
        If the file is missing, cannot be read or holds other data.

    References
    ----------
    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998.

    Examples
    --------
    >>> mnist = load()
    >>> mnist.x_train.shape, mnist.x_test.shape
    ((60000, 28, 28), (10000, 28, 28))
    """
    fix = "Fetch it again: git checkout -- assets/mnist.npz"
    if not path.is_file():
        raise MnistError(
            "mnist.npz", f"{path} is missing, but MNIST is read from this file alone. {fix}"
        )
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ARRAYS}
    except Exception as error:  # what is damaged can fail anywhere between zip, zlib and NumPy
        raise MnistError(
            "mnist.npz",
            f"{path} cannot be read as an .npz file with {', '.join(ARRAYS)}. {fix}",
        ) from error
    found = _sha256(arrays)
    if found != SHA256:
        raise MnistError(
            "mnist.npz",
            f"{path} holds data with SHA-256 {found[:12]}..., "
            f"but MNIST's is {SHA256[:12]}.... {fix}",
        )
    for array in arrays.values():
        array.flags.writeable = False
    return Mnist(**arrays)


def _sha256(arrays: dict[str, NDArray[np.uint8]]) -> str:
    digest = hashlib.sha256()
    for name in ARRAYS:
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()
