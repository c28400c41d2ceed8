"""A picture of a state, without its controls, is the one that the controls would give."""

import io

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import DeletedFile

from cnnviz import mnist
from cnnviz.drawing import Stroke, draw, sample
from cnnviz.images import to_grey, to_rgb
from cnnviz.share import ClassifierState, PictureState
from cnnviz.ui import photograph, picture
from cnnviz.ui.picture import picture_of
from cnnviz.workshop import matrix_of

LINE = (Stroke(((40.0, 40.0), (200.0, 180.0)), 22.0),)


def file(*rows):
    content = io.BytesIO()
    Image.fromarray(np.array(rows, np.uint8)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PictureState(preset="ramp", rows=2), matrix_of),
        (PictureState(input="draw", strokes=LINE, side=20), lambda _: draw(LINE, side=20)),
        (PictureState(input="draw"), lambda _: np.zeros((28, 28, 1))),
        (
            PictureState(input="mnist", index=3),
            lambda _: mnist.load().test_image(3)[:, :, np.newaxis],
        ),
        (
            PictureState(input="sample", sample="balloons", side=16),
            lambda _: to_grey(sample("balloons", max_side=16)),
        ),
        (
            PictureState(input="sample", sample="balloons", side=16, colour="rgb"),
            lambda _: to_rgb(sample("balloons", max_side=16)),
        ),
        (
            PictureState(input="upload", picture=file([0, 51], [102, 255])),
            lambda _: np.float32([[0, 0.2], [0.4, 1]])[:, :, np.newaxis],
        ),
    ],
)
def test_every_input_has_its_picture(state, expected):
    np.testing.assert_allclose(picture_of(state), expected(state), atol=1e-6)


def test_the_file_itself_comes_before_the_copy_in_the_state():
    state = PictureState(input="upload", picture=file([0, 0]))
    assert picture_of(state, file([255, 255])).tolist() == [[[1], [1]]]


def test_there_is_no_picture_before_one_is_uploaded():
    assert picture_of(PictureState(input="upload")) is None


@pytest.mark.parametrize(
    ("take", "state"),
    [
        (picture._take, PictureState(input="upload", picture=b"a copy")),
        (
            lambda page, key: photograph._take(page, "upload", key),
            ClassifierState(input="upload", picture=b"a copy"),
        ),
    ],
    ids=["a picture", "a photograph"],
)
def test_while_one_file_takes_the_place_of_another_the_picture_stays(monkeypatch, take, state):
    held = {"page.state": state, "page:file:1": DeletedFile("1")}
    monkeypatch.setattr(st, "session_state", held)
    take("page", "page:file:1")
    assert held["page.state"] == state


def test_who_takes_a_file_away_before_it_is_read_has_none(monkeypatch):
    held = {
        "page.state": PictureState(input="upload", picture=b"a copy"),
        "page.upload": b"the picture before",
        "page.upload_of": "page:file:1",
        "page:file:1": io.BytesIO(b"the next"),
    }
    monkeypatch.setattr(st, "session_state", held)
    picture._take("page", "page:file:1")
    assert held["page.upload"] == b"the picture before"  # until the next is read
    held["page:file:1"] = None
    picture._take("page", "page:file:1")
    assert "page.upload" not in held
    assert held["page.state"].picture is None
