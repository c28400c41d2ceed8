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
    """Open the page as soon as a fresh server answers: its heading may not wait for TensorFlow.

    While TensorFlow is starting the page says so; the first output shows that it is there.
    """
    seen = [_first_view(browser) for _ in range(SERVERS)]
    early = sum("waiting" in first and first["heading"] < first["output"] for first in seen)
    heading = [first["heading"] for first in seen]
    share = [first["heading"] / first["output"] for first in seen]
    return [
        table.told("first heading from a fresh server", heading, "ms"),
        table.told("first output from a fresh server", [first["output"] for first in seen], "ms"),
        table.compared("  heading against output, largest", max(share), 1),
        table.decided(
            "  heading there while TensorFlow was starting",
            f"{early} of {SERVERS}",
            f"{SERVERS} of {SERVERS}",
            holds=early == SERVERS,
        ),
    ]


def _first_view(browser: Browser) -> dict[str, float]:
    with page_of(browser) as page:
        page.add_init_script(f"window.seen = bench.watchFirst({json.dumps(FIRSTS)});")
        with serve() as (address, _):
            page.goto(f"{address}/convolution", wait_until="commit")
            page.wait_for_function("window.seen?.output", timeout=120_000)
            seen: dict[str, float] = page.evaluate("window.seen")
    return seen
