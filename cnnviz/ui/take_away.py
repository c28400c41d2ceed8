"""What a visitor carries home: code, arrays, pictures, the link and a file of the whole state."""

import html
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import export
from cnnviz.share import PageState, ShareError, from_file, to_file
from cnnviz.ui import session
from cnnviz.ui.server import LINK
from cnnviz.ui.visibility import shows

Floats = NDArray[np.float32]


def show_code(
    page: str,
    code: str,
    program: Callable[[], str],
    *,
    image: Floats,
    output: Floats,
    pixels: bool = False,
) -> None:
    """Show the layer in Keras' words, and offer the whole program and files to take home.

    Parameters
    ----------
    page : str
        Also the name of the archive.
    code : str
        The lines that are the layer.
    program : callable
        Writes the whole program; called when its panel is opened. The files are made when somebody
        asks for them.
    image, output : ndarray
        What the program reads, and the maps on the stage.
    pixels : bool
        Whether the maps are shown as pixels.
    """
    if not shows("code"):
        return
    st.subheader("Keras", anchor=False)
    st.html(f'<pre class="program">{html.escape(code)}</pre>')
    panel = st.expander(
        "The program, its input and the maps", key=f"{page}:program", on_change="rerun"
    )
    if not panel.open:
        return
    whole = program()
    with panel:
        # A box that scrolls cannot be reached by keyboard, so the lines are wrapped instead.
        st.code(whole, language="python", wrap_lines=True)
        with st.container(horizontal=True):
            st.download_button(
                "Code and input",
                partial(export.code_archive, whole, image),
                f"{page}.zip",
                "application/zip",
                key=f"{page}:code_file",
                on_click="ignore",
            )
            st.download_button(
                "Maps as PNG",
                partial(export.maps_png, output, pixels=pixels),
                "maps.png",
                "image/png",
                key=f"{page}:png_file",
                on_click="ignore",
            )
            st.download_button(
                "Maps as NPY",
                partial(export.npy, output),
                "maps.npy",
                key=f"{page}:npy_file",
                on_click="ignore",
            )


@st.fragment(key=LINK)
def show_link(page: str) -> None:
    """Write the URL, say what it holds, and offer the whole state as a file to save and to open.

    Where a stage shows another part of itself, this is all that changes.
    """
    state: PageState = session.standing(page)
    link = session.leave(page, state)
    if link.left_out:
        st.warning(
            "This state is too long for a link, so the link leaves out "
            f"{' and '.join(link.left_out)}. Save it as a file instead and open that file here."
        )
    if not shows("file"):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "Save everything as a file",
            partial(to_file, state),
            "cnnviz.json",
            "application/json",
            key=f"{page}:state_file",
            on_click="ignore",
        )
        popover = st.popover("Open a saved file", key=f"{page}:open_file", on_change="rerun")
        if not popover.open:
            return
        with popover:
            file_key = session.own_key(page, "open")
            st.file_uploader(
                "A file that this page saved",
                type=["json"],
                key=file_key,
                on_change=partial(_open, page, type(state), file_key),
            )


def _open(page: str, kind: type[PageState], file_key: str) -> None:
    file = st.session_state.get(file_key)
    if file is None:
        return
    try:
        state, errors = from_file(kind, file.getvalue())
    except ShareError as error:
        session.complain(page, error)
    else:
        session.put(page, state, errors)
    session.redraw_body()
