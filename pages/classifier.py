"""The classifier page: a drawn digit, the network's answer, and every layer that led to it."""

import streamlit as st

from cnnviz import ui
from cnnviz.share import ClassifierState

PAGE = "classifier"

ui.start_page(
    "Classifier",
    "Draw a digit. Then choose any small picture below to see which filter made it.",
)


@st.fragment
def draw_classifier() -> None:
    """Draw what an answer can change: it runs again by itself, and the frame stays."""
    state = shown = ui.foresee(PAGE, ui.arrive(PAGE, ClassifierState))
    messages = st.container()

    # The answer comes before the controls: what a visitor waits for is sent first.
    reading = ui.read_digit(PAGE, state)
    given, preparation, image = reading.given, reading.preparation, reading.image
    ui.show_change(PAGE, state)
    if image is not None:
        with messages:
            ui.wait_for_tensorflow()
        network = ui.load_network()
        prediction, is_new = ui.predicted(PAGE, network, image)
        bars = ui.show_answer(prediction, preparation, given)
        ui.show_copy(state, network, prediction, given)
        state = shown = ui.show_network(PAGE, state, network, prediction)
        if is_new:
            ui.let_it_be_painted()
        ui.show_map(PAGE, state, network, prediction, image)
        if not is_new:
            ui.let_it_be_painted()

    with st.sidebar:
        state = ui.choose_digit(PAGE, state)
        state = ui.choose_steps(PAGE, state)
        ui.show_steps(PAGE, preparation)
        state = ui.choose_change(PAGE, state)
    ui.settle(PAGE, shown, state)
    with messages:
        ui.show_problems(PAGE)
    if image is None:
        ui.leave(PAGE, state)
        ui.show_nothing(preparation, state)
        return

    ui.show_probabilities(bars, prediction)
    state = ui.show_why(PAGE, state, network, prediction, image)
    state = ui.show_sweep(PAGE, state, network, given)
    ui.show_link(PAGE, state, ui.leave(PAGE, state))


draw_classifier()
