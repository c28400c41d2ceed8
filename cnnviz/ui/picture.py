"""The input control: a matrix, a drawing, a file or a sample becomes the picture of a page."""

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import TypeVar, cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import DeletedFile

from cnnviz import mnist, typed
from cnnviz.codec import Typed
from cnnviz.drawing import SAMPLES, TOYS, draw, sample
from cnnviz.encoding import encode_webp, png
from cnnviz.images import ImageError, Picture, is_large, read_picture, to_grey, to_rgb
from cnnviz.share import PictureState, ShareError
from cnnviz.ui import session
from cnnviz.ui.pad import draw_on_pad, fold_pad
from cnnviz.ui.queue import in_turn
from cnnviz.ui.visibility import shows
from cnnviz.workshop import matrix_of

Floats = NDArray[np.float32]
State = TypeVar("State", bound=PictureState)
SOURCES = {
    "matrix": "Matrix",
    "draw": "Draw",
    "upload": "Upload",
    "sample": "Sample",
    "mnist": "MNIST",
}
# An uploaded picture shares the URL with everything else.
MOST_PICTURE_BYTES = 2_400
NO_PICTURE = "Choose a picture from this device."
LARGEST_SIDE = 128
FILE_TYPES = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"]

Choose = Callable[[str, State], State]


def choose_picture(
    page: str, state: State, also: Mapping[str, tuple[str, Choose[State]]] | None = None
) -> State:
    """Draw the input's controls, say what was done to the picture, and return what was chosen.

    Parameters
    ----------
    page : str
    state : PictureState
        Where the controls start.
    also : mapping of str to (str, callable), optional
        Inputs that only this page has, with their labels and what draws their controls.
    """
    own = also or {}
    labels = {**SOURCES, **{name: label for name, (label, _) in own.items()}}
    if shows("input"):
        source = st.segmented_control(
            "Input",
            list(labels),
            format_func=labels.__getitem__,
            key=session.key(page, "input", state.input),
            required=True,
            width="stretch",
        )
        state = replace(state, input=source or state.input)
    if state.input != "draw":
        fold_pad(page)
    choose: dict[str, Choose[State]] = {
        "matrix": _matrix,
        "draw": _drawing,
        "upload": _upload,
        "sample": _sample,
        "mnist": _mnist,
        **{name: draw_controls for name, (_, draw_controls) in own.items()},
    }
    return choose[state.input](page, state)


def picture_of(state: PictureState, upload: bytes | None = None) -> Floats | None:
    """Return the picture of a state without drawing its controls; None until there is one.

    Parameters
    ----------
    state : PictureState
    upload : bytes, optional
        The file itself, where the state holds a smaller copy of it.

    Raises
    ------
    ImageError
        When a file or a copy cannot be read.
    """
    if state.input == "matrix":
        return matrix_of(state)
    if state.input == "draw":
        return draw(state.strokes, side=state.side)
    if state.input == "mnist":
        return mnist.load().test_image(state.index)[:, :, None]
    if state.input == "sample":
        return _coloured(_read_sample(state.sample, state.side), state.colour)
    content = upload or state.picture
    return None if content is None else _levels(read(content, state.side), state.colour)


def foreseen_picture(page: str, state: PictureState) -> Floats | None:
    """Return the picture that a state's controls choose, None where there is none."""
    try:
        return picture_of(state, kept_upload(page))
    except ImageError:
        return None  # the controls say what is wrong with it


# ---- a matrix ------------------------------------------------------------------------------------


def _matrix(page: str, state: State) -> State:
    if shows("preset"):
        preset = st.selectbox(
            "Preset",
            list(TOYS),
            format_func=lambda name: TOYS[name].label,
            key=session.key(page, "preset", state.preset),
            on_change=partial(_take_preset, page),
        )
        st.caption(TOYS[preset].sentence)
        state = replace(state, preset=preset)
    if shows("size"):
        rows, columns, channels = (
            place.number_input(
                name,
                1,
                most,
                key=session.key(page, name, getattr(state, name)),
                on_change=session.redraw_main,
            )
            for place, name, most in zip(
                st.columns(3), ("rows", "columns", "channels"), (12, 12, 3), strict=True
            )
        )
        state = replace(state, rows=rows, columns=columns, channels=channels)
    if shows("values"):
        _type_numbers(page)
    return state


