"""Most events draw a part of a page alone: it stands then as if the whole had been drawn."""

import asyncio
import random

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.drawing import MAX_STROKES, Stroke
from cnnviz.share import ClassifierState, encode
from cnnviz.ui.strokes import to_canvas
from tests.browser.server import ROOT
from tests.load.students import Student
from tests.load.visit import Answer, Visit, ids, played

SEVEN = Stroke(((80.0, 60.0), (200.0, 60.0), (120.0, 230.0)), 20.0)
LANDSCAPE = ROOT / "assets" / "samples" / "landscape.webp"
GONE = 0.5  # seconds after a run's last message until its thread has ended, with a wide margin
FILE = "download_button"  # it stands beside the link
CONTROLS = ("slider", "number_input", "checkbox", "selectbox", "button_group", FILE)
QUERIES = {
    "convolution": {},
    "classifier": {
        **encode(ClassifierState(strokes=(SEVEN,))).query,
        "angle": "5",  # a "what if" at work, so that its sliders are there
    },
}


def choices(visitor: Visit, student: Student, page: str, chance: random.Random):
    """Return what can be done on a page: some of it changes the controls, most of it does not."""
    slider, state = visitor.slider, visitor.state
    if page == "classifier":
        return [
            student.add_stroke,
            lambda: visitor.act(slider("classifier:angle", chance.choice([-10, 5, 10]))),
            lambda: visitor.act(
                state(
                    "classifier:steps",
                    string_array_value=chance.choice([["ink", "crop"], ["ink", "scale", "centre"]]),
                )
            ),
            lambda: visitor.act(state("classifier:clear", trigger_value=True)),
            *([student._open().do] if "classifier.network" in visitor.keys else []),
            *(
                lambda pin=pin: visitor.act(
                    visitor.event("classifier.stage", "view", {"pin": pin, "scope": "map"})
                )
                for pin in ([0, 1, 2], [3, 0, 2], [1, 1, 5])
                if "classifier.stage" in visitor.keys
            ),
        ]
    pads = [name for name in visitor.keys if name.startswith("convolution:pad.")]
    return [
        *(
            lambda name=name: visitor.act(slider(f"convolution:{name}", chance.randint(1, 4)))
            for name in ("filters", "kernel_size", "strides")
            if f"convolution:{name}" in visitor.keys
        ),
        *(
            lambda name=name: visitor.act(state(name, int_value=chance.randint(0, 2)))
            for name in pads
        ),
        lambda: visitor.act(state("convolution:rows", int_value=chance.randint(5, 9))),
        lambda: visitor.act(
            state(
                "convolution:padding",
                string_array_value=[chance.choice(["valid", "same", "explicit"])],
            )
        ),
        lambda: visitor.act(state("convolution:rectangular", bool_value=chance.random() < 0.5)),
        student._edit().do,
        student._pin("convolution").do,
    ]


def written(answer: Answer) -> set[bytes]:
    """Write what was drawn, but for controls, which are told their value in some runs only."""
    return {
        element.SerializeToString()
        for element in answer.elements
        if element.WhichOneof("type") not in CONTROLS
    }


@pytest.mark.parametrize("page", QUERIES)
def test_what_a_part_shows_is_what_the_whole_page_would_show(server, page):
    chance = random.Random(3)

    async def visit():
        steps = []
        async with Visit(server.address) as visitor:
            student = Student(visitor, chance)
            await visitor.open(page, QUERIES[page])
            for _ in range(10):
                for _ in range(3):
                    answer = await chance.choice(choices(visitor, student, page, chance))()
                part = written(answer)
                stands = (visitor.keys, visitor.query)
                whole = await visitor.act()
                other = part - written(whole)
                steps.append((stands, (visitor.keys, visitor.query), other, whole, answer))
        return steps

    steps = played(visit())
    for stood, stands, other, whole, answer in steps:
        assert not answer.exceptions + whole.exceptions
        assert stood == stands
        assert other == set()
    assert any(not answer.of("slider") for *_, answer in steps)  # the controls were not drawn


def events():
    return {
        "a slider": lambda visitor: visitor.slider("convolution:filters", 5),
        "a cell of the stage": lambda visitor: visitor.event(
            "convolution.stage", "view", {"pin": [0, 0, 0], "scope": "layer", "filter": 0}
        ),
    }


@pytest.mark.parametrize("event", events())
def test_an_event_that_ends_a_run_draws_the_controls_that_this_would_have_drawn(server, event):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("convolution")
            wanted = visitor.state("convolution:padding", string_array_value=["explicit"])
            await visitor.send(wanted)
            seen = await visitor.read_until("new_session")
            seen += await visitor.read_until("delta")  # the stage is drawn, the controls are not
            await visitor.send(events()[event](visitor))
            answer = await visitor.receive()
            return seen, answer, visitor.keys

    for _ in range(3):
        seen, answer, keys = played(visit())
        assert not answer.exceptions
        assert "script_finished" not in seen
        assert "convolution:pad.top" in keys


