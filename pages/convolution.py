"""The convolution page: a picture, a layer, and every number of what comes out."""

from functools import partial

import streamlit as st

from cnnviz import compute, export, ui, wording, workshop
from cnnviz.filters import FilterError
from cnnviz.layers import LayerError
from cnnviz.share import ConvolutionState

PAGE = "convolution"

ui.start_page(
    "Convolution",
    "Point at any number to see where it comes from.",
    ("strides",),
    "Then move **strides** to 2 and watch which rows are read.",
)


@st.fragment
def draw_convolution() -> None:
    """Draw what an answer can change: it runs again by itself, and the frame stays."""
    state = foreseen = ui.foresee(PAGE, ui.arrive(PAGE, ConvolutionState))
    messages = st.container()

    # The stage comes before the controls: what a visitor waits for is sent first.
    image, arrays = ui.foreseen_picture(PAGE, state), None
    if image is not None:
        with messages:
            ui.wait_for_tensorflow()
        try:
            layer = workshop.layer_of(state)
            kernel = workshop.kernel_of(state, layer, image.shape[2])
            bias = workshop.bias_of(state)
            output = compute.convolve(image, kernel, bias, layer)
            arrays = {"image": image, "kernel": kernel, "bias": bias, "output": output}
            ui.show_convolution(PAGE, state, layer, **arrays)
            ui.let_it_be_painted()
        except (LayerError, FilterError) as error:
            ui.show_last_possible(PAGE, error)

    with st.sidebar:
        state, chosen = ui.choose_picture(PAGE, state)
        state = ui.choose_layer(PAGE, state)
    ui.settle(PAGE, foreseen, state)
    with messages:
        ui.show_problems(PAGE)
    if image is None:
        ui.show_nothing_chosen(PAGE, chosen)
    if arrays is None:
        ui.leave(PAGE, state)
        return
    ui.show_notes(chosen)

    shape, keras = ui.columns_for("shape", "code")
    with shape:
        lines = partial(wording.convolution_lines, layer, image.shape)
        state = ui.explain_shape(PAGE, state, lines)
    with keras:
        program = partial(export.convolution_code, layer, image, kernel, bias)
        code = export.layer_code(layer)
        ui.show_code(PAGE, code, program, image=image, output=output)
    ui.show_filters(PAGE, state, kernel)
    ui.show_values(PAGE, layer, **arrays)
    ui.show_link(PAGE, state, ui.leave(PAGE, state))


draw_convolution()
