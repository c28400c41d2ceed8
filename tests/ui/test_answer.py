"""What the stage of the classifier page reports is taken into the state, if it can be."""

import pytest
import streamlit as st

from cnnviz.share import ClassifierState
from cnnviz.ui import answer

POOL2 = {"pool2": (7, 7, 32)}


@pytest.fixture
def take(monkeypatch):
    """Let the stage report a view while a layer of 7 x 7 x 32 stands on it; return the state."""

    def taken(view, state=ClassifierState(layer="pool2", pin=(1, 2, 3))):  # noqa: B008
        held = {"classifier.stage": {"view": view}, "classifier.state": state}
        monkeypatch.setattr(st, "session_state", held)
        answer._take_view("classifier", POOL2)
        return held["classifier.state"]

    return taken


def test_a_cell_that_is_pinned_on_the_stage_goes_into_the_state(take):
    state = take({"pin": [6, 6, 31], "scope": "map"})
    assert (state.pin, state.scope) == ((6, 6, 31), "map")


@pytest.mark.parametrize("pin", [[20, 3, 3], [3, 7, 3], [3, 3, 32]])
def test_a_cell_of_the_layer_that_stood_there_before_is_left_out(take, pin):
    state = take({"pin": pin, "scope": "map"})
    assert (state.pin, state.scope) == ((1, 2, 3), "map")


@pytest.mark.parametrize("view", [None, [], {}, {"pin": "1_2_3"}, {"pin": None, "scope": "x"}])
def test_a_view_that_says_nothing_changes_nothing(take, view):
    assert take(view) == ClassifierState(layer="pool2", pin=(1, 2, 3))


def test_a_cell_on_a_layer_that_does_not_open_is_left_out(take):
    state = ClassifierState(layer="softmax")
    assert take({"pin": [0, 0, 0]}, state) == state
