"""The learner's own picture, from the convolution page of this visit."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import lessons
from cnnviz.images import ImageError, read_image
from cnnviz.lessons import LessonsState
from cnnviz.share import ConvolutionState
from cnnviz.ui import frame, session
from cnnviz.ui.picture import picture_of
from cnnviz.ui.show import as_text

CONVOLUTION = "convolution"


def take_picture(state: LessonsState) -> LessonsState:
    """Return the state with the learner's picture, unless a link has brought one."""
    if state.picture is not None:
        try:
            read_image(state.picture, max_side=lessons.LARGEST_PICTURE)
        except ImageError as error:
            st.warning(as_text(str(error)))
        else:
            return state
    return replace(state, picture=_of_visit())


def tell_picture(page: str, state: LessonsState) -> None:
    """Say whose picture this is, and how to have one's own here."""
    mine = _of_visit()
    if state.picture is None:
        st.caption("The sample House. Draw or upload a picture of your own:", width="content")
        frame.link("pages/convolution.py", "to the convolution page")
    elif state.picture == mine:
        st.caption("Your picture, from the convolution page.", width="content")
    else:
        st.caption("The picture that came with the link.", width="content")
    if mine is not None and state.picture != mine:
        st.button(
            "Show mine from the convolution page",
            key=f"{page}:own",
            on_click=partial(session.change, page, picture=mine),
        )


def _of_visit() -> bytes | None:
    there = session.visited(CONVOLUTION)
    if not isinstance(there, ConvolutionState):
        return None
    try:
        pixels = picture_of(there)
    except ImageError:
        return None
    return None if pixels is None else _small(pixels)


@st.cache_data(max_entries=32, show_spinner=False)
def _small(pixels: NDArray[np.float32]) -> bytes | None:
    return lessons.own_picture(pixels)
