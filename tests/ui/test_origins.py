"""Who may open a WebSocket: asked of the middleware alone."""

import pytest

from cnnviz.ui import OwnPagesOnly
from tests.load.visit import played

HOST = "school.example:8501"


def opened(*, origin=None, host=HOST, kind="websocket"):
    """Return what reached the app behind, and what was sent in its place."""
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope["type"])

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode("latin-1")))
    scope = {"type": kind, "headers": headers}
    played(OwnPagesOnly(app)(scope, receive, send))
    return reached, sent


@pytest.mark.parametrize(
    "origin", [f"http://{HOST}", f"https://{HOST}", "http://localhost:3000", None]
)
def test_its_own_pages_and_what_is_no_browser_pass(origin):
    assert opened(origin=origin) == (["websocket"], [])


@pytest.mark.parametrize(
    "origin",
    [
        "http://elsewhere.example",
        "http://school.example:80",
        "http://school.example.elsewhere.example:8501",
        "http://elsewhere.example/?http://school.example:8501",
        "null",
        "//",
        "http://[",
        "é",
        "http://school.example:8501@elsewhere.example",
    ],
)
def test_a_foreign_page_is_refused(origin):
    assert opened(origin=origin) == ([], [{"type": "websocket.close", "code": 1008}])


def test_an_ordinary_request_is_not_looked_at():
    assert opened(origin="http://elsewhere.example", kind="http") == (["http"], [])


def test_an_origin_that_the_operator_names_passes(monkeypatch):
    settings = {
        "server.corsAllowedOrigins": ["https://moodle.example"],
        "browser.serverAddress": "cnn.example",
    }
    monkeypatch.setattr("cnnviz.ui.origins.st.get_option", settings.__getitem__)
    assert opened(origin="https://moodle.example")[0] == ["websocket"]
    assert opened(origin="https://cnn.example")[0] == ["websocket"]
    assert opened(origin="http://localhost")[0] == []
