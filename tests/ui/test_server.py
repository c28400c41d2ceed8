"""What cnnviz changes in Streamlit's server is there when it runs, and says what Streamlit says."""

import threading
import time

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.state import SafeSessionState, SessionState

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


def test_a_server_starts_with_its_changes(populate, monkeypatch):
    request = app_session.AppSession.request_rerun
    monkeypatch.setattr(app_session.AppSession, "request_rerun", request)
    run = ScriptRunner._run_script
    monkeypatch.setattr(ScriptRunner, "_run_script", run)
    monkeypatch.setattr(warmup, "warm_up", lambda: None)

    async def start():
        async with warmup.lifespan(None):
            pass

    played(start())
    assert app_session._populate_theme_msg is not populate
    assert app_session.AppSession.request_rerun is not request
    assert ScriptRunner._run_script is not run
