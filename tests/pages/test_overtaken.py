"""A run that the next event overtakes before the controls are drawn: no click and no link is lost.

A browser's event carries what all widgets hold there. Where a run ends early, they hold what stood
in them before it.
"""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from cnnviz.drawing import Stroke
from cnnviz.lessons import LessonsState
from cnnviz.pooling import EXAMPLES
from cnnviz.share import ClassifierState, ConvolutionState, encode
from cnnviz.stroke_codec import quantised
from cnnviz.ui import layer, server, session
from cnnviz.ui.lessons import scene

ROOT = Path(__file__).parents[2]


def open_page(name: str, query: dict[str, str]) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page(f"pages/{name}.py")
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def _on_the_way_back() -> SimpleNamespace:
    context = get_script_run_ctx()
    return SimpleNamespace(is_history_navigation=True, session_state=context.session_state)


@pytest.fixture
def overtaken(monkeypatch):
    """Run a page up to its controls, with what a browser's widgets hold."""

    def run(page: AppTest, held, *, back: bool = False) -> None:
        controls = sum(1 for _ in page.sidebar)
        with monkeypatch.context() as patch:
            patch.setattr("cnnviz.ui.let_it_be_painted", st.stop)
            if back:
                patch.setattr("cnnviz.ui.session.get_script_run_ctx", _on_the_way_back)
            page._run(held)
        assert not page.exception
        assert sum(1 for _ in page.sidebar) < controls

    return run


def held_by(page: AppTest):
    """Return what a browser would send of a page's widgets: of buttons, only a click."""
    held = page._tree.get_widget_states()
    sent = [
        one
        for one in held.widgets
        if one.WhichOneof("value") != "trigger_value" or one.trigger_value
    ]
    return WidgetStates(widgets=sent)


def test_two_quick_undos_take_two_strokes(overtaken):
    lines = tuple(Stroke(((40.0, 40.0 + 50 * k), (240.0, 60.0 + 50 * k)), 20.0) for k in range(4))
    page = open_page("classifier", encode(ClassifierState(strokes=quantised(lines))).query)
    page.button(key="classifier:undo").click()
    click = held_by(page)
    overtaken(page, click)
    assert len(page.session_state["classifier.state"].strokes) == 3
    page._run(click)
    assert len(page.session_state["classifier.state"].strokes) == 2


def test_a_link_to_what_was_last_written_leads_to_what_was_done_since(overtaken):
    lines = tuple(Stroke(((40.0, 40.0 + 50 * k), (240.0, 60.0 + 50 * k)), 20.0) for k in range(4))
    page = open_page("classifier", encode(ClassifierState(strokes=quantised(lines))).query)
    page.button(key="classifier:undo").click()
    overtaken(page, held_by(page))
    page.switch_page("pages/pooling.py").run()
    page.switch_page("pages/classifier.py")
    (link,) = (
        link.proto for link in page.get("page_link") if link.proto.label.endswith("Classifier")
    )
    assert "strokes=" in link.query_string
    page.query_params = dict(parse_qsl(link.query_string))
    page.run()
    assert len(page.session_state["classifier.state"].strokes) == 3


def test_the_next_misread_digit_follows_the_one_before(overtaken):
    page = open_page("classifier", {"input": "mnist", "index": "0"})
    page.button(key="classifier:misread").click()
    click = held_by(page)
    overtaken(page, click)
    first = page.session_state["classifier.state"].index
    page._run(click)
    assert page.session_state["classifier.state"].index > first > 0
    assert page.number_input(key="classifier:index").value > first


def test_what_a_button_resets_stays_reset(overtaken):
    page = open_page("classifier", {"angle": "20"})
    anything = held_by(page)
    page.button(key="classifier:back").click()
    overtaken(page, held_by(page))
    page._run(anything)
    assert page.session_state["classifier.state"].angle == 0
    assert page.slider(key="classifier:angle").value == 0
    page.slider(key="classifier:angle").set_value(30).run()
    assert page.session_state["classifier.state"].angle == 30


