"""The maps of the convolution page as another page's input."""

import contextlib
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import workshop
from cnnviz.filters import FilterError
from cnnviz.images import ImageError
from cnnviz.layers import LayerError
from cnnviz.share import ConvolutionState, PoolingState, encode
from cnnviz.ui import frame, session
from cnnviz.ui.blocks import map_names
from cnnviz.ui.picture import NO_PICTURE, foreseen_picture, kept_upload, picture_of
from cnnviz.ui.warmup import wait_for_tensorflow
from cnnviz.wording import layer_words

BEFORE = "convolution"


@dataclass(frozen=True)
class Input:
    """What goes into a pooling layer.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, C), float32, or None
        None until there is one.
    names : tuple of str
        What its channels are called, where they are no colours.
    missing : str
        What the visitor can do, or why there is no picture.
    """

    pixels: NDArray[np.float32] | None
    names: tuple[str, ...] = ()
    missing: str = NO_PICTURE


def choose_maps(page: str, state: PoolingState) -> PoolingState:
    """Take the convolution page's layer; say which it is, and where it is changed.

    A link or a file that brings its own layer is believed; afterwards the layer follows what the
    visitor does on the convolution page.
    """
    state = _followed(page, state)
    with st.container(gap="xsmall"):
        with contextlib.suppress(LayerError, FilterError):
            words = layer_words(workshop.layer_of(state.convolution))
            st.caption(f"The maps of the convolution page, each a channel. {words}.")
        query = encode(state.convolution).query
        frame.link("pages/convolution.py", "Change the layer on its page", query)
    return state


def input_of(page: str, state: PoolingState) -> Input:
    """Return the picture of a state, or the maps of the convolution page."""
    if state.input != BEFORE:
        return Input(foreseen_picture(page, state))
    wait_for_tensorflow()
    try:
        return _maps_of(state.convolution)
    except (LayerError, FilterError, ImageError) as error:
        return Input(None, missing=f"The convolution page has no maps: {error}")


def _maps_of(before: ConvolutionState) -> Input:
    picture = picture_of(before, _upload_of(before))
    if picture is None:
        return Input(None, missing="The convolution page has no picture yet.")
    convolution = workshop.convolved(before, picture)
    names = map_names(before, convolution.kernel.shape[2])
    return Input(convolution.output, names=tuple(names))


def _followed(page: str, state: PoolingState) -> PoolingState:
    there = session.visited(BEFORE)
    put = session.taken(page)
    if not isinstance(there, ConvolutionState):
        # So that the menu leads to the layer whose maps are shown here.
        session.keep(BEFORE, state.convolution)
        there = state.convolution
    layer = _without_view(there)
    seen, st.session_state[f"{page}.followed"] = st.session_state.get(f"{page}.followed"), layer
    if layer == seen or (isinstance(put, PoolingState) and put.input == BEFORE):
        return replace(state, convolution=_without_view(state.convolution))
    return replace(state, convolution=layer)


def _without_view(state: ConvolutionState) -> ConvolutionState:
    return replace(state, pin=None, scope="layer", data_format="channels_last")


def _upload_of(state: ConvolutionState) -> bytes | None:
    """Return the uploaded picture that the visit has, where it is this state's."""
    there = session.visited(BEFORE)
    if not isinstance(there, ConvolutionState) or there.picture != state.picture:
        return None
    return kept_upload(BEFORE)
