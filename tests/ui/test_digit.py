"""What becomes of a digit, moved, turned or thickened, and what of it is remembered."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import streamlit as st

from cnnviz import classifier, mnist
from cnnviz.digits import prepare
from cnnviz.drawing import Stroke, ink
from cnnviz.encoding import png
from cnnviz.share import ClassifierState
from cnnviz.ui.answer import predicted
from cnnviz.ui.digit import prepared, read_digit
from cnnviz.whatif import Change, Given

SEVEN = ink((Stroke(((80.0, 70.0), (205.0, 66.0), (140.0, 235.0)), 22.0),))


@pytest.mark.parametrize("change", [{"right": 30}, {"angle": 20}, {"scale": 0.7}, {"width": 8}])
@pytest.mark.parametrize(
    ("paper", "pen"), [(1.0, 0.0), (0.6, 0.1), (0.35, 0.04), (0.1, 1.0)], ids=str
)
def test_a_photograph_is_still_read_when_it_is_changed(paper, pen, change):
    brightness = paper + (pen - paper) * SEVEN
    given = Given((1 - brightness).astype(np.float32), is_photograph=True)
    _, image = prepared(ClassifierState(input="upload", **change), given)
    assert classifier.load().predict(image).probabilities.argmax() == 7


def test_a_small_picture_is_changed_as_if_it_filled_the_canvas():
    given = Given(SEVEN[::10, ::10].copy(), is_photograph=True)
    _, image = prepared(ClassifierState(input="upload", right=30), given)
    assert classifier.load().predict(image).probabilities.argmax() == 7


def test_a_drawing_is_prepared_without_the_steps_that_are_off():
    state = ClassifierState(skip=("centre", "crop"), right=20)
    preparation, image = prepared(state, Given(SEVEN))
    assert [step.name for step in preparation.steps if step.skipped] == ["crop", "centre"]
    expected = prepare(Change(right=20).apply(SEVEN), skip=("crop", "centre"))
    np.testing.assert_array_equal(image, expected.image)


@pytest.fixture(autouse=True)
def visit(monkeypatch) -> dict[str, Any]:
    """What the visit keeps."""
    held: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", held)
    return held


OTHERWISE = {
    "strokes": (Stroke(((140.0, 40.0), (140.0, 240.0)), 24.0),),
    "skip": ("centre",),
    "right": 30,
    "down": 30,
    "angle": 20,
    "scale": 0.7,
    "width": 8,
    "noise": 0.1,
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_remembered_of_a_drawing_is_not_told_of_another(name):
    state = ClassifierState(**{name: OTHERWISE[name]})
    usual, reading = read_digit("classifier", ClassifierState()), read_digit("classifier", state)
    assert not np.array_equal(reading.image, usual.image)
    preparation, image = prepared(state, Given(ink(state.strokes)))
    np.testing.assert_array_equal(reading.image, image)
    for step, expected in zip(reading.preparation.steps, preparation.steps, strict=True):
        np.testing.assert_array_equal(step.picture, expected.picture)
        assert (step.sentence, step.skipped) == (expected.sentence, expected.skipped)


@pytest.mark.parametrize("change", [{"index": 7}, {"prepare": True}, {"input": "draw"}], ids=str)
def test_what_is_remembered_of_a_digit_of_mnist_is_not_told_of_another(change):
    state = ClassifierState(input="mnist", index=3)
    before, after = (
        read_digit("classifier", state),
        read_digit("classifier", replace(state, **change)),
    )
    assert not np.array_equal(before.image, after.image)
    assert before.given.label == mnist.load().y_test[3]


def test_what_does_not_change_the_digit_lets_it_be_remembered():
    state = ClassifierState(layer="conv2", pin=(1, 2, 3), scope="map", why=True, sweep=True)
    reading = read_digit("classifier", ClassifierState())
    assert read_digit("classifier", state) is reading


def test_an_answer_is_the_networks_and_that_of_the_run_before_is_remembered():
    net = classifier.load()
    for state in (ClassifierState(), ClassifierState(angle=40), ClassifierState()):
        image = read_digit("classifier", state).image
        answer, is_new = predicted("classifier", net, image)
        assert is_new
        for name, values in net.predict(image).activations.items():
            np.testing.assert_array_equal(answer.activations[name], values)
        again, is_new = predicted("classifier", net, image.copy())
        assert again is answer
        assert not is_new


def test_a_visit_keeps_one_drawing_and_no_photograph(visit):
    for angle in range(5):
        read_digit("classifier", ClassifierState(angle=angle))
    kept = set(visit)
    assert len(kept) == 1
    read_digit("classifier", ClassifierState(input="upload", picture=png(np.zeros((9, 9, 1)))))
    assert {key for key in visit if key.endswith("reading")} == kept
    assert visit["classifier.reading"][0][0] == "draw"
