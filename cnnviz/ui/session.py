"""A page's state through a visit: read from the URL on arrival, kept, written back to the URL.

The state is one frozen object in `st.session_state`. Widgets start from it and are read back into
it; edits on the stage change it in callbacks. The URL is a function of it, written after each run.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeGuard, cast

import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

from cnnviz.share import Link, PageState, State, decode, encode
from cnnviz.ui import server, share_panel, visibility

KEYS = 20  # of a widget whose key changes; no browser is so many runs behind
MOST_PROBLEMS = 8  # messages that wait to be shown
VIEW = {"pin", "scope", "data_format"}  # of a layer, what a link to it may leave as it is


def arrive(page: str, kind: type[State]) -> State:
    """Return the state to show.

    It comes from the URL when the visitor has just come to the page or moved through the browser's
    history, and else from the visit. What the URL has wrong is kept for `problems`.

    Parameters
    ----------
    page : str
        The page's name: a prefix of its keys.
    kind : type
        Its state.
    """
    session = st.session_state
    before = session.get("page")
    entered = before != page
    session["page"] = page
    if entered and before is not None:
        session[_came_key(page)] = True
        session.pop(_put_off_key(before), None)  # it may be megabytes, and nobody waits for it
    _leave_out_what_is_old(page)
    context = get_script_run_ctx()
    # What the browser has sent may be older than what it was told since, and is told again then.
    session[_told_key(page)] = frozenset() if server.has_begun_anew() else _told(context)
    went_back = bool(context and context.is_history_navigation)
    query = visibility.without_hidden(st.query_params.to_dict())
    saved = session.get(_state_key(page))
    if (
        saved is not None
        and not went_back
        and (not (entered and query) or _is_own(page, saved, query))
    ):
        if entered:
            _start_over(page)
            session.pop(f"{page}.again", None)
            session.pop(_before_key(page), None)
        _catch_up(page)
        return cast(State, current(page))
    state, errors = decode(kind, query)
    put(page, state, (*visibility.problems(), *errors))
    return state


def _is_own(page: str, saved: PageState, query: dict[str, str]) -> bool:
    """Whether a link leads to what the visit has: of a picture, say, it has more than the link."""
    if query == written(page):
        return True  # the menu's; since it was written, more may have been done
    own = encode(saved).query
    return query.items() <= own.items() and own.keys() - query.keys() <= VIEW


def enter(page: str) -> None:
    """Note that the visitor is on a page that has no state of its own."""
    st.session_state.pop(_put_off_key(st.session_state.get("page", page)), None)
    st.session_state["page"] = page
    st.session_state[f"{page}.problems"] = [str(error) for error in visibility.problems()]


def put(page: str, state: PageState, errors: tuple[ValueError, ...] = ()) -> None:
    """Replace the whole state, as a link or a saved file does."""
    st.session_state[_before_key(page)] = _sent(page)
    server.begin_anew()
    _start_over(page)
    st.session_state.pop(f"{page}.upload", None)  # it brings a picture of its own
    st.session_state.pop(_put_off_key(page), None)
    st.session_state[_state_key(page)] = state
    st.session_state[_put_key(page)] = state
    st.session_state[f"{page}.problems"] = [str(error) for error in errors]


def taken(page: str) -> PageState | None:
    """Take the state that a link or a file has just put here; it is told once."""
    return cast(PageState | None, st.session_state.pop(_put_key(page), None))


def _start_over(page: str) -> None:
    # Widgets begin again from the state; those that keep something of their own get a new key.
    session = st.session_state
    for key in [key for key in session if str(key).startswith(f"{page}:")]:
        del session[key]
    session[_told_key(page)] = frozenset()
    session[f"{page}.visit"] = session.get(f"{page}.visit", 0) + 1


def problems(page: str) -> list[str]:
    """Take the messages that wait to be shown; they are shown once."""
    return cast(list[str], st.session_state.pop(f"{page}.problems", []))


def complain(page: str, error: ValueError) -> None:
    """Keep a message for the next run to show, unless many wait already."""
    waiting = st.session_state.setdefault(f"{page}.problems", [])
    if len(waiting) < MOST_PROBLEMS and str(error) not in waiting:
        waiting.append(str(error))


def change(page: str, **changes: Any) -> None:
    """Change fields of the state, from a callback."""
    st.session_state[_state_key(page)] = replace(st.session_state[_state_key(page)], **changes)


def reset(page: str, **changes: Any) -> None:
    """Change fields of the state, from a callback, and let their widgets start from them anew.

    A value put into a widget would be lost where the next event overtakes the run that draws the
    widget: it brings along what the browser still holds.
    """
    change(page, **changes)
    for name in changes:
        for side in ("", ".height", ".width"):
            st.session_state.pop(f"{page}:{name}{side}", None)


def keep(page: str, state: PageState) -> None:
    """Keep a state that a callback or this run has made; widgets stay as they are."""
    st.session_state[_state_key(page)] = state


def current(page: str) -> Any:
    """Return the state as the last run left it."""
    return st.session_state[_state_key(page)]


def standing(page: str) -> Any:
    """Return the state for a part that runs alone; draw the whole page where an error ended it."""
    if _state_key(page) not in st.session_state:
        st.rerun()
    return current(page)


def arrivals(page: str) -> int:
    """Return how often the visitor came to the page, by a link, Back or the menu."""
    return int(st.session_state[f"{page}.visit"])


def foresee(page: str, state: State) -> State:
    """Return the state with what its widgets hold, before they are drawn.

    A page shows this first and draws its controls after it, for dozens of controls take longer to
    send and to draw than a stage. What is not foreseen here, `settle` notices.
    """
    told = st.session_state.get(_told_key(page), frozenset())
    held = {name: _held(f"{page}:{name}", was, told) for name, was in vars(state).items()}
    return replace(state, **held)


def _held(full: str, was: Any, told: frozenset[str]) -> Any:
    across = [f"{full}.height", f"{full}.width"]
    if told.issuperset(across):
        return tuple(st.session_state[side] for side in across)
    if full not in told:
        return was
    held = st.session_state[full]
    if isinstance(was, tuple) and len(was) == 2 and isinstance(held, int):
        return (held, held)
    return held if type(held) is type(was) else was


def settle(page: str, foreseen: State, state: State) -> None:
    """Keep what the controls say, and run again if the page has shown something else."""
    keep(page, state)
    # Once for each state: nobody shall wait for ever. A run that never came here, since the next
    # event ended it, leaves a state that is another one by then.
    before = st.session_state.pop(f"{page}.again", ())
    if state not in (foreseen, *before):
        st.session_state[f"{page}.again"] = (*before[-2:], state)
        st.rerun()


def put_off(page: str, source: str, work: Callable[[], None] | None) -> bool:
    """From a callback: leave work to the page's next run, which has a place to say that it waits.

    What a callback draws comes to stand on the page's first elements.

    Parameters
    ----------
    page : str
    source : str
        The input that the work is for. Only where it is in use, somebody waits for that.
    work : callable or None
        It takes the place of what was put off for the same source; None takes that back.

    Returns
    -------
    bool
        Whether there was something that is not done now.
    """
    waiting = st.session_state.setdefault(_put_off_key(page), {})
    was = waiting.pop(source, None)
    if work is not None:
        waiting[source] = work
    return was is not None


def _catch_up(page: str) -> None:
    waiting = st.session_state.get(_put_off_key(page), {})
    source = st.session_state.get(f"{page}:input", getattr(current(page), "input", None))
    work = waiting.get(source)
    if work is None:
        return
    try:
        work()  # where the next event ends this run meanwhile, the next run does it
    except Exception:
        waiting.pop(source, None)
        raise
    if waiting.get(source) is work:
        del waiting[source]


def redraw(*parts: str) -> None:
    """From the callback of what changes some parts of the page only: run these alone."""
    context = get_script_run_ctx()
    running = context.fragment_ids_this_run if context else None
    if context is None or not running:
        return  # the whole page is drawn
    # Where this run has ended another one, or waited for it, it stands for that one, too.
    wanted = parts if server.is_alone() else (server.BODY,)
    found = [server.fragment_of(context.fragment_storage, part) for part in wanted]
    if None not in found and found != running:
        st.rerun(wanted)


def redraw_main() -> None:
    """From the callback of a control that changes no other control."""
    redraw(server.MAIN)


def redraw_body() -> None:
    """From a callback of the main part that has changed what the controls hold."""
    context = get_script_run_ctx()
    if context is None or context.fragment_ids_this_run:
        st.rerun(server.BODY)  # else the whole page is drawn


def reported(page: str, name: str) -> Any:
    """Return what a widget holds, from its own callback; None where it is of a state before.

    After a link, Back or a file, widgets begin anew. An event that comes before they are drawn
    brings their old values along, and Streamlit takes these for changes.
    """
    _leave_out_what_is_old(page)
    return st.session_state.get(f"{page}:{name}")


def key(page: str, name: str, start: Any = None, *, once: bool = False) -> str:
    """Name a widget's key, and let the widget start from a value of the state.

    Streamlit tells the browser of such a value once. Where another run overtakes it before the
    browser has drawn the widget, the widget would stand at its default, and would be believed. So
    the value is told until the browser has answered with one.

    Parameters
    ----------
    page, name : str
    start : optional
        What the widget starts from.
    once : bool
        Whether the value is told once all the same: the browser answers for what stands in a form
        when the form is sent, and for a panel when it is opened or closed.
    """
    session, full = st.session_state, f"{page}:{name}"
    answered = session.get(_told_key(page))
    if start is None or (answered is not None and full in answered):
        return full
    if full not in session:
        session[full] = start
    elif answered is not None and not once:
        session[full] = session[full]
    return full


def own_key(page: str, name: str, version: int = 0) -> str:
    """Name the key of a widget that cannot be given a value.

    It changes with each arrival and each version. Later it comes again: Streamlit keeps something
    of every widget that a visit ever had, of a pad all that was on it when it came.
    """
    return f"{page}:{name}:{(arrivals(page) + version) % KEYS}"


def leave(page: str, state: PageState) -> Link:
    """Keep the state and write it into the URL.

    The comparison is with what was last written, too: while one run writes, the browser may already
    have sent the next, with the URL from before. And where the visitor has just come from another
    page it is written in any case: what that page wrote may come after the browser went on.
    """
    session = st.session_state
    keep(page, state)
    link = encode(state)
    query = visibility.with_hidden(link.query)
    there = st.query_params.to_dict()
    just_came = session.pop(_came_key(page), False)
    if query != there or query != session.get(_written_key(page), query):
        st.query_params.from_dict(query)
    elif just_came:
        st.query_params.from_dict(there)  # in its own order: to the browser, another is another
    session[_written_key(page)] = query
    share_panel.fill(page, state)
    return link


def written(page: str) -> dict[str, str]:
    """Return the query that the visit has last written for a page; empty where there is none."""
    return visibility.without_hidden(st.session_state.get(_written_key(page), {}))


def read_view(view: object) -> dict[str, Any]:
    """Read what a stage reports of its view, whatever it is: the pinned cell and the scope."""
    if not isinstance(view, dict):
        return {}
    pin, scope = view.get("pin"), view.get("scope")
    changes: dict[str, Any] = {"pin": None}
    if isinstance(pin, list) and len(pin) == 3 and all(map(is_index, pin)):
        changes["pin"] = tuple(pin)
    return {**changes, "scope": scope} if scope in ("layer", "map") else changes


def is_index(value: object) -> TypeGuard[int]:
    """Whether something that a browser sent can be a row, a column or a map."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4096


