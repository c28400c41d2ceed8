"""Hostile links opened on a running server: whole pages, and nothing of theirs taken for markup."""

import asyncio
import base64
import re

import pytest

from tests.hostile import TIMES
from tests.hostile.links import STATES, links
from tests.hostile.pictures import png, zeros
from tests.hostile.test_messages import neighbour, shows_secret
from tests.load.visit import Visit, VisitError, played

# What ODD holds, where a page would make markup of it.
MARKUP = re.compile(r"(?<!\\)<(script|b>)|(?<!\\)!\[x|(?<!\\)\]\((javascript|http://x)")


@pytest.mark.parametrize("page", STATES)
def test_every_link_opens_a_whole_page(server, page):
    mine = [query for at, query in links(160 * TIMES, seed=30) if at == page]

    async def script():
        async with neighbour(server):
            for query in mine:
                async with Visit(server.address) as visit:
                    answer = await visit.open(page, query)
                    assert answer.exceptions == [], query
                    assert answer.of("heading"), query
                    assert [text for text in answer.texts() if MARKUP.search(text)] == [], query
                    assert not shows_secret(answer)

    played(script())


def test_a_picture_in_a_link_may_be_a_bomb(server):
    bombs = [png(6_000, 6_000, depth=1), png(20_000, 20_000, depth=1), png(9, 9, body=zeros(10**8))]

    async def script():
        async with neighbour(server):
            before = server.megabytes()
            for data in bombs:
                text = base64.urlsafe_b64encode(data).decode().rstrip("=")
                for page in ("convolution", "classifier"):
                    async with Visit(server.address) as visit:
                        answer = await visit.open(page, {"input": "upload", "picture": text})
                        assert answer.exceptions == []
            return server.megabytes() - before

    assert played(script()) < 150


@pytest.mark.parametrize(
    "path",
    [
        *("no-such-page", "convolution/../../etc/passwd", "%00", "media/x.png", "a" * 5_000),
        *("component/x/y", "_stcore/upload_file/x/y", "cnnviz/stage.js", "static/../app.py"),
        *("app.py", ".streamlit/config.toml"),
    ],
    ids=lambda path: path[:30],
)
def test_addresses_that_are_no_page_give_nothing_away(server, path):
    async def script():
        async with Visit(server.address) as visit:
            try:
                answer = await visit.open(path)
            except (VisitError, ValueError):
                return []  # refused before a page began
            return answer.exceptions

    assert played(script()) == []


def test_sixty_who_come_and_go_at_once_leave_nothing_behind(server):
    async def come_and_go(k):
        async with Visit(server.address) as visit:
            await visit.connect()
            if k % 3:
                await visit.send()
            if k % 3 == 2:
                await visit.receive()

    async def script():
        async with neighbour(server):
            await asyncio.gather(*(come_and_go(k) for k in range(60)))

    played(script())
