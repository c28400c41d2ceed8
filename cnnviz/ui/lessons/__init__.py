"""The lessons page: the way through the lessons, one lesson, its figure and its question.

Layer: ui, above the stage and the shared controls.
"""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnviz.lessons import LESSONS, Lesson, LessonsState
from cnnviz.theme import DARK, LIGHT
from cnnviz.ui import session
from cnnviz.ui.lessons import progress
from cnnviz.ui.lessons.path import show_next, show_path
from cnnviz.ui.lessons.question import ask
from cnnviz.ui.lessons.scene import show_scene
from cnnviz.ui.lessons.words import unbroken

__all__ = ["arrive", "ask", "places", "show_next", "show_path", "show_scene", "show_text"]

_STYLE = (Path(__file__).parent / "lessons.css").read_text(encoding="utf-8")


def arrive(page: str) -> tuple[LessonsState, Lesson]:
    """Return the state to show and the open lesson.

    A link that only names a lesson turns the page; what was answered in this visit is kept.
    """
    entered = st.session_state.get("page") != page
    state = session.arrive(page, LessonsState)
    if entered:
        state = progress.joined(state)
        session.keep(page, state)
    progress.note(state)
    return state, LESSONS[state.lesson - 1]


def places() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Return where text, figure and question stand: beside each other where there is room."""
    # Both themes' colours: who switches gets the other ones at once, without a run.
    variables = {
        "--lesson-done": (LIGHT.agree, DARK.agree),
        "--lesson-wrong": (LIGHT.differ, DARK.differ),
        "--lesson-pointer": (LIGHT.pointer, DARK.pointer),
    }
    written = "".join(
        f"{name}: light-dark({light}, {dark});" for name, (light, dark) in variables.items()
    )
    st.html(f"<style>:root {{ {written} }} {_STYLE}</style>")
    with st.container(key="lesson"):
        text, figure, question = (
            st.container(key=f"lesson-{name}") for name in ("text", "figure", "question")
        )
    return text, figure, question


def show_text(lesson: Lesson) -> None:
    """Show the lesson's sentences."""
    for paragraph in lesson.text():
        st.markdown(unbroken(paragraph))
