"""What a visitor may ask of the classifier: why it answers so, and what if the digit were another.

Each question is computed when its panel is open.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import figures, why
from cnnviz.classifier import Classifier, Prediction
from cnnviz.export import overlaid_png
from cnnviz.share import ClassifierState
from cnnviz.ui import digit, frame, session
from cnnviz.ui.visibility import shows
from cnnviz.whatif import SETTINGS, sweep

Floats = NDArray[np.float32]
WHY = {"saliency": why.saliency, "Grad-CAM": why.grad_cam, "occlusion": why.occlusion}
CHART = {"displayModeBar": False}


def show_why(page: str, net: Classifier, prediction: Prediction, image: Floats) -> None:
    """Offer the three explanations; one is computed when it is asked for."""
    if not shows("why") or not shows("answers"):
        return
    panel = st.expander("Why? Saliency, Grad-CAM, occlusion", key=f"{page}:why", on_change="rerun")
    if not panel.open:
        return
    with panel:
        left, right = st.columns([2, 3], gap="large")
        with left:
            method = st.segmented_control(
                "Explanation",
                list(WHY),
                key=session.key(page, "method", "saliency"),
                required=True,
                persist_state="page",
            )
            best = int(prediction.probabilities.argmax())
            asked = st.selectbox("For the digit", range(10), index=best, key=f"{page}:for:{best}")
        explanation = WHY[method or "saliency"](net, image, asked)
        left.markdown(explanation.sentence)
        if explanation.empty:
            return
        right.image(
            overlaid_png(image, explanation.values, palette=frame.palette()),
            width=280,
            caption=f"{method} for {asked}",
            alt=f"{method} for {asked}, over the digit",
        )


def choose_change(page: str, state: ClassifierState) -> ClassifierState:
    """Draw the "what if" sliders and return the state with them."""
    if not shows("what_if"):
        return state
    panel = st.expander(
        "What if?", expanded=digit.is_changed(state), key=f"{page}:what_if", on_change="rerun"
    )
    if not panel.open:
        return state
    values: dict[str, Any] = {
        name: panel.slider(
            setting.label,
            setting.low,
            setting.high,
            step=setting.step,
            key=session.key(page, name, type(setting.step)(getattr(state, name))),
        )
        for name, setting in SETTINGS.items()
    }
    return replace(state, **values)


def show_sweep(
    page: str, state: ClassifierState, net: Classifier, given: digit.Given
) -> ClassifierState:
    """Offer the ten probabilities along one of the sliders; 25 answers are asked when it opens."""
    if not shows("what_if") or not shows("answers"):
        return state
    panel = st.expander(
        "What if? Ten probabilities along a slider", key=f"{page}:sweep", on_change="rerun"
    )
    if not panel.open or given.ink is None:
        return state
    along = panel.selectbox(
        "Along",
        list(SETTINGS),
        format_func=lambda name: SETTINGS[name].label,
        key=session.key(page, "along", state.along),
        persist_state="page",
    )
    state = replace(state, along=along)
    values, probabilities = sweep(
        net, digit.on_paper(given.ink), digit.change_of(state), along, skip=digit.skipped(state)
    )
    panel.plotly_chart(
        figures.probabilities_along(
            values,
            probabilities,
            name=SETTINGS[along].label,
            now=getattr(state, along),
            palette=frame.palette(),
        ),
        key="classifier.sweep",
        config=CHART,
        alt=f"Probability of each digit along {SETTINGS[along].label}",
    )
    return state
