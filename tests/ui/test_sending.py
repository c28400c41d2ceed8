"""What a run draws comes to the browser whole and in order."""

import threading
import zlib
from collections import deque
from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.runtime.session_manager import SessionClientDisconnectedError
from streamlit.web.server.starlette.starlette_server_config import WEBSOCKET_MAX_SEND_QUEUE_SIZE
from uvicorn.protocols.websockets import websockets_sansio_impl
from websockets.frames import Frame, Opcode

from cnnviz.ui import sending
from tests.load.visit import Listening, played

DRAWN, FINISHED = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, ScriptRunnerEvent.SCRIPT_STOPPED_FOR_RERUN

NAME = "ServerPerMessageDeflateFactory"


class Loop(list):
    """What an event loop has been asked to call, oldest first."""

    def turn(self):
        while self:
            self.pop(0)()


class Session:
    """As much of a visit on the server as hands messages on."""

    def __init__(self):
        self.loop = Loop()
        self.told = 0
        self.failed = []
        self._scriptrunner = "runner"
        self._browser_queue = ForwardMsgQueue()

    def _call_soon_on_event_loop(self, callback):
        self.loop.append(callback)

    def _message_enqueued_callback(self):
        self.told += 1

    def call_exception_handler(self, context):
        self.failed.append(str(context["exception"]))

    @property
    def _event_loop(self):
        return self

    def draw(self, *texts, runner="runner"):
        for text in texts:
            AppSession._on_scriptrunner_event(self, runner, event=DRAWN, forward_msg=drawn(text))

    def finish(self, runner="runner"):
        AppSession._on_scriptrunner_event(self, runner, event=FINISHED, run_descriptor="run")


def drawn(text):
    message = ForwardMsg()
    message.metadata.delta_path.extend(ord(letter) for letter in text)
    message.delta.new_element.markdown.body = text
    return message


def texts(messages):
    return [message.delta.new_element.markdown.body for message in messages]


@pytest.fixture
def handled(monkeypatch):
    """What Streamlit has handled by itself: all that is not drawn."""
    events = []

    def handle(session, sender, event, **details):
        if session._scriptrunner == "broken":
            raise RuntimeError("broken")
        events.append((sender, event, details, texts(session._browser_queue._queue)))

    monkeypatch.setattr(AppSession, "_handle_scriptrunner_event_on_event_loop", handle)
    monkeypatch.setattr(AppSession, "_on_scriptrunner_event", AppSession._on_scriptrunner_event)
    sending.hand_over_together()
    return events


def test_what_is_drawn_until_the_loop_looks_wakes_it_once(handled):
    session = Session()
    session.draw("a", "b", "c")
    assert (len(session.loop), session.told) == (1, 0)
    session.loop.turn()
    assert texts(session._browser_queue.flush()) == ["a", "b", "c"]
    assert session.told == 1
    session.draw("d")
    session.loop.turn()
    assert texts(session._browser_queue.flush()) == ["d"]
    assert session.told == 2


def test_the_end_of_a_run_comes_after_what_it_has_drawn(handled):
    session = Session()
    session.draw("a", "b")
    session.finish()
    session.draw("c")
    session.loop.turn()
    assert handled == [("runner", FINISHED, {"run_descriptor": "run"}, ["a", "b"])]
    assert texts(session._browser_queue.flush()) == ["a", "b", "c"]


def test_what_an_ended_run_still_draws_is_not_sent(handled):
    session = Session()
    session.draw("late", runner="the one before")
    session.finish(runner="the one before")
    session.loop.turn()
    assert session._browser_queue.is_empty()
    assert [sender for sender, *_ in handled] == ["the one before"]  # Streamlit looks itself


def test_visits_do_not_mix(handled):
    one, other = Session(), Session()
    one.draw("a")
    other.draw("b")
    one.loop.turn()
    other.loop.turn()
    assert texts(one._browser_queue.flush()) == ["a"]
    assert texts(other._browser_queue.flush()) == ["b"]


def test_an_event_that_fails_keeps_back_nothing_of_what_comes_after_it(handled):
    session = Session()
    session._scriptrunner = "broken"
    session.draw("a", runner="broken")
    session.finish()
    session.draw("b", runner="broken")
    session.loop.turn()
    assert session.failed == ["broken"]
    assert texts(session._browser_queue.flush()) == ["a", "b"]
    assert session.told == 1


def test_nothing_is_lost_while_threads_draw_and_the_loop_looks(handled):
    session, names, each = Session(), "abcd", 3_000

    def draw(name):
        session.draw(*(f"{name}{k}" for k in range(each)))

    drawing = [threading.Thread(target=draw, args=(name,)) for name in names]
    for thread in drawing:
        thread.start()
    while any(thread.is_alive() for thread in drawing):
        session.loop.turn()
    session.loop.turn()
    sent = texts(session._browser_queue.flush())
    for name in names:
        assert [text for text in sent if text[0] == name] == [f"{name}{k}" for k in range(each)]