def _take_preset(page: str) -> None:
    if session.reported(page, "preset") is not None:
        session.change(page, values=None)


def _type_numbers(page: str) -> None:
    popover = st.popover(
        "Type the numbers", key=f"{page}:type_matrix", on_change="rerun", width="stretch"
    )
    if not popover.open:
        return
    with popover:
        st.text_area(
            "Rows of numbers",
            placeholder="1 2 3\n4 5 6\n7 8 9",
            key=f"{page}:typed_matrix",
            persist_state="page",
            help="A row a line, or nested brackets as NumPy prints them.",
        )
        st.button("Use these", key=f"{page}:use_matrix", on_click=partial(_use_typed, page))


def _use_typed(page: str) -> None:
    try:
        matrix = typed.read_matrix(session.reported(page, "typed_matrix") or "")
    except ShareError as error:
        session.complain(page, error)
        return
    shape = dict(zip(("rows", "columns", "channels"), matrix.shape, strict=True))
    session.change(page, values=Typed(matrix.shape, tuple(map(float, matrix.ravel()))))
    session.reset(page, **shape)


# ---- a drawing -----------------------------------------------------------------------------------


def _drawing(page: str, state: State) -> State:
    drawn = draw_on_pad(page, state.strokes, brush=22)
    if not drawn:
        st.caption("Draw on the black pad: the stage follows after each stroke.")
    return _side(page, replace(state, strokes=drawn))


# ---- a digit of MNIST ----------------------------------------------------------------------------


def _mnist(page: str, state: State) -> State:
    state = replace(state, index=choose_mnist(page, state.index))
    st.caption(f"MNIST says it is a {mnist.load().y_test[state.index]}.")
    return state


def choose_mnist(page: str, start: int) -> int:
    """Draw the controls for a test digit and return its index."""
    if not shows("index"):
        return start
    index = st.number_input(
        "Test digit", 0, 9_999, key=session.key(page, "index", start), help="0 to 9999"
    )
    digit, another = st.columns([2, 3], vertical_alignment="bottom")
    wanted = digit.selectbox("digit", range(10), key=f"{page}:wanted")
    another.button(
        f"Another {wanted}",
        key=f"{page}:another",
        on_click=partial(_another, page, wanted),
        width="stretch",
    )
    return int(index)


def _another(page: str, digit: int) -> None:
    after = session.current(page).index
    session.reset(page, index=mnist.load().next_test_index(digit, after=after))


# ---- a file or a sample --------------------------------------------------------------------------


def _upload(page: str, state: State) -> State:
    key = session.own_key(page, "file")
    file = st.file_uploader(
        "A picture, at most 10 MB", type=FILE_TYPES, key=key, on_change=partial(_take, page, key)
    )
    state = _colour(page, _side(page, state))
    kept = kept_upload(page)
    content = kept or state.picture
    if content is None:
        return state
    try:
        picture = _as_given(file, state.side) or read(content, state.side)
    except ImageError as error:
        session.complain(page, error)
        return replace(state, picture=None)
    state = with_copy(page, state)
    notes = list(picture.notes)
    if is_lossy(state.picture):
        notes.append(
            "This link carries a compressed copy of the picture that was uploaded."
            if kept is None
            else "The link carries a compressed copy; this page shows the picture itself."
        )
    for note in notes:
        st.caption(note)
    return state


def with_copy(page: str, state: State) -> State:
    """Return the state with the copy of what was uploaded that its link carries."""
    kept = kept_upload(page)
    if state.input != "upload" or kept is None:
        return state
    return replace(state, picture=_webp(_levels(read(kept, state.side), state.colour)))


