"""What stands beside a lesson's sentences: the stage, a chart, or numbers."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import compute, figures, pooling, workshop
from cnnviz.filters import FilterError
from cnnviz.layers import LayerError
from cnnviz.lessons import Lesson, LessonsState, Question, Scene
from cnnviz.lessons.lesson import Digits, Growth, Patch, Pictures, Refusal
from cnnviz.share import ConvolutionState, PoolingState, encode
from cnnviz.ui import blocks, frame, session, stage
from cnnviz.ui.lessons import own, tables
from cnnviz.ui.lessons.controls import choose
from cnnviz.ui.lessons.words import lines_as_html
from cnnviz.ui.picture import picture_of
from cnnviz.ui.show import as_text
from cnnviz.ui.visibility import shows
from cnnviz.ui.warmup import load_network, wait_for_tensorflow

Floats = NDArray[np.float32]
WORKSHOPS = {
    "ConvolutionState": ("pages/convolution.py", "Open this in the workshop"),
    "PoolingState": ("pages/pooling.py", "Open this in the workshop"),
    "ClassifierState": ("pages/classifier.py", "Open this digit on the classifier page"),
}
CHART = {"displayModeBar": False}


def show_scene(page: str, state: LessonsState, lesson: Lesson, question: Question) -> LessonsState:
    """Show the lesson's figure with its controls, or the question's once it was answered.

    Returns
    -------
    LessonsState
        With what the visitor chose.
    """
    # Places, so that nothing is there twice while the page is drawn anew.
    problems, choice, controls, figure, links = (st.container() for _ in range(5))
    state, errors = lesson.filled(state)
    with problems:
        for error in errors:
            st.warning(as_text(str(error)))
        if lesson.wants_picture:
            state = own.take_picture(state)
    with choice:
        reveal = _revealed(page, state, question)
    if reveal is None:
        with controls:
            state = choose(page, state, lesson.controls)
    if lesson.needs_tensorflow:
        with controls:  # Not in the figure's place, where the next run would not have it.
            wait_for_tensorflow()
        load_network()  # which some of these figures ask
    with figure:
        try:
            scene = reveal() if reveal else lesson.scene(state)
            _show(page, state, scene)
        except (LayerError, FilterError) as error:
            st.error(as_text(str(error)))
            return state
    with links.container(key="lesson-links", horizontal=True, vertical_alignment="center"):
        if scene.state is not None:
            path, label = WORKSHOPS[type(scene.state).__name__]
            frame.link(path, label, encode(scene.state).query)
        if lesson.wants_picture and reveal is None:
            own.tell_picture(page, state)
    return state


def _revealed(page: str, state: LessonsState, question: Question) -> Callable[[], Scene] | None:
    """Return what shows the question's answer, where it may be seen and is looked at."""
    answered = state.answer_to(state.lesson) is not None
    if question.scene is None or not answered or not shows("answers"):
        return None
    st.segmented_control(
        "Figure",
        ["lesson", "question"],
        format_func={"lesson": "The lesson", "question": "The question"}.__getitem__,
        key=session.key(page, f"figure:{state.lesson}", state.figure),
        required=True,
        on_change=partial(_look_at, page, state.lesson),
        label_visibility="collapsed",
    )
    return question.scene if state.figure == "question" else None


def _look_at(page: str, lesson: int) -> None:
    figure = session.reported(page, f"figure:{lesson}")
    if figure is not None:
        session.keep(page, session.current(page).looking_at(figure))


def _show(page: str, state: LessonsState, scene: Scene) -> None:
    _tell(scene.lines)
    drawing = scene.drawing
    if drawing is None:
        _mount(page, state, scene)
    elif isinstance(drawing, Growth):
        st.plotly_chart(
            figures.growth_bars(drawing.pictures, drawing.parameters, palette=frame.palette()),
            key=f"{page}.growth",
            config=CHART,
            alt="Parameters of dense layers and of a convolution, on a logarithmic scale",
        )
    elif isinstance(drawing, Patch):
        st.html(tables.patch(drawing))
    elif isinstance(drawing, Digits):
        st.html(tables.digits(drawing))
    elif isinstance(drawing, Pictures):
        _show_pictures(drawing)
    else:
        _show_refusal(drawing)
    _tell(scene.notes)
    if scene.histogram:
        _show_histogram(page, scene)


def _tell(lines: tuple[str, ...]) -> None:
    if lines:
        st.html(f'<div class="arithmetic">{lines_as_html(lines)}</div>')


def _show_pictures(drawing: Pictures) -> None:
    with st.container(key="lesson-pictures", horizontal=True, gap="small"):
        for name, values in drawing.steps:
            st.image(np.clip(values, 0, 1), caption=name, alt=name, width=208)


def _show_refusal(drawing: Refusal) -> None:
    st.error(as_text(drawing.message))
    _tell(("Keras says:",))
    st.code(f"ValueError: {drawing.keras}", language=None, wrap_lines=True)


# ---- the stage -----------------------------------------------------------------------------------


def _mount(page: str, state: LessonsState, scene: Scene) -> None:
    shown = scene.state
    assert isinstance(shown, ConvolutionState | PoolingState)
    key = f"{page}.stage.{state.lesson}.{state.figure}"
    own = (key, session.arrivals(page), state.seed_of(state.lesson), shown.pin)
    is_released = st.session_state.get(_released_key(page)) == own
    pin = shown.pin if state.pin is None and not is_released else state.pin
    shown = replace(shown, pin=pin, scope=state.scope)
    if isinstance(shown, PoolingState):
        block = _pooling_block(shown)
    else:
        block = blocks.convolution_block(shown, _convolved(shown), editable=False)
    stage.mount(block, key=key, on_view=partial(_take_view, page, own))


def _show_histogram(page: str, scene: Scene) -> None:
    shown = scene.state
    assert isinstance(shown, ConvolutionState)
    before, after = (
        _convolved(replace(shown, activation=name)).output for name in ("linear", shown.activation)
    )
    st.plotly_chart(
        figures.value_histogram(
            before, after, activation=shown.activation, palette=frame.palette()
        ),
        key=f"{page}.histogram",
        config=CHART,
        alt="Histogram of the values before and after the activation",
    )


def _convolved(shown: ConvolutionState) -> workshop.Convolution:
    return workshop.convolved(shown, _picture(shown))


def _picture(shown: ConvolutionState | PoolingState) -> NDArray[np.float32]:
    image = picture_of(shown)
    assert image is not None  # a scene brings its own, and waits for none
    return image


def _pooling_block(shown: PoolingState) -> bytes:
    if shown.input == "convolution":
        names = blocks.map_names(shown.convolution, 1)
        image = _convolved(shown.convolution).output
    else:
        names = []
        image = _picture(shown)
    layer = pooling.layer_of(shown, image.shape)
    output = compute.pool(image, layer)
    return blocks.pooling_block(
        shown, layer, image=image, output=output, names=names, editable=False
    )


def _take_view(page: str, own: tuple[str, int, int, tuple[int, int, int] | None]) -> None:
    """Take the view of a stage; where a figure's own pin was let go, remember so."""
    changes = session.read_view(st.session_state[own[0]].get("view"))
    if changes:
        st.session_state[_released_key(page)] = own if changes["pin"] is None else None
    session.change(page, **changes)


def _released_key(page: str) -> str:
    return f"{page}.released"
