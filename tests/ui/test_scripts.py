"""A component's script is a file of the server's own, fetched once."""

import re

import pytest
from starlette.applications import Starlette

from cnnviz.ui.scripts import routes, served
from tests.load.visit import played


def get(path):
    """Ask for a path as a server would, and return status, headers and body."""
    sent = []

    async def ask():
        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}

        async def receive():
            return {"type": "http.request"}

        async def send(message):
            sent.append(message)

        await Starlette(routes=routes)(scope, receive, send)

    played(ask())
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"].decode()


def file_of(module):
    return re.search(r'"(cnnviz/[^"]+)"', module)[1]


@pytest.mark.parametrize("base", ["/", "/school/cnn/"])
def test_what_a_component_imports_is_there_at_every_base_path(base):
    script = "export default () => 7;"
    status, headers, body = get(base + file_of(served("seven", script)))
    assert (status, body) == (200, script)
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]


def test_another_text_has_another_name_so_that_no_browser_keeps_an_old_one():
    one, other = (file_of(served("part", f"export default {number};")) for number in (1, 2))
    assert one != other


@pytest.mark.parametrize("path", ["/cnnviz/part-0.js", "/cnnviz/..%2Fapp.py", "/cnnviz/"])
def test_no_other_file_is_served(path):
    status, _, body = get(path)
    assert status == 404
    assert "import" not in body
