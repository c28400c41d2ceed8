"""The drawing pad: brush, eraser, undo, clear, and strokes as a link would hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import streamlit as st

from cnnviz.drawing import MAX_POINTS, MAX_STROKES, Stroke
from cnnviz.stroke_codec import PAD, quantised
from cnnviz.ui import server, session, strokes

FULL = (
    "The drawing is larger than the 1 MB that a pad may send, so the pad shows what it held "
    "before. Undo some strokes, or clear it, before you draw more."
)
_at_once = st.components.v2.component(
    "cnnviz_pad", js=(Path(__file__).parent / "pad.js").read_text(encoding="utf-8")
)


def draw_on_pad(page: str, start: tuple[Stroke, ...], *, brush: int) -> tuple[Stroke, ...]:
    """Draw the pad with its tools, and return what is on it.

    Parameters
    ----------
    page : str
        Its state has the field `strokes`.
    start : tuple of Stroke
        What is on the pad when it appears.
    brush : int
        Width of the pen, in pixels of the 280 pixel pad, to begin with.
    """
    # The pad registers its files with a running server: it cannot be imported before there is one.
    from streamlit_drawable_canvas import st_canvas

    pens = st.container(horizontal=True, vertical_alignment="bottom")
    width = pens.slider("brush", 4, 60, brush, key=session.key(page, "brush", brush))
    erasing = pens.toggle("eraser", key=f"{page}:erase")
    version = st.session_state.setdefault(_version(page), 0)
    st.session_state[_shown(page)] = True
    first_key = session.own_key(page, "first_drawing")
    if st.session_state.get(first_key, (None,))[0] != version:
        st.session_state[first_key] = (version, strokes.to_canvas(start))
    _, first = st.session_state[first_key]
    canvas_key = session.own_key(page, "canvas", version)
    with st.container(key="pad", gap=None):
        _at_once(key=f"{page}.at_once")
        try:
            drawing = st_canvas(
                stroke_width=width,
                stroke_color=strokes.PAPER if erasing else strokes.INK,
                background_color=strokes.PAPER,
                width=PAD,
                height=PAD,
                initial_drawing=first,
                key=canvas_key,
                on_change=partial(_take, page, canvas_key),
            ).json_data
        except (AttributeError, LookupError, TypeError):
            drawing = None  # it takes whatever a browser sent for a drawing
    reading = _read(page, drawing, start)
    if reading.left_out:
        st.warning(
            f"The drawing has more than {MAX_STROKES} strokes or {MAX_POINTS:,} points, so its "
            f"last {reading.left_out} strokes are left out. Undo some, or clear the pad."
        )
    beside = st.container(horizontal=True)
    beside.button(
        "Undo",
        key=f"{page}:undo",
        on_click=partial(_put, page, slice(-1)),
        disabled=not reading.strokes,
        width="stretch",
    )
    beside.button(
        "Clear",
        key=f"{page}:clear",
        on_click=partial(_put, page, slice(0)),
        disabled=not reading.strokes,
        width="stretch",
    )
    return reading.strokes


def _take(page: str, canvas_key: str) -> None:
    """Put what is on the pad now into the state, so that a page need not draw the pad to know."""
    if canvas_key not in st.session_state:
        return  # it belongs to a state before; see `session.reported`
    held = st.session_state[canvas_key]
    if server.TOO_MUCH in held:
        st.session_state[_version(page)] += 1  # it begins anew with what there was room for
        session.complain(page, ValueError(FULL))
        return
    sent = held.get("drawing")
    drawing = sent.get("raw") if isinstance(sent, dict) else None
    before, last = session.current(page).strokes, _last(page)
    now = _read(page, drawing, before)
    session.change(page, strokes=now.strokes)
    # The controls follow only the first stroke and the last that there is room for.
    if bool(now.strokes) == bool(before) and now.left_out == last.left_out:
        session.redraw_main()


@dataclass(frozen=True)
class _Reading:
    """What was read from the pad last: its JSON, object by object, and what became of it."""

    drawing: object = None
    objects: Sequence[tuple[object, tuple[Stroke, ...]]] = ()
    strokes: tuple[Stroke, ...] = ()
    left_out: int = 0


def _read(page: str, drawing: object, known: tuple[Stroke, ...]) -> _Reading:
    """Read the pad's JSON into strokes as a link would hold them.

    A pad that reports is read before the run, and would be read again when the run draws it.
    """
    last = _last(page)
    if drawing == last.drawing and known == last.strokes:
        return last
    objects = strokes.read_objects(drawing, last.objects)
    drawn = tuple(chain.from_iterable(lines for _, lines in objects))
    kept = strokes.fitting(drawn)
    now = strokes.settled(quantised(kept), known)
    reading = _Reading(drawing, objects, now, len(drawn) - len(kept))
    st.session_state[f"{page}.pad_read"] = reading
    return reading


def _last(page: str) -> _Reading:
    last: _Reading = st.session_state.get(f"{page}.pad_read", _Reading())
    return last


def fold_pad(page: str) -> None:
    """Note that the pad is not on the page now: when it comes back, it begins with the state."""
    if st.session_state.pop(_shown(page), False):
        st.session_state[_version(page)] += 1


def _put(page: str, kept: slice) -> None:
    drawing = session.current(page).strokes[kept]
    if not drawing:  # on an empty pad there is nothing to rub out
        st.session_state[f"{page}:erase"] = False
    session.change(page, strokes=drawing)
    st.session_state[_version(page)] += 1


def _version(page: str) -> str:
    return f"{page}.pad"


def _shown(page: str) -> str:
    return f"{page}.pad_shown"
