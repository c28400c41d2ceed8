"""The load test's visitors do what a browser does, and notice what goes wrong."""

import asyncio
import random
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from cnnviz.drawing import Stroke
from cnnviz.pooling import EXAMPLES
from cnnviz.share import ClassifierState, decode, encode
from tests.browser.conftest import DESKTOP
from tests.browser.pad import draw
from tests.browser.server import serve
from tests.load.classroom import hold
from tests.load.students import Student
from tests.load.visit import Visit, ids, played

HEADINGS = {"": "See a convolution happen", "convolution": "Convolution"}
SLIDERS = {"convolution": "filters", "pooling": "pool_size", "classifier": "brush"}
BROKEN = 'import streamlit as st\nst.slider("slider", 1, 6, key="slider")\n1 / 0\n'


def test_a_class_of_three_acts_without_an_error(server):
    lesson = played(hold(server, Student, visitors=3, seconds=5))
    assert lesson.errors == []
    assert len(lesson.opening) == 3
    assert len(lesson.all_seconds) >= 3
    assert all(used > 0 for used in lesson.cpu_seconds)
    assert len(lesson.cpu_seconds) == 1


def test_an_exception_on_the_page_is_an_error(tmp_path):
    script = tmp_path / "broken.py"
    script.write_text(BROKEN, encoding="utf-8")

    async def visit(address):
        async with Visit(address) as visitor:
            first = await visitor.open()
            again = await visitor.act(visitor.slider("slider", 2))
            return first.exceptions + again.exceptions

    with serve(script, "--client.showErrorDetails", "full", folder=tmp_path) as (address, _):
        found = played(visit(address))
    assert found == ["ZeroDivisionError: division by zero"] * 2


def sent_by_a_browser(visitors, address, page, act):
    """Return the last message that Chromium sent after somebody acted."""
    frames = []

    def note(frame):
        frames.append(frame)

    tab = visitors.new(
        DESKTOP, listeners={"websocket": lambda socket: socket.on("framesent", note)}
    )
    tab.goto(f"{address}/{page}")
    tab.locator(".stage .sum .head").wait_for(timeout=60_000)
    tab.locator('[data-test-script-state="notRunning"]').wait_for()
    tab.wait_for_timeout(500)
    before = len(frames)
    act(tab)
    for _ in range(100):  # a busy machine takes its time
        tab.wait_for_timeout(100)
        if len(frames) > before:
            break
    tab.wait_for_timeout(1_000)
    visitors.leave()
    assert len(frames) == before + 1
    return BackMsg.FromString(frames[-1]).rerun_script


def sent_by_a_visitor(address, page, act):
    """Return the last message that a visitor of the load test sent."""

    async def visit():
        async with Visit(address) as visitor:
            await visitor.open(page)
            sent = []
            send = visitor.send_bytes
            visitor.send_bytes = lambda data: (sent.append(data), send(data))[1]
            await act(visitor)
            return BackMsg.FromString(sent[-1]).rerun_script

    return played(visit())


def values(run):
    """Return the widgets of a message with what they hold, but for what a pad keeps to itself."""
    return {
        state.id: state.WhichOneof("value") if state.json_value else str(state)
        for state in run.widget_states.widgets
    }


@pytest.mark.parametrize(
    ("page", "by_hand", "by_message"),
    [
        (
            "convolution",
            lambda tab: tab.locator("input[aria-label='strides']").press("ArrowRight"),
            lambda visitor: visitor.act(visitor.slider("convolution:strides", 2)),
        ),
        (
            "classifier",
            draw,
            lambda visitor: Student(visitor, random.Random(1)).add_stroke(),
        ),
    ],
    ids=["a slider of the convolution page", "a stroke on the classifier page"],
)
def test_a_visitor_sends_what_a_browser_sends(visitors, server, page, by_hand, by_message):
    tab = sent_by_a_browser(visitors, server.address, page, by_hand)
    visitor = sent_by_a_visitor(server.address, page, by_message)
    assert values(visitor) == values(tab)
    assert visitor.page_script_hash == tab.page_script_hash
    assert visitor.fragment_id == tab.fragment_id != ""
    assert len(visitor.cached_message_hashes) == len(tab.cached_message_hashes)


@pytest.mark.parametrize(
    ("page", "waited_for", "act"),
    [
        (
            "convolution",
            "stage",
            lambda visitor: visitor.act(visitor.state("convolution:rectangular", bool_value=True)),
        ),
        (
            "classifier",
            "network",
            lambda visitor: visitor.act(
                visitor.state("classifier:steps", string_array_value=["ink", "crop"])
            ),
        ),
    ],
    ids=["convolution", "classifier"],
)
def test_what_is_waited_for_is_sent_before_the_controls(server, page, waited_for, act):
    async def visit():
        async with Visit(server.address) as visitor:
            first = await visitor.open(page)
            return first, await act(visitor)

    for answer in played(visit()):
        came = list(ids(answer.elements))
        first = next(n for n, widget in enumerate(came) if widget.endswith(f"-{page}.{waited_for}"))
        assert first < came.index(answer.of("slider")[0].id)


