"""The convolution page: a picture, a layer, and every number of what comes out."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import export, ui, wording, workshop
from cnnviz.filters import FilterError
from cnnviz.layers import LayerError
from cnnviz.share import ConvolutionState

PAGE = "convolution"

ui.start_page(
    PAGE,
    "Convolution",
    "Point at any number to see where it comes from.",
    ("strides",),
    "Then move **strides** to 2 and watch which rows are read.",
)


@st.fragment(key=ui.MAIN)
def draw_convolution() -> ConvolutionState:
    """Draw the stage and what belongs to it: most of what a visitor does changes only this."""
    messages = st.container()
    with messages:
        state = ui.with_copy(PAGE, ui.foresee(PAGE, ui.arrive(PAGE, ConvolutionState)))
    image = ui.foreseen_picture(PAGE, state)
    if image is None:
        ui.show_nothing_chosen(PAGE)
    else:
        with messages:
            ui.wait_for_tensorflow()
        state = _draw_layer(state, image)
    with messages:
        ui.show_problems(PAGE)
    ui.keep(PAGE, state)
    ui.show_link(PAGE)
    return state


def _draw_layer(state: ConvolutionState, image: NDArray[np.float32]) -> ConvolutionState:
    try:
        convolution = workshop.convolved(state, image)
    except (LayerError, FilterError) as error:
        ui.show_last_possible(PAGE, error, partial(ui.show_with_same, PAGE, state, image))
        return state
    ui.show_convolution(PAGE, state, convolution)
    ui.let_it_be_painted()

    layer, kernel = convolution.layer, convolution.kernel
    shape, keras = ui.columns_for("shape", "code")
    with shape:
        lines = partial(wording.convolution_lines, layer, image.shape)
        state = ui.explain_shape(PAGE, state, lines)
    with keras:
        program = partial(export.convolution_code, layer, image, kernel, convolution.bias)
        code = export.layer_code(layer)
        ui.show_code(PAGE, code, program, image=image, output=convolution.output)
    ui.show_filters(PAGE, state, kernel)
    ui.show_values(PAGE, convolution)
    return state


@st.fragment(key=ui.BODY)
def draw_convolution_page() -> None:
    """Draw what an answer can change; the frame stays. Streamlit knows it by its name."""
    # The stage comes before the controls: what a visitor waits for is sent first.
    state = shown = draw_convolution()
    with st.sidebar:
        state = ui.choose_picture(PAGE, state)
        state = ui.choose_layer(PAGE, state)
    ui.settle(PAGE, shown, state)


draw_convolution_page()
