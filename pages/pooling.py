"""The pooling page: a picture, a window that slides over it, and every number of what comes out."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import compute, export, pooling, ui, wording
from cnnviz.filters import FilterError
from cnnviz.layers import LayerError
from cnnviz.share import PoolingState

PAGE = "pooling"

ui.start_page(
    PAGE,
    "Pooling",
    "Point at an output cell to see which cells it was made of.",
    ("kind", "padding"),
    "Then choose **Average**, and padding **same**.",
)


@st.fragment(key=ui.BODY)
def draw_pooling() -> None:
    """Draw what an answer can change: it runs again by itself, and the frame stays."""
    with st.container():  # a picture that waits to be read says so here, and moves nothing else
        state = ui.arrive(PAGE, PoolingState)
    with st.sidebar:
        inputs = {"convolution": ("Maps", ui.choose_maps)}
        state = ui.choose_picture(PAGE, state, inputs)
        state = ui.choose_pooling(PAGE, state)
    ui.choose_example(PAGE, state)
    ui.show_problems(PAGE)
    given = ui.input_of(PAGE, state)
    if given.pixels is None:
        ui.show_nothing_chosen(PAGE, given.missing)
    else:
        ui.wait_for_tensorflow()
        state = _draw_layer(state, given.pixels, given.names)
    ui.keep(PAGE, state)
    ui.show_link(PAGE)


def _draw_layer(
    state: PoolingState, image: NDArray[np.float32], names: Sequence[str]
) -> PoolingState:
    try:
        layer = pooling.layer_of(state, image.shape)
        output = compute.pool(image, layer)
    except LayerError as error:
        ui.show_last_possible(PAGE, error, partial(ui.show_with_same, PAGE, state, image))
        return state

    beside = None
    try:
        beside = pooling.beside_of(state, layer, image)
    except FilterError as error:
        ui.show_refusal(error)
    ui.show_pooling(PAGE, state, layer, image=image, output=output, names=names, beside=beside)
    ui.let_it_be_painted()

    shape, keras = ui.columns_for("shape", "code")
    with shape:
        lines = partial(
            wording.pooling_lines,
            layer,
            image.shape,
            is_global=state.is_global,
            zeros_would_win=pooling.zeros_would_win(layer, image.shape, output),
        )
        state = ui.explain_shape(PAGE, state, lines)
    with keras:
        code = export.pooling_layer_code(layer, is_global=state.is_global)
        program = partial(export.pooling_code, layer, image, is_global=state.is_global)
        pixels = pooling.is_picture(state, image)
        ui.show_code(PAGE, code, program, image=image, output=output, pixels=pixels)
    return state


draw_pooling()
