"""The sections of a page that are folded."""

from playwright.sync_api import Locator, Page

# One after another, by the mouse, they take twice as long: the page is laid out for each.
CLICK = "(folds) => folds.forEach((fold) => fold.click())"


def unfold(within: Page | Locator) -> None:
    """Open every section, and those inside them."""
    folded = within.locator("details:not([open]) > summary")
    while folded.count():
        folded.evaluate_all(CLICK)
