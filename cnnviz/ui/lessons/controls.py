"""The controls that a lesson asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from cnnviz.hiding import HIDEABLE
from cnnviz.lessons.lesson import Control, Options, Slider
from cnnviz.lessons.progress import LessonsState
from cnnviz.ui import session
from cnnviz.ui.visibility import shows

BELONGS_TO = {"pad": "padding"}  # a control that goes with another one
MOST_BUTTONS = 5  # more options are a menu


def choose(
    page: str, state: LessonsState, controls: Callable[[LessonsState], tuple[Control, ...]]
) -> LessonsState:
    """Draw controls beside each other; return the state with what the visitor chose.

    Parameters
    ----------
    page : str
    state : LessonsState
        With a value for each of the controls.
    controls : callable
        Takes a state; returns the controls that there are then. One may bring others with it.
    """
    drawn: set[str] = set()
    row = st.container(key="lesson-controls", horizontal=True, vertical_alignment="bottom")
    while waiting := [
        control
        for control in controls(state)
        if control.name not in drawn and _is_shown(control.name)
    ]:
        control = waiting[0]
        drawn.add(control.name)
        with row:
            state = replace(state, **{control.name: _draw(page, state, control)})
    return state


def _is_shown(name: str) -> bool:
    if not shows("controls"):
        return False
    name = BELONGS_TO.get(name, name)
    return name not in HIDEABLE or shows(name)


def _draw(page: str, state: LessonsState, control: Control) -> Any:
    value = getattr(state, control.name)
    label = control.label or control.name
    key = session.key(page, f"{state.lesson}.{control.name}", value)
    if isinstance(control, Slider):
        kind = float if isinstance(control.step, float) else int
        return st.slider(
            label, kind(control.low), kind(control.high), step=control.step, key=key, width=150
        )
    if not isinstance(control, Options):
        return st.toggle(label, key=key)
    if len(control.options) > MOST_BUTTONS:
        return st.selectbox(
            label,
            list(control.options),
            format_func=control.options.__getitem__,
            key=key,
            width=240,
        )
    chosen = st.segmented_control(
        label,
        list(control.options),
        format_func=control.options.__getitem__,
        key=key,
        required=True,
        wrap=True,
    )
    return value if chosen is None else chosen
