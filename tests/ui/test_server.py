"""What cnnviz changes in Streamlit's server is there when it runs, and says what Streamlit says."""

import asyncio
import copy
import json
import threading
import time
import weakref
from types import SimpleNamespace

import pytest
from streamlit.cursor import Cursor, LockedCursor, RunningCursor
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import RunDescriptor, ScriptRunner
from streamlit.runtime.state import SafeSessionState, SessionState
from uvicorn.protocols.websockets import websockets_sansio_impl

from cnnviz.drawing import MAX_POINTS
from cnnviz.ui import server, turns, warmup
from tests.load.visit import played


class Session:
    """As much of a visit on the server as says what stays."""

    _populate_app_pages = AppSession._populate_app_pages
    _compute_skills_nudge_state = AppSession._compute_skills_nudge_state
    _run_on_save = False
    id = "visit"

    def __init__(self):
        self._script_data = SimpleNamespace(name="app", is_hello=False, main_script_path="app.py")
        self._pages_manager = SimpleNamespace(
            main_script_path="app.py", main_script_hash="main", get_pages=lambda: page_list("home")
        )
        self._user_info = {}
        self._state = AppSessionState.APP_IS_RUNNING

    def said(self, *what):
        return AppSession._create_new_session_message(self, *what)


def page_list(*names):
    return {name: {"page_script_hash": name, "page_name": name, "icon": ""} for name in names}


@pytest.fixture
def create(monkeypatch):
    """Streamlit's own way to say it, whatever is put in its place."""
    own = AppSession._create_new_session_message
    monkeypatch.setattr(AppSession, "_create_new_session_message", own)
    return own


def test_a_browser_is_told_what_streamlit_tells_it(create):
    server.say_again_what_stays()
    session = Session()
    running, still = AppSessionState.APP_IS_RUNNING, AppSessionState.APP_NOT_RUNNING
    for page, part, pages, state in (
        ("home", ["body"], None, running),
        ("home", None, None, running),
        ("convolution", ["body"], None, still),
        ("convolution", ["map", "link"], None, running),
        ("home", None, page_list("home", "convolution"), running),
        ("convolution", ["body"], page_list("home", "convolution"), running),
    ):
        session._state = state
        what = page, RunDescriptor.create(part), pages
        expected = create(session, *what)
        assert session.said(*what) == expected
        assert list(expected.metadata.run.fragment_ids) == (part or [])
    assert expected.new_session.custom_theme.light.primary_color == "#5b3df5"
    assert not expected.new_session.custom_theme.HasField("sidebar")


def test_what_stays_is_written_once_for_each_visit_and_list_of_pages(create, monkeypatch):
    written = []

    def counted(session, *what):
        written.append(session)
        return create(session, *what)

    monkeypatch.setattr(AppSession, "_create_new_session_message", counted)
    server.say_again_what_stays()
    one, other = Session(), Session()
    for session in (one, one, other, one, other):
        session.said("home", RunDescriptor.create(["body"]), page_list("home"))
    assert written == [one, other]
    one.said("home", RunDescriptor.create(None), page_list("home", "pooling"))
    assert written == [one, other, one]


def test_what_was_said_is_not_changed_by_what_is_said_later(create):
    server.say_again_what_stays()
    session = Session()
    first = session.said("home", RunDescriptor.create(["body"]))
    before = first.SerializeToString(deterministic=True)
    session.said("convolution", RunDescriptor.create(["map"]))
    assert first.SerializeToString(deterministic=True) == before


@pytest.fixture
def visit_state(monkeypatch):
    """What a visit keeps, and the changed way to look into it."""
    monkeypatch.setattr(SafeSessionState, "filtered_state", SafeSessionState.filtered_state)
    server.look_up_one_key()
    state = SessionState()
    state["page"], state["nothing"] = "convolution", None
    return SafeSessionState(state, lambda: None)


def test_a_widget_finds_in_the_session_what_streamlit_shows_of_it(visit_state):
    shown = visit_state.filtered_state
    assert dict(shown) == visit_state._state.filtered_state
    assert len(shown) == 2
    assert "nothing" in shown
    assert shown["nothing"] is None
    assert "missing" not in shown


