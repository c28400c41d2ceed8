"""Whatever a visitor sends: the page stays whole or says what to do, and nobody else notices."""

import asyncio
import random
import struct
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import cycle, pairwise

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.conftest import KEPT
from tests.hostile import TIMES
from tests.hostile.messages import choice, drawing, edits, unreadable, view, wrong_kinds
from tests.load.students import Student
from tests.load.visit import Visit, VisitError, played

# Visits side by side: most of an answer is a pause for painting, in which others have the turn.
TOGETHER = 4
PAGES = ("", "convolution", "pooling", "classifier", "lessons")
PAUSE = 10  # seconds until the neighbour acts; a socket that nobody reads from is soon closed
SECRET = 4321.25  # the neighbour's weight: six digits, and exact in every precision


@asynccontextmanager
async def neighbour(server):
    """Let somebody work beside, whose numbers nobody else may see, and who must not notice."""
    async with Visit(server.address) as visit:
        opened = await visit.open("convolution", {"edits": f"0_0_0_0_{SECRET}"})
        assert shows_secret(opened)
        filters = cycle((4, 3))
        others_left = asyncio.Event()

        async def work():
            while not others_left.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(others_left.wait(), PAUSE)
                after = await visit.act(visit.slider("convolution:filters", next(filters)))
                assert after.exceptions == []
                assert shows_secret(after)

        working = asyncio.create_task(work())
        try:
            yield visit
        finally:
            others_left.set()
            await working


def shows_secret(answer):
    texts = [element.SerializeToString() for element in answer.elements]
    return any(struct.pack("<f", SECRET) in text or str(SECRET).encode() in text for text in texts)


def at_times(write):
    """Number the edits, as the stage does."""
    clock = iter(range(1, 10**9, 1_000))
    return lambda chance: write(chance, next(clock))


def whole_key(visit, beginning):
    """Return a component's key: a pad's has numbers behind, how often it was renewed."""
    return next(key for key in visit.keys if key.startswith(beginning))


