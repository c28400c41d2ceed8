"""One Chromium for a run, and pages in it that carry a clock."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import FLAGS, INSTALL, find

CLOCK = (Path(__file__).parent / "clock.js").read_text(encoding="utf-8")
STAGE = "[data-testid=stBidiComponentIsolated]"
VIEW = {"width": 1366, "height": 768}
# Streamlit reports its usage to an address outside, by default; nothing may wait for an answer.
ONLY_HERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser."""
    path = find()
    if path is None:
        raise SystemExit(f"The benchmarks need Chromium. Install it ({INSTALL}).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, ONLY_HERE])
        yield browser
        browser.close()


@contextlib.contextmanager
def page_of(browser: Browser) -> Iterator[Page]:
    """Open an empty page of a visitor of its own, with the clock in it."""
    context = browser.new_context(viewport=VIEW)
    context.add_init_script(f"(() => {{\n{CLOCK}\n}})();")
    yield context.new_page()
    context.close()


def wait_for_text(page: Page, path: list[str]) -> None:
    """Wait until the element has text, and a second more for what follows a first view."""
    element = page.locator(" >> ".join(path)).filter(has_text=re.compile(r"\S"))
    element.wait_for(timeout=120_000)
    page.wait_for_timeout(1_000)


def timed(page: Page, event: str, path: list[str], act: Any, *, patience: int) -> Any:
    """Act, and return what the page's clock says: milliseconds and the new text, or None."""
    page.evaluate(
        "([event, path, patience]) => { window.answer = bench.time(event, path, patience); }",
        [event, path, patience],
    )
    act()
    return page.evaluate("window.answer")
