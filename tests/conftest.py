"""What all tests share: a browser and a server for a run, and how examples are generated."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import FLAGS_OF_TESTS, find
from tests.browser.visitors import Visitors
from tests.load.servers import Servers, app

expect.set_options(timeout=15_000)
# The same examples in every run, however slow the machine is.
settings.register_profile("cnnviz", derandomize=True, deadline=None)
settings.load_profile("cnnviz")

KEPT = 1  # seconds that `server` keeps a visit whose tab was closed


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find()
    if path is None:
        pytest.fail("no Chromium: python -m tests.browser.chromium says how to get one")
    with sync_playwright() as playwright:  # a process can hold one only
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS_OF_TESTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visitors(browser: Browser) -> Visitors:
    return Visitors(browser)


@pytest.fixture(scope="session")
def server() -> Iterator[Servers]:
    """Run the app for visitors with and without a browser; who has gone is soon forgotten."""
    with app("--server.disconnectedSessionTTL", str(KEPT)) as running:
        yield running