def test_looking_up_one_key_does_not_collect_the_others(visit_state, monkeypatch):
    monkeypatch.setattr(
        SessionState, "filtered_state", property(lambda _: pytest.fail("collected"))
    )
    assert visit_state.filtered_state["page"] == "convolution"
    assert "missing" not in visit_state.filtered_state


@pytest.mark.parametrize("kind", [RunningCursor, LockedCursor])
def test_a_copy_of_a_place_is_like_streamlits_and_goes_its_own_way(kind, monkeypatch):
    place = kind(1, (0, 2, 5))
    place._index, place._transient_index = 4, 1
    place._transient_elements[0] = "spinner"
    expected = copy.deepcopy(place)
    monkeypatch.setattr(Cursor, "__deepcopy__", None, raising=False)
    server.copy_places_quickly()
    copied = copy.deepcopy(place)
    assert type(copied) is kind
    for other in (expected, copied):
        shown = vars(other).copy()
        transient = shown.pop("_transient_elements")
        assert shown == {k: v for k, v in vars(place).items() if k != "_transient_elements"}
        assert list(transient.items()) == [(0, "spinner")]
        assert all(isinstance(value, int | tuple) for value in shown.values())  # nobody changes it
    copied.transient_elements[1] = "another"
    copied.lock_element()
    copied.get_transient_cursor()
    assert (place.index, place.transient_index, len(place.transient_elements)) == (4, 1, 1)


def test_no_more_runs_are_under_way_than_there_are_turns(monkeypatch):
    under_way, most = 0, 0
    lock = threading.Lock()

    def run(_runner, _data):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1

    monkeypatch.setattr(ScriptRunner, "_run_script", run)
    monkeypatch.setattr(turns, "runs", turns.Turns(turns.PLACES))
    server.let_runs_take_turns()
    threads = [
        threading.Thread(target=ScriptRunner._run_script, args=(None, None), daemon=True)
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert most == turns.PLACES


def drawn(fragment, *path):
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = fragment
    message.delta.new_element.markdown.body = fragment
    return message


@pytest.fixture
def waiting(monkeypatch):
    """A visit whose page is drawn, and not yet sent: a part of the body, and the link after it."""
    monkeypatch.setattr(app_session.AppSession, "_clear_queue", app_session.AppSession._clear_queue)
    queue = ForwardMsgQueue()
    queue.enqueue(drawn("body", 0, 2, 2))
    queue.enqueue(drawn("link", 0, 2, 3))
    return SimpleNamespace(_browser_queue=queue)


def of_fragments(visit):
    return [message.delta.fragment_id for message in visit._browser_queue.flush()]


def test_streamlit_keeps_the_link_and_drops_what_stands_before_it(waiting):
    app_session.AppSession._clear_queue(waiting, ["body"])
    assert of_fragments(waiting) == ["link"]


def test_what_waits_is_sent_before_what_a_fragment_draws(waiting):
    server.send_what_waits()
    app_session.AppSession._clear_queue(waiting, ["body"])
    waiting._browser_queue.enqueue(drawn("again", 0, 2, 2))
    assert of_fragments(waiting) == ["body", "link", "again"]


def test_of_a_page_that_is_drawn_anew_nothing_waits(waiting):
    server.send_what_waits()
    app_session.AppSession._clear_queue(waiting)
    assert of_fragments(waiting) == []


CHANGED = [
    (Cursor, "__deepcopy__"),
    (AppSession, "_create_new_session_message"),
    (AppSession, "request_rerun"),
    (AppSession, "handle_backmsg"),
    (AppSession, "_clear_queue"),
    (AppSession, "_on_scriptrunner_event"),
    (AppSession, "flush_browser_queue"),
    (Runtime, "_send_message"),
    (SafeSessionState, "filtered_state"),
    (ScriptRunner, "_run_script"),
    (websockets_sansio_impl, "ServerPerMessageDeflateFactory"),
]


def test_a_server_starts_with_its_changes(monkeypatch):
    monkeypatch.setattr(Cursor, "__deepcopy__", None, raising=False)
    own = [getattr(*part) for part in CHANGED]
    for (owner, name), part in zip(CHANGED, own, strict=True):
        monkeypatch.setattr(owner, name, part)
    monkeypatch.setattr(warmup, "warm_up", lambda: None)

    async def start():
        async with warmup.lifespan(None):
            return [task.get_coro().__name__ for task in asyncio.all_tasks()]

    assert "forget_who_left" in played(start())
    assert [
        name
        for (owner, name), part in zip(CHANGED, own, strict=True)
        if getattr(owner, name) is part
    ] == []


def test_visits_that_are_over_are_let_go_though_nobody_leaves(monkeypatch):
    storage = MemorySessionStorage(ttl_seconds=0.2)
    manager = SimpleNamespace(_session_storage=storage, _storage_lock=threading.Lock())
    monkeypatch.setattr(server, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))

    async def script():
        forgetting = asyncio.create_task(server.forget_who_left(every=0.05))
        visit = Session()
        storage.save(SimpleNamespace(session=visit))
        visit = weakref.ref(visit)
        await asyncio.sleep(0.1)
        kept = visit() is not None
        await asyncio.sleep(0.3)
        gone = visit() is None
        forgetting.cancel()
        return kept, gone

    assert played(script()) == (True, True)


