"""What a photograph becomes before it is moved, turned or thickened."""

import numpy as np
import pytest

from cnnviz import classifier
from cnnviz.digits import prepare
from cnnviz.drawing import Stroke, ink
from cnnviz.share import ClassifierState
from cnnviz.ui.digit import prepared
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