def visited(page: str) -> PageState | None:
    """Return what the visit has of another page, or None."""
    return cast(PageState | None, st.session_state.get(_state_key(page)))


def _leave_out_what_is_old(page: str) -> None:
    """Take no widget's value that the browser held before an example or a file was opened.

    Once it has sent another, it is believed: from then on the old value is one that was chosen.
    """
    if not server.has_begun_anew():
        return
    before = st.session_state.get(_before_key(page), {})
    for key, value in _sent(page).items():
        if key in before and before[key] == value:
            st.session_state.pop(key, None)
        else:
            before.pop(key, None)


def _sent(page: str) -> dict[str, bytes]:
    """Return what the browser has sent of the page's widgets, by their keys."""
    return {
        key: state.SerializeToString()
        for key, state in _widget_states(get_script_run_ctx())
        if key.startswith(f"{page}:")
        and not (state.WhichOneof("value") or "").endswith("trigger_value")
    }


def _told(context: ScriptRunContext | None) -> frozenset[str]:
    """Name the widgets that the browser has a value for, by their keys."""
    return frozenset(key for key, _ in _widget_states(context) if key in st.session_state)


def _widget_states(context: ScriptRunContext | None) -> list[tuple[str, WidgetState]]:
    states = context.session_state.get_widget_states() if context else []
    return [(state.id.split("-", 2)[-1], state) for state in states]  # an id is $$ID-hash-key


def _told_key(page: str) -> str:
    return f"{page}.told"


def _written_key(page: str) -> str:
    return f"{page}.written"


def _came_key(page: str) -> str:
    return f"{page}.came"


def _put_off_key(page: str) -> str:
    return f"{page}.put_off"


def _state_key(page: str) -> str:
    return f"{page}.state"


def _before_key(page: str) -> str:
    return f"{page}.before"


def _put_key(page: str) -> str:
    return f"{page}.put"
