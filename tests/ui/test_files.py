"""What a browser fetches once: a component's script and a picture are files of the server's own."""

import re

import pytest
from starlette.applications import Starlette

from cnnviz.ui.files import address_of, routes, served
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
    return sent[0]["status"], headers, sent[1]["body"]


def file_of(module):
    return re.search(r'"(cnnviz/[^"]+)"', module)[1]


@pytest.mark.parametrize("base", ["/", "/school/cnn/"])
def test_what_a_component_imports_is_there_at_every_base_path(base):
    script = "export default () => 7;"
    status, headers, body = get(base + file_of(served("seven", script)))
    assert (status, body) == (200, script.encode())
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]


def test_another_text_has_another_name_so_that_no_browser_keeps_an_old_one():
    one, other = (file_of(served("part", f"export default {number};")) for number in (1, 2))
    assert one != other


def test_a_picture_is_served_as_it_is():
    content = b"\x89PNG\r\n\x1a\n\xff\x00"
    address = address_of("a-dot.png", content, "image/png")
    assert re.fullmatch(r"cnnviz/a-dot-[0-9a-f]{12}\.png", address)
    status, headers, body = get(f"/{address}")
    assert (status, body, headers["content-type"]) == (200, content, "image/png")


@pytest.mark.parametrize("path", ["/cnnviz/part-0.js", "/cnnviz/..%2Fapp.py", "/cnnviz/"])
def test_no_other_file_is_served(path):
    status, _, body = get(path)
    assert status == 404
    assert b"import" not in body
