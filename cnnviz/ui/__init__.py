"""The part of cnnviz that knows Streamlit: page frame, shared controls and the stage.

Layer: above the whole core. Pages import from here and lay out; they compute nothing.
"""

from cnnviz.ui.frame import start_page
from cnnviz.ui.home import home
from cnnviz.ui.layer import choose_layer
from cnnviz.ui.picture import choose_picture
from cnnviz.ui.session import arrive, leave
from cnnviz.ui.show import (
    explain_shape,
    show_convolution,
    show_last_possible,
    show_notes,
    show_nothing_chosen,
    show_problems,
    show_values,
)
from cnnviz.ui.take_away import show_code, show_link
from cnnviz.ui.warmup import lifespan, wait_for_tensorflow

__all__ = [
    "arrive",
    "choose_layer",
    "choose_picture",
    "explain_shape",
    "home",
    "leave",
    "lifespan",
    "show_code",
    "show_convolution",
    "show_last_possible",
    "show_link",
    "show_notes",
    "show_nothing_chosen",
    "show_problems",
    "show_values",
    "start_page",
    "wait_for_tensorflow",
]