def test_the_largest_stage_is_no_larger_than_a_message_may_be(server):
    query = {"input": "sample", "side": "128", "colour": "rgb", "filters": "16"}
    query |= {"kernel_size": "9", "padding": "explicit", "pad": "8_8_8_8"}

    async def script():
        async with Visit(server.address) as visit:
            return await visit.open("convolution", query)

    answer = played(script())
    assert answer.exceptions == []
    assert answer.size > 16 * 4 * 136**2  # all maps, in four bytes a number


def test_quick_clicks_on_one_button_all_count_and_wait_for_nothing(server):
    lines = tuple(Stroke(((40.0 * k, 40.0), (40.0 * k, 240.0)), 20.0) for k in range(1, 7))
    query = encode(ClassifierState(strokes=lines)).query

    async def visit():
        """Click as soon as the run of the click before has begun to draw."""
        async with Visit(server.address) as visitor:
            await visitor.open("classifier", query)
            undo = visitor.state("classifier:undo", trigger_value=True)
            seen = []
            for _ in range(3):
                await visitor.send(undo)
                seen += await visitor.read_until("new_session")
                seen += await visitor.read_until("delta")
            await visitor.receive()
            return seen.count("script_finished"), (await visitor.act()).exceptions, visitor.query

    tries = [played(visit()) for _ in range(3)]
    for _, exceptions, left in tries:
        state, errors = decode(ClassifierState, dict(parse_qsl(left)))
        assert (errors, exceptions) == ((), [])
        assert len(state.strokes) == 3
    assert min(finished for finished, *_ in tries) == 0  # a busy machine may be slower than a run


@pytest.mark.parametrize("part", [None, ""], ids=["a part", "the whole page"])
@pytest.mark.parametrize("page", ["", "convolution"])
def test_an_event_of_a_page_that_was_left_does_not_turn_back(server, page, part):
    async def visit(*, late):
        """Go to a page, and let an event of the page before arrive after that."""
        async with Visit(server.address) as visitor:
            await visitor.open("pooling")
            event = visitor.message(visitor.slider("pooling:pool_size", 3), part=part)
            await visitor.send(page=page)
            if late:
                await visitor.receive()
                await asyncio.sleep(0.3)  # until that run has ended on the server, too
            await visitor.send_bytes(event)
            answer = await visitor.receive()
            return answer.exceptions, answer.of("heading")[0].body, (await visitor.act()).exceptions

    for late in (False, True):
        assert played(visit(late=late)) == ([], HEADINGS[page], [])


def test_a_page_that_is_entered_writes_its_address_over_a_late_one_of_the_page_before(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("pooling", {"kind": "average"})
            await visitor.act(page="convolution")
            await visitor.send(page="pooling")  # by a link that carries what this page has
            return await visitor.read_until("script_finished")

    assert "page_info_changed" in played(visit())


def test_a_whole_page_that_a_part_has_asked_for_comes_to_its_end(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("convolution", {"input": "upload"})
            await visitor.act(visitor.state("share", bool_value=True))
            # The link moves, and with the panel open, the whole page is drawn for it.
            await visitor.send(visitor.state("convolution:input", string_array_value=["Matrix"]))
            await visitor.read_until("navigation")
            await visitor.send(visitor.state("convolution:input", string_array_value=["Draw"]))
            rest = await visitor.read_until("new_session")
            return rest, (await visitor.receive()).exceptions

    rest, exceptions = played(visit())
    assert "script_finished" in rest
    assert exceptions == []


def test_an_event_from_before_an_example_was_seen_changes_only_what_it_is_about(server):
    async def visit():
        async with Visit(server.address) as visitor:
            await visitor.open("pooling", {"beside": "convolution"})
            chosen = visitor.state("pooling:example", string_array_value=["After a convolution"])
            await visitor.send(chosen)
            await visitor.read_until("delta")
            await visitor.send(visitor.state("pooling:is_global", bool_value=True))
            await visitor.receive()
            return dict(parse_qsl(visitor.query))

    link = encode(replace(EXAMPLES["maps"].state, is_global=True)).query
    assert link in [played(visit()) for _ in range(3)]  # a busy machine may be slower than a run


@pytest.mark.parametrize("page", ["convolution", "pooling", "classifier"])
def test_an_answer_leaves_the_frame_as_it_is(server, page):
    async def visit():
        async with Visit(server.address) as visitor:
            first = await visitor.open(page)
            before = visitor.keys
            answer = await visitor.act(visitor.slider(f"{page}:{SLIDERS[page]}", 10))
            return first, answer, before, visitor.keys

    first, answer, before, after = played(visit())
    assert first.of("page_link")
    assert answer.elements
    # On the convolution page, a slider leaves the controls as they are.
    assert bool(answer.of("slider")) == (page != "convolution")
    assert not answer.of("page_link")
    assert after == before
    assert answer.size < first.size - 5_000  # the style sheet and the menu
