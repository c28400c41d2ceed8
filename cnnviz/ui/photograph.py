"""A digit from a file or the camera: shown, kept through the visit, removed, and put into the link.

A link has room for a smaller copy only. The picture itself stays in the session, under its copy,
so that it is read again whenever the state comes back to that copy.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import DeletedFile

from cnnviz.digits import WORKING_SIDE
from cnnviz.encoding import encode_webp, png
from cnnviz.images import ImageError, to_grey
from cnnviz.share import ClassifierState
from cnnviz.ui import session
from cnnviz.ui.picture import FILE_TYPES, MOST_PICTURE_BYTES, is_lossy, read
from cnnviz.whatif import Given

Floats = NDArray[np.float32]
SOURCES = ("upload", "camera")
LINK_SIDE = 96  # pixels of the copy of a photograph that a link carries
MOST_KEPT = 8  # pictures of one visit
SHOWN_WIDTH = 110


def photograph(page: str, state: ClassifierState) -> Given:
    """Return the picture of a state, or nothing where there is none that can be read."""
    try:
        return Given() if state.picture is None else _given(page, state.picture)
    except ImageError:
        return Given()  # the controls say what is wrong with it


def choose_photograph(page: str, state: ClassifierState) -> ClassifierState:
    """Draw the uploader or the camera, and what it holds; return the state with the picture."""
    key = session.own_key(page, state.input, st.session_state.get(_version(page), 0))
    take = partial(_take, page, state.input, key)
    if state.input == "camera":
        # Without a resolution Streamlit asks for one of the widget's width, whenever that changes:
        # the camera starts anew a second after it came, and a press on its button is lost.
        held = st.camera_input("A digit on paper", resolution="480p", key=key, on_change=take)
    else:
        held = st.file_uploader(
            "A picture of a digit, at most 10 MB", type=FILE_TYPES, key=key, on_change=take
        )
    if state.picture is None:
        return state
    try:
        given = _given(page, state.picture)
    except ImageError as error:
        session.complain(page, error)
        return replace(state, picture=None)
    # The camera shows what it took, and has a button of its own to take it back.
    if given.ink is not None and not (held and state.input == "camera"):
        _show(page, given.ink)
    if state.picture not in _kept(page) and _is_copy(state.picture):
        st.caption(
            "This is the small copy that a link carries. The picture itself may have been read "
            "differently."
        )
    return state


def _show(page: str, ink: Floats) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # Streamlit shrinks it to this width, and a picture of a row or two must not vanish.
        rows = -(-ink.shape[1] // (SHOWN_WIDTH * ink.shape[0]))
        paper = np.repeat(1 - ink, rows, axis=0)
        st.image(paper, alt="The picture that is read", width=SHOWN_WIDTH)
        st.button("Remove the picture", key=f"{page}:remove", on_click=partial(_remove, page))


def change_source(page: str, before: str, state: ClassifierState) -> ClassifierState:
    """Lay aside the picture of the source before, and take up what was given to the new one."""
    if before in SOURCES:
        st.session_state[_aside(page, before)] = state.picture
    picture = st.session_state.get(_aside(page, state.input)) if state.input in SOURCES else None
    return replace(state, picture=picture)


def _take(page: str, source: str, key: str) -> None:
    """Take what the uploader or the camera holds now: a picture, or none any more."""
    if key not in st.session_state:
        return  # it belongs to a state before; see `session.reported`
    file = st.session_state[key]
    if isinstance(file, DeletedFile):
        return  # another is on its way in its place
    if file is None:
        session.put_off(page, source, None)
        _put(page, source, None)
    else:
        session.put_off(page, source, partial(_read, page, source, file.getvalue()))


def _read(page: str, source: str, content: bytes) -> None:
    link = None
    try:
        picture = _grey(content, WORKING_SIDE)
        link, _ = encode_webp(_grey(content, LINK_SIDE), max_bytes=MOST_PICTURE_BYTES)
        _keep(page, link, png(picture))
    except ImageError as error:
        session.complain(page, error)
    _put(page, source, link)


def _put(page: str, source: str, picture: bytes | None) -> None:
    """Put a picture where it belongs: another source may be in use by now."""
    if session.current(page).input == source:
        session.change(page, picture=picture)
    else:
        st.session_state[_aside(page, source)] = picture


def _remove(page: str) -> None:
    session.put_off(page, session.current(page).input, None)
    session.change(page, picture=None)
    # What an uploader holds cannot be taken from it; under another key it begins empty.
    st.session_state[_version(page)] = st.session_state.get(_version(page), 0) + 1


def _keep(page: str, link: bytes, picture: bytes) -> None:
    kept = _kept(page)
    kept.pop(link, None)
    kept[link] = picture
    while len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]


def _given(page: str, link: bytes) -> Given:
    copy = 1 - _grey(link, WORKING_SIDE)[:, :, 0]
    picture = _kept(page).get(link)
    if picture is None:
        return Given(copy, is_photograph=True)
    ink = 1 - _grey(picture, WORKING_SIDE)[:, :, 0]
    return Given(ink, is_photograph=True, in_link=None if np.array_equal(ink, copy) else copy)


def _is_copy(link: bytes) -> bool:
    """Whether a link's picture may be less than what was given: it is full-size, or compressed."""
    return is_lossy(link) or max(_grey(link, WORKING_SIDE).shape) >= LINK_SIDE


def _grey(content: bytes, side: int) -> Floats:
    return to_grey(read(content, side).pixels)


def _version(page: str) -> str:
    return f"{page}.photograph"


def _kept(page: str) -> dict[bytes, bytes]:
    """Return the pictures of this visit by their copies, the oldest first."""
    kept: dict[bytes, bytes] = st.session_state.setdefault(f"{page}.photographs", {})
    return kept


def _aside(page: str, source: str) -> str:
    return f"{page}.{source}_aside"
