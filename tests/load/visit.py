"""A tab of a browser without its screen: what it sends to Streamlit, and what it gets.

A visit opens a page, keeps the widgets that the server sent, and acts on them: each action is one
message with the value of every widget, as a browser sends it, and ends when the script has
finished. What the page shows as an exception is kept, so that no failure passes for an answer.
"""

import asyncio
import io
import json
import time
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

T = TypeVar("T")

PATIENCE = 60.0  # seconds until a visitor gives up
LARGEST_MESSAGE = 200_000_000
XSRF_COOKIE = "_streamlit_xsrf"
# What a widget holds before anybody touches it, and the field of `WidgetState` that carries it.
_HIDDEN_UNTIL_OPENED = ("popover",)
# The id that a component's events are sent under is its own between these two.
_EVENTS_OF = ("$$STREAMLIT_INTERNAL_KEY_", "__events")


def played(script: Coroutine[Any, Any, T]) -> T:
    """Run visits to their end, and return what they return.

    In a thread of its own: where Playwright's pages are open, this one has a loop already.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, script).result()


class VisitError(Exception):
    """The server did not answer, or what it sent is no answer."""


@dataclass
class Answer:
    """What one action brought.

    Attributes
    ----------
    seconds : float
        From sending the message until the script had finished.
    size : int
        Bytes received over the WebSocket.
    elements : list of Element
        Everything that the run put on the page: all of it, or what a fragment of it drew anew.
    panels : list of str
        The ids of the panels that it can open and close.
    exceptions : list of str
        Type and message of each exception that the page shows.
    """

    seconds: float = 0.0
    size: int = 0
    elements: list[Element] = field(default_factory=list)
    panels: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[Any]:
        """Return the elements of one kind, such as "alert" or "slider"."""
        return [
            getattr(element, kind)
            for element in self.elements
            if element.WhichOneof("type") == kind
        ]

    def texts(self) -> list[str]:
        """Return what the page says in its messages and paragraphs."""
        return [shown.body for kind in ("alert", "markdown", "html") for shown in self.of(kind)]


class Visit:
    """One visitor's tab; use it as `async with Visit(address) as visit`."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._page_hash = ""
        self._page_name = ""
        self.pages: dict[str, str] = {}  # name in the URL: hash
        self._links: dict[str, str] = {}  # by hash: the query that a link to a page carries
        self.query = ""
        self.session_id = ""
        self._widgets: dict[str, WidgetState] = {}  # by id: the value that a browser would send
        self._known: set[str] = set()  # ids of what is on the page, with and without a value
        self._part_of: dict[str, str] = {}  # by id: the fragment that drew it; "" is the page
        self._drawn: frozenset[str] = frozenset()  # fragments that this run draws; none: all
        self._owner: dict[tuple[int, ...], str] = {}  # by place: the fragment whose block is there
        self._inside: dict[str, str] = {}  # by fragment: the one that it stands in
        # By hash: what came, for which fragment, and in which run.
        self._cache: dict[str, tuple[Element, str, int]] = {}
        self._runs = 0
        self._pictures: set[str] = set()  # paths that were loaded

    async def __aenter__(self) -> "Visit":
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # an address of digits may set cookies too
            timeout=aiohttp.ClientTimeout(total=PATIENCE),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()
        await self._http.close()

    # ---- opening and leaving ---------------------------------------------------------------------

    async def open(self, page: str = "", query: dict[str, str] | None = None) -> Answer:
        """Load a page as a link does: the HTML, the socket, the first run."""
        await self.leave()
        self._page_hash, self._widgets, self._known, self._cache = "", {}, set(), {}
        await self._get(f"/{page}")
        await self._get("/_stcore/health")  # sets the XSRF cookie
        await self.connect()
        self._page_name, self.query = page, urlencode(query or {})
        return await self.act()

    async def connect(self, *, session: str = "") -> None:
        """Open the socket; `session` is one that was lost and is to go on."""
        self._socket = await self._http.ws_connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            protocols=["streamlit", self.xsrf_token(), *([session] if session else [])],
            max_msg_size=LARGEST_MESSAGE,
            compress=15,
            headers={"Origin": self.address},
        )

    def xsrf_token(self) -> str:
        """Return the token that the server set as a cookie."""
        cookies = {cookie.key: cookie.value for cookie in self._http.cookie_jar}
        return cookies.get(XSRF_COOKIE, "")

    async def leave(self) -> None:
        """Close the tab."""
        socket = getattr(self, "_socket", None)
        if socket is not None:
            await socket.close()

    async def _get(self, path: str) -> bytes:
        async with self._http.get(self.address + path) as answer:
            if answer.status >= 400:
                raise VisitError(f"{path} answered {answer.status}")
            return await answer.read()

    async def put(self, file_id: str, content: bytes, *, name: str = "picture.png") -> int:
        """Send a file as the browser does, and return the status of the answer."""
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(content), filename=name, content_type="image/png")
        headers = {"X-Xsrftoken": self.xsrf_token()}
        path = self.address + self._upload_path(file_id)
        async with self._http.put(path, data=form, headers=headers) as answer:
            return answer.status

    def _upload_path(self, file_id: str) -> str:
        return f"/_stcore/upload_file/{self.session_id}/{file_id}"

    async def upload(self, key: str, content: bytes, *, name: str) -> Answer | int:
        """Choose a file; return the answer, or the status of a refusal."""
        file_id = f"{self.session_id}-{self._runs}"
        status = await self.put(file_id, content, name=name)
        if status >= 400:
            return status
        state = WidgetState(id=self.widget(key))
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = file_id, name, len(content)
        info.file_urls.upload_url = info.file_urls.delete_url = self._upload_path(file_id)
        return await self.act(state)

    # ---- acting ----------------------------------------------------------------------------------

    def widget(self, key: str) -> str:
        """Return the id of the widget with a key."""
        for known in self._known:
            if known.split("-", 2)[2] == key:  # an id is $$ID-hash-key
                return known
        raise VisitError(f"there is no widget {key!r} on the page")

    @property
    def keys(self) -> list[str]:
        """The keys of all widgets on the page."""
        return sorted(known.split("-", 2)[2] for known in self._known)

    @property
    def known(self) -> frozenset[str]:
        """The ids of all widgets on the page."""
        return frozenset(self._known)

    def part_of(self, key: str) -> str:
        """Return the fragment that drew a widget."""
        return self._part_of[self.widget(key)]

    def held(self, widget_id: str) -> WidgetState | None:
        """Return what the next message would send for a widget."""
        return self._widgets.get(widget_id)

    def forget(self, widget_id: str, held: WidgetState | None = None) -> None:
        """Send another value of a widget from now on, or none."""
        self._widgets.pop(widget_id, None)
        if held is not None:
            self._widgets[widget_id] = held

    def value(self, key: str) -> Any:
        """Return the value of a widget as the next message would send it."""
        state = self._widgets[self.widget(key)]
        value = getattr(state, state.WhichOneof("value") or "")
        return list(value.data) if isinstance(value, Message) else value

    def state(self, key: str, **value: Any) -> WidgetState:
        """Write a widget's value, such as `double_array_value=[3]` or `json_value="..."`."""
        ((name, given),) = value.items()
        state = WidgetState(id=self.widget(key))
        if isinstance(given, list):
            getattr(state, name).data.extend(given)
        else:
            setattr(state, name, given)
        return state

    def slider(self, key: str, value: float) -> WidgetState:
        """Move a slider."""
        return self.state(key, double_array_value=[value])

    def component(self, key: str, **values: object) -> WidgetState:
        """Set the state that a component keeps."""
        return self.state(key, json_value=json.dumps(values))

    def event(self, key: str, name: str, value: object) -> WidgetState:
        """Report an event of a component."""
        return self.raw_event(key, json.dumps([{"event": name, "value": value}]))

    def raw_event(self, key: str, text: str) -> WidgetState:
        """Report events in whatever text."""
        return WidgetState(id=self.widget(key).join(_EVENTS_OF), json_trigger_value=text)

    async def act(self, *changes: WidgetState, page: str | None = None) -> Answer:
        """Send what changed with everything else, and wait until the script has finished.

        Parameters
        ----------
        *changes : WidgetState
            Values are kept for the messages to come, triggers are sent once.
        page : str, optional
            Go to another page, as a click in the menu does.
        """
        started = time.perf_counter()
        await self.send(*changes, page=page)
        answer = await self.receive()
        answer.seconds = time.perf_counter() - started
        return answer

    async def send(
        self, *changes: WidgetState, page: str | None = None, part: str | None = None
    ) -> None:
        """Send one message, and wait for nothing."""
        await self.send_bytes(self.message(*changes, page=page, part=part))

    def message(
        self, *changes: WidgetState, page: str | None = None, part: str | None = None
    ) -> bytes:
        """Write one; it asks for the part of the page that drew what changed, or for `part`."""
        message = BackMsg()
        run = message.rerun_script
        if page is not None and self.pages.get(page) != self._page_hash:
            self._page_hash, self._widgets = self.pages[page], {}
            self.query = self._links.get(self._page_hash, "")
        run.query_string, run.page_script_hash = self.query, self._page_hash
        if not self._page_hash:
            run.page_name = self._page_name
        run.fragment_id = self._fragment_of(changes) if part is None else part
        sent = dict(self._widgets)
        for change in changes:
            sent[change.id] = change
            if not change.WhichOneof("value").endswith("trigger_value"):
                self._widgets[change.id] = change
        run.widget_states.widgets.extend(sent.values())
        run.cached_message_hashes.extend(self._cache)
        run.context_info.timezone, run.context_info.locale = "UTC", "en-US"
        run.context_info.url = f"{self.address}/{self._page_name}"
        run.context_info.color_scheme = "light"
        return message.SerializeToString()

    def _fragment_of(self, changes: Iterable[WidgetState]) -> str:
        """Return what a browser asks to run: the fragment that drew a widget, or the page."""
        before, after = _EVENTS_OF
        owners = (change.id.removeprefix(before).removesuffix(after) for change in changes)
        parts = {self._part_of.get(owner, "") for owner in owners}
        return parts.pop() if len(parts) == 1 else ""

    async def send_bytes(self, data: bytes) -> None:
        """Send anything."""
        await self._socket.send_bytes(data)

    async def receive(self) -> Answer:
        """Read until a run has finished, whoever asked for it."""
        answer = Answer()
        blocks: dict[tuple[int, ...], str] = {}
        async with asyncio.timeout(PATIENCE):
            while True:
                data = await self._next()
                answer.size += len(data)
                message = ForwardMsg.FromString(data)
                match message.WhichOneof("type"):
                    case "new_session":
                        answer.elements, answer.panels, answer.exceptions = [], [], []
                        blocks = {}
                        self._begin(message)
                    case "navigation":
                        self._page_hash = message.navigation.page_script_hash
                        self.pages = {
                            "" if entry.is_default else entry.url_pathname: entry.page_script_hash
                            for entry in message.navigation.app_pages
                        }
                    case "page_info_changed":
                        self.query = message.page_info_changed.query_string
                    case "delta" | "ref_hash":
                        self._take(message, answer, blocks)
                    case "session_event" if message.session_event.HasField(
                        "script_compilation_exception"
                    ):
                        answer.exceptions.append("the script does not compile")
                    case "script_finished" if (
                        message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
                    ):
                        self._end(answer)
                        return answer

    async def read_until(self, kind: str) -> list[str]:
        """Read until a message of a kind, pass over what comes, and return the kinds."""
        kinds: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while kind not in kinds:
                message = ForwardMsg.FromString(await self._next())
                kinds.append(message.WhichOneof("type") or "")
        return kinds

    async def _next(self) -> bytes:
        frame = await self._socket.receive()
        if frame.type is not aiohttp.WSMsgType.BINARY:
            raise VisitError(f"the server closed the socket: {frame.type.name} {frame.data}")
        return bytes(frame.data)

    def _begin(self, message: ForwardMsg) -> None:
        self.session_id = message.new_session.initialize.session_id or self.session_id
        self._drawn = frozenset(message.metadata.run.fragment_ids)
        self._runs += 1
        if not self._drawn:
            self._links = {}

    def _take(
        self, message: ForwardMsg, answer: Answer, blocks: dict[tuple[int, ...], str]
    ) -> None:
        path = tuple(message.metadata.delta_path)
        if message.WhichOneof("type") == "ref_hash":
            element, part, _ = self._cache[message.ref_hash]
        elif message.delta.WhichOneof("type") == "new_element":
            element, part = message.delta.new_element, message.delta.fragment_id
        else:
            if self._drawn:  # a fragment within one that is drawn is drawn, too
                self._drawn |= {message.delta.fragment_id}
            block = message.delta.add_block
            blocks[path] = block.WhichOneof("type") or ""
            part = message.delta.fragment_id
            around = (self._owner.get(path[:end], part) for end in reversed(range(len(path))))
            if outer := next((owner for owner in around if owner != part), ""):
                self._inside[part] = outer
            self._owner[path] = part
            if block.id:
                answer.panels.append(block.id)
                self._known.add(block.id)
                self._part_of[block.id] = part
            return
        if message.metadata.cacheable:
            self._cache[message.hash] = (element, part, self._runs)
        for shown in ids([element]):
            self._part_of[shown] = part
        answer.exceptions += _unexpected(element)
        answer.elements.append(element)
        if element.WhichOneof("type") == "page_link":  # the menu comes first
            link = element.page_link
            self._links.setdefault(link.page_script_hash, link.query_string)
        inside = {blocks.get(path[:end]) for end in range(len(path))}
        if not inside.intersection(_HIDDEN_UNTIL_OPENED):
            self._meet(element)

    def _meet(self, element: Element) -> None:
        """Give a widget that is new the value that a browser gives it; take one that was set."""
        kind = element.WhichOneof("type")
        shown = getattr(element, kind or "empty")
        if not getattr(shown, "id", ""):
            return
        self._known.add(shown.id)
        if shown.id in self._widgets and not getattr(shown, "set_value", False):
            return
        state = _first_value(kind, shown)
        if state is not None:
            self._widgets[shown.id] = state

    def _end(self, answer: Answer) -> None:
        """Forget what is no longer on the page, and messages that two runs did not use."""
        on_page = {*ids(answer.elements), *answer.panels}
        if self._drawn:
            on_page |= {known for known in self._known if not self._is_drawn(self._part_of[known])}
        self._known = on_page
        self._widgets = {key: state for key, state in self._widgets.items() if key in on_page}
        used = {id(element) for element in answer.elements}
        for digest, (element, part, run) in list(self._cache.items()):
            if id(element) in used:
                self._cache[digest] = (element, part, self._runs)
            elif self._runs - run > 2:
                del self._cache[digest]

    def _is_drawn(self, part: str) -> bool:
        """Whether this run draws a fragment, or one that it stands in."""
        return bool(part) and (part in self._drawn or self._is_drawn(self._inside.get(part, "")))

    async def fetch_pictures(self, answer: Answer) -> int:
        """Load the pictures that are new on the page, as a browser does; return their bytes."""
        shown = {picture.url for pictures in answer.of("imgs") for picture in pictures.imgs}
        new = {path for path in shown - self._pictures if path.startswith("/")}
        self._pictures |= new
        bodies = await asyncio.gather(*map(self._get, new))
        return sum(map(len, bodies))


