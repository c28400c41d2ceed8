"""Lesson 6: filters that people designed, and what Canny adds to Sobel."""

from random import Random

import numpy as np
from numpy.typing import NDArray

from cnnviz.drawing import sample
from cnnviz.encoding import encode_webp
from cnnviz.filters import FILTERS
from cnnviz.images import read_image, to_grey
from cnnviz.layers import Conv2D
from cnnviz.lessons.answers import Choice
from cnnviz.lessons.canny import canny
from cnnviz.lessons.lesson import (
    Control,
    Floats,
    Lesson,
    Options,
    Pictures,
    Question,
    Scene,
    Slider,
)
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import added, matrix, plain, products, typed
from cnnviz.share import ConvolutionState
from cnnviz.window import Explanation, explain

SAMPLE = "house"
LARGEST_PICTURE = 64  # rows and columns
SMALLEST = 16  # rows and columns below which a picture has no edges to speak of
MOST_BYTES = 2_000  # of the learner's picture in the link


def own_picture(pixels: Floats) -> bytes | None:
    """Return a learner's picture in grey, small enough for a link.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, C), float32

    Returns
    -------
    bytes or None
        A WebP file of at most 64 x 64 cells; None where the picture is too small to have edges, or
        is none: numbers outside [0, 1], or all the same.

    Examples
    --------
    >>> own_picture(np.eye(8, dtype=np.float32)[..., np.newaxis]) is None
    True
    """
    is_picture = 0 <= pixels.min() < pixels.max() <= 1
    if not is_picture or min(pixels.shape[:2]) < SMALLEST:
        return None
    grey, _ = encode_webp(to_grey(pixels), max_bytes=100_000)
    small = to_grey(read_image(grey, max_side=LARGEST_PICTURE))
    return encode_webp(small, max_bytes=MOST_BYTES)[0]


def _picture(state: LessonsState) -> Floats:
    if state.picture is None:
        return sample(SAMPLE, max_side=LARGEST_PICTURE)[..., 0]
    return to_grey(read_image(state.picture, max_side=LARGEST_PICTURE))[..., 0]


def _text() -> tuple[str, ...]:
    return (
        "Long before networks learned their filters, people designed some. A **blur** averages "
        "neighbours. **Sobel** compares left with right (x) or above with below (y). The "
        "**Laplacian** compares a cell with all its neighbours.",
        "**Canny** is no filter but a recipe on top of Sobel. It blurs, joins Sobel x and y to one "
        "strength √(x² + y²), keeps only cells that no neighbour across the edge exceeds "
        "(**non-maximum suppression**), and of those the strong ones, with the weak ones that "
        "hang on them (**hysteresis**).",
    )


UPSIDE_DOWN = (
    "Weak begins above strong, so no cell is weak and hysteresis has nothing to add. Move **weak "
    "from** below **strong from**."
)


def _scene(state: LessonsState) -> Scene:
    assert state.operator is not None
    is_canny = state.operator == "canny"
    shown = _workshop(state, ("sobel_x", "sobel_y") if is_canny else (state.operator,))
    if not is_canny:
        return Scene(shown, (FILTERS[state.operator].sentence,))
    assert state.low is not None
    assert state.high is not None
    picture = _picture(state)
    steps = canny(picture, low=min(state.low, state.high), high=state.high)
    weak = _grey(steps.weak) * np.float32(0.5)
    counted = _canny_line(*(int(cells.sum()) for cells in (steps.strong, steps.weak, steps.edges)))
    return Scene(
        shown,
        (counted, *([UPSIDE_DOWN] if state.low > state.high else [])),
        drawing=Pictures(
            (
                ("picture", picture),
                ("blurred", steps.blurred),
                ("strength √(x² + y²)", steps.strength),
                ("thinned", steps.thinned),
                ("strong, and weak in grey", np.maximum(_grey(steps.strong), weak)),
                ("edges", _grey(steps.edges)),
            )
        ),
    )


