"""What cnnviz changes in Streamlit's server. It reaches into parts that have no setting.

Layer: ui. `tests/ui/test_server.py` and `tests/load/test_visit.py` hold each change against what
Streamlit does by itself, `tests/hostile/test_messages.py` what it takes of a message.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from streamlit.cursor import Cursor, SparseList
from streamlit.errors import StreamlitAPIException
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session, get_instance
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner import (
    RerunData,
    RunDescriptor,
    ScriptRunner,
    get_script_run_ctx,
)
from streamlit.runtime.state import SafeSessionState
from streamlit.source_util import PageHash, PageInfo

from cnnviz.ui import sending, turns

# The parts of a page that can run alone, by their fragments' keys: all but its frame; in that, what
# the controls are about; and in that, the map on a stage and the link. What runs inside the body
# must not write into the sidebar: it would write over the controls.
BODY, MAIN, MAP, LINK = "body", "main", "map", "link"

# Bytes of a message from a browser that is not looked into, and what is left of a larger one: so
# many entries in each list, so many brackets and commas in the JSON of a component, and so many
# letters. The fullest pad that is read has half of them. What somebody types keeps so many letters.
LOOKED_INTO, MOST_ENTRIES, MOST_PARTS, MOST_LETTERS = 50_000, 1_000, 100_000, 1_000_000
MOST_TEXT = 100_000
# A component whose JSON has more is said to have sent this.
TOO_MUCH = "too_much"
_INSTEAD = {"json_value": f'{{"{TOO_MUCH}": true}}', "json_trigger_value": "[]"}
# The fields of a widget's value that widgets of ours use, besides those; and the list in each.
_PLAIN = {"trigger_value", "bool_value", "double_value", "int_value"}
_LISTS = {
    "string_array_value": "data",
    "int_array_value": "data",
    "double_array_value": "data",
    "file_uploader_state_value": "uploaded_file_info",
}

# What pages of ours send. The rest is for developers, to clear the caches of all visits above all,
# or would stop a page half-way.
_TAKEN = {"rerun_script", "app_heartbeat", "file_urls_request"}
_OPERATIONS = {"deferred_file"}  # a download that is made when it is asked for

_LOG = logging.getLogger(__name__)

Pages = dict[PageHash, PageInfo]

# Visits, by what stores their fragments, with nothing under way when the newest run was asked for.
_undisturbed: WeakSet[FragmentStorage] = WeakSet()
# Visits with a run under way when the newest event came; and those whose widgets have begun anew
# since an event came that found no run under way.
_hurried: WeakSet[FragmentStorage] = WeakSet()
_begun_anew: WeakSet[FragmentStorage] = WeakSet()


def adapt() -> None:
    """Make all changes; once, before anybody visits."""
    say_again_what_stays()
    look_up_one_key()
    copy_places_quickly()
    let_fragments_overtake()
    stay_where_the_visitor_went()
    send_what_waits()
    bound_what_is_sent()
    let_runs_take_turns()
    sending.hand_over_together()
    sending.send_together()
    sending.compress_quickly()


def say_again_what_stays() -> None:
    """Write once for each visit and list of pages what a browser is told before every answer.

    Streamlit reads the whole configuration for it, the theme above all: a twentieth of what an
    answer costs. Of all that, only the run, the page and whether it runs are others the next time.
    """
    create = AppSession._create_new_session_message
    said: WeakKeyDictionary[AppSession, tuple[Pages, ForwardMsg]] = WeakKeyDictionary()

    def create_new_session_message(
        self: AppSession, page_script_hash: str, run: RunDescriptor, pages: Pages | None = None
    ) -> ForwardMsg:
        pages = pages or self._pages_manager.get_pages()
        before, message = said.get(self, (None, None))
        if message is None or before != pages:
            message = create(self, page_script_hash, run, pages)
            said[self] = (pages, message)
            return message
        again = ForwardMsg()
        again.CopyFrom(message)
        again.metadata.Clear()
        app_session._set_run_identity(again, run)
        again.new_session.page_script_hash = page_script_hash
        status = again.new_session.initialize.session_status
        status.script_is_running = self._state == AppSessionState.APP_IS_RUNNING
        return again

    AppSession._create_new_session_message = create_new_session_message  # type: ignore[assignment, method-assign]


def look_up_one_key() -> None:
    """Let a widget that asks for its own value in the session have that value alone.

    Streamlit's number inputs, select boxes and texts collect all that a visit keeps, each of them
    and in every run, to look up one key in it.
    """
    SafeSessionState.filtered_state = property(_Lookup)  # type: ignore[assignment]


class _Lookup(Mapping[str, Any]):
    """What a visit keeps, collected only for those who want to see all of it."""

    def __init__(self, state: SafeSessionState) -> None:
        self._state = state

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._collected())

    def __len__(self) -> int:
        return len(self._collected())

    def _collected(self) -> dict[str, Any]:
        with self._state._lock:
            return self._state._state.filtered_state


def copy_places_quickly() -> None:
    """Copy a place on the page without asking what it is made of: it is a few numbers.

    Streamlit copies all places around a fragment where it is called, and again where it runs
    alone, with what Python has for copying anything. It takes a thirtieth of an answer.
    """

    def copied(self: Cursor, _memo: dict[int, Any]) -> Cursor:
        other = object.__new__(type(self))
        vars(other).update(vars(self))
        other._transient_elements = SparseList()
        other._transient_elements._data.update(self._transient_elements._data)
        return other

    Cursor.__deepcopy__ = copied  # type: ignore[attr-defined]


def let_fragments_overtake() -> None:
    """Let an event of a fragment end the fragment's run that is on, and start its own at once.

    So Streamlit does it where whole pages run; of a fragment, it would first finish what nobody
    waits for any more, and take two quick clicks on one button for one. A run that began with the
    whole page is left to come to its end: it clears what the page before has left.

    What the ended run would still have drawn, the one that takes its place draws: it runs the
    body, and `is_alone` is false. So does an event of a part that the ended run had yet to draw:
    until then Streamlit does not know that part.
    """
    request = AppSession.request_rerun
    by_a_fragment: WeakSet[ScriptRunner] = WeakSet()

    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        runner, storage = self._scriptrunner, self._fragment_storage
        if runner is None:
            _hurried.discard(storage)
            _begun_anew.discard(storage)
        else:
            _hurried.add(storage)
        page = self._client_state.page_script_hash
        if (
            client_state is not None
            and client_state.fragment_id
            and client_state.page_script_hash == page
            and not self.has_fragment(client_state.fragment_id)
        ):
            client_state.fragment_id = fragment_of(storage, BODY) or client_state.fragment_id
        if client_state is None or not self.has_fragment(client_state.fragment_id):
            _undisturbed.discard(storage)
            request(self, client_state)
            return
        # Said before the run's thread is started, which looks there.
        if runner is None:
            _undisturbed.add(storage)
        else:
            _undisturbed.discard(storage)
        if runner is not None and runner in by_a_fragment:
            runner.request_stop()
            self._scriptrunner = None
            client_state.fragment_id = fragment_of(storage, BODY) or client_state.fragment_id
        request(self, client_state)
        started = self._scriptrunner
        if started is not None and started is not runner:
            by_a_fragment.add(started)

    clear = AppSession._clear_queue

    def clear_queue(self: AppSession, fragment_ids_this_run: list[str] | None = None) -> None:
        # A run begins: a fragment's has asked for the whole page, perhaps.
        if fragment_ids_this_run is None and self._scriptrunner is not None:
            by_a_fragment.discard(self._scriptrunner)
        clear(self, fragment_ids_this_run)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]
    AppSession._clear_queue = clear_queue  # type: ignore[method-assign]


def begin_anew() -> None:
    """Note that this run gives the page's widgets other values than the browser holds."""
    context = get_script_run_ctx()
    if context is not None:
        _begun_anew.add(context.fragment_storage)


