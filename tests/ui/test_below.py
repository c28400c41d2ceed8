"""Where an address below a page leads: asked of the middleware alone."""

import pytest

from cnnviz.ui import NothingBelow
from tests.load.visit import played


def answered(path, *, query="", accept="text/html,*/*"):
    """Return where a request is sent to; None where it is passed on."""
    sent = []

    async def app(_scope, _receive, _send):
        sent.append({})

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    headers = [(b"accept", accept.encode())]
    scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": headers}
    played(NothingBelow(app)(scope, receive, send))
    return dict(sent[0].get("headers", ())).get(b"location", b"").decode() or None


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/convolution/bar/baz", "/convolution"),
        ("/lessons/", "/lessons"),
        ("/cnn/pooling/%3Cb%3E", "/cnn/pooling"),
        ("/classifier/../x", "/classifier"),
    ],
)
def test_what_is_below_a_page_leads_to_it(path, page):
    assert answered(path) == page
    assert answered(path, query="strides=2&pin=0_1_0") == f"{page}?strides=2&pin=0_1_0"


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/convolution", "/cnn/convolution", "/foo/bar", "/x.js"),
        "//elsewhere.example/convolution/x",  # would lead to another server
    ],
)
def test_other_addresses_are_passed_on(path):
    assert answered(path) is None


def test_what_scripts_ask_for_is_passed_on():
    assert answered("/convolution/_stcore/health") is None
    assert answered("/convolution/static/x.js", accept="*/*") is None
