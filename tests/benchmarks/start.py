"""The start: what an import loads, and whether the first page waits for TensorFlow."""

import json
import subprocess
import sys

from playwright.sync_api import Browser

from tests.benchmarks import table
from tests.benchmarks.browser import STAGE, page_of
from tests.browser.server import ROOT, serve

SERVERS = 3
FIRSTS = {
    "heading": ["h1"],
    "cards": [".st-key-card_padding p"],  # the last one of Home
    "waiting": ["[data-testid=stSpinner]"],
    "output": [STAGE, ".block.output .shape"],
}
IMPORT = """
import sys, cnnviz.layers
print(" and ".join(name for name in ("numpy", "tensorflow") if name in sys.modules))
"""


def import_of_layers() -> list[table.Row]:
    """Import `cnnviz.layers` in a fresh interpreter."""
    told = subprocess.run(
        [sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = told.stdout.strip() or "neither"
    what = "import cnnviz.layers loads NumPy, TensorFlow"
    return [table.decided(what, found, "neither", holds=found == "neither")]


def first_paint(browser: Browser) -> list[table.Row]:
    """Open a page as soon as a fresh server answers: what it can show may not wait for TensorFlow.

    While TensorFlow is starting the page says so; the first output shows that it is there.
    """
    return _first_rows(browser, "convolution", "heading") + _first_rows(browser, "", "cards")


def _first_rows(browser: Browser, path: str, early: str) -> list[table.Row]:
    seen = [_first_view(browser, path) for _ in range(SERVERS)]
    page = path or "Home"
    in_time = sum("waiting" in first and first[early] < first["output"] for first in seen)
    share = [first[early] / first["output"] for first in seen]
    return [
        table.told(f"first {early} of {page}, fresh server", [one[early] for one in seen], "ms"),
        table.told(f"first output of {page}, fresh server", [one["output"] for one in seen], "ms"),
        table.compared(f"  {early} against output, largest", max(share), 1),
        table.decided(
            f"  {early} there while TensorFlow was starting",
            f"{in_time} of {SERVERS}",
            f"{SERVERS} of {SERVERS}",
            holds=in_time == SERVERS,
        ),
    ]


def _first_view(browser: Browser, path: str) -> dict[str, float]:
    with page_of(browser) as page:
        page.add_init_script(f"window.seen = bench.watchFirst({json.dumps(FIRSTS)});")
        with serve() as (address, _):
            page.goto(f"{address}/{path}", wait_until="commit")
            page.wait_for_function("window.seen?.output", timeout=120_000)
            seen: dict[str, float] = page.evaluate("window.seen")
    return seen