def _take(page: str, key: str) -> None:
    """Read the file that was just chosen, or drop its picture with the file that was removed.

    Another input takes the file away, too, but that calls nobody.
    """
    if key not in st.session_state:
        return  # it belongs to a state before; see `session.reported`
    file, origin = st.session_state[key], f"{page}.upload_of"
    if isinstance(file, DeletedFile):
        return  # another is on its way in its place
    if file is None:
        was_to_be_read = session.put_off(page, "upload", None)
        if st.session_state.pop(origin, None) == key or was_to_be_read:
            st.session_state.pop(_upload_key(page), None)
            session.change(page, picture=None)
        return
    st.session_state.pop(origin, None)
    session.put_off(page, "upload", partial(_keep, page, key, file.getvalue()))


def _keep(page: str, key: str, content: bytes) -> None:
    try:
        st.session_state[_upload_key(page)] = png(read(content, LARGEST_SIDE).pixels)
        st.session_state[f"{page}.upload_of"] = key
    except ImageError as error:
        session.complain(page, error)


def _as_given(file: BytesIO | None, side: int) -> Picture | None:
    """Read the file while it is there; None where it is gone, or no picture."""
    if file is not None:
        with contextlib.suppress(ImageError):
            return read(file.getvalue(), side)
    return None


def kept_upload(page: str) -> bytes | None:
    """Return the picture that was uploaded to a page in this visit."""
    return cast(bytes | None, st.session_state.get(_upload_key(page)))


def _upload_key(page: str) -> str:
    return f"{page}.upload"


def _levels(picture: Picture, colour: str) -> Floats:
    # What a link can hold is what the page shows: 256 levels.
    levels = np.round(_coloured(picture.pixels, colour) * 255)
    return (levels / 255).astype(np.float32)


def is_lossy(webp: bytes | None) -> bool:
    """Whether a WebP file was compressed with losses."""
    return webp is not None and webp[12:16] == b"VP8 "  # the first chunk of a RIFF file tells


def _sample(page: str, state: State) -> State:
    if shows("sample"):
        name = st.selectbox(
            "Sample",
            list(SAMPLES),
            format_func=lambda name: SAMPLES[name].label,
            key=session.key(page, "sample", state.sample),
        )
        st.caption(SAMPLES[name].sentence)
        state = replace(state, sample=name)
    return _colour(page, _side(page, state))


def _side(page: str, state: State) -> State:
    if not shows("side"):
        return state
    side = st.slider(
        "side",
        8,
        LARGEST_SIDE,
        8,
        key=session.key(page, "side", state.side),
        help="The longest side in pixels. Below about 14 the stage prints every number.",
    )
    return replace(state, side=side)


def _colour(page: str, state: State) -> State:
    if not shows("colour"):
        return state
    colour = st.segmented_control(
        "colour",
        ["grey", "rgb"],
        format_func={"grey": "Grey", "rgb": "RGB"}.__getitem__,
        key=session.key(page, "colour", state.colour),
        required=True,
        width="stretch",
    )
    return replace(state, colour=colour or state.colour)


def _coloured(pixels: Floats, colour: str) -> Floats:
    return to_grey(pixels) if colour == "grey" else to_rgb(pixels)


def read(content: bytes, side: int) -> Picture:
    """Read a picture file: at once, or when it is this visitor's turn if it is large.

    It may draw, and so is not for callbacks.

    Raises
    ------
    ImageError
        If it cannot be read.
    """
    if not is_large(content):
        return _read(content, side)
    digest = hashlib.sha256(content).digest()
    result = in_turn(partial(_read_or_error, content, side), key=("picture", digest, side))
    if isinstance(result, ImageError):
        raise ImageError(result.field, str(result))
    return result


@st.cache_data(max_entries=32, show_spinner=False)
def _read(content: bytes, side: int) -> Picture:
    return read_picture(content, max_side=side)


def _read_or_error(content: bytes, side: int) -> Picture | ImageError:
    # What cannot be read took its time to say so, and is remembered like any other result.
    try:
        return read_picture(content, max_side=side)
    except ImageError as error:
        return ImageError(error.field, str(error))  # without the file in its traceback


@st.cache_data(max_entries=64, show_spinner=False)
def _read_sample(name: str, side: int) -> Floats:
    return sample(name, max_side=side)


@st.cache_data(max_entries=32, show_spinner=False)
def _webp(pixels: Floats) -> bytes:
    return encode_webp(pixels, max_bytes=MOST_PICTURE_BYTES)[0]
