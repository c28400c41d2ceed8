"""Visits to a deployed app: what the browser asked for, and what it objected to."""

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Request, WebSocket

from tests.browser.conftest import DESKTOP
from tests.browser.visitors import Visitors

# Streamlit's first guess at its server's address, relative to a page's, is answered with 404.
EXPECTED = "Failed to load resource: the server responded with a status of 404 (Not Found)"
BAD = '[data-testid="stException"], [data-testid="stAlert"]'


@dataclass
class Visits:
    """New visitors of an app, and all that speaks against it.

    Attributes
    ----------
    visitors : Visitors
        Where they come from.
    complaints : list of str
        What a script or the browser reported: failures, and what a policy forbade.
    elsewhere : list of str
        What was asked of any other server.
    """

    visitors: Visitors
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        """Open a page as somebody new, and wait until its script has run."""
        server = "/".join(url.split("/", 3)[:3])
        ours = (f"{server}/", f"ws{server.removeprefix('http')}/", "blob:", "data:")

        def note(asked: Request | WebSocket) -> None:
            if not asked.url.startswith(ours):
                self.elsewhere.append(asked.url)

        listeners = {
            "request": note,
            "websocket": note,
            "pageerror": lambda error: self.complaints.append(str(error)),
            "console": self._listen,
        }
        page = self.visitors.new(DESKTOP, listeners=listeners)
        page.goto(url)
        settle(page)
        return page

    def close(self) -> None:
        """End all visits."""
        self.visitors.leave()

    def _listen(self, line: ConsoleMessage) -> None:
        if line.type == "error" and line.text != EXPECTED:
            self.complaints.append(line.text)


def settle(page: Page) -> None:
    """Wait until a page has a heading, its script has run, and what it drew is there."""
    page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(300)
