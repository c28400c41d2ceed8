"""The way through the lessons: a step for each, and the next one."""

from functools import partial

import streamlit as st

from cnnviz.lessons import LAST, LESSONS, LessonsState
from cnnviz.ui import session
from cnnviz.ui.lessons import progress


def show_path(page: str, state: LessonsState) -> None:
    """Draw a button for each lesson: the open one is full, those answered right have a tick."""
    done = progress.joined(state).done
    with st.container(key="lesson-path", horizontal=True, gap="xxsmall"):
        for number, lesson in enumerate(LESSONS, start=1):
            is_done = str(number) in done
            # The key is a class in the page, and the tick hangs on it.
            key = f"{page}:step-{number}{'-done' if is_done else ''}"
            st.button(
                str(number),
                key=key,
                help="".join(
                    (
                        lesson.title,
                        " (answered)" if is_done else "",
                        " (open now)" if number == state.lesson else "",
                    )
                ),
                type="primary" if number == state.lesson else "secondary",
                on_click=partial(_turn, page, number),
            )


def show_next(page: str, state: LessonsState) -> None:
    """Offer the lesson before and the one after."""
    with st.container(horizontal=True, key="lesson-next", vertical_alignment="center"):
        if state.lesson > 1:
            st.button(
                "◂ Back", key=f"{page}:before", on_click=partial(_turn, page, state.lesson - 1)
            )
        if state.lesson < LAST:
            st.button(
                f"Next: {LESSONS[state.lesson].title} ▸",
                key=f"{page}:after",
                type="primary" if str(state.lesson) in state.done else "secondary",
                on_click=partial(_turn, page, state.lesson + 1),
            )
        else:
            done = progress.joined(state).done
            st.markdown(f"{len(done)} of {LAST} lessons answered.")


def _turn(page: str, lesson: int) -> None:
    state = progress.joined(session.current(page))
    session.put(page, state.turned_to(lesson))