def test_a_message_of_our_pages_is_taken_whole():
    message = BackMsg()
    message.rerun_script.query_string = "filters=3"
    message.rerun_script.cached_message_hashes.extend(["a"] * server.MOST_ENTRIES)
    path = [["Q", 123.456789012345, 23.456789012345, 124.5, 24.5]] * (2 * MAX_POINTS)
    add = message.rerun_script.widget_states.widgets.add
    add(id="pad").json_value = json.dumps({"drawing": {"raw": {"objects": [{"path": path}]}}})
    add(id="text").string_value = "1, " * 30_000
    add(id="slider").double_array_value.data.extend([1, 2])
    before = message.SerializeToString(deterministic=True)
    assert len(before) > server.LOOKED_INTO
    assert server.bounded(message).SerializeToString(deterministic=True) == before


@pytest.mark.parametrize("part", ["{}", "1", '"\u0100"', "[[]]"])
def test_json_of_many_parts_is_taken_for_too_much(part):
    dense = f"[{','.join([part] * 200_000)}]"
    message = BackMsg()
    add = message.rerun_script.widget_states.widgets.add
    add(id="state").json_value = dense
    add(id="event").json_trigger_value = dense
    add(id="long").json_value = f'"{"x" * 1_000_001}"'
    state, event, long = server.bounded(message).rerun_script.widget_states.widgets
    assert json.loads(state.json_value) == json.loads(long.json_value) == {server.TOO_MUCH: True}
    assert event.json_trigger_value == "[]"


def test_of_lists_and_texts_the_beginning_is_taken():
    message = BackMsg()
    state = message.rerun_script
    state.cached_message_hashes.extend(["a"] * 5_000)
    add = state.widget_states.widgets.add
    add(id="text").string_value = "x" * 500_000
    for field in ("string_array_value", "int_array_value", "double_array_value"):
        getattr(add(id=field), field).data.extend(
            ["1"] * 5_000 if "string" in field else [1] * 5_000
        )
    files = add(id="files").file_uploader_state_value.uploaded_file_info
    for _ in range(5_000):
        files.add()
    add(id="chat").chat_input_value.data = "x"
    add(id="bytes").bytes_value = b"x" * 9
    for _ in range(5_000):
        add(id="no widget")
    left = server.bounded(message).rerun_script
    widgets = left.widget_states.widgets
    assert len(left.cached_message_hashes) == len(widgets) == server.MOST_ENTRIES
    assert len(widgets[0].string_value) == server.MOST_TEXT
    lists = [getattr(widget, widget.id).data for widget in widgets[1:4]]
    lists.append(widgets[4].file_uploader_state_value.uploaded_file_info)
    assert [len(entries) for entries in lists] == [server.MOST_ENTRIES] * 4
    assert [widget.WhichOneof("value") for widget in widgets[5:7]] == [None, None]


def test_a_request_for_a_million_files_is_cut():
    message = BackMsg()
    message.file_urls_request.file_names.extend(["a"] * 1_000_000)
    assert len(server.bounded(message).file_urls_request.file_names) == server.MOST_ENTRIES
