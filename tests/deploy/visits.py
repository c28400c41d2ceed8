"""Visits to a deployed app: what the browser asked for, and what it objected to."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP
from tests.browser.visitors import Visitors

# Streamlit's first guess at its server's address, relative to a page's, is answered with 404; and
# what a test has taken the network from loads nothing.
EXPECTED = (
    "Failed to load resource: the server responded with a status of 404 (Not Found)",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
)
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
        page = self.visitors.new(viewport=DESKTOP)
        server = "/".join(url.split("/", 3)[:3])
        ours = (f"{server}/", f"ws{server.removeprefix('http')}/", "blob:", "data:")
        for event in ("request", "websocket"):
            page.on(event, lambda asked: asked.url.startswith(ours) or self._note(asked.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        page.goto(url)
        settle(page)
        return page

    def close(self) -> None:
        """End all visits."""
        self.visitors.leave()

    def _note(self, url: str) -> None:
        self.elsewhere.append(url)

    def _listen(self, line: object) -> None:
        kind, text = getattr(line, "type", ""), getattr(line, "text", "")
        if kind == "error" and text not in EXPECTED:
            self.complaints.append(text)


def settle(page: Page) -> None:
    """Wait until a page has a heading, its script has run, and what it drew is there."""
    page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(300)
