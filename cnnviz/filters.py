"""Named kernels: their weights at any size that makes sense, what each finds, and its source.

Above ``arguments``; NumPy only. The weights are written as a convolution layer uses them, that is
without a flip: ``sobel_x`` answers positively where brightness grows to the right, ``sobel_y``
where it grows downwards.

A kernel's centre is its cell ``((kh - 1) // 2, (kw - 1) // 2)``. For odd sizes that is the middle;
for even sizes it is the cell that ``padding="same"`` lays on the output's own place, so that
``identity`` returns the picture at every size.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import comb

import numpy as np
from numpy.typing import NDArray

from cnnviz.arguments import Pair, check_pair, shown

Kernel = NDArray[np.float64]


class FilterError(ValueError):
    """A named kernel that does not exist at the size asked for.

    Parameters
    ----------
    field : str
        The argument at fault.
    message : str
        The field, its value, the limit, and a fix that works.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class _Limit:
    """The sizes at which a kernel makes sense: in words, and the nearest one to any other."""

    words: str
    nearest: Callable[[int, int], Pair]


@dataclass(frozen=True)
class Filter:
    """A named kernel.

    Attributes
    ----------
    name : str
        As in the URL and in `FILTERS`.
    label : str
        As in the menu.
    sentence : str
        What it finds or does.
    source : str
        Where it comes from.
    """

    name: str
    label: str
    sentence: str
    source: str
    _build: Callable[[int, int], Kernel] = field(repr=False)
    _limit: _Limit | None = field(default=None, repr=False)

    def weights(self, kernel_size: int | Pair) -> NDArray[np.float32]:
        """Return the weights at this size, shape (kernel rows, kernel columns).

        Parameters
        ----------
        kernel_size : int or (int, int)
            Rows and columns; one number means both.

        Raises
        ------
        FilterError
            When the kernel makes no sense at this size.
        LayerError
            When no kernel has this size.

        Examples
        --------
        >>> FILTERS["sobel_x"].weights(3).tolist()
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
        """
        size = check_pair("kernel_size", kernel_size)
        if self._limit:
            nearest = self._limit.nearest(*size)
            if size[0] == size[1]:
                # Whoever chose a square is shown one: its two sides may be a single slider.
                nearest = (max(nearest), max(nearest))
            if nearest != size:
                raise FilterError(
                    "kernel_size",
                    f"kernel_size is {shown(size)}, but {self.label} {self._limit.words}. "
                    f"Use kernel_size={shown(nearest)}.",
                )
        return self._build(*size).astype(np.float32)


def _centre(height: int, width: int) -> Pair:
    return (height - 1) // 2, (width - 1) // 2


def _offsets(length: int) -> Kernel:
    """Return each cell's distance from the middle: -1, 0, 1 or -1.5, -0.5, 0.5, 1.5."""
    return np.arange(length, dtype=np.float64) - (length - 1) / 2


def _binomial(length: int) -> Kernel:
    """Return a row of Pascal's triangle: 1; 1, 1; 1, 2, 1; ..."""
    return np.array([comb(length - 1, cell) for cell in range(length)], dtype=np.float64)


def _identity(height: int, width: int) -> Kernel:
    kernel = np.zeros((height, width))
    kernel[_centre(height, width)] = 1
    return kernel


def _ones(height: int, width: int) -> Kernel:
    return np.ones((height, width))


def _box_blur(height: int, width: int) -> Kernel:
    return np.ones((height, width)) / (height * width)


def _gaussian(height: int, width: int) -> Kernel:
    rows, columns = _binomial(height), _binomial(width)
    return np.outer(rows / rows.sum(), columns / columns.sum())


def _sharpen(height: int, width: int) -> Kernel:
    row, column = _centre(height, width)
    kernel = np.zeros((height, width))
    kernel[row, :] = kernel[:, column] = -1
    kernel[row, column] = height + width - 1
    return kernel


def _emboss(height: int, width: int) -> Kernel:
    ramp = _offsets(height)[:, np.newaxis] + _offsets(width)
    kernel: Kernel = ramp + _identity(height, width)
    return kernel