class Listening(Visit):
    """A visit that keeps every message that it receives, as it came."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.received: list[bytes] = []

    async def _next(self) -> bytes:
        self.received.append(await super()._next())
        return self.received[-1]


def _unexpected(element: Element) -> Iterator[str]:
    """Yield what an element says of an exception that nobody caught."""
    kind = element.WhichOneof("type")
    if kind == "exception":
        yield f"{element.exception.type}: {element.exception.message}"
    elif kind == "alert" and element.alert.body.endswith("it finds the cause in the log."):
        yield element.alert.body.replace("\n", " ")


def ids(elements: Iterable[Element]) -> Iterator[str]:
    """Yield the id of each widget, as they came."""
    for element in elements:
        shown = getattr(element, element.WhichOneof("type") or "empty")
        if getattr(shown, "id", ""):
            yield shown.id


def _first_value(kind: str | None, shown: Any) -> WidgetState | None:
    """Return what a browser sends for a widget that it has just drawn; None for no value."""
    state = WidgetState(id=shown.id)
    is_set = getattr(shown, "set_value", False)
    if kind == "slider" and shown.type == shown.SELECT_SLIDER:
        first = [shown.options[int(index)] for index in shown.default]
        state.string_array_value.data.extend(shown.raw_value if is_set else first)
    elif kind == "slider":
        state.double_array_value.data.extend(shown.value if is_set else shown.default)
    elif kind == "checkbox":
        state.bool_value = shown.value if is_set else shown.default
    elif kind == "number_input":
        whole = shown.data_type == shown.INT
        value = shown.value if is_set else shown.default
        setattr(state, "int_value" if whole else "double_value", int(value) if whole else value)
    elif kind == "selectbox":
        state.string_value = shown.raw_value if is_set else shown.options[shown.default]
    elif kind == "button_group":
        chosen = (
            list(shown.raw_values)
            if is_set
            else [shown.options[index].content for index in shown.default]
        )
        state.string_array_value.data.extend(chosen)
    else:
        return None
    return state
