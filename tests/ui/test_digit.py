"""What a photograph becomes before it is moved, turned or thickened."""

import numpy as np
import pytest

from cnnviz import classifier
from cnnviz.drawing import Stroke, ink
from cnnviz.share import ClassifierState
from cnnviz.ui.digit import Given, on_paper, prepared

SEVEN = ink((Stroke(((80.0, 70.0), (205.0, 66.0), (140.0, 235.0)), 22.0),))


def test_a_drawing_on_the_pad_is_left_as_it_is():
    assert on_paper(SEVEN) is SEVEN


@pytest.mark.parametrize("change", [{"right": 30}, {"angle": 20}, {"scale": 0.7}, {"width": 8}])
@pytest.mark.parametrize(
    ("paper", "pen"), [(1.0, 0.0), (0.6, 0.1), (0.35, 0.04), (0.1, 1.0)], ids=str
)
def test_a_photograph_is_still_read_when_it_is_changed(paper, pen, change):
    brightness = paper + (pen - paper) * SEVEN
    given = Given((1 - brightness).astype(np.float32))
    _, image = prepared(ClassifierState(input="upload", **change), given)
    assert classifier.load().predict(image).probabilities.argmax() == 7


def test_a_small_picture_is_changed_as_if_it_filled_the_canvas():
    small = SEVEN[::10, ::10].copy()
    _, image = prepared(ClassifierState(input="upload", right=30), Given(small))
    assert classifier.load().predict(image).probabilities.argmax() == 7


def test_a_wide_picture_keeps_its_shape():
    wide = np.zeros((70, 140), np.float32)
    wide[20:50, 60:66] = 1
    canvas = on_paper(wide)
    rows, columns = (np.flatnonzero((canvas > 0.5).any(axis=axis)) for axis in (1, 0))
    assert canvas.shape == (280, 280)
    assert abs(len(rows) - 60) <= 2
    assert abs(len(columns) - 12) <= 2
