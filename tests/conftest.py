"""What all tests share: one browser for a run, and how examples are generated."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import FLAGS, find

expect.set_options(timeout=15_000)
# The same examples in every run, however slow the machine is.
settings.register_profile("cnnviz", derandomize=True, deadline=None)
settings.load_profile("cnnviz")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find()
    if path is None:
        pytest.fail("no Chromium: python -m tests.browser.chromium says how to get one")
    with sync_playwright() as playwright:  # a process can hold one only
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
