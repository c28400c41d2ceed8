"""The stage as a test touches it: places of cells on the screen, and what is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import FloatRect, Page

INDEX = (26, 22)  # the stage keeps these free for row and column indices


@dataclass(frozen=True)
class Stage:
    """A stage whose picture has one channel, so that each block holds one grid."""

    page: Page

    def sum(self) -> str:
        """Return all lines under the grids."""
        return self.page.locator(".stage .sum").inner_text().replace("−", "-")

    def heading(self, block: str) -> str:
        """Return title and shape over a block: "Input 7 × 7 × 1"."""
        return self.page.locator(f".stage .block.{block} h2").inner_text()

    def caption(self, block: str) -> str:
        """Return the small line over a block."""
        return self.page.locator(f".stage .block.{block} .caption").inner_text()

    def box(self, block: str) -> FloatRect:
        """Return the place of a block's canvas."""
        box = self.page.locator(f".stage .block.{block} .overlay").bounding_box()
        assert box
        return box

    def output(self, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a cell of the output map."""
        columns = int(re.split(r" × ", self.heading("output").split(" ", 1)[1])[1])
        box = self.box("output")
        cell = (box["width"] - 2 - INDEX[0]) / columns
        return self._middle(box, INDEX, cell, row, column)

    def input(self, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a cell of the input; padding has negative rows and columns."""
        top, left, columns = self._padding()
        box = self.box("input")
        cell = (box["width"] - 2 - INDEX[0]) / columns
        return self._middle(box, INDEX, cell, row + top, column + left)

    def weight(self, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a weight, where no loupe stands beside the kernel."""
        columns = int(re.split(r" × ", self.heading("filter").split(" ", 2)[2])[1])
        box = self.box("filter")
        cell = (box["width"] - 4 - 12) / columns
        return self._middle(box, (2, 2), cell, row, column)

    def _padding(self) -> tuple[int, int, int]:
        columns = int(re.split(r" × ", self.heading("input").split(" ", 1)[1])[1])
        written = re.search(
            r"top (\d+), bottom (\d+) · left (\d+), right (\d+)", self.caption("input")
        )
        if written is None:
            return 0, 0, columns
        top, _, left, right = map(int, written.groups())
        return top, left, left + columns + right

    @staticmethod
    def _middle(
        box: FloatRect, corner: tuple[float, float], cell: float, row: int, column: int
    ) -> tuple[float, float]:
        left, top = corner
        return box["x"] + left + (column + 0.5) * cell, box["y"] + top + (row + 0.5) * cell

    def hover(self, place: tuple[float, float]) -> str:
        """Point at a place and return the sum that appears."""
        self.page.mouse.move(*place)
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        return self.sum()


def numbers(text: str) -> Iterator[float]:
    """Read every number of a line."""
    return (float(word) for word in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text))
