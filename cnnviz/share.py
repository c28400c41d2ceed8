"""State to short URL text and back.

Layer: above `stroke_codec` and `layers`; knows no Streamlit. A state is a frozen dataclass whose
fields carry Keras' names. `encode` writes what differs from the defaults; `decode` reads anything,
and for what it cannot read gives the default and says why.
"""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, cast

from cnnviz.codec import (
    Codec,
    Edit,
    Pair,
    Typed,
    cell,
    choice,
    data,
    edits,
    flag,
    kernels,
    numbers,
    pair,
    real,
    several,
    sides,
    typed,
    whole,
    word,
)
from cnnviz.drawing import SAMPLES, TOYS, Stroke
from cnnviz.filters import FILTERS
from cnnviz.layers import ACTIVATIONS
from cnnviz.stroke_codec import drawing, quantised

LONGEST_QUERY = 3_700  # characters: with the address before it, the whole URL stays under 4,000
LARGEST_FILE = 4_000_000  # bytes of a saved state
MOST_BRACKETS = 1_000  # in one; it is flat, but what was typed may have some
MOST_UNKNOWN = 8  # names that a page does not know, each with a message of its own

State = TypeVar("State", bound="PageState")


class ShareError(ValueError):
    """A part of a link or a saved file that cannot be read.

    Attributes
    ----------
    field : str
        The parameter that is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def at(default: Any, codec: Codec) -> Any:
    """Declare a field of a state: its default and how a link writes it.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Small:
    ...     side: int = at(28, whole(8, 128))
    >>> Small()
    Small(side=28)
    """
    return field(default=default, metadata={"codec": codec})


@dataclass(frozen=True)
class PageState:
    """What a page shows. Each page has its own, with its settings as fields."""


def nested(kind: type[PageState]) -> Codec:
    """Write a whole state as one text, `filters.6~~padding.valid`, for a field of another state.

    No text of a field holds `~~`, and no name of one a point.
    """

    def write(state: PageState) -> str:
        return "~~".join(f"{name}.{text}" for name, text in _written(state).items())

    def read(text: str) -> PageState:
        parts = (part.partition(".") for part in text.split("~~")) if text else ()
        state, errors = decode(kind, {name: value for name, _, value in parts})
        if errors:
            raise ValueError(text)
        return state

    return Codec(write, read, "the text that this page wrote for another page's settings")


_SOURCES = ("matrix", "draw", "upload", "sample", "mnist")


@dataclass(frozen=True)
class PictureState(PageState):
    """Which picture goes into a layer. `values` and `picture` are None until there are any."""

    input: str = at("matrix", choice(*_SOURCES))
    preset: str = at("digit", choice(*TOYS))
    rows: int = at(7, whole(1, 12))
    columns: int = at(7, whole(1, 12))
    channels: int = at(1, whole(1, 3))
    values: Typed | None = at(None, typed(3, 432))
    strokes: tuple[Stroke, ...] = at((), drawing(30_000))
    picture: bytes | None = at(None, data(200_000))
    sample: str = at("house", choice(*SAMPLES))
    index: int = at(0, whole(0, 9_999))
    side: int = at(28, whole(8, 128))
    colour: str = at("grey", choice("grey", "rgb"))


@dataclass(frozen=True)
class ConvolutionState(PictureState):
    """The convolution page: a picture, a layer, its weights and what is pinned."""

    filters: int = at(3, whole(1, 16))
    kernel_size: Pair = at((3, 3), pair(1, 11))
    strides: Pair = at((1, 1), pair(1, 8))
    padding: str = at("same", choice("valid", "same", "explicit"))
    pad: tuple[int, int, int, int] = at((1, 1, 1, 1), sides(8))
    dilation_rate: Pair = at((1, 1), pair(1, 6))
    groups: int = at(1, whole(1, 16))
    activation: str = at("relu", choice(*ACTIVATIONS))
    use_bias: bool = at(default=True, codec=flag())
    flip: bool = at(default=False, codec=flag())
    kernels: tuple[tuple[str, ...], ...] = at((), kernels(16))
    edits: tuple[Edit, ...] = at((), edits(6_000))
    weights: Typed | None = at(None, typed(4, 6_000))
    bias: tuple[float, ...] = at((), numbers(16))
    data_format: str = at("channels_last", choice("channels_last", "channels_first"))
    pin: tuple[int, int, int] | None = at(None, cell())
    scope: str = at("layer", choice("layer", "map"))


@dataclass(frozen=True)
class PoolingState(PictureState):
    """The pooling page: a picture, a window that slides over it, and what stands beside it.

    The input "convolution" is what the layer of the field `convolution` makes of its picture.
    `strides` is None while it follows `pool_size`. Beside the layer stands "nothing", the other
    "pooling", or a "convolution" with the named `kernel` on every channel.
    """

    input: str = at("matrix", choice(*_SOURCES, "convolution"))
    rows: int = at(8, whole(1, 12))
    columns: int = at(8, whole(1, 12))
    convolution: ConvolutionState = at(ConvolutionState(), nested(ConvolutionState))
    kind: str = at("max", choice("max", "average"))
    is_global: bool = at(default=False, codec=flag())
    pool_size: Pair = at((2, 2), pair(1, 8))
    strides: Pair | None = at(None, pair(1, 8))
    padding: str = at("valid", choice("valid", "same", "explicit"))
    pad: tuple[int, int, int, int] = at((1, 1, 1, 1), sides(8))
    beside: str = at("nothing", choice("nothing", "pooling", "convolution"))
    kernel: str = at("box_blur", choice(*FILTERS))
    data_format: str = at("channels_last", choice("channels_last", "channels_first"))
    pin: tuple[int, int, int] | None = at(None, cell())
    scope: str = at("layer", choice("layer", "map"))


# What the classifier page opens with: a 7 as a hand draws it, to be cleared or changed.
SEVEN = (
    Stroke(((78.0, 66.0), (208.0, 62.0), (168.0, 140.0), (134.0, 236.0)), 24.0),
    Stroke(((112.0, 148.0), (196.0, 144.0)), 24.0),
)


@dataclass(frozen=True)
class ClassifierState(PageState):
    """The classifier page: a digit, which steps prepare it, the map on the stage, what is asked.

    `prepare` is for MNIST's own pictures, which need no preparation. `pin` is None while it stands
    in the middle of the layer's first map. `why` and `sweep` say which questions are open; `of` is
    the digit that is explained, or the answer, whatever it is.
    """

    input: str = at("draw", choice("draw", "upload", "camera", "mnist"))
    strokes: tuple[Stroke, ...] = at(quantised(SEVEN), drawing(30_000))
    picture: bytes | None = at(None, data(200_000))
    index: int = at(0, whole(0, 9_999))
    skip: tuple[str, ...] = at((), several("ink", "background", "crop", "scale", "centre"))
    prepare: bool = at(default=False, codec=flag())
    layer: str = at("relu1", word())
    pin: tuple[int, int, int] | None = at(None, cell())
    scope: str = at("layer", choice("layer", "map"))
    right: int = at(0, whole(-120, 120))
    down: int = at(0, whole(-120, 120))
    angle: int = at(0, whole(-180, 180))
    scale: float = at(1.0, real(0.3, 2.0))
    width: int = at(0, whole(-16, 30))
    noise: float = at(0.0, real(0.0, 0.2))
    why: bool = at(default=False, codec=flag())
    method: str = at("saliency", choice("saliency", "grad_cam", "occlusion"))
    of: str = at("answer", choice("answer", *map(str, range(10))))
    sweep: bool = at(default=False, codec=flag())
    along: str = at("angle", choice("right", "down", "angle", "scale", "width", "noise"))


# What a link may leave out when it grows too long.
_HEAVY = {
    "picture": "the uploaded picture",
    "strokes": "the drawing",
    "values": "the typed matrix",
    "weights": "the typed weights",
    "edits": "the edited weights",
    "kernels": "the choice of filters",
    "convolution": "the layer of the convolution page",
}


@dataclass(frozen=True)
class Link:
    """A query and what it had to leave out, in words."""

    query: dict[str, str]
    left_out: tuple[str, ...]

    @property
    def length(self) -> int:
        """Characters of the query, with its `=` and `&`."""
        return sum(len(name) + len(text) + 2 for name, text in self.query.items())


def encode(state: PageState, *, longest: int = LONGEST_QUERY) -> Link:
    """Write a state as the parameters of a URL.

    Parameters
    ----------
    state : PageState
        Any of the states above.
    longest : int
        Characters that the query may have.

    Returns
    -------
    Link
        One parameter for each field that differs from its default. While they are longer than
        `longest`, the longest of picture, drawing, matrix, weights, filters and the convolution
        page's layer is left out. Without all of these the rest always fits into `LONGEST_QUERY`.

    Examples
    --------
    >>> encode(ConvolutionState(kernel_size=(3, 5), padding="valid")).query
    {'kernel_size': '3x5', 'padding': 'valid'}
    """
    query = _written(state)
    left_out: list[str] = []
    while Link(query, ()).length > longest and (heavy := query.keys() & _HEAVY.keys()):
        heaviest = max(sorted(heavy), key=lambda name: len(query[name]))
        del query[heaviest]
        left_out.append(_HEAVY[heaviest])
    return Link(query, tuple(left_out))


def _written(state: PageState) -> dict[str, str]:
    return {
        name: codec.write(getattr(state, name))
        for name, (default, codec) in _codecs(type(state)).items()
        if getattr(state, name) != default
    }


def decode(kind: type[State], query: Mapping[str, str]) -> tuple[State, tuple[ShareError, ...]]:
    """Read a state from the parameters of a URL.

    Parameters
    ----------
    kind : type
        The state that the page has.
    query : mapping of str to str
        The parameters.

    Returns
    -------
    (state, errors)
        Every field that could be read; for the others their defaults, and one `ShareError` each.

    Examples
    --------
    >>> state, errors = decode(ConvolutionState, {"kernel_size": "5", "strides": "0"})
    >>> state.kernel_size, state.strides
    ((5, 5), (1, 1))
    >>> print(errors[0])
    strides is '0' in this link, but must be a whole number from 1 to 8, or two such as 3x8. \
