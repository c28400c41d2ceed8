"""The classifier's input: a drawing, a file, the camera or a digit of MNIST becomes ink."""

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import classifier, mnist
from cnnviz.digits import Preparation, StepName
from cnnviz.distortions import on_canvas
from cnnviz.drawing import ink
from cnnviz.share import ClassifierState
from cnnviz.ui import session, turns
from cnnviz.ui.pad import draw_on_pad, fold_pad
from cnnviz.ui.photograph import change_source, choose_photograph, photograph
from cnnviz.ui.picture import choose_mnist
from cnnviz.ui.visibility import shows
from cnnviz.whatif import Change, Given, read

Floats = NDArray[np.float32]
SOURCES = {"draw": "Draw", "upload": "Upload", "camera": "Camera", "mnist": "MNIST"}
STEPS: tuple[StepName, ...] = ("ink", "background", "crop", "scale", "centre")

_searches = turns.Turns(1)  # for digits that the network misreads, one after another


@dataclass(frozen=True)
class Reading:
    """What is given to read, and what becomes of it.

    Attributes
    ----------
    given : Given
    preparation : Preparation or None
        None where there is nothing to prepare.
    image : ndarray of shape (28, 28), float32, or None
        What the network reads; None where there is no digit.
    """

    given: Given
    preparation: Preparation | None
    image: Floats | None


def read_digit(page: str, state: ClassifierState) -> Reading:
    """Read what a state gives to read; nothing where there is no picture yet.

    Most events on the page leave a digit alone, so the visit keeps the last one that was drawn or
    taken from MNIST, with what became of it: a megabyte, gone with the visit.
    """
    if state.input not in ("draw", "mnist"):
        given = photograph(page, state)
        return Reading(given, *prepared(state, given))
    key, digit = f"{page}.reading", (state.input, state.strokes, state.index, state.prepare)
    read_from = (*digit, skipped(state), change_of(state))
    kept: tuple[object, Reading] | None = st.session_state.get(key)
    if kept is None or kept[0] != read_from:
        given = _given_by(state)
        kept = read_from, Reading(given, *prepared(state, given))
        st.session_state[key] = kept
    return kept[1]


def _given_by(state: ClassifierState) -> Given:
    if state.input == "draw":
        return Given(ink(state.strokes))
    data = mnist.load()
    image, label = data.test_image(state.index), int(data.y_test[state.index])
    if state.prepare:
        return Given(on_canvas(image), label=label)
    return Given(image=image, label=label)


def choose_digit(page: str, state: ClassifierState) -> ClassifierState:
    """Draw the input's controls and return the state with what the visitor chose."""
    if shows("input"):
        st.segmented_control(
            "Input",
            list(SOURCES),
            format_func=SOURCES.__getitem__,
            key=session.key(page, "input", state.input),
            required=True,
            width="stretch",
            on_change=partial(_take_source, page),
        )
    if state.input == "draw":
        return replace(state, strokes=draw_on_pad(page, state.strokes, brush=24))
    fold_pad(page)
    if state.input == "mnist":
        return _mnist(page, state)
    return choose_photograph(page, state)


def _take_source(page: str) -> None:
    state, source = session.current(page), session.reported(page, "input")
    if source and source != state.input:
        state = change_source(page, state.input, replace(state, input=source))
        session.change(page, input=source, picture=state.picture)


def _mnist(page: str, state: ClassifierState) -> ClassifierState:
    index = choose_mnist(page, state.index)
    if shows("index"):
        beside = st.container(horizontal=True)
        beside.button(
            "Any", key=f"{page}:any", on_click=partial(_go_anywhere, page), width="stretch"
        )
        beside.button(
            "One it misreads",
            key=f"{page}:misread",
            on_click=partial(_go_to_mistake, page),
            width="stretch",
        )
    state = replace(state, index=index)
    if shows("steps"):
        wanted = st.toggle(
            "Prepare it like a drawing",
            key=session.key(page, "prepare", state.prepare),
            help="MNIST's own picture of 28 × 28 pixels needs no preparation. Moved or turned, it "
            "is no longer as MNIST's are, and preparing it makes it so again.",
        )
        state = replace(state, prepare=wanted)
    return state


def _go_anywhere(page: str) -> None:
    session.reset(page, index=random.randrange(10_000))


def _go_to_mistake(page: str) -> None:
    after = session.current(page).index
    # Mostly it reads hundreds of digits, a tenth of a second; all 10,000 take two or three, once.
    with turns.runs.rest(), _searches.turn():
        index = classifier.next_mistake(after)
    session.reset(page, index=index)


def choose_steps(page: str, state: ClassifierState) -> ClassifierState:
    """Draw the switches of the steps that make the drawing a picture like MNIST's."""
    if not shows("steps"):
        return state
    if state.input == "mnist" and not state.prepare:
        st.caption("MNIST's own 28 × 28 picture needs no preparation.")
        return state
    applied = st.pills(
        "Steps of preparation",
        STEPS,
        selection_mode="multi",
        key=session.key(page, "steps", [step for step in STEPS if step not in state.skip]),
        help="Switch one off to see what it does to the answer.",
        on_change=partial(_take_steps, page),
    )
    return replace(state, skip=_left_out(applied))


def _take_steps(page: str) -> None:
    applied = session.reported(page, "steps")
    if applied is not None:
        session.change(page, skip=_left_out(applied))


def _left_out(applied: Collection[str]) -> tuple[str, ...]:
    return tuple(step for step in STEPS if step not in applied)


def change_of(state: ClassifierState) -> Change:
    """Return the "what if" of a state."""
    return Change(state.right, state.down, state.angle, state.scale, state.width, state.noise)


def is_changed(state: ClassifierState) -> bool:
    """Whether a "what if" is at work."""
    return not change_of(state).is_none


def prepared(state: ClassifierState, given: Given) -> tuple[Preparation | None, Floats | None]:
    """Return how the network's picture came about, and the picture; None where there is none."""
    return read(given, change_of(state), skip=skipped(state))


def skipped(state: ClassifierState) -> tuple[StepName, ...]:
    """Return the steps that the visitor switched off."""
    return tuple(step for step in STEPS if step in state.skip)
