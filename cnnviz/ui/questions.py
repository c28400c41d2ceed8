"""What a visitor may ask of the classifier: why it answers so, and what if the digit were another.

Each question is computed when its panel is open.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import figures, why
from cnnviz.classifier import Classifier, Prediction
from cnnviz.share import ClassifierState
from cnnviz.ui import digit, frame, session
from cnnviz.ui.visibility import shows
from cnnviz.whatif import SETTINGS, sweep

Floats = NDArray[np.float32]
WHY: dict[str, tuple[str, Callable[[Classifier, Floats, int], why.Explanation]]] = {
    "saliency": ("saliency", why.saliency),
    "grad_cam": ("Grad-CAM", why.grad_cam),
    "occlusion": ("occlusion", why.occlusion),
}
CHART = {"displayModeBar": False}


def show_why(
    page: str, state: ClassifierState, net: Classifier, prediction: Prediction, image: Floats
) -> ClassifierState:
    """Offer the three explanations, computed when it is asked for them; return what was asked."""
    if not shows("why") or not shows("answers"):
        return state
    panel = st.expander(
        "Why? Saliency, Grad-CAM, occlusion",
        key=session.key(page, "why", state.why),
        on_change="rerun",
    )
    state = replace(state, why=bool(panel.open))
    if not panel.open:
        return state
    with panel:
        left, right = st.columns([2, 3], gap="large")
        with left:
            state = _choose_explanation(page, state, int(prediction.probabilities.argmax()))
        asked = int(prediction.probabilities.argmax() if state.of == "answer" else state.of)
        label, explain = WHY[state.method]
        explanation = explain(net, image, asked)
        left.markdown(explanation.sentence)
        if not explanation.empty:
            right.plotly_chart(
                figures.explanation_map(
                    image,
                    explanation.values,
                    unit=explanation.unit,
                    signed=explanation.signed,
                    palette=frame.palette(),
                ),
                key="classifier.why",
                width=420,
                config=CHART,
                alt=f"{label} for {asked}, with the outline of the digit",
            )
    return state


def _choose_explanation(page: str, state: ClassifierState, best: int) -> ClassifierState:
    method = st.segmented_control(
        "Explanation",
        list(WHY),
        format_func=lambda name: WHY[name][0],
        key=session.key(page, "method", state.method),
        required=True,
    )
    of = st.selectbox(
        "For the digit",
        ["answer", *map(str, range(10))],
        format_func=lambda name: f"{best}, the answer" if name == "answer" else name,
        key=session.key(page, "of", state.of),
    )
    return replace(state, method=method or state.method, of=of)


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
