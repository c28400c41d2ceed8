"""What a run draws comes to the browser whole and in order, in few pieces."""

import threading
import zlib
from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import ScriptRunnerEvent

from cnnviz.ui import sending
from tests.load.visit import Visit, played

DRAWN, FINISHED = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, ScriptRunnerEvent.SCRIPT_STOPPED_FOR_RERUN


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
        self._scriptrunner = "runner"
        self._browser_queue = ForwardMsgQueue()

    def _call_soon_on_event_loop(self, callback):
        self.loop.append(callback)

    def _message_enqueued_callback(self):
        self.told += 1

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
        assert session._scriptrunner != "broken"
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
    assert session.told == 0
    assert [sender for sender, *_ in handled] == ["the one before"]  # Streamlit looks itself


def test_visits_do_not_mix(handled):
    one, other = Session(), Session()
    one.draw("a")
    other.draw("b")
    one.loop.turn()
    other.loop.turn()
    assert texts(one._browser_queue.flush()) == ["a"]
    assert texts(other._browser_queue.flush()) == ["b"]


def test_an_event_that_fails_keeps_nothing_of_what_comes_after_it(handled):
    session = Session()
    session._scriptrunner = "broken"
    session.draw("a", runner="broken")
    session.finish()
    session.draw("b", runner="broken")
    with pytest.raises(AssertionError):
        session.loop.turn()
    assert texts(session._browser_queue.flush()) == ["a"]
    session.loop.turn()
    assert texts(session._browser_queue.flush()) == ["b"]


def test_nothing_is_lost_while_threads_draw_and_the_loop_looks(handled):
    session, threads, each = Session(), 4, 3_000
    names = "abcd"

    def draw(name):
        session.draw(*(f"{name}{k}" for k in range(each)))

    drawing = [threading.Thread(target=draw, args=(name,)) for name in names[:threads]]
    for thread in drawing:
        thread.start()
    while any(thread.is_alive() for thread in drawing):
        session.loop.turn()
    session.loop.turn()
    sent = texts(session._browser_queue.flush())
    for name in names[:threads]:
        assert [text for text in sent if text[0] == name] == [f"{name}{k}" for k in range(each)]


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


def test_a_lesson_is_compressed_as_far_as_by_uvicorn(server):
    """The answers of a visit through the pages, in bytes on the network."""
    received = []

    class Listening(Visit):
        async def _next(self):
            received.append(await super()._next())
            return received[-1]

    async def visit():
        async with Listening(server.address) as visitor:
            for page in ("", "convolution", "classifier"):
                await (visitor.act(page=page) if received else visitor.open(page))
                for value in range(1, 5):
                    if page == "convolution":
                        await visitor.act(visitor.slider("convolution:strides", value))
            return visitor._socket._response.headers["Sec-WebSocket-Extensions"]

    agreed = played(visit())
    assert "server_max_window_bits" not in agreed  # browsers can all look back as far as there is
    assert f"client_max_window_bits={sending.FROM_BROWSER}" in agreed
    quick = size_of(received, level=sending.LEVEL)
    assert len(received) > 150
    assert quick < 1.05 * size_of(received, level=-1, wbits=-12, memLevel=5)
    assert quick < 0.45 * sum(map(len, received))


def size_of(messages, wbits=-15, **settings):
    compressor = zlib.compressobj(wbits=wbits, **settings)
    return sum(
        len(compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH))
        for message in messages
    )
