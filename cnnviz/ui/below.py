"""An address below a page leads to the page."""

import re
from typing import Any

from starlette.responses import RedirectResponse

from cnnviz.ui.frame import PAGES

_NAMES = "|".join(page.name for page in PAGES[1:])
# Before it stands a base path, if there is one; the server's own paths begin with "_".
_BELOW = re.compile(rf"(?P<page>(/[^/]+)*/({_NAMES}))/(?!_).*")


class NothingBelow:
    """Send a visitor who asks for something below a page to the page, with the same query.

    Streamlit answers any address with the same document, whose scripts have relative addresses:
    one level further down the page would stay white.

    Parameters
    ----------
    app : ASGI application
        What answers everything else.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or redirect it."""
        below = scope["type"] == "http" and _BELOW.fullmatch(scope["path"])
        if below and b"text/html" in dict(scope["headers"]).get(b"accept", b""):
            query = scope["query_string"].decode("latin-1")
            answer = RedirectResponse(below["page"] + (f"?{query}" if query else ""))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)
