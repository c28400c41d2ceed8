"""What axe-core finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

# Only what is wrong leaves the browser: to describe all that is right takes a third of the time.
RUN = """(within) => axe.run(within ?? document, { resultTypes: ["violations"] })
  .then(({ violations }) => violations
    .map(({ id, impact, nodes }) => [id, impact, nodes.map(({ html }) => html.slice(0, 160))]))
"""


def findings(page: Page, within: Locator | None = None) -> list[tuple[str, str, list[str]]]:
    """Return what is of serious or critical impact: the rule, the impact, and the elements."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(RUN, within and within.element_handle())
    return [(rule, impact, at) for rule, impact, at in found if impact in {"serious", "critical"}]