def test_a_slider_draws_no_control_and_the_stage_first(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("convolution")
            await asyncio.sleep(GONE)
            return await visitor.act(visitor.slider("convolution:strides", 2))

    answer = played(visit())
    assert next(ids(answer.elements)).endswith("-convolution.stage")
    assert not answer.of("slider")
    assert not answer.of("selectbox")


def test_a_stroke_draws_no_control(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("classifier")
            await asyncio.sleep(GONE)
            before = visitor.keys
            answer = await Student(visitor, random.Random(1)).add_stroke()
            return before, visitor.keys, answer

    before, after, answer = played(visit())
    assert after == before
    assert not [kind for kind in (*CONTROLS, "button") if answer.of(kind) and kind != FILE]
    assert [shown.id.split(".")[-1] for shown in answer.of("bidi_component")] == [
        "network",
        "stage",
    ]


def pad_of(count):
    """Write a pad with short lines beside each other, as its Fabric.js does."""
    lines = [Stroke(((10.0 + k, 20.0), (10.0 + k, 40.0)), 5.0) for k in range(count)]
    return to_canvas(tuple(lines))


@pytest.mark.parametrize("page", ["convolution", "classifier"])
def test_controls_follow_the_first_stroke_and_the_one_that_is_too_many(server, page):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open(page, {"input": "draw", "strokes": ""})
            answers = []
            for count in (1, 2, MAX_STROKES, MAX_STROKES + 1, MAX_STROKES):
                key = next(key for key in visitor.keys if key.startswith(f"{page}:canvas"))
                drawing = {"raw": pad_of(count), "data": None}
                answers.append(
                    await visitor.act(visitor.component(key, drawing=drawing, backgroundFit=None))
                )
            return answers

    drawn = [
        (
            [button.disabled for button in answer.of("button") if button.label == "Undo"],
            sum("are left out" in alert.body for alert in answer.of("alert")),
        )
        for answer in played(visit())
    ]
    assert drawn == [([False], 0), ([], 0), ([], 0), ([False], 1), ([False], 0)]


def test_an_event_of_a_part_that_two_ended_runs_have_not_drawn_counts(server):
    def pin(visitor, row):
        return visitor.event("classifier.stage", "view", {"pin": [row, 3, 0], "scope": "layer"})

    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("classifier")
            await visitor.send(visitor.state("classifier:steps", string_array_value=["ink"]))
            for row in (5, 9):
                await visitor.read_until("new_session")
                await visitor.read_until("delta")
                await visitor.send(pin(visitor, row))
            await visitor.receive()
            return visitor.query

    for _ in range(2):
        assert "pin=9_3_0" in played(visit())


PIN = {"pin": [0, 0, 0], "scope": "layer", "filter": 0}
ONLY = {
    "a cell of a layer": ("convolution.stage", "view", PIN, []),
    "a cell of a pooling layer": ("pooling.stage", "view", PIN, []),
    "a cell of the map on the stage": ("classifier.stage", "view", PIN, []),
    "another map": ("classifier.network", "choice", {"layer": "conv2", "map": 3}, ["stage"]),
}


@pytest.mark.parametrize(("key", "event", "value", "drawn"), ONLY.values(), ids=ONLY)
def test_what_changes_the_view_only_draws_little_and_is_in_the_link(
    server, key, event, value, drawn
):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open(key.split(".")[0])
            answer = await visitor.act(visitor.event(key, event, value))
            return answer, visitor.query

    answer, query = played(visit())
    assert answer.exceptions == []
    assert "pin=" in query
    assert [shown.id.split(".")[1] for shown in answer.of("bidi_component")] == drawn
    assert [len(answer.of(kind)) for kind in ("slider", "html", "plotly_chart")] == [0, 0, 0]


def test_one_step_of_an_uploaded_pictures_side_is_one_step_of_the_link(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("convolution", {"input": "upload"})
            await visitor.upload("convolution:file:1", LANDSCAPE.read_bytes(), name="a.webp")
            before = visitor.query
            seen = []
            await visitor.send(visitor.slider("convolution:side", 16))
            while "script_finished" not in seen:
                message = ForwardMsg.FromString(await visitor._next())
                seen.append(message.WhichOneof("type"))
                if seen[-1] == "script_finished" and (
                    message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
                ):
                    seen.pop()
            return before, seen.count("page_info_changed")

    before, written = played(visit())
    assert "picture=" in before
    assert written == 1


def test_pairs_that_are_no_longer_rectangular_are_square_everywhere(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("convolution", {"kernel_size": "5x4"})
            answer = await visitor.act(visitor.state("convolution:rectangular", bool_value=False))
            return answer, visitor.query, visitor.value("convolution:kernel_size")

    answer, query, shown = played(visit())
    assert "kernel_size=5" in query.split("&")
    assert shown == [5.0]
    assert any("kernel_size=(5, 5)" in text for text in answer.texts())


def test_an_event_that_ends_the_way_back_draws_the_sliders(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("classifier", {"angle": "5"})
            await visitor.send(visitor.state("classifier:back", trigger_value=True))
            await visitor.read_until("new_session")
            await visitor.read_until("delta")
            choice = {"layer": "conv1", "map": 3}
            await visitor.send(visitor.event("classifier.network", "choice", choice))
            await visitor.receive()
            return visitor.value("classifier:angle"), visitor.query

    for _ in range(3):
        shown, query = played(visit())
        assert "angle" not in query
        assert shown == [0.0]