def has_begun_anew() -> bool:
    """Whether the browser may have sent the newest event before it knew of these values."""
    context = get_script_run_ctx()
    storage = context and context.fragment_storage
    return storage in _hurried and storage in _begun_anew


def stay_where_the_visitor_went() -> None:
    """Take no event of a page that the visitor has left; it was sent before the next one came.

    Streamlit would turn back to that page, or run a part of it that is gone and leave the browser
    with an empty page. Where nothing is on its way to the browser, the next page is sent again.
    """
    request = AppSession.request_rerun
    gone_to: WeakKeyDictionary[AppSession, ClientState] = WeakKeyDictionary()

    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        wanted = gone_to.get(self)
        if client_state is None:
            pass
        elif not (client_state.fragment_id or client_state.widget_states.widgets):
            if client_state.page_script_hash:  # a link, the menu, or Back brings no widget
                gone_to[self] = client_state
        elif wanted and client_state.page_script_hash not in ("", wanted.page_script_hash):
            if self._scriptrunner is None:
                request(self, wanted)
            return
        request(self, client_state)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]


async def forget_who_left(every: float = 60.0) -> None:
    """Let go of visits that are kept no longer, again and again; `every` is in seconds.

    Streamlit keeps what a visit had, its pictures above all, until the next visitor leaves.
    """
    while True:
        await asyncio.sleep(every)
        try:
            visits = get_instance()._session_mgr
            with visits._storage_lock:  # type: ignore[attr-defined]
                visits._session_storage._cache.expire()  # type: ignore[attr-defined]
        except Exception:
            _LOG.exception("Visits that are over are kept until the next one leaves")


