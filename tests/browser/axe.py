"""What axe-core finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def findings(page: Page) -> list[tuple[str, str, list[str]]]:
    """Return what is of serious or critical impact: the rule, the impact, and the elements."""
    options = {"resultTypes": ["violations"]}  # to describe all that passed takes twice as long
    return [
        (found["id"], found["impact"], [node["html"][:160] for node in found["nodes"]])
        for found in Axe().run(page, options=options).response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]