def test_what_is_drawn_when_the_loop_has_just_looked_wakes_it_again(handled):
    session = Session()

    class DrawsAtTheEnd(deque):
        def __len__(self):
            if super().__len__() == 0 and names:
                session.draw(names.pop())  # after "empty" was read, before it is said
                return 0
            return super().__len__()

    names = ["late"]
    session.draw("a")
    visited = session.loop[0].args[1]
    visited.events = DrawsAtTheEnd(visited.events)
    session.loop.turn()
    assert texts(session._browser_queue.flush()) == ["a", "late"]


def test_all_that_waits_for_a_browser_is_sent_in_one_turn(monkeypatch):
    monkeypatch.setattr(AppSession, "flush_browser_queue", AppSession.flush_browser_queue)
    monkeypatch.setattr(Runtime, "_send_message", Runtime._send_message)
    sending.send_together()
    session, sent = Session(), []
    info = SimpleNamespace(
        script_run_count=0, client=SimpleNamespace(write_forward_msg=sent.append)
    )
    assert AppSession.flush_browser_queue(session) == []
    ended = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
    for message in (drawn("a"), drawn("b"), ended):
        session._browser_queue.enqueue(message)
    turns = AppSession.flush_browser_queue(session)
    assert len(turns) == 1
    assert session._browser_queue.is_empty()
    Runtime._send_message(None, info, turns[0])
    assert sent == [drawn("a"), drawn("b"), ended]
    assert info.script_run_count == 1


def test_a_browser_that_goes_in_the_middle_is_noticed_there(monkeypatch):
    monkeypatch.setattr(AppSession, "flush_browser_queue", AppSession.flush_browser_queue)
    monkeypatch.setattr(Runtime, "_send_message", Runtime._send_message)
    sending.send_together()
    sent = []

    def write(message):
        if sent:
            raise SessionClientDisconnectedError
        sent.append(message)

    info = SimpleNamespace(script_run_count=0, client=SimpleNamespace(write_forward_msg=write))
    with pytest.raises(SessionClientDisconnectedError):
        Runtime._send_message(None, info, [drawn("a"), drawn("b"), drawn("c")])
    assert texts(sent) == ["a"]


def test_more_than_a_browser_may_have_waiting_is_sent_in_several_turns(monkeypatch):
    monkeypatch.setattr(AppSession, "flush_browser_queue", AppSession.flush_browser_queue)
    sending.send_together()
    session, count = Session(), WEBSOCKET_MAX_SEND_QUEUE_SIZE + 1
    for k in range(count):
        session._browser_queue.enqueue(drawn(str(k)))
    turns = AppSession.flush_browser_queue(session)
    assert all(len(messages) < WEBSOCKET_MAX_SEND_QUEUE_SIZE / 4 for messages in turns)
    assert texts(message for messages in turns for message in messages) == list(
        map(str, range(count))
    )


@pytest.fixture(scope="module")
def lesson(server):
    """What a visit through the pages received, and what its browser and the server agreed on."""

    async def visit():
        async with Listening(server.address) as visitor:
            await visitor.open()
            await visitor.act(page="convolution")
            for value in range(1, 5):
                await visitor.act(visitor.slider("convolution:strides", value))
            await visitor.act(page="classifier")
            agreed = visitor._socket._response.headers["Sec-WebSocket-Extensions"]
            return visitor.received, agreed

    return played(visit())


def test_a_server_compresses_so(lesson):
    _, agreed = lesson
    assert agreed == "permessage-deflate; client_max_window_bits=12"  # uvicorn: server's, too


# As Chromium, Firefox and Safari offer it, and two that no browser sends.
OFFERS = [
    ([("client_max_window_bits", None)], 15),
    ([], 15),
    ([("client_max_window_bits", None), ("server_max_window_bits", "10")], 10),
    ([("server_no_context_takeover", None)], 15),
]


@pytest.mark.parametrize(("offer", "window"), OFFERS)
def test_a_browser_reads_what_is_compressed(lesson, monkeypatch, offer, window):
    messages, _ = lesson
    own = compressor(offer)
    monkeypatch.setattr(websockets_sansio_impl, NAME, getattr(websockets_sansio_impl, NAME))
    sending.compress_quickly()
    quick = compressor(offer)
    sizes = {own: 0, quick: 0}
    inflate = zlib.decompressobj(-window)
    for message in messages:
        for each in sizes:
            sent = bytes(each.encode(Frame(Opcode.BINARY, message)).data)
            sizes[each] += len(sent)
        if quick.local_no_context_takeover:
            inflate = zlib.decompressobj(-window)
        assert inflate.decompress(sent + b"\x00\x00\xff\xff") == message
    assert len(messages) > 150
    assert sizes[quick] < 0.5 * sum(map(len, messages))
    if window == 15 and not quick.local_no_context_takeover:
        assert sizes[quick] < 1.05 * sizes[own]


def compressor(offer):
    """Agree with a browser as uvicorn does, and return what compresses for it."""
    factory = getattr(websockets_sansio_impl, NAME)(
        server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
    )
    _, extension = factory.process_request_params(offer, [])
    return extension