The page shows 1 instead.
    """
    codecs = _codecs(kind)
    state, errors = kind(), _unknown([name for name in query if name not in codecs], codecs)
    for name, (default, codec) in codecs.items():
        if name not in query:
            continue
        try:
            state = replace(state, **{name: codec.read(query[name])})
        except ValueError:
            errors.append(
                ShareError(
                    name,
                    f"{name} is {_shortened(query[name])} in this link, but must be {codec.rule}. "
                    f"The page {_instead(name, default, codec)}.",
                )
            )
    return state, tuple(errors)


def _instead(name: str, default: Any, codec: Codec) -> str:
    if default is None or default == ():
        return "goes on without it"
    if name in _HEAVY:  # its text says nothing to a reader
        return "shows what it opens with instead"
    return f"shows {codec.write(default)} instead"


def _unknown(names: list[str], known: Iterable[str]) -> list[ShareError]:
    errors = []
    for name in names[:MOST_UNKNOWN]:
        near = difflib.get_close_matches(name[:40], known, n=1)
        fix = f"Write {near[0]} instead." if near else "Leave it out."
        words = f"{_shortened(name)} is no setting of this page, so it changes nothing. {fix}"
        errors.append(ShareError(name, words))
    if more := names[MOST_UNKNOWN:]:
        words = f"The link has {len(more):,} more names that are no setting of this page."
        errors.append(ShareError(more[0], f"{words} Leave them out."))
    return errors


def to_file(state: PageState) -> bytes:
    """Write the whole state, whatever its size, as a file to save.

    Examples
    --------
    >>> to_file(ConvolutionState(filters=1))
    b'{"cnnviz": "ConvolutionState", "filters": "1"}'
    """
    return json.dumps({"cnnviz": type(state).__name__, **_written(state)}).encode()


def from_file(kind: type[State], content: bytes) -> tuple[State, tuple[ShareError, ...]]:
    """Read a saved state.

    Parameters
    ----------
    kind : type
        The state that the page has.
    content : bytes
        What `to_file` wrote, at most 4 MB.

    Returns
    -------
    (state, errors)
        As for `decode`.

    Raises
    ------
    ShareError
        When the file is not one that this page saved.

    Examples
    --------
    >>> state, errors = from_file(ConvolutionState, to_file(ConvolutionState(filters=1)))
    >>> state.filters, errors
    (1, ())
    """
    fix = "Choose a file that this page saved."
    if len(content) > LARGEST_FILE:
        raise ShareError(
            "file",
            f"file has {len(content):,} bytes, but at most {LARGEST_FILE:,} are read. {fix}",
        )
    try:
        is_dense = content.count(b"[") + content.count(b"{") > MOST_BRACKETS
        written = None if is_dense else json.loads(content)
    except (ValueError, RecursionError):
        written = None
    if not isinstance(written, dict) or written.pop("cnnviz", None) != kind.__name__:
        raise ShareError("file", f"file is not a saved state of this page. {fix}")
    for name, text in written.items():
        if not isinstance(text, str):
            raise ShareError(
                name,
                f"{_shortened(name)} is no text in this file, but this page saves only text. {fix}",
            )
    return decode(kind, written)


def _codecs(kind: type[PageState]) -> dict[str, tuple[Any, Codec]]:
    return {
        entry.name: (entry.default, cast(Codec, entry.metadata["codec"])) for entry in fields(kind)
    }


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