def fragment_of(storage: FragmentStorage, key: str) -> str | None:
    """Return the id of the fragment that a visit's page names so; None where there is none."""
    try:
        return storage.resolve_target(key)[0]
    except StreamlitAPIException:
        return None


def is_alone() -> bool:
    """Whether this run is a fragment's, and no other of its visit was on when it was asked for."""
    context = get_script_run_ctx()
    return context is not None and context.fragment_storage in _undisturbed


def send_what_waits() -> None:
    """Let a fragment's run leave what has yet to be sent, and come after it.

    Streamlit drops what this fragment has drawn, for it will be drawn again, but keeps what the
    fragments inside it have drawn. On a busy server the browser is then told of places in parts
    that it never heard of, and the whole page goes white.
    """
    clear = AppSession._clear_queue

    def clear_queue(self: AppSession, fragment_ids_this_run: list[str] | None = None) -> None:
        if fragment_ids_this_run is None:
            clear(self)
        else:
            # What is drawn now must not be put into what waits, before the word of its own run.
            self._browser_queue._delta_index_map = {}

    AppSession._clear_queue = clear_queue  # type: ignore[method-assign]


def bound_what_is_sent() -> None:
    """Take only what a page of ours may send, and as much of it.

    Two megabytes of `{},{},{}` become fifty in Python, and a visit keeps what its widgets hold.
    """
    handle = AppSession.handle_backmsg

    def handle_backmsg(self: AppSession, msg: BackMsg) -> None:
        if _is_taken(msg):
            handle(self, bounded(msg) if msg.ByteSize() > LOOKED_INTO else msg)

    AppSession.handle_backmsg = handle_backmsg  # type: ignore[method-assign]


def _is_taken(message: BackMsg) -> bool:
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return kind in _TAKEN


def bounded(message: BackMsg) -> BackMsg:
    """Cut a message, and return what is left of it in memory of its own."""
    kind = message.WhichOneof("type")
    if kind == "rerun_script":
        _cut(message.rerun_script)
    elif kind == "file_urls_request":
        del message.file_urls_request.file_names[MOST_ENTRIES:]
    left = BackMsg()
    left.CopyFrom(message)
    return left


def _cut(state: ClientState) -> None:
    del state.cached_message_hashes[MOST_ENTRIES:]
    del state.widget_states.widgets[MOST_ENTRIES:]
    for widget in state.widget_states.widgets:
        kind = widget.WhichOneof("value")
        if kind in _INSTEAD:
            text = getattr(widget, kind)
            if len(text) > MOST_LETTERS or sum(map(text.count, "{[,")) > MOST_PARTS:
                setattr(widget, kind, _INSTEAD[kind])
        elif kind == "string_value":
            widget.string_value = widget.string_value[:MOST_TEXT]
        elif kind in _LISTS:
            del getattr(getattr(widget, kind), _LISTS[kind])[MOST_ENTRIES:]
        elif kind is not None and kind not in _PLAIN:
            widget.ClearField(kind)


def let_runs_take_turns() -> None:
    """Run one script after another, in order of arrival; see `turns`."""
    run = ScriptRunner._run_script

    def run_script(self: ScriptRunner, rerun_data: RerunData) -> None:
        with turns.runs.turn():
            run(self, rerun_data)

    ScriptRunner._run_script = run_script  # type: ignore[method-assign]
