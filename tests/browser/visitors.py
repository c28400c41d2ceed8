"""Visitors of the pages, each in a browser context that nobody else is in.

A context that its visitor has left is emptied and given to the next. One page that shows nothing
stays open in it for each address: its cache and its process are all that is kept. A new context
would fetch and compile all scripts again, half of what opening a page costs.
"""

from dataclasses import dataclass, field
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize

EMPTY = "() => { localStorage.clear(); sessionStorage.clear(); }"


@dataclass(eq=False)
class Place:
    """A context, and the pages in it that show nothing, by their address."""

    kind: str
    context: BrowserContext
    kept: dict[str, Page] = field(default_factory=dict)

    def empty(self) -> None:
        """Remove what a visitor leaves behind."""
        self.context.set_offline(False)
        for page in self.context.pages:
            if page in self.kept.values():
                continue
            nothing = urljoin(page.url, "/_stcore/health")  # each may be on a server of its own
            if nothing not in self.kept:
                self.kept[nothing] = self.context.new_page()
                self.kept[nothing].goto(nothing)
            page.close()
        for page in self.kept.values():
            page.evaluate(EMPTY)
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.context.unroute_all()


@dataclass
class Visitors:
    """Hands out contexts and takes them back.

    Attributes
    ----------
    browser : Browser
        Where they live.
    """

    browser: Browser
    _here: list[Place] = field(default_factory=list)
    _left: list[Place] = field(default_factory=list)

    def new(self, viewport: ViewportSize, **options: object) -> Page:
        """Open a page as somebody new; options are those of `Browser.new_context`."""
        if options:  # a phone's viewport is more than a size
            options["viewport"] = viewport
        kind = repr(sorted(options.items()))
        place = next((place for place in self._left if place.kind == kind), None)
        if place is None:
            place = Place(kind, self.browser.new_context(**options))  # type: ignore[arg-type]
        else:
            self._left.remove(place)
        self._here.append(place)
        page = place.context.new_page()
        page.set_viewport_size(viewport)
        return page

    def leave(self) -> None:
        """Let everybody go."""
        here, self._here = self._here, []
        for place in here:
            try:
                place.empty()
            except Error:  # closed by a test, or its server is gone: nobody comes here again
                place.context.close()
            else:
                self._left.append(place)