def _outline(height: int, width: int) -> Kernel:
    kernel = np.full((height, width), -1.0)
    kernel[_centre(height, width)] = height * width - 1
    return kernel


def _as_strong_as(total: float, kernel: Kernel) -> Kernel:
    """Scale a kernel so that its positive weights add up to `total`.

    Unscaled, the positive weights of an 11x11 Sobel kernel add up to 129,024: on one colour scale
    with its output every other filter's output would look dead. The 3x3 kernel sets the total, and
    so keeps its familiar whole numbers.
    """
    scaled: Kernel = kernel * (total / kernel[kernel > 0].sum())
    return scaled


def _sobel_x(height: int, width: int) -> Kernel:
    derivative = np.convolve(_binomial(width - 1), [-1, 1])
    return _as_strong_as(4, np.outer(_binomial(height), derivative))


def _prewitt_x(height: int, width: int) -> Kernel:
    return _as_strong_as(3, np.outer(np.ones(height), np.sign(_offsets(width))))


def _scharr_x(height: int, width: int) -> Kernel:
    return np.outer([3, 10, 3], [-1, 0, 1])


def _line_horizontal(height: int, width: int) -> Kernel:
    kernel = np.full((height, width), -1.0)
    kernel[_centre(height, width)[0], :] = height - 1
    return kernel


def _line_diagonal_down(height: int, width: int) -> Kernel:
    return height * np.eye(height, width) - 1


def _line_diagonal_up(height: int, width: int) -> Kernel:
    return _line_diagonal_down(height, width)[:, ::-1]


def _transposed(build: Callable[[int, int], Kernel]) -> Callable[[int, int], Kernel]:
    return lambda height, width: build(width, height).T


_TWO_CELLS = _Limit(
    "compares a cell with its neighbours and needs at least 2 cells",
    lambda height, width: (height, width) if height * width > 1 else (2, 2),
)
_TWO_COLUMNS = _Limit(
    "compares left with right and needs at least 2 columns",
    lambda height, width: (height, max(width, 2)),
)
_TWO_ROWS = _Limit(
    "compares above with below and needs at least 2 rows",
    lambda height, width: (max(height, 2), width),
)
_THREE_ROWS = _Limit(
    "needs a row on either side of the line, at least 3 rows",
    lambda height, width: (max(height, 3), width),
)
_THREE_COLUMNS = _Limit(
    "needs a column on either side of the line, at least 3 columns",
    lambda height, width: (height, max(width, 3)),
)
_THREE_BY_THREE_OR_MORE = _Limit(
    "needs at least 3 rows and 3 columns",
    lambda height, width: (max(height, 3), max(width, 3)),
)
_ONLY_THREE_BY_THREE = _Limit("is defined for 3 rows and 3 columns only", lambda *_: (3, 3))
_SQUARE_OF_THREE_OR_MORE = _Limit(
    "follows a diagonal and needs as many rows as columns, at least 3",
    lambda height, width: (max(height, width, 3),) * 2,
)

_BOOK = "Gonzalez and Woods, Digital Image Processing, 4th edition (2018), section"
_SOBEL = (
    "Sobel and Feldman, A 3x3 Isotropic Gradient Operator for Image Processing (1968); "
    "other sizes as OpenCV's getDerivKernels, scaled so that the positive weights add up to 4 as "
    "at 3x3, to stand beside other filters on one colour scale"
)
_PREWITT = (
    "Prewitt, Object Enhancement and Extraction, in: Picture Processing and Psychopictorics "
    "(1970); other sizes scaled so that the positive weights add up to 3 as at 3x3, to stand "
    "beside other filters on one colour scale"
)
_SCHARR = "Scharr, Optimale Operatoren in der Digitalen Bildverarbeitung (Heidelberg, 2000)"

