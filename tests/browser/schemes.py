"""A page in light and in dark, without opening it twice."""

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Page, expect

# The stage lets the script run again for another theme, and Streamlit fades what is old meanwhile.
QUIET = """() => new Promise((done) => {
  let since = performance.now();
  const look = () => {
    const app = document.querySelector("[data-test-script-state]");
    if (app?.dataset.testScriptState !== "notRunning") since = performance.now();
    performance.now() - since > 1200 ? done() : setTimeout(look, 40);
  };
  look();
})"""
BACKGROUND: dict[Literal["light", "dark"], str] = {
    "light": "rgb(255, 255, 255)",
    "dark": "rgb(20, 22, 28)",
}


def schemes(page: Page) -> Iterator[str]:
    """Let the browser prefer light, then dark, each once the page has followed."""
    for scheme, background in BACKGROUND.items():
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
        page.evaluate(QUIET)
        yield scheme
