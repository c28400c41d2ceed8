"""The classifier page: a drawn digit, the network's answer, and every layer that led to it."""

import streamlit as st

from cnnviz import classifier, ui
from cnnviz.share import ClassifierState

PAGE = "classifier"

ui.start_page(
    "Classifier",
    "Draw a digit. Then choose any small picture below to see which filter made it.",
)
state = ui.arrive(PAGE, ClassifierState)
with st.sidebar:
    state, given = ui.choose_digit(PAGE, state)
    state = ui.choose_steps(PAGE, state)
    steps = st.container()
    state = ui.choose_change(PAGE, state)
preparation, image = ui.prepared(state, given)

ui.show_change(PAGE, state)
ui.wait_for_tensorflow()
network = classifier.load()
if image is None:
    ui.show_steps(steps, preparation)
    ui.leave(PAGE, state)
    ui.show_problems(PAGE)
    ui.show_nothing(preparation, state)
    st.stop()

prediction = network.predict(image)
bars = ui.show_answer(prediction, preparation, given)
ui.show_copy(state, network, prediction, given)
state = ui.show_network(PAGE, state, network, prediction, image)
ui.show_probabilities(bars, prediction)
ui.show_steps(steps, preparation)
state = ui.show_why(PAGE, state, network, prediction, image)
state = ui.show_sweep(PAGE, state, network, given)
ui.show_problems(PAGE)
ui.show_link(PAGE, state, ui.leave(PAGE, state))
