"""What was achieved in this visit, whatever the link says and wherever Back leads.

Back shows a lesson as it was, without an answer that was given later. What was answered is not lost
by that: the steps have their ticks, and the next turn of the page brings all answers back.
"""

import streamlit as st

from cnnviz.lessons import LessonsState

_KEPT = "lessons.progress"


def joined(state: LessonsState) -> LessonsState:
    """Return a state with what this visit has achieved and it does not speak of."""
    kept = st.session_state.get(_KEPT)
    return state.joined(kept) if isinstance(kept, LessonsState) else state


def note(state: LessonsState) -> None:
    """Keep what a state has achieved."""
    st.session_state[_KEPT] = joined(state)