FILTERS: Mapping[str, Filter] = {
    filter.name: filter
    for filter in (
        Filter(
            "identity",
            "Identity",
            "Copies the picture: the centre counts once, everything else not at all.",
            f"{_BOOK} 3.4",
            _identity,
        ),
        Filter(
            "box_blur",
            "Box blur",
            "Blurs: each cell becomes the plain average of its neighbourhood.",
            f"{_BOOK} 3.5",
            _box_blur,
        ),
        Filter(
            "gaussian",
            "Gaussian blur",
            "Blurs softly: near cells count more than far ones.",
            "Szeliski, Computer Vision: Algorithms and Applications, 2nd edition (2022), "
            "section 3.2, with binomial weights at every size",
            _gaussian,
        ),
        Filter(
            "sharpen",
            "Sharpen",
            "Exaggerates each cell's difference from the cells in its row and column.",
            f"{_BOOK} 3.6, with longer arms at larger sizes",
            _sharpen,
        ),
        Filter(
            "emboss",
            "Emboss",
            "Makes the picture look like a relief lit from the upper left.",
            "Powell, Image Kernels Explained Visually, setosa.io/ev/image-kernels, "
            "with its ramp continued at larger sizes",
            _emboss,
            _THREE_BY_THREE_OR_MORE,
        ),
        Filter(
            "outline",
            "Outline (Laplacian)",
            "Finds cells that differ from their surroundings, in any direction.",
            f"{_BOOK} 3.6",
            _outline,
            _TWO_CELLS,
        ),
        Filter(
            "sobel_x",
            "Sobel x",
            "Finds vertical edges: positive where the picture gets brighter to the right.",
            _SOBEL,
            _sobel_x,
            _TWO_COLUMNS,
        ),
        Filter(
            "sobel_y",
            "Sobel y",
            "Finds horizontal edges: positive where the picture gets brighter downwards.",
            _SOBEL,
            _transposed(_sobel_x),
            _TWO_ROWS,
        ),
        Filter(
            "prewitt_x",
            "Prewitt x",
            "Finds vertical edges like Sobel x, with every row counting the same.",
            _PREWITT,
            _prewitt_x,
            _TWO_COLUMNS,
        ),
        Filter(
            "prewitt_y",
            "Prewitt y",
            "Finds horizontal edges like Sobel y, with every column counting the same.",
            _PREWITT,
            _transposed(_prewitt_x),
            _TWO_ROWS,
        ),
        Filter(
            "scharr_x",
            "Scharr x",
            "Finds vertical edges, and gives the angle of slanted ones better than Sobel x.",
            _SCHARR,
            _scharr_x,
            _ONLY_THREE_BY_THREE,
        ),
        Filter(
            "scharr_y",
            "Scharr y",
            "Finds horizontal edges, and gives the angle of slanted ones better than Sobel y.",
            _SCHARR,
            _transposed(_scharr_x),
            _ONLY_THREE_BY_THREE,
        ),
        Filter(
            "line_horizontal",
            "Horizontal line",
            "Finds bright horizontal lines, one cell thick.",
            f"{_BOOK} 10.2",
            _line_horizontal,
            _THREE_ROWS,
        ),
        Filter(
            "line_vertical",
            "Vertical line",
            "Finds bright vertical lines, one cell thick.",
            f"{_BOOK} 10.2",
            _transposed(_line_horizontal),
            _THREE_COLUMNS,
        ),
        Filter(
            "line_diagonal_down",
            "Falling line",
            "Finds bright lines that fall from the upper left to the lower right.",
            f"{_BOOK} 10.2",
            _line_diagonal_down,
            _SQUARE_OF_THREE_OR_MORE,
        ),
        Filter(
            "line_diagonal_up",
            "Rising line",
            "Finds bright lines that rise from the lower left to the upper right.",
            f"{_BOOK} 10.2",
            _line_diagonal_up,
            _SQUARE_OF_THREE_OR_MORE,
        ),
        Filter(
            "ones",
            "All ones",
            "Adds up all the cells under it: a box blur before the division.",
            f"{_BOOK} 3.5",
            _ones,
        ),
    )
}
"""Every named kernel by its name, in the order of the menu."""
