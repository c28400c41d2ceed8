"""TEACHING.md: its links open what it says, and its numbers are right."""

import re
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import compute, workshop
from cnnviz.hiding import read_hidden
from cnnviz.lessons import LESSONS, LessonsState
from cnnviz.share import ClassifierState, ConvolutionState, PoolingState, decode
from tests.browser.server import ROOT

TEXT = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\| `(/[^`]+)` \|", TEXT)
STATES = {
    "/convolution": ConvolutionState,
    "/pooling": PoolingState,
    "/classifier": ClassifierState,
    "/lessons": LessonsState,
}


def opened(link):
    parts = urlsplit(link)
    query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    return parts.path, query


def state_of(link):
    path, query = opened(link)
    _, problems = read_hidden(query.pop("hide", ""))
    assert not problems
    state, errors = decode(STATES[path], query)
    assert errors == ()
    return state


def output_of(link):
    state = state_of(link)
    layer = workshop.layer_of(state)
    image = workshop.matrix_of(state)
    kernel = workshop.kernel_of(state, layer, image.shape[2])
    return compute.convolve(image, kernel, None, layer)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_opens_without_a_complaint(link):
    path, query = opened(link)
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page(f"pages{path}.py")
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert [*page.error, *page.warning] == []
    assert state_of(link)


def test_the_minutes_are_a_lesson_without_gaps():
    spans = [
        tuple(map(int, span)) for span in re.findall(r"^\| (\d+)–(\d+) \|", TEXT, re.MULTILINE)
    ]
    assert len(spans) == len(LINKS)
    assert (spans[0][0], spans[-1][1]) == (0, 45)
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


def test_the_first_sums_are_the_ones_that_the_class_will_find():
    secret, solved = LINKS[1:3]
    assert secret == f"{solved}&hide=sum.shape.code"
    np.testing.assert_array_equal(output_of(solved)[:, :, 0], [[12, 16], [24, 28]])


def test_the_stride_that_does_not_fit_leaves_two_rows():
    assert output_of(LINKS[4]).shape == (2, 2, 1)


def test_the_lessons_that_it_names_are_the_ones_that_open():
    titles = [LESSONS[state_of(LINKS[k]).lesson - 1].title for k in (0, 3, 8)]
    assert titles == ["A picture is numbers", "How big is the output?", "A real digit"]
    assert f"All {'fourteen' if len(LESSONS) == 14 else len(LESSONS)} lessons" in TEXT
