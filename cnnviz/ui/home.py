"""Home: what cnnviz is, and a stage to touch at once."""

import streamlit as st

from cnnviz import compute, workshop
from cnnviz.share import ConvolutionState
from cnnviz.ui import blocks, session, stage
from cnnviz.ui.frame import start_page
from cnnviz.ui.warmup import wait_for_tensorflow

# The smallest convolution that has something to say: 1..9 and a filter that adds four neighbours.
FIRST = ConvolutionState(
    preset="counting",
    rows=3,
    columns=3,
    filters=1,
    kernel_size=(2, 2),
    padding="valid",
    activation="linear",
    use_bias=False,
    kernels=(("ones",),),
)
LINKS = (
    (
        "Start with a small matrix",
        "Nine numbers, one filter. Change any of them and follow the sum.",
        {"preset": "counting", "rows": "3", "columns": "3", "kernel_size": "2", "filters": "1"},
    ),
    (
        "Draw a picture",
        "Sketch something and see which edges each filter finds.",
        {"input": "draw", "filters": "4"},
    ),
    (
        "See colour channels",
        "One filter is a kernel for each channel; their results are summed.",
        {"input": "sample", "sample": "balloons", "side": "32", "colour": "rgb"},
    ),
)


def home() -> None:
    """Draw the home page."""
    session.enter("home")
    start_page(
        "See a convolution happen",
        "A filter slides over a picture. At every place it multiplies, adds, and writes one "
        "number. **Point at a number below.**",
    )
    wait_for_tensorflow()
    layer = workshop.layer_of(FIRST)
    image = workshop.matrix_of(FIRST)
    kernel = workshop.kernel_of(FIRST, layer, channels=1)
    output = compute.convolve(image, kernel, None, layer)
    block = blocks.convolution_block(
        FIRST,
        layer,
        image=image,
        kernel=kernel,
        bias=None,
        output=output,
        confirmed=0,
        editable=False,
    )
    stage.mount(block, key="home.stage")
    for column, (title, sentence, query) in zip(st.columns(3), LINKS, strict=True):
        with column.container(border=True):
            st.page_link("pages/convolution.py", label=f"**{title}**", query_params=query)
            st.markdown(sentence)
