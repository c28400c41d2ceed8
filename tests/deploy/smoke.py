"""A look at a running app, wherever it runs: APP_URL=http://... python -m tests.deploy.smoke.

Opens every page, draws, and lets the network read a digit. Ends with an error if a page shows one,
a script fails, or anything is asked of another server.
"""

import os
import re
import sys

from playwright.sync_api import Browser, expect, sync_playwright

from cnnviz.ui.frame import PAGES
from tests.browser.chromium import FLAGS, INSTALL, find
from tests.browser.folds import unfold
from tests.browser.pad import draw
from tests.browser.schemes import QUIET
from tests.browser.test_classifier import expect_answer
from tests.browser.visitors import Visitors
from tests.deploy.visits import BAD, Visits


def look(browser: Browser, address: str) -> None:
    """Visit every page of an app, and use it."""
    visits = Visits(Visitors(browser))
    _predict_at_once(visits, address)
    for name in ("", *(page.name for page in PAGES[1:])):
        page = visits.open(f"{address}/{name}")
        unfold(page)
        page.evaluate(QUIET)
        assert page.locator(BAD).all_inner_texts() == [], name or "home"
    _draw(visits, address)
    visits.close()
    assert visits.complaints == []
    assert visits.elsewhere == []


def _predict_at_once(visits: Visits, address: str) -> None:
    # Nobody was here before, and still nobody waits for TensorFlow.
    page = visits.open(f"{address}/classifier?input=mnist")
    expect(page.get_by_text("TensorFlow is starting")).to_have_count(0)
    page.locator(".stage .sum .head").wait_for(timeout=5_000)


def _draw(visits: Visits, address: str) -> None:
    page = visits.open(f"{address}/convolution?input=draw&activation=linear&pin=14_15_0")
    draw(page)
    page.wait_for_url(re.compile("strokes=."))
    expect(page.locator(".stage .sum")).not_to_contain_text("TensorFlow says 0,")
    page = visits.open(f"{address}/classifier?strokes=")
    draw(page)
    expect_answer(page, "7")


def main() -> None:
    """Look at the app at APP_URL."""
    path = find()
    if path is None:
        sys.exit(f"This needs Chromium. Install it ({INSTALL}).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        look(browser, os.environ["APP_URL"].rstrip("/"))
        browser.close()
    print("Every page opens, drawing works, and nothing was asked of another server.")


if __name__ == "__main__":
    main()
