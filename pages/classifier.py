"""The classifier page: a drawn digit, the network's answer, and every layer that led to it."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import ui
from cnnviz.share import ClassifierState

PAGE = "classifier"

ui.start_page(
    PAGE,
    "Classifier",
    "Draw a digit. Then choose any small picture below to see which filter made it.",
)


@st.fragment(key=ui.MAIN)
def draw_answer() -> ClassifierState:
    """Draw the answer and how it came about: a stroke runs this alone."""
    messages = st.container()
    with messages:
        state = ui.foresee(PAGE, ui.arrive(PAGE, ClassifierState))
    reading = ui.read_digit(PAGE, state)
    ui.show_change(PAGE, state)
    if reading.image is None:
        ui.show_nothing(PAGE, reading.preparation, state)
    else:
        with messages:
            ui.wait_for_tensorflow()
        state = _draw_network(state, reading, reading.image)
    with messages:
        ui.show_problems(PAGE)
    ui.keep(PAGE, state)
    ui.show_link(PAGE)
    return state


def _draw_network(
    state: ClassifierState, reading: ui.Reading, image: NDArray[np.float32]
) -> ClassifierState:
    network = ui.load_network()
    prediction, is_new = ui.predicted(PAGE, network, image)
    bars = ui.show_answer(prediction, reading.preparation, reading.given)
    ui.show_copy(state, network, prediction, reading.given)
    state = ui.show_network(PAGE, state, network, prediction, reading.preparation)
    ui.keep(PAGE, state)
    if is_new:
        ui.let_it_be_painted()
    ui.show_map(PAGE)
    if not is_new:
        ui.let_it_be_painted()
    ui.show_probabilities(bars, prediction)
    state = ui.show_why(PAGE, state, network, prediction, image)
    return ui.show_sweep(PAGE, state, network, reading.given)


@st.fragment(key=ui.BODY)
def draw_classifier_page() -> None:
    """Draw what an answer can change; the frame stays. Streamlit knows it by its name."""
    # The answer comes before the controls: what a visitor waits for is sent first.
    state = draw_answer()
    shown = state
    with st.sidebar:
        state = ui.choose_digit(PAGE, state)
        state = ui.choose_steps(PAGE, state)
        state = ui.choose_change(PAGE, state)
    ui.settle(PAGE, shown, state)


draw_classifier_page()
