"""The part of cnnviz that knows Streamlit: page frame, shared controls and the stage.

Layer: above the whole core. Pages import from here and lay out; they compute nothing.
"""

from cnnviz.ui.answer import (
    predicted,
    show_answer,
    show_copy,
    show_map,
    show_network,
    show_nothing,
    show_probabilities,
)
from cnnviz.ui.below import NothingBelow
from cnnviz.ui.digit import Reading, choose_digit, choose_steps, read_digit
from cnnviz.ui.errors import explain_error
from cnnviz.ui.files import routes
from cnnviz.ui.frame import start_page
from cnnviz.ui.home import home
from cnnviz.ui.layer import choose_layer
from cnnviz.ui.maps import choose_maps, input_of
from cnnviz.ui.origins import OwnPagesOnly
from cnnviz.ui.picture import choose_picture, foreseen_picture, with_copy
from cnnviz.ui.pooling import choose_example, choose_pooling
from cnnviz.ui.questions import choose_change, show_change, show_sweep, show_why
from cnnviz.ui.server import BODY, MAIN
from cnnviz.ui.session import arrive, foresee, keep, leave, settle
from cnnviz.ui.show import (
    explain_shape,
    let_it_be_painted,
    show_convolution,
    show_filters,
    show_last_possible,
    show_nothing_chosen,
    show_pooling,
    show_problems,
    show_refusal,
    show_values,
    show_with_same,
)
from cnnviz.ui.take_away import show_code, show_link
from cnnviz.ui.uploads import FewFiles
from cnnviz.ui.visibility import columns_for, shows
from cnnviz.ui.warmup import lifespan, load_network, wait_for_tensorflow

__all__ = [
    "BODY",
    "MAIN",
    "FewFiles",
    "NothingBelow",
    "OwnPagesOnly",
    "Reading",
    "arrive",
    "choose_change",
    "choose_digit",
    "choose_example",
    "choose_layer",
    "choose_maps",
    "choose_picture",
    "choose_pooling",
    "choose_steps",
    "columns_for",
    "explain_error",
    "explain_shape",
    "foresee",
    "foreseen_picture",
    "home",
    "input_of",
    "keep",
    "leave",
    "let_it_be_painted",
    "lifespan",
    "load_network",
    "predicted",
    "read_digit",
    "routes",
    "settle",
    "show_answer",
    "show_change",
    "show_code",
    "show_convolution",
    "show_copy",
    "show_filters",
    "show_last_possible",
    "show_link",
    "show_map",
    "show_network",
    "show_nothing",
    "show_nothing_chosen",
    "show_pooling",
    "show_probabilities",
    "show_problems",
    "show_refusal",
    "show_sweep",
    "show_values",
    "show_why",
    "show_with_same",
    "shows",
    "start_page",
    "wait_for_tensorflow",
    "with_copy",
]
