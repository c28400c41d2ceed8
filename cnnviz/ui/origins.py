"""The server answers its own pages, and no other site's scripts."""

from typing import Any
from urllib.parse import urlsplit

import streamlit as st


class OwnPagesOnly:
    """Refuse a WebSocket that a foreign page opens, before Streamlit looks at it.

    Streamlit refuses it too, but first asks a service on the internet for its own address, and all
    visitors wait until that answers or fails.

    Parameters
    ----------
    app : ASGI application
        What answers everybody else.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a connection on, or refuse it with code 1008, "policy violation"."""
        if scope["type"] == "websocket" and not _is_welcome(dict(scope["headers"])):
            await receive()  # the request to connect
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)


def _is_welcome(headers: dict[bytes, bytes]) -> bool:
    origin, host = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"host"))
    if not origin:
        return True  # not a browser
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.netloc == host or parts.hostname in _named_by_the_operator()


def _named_by_the_operator() -> set[str | None]:
    # Where a proxy changes the Host header, an origin is compared with these.
    origins = st.get_option("server.corsAllowedOrigins")
    return {st.get_option("browser.serverAddress"), *(urlsplit(one).hostname for one in origins)}
