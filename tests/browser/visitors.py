"""Visitors of the pages, each in a browser context that nobody else is in.

A context that its visitor has left is emptied and given to the next with one page open that shows
nothing: its cache and its process are all that is kept. A new one would fetch and compile all
scripts again, half of what opening a page costs.
"""

from dataclasses import dataclass, field
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, Error, Page

EMPTY = "() => { localStorage.clear(); sessionStorage.clear(); }"


@dataclass
class Visitors:
    """Hands out contexts and takes them back.

    Attributes
    ----------
    browser : Browser
        Where they live.
    """

    browser: Browser
    _here: list[tuple[str, BrowserContext]] = field(default_factory=list)
    _left: list[tuple[str, BrowserContext]] = field(default_factory=list)

    def new(self, **options: object) -> Page:
        """Open a page as somebody new; options are those of `Browser.new_context`."""
        kind = repr(sorted(options.items()))
        mine = next((entry for entry in self._left if entry[0] == kind), None)
        if mine is None:
            mine = kind, self.browser.new_context(**options)  # type: ignore[arg-type]
        else:
            self._left.remove(mine)
        self._here.append(mine)
        return mine[1].new_page()

    def leave(self) -> None:
        """Let everybody go, and remove what they leave behind."""
        here, self._here = self._here, []
        for kind, context in here:
            try:
                for page in context.pages:  # each may be on a server of its own
                    page.goto(urljoin(page.url, "/_stcore/health"))
                    page.evaluate(EMPTY)
                for page in context.pages[:-1]:
                    page.close()
                context.clear_cookies()
                context.clear_permissions()
                context.unroute_all()
            except Error:  # closed by a test, or its server is gone: nobody comes here again
                context.close()
            else:
                self._left.append((kind, context))
