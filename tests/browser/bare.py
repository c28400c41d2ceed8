"""The stage alone, in a page without Streamlit: what Python sends, what the browser makes of it.

What needs no server needs no page of the app either, and opens a hundred times as fast.
"""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from cnnviz import compute, pooling, workshop
from cnnviz.share import ConvolutionState, PoolingState, State, decode
from cnnviz.ui import blocks
from cnnviz.ui.stage import FOLDER, SCRIPTS, script
from tests.browser.stage import Stage

# Streamlit isolates a component in a shadow root and gives it the theme as variables.
OPEN = """async ({ html, css, script }) => {
  document.body.innerHTML = "<div style='width: 1000px; --st-background-color: #ffffff'></div>";
  const root = document.body.firstChild.attachShadow({ mode: "open" });
  root.innerHTML = `<style>${css}</style>${html}`;
  const module = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  window.sent = [];
  const setTriggerValue = (name, value) => window.sent.push([name, value]);
  window.show = (text) => module.default({
    data: Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    parentElement: root,
    setTriggerValue,
  });
}"""


class BareStage(Stage):
    """A stage alone."""

    def show(self, block: bytes) -> None:
        """Let Python send another block."""
        text = base64.b64encode(block).decode()
        self.page.evaluate("(text) => void show(text)", text)

    def sent(self) -> list[tuple[str, Any]]:
        """Return what the stage has sent to Python: names and values."""
        return self.page.evaluate("() => window.sent")  # type: ignore[no-any-return]


def state_of(kind: type[State], query: str) -> State:
    """Decode the query of a link that has nothing wrong."""
    state, errors = decode(kind, dict(pair.split("=") for pair in query.split("&")))
    assert errors == ()
    return state


def convolution(query: str, **told: int) -> bytes:
    """Pack what the convolution page shows of a matrix; `told`: the arrival, what is confirmed."""
    state = state_of(ConvolutionState, query)
    computed = workshop.convolved(state, workshop.matrix_of(state))
    return blocks.convolution_block(state, computed, **told)


def pooled(query: str) -> bytes:
    """Pack what the pooling page shows of a matrix."""
    state = state_of(PoolingState, query)
    image = workshop.matrix_of(state)
    layer = pooling.layer_of(state, image.shape)
    beside = pooling.beside_of(state, layer, image)
    output = compute.pool(image, layer)
    return blocks.pooling_block(state, layer, image=image, output=output, beside=beside)


@pytest.fixture(scope="session")
def blank(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 1100, "height": 768})


@pytest.fixture
def bare(blank: Page) -> Callable[[bytes], BareStage]:
    """Show a block on a fresh stage."""

    def show(block: bytes) -> BareStage:
        parts = {name: (FOLDER / f"stage.{name}").read_text("utf-8") for name in ("html", "css")}
        blank.mouse.move(0, 0)
        blank.evaluate(OPEN, {**parts, "script": script(*SCRIPTS)})
        stage = BareStage(blank)
        stage.show(block)
        blank.locator(".stage .sum .head").wait_for()
        return stage

    return show
