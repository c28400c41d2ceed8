"""Picture every page at two sizes, light and dark, into a folder (screenshots/ by default).

One of them becomes the picture of the README.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import FLAGS, find
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.server import ROOT, serve

STATES = {
    "home": "/",
    "lessons-one-filter": "/lessons?lesson=3",
    "lessons-canny": "/lessons?lesson=6",
    "lessons-arguments": "/lessons?lesson=10",
    "lessons-softmax": "/lessons?lesson=14",
    "convolution": "/convolution?strides=2&pin=2_1_0",
    "convolution-colour": "/convolution?input=sample&sample=balloons&side=32&colour=rgb&filters=6",
    "convolution-drawing": "/convolution?input=draw&filters=4"
    "&kernels=sobel_x~sobel_y~outline~emboss&strokes=FgARQDZHNlY2ZDZzNoI2kTafNq42sUCmVJxnknqIjX2hbr5k0Q",
    "pooling": "/pooling",
    "pooling-negatives": "/pooling?preset=zeros&rows=3&columns=3&padding=same&pin=1_1_0"
    "&values=3x3x1~-1_-2_-3_-4_-5_-6_-7_-8_-9",
    "pooling-maps-side-by-side": "/pooling?input=convolution&padding=same&beside=convolution",
    "pooling-impossible": "/pooling?rows=5&columns=5&pool_size=8",
    "classifier": "/classifier",
    "classifier-mnist": "/classifier?input=mnist&index=1&layer=pool1&pin=7_7_3",
    "convolution-impossible": "/convolution?padding=valid&kernel_size=8",
}
OF_THE_README = "convolution-1366-light.png"


def main() -> None:
    """Write PNG files into the folder, one for each page, size and theme."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with serve() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        first = browser.new_page()  # who comes first is told that TensorFlow is starting
        first.goto(f"{address}/classifier")
        first.locator(".stage .sum .head").wait_for(timeout=60_000)
        first.close()
        for viewport in (DESKTOP, PHONE):
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport=viewport, color_scheme=scheme)
                for name, path in STATES.items():
                    page.goto(address + path)
                    page.locator('[data-testid="stMain"] h1').wait_for()
                    page.locator('[data-test-script-state="notRunning"]').wait_for()
                    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=30_000)
                    page.wait_for_timeout(600)
                    page.screenshot(path=folder / f"{name}-{viewport['width']}-{scheme}.png")
                page.close()
        browser.close()
    shutil.copy(folder / OF_THE_README, ROOT / "assets" / "convolution-page.png")
    print(f"Pictures of {len(STATES)} pages are in {folder}")


if __name__ == "__main__":
    main()
