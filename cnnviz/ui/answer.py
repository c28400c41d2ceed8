"""What the classifier says, how sure it is, and every layer of it."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import figures, wording
from cnnviz.classifier import Classifier, Prediction
from cnnviz.digits import Preparation
from cnnviz.share import ClassifierState
from cnnviz.ui import blocks, digit, frame, network, session, stage
from cnnviz.ui.visibility import shows

Floats = NDArray[np.float32]
CHART = {"displayModeBar": False}
SHORT = {"background": "paper"}  # there is room for five letters under a step's picture


def show_answer(
    prediction: Prediction, preparation: Preparation | None, given: digit.Given
) -> None:
    """Show the digit, the ten probabilities, and in words how sure the network is."""
    if preparation is not None and preparation.verdict != "digit":
        st.warning(preparation.message)
    if not shows("answers"):
        return
    colours = frame.palette()
    left, middle, right = st.columns([1, 4, 5], vertical_alignment="center")
    with left.container(key="digit"):
        st.markdown(str(int(prediction.probabilities.argmax())))
    middle.plotly_chart(
        figures.probability_bars(prediction.probabilities, palette=colours),
        key="classifier.bars",
        config=CHART,
        alt="Probability of each digit",
    )
    with right:
        for line in wording.answer_lines(
            prediction.logits.tolist(), prediction.probabilities.tolist()
        ):
            st.markdown(line)
        if given.label is not None:
            st.markdown(f"MNIST says it is a **{given.label}**.")


def show_nothing(preparation: Preparation | None, source: str) -> None:
    """Say what to do where there is no digit to read."""
    words = {
        "upload": "Choose a picture of a digit, dark on light or light on dark.",
        "camera": "Take a picture of a digit on paper.",
    }
    st.info(preparation.message if preparation else words.get(source, "Draw a digit."))


def show_steps(preparation: Preparation) -> None:
    """Show what each step of the preparation made of the drawing."""
    if not shows("steps"):
        return
    with st.container(horizontal=True, gap="small", key="steps"):
        for step in preparation.steps[1:]:
            off = ", off" if step.skipped else ""
            st.image(
                np.clip(step.picture, 0, 1),
                caption=SHORT.get(step.name, step.name) + off,
                alt=f"After {step.name}{off}",
                width=48,
            )
    with st.expander("What each step did"):
        for step in preparation.steps:
            st.markdown(
                f"**{step.name}**: {step.sentence}{' (switched off)' if step.skipped else ''}"
            )


def show_network(
    page: str, state: ClassifierState, net: Classifier, prediction: Prediction, image: Floats
) -> ClassifierState:
    """Show every layer, and the chosen map on the stage; return the state with a layer there is."""
    maps = blocks.layers_that_open(net)
    if state.layer not in maps:
        session.complain(
            page,
            ValueError(
                f"layer is '{state.layer}' in this link, but must be one of {', '.join(maps)}. "
                "The page shows relu1 instead."
            ),
        )
        state = replace(state, layer="relu1")
    height, width, count = maps[state.layer]
    row, column, chosen = state.pin
    state = replace(
        state, pin=(min(row, height - 1), min(column, width - 1), min(chosen, count - 1))
    )
    if shows("network"):
        network.mount(
            net,
            prediction.activations,
            chosen=(state.layer, state.pin[2]),
            key=f"{page}.network",
            on_choice=partial(_take_choice, page, maps),
        )
    st.subheader(f"On the stage: {state.layer}, map {state.pin[2] + 1} of {count}", anchor=False)
    stage.mount(
        blocks.network_block(state, net, prediction.activations, image),
        key=f"{page}.stage",
        on_view=partial(_take_view, page),
    )
    return state


def _take_choice(page: str, maps: dict[str, tuple[int, ...]]) -> None:
    choice = st.session_state[f"{page}.network"].get("choice")
    if not isinstance(choice, dict):
        return
    layer, chosen = choice.get("layer"), choice.get("map")
    if not isinstance(layer, str) or len(maps.get(layer, ())) != 3 or not session.is_index(chosen):
        return
    height, width, count = maps[layer]
    session.change(page, layer=layer, pin=(height // 2, width // 2, min(chosen, count - 1)))


def _take_view(page: str) -> None:
    view = st.session_state[f"{page}.stage"].get("view")
    changes = session.read_view(view)
    if changes.get("pin") is None:
        changes.pop("pin", None)
    session.change(page, **changes)
