"""The share panel without a browser: what it writes for a state."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.address import LONGEST_SCANNED
from cnnviz.codec import Typed
from cnnviz.drawing import Stroke
from cnnviz.share import LONGEST_QUERY, ConvolutionState, encode

ROOT = Path(__file__).parents[2]
HOST = "http://cnn.school:8501"
ONLY_HERE = (
    "This address works on this computer only. Open the page by the computer's name or network "
    "address, and share from there."
)


def open_page(page: str, *, panel: bool = True, host: str = HOST, **query: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    if page != "home":
        app.switch_page(f"pages/{page}.py")
    app.context["url"] = f"{host}/{page}"
    app.query_params.update(query)
    app.session_state["share"] = panel
    app.run()
    assert not app.exception
    return app


def handout(app: AppTest) -> dict:
    (panel,) = (part for part in app.get("bidi_component") if part.key == "share.handout")
    return json.loads(panel.proto.json)


def query_of(address: str) -> dict[str, str]:
    return {name: texts[0] for name, texts in parse_qs(urlsplit(address).query).items()}


def test_closed_the_panel_is_one_button():
    app = open_page("convolution", panel=False)
    assert [part.key for part in app.get("bidi_component")] == ["tab", "convolution.stage"]
    assert not [group for group in app.button_group if "share" in (group.key or "")]


@pytest.mark.parametrize("page", ["home", "convolution", "pooling", "classifier"])
def test_every_page_has_the_panel_with_its_own_address(page):
    sent = handout(open_page(page))
    assert sent["link"].startswith(f"{HOST}/")
    assert sent["code"]["address"] == sent["link"]
    assert sent["notes"] == []


def test_the_link_hides_on_other_pages_what_is_hidden_there():
    app = open_page("classifier", hide="strides.answers")
    assert set(query_of(handout(app)["link"])["hide"].split(".")) == {"strides", "answers"}
    assert "Hidden on other pages: the stride." in [caption.value for caption in app.caption]
    app.pills(key="share.hide.classifier").set_value(["answers"]).run()
    assert query_of(handout(app)["link"]) == {"hide": "answers"}


def test_the_link_is_that_of_this_very_run():
    app = open_page("convolution", strides="2")
    app.slider(key="convolution:filters").set_value(5).run()
    assert query_of(handout(app)["link"]) == {"strides": "2", "filters": "5"}
    assert app.query_params == {"strides": "2", "filters": "5"}


def test_what_is_chosen_to_be_hidden_is_in_all_three_and_not_in_this_page():
    app = open_page("convolution", strides="2")
    app.pills(key="share.hide.convolution").set_value(["groups", "padding"]).run()
    sent = handout(app)
    expected = {"strides": "2", "hide": "padding.groups"}
    assert query_of(sent["link"]) == query_of(sent["code"]["address"]) == expected
    assert "strides=2&amp;hide=padding.groups&amp;embed=true" in sent["frame"]
    assert [caption.value for caption in app.caption if "Hidden" in caption.value] == [
        "Hidden: the padding; the groups."
    ]
    assert app.query_params == {"strides": "2"}
    assert app.slider(key="convolution:groups")


def test_what_the_page_hides_already_is_hidden_from_others_until_it_is_taken_out():
    app = open_page("convolution", hide="padding.groups")
    assert query_of(handout(app)["link"]) == {"hide": "padding.groups"}
    app.pills(key="share.hide.convolution").set_value(["groups"]).run()
    assert query_of(handout(app)["link"]) == {"hide": "groups"}
    app.pills(key="share.hide.convolution").set_value([]).run()
    assert query_of(handout(app)["link"]) == {}


def test_without_menu_link_and_code_are_for_a_frame_too():
    app = open_page("pooling", pool_size="3")
    assert query_of(handout(app)["link"]) == {"pool_size": "3"}
    assert "embed=true" in handout(app)["frame"]
    app.toggle(key="share.embedded").set_value(True).run()
    sent = handout(app)
    assert query_of(sent["link"]) == {"pool_size": "3", "embed": "true"}
    assert sent["code"]["address"] == sent["link"]


def test_an_impossible_layer_can_be_shared_too():
    app = open_page("convolution", padding="valid", kernel_size="8")
    assert app.error
    assert query_of(handout(app)["link"]) == {"padding": "valid", "kernel_size": "8"}


@pytest.mark.parametrize("host", ["http://localhost:8501", "http://127.0.0.1:8501"])
def test_an_address_that_nobody_else_reaches_is_said(host):
    assert handout(open_page("home", host=host))["notes"] == [ONLY_HERE]


def test_a_code_too_dense_leaves_out_the_drawing_and_says_so():
    lines = tuple(Stroke(((k, 10.0), (250.0 - k, 270.0)) * 12, 20.0) for k in range(15))
    query = encode(ConvolutionState(input="draw", strokes=lines, filters=2)).query
    assert LONGEST_SCANNED < len(query["strokes"]) < LONGEST_QUERY
    sent = handout(open_page("convolution", **query))
    assert query_of(sent["link"]) == query
    assert query_of(sent["code"]["address"]) == {"input": "draw", "filters": "2"}
    assert sent["notes"] == [
        "The QR code leaves out the drawing: with it no telephone could read the code from a wall. "
        "The link has all of it."
    ]


def test_a_link_that_cannot_hold_its_state_says_where_to_put_it():
    matrix = Typed((12, 12, 3), (0.123456,) * 432)
    state = ConvolutionState(rows=12, columns=12, channels=3, values=matrix)
    app = open_page("convolution", rows="12", columns="12", channels="3")
    app.session_state["convolution.state"] = state
    app.run()
    assert encode(state).left_out == ("the typed matrix",)
    sent = handout(app)
    assert "values" not in sent["link"]
    assert sent["notes"] == [
        "No link can hold the typed matrix. Save this state as a file instead."
    ]


def test_an_address_that_is_itself_too_long_gets_no_code():
    sent = handout(open_page("home", host=f"http://{'a.' * 400}school"))
    assert sent["code"] is None
    assert sent["notes"] == ["This link is too long for a QR code that can be read from a wall."]


def test_an_embedded_page_has_no_menu_and_no_panel():
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.switch_page("pages/convolution.py")
    app.context["is_embedded"] = True
    app.run()
    assert not app.exception
    assert not app.get("page_link")
    assert "share" not in app.session_state
    assert app.title[0].value == "Convolution"