MATRIX, DRAWN = {"input": "matrix"}, {"input": "draw"}
# What it is, the page and its query, the key of the component, and what it sends.
COMPONENTS = {
    "edits of the stage": ("convolution", MATRIX, "convolution.stage", "edits", at_times(edits)),
    "views of the stage": ("convolution", MATRIX, "convolution.stage", "view", view),
    "drawings to convolve": ("convolution", DRAWN, "convolution:canvas", None, drawing),
    "edits of a pool": ("pooling", MATRIX, "pooling.stage", "edits", at_times(edits)),
    "views of a pool": ("pooling", MATRIX, "pooling.stage", "view", view),
    "drawings to pool": ("pooling", DRAWN, "pooling:canvas", None, drawing),
    "views of a layer": ("classifier", {}, "classifier.stage", "view", view),
    "choices of a map": ("classifier", {}, "classifier.network", "choice", choice),
    "drawings to read": ("classifier", {}, "classifier:canvas", None, drawing),
    "edits of a lesson": ("lessons", {"lesson": "7"}, "lessons.stage", "edits", at_times(edits)),
    "views of a lesson": ("lessons", {"lesson": "7"}, "lessons.stage", "view", view),
    "edits of the first stage": ("", {}, "home.stage", "edits", at_times(edits)),
    "views of the first stage": ("", {}, "home.stage", "view", view),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_may_send_anything_and_the_page_stays_whole(server, name):
    page, query, key, event, write = COMPONENTS[name]

    async def send_some(part):
        chance = random.Random(f"{name} {part}")
        async with Visit(server.address) as visit:
            await visit.open(page, query)
            for _ in range(12 * TIMES // TOGETHER):
                whole, text = whole_key(visit, key), write(chance)
                message = (
                    visit.raw_event(whole, f'[{{"event":"{event}","value":{text}}}]')
                    if event
                    else visit.state(whole, json_value=text)
                )
                answer = await visit.act(message)
                assert answer.exceptions == [], text[:500]
                assert whole_key(visit, key), text[:500]
                assert not shows_secret(answer)

    async def script():
        async with neighbour(server):
            await asyncio.gather(*map(send_some, range(TOGETHER)))

    played(script())


def test_what_cannot_be_read_is_told_and_the_next_message_finds_a_whole_page(server):
    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            first = await visit.open("convolution")
            for text in unreadable():
                for message in (
                    visit.raw_event("convolution.stage", text),
                    visit.state("convolution.stage", json_value=text),
                ):
                    answer = await visit.act(message)
                    assert "reload the page" in answer.exceptions[0]
                    visit.forget(message.id)
                    again = await visit.act()
                    assert again.exceptions == []
                    assert len(again.elements) == len(first.elements)

    played(script())


STROKES = "GAADNze2N23I"  # a seven
DENSE = f"[{','.join(['{}'] * 600_000)}]"  # Python makes 40 MB of it, and more of the pad's objects
ONES = f"[{','.join(['1'] * 900_000)}]"
PAD = '{{"drawing":{{"raw":{{"objects":{}}}}}}}'


@pytest.mark.parametrize(
    "sent",
    [
        ("classifier", DRAWN, "classifier:canvas", "json_value", PAD.format(DENSE)),
        ("pooling", DRAWN, "pooling:canvas", "json_value", PAD.format(ONES)),
        ("convolution", DRAWN, "convolution:canvas", "string_value", PAD.format(ONES)),
        ("convolution", MATRIX, "convolution.stage", "json_value", f'{{"a":{DENSE}}}'),
        ("convolution", MATRIX, "convolution.stage", "bytes_value", f'{{"a":{DENSE}}}'.encode()),
    ],
    ids=["objects", "numbers", "a text", "a stage's state", "bytes"],
)
def test_a_visit_keeps_little_of_a_dense_message(server, sent):
    page, query, key, field, text = sent

    async def script():
        async with AsyncExitStack() as stack:
            visits = [await stack.enter_async_context(Visit(server.address)) for _ in range(4)]
            for visit in visits:
                await visit.open(page, {**query, "strokes": STROKES})
            before = server.megabytes()
            for visit in visits:
                message = visit.state(whole_key(visit, key), **{field: text})
                answer = await visit.act(message)
                assert answer.exceptions == []
                visit.forget(message.id)
                again = await visit.act()
                assert again.exceptions == []
                assert whole_key(visit, key)
                assert query == MATRIX or STROKES in visit.query  # nothing drawn is lost
            return server.megabytes() - before

    assert played(script()) < 40


def test_who_draws_more_than_a_pad_may_send_is_told_and_keeps_what_was_there(server):
    async def script():
        async with Visit(server.address) as visit:
            await visit.open("classifier")
            await Student(visit, random.Random(1)).add_stroke()
            drawn = visit.query
            pad = whole_key(visit, "classifier:canvas")
            answer = await visit.act(visit.state(pad, json_value=PAD.format(DENSE)))
            assert answer.exceptions == []
            assert any(
                "larger than the 1 MB that a pad may send" in text for text in answer.texts()
            )
            assert visit.query == drawn
            assert "strokes=" in drawn
            assert pad not in visit.keys  # it begins anew

    played(script())


LINKS = {
    "convolution": {"strides": "2", "padding": "valid", "activation": "tanh", "flip": "true"},
    "pooling": {"kind": "average", "pool_size": "3", "padding": "same"},
    "classifier": {"angle": "5", "sweep": "true", "skip": "crop"},
}


@pytest.mark.parametrize("page", LINKS)
def test_a_browser_that_has_drawn_nothing_yet_is_told_the_values_of_the_link_again(server, page):
    async def script():
        async with Visit(server.address) as visit:
            first = told_values(await visit.open(page, LINKS[page]))
            for widget in visit.known:
                visit.forget(widget)
            return first, told_values(await visit.act()), told_values(await visit.act())

    first, again, settled = played(script())
    assert len(first) >= len(LINKS[page])
    assert again == first
    assert settled == set()  # the browser has all of them: what it says counts


def told_values(answer):
    """Return the widgets that a run sets to a value of the state, with that value."""
    kinds = ("selectbox", "slider", "button_group", "checkbox", "number_input")
    set_now = [widget for kind in kinds for widget in answer.of(kind) if widget.set_value]
    # The examples of the pooling page show which one is on the stage: they are set in each run.
    return {(widget.id, str(widget)) for widget in set_now if not widget.id.endswith(":example")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page or "home")
def test_widgets_with_values_of_the_wrong_kind_end_in_a_message_and_a_whole_page(server, page):
    async def send_some(part):
        chance = random.Random(page)
        async with Visit(server.address) as visit:
            await visit.open(page)
            every = [
                message
                for known in sorted(visit.known)
                for message in wrong_kinds(WidgetState(id=known), chance)
            ]
            sample = chance.sample(every, min(len(every), 25 * TIMES))
            for message in sample[part::TOGETHER]:
                held = visit.held(message.id)
                answer = await visit.act(message)
                assert not shows_secret(answer)
                assert all("reload the page" in words for words in answer.exceptions)
                visit.forget(message.id, held)
                again = await visit.act()
                assert again.exceptions == [], str(message)[:300]

    async def script():
        async with neighbour(server):
            await asyncio.gather(*map(send_some, range(TOGETHER)))

    played(script())


@pytest.mark.parametrize(("page", "slider"), [("convolution", "filters"), ("pooling", "pool_size")])
@pytest.mark.parametrize(
    "asked", ["0" * 32, "Ü" * 10_000, None], ids=["unknown", "long", "of another page"]
)
def test_who_asks_for_a_part_that_there_is_not_keeps_a_whole_page(server, page, slider, asked):
    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            await visit.open("classifier")
            elsewhere = visit.part_of("classifier:brush")
            await visit.open(page)
            before = visit.keys
            part = elsewhere if asked is None else asked
            assert part != visit.part_of(f"{page}:{slider}")
            await visit.send(visit.slider(f"{page}:{slider}", 5), part=part)
            # What ends first may be the run for 5, or one run for both.
            for change in ([visit.slider(f"{page}:{slider}", 6)], []):
                answer = await visit.act(*change)
                assert answer.exceptions == []
                assert visit.keys == before
            assert f"{slider}=6" in visit.query

    played(script())


@pytest.mark.parametrize(
    "message",
    [
        BackMsg(clear_cache=True),
        BackMsg(set_run_on_save=True),
        BackMsg(load_git_info=True),
        BackMsg(backend_operation_request={"request_id": "1", "install_skills": {}}),
        BackMsg(backend_operation_request={"request_id": "2", "dataframe_chunk": {}}),
        BackMsg(backend_operation_request={"request_id": "3"}),
        BackMsg(),
    ],
    ids=lambda message: str(message).replace("\n", " "),
)
def test_what_only_developers_send_does_nothing(server, message):
    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            first = await visit.open("convolution", LINKS["convolution"])
            await visit.send_bytes(message.SerializeToString())
            again = await visit.act()
            assert again.exceptions == []
            assert len(again.elements) == len(first.elements)

    played(script())


def test_a_page_is_not_stopped_half_way(server):
    async def script():
        async with Visit(server.address) as visit:
            first = await visit.open("convolution", LINKS["convolution"])
            await visit.send()
            await visit.send_bytes(BackMsg(stop_script=True).SerializeToString())
            again = await visit.receive()
            assert len(again.elements) == len(first.elements)

    played(script())


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 40, random.Random(3).randbytes(5_000), b"\x22" + bytes(12_000_000)],
    ids=["nothing", "no message", "noise", "twelve megabytes"],
)
def test_bytes_that_are_no_message_cost_only_the_connection_of_their_sender(server, data):
    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            await visit.open("convolution")
            try:
                await visit.send_bytes(data)
                await asyncio.wait_for(visit.receive(), 2)
            except (VisitError, OSError, TimeoutError):
                pass
            await visit.leave()
            again = await visit.open("convolution")
            assert again.exceptions == []

    played(script())


def test_the_server_does_not_grow_with_what_it_is_sent(server):
    def megabytes_after(seed):
        async def script():
            chance = random.Random(seed)
            write = at_times(edits)
            async with Visit(server.address) as visit, Visit(server.address) as drawer:
                await visit.open("convolution")
                await drawer.open("classifier")
                for _ in range(10 * TIMES):
                    sent = f'[{{"event":"edits","value":{write(chance)}}}]'
                    pad = whole_key(drawer, "classifier:canvas")
                    drawn = drawer.state(pad, json_value=drawing(chance))
                    await asyncio.gather(
                        visit.act(visit.raw_event("convolution.stage", sent)), drawer.act(drawn)
                    )
                    if pad not in drawer.keys:
                        drawer.forget(drawn.id)

        played(script())
        time.sleep(2 * KEPT)  # until the visit is forgotten
        return server.megabytes()

    measured = [megabytes_after(seed) for seed in range(4)]
    # What leaks grows each time; what is only filled once does not.
    assert min(after - before for before, after in pairwise(measured)) < 10, measured
