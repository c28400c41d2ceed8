"""What a link hides is gone from every page, and its value still comes from the link."""

import functools
import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.hiding import HIDEABLE
from tests.pages.test_classifier import way

ROOT = Path(__file__).parents[2]
SCRIPTS = {
    "home": "app.py",
    "convolution": "pages/convolution.py",
    "pooling": "pages/pooling.py",
    "classifier": "pages/classifier.py",
    "lessons": "pages/lessons.py",
}
# What goes with a name: a query with which it shows, and keys of what goes (after "page:").
OPERATION = {
    "input": ("", ["input"]),
    "preset": ("", ["preset"]),
    "size": ("", ["rows", "columns", "channels"]),
    "values": ("", ["type_matrix"]),
    "sample": ("input=sample", ["sample"]),
    "index": ("input=mnist", ["index", "wanted", "another"]),
    "side": ("input=sample", ["side"]),
    "colour": ("input=sample", ["colour"]),
    "strides": ("", ["strides"]),
    "padding": ("padding=explicit", ["padding", "pad.top", "pad.right"]),
    "rectangular": ("", ["rectangular"]),
    "data_format": ("", ["data_format"]),
    "code": ("", ["program"]),
    "file": ("", ["state_file"]),
}
GONE = {
    "convolution": OPERATION
    | {
        "filters": ("", ["filters"]),
        "kernel_size": ("", ["kernel_size"]),
        "dilation_rate": ("", ["dilation_rate"]),
        "groups": ("", ["groups"]),
        "activation": ("", ["activation"]),
        "use_bias": ("", ["use_bias"]),
        "flip": ("", ["flip"]),
        "weights": ("", ["all_weights"]),
        "shape": ("", ["data_format"]),
        "notes": ("", ["about"]),
        "histogram": ("", ["values"]),
    },
    "pooling": OPERATION | {"kind": ("", ["kind"]), "pool_size": ("", ["pool_size"])},
    "classifier": {
        "input": ("", ["input"]),
        "index": ("input=mnist", ["index", "wanted", "another", "any", "misread"]),
        "steps": ("", ["steps"]),
        "answers": ("", ["why", "sweep"]),
        "why": ("", ["why"]),
        "what_if": ("angle=90", ["what_if", "angle", "scale", "sweep"]),
        "file": ("", ["state_file"]),
    },
    "lessons": {
        "answers": ("", ["reveal"]),
        "colour": ("lesson=2", ["2.colour"]),
        "data_format": ("lesson=2", ["2.data_format"]),
        "flip": ("lesson=3", ["3.flip"]),
        "kernel_size": ("lesson=4", ["4.kernel_size"]),
        "strides": ("lesson=7", ["7.strides"]),
        "padding": ("lesson=8", ["8.padding"]),
        "activation": ("lesson=9", ["9.activation"]),
        "filters": ("lesson=10", ["10.filters"]),
        "dilation_rate": ("lesson=10&argument=dilation_rate", ["10.dilation_rate"]),
        "groups": ("lesson=10&argument=groups", ["10.groups"]),
        "use_bias": ("lesson=10&argument=use_bias", ["10.use_bias"]),
        "preset": ("lesson=11", ["11.preset"]),
        "weights": ("lesson=11", ["11.weights"]),
        "controls": ("lesson=8&padding=explicit", ["8.padding", "8.pad", "8.strides"]),
        "kind": ("lesson=12", ["12.kind"]),
        "pool_size": ("lesson=12", ["12.pool_size"]),
    },
}
OTHERS = {  # what has no key of its own
    "home": {"sum": "", "share": ""},
    "convolution": {"sum": "", "share": ""},
    "pooling": {"sum": "", "share": "", "shape": "", "examples": "", "is_global": "", "beside": ""},
    "classifier": {"sum": "", "share": "", "network": ""},
    "lessons": {"sum": "lesson=3", "share": ""},
}
CASES = [(page, name, *case) for page, names in GONE.items() for name, case in names.items()]
CASES += [
    (page, name, query, []) for page, names in OTHERS.items() for name, query in names.items()
]


