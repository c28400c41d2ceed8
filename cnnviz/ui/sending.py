"""How what a run draws comes to the browser: in few pieces, quickly compressed.

Streamlit wakes the thread that talks to the browsers for each element of a page, and makes a turn
of its event loop and a packet of the network of it. A page has up to sixty elements.

Layer: ui, below `server`, which makes these changes. `tests/ui/test_sending.py` holds them against
what Streamlit does by itself.
"""

from collections import deque
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.session_manager import ActiveSessionInfo
from uvicorn.protocols.websockets import websockets_sansio_impl as websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

# Of zlib's levels the quickest. The answers of a lesson have the same size then as with uvicorn's
# own setting, the middle level with an eighth of the window, and take half the time.
LEVEL = 1
# Powers of two: bytes in which a browser may look back. What it sends is small.
FROM_BROWSER = 12


class _HandedOver:
    """What the runs of a visit have drawn and done, and the event loop has not seen yet."""

    def __init__(self) -> None:
        self.events: deque[tuple[ScriptRunner | None, ScriptRunnerEvent, dict[str, Any]]] = deque()
        self.is_called = False


def hand_over_together() -> None:
    """Wake the event loop once for all that happens until it comes to look."""
    handle = AppSession._handle_scriptrunner_event_on_event_loop
    of_visits: WeakKeyDictionary[AppSession, _HandedOver] = WeakKeyDictionary()

    def on_event(
        self: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, **details: Any
    ) -> None:
        handed = of_visits.get(self) or of_visits.setdefault(self, _HandedOver())
        handed.events.append((sender, event, details))
        if not handed.is_called:
            call(self, handed)

    def call(visit: AppSession, handed: _HandedOver) -> None:
        handed.is_called = True
        visit._call_soon_on_event_loop(partial(handle_all, visit, handed))

    def handle_all(visit: AppSession, handed: _HandedOver) -> None:
        handed.is_called = False  # first, for what comes while these are handled
        is_drawn = False
        try:
            while handed.events:
                sender, event, details = handed.events.popleft()
                if event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
                    handle(visit, sender, event, **details)
                elif sender is visit._scriptrunner:  # and not one that was ended
                    visit._browser_queue.enqueue(details["forward_msg"])
                    is_drawn = True
        finally:
            if is_drawn and visit._message_enqueued_callback:
                visit._message_enqueued_callback()
            if handed.events:  # after an error: one event's is none of the next
                call(visit, handed)

    AppSession._on_scriptrunner_event = on_event  # type: ignore[method-assign, assignment]


def send_together() -> None:
    """Send all that waits for a browser in one turn of the event loop, which writes it at once."""
    flush, send = AppSession.flush_browser_queue, Runtime._send_message

    def flush_browser_queue(self: AppSession) -> list[Any]:
        return [] if self._browser_queue.is_empty() else [flush(self)]

    def send_messages(
        self: Runtime, session_info: ActiveSessionInfo, messages: list[ForwardMsg]
    ) -> None:
        for message in messages:
            send(self, session_info, message)

    AppSession.flush_browser_queue = flush_browser_queue  # type: ignore[method-assign]
    Runtime._send_message = send_messages  # type: ignore[method-assign, assignment]


def compress_quickly() -> None:
    """Look back further in what is sent, and less long.

    uvicorn keeps 32 KB for each browser to compress with, this 256.
    """

    def factory(**_: Any) -> ServerPerMessageDeflateFactory:
        return ServerPerMessageDeflateFactory(
            client_max_window_bits=FROM_BROWSER, compress_settings={"level": LEVEL}
        )

    websockets.ServerPerMessageDeflateFactory = factory  # type: ignore
