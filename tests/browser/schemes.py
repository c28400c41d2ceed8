"""A page in light and in dark, without opening it twice."""

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Page, expect

BACKGROUND: dict[Literal["light", "dark"], str] = {
    "light": "rgb(255, 255, 255)",
    "dark": "rgb(20, 22, 28)",
}


def schemes(page: Page) -> Iterator[str]:
    """Let the browser prefer light, then dark, each once the page has followed."""
    for scheme, background in BACKGROUND.items():
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
        page.locator('[data-test-script-state="notRunning"]').wait_for()
        page.wait_for_timeout(300)  # colours fade
        yield scheme