def open_page(page: str, query: str = "", **more: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    if page != "home":
        app.switch_page(SCRIPTS[page])
    for name, text in [*(part.split("=") for part in query.split("&") if part), *more.items()]:
        app.query_params[name] = text
    app.run()
    assert not app.exception
    return app


def parts(node) -> list:
    return [
        node,
        *(part for child in getattr(node, "children", {}).values() for part in parts(child)),
    ]


def keys(app: AppTest) -> set[str]:
    return {part.key for part in parts(app._tree) if getattr(part, "key", None)}


@functools.cache
def seen(page: str, query: str = "", **hide: str) -> tuple[set[str], list[str]]:
    """Return the keys of a page, and all that the browser is sent but for links to pages."""
    app = open_page(page, query, **hide)
    sent = [part for part in parts(app._tree) if getattr(part, "type", "") != "page_link"]
    return keys(app), [str(part.proto) for part in sent if getattr(part, "proto", None) is not None]


def test_every_name_is_tried_on_every_page_that_has_it():
    tried = {(page, name) for page, name, *_ in CASES}
    assert tried == {
        (page, name) for name, thing in HIDEABLE.items() for page in thing.pages if page in SCRIPTS
    }


@pytest.mark.parametrize(("page", "name", "query", "controls"), CASES)
def test_what_is_hidden_is_gone(page, name, query, controls):
    (before, sent_before), (after, sent_after) = seen(page, query), seen(page, query, hide=name)
    gone = {f"{page}:{control}" for control in controls}
    assert gone <= before
    assert not gone & after
    assert sent_before != sent_after


@pytest.mark.parametrize("page", ["convolution", "pooling", "classifier"])
def test_with_everything_hidden_no_control_is_left(page):
    names = [name for name, thing in HIDEABLE.items() if page in thing.pages]
    app = open_page(page, hide=".".join(names))
    left = {key for key in keys(app) if key.startswith(f"{page}:")}
    # The pad is what a drawing is made of, not a setting.
    assert left <= {f"{page}:{tool}" for tool in ("brush", "erase", "undo", "clear")} | {
        key for key in left if ":canvas:" in key
    }
    assert "share" not in keys(app)


def test_a_hidden_value_comes_from_the_link_and_stays_in_it():
    page = open_page(
        "convolution",
        "strides=2&kernel_size=3x5&padding=explicit&pad=0_0_2_2&dilation_rate=1&filters=2",
        hide="strides.kernel_size.padding.dilation_rate.filters.activation",
    )
    assert arguments(page) == ["filters=2", "kernel_size=(3, 5)", "strides=(2, 2)"]
    page.toggle(key="convolution:use_bias").set_value(False).run()
    assert arguments(page) == ["filters=2", "kernel_size=(3, 5)", "strides=(2, 2)"]
    assert page.query_params == {
        "strides": "2",
        "kernel_size": "3x5",
        "padding": "explicit",
        "pad": "0_0_2_2",
        "filters": "2",
        "use_bias": "false",
        "hide": "filters.kernel_size.strides.padding.dilation_rate.activation",
    }


def arguments(page: AppTest) -> list[str]:
    """Read the first arguments of the layer's Keras code."""
    (code,) = (part.proto.body for part in page.get("html") if "keras.layers" in part.proto.body)
    return re.findall(r"(?:filters|kernel_size|strides)=[^=]*(?=,\n)", code)


def test_hidden_steps_of_a_digit_come_from_the_link():
    page = open_page("classifier", "skip=centre&angle=90", hide="steps.what_if")
    state = page.session_state["classifier.state"]
    assert (state.skip, state.angle) == (("centre",), 90)
    assert way(page)["steps"] == []
    assert way(open_page("classifier", "skip=centre"))["steps"][-1]["skipped"]


def test_hidden_layers_leave_the_steps():
    sent = way(open_page("classifier", hide="network"))
    assert sent["layers"] == []
    assert [step["name"] for step in sent["steps"]][0::5] == ["drawn", "centre"]
    assert "classifier.network" not in components(open_page("classifier", hide="network.steps"))


def components(page: AppTest) -> dict[str, bytes]:
    """Return what each component was sent."""
    return {part.key: part.proto.bytes for part in page.get("bidi_component")}


def test_hidden_answers_are_not_sent_at_all():
    for hide, there in (({}, True), ({"hide": "answers"}, False)):
        page = open_page("classifier", **hide)
        _, sent = seen("classifier", **hide)
        assert bool(page.get("plotly_chart")) is there
        assert any("The network is" in message for message in sent) is there
        assert (b'"softmax' in components(page)["classifier.network"]) is there


@pytest.mark.parametrize("page", SCRIPTS)
def test_every_link_of_a_page_hides_the_same(page):
    links = [part.proto for part in open_page(page, hide="strides.answers").get("page_link")]
    assert len(links) >= 4
    assert {link.query_string.rpartition("hide=")[2] for link in links} == {"strides.answers"}


@pytest.mark.parametrize("page", GONE)
def test_a_name_that_cannot_be_hidden_is_explained_once_and_leaves_the_link(page):
    app = open_page(page, hide="paddin,groups")
    assert [warning.value.replace("\\", "") for warning in app.warning] == [
        "hide names 'paddin', but there is no such thing to hide. Write padding instead."
    ]
    assert app.query_params["hide"] == "groups"
    assert not app.run().warning


def test_a_page_that_one_comes_back_to_is_as_it_was_left_and_hides_the_same():
    app = open_page("convolution", "strides=2", hide="padding")
    app.switch_page(SCRIPTS["classifier"])
    app.query_params.clear()
    app.query_params["hide"] = "padding"
    app.run()
    app.switch_page(SCRIPTS["convolution"])
    app.query_params.clear()
    app.query_params["hide"] = "padding"
    app.run()
    assert app.slider(key="convolution:strides").value == 2
    assert app.query_params == {"strides": "2", "hide": "padding"}
    assert not app.warning


def test_typed_weights_bring_their_number_of_filters_where_that_is_hidden():
    page = open_page("convolution", hide="filters.kernel_size")
    page.session_state["convolution:all_weights"] = True  # the popover, opened
    page.run()
    page.text_area(key="convolution:typed_weights").set_value("1 2; 3 4").run()
    page.button(key="convolution:use_weights").click().run()
    assert not page.error
    state = page.session_state["convolution.state"]
    assert (state.filters, state.kernel_size) == (1, (2, 2))


def test_the_stage_cannot_be_edited_where_typing_is_hidden():
    header = stage_of(open_page("convolution"))
    assert header["editable"] == {"weights": True, "input": True}
    header = stage_of(open_page("convolution", hide="weights"))
    assert header["editable"] == {"weights": False, "input": True}
    header = stage_of(open_page("convolution", hide="values.sum"))
    assert header["editable"] == {"weights": True, "input": False}
    assert header["sum"] is False


def stage_of(app: AppTest) -> dict:
    (stage,) = (part for part in app.get("bidi_component") if part.key == "convolution.stage")
    block = stage.proto.bytes
    return json.loads(block[4 : 4 + int.from_bytes(block[:4], "little")])