def test_a_link_stays_as_it_is(overtaken):
    page = open_page("convolution", {})
    anything = held_by(page)
    page.switch_page("pages/classifier.py").run()
    page.switch_page("pages/convolution.py")
    page.query_params.update(encode(ConvolutionState(strides=(3, 3), flip=True)).query)
    overtaken(page, anything)
    page._run(anything)
    state = page.session_state["convolution.state"]
    assert (state.strides, state.flip) == ((3, 3), True)
    assert page.slider(key="convolution:strides").value == 3
    page.slider(key="convolution:strides").set_value(2).run()
    assert page.session_state["convolution.state"].strides == (2, 2)


def test_what_back_leads_to_stays_as_it_is(overtaken):
    page = open_page("classifier", {"input": "mnist", "index": "3", "skip": "crop"})
    anything = held_by(page)
    page.query_params.clear()
    overtaken(page, anything, back=True)
    page._run(anything)
    assert not page.exception
    assert page.session_state["classifier.state"] == ClassifierState()
    assert page.segmented_control(key="classifier:input").value == "draw"


def test_what_an_example_sets_stays_and_a_click_before_it_was_seen_counts(monkeypatch):
    page = open_page("pooling", {"beside": "convolution", "strides": "3"})
    page.pills(key="pooling:example").set_value("maps")
    click = held_by(page)
    page._run(click)
    assert page.session_state["pooling.state"].input == "convolution"
    (other,) = [one for one in click.widgets if one.id.endswith("pooling:is_global")]
    other.bool_value = True
    monkeypatch.setattr(server, "has_begun_anew", lambda: True)
    page._run(click)
    assert page.session_state["pooling.state"] == replace(EXAMPLES["maps"].state, is_global=True)
    assert page.segmented_control(key="pooling:input").value == "convolution"
    assert page.toggle(key="pooling:is_global").proto.set_value  # the browser is told again
    other.bool_value = False  # what it was before, but chosen: the browser has answered
    page._run(click)
    assert page.session_state["pooling.state"] == EXAMPLES["maps"].state
    assert page.segmented_control(key="pooling:beside").value == "nothing"
    monkeypatch.undo()
    page.segmented_control(key="pooling:beside").set_value("convolution").run()
    assert page.session_state["pooling.state"].beside == "convolution"


def test_a_run_that_never_settled_does_not_keep_the_next_from_running_again(monkeypatch):
    held = {"convolution.state": ConvolutionState()}
    runs = []
    monkeypatch.setattr(st, "session_state", held)
    monkeypatch.setattr(st, "rerun", lambda: runs.append(held["convolution.state"].pad))
    shown, once, twice = (ConvolutionState(pad=(top, 0, 0, 0)) for top in range(3))
    session.settle("convolution", shown, once)  # run again; that run is ended by the next event
    session.settle("convolution", once, twice)
    assert runs == [once.pad, twice.pad]
    session.settle("convolution", shown, twice)  # the same once more: nobody waits for ever
    session.settle("convolution", twice, twice)
    assert runs == [once.pad, twice.pad]


def test_an_event_of_the_figure_before_changes_no_figure(monkeypatch):
    state = LessonsState(lesson=3).answered(3, "1").looking_at("question")
    held = {"lessons.state": state}
    monkeypatch.setattr(st, "session_state", held)
    scene._look_at("lessons", 3)
    assert held["lessons.state"] == state
    held["lessons:figure:3"] = "lesson"
    scene._look_at("lessons", 3)
    assert held["lessons.state"].figure == "lesson"


def test_a_kernel_stays_as_it_is_where_the_switch_is_of_a_state_before(monkeypatch):
    state = ConvolutionState(kernel_size=(3, 5))
    held = {"convolution.state": state}
    monkeypatch.setattr(st, "session_state", held)
    layer._take_rectangular("convolution")
    assert held["convolution.state"] == state
    held["convolution:rectangular"] = False
    layer._take_rectangular("convolution")
    assert held["convolution.state"].kernel_size == (3, 3)


def test_random_weights_are_drawn_of_a_form_that_is_there(monkeypatch):
    held = {"convolution.state": ConvolutionState()}
    monkeypatch.setattr(st, "session_state", held)
    layer._randomise("convolution")
    assert held["convolution.state"] == ConvolutionState()
    held |= {"convolution:initializer": "he_normal", "convolution:seed": 0}
    layer._randomise("convolution")
    assert held["convolution.state"] == ConvolutionState()
    held["convolution:stddev"] = 0.05
    layer._randomise("convolution")
    assert held["convolution.state"].kernels[0] == ("he_normal-0",)
