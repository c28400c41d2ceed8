"""How what a run draws comes to the browser: all of it at once, and quickly compressed.

Streamlit wakes the thread that talks to the browsers for each element of a page, and makes a turn
of its event loop of it. A page has up to sixty elements.

Layer: ui, below `server`, which makes these changes; `tests/ui/test_sending.py` holds them.
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
from uvicorn.protocols.websockets import websockets_sansio_impl
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

# Messages that are sent in one turn of the event loop. A browser for which 500 wait is given up.
TOGETHER = 100
# The quickest of zlib's levels that compress. The answers of a lesson have the same size then as
# with uvicorn's own setting, the middle level with an eighth of the window, and take half the time.
LEVEL = 1


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
            handed.is_called = True
            self._call_soon_on_event_loop(partial(handle_all, self, handed))

    def handle_all(visit: AppSession, handed: _HandedOver) -> None:
        handed.is_called = False  # first, for what comes while these are handled
        while handed.events:
            sender, event, details = handed.events.popleft()
            try:
                handle_one(visit, sender, event, details)
            except Exception as error:  # as after any call of the loop: the next is made
                visit._event_loop.call_exception_handler(
                    {"message": str(event), "exception": error}
                )
        if visit._message_enqueued_callback:
            visit._message_enqueued_callback()

    def handle_one(
        visit: AppSession,
        sender: ScriptRunner | None,
        event: ScriptRunnerEvent,
        details: dict[str, Any],
    ) -> None:
        if event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
            handle(visit, sender, event, **details)
        elif sender is visit._scriptrunner:  # and not one that was ended
            visit._browser_queue.enqueue(details["forward_msg"])

    AppSession._on_scriptrunner_event = on_event  # type: ignore[method-assign, assignment]


def send_together() -> None:
    """Send what waits for a browser in one turn of the event loop."""
    flush, send = AppSession.flush_browser_queue, Runtime._send_message

    def flush_browser_queue(self: AppSession) -> list[Any]:
        messages = flush(self)
        return [messages[k : k + TOGETHER] for k in range(0, len(messages), TOGETHER)]

    def send_messages(
        self: Runtime, session_info: ActiveSessionInfo, messages: list[ForwardMsg]
    ) -> None:
        for message in messages:
            send(self, session_info, message)

    AppSession.flush_browser_queue = flush_browser_queue  # type: ignore[method-assign]
    Runtime._send_message = send_messages  # type: ignore[method-assign, assignment]


def compress_quickly() -> None:
    """Look for what was sent before further back, and spend less time on it.

    uvicorn keeps 32 KB for each browser to compress with, this 256.
    """

    def factory(client_max_window_bits: int, **_: Any) -> ServerPerMessageDeflateFactory:
        return ServerPerMessageDeflateFactory(
            client_max_window_bits=client_max_window_bits, compress_settings={"level": LEVEL}
        )

    websockets_sansio_impl.ServerPerMessageDeflateFactory = factory  # type: ignore[assignment, attr-defined]
