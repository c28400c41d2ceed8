"""What a visitor may ask of the classifier: why it answers so, and what if the digit were another.

Each question is computed when its panel is open.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import figures, why
from cnnviz.classifier import Classifier, Prediction
from cnnviz.share import ClassifierState
from cnnviz.ui import digit, frame, session
from cnnviz.ui.queue import fingerprint, in_turn
from cnnviz.ui.visibility import shows
from cnnviz.whatif import SETTINGS, Change, Given, sweep

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
        key=session.key(page, "why", state.why, once=True),
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
        explanation = (
            in_turn(partial(explain, net, image, asked), key=(label, asked, fingerprint(image)))
            if state.method == "occlusion"  # the others take no longer than a stroke
            else explain(net, image, asked)
        )
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
        "What if? Move, turn, thicken it",
        key=session.key(page, "what_if", digit.is_changed(state), once=True),
        on_change="rerun",
    )
    if not panel.open:
        return state
    values: dict[str, Any] = {
        name: panel.slider(
            setting.label,
            setting.low,
            setting.high,
            setting.low,
            step=setting.step,
            key=session.key(page, name, type(setting.step)(getattr(state, name))),
        )
        for name, setting in SETTINGS.items()
    }
    return replace(state, **values)


def show_change(page: str, state: ClassifierState) -> None:
    """Say which "what if" is at work, and offer the way back."""
    change = digit.change_of(state)
    if change.is_none:
        return
    with st.container(key="change", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**What if** is at work: {change.words}.", width="content")
        if shows("what_if"):
            st.button(back_label(state), key=f"{page}:back", on_click=partial(_go_back, page))


def back_label(state: ClassifierState) -> str:
    """Name the button that ends a "what if"."""
    return f"Back to the {'drawing' if state.input == 'draw' else 'picture'} as it is"


def _go_back(page: str) -> None:
    unchanged = asdict(Change())
    session.reset(
        page,
        **{name: type(setting.step)(unchanged[name]) for name, setting in SETTINGS.items()},
    )
    session.redraw_body()


def show_sweep(page: str, state: ClassifierState, net: Classifier, given: Given) -> ClassifierState:
    """Offer the ten probabilities along one of the sliders, asked when the panel opens."""
    if not shows("what_if") or not shows("answers"):
        return state
    panel = st.expander(
        "Ten probabilities along a slider",
        key=session.key(page, "sweep", state.sweep, once=True),
        on_change="rerun",
    )
    state = replace(state, sweep=bool(panel.open))
    if not panel.open:
        return state
    along = panel.selectbox(
        "Along",
        list(SETTINGS),
        format_func=lambda name: SETTINGS[name].label,
        key=session.key(page, "along", state.along),
        width=320,
    )
    state = replace(state, along=along)
    change, skip = digit.change_of(state), digit.skipped(state)
    with panel:
        values, probabilities = in_turn(
            partial(sweep, net, given, change, along, skip=skip),
            key=(fingerprint(given.ink, given.image), given.is_photograph, change, along, skip),
        )
    panel.plotly_chart(
        figures.probabilities_along(
            values,
            probabilities,
            name=SETTINGS[along].label,
            now=getattr(change, along),
            palette=frame.palette(),
        ),
        key="classifier.sweep",
        config=CHART,
        alt=f"Probability of each digit along {SETTINGS[along].label}",
    )
    panel.caption(_rule(given))
    return state


def _rule(given: Given) -> str:
    """Say what is read at every point of the chart."""
    if given.image is not None:
        return (
            "At every point MNIST's picture is changed and read as it is, without preparation. "
            "The line marks where the slider stands: the answer above."
        )
    freed = " Its paper is taken away before a change." if given.is_photograph else ""
    return (
        "At every point the digit is changed, then prepared as the answer above is. "
        f"The line marks where the slider stands: that answer.{freed}"
    )
