"""Pointing at a cell: until what it touches is painted."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.benchmarks import table
from tests.benchmarks.browser import STAGE, page_of, timed, wait_for_text
from tests.browser.server import serve

MOVES, WARM_UP = 60, 10
PLACES = {"output": "output", "input": "input", "filter": "weight"}


def highlight(browser: Browser) -> list[table.Row]:
    """Move the pointer over outputs, inputs and weights.

    Time runs from the dispatch of `pointermove`, before the stage's handler, to the first moment
    after the frame with the new highlight has been painted: handler, layout and painting.
    """
    rows = []
    with serve() as (address, _), page_of(browser) as page:
        page.goto(f"{address}/convolution?input=sample&sample=balloons&colour=rgb&filters=8")
        wait_for_text(page, [STAGE, ".block.output .shape"])
        for block, place in PLACES.items():
            samples = _moves(page, block, place)
            p95 = table.percentiles(samples)[1]
            what = f"hover over {block} to highlight, 28x28x3, 8 filters (p95)"
            rows.append(table.held(what, samples, "ms", p95, 16))
    return rows


def _moves(page: Page, block: str, place: str) -> list[float]:
    """Jump between cells and time the jumps that met one: the sum then begins with its name."""
    box = page.locator(f"{STAGE} >> .block.{block} canvas.overlay").bounding_box()
    assert box is not None
    samples: list[float] = []
    for k in range(1, 20 * MOVES):
        # the golden ratio and the square root of two spread points over the whole canvas
        x = box["x"] + box["width"] * (k * 0.618034 % 1)
        y = box["y"] + box["height"] * (k * 0.414214 % 1)
        answer = timed(page, "pointermove", [STAGE, ".sum"], _move(page, x, y), patience=300)
        if answer is not None and answer["text"].startswith(f"{place}["):
            samples.append(float(answer["milliseconds"]))
        if len(samples) == WARM_UP + MOVES:
            return samples[WARM_UP:]
    raise TimeoutError(f"the pointer found only {len(samples)} cells of {block}")


def _move(page: Page, x: float, y: float) -> Callable[[], None]:
    return lambda: page.mouse.move(x, y)
