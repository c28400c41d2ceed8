"""What cnnviz changes in Streamlit's server is there when it runs, and says what Streamlit says."""

import json
import threading
import time
from types import SimpleNamespace

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.state import SafeSessionState, SessionState

from cnnviz.drawing import MAX_POINTS
from cnnviz.ui import server, turns, warmup
from tests.load.visit import played

SECTIONS = (
    *("theme", "theme.light", "theme.dark"),
    *("theme.sidebar", "theme.light.sidebar", "theme.dark.sidebar"),
)


@pytest.fixture
def populate(monkeypatch):
    """Streamlit's own function, whatever is put in its place."""
    own = app_session._populate_theme_msg
    monkeypatch.setattr(app_session, "_populate_theme_msg", own)
    return own


def test_the_theme_is_told_as_streamlit_tells_it(populate):
    server.write_the_theme_once()
    for _ in range(2):
        told, expected = CustomThemeConfig(), CustomThemeConfig()
        for section in SECTIONS:
            inside = section.split(".")[1:]
            for message, write in ((expected, populate), (told, app_session._populate_theme_msg)):
                part = message
                for name in inside:
                    part = getattr(part, name)
                write(part, section)
        assert told == expected
        assert told.SerializeToString() == expected.SerializeToString()
    assert expected.light.primary_color == "#5b3df5"
    assert not told.HasField("sidebar")


def test_the_theme_is_read_once(populate, monkeypatch):
    asked = []

    def counted(message, section="theme"):
        asked.append(section)
        populate(message, section)

    monkeypatch.setattr(app_session, "_populate_theme_msg", counted)
    server.write_the_theme_once()
    for _ in range(3):
        app_session._populate_theme_msg(CustomThemeConfig(), "theme.dark")
    assert asked == ["theme.dark"]


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


def test_a_server_starts_with_its_changes(populate, monkeypatch):
    request = app_session.AppSession.request_rerun
    monkeypatch.setattr(app_session.AppSession, "request_rerun", request)
    handle = app_session.AppSession.handle_backmsg
    monkeypatch.setattr(app_session.AppSession, "handle_backmsg", handle)
    clear = app_session.AppSession._clear_queue
    monkeypatch.setattr(app_session.AppSession, "_clear_queue", clear)
    run = ScriptRunner._run_script
    monkeypatch.setattr(ScriptRunner, "_run_script", run)
    monkeypatch.setattr(warmup, "warm_up", lambda: None)

    async def start():
        async with warmup.lifespan(None):
            pass

    played(start())
    assert app_session._populate_theme_msg is not populate
    assert app_session.AppSession.request_rerun is not request
    assert app_session.AppSession.handle_backmsg is not handle
    assert app_session.AppSession._clear_queue is not clear
    assert ScriptRunner._run_script is not run


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
