"""Home: what cnnviz is, and a stage to touch at once."""

import streamlit as st

from cnnviz.ui.frame import start_page


def home() -> None:
    """Draw the home page."""
    start_page(
        "See a convolution happen",
        "A filter slides over a picture; at every place it multiplies, adds and writes one number.",
    )
    st.page_link("pages/convolution.py", label="Open the convolution page")
