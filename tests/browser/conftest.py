"""Fresh visits for each browser test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.bare import bare, blank  # noqa: F401 - fixtures
from tests.browser.visitors import Visitors
from tests.load.servers import Servers

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def address(server: Servers) -> str:
    return server.address


@pytest.fixture
def visit(address: str, visitors: Visitors) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody new; at the end no request may have left the server."""
    requests: list[str] = []
    errors: list[str] = []

    listeners = {
        "request": lambda request: requests.append(request.url),
        "websocket": lambda socket: requests.append(socket.url),
        "pageerror": lambda error: errors.append(str(error)),
    }

    def open_page(path: str, *, wait: bool = True, **options: object) -> Page:
        page = visitors.new(**{"viewport": DESKTOP, "listeners": listeners, **options})
        page.goto(path if path.startswith("http") else address + path)
        if wait:
            page.locator(".stage .sum .head").wait_for(timeout=60_000)
            page.locator('[data-test-script-state="notRunning"]').wait_for()
        return page

    yield open_page
    visitors.leave()
    host = address.removeprefix("http://")
    local = (f"http://{host}/", f"ws://{host}/", "blob:", "data:")
    assert [url for url in requests if not url.startswith(local)] == []
    assert errors == []
