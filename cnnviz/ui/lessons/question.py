"""The question of a lesson: predict first, then see."""

from functools import partial

import streamlit as st

from cnnviz.lessons import (
    REVEALED,
    AnswerError,
    Choice,
    LessonsState,
    Question,
    Verdict,
    judge,
    next_seed,
)
from cnnviz.ui import session
from cnnviz.ui.lessons.tables import matrices
from cnnviz.ui.lessons.words import lines_as_html, unbroken
from cnnviz.ui.show import as_text
from cnnviz.ui.visibility import shows


def ask(page: str, state: LessonsState, question: Question) -> LessonsState:
    """Ask, and once there is an answer, judge it and show the arithmetic.

    Returns
    -------
    LessonsState
        Without an answer that cannot be read: a link may hold anything.
    """
    number = state.lesson
    try:
        verdict = judge(question.kind, state.answer_to(number))
    except AnswerError as error:
        st.session_state[_problem(page)] = str(error)
        state, verdict = state.answered(number, None), Verdict("open")
    if verdict.status == "right" and shows("answers"):
        state = state.credited(number)  # it may have been given while answers were hidden
    st.html("<h2>Predict</h2>")
    st.markdown(unbroken(question.text))
    # A place for each part that may come and go. What stands behind them would otherwise be there
    # twice while the page is drawn anew, and a click on the old one would be lost.
    given, form, problem, told, offers = (st.container() for _ in range(5))
    if question.given:
        given.html(matrices(question.given))
    with form:
        _draw_form(page, state, question, verdict)
    if message := st.session_state.pop(_problem(page), None):
        problem.warning(as_text(message))
    if verdict.status != "open":
        told.html(_verdict(question, verdict))
    with offers.container(horizontal=True):
        st.button(
            "New numbers",
            key=f"{page}:new",
            type="tertiary",
            on_click=partial(_ask_anew, page),
            help="Another question of the same kind",
        )
        if verdict.status == "open" and shows("answers"):
            st.button(
                "Reveal the answer",
                key=f"{page}:reveal",
                type="tertiary",
                on_click=partial(_take, page, question, REVEALED),
            )
    return state


def _draw_form(page: str, state: LessonsState, question: Question, verdict: Verdict) -> None:
    kind = question.kind
    # A name for each question, so that a new one does not begin with the answer to the old one.
    name = f"answer:{state.lesson}:{state.seed_of(state.lesson)}"
    form = st.form(f"{page}:form", border=False, enter_to_submit=True)
    beside = not isinstance(kind, Choice)
    with form.container(horizontal=beside, vertical_alignment="bottom"):
        if isinstance(kind, Choice):
            key = session.key(page, name, verdict.value, once=True)
            st.radio(
                "Your answer",
                list(kind.options),
                index=None,
                format_func=kind.options.__getitem__,
                key=key,
                horizontal=True,
            )
        else:
            key = session.key(
                page,
                name,
                "" if verdict.value is None else kind.shown(verdict.value),
                once=True,
            )
            st.text_input(f"Your answer, {kind.hint}", key=key, max_chars=80, autocomplete="off")
        st.form_submit_button(
            "Check", type="primary", on_click=partial(_read_answer, page, question, key)
        )


def _verdict(question: Question, verdict: Verdict) -> str:
    kind = question.kind
    given = "" if verdict.value is None else kind.shown(verdict.value)
    if not shows("answers"):
        lines = [f"Noted: {given}. Whether that is right stays hidden for now."] if given else []
        status = "noted"
    else:
        status = verdict.status
        lines = [
            {
                "right": f"**Right: {given}.**",
                "wrong": f"**Not {given}.** Here is how it comes about:",
                "revealed": f"**{kind.shown(kind.correct)}**",
            }[status],
            *question.arithmetic,
        ]
    return f'<div class="arithmetic verdict {status}" role="status">{lines_as_html(lines)}</div>'


# ---- what the visitor does -----------------------------------------------------------------------


def _read_answer(page: str, question: Question, key: str) -> None:
    typed = st.session_state.get(key)
    try:
        value = question.kind.read("" if typed is None else str(typed))
    except AnswerError as error:
        st.session_state[_problem(page)] = str(error)
        return
    _take(page, question, question.kind.write(value))


def _take(page: str, question: Question, answer: str) -> None:
    state: LessonsState = session.current(page)
    state = state.answered(state.lesson, answer)
    if shows("answers"):
        if judge(question.kind, answer).status == "right":
            state = state.credited(state.lesson)
        if question.scene is not None:
            state = state.looking_at("question")
    session.keep(page, state)


def _ask_anew(page: str) -> None:
    state: LessonsState = session.current(page)
    session.keep(page, state.asked(state.lesson, next_seed(state)))


def _problem(page: str) -> str:
    return f"{page}.unread"