def _grey(cells: NDArray[np.bool_]) -> Floats:
    return cells.astype(np.float32)


def _canny_line(strong: int, weak: int, edges: int) -> str:
    return (
        f"**{plain(edges)}** cells are edges: {plain(strong)} strong ones, and "
        f"{plain(edges - strong)} of the {plain(weak)} weak ones, which hang on them."
    )


def _workshop(state: LessonsState, names: tuple[str, ...]) -> ConvolutionState:
    own = state.picture is not None
    return ConvolutionState(
        input="upload" if own else "sample",
        sample=SAMPLE,
        picture=state.picture,
        side=LARGEST_PICTURE,
        filters=len(names),
        padding="valid",
        activation="linear",
        kernels=tuple((name,) for name in names),
    )


def _controls(state: LessonsState) -> tuple[Control, ...]:
    operator = Options(
        "operator",
        {
            "gaussian": "Blur",
            "sobel_x": "Sobel x",
            "sobel_y": "Sobel y",
            "outline": "Laplacian",
            "canny": "Canny",
        },
        "filter",
    )
    if state.operator != "canny":
        return (operator,)
    return (
        operator,
        Slider("low", 0.0, 1.0, 0.01, "weak from"),
        Slider("high", 0.0, 1.0, 0.01, "strong from"),
    )


# ---- the question --------------------------------------------------------------------------------

CANDIDATES = {
    "box_blur": "Box blur",
    "sobel_x": "Sobel x",
    "sobel_y": "Sobel y",
    "outline": "Laplacian",
}


def _ask(numbers: Random) -> Question:
    while True:
        patch = _patch(numbers)
        cells = {name: _answer(patch, name) for name in CANDIDATES}
        silent = [name for name, cell in cells.items() if cell.total == 0]
        if len(silent) == 1:
            break
    return Question(
        "These nine numbers lie under a 3 × 3 filter. **One** of these filters answers 0 to them. "
        "Which?",
        Choice(silent[0], CANDIDATES),
        tuple(
            f"{label}: {_weighed(name, cells[name])} = **{plain(round(cells[name].total, 2))}**"
            for name, label in CANDIDATES.items()
        ),
        given=(matrix("picture", patch),),
        scene=lambda: Scene(
            ConvolutionState(
                rows=3,
                columns=3,
                values=typed(patch[..., np.newaxis]),
                filters=len(CANDIDATES),
                padding="valid",
                activation="linear",
                kernels=tuple((name,) for name in CANDIDATES),
                pin=(0, 0, list(CANDIDATES).index(silent[0])),
            ),
            ("The four filters, in the order of the question.",),
        ),
    )


def _weighed(name: str, cell: Explanation) -> str:
    if name == "box_blur":  # nine equal weights are a mean
        return f"({added(cell.inputs.ravel())}) / {cell.inputs.size}"
    return products(cell)


def _patch(numbers: Random) -> NDArray[np.int_]:
    """Draw an edge, upright or level, or a slope: to each of them one filter is blind."""
    kind = numbers.choice(("upright", "level", "slope"))
    if kind == "slope":
        across, down = numbers.choice((1, 2)), numbers.choice((1, 2))
        return np.array([[1 + across * j + down * i for j in range(3)] for i in range(3)])
    low, high = numbers.randint(0, 4), numbers.randint(5, 9)
    line = numbers.choice(([low, low, high], [low, high, high], [high, low, low]))
    plane = np.tile(line, (3, 1))
    return plane if kind == "upright" else plane.T


def _answer(patch: NDArray[np.int_], name: str) -> Explanation:
    kernel = FILTERS[name].weights(3)[..., np.newaxis, np.newaxis]
    return explain(patch[..., np.newaxis], kernel, None, Conv2D(1, 3), row=0, column=0, filter=0)


LESSON = Lesson(
    "Filters that people designed",
    _text,
    _scene,
    _ask,
    start={"operator": "sobel_x", "low": 0.1, "high": 0.3},
    controls=_controls,
    wants_picture=True,
)
