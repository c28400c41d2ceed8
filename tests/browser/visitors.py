"""Visitors of the pages, each in a browser context that nobody else is in.

A context that its visitor has left is emptied and given to the next, with its tab. What pages of
ours keep goes: cookies and storage. What the browser keeps stays: the tab's history, and the
scripts that it has fetched and compiled. Another context would do that again, half of what opening
a page costs; another tab costs a quarter of the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin

from playwright.sync_api import Browser, Error, Page, ViewportSize

EMPTY = "() => { localStorage.clear(); sessionStorage.clear(); }"

Scheme = Literal["light", "dark"]
Listeners = Mapping[str, Callable[[Any], object]]


@dataclass(eq=False)
class Place:
    """A tab alone in a context, made with some options, and who listens to it."""

    page: Page
    options: dict[str, Any]
    listeners: Listeners = field(default_factory=dict)

    def take(self, viewport: ViewportSize, color_scheme: Scheme, listeners: Listeners) -> Page:
        """Let somebody new sit down."""
        self.page.set_viewport_size(viewport)
        self.page.emulate_media(color_scheme=color_scheme, reduced_motion="no-preference")
        self.listeners = listeners
        for event, listener in listeners.items():
            self.page.on(event, listener)  # type: ignore[call-overload]
        return self.page

    def empty(self) -> None:
        """Remove what a visitor leaves behind."""
        for event, listener in self.listeners.items():
            self.page.remove_listener(event, listener)
        context = self.page.context
        for page in context.pages:
            if page is not self.page:
                page.close()
        self.page.goto(urljoin(self.page.url, "/_stcore/health"))  # shows nothing
        self.page.evaluate(EMPTY)
        self.page.mouse.move(0, 0)
        context.clear_cookies()
        context.clear_permissions()
        context.unroute_all()


@dataclass
class Visitors:
    """Hands out tabs and takes them back.

    Attributes
    ----------
    browser : Browser
        Where they live.
    """

    browser: Browser
    _here: list[Place] = field(default_factory=list)
    _left: list[Place] = field(default_factory=list)

    def new(
        self,
        viewport: ViewportSize,
        *,
        color_scheme: Scheme = "light",
        listeners: Listeners | None = None,
        **options: object,
    ) -> Page:
        """Come as somebody new; options are those of `Browser.new_context`."""
        if options:  # a phone's viewport is more than a size
            options["viewport"] = viewport
        place = next((place for place in self._left if place.options == options), None)
        if place is None:
            context = self.browser.new_context(**options)  # type: ignore[arg-type]
            place = Place(context.new_page(), options)
        else:
            self._left.remove(place)
        self._here.append(place)
        return place.take(viewport, color_scheme, listeners or {})

    def leave(self) -> None:
        """Let everybody go."""
        here, self._here = self._here, []
        for place in here:
            try:
                place.empty()
            except Error:  # closed by a test, or its server is gone: nobody comes here again
                place.page.context.close()
            else:
                self._left.append(place)
