"""The maps of the convolution page as another page's input."""

from dataclasses import replace

import streamlit as st

from cnnviz import compute, workshop
from cnnviz.filters import FilterError
from cnnviz.images import ImageError
from cnnviz.layers import LayerError
from cnnviz.share import ConvolutionState, PoolingState, encode
from cnnviz.ui import frame, session
from cnnviz.ui.blocks import map_names
from cnnviz.ui.picture import Chosen, kept_upload, picture_of
from cnnviz.ui.warmup import wait_for_tensorflow
from cnnviz.wording import layer_words

BEFORE = "convolution"


def choose_maps(page: str, state: PoolingState) -> tuple[PoolingState, Chosen]:
    """Take the convolution page's layer; say which it is, and where it is changed.

    A link or a file that brings its own layer is believed; afterwards the layer follows what the
    visitor does on the convolution page.
    """
    state = _followed(page, state)
    wait_for_tensorflow()
    try:
        words, chosen = _maps_of(state.convolution)
    except (LayerError, FilterError, ImageError) as error:
        words, chosen = "", Chosen(None, (f"The convolution page has no maps: {error}",))
    with st.container(gap="xsmall"):
        if words:
            st.caption(words)
        query = encode(state.convolution).query
        frame.link("pages/convolution.py", "Change the layer on its page", query)
    return state, chosen


def _maps_of(before: ConvolutionState) -> tuple[str, Chosen]:
    """Say which layer it is, and compute its maps."""
    picture = picture_of(before, _upload_of(before))
    if picture is None:
        return "", Chosen(None, ("The convolution page has no picture yet.",))
    layer = workshop.layer_of(before)
    kernel = workshop.kernel_of(before, layer, picture.shape[2])
    maps = compute.convolve(picture, kernel, workshop.bias_of(before), layer)
    words = f"The maps of the convolution page, each a channel. {layer_words(layer)}."
    return words, Chosen(maps, names=tuple(map_names(before, kernel.shape[2])))


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
