"""The share panel: the link of what is on screen, its QR code, a line of HTML, and what to hide.

Layer: ui. `offer` puts the button into the frame; `fill` writes the panel when the run knows its
state. Closed, the panel costs a button.
"""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitInvalidLayoutContextError

from cnnviz.address import (
    LONGEST_SCANNED,
    full_address,
    iframe_line,
    is_only_here,
    qr_code,
)
from cnnviz.hiding import HIDEABLE, write_hidden
from cnnviz.share import PageState, encode
from cnnviz.ui import visibility

FOLDER = Path(__file__).parent
_PLACE = "share.place"  # where `fill` writes, since the frame was last drawn

_component = st.components.v2.component(
    "cnnviz_share",
    html=(FOLDER / "panel.html").read_text(encoding="utf-8"),
    css=(FOLDER / "panel.css").read_text(encoding="utf-8"),
    js=(FOLDER / "panel.js").read_text(encoding="utf-8"),
)


def offer() -> None:
    """Draw the button that opens the panel."""
    panel = st.popover("Share", key="share", type="tertiary", on_change="rerun")
    if panel.open:
        st.session_state[_PLACE] = panel.container(key="share_panel")


def withdraw() -> None:
    """Forget the place of a frame that is drawn anew, perhaps without the button."""
    st.session_state[_PLACE] = None


def fill(page: str, state: PageState) -> None:
    """Write the panel of a page, where it is open.

    The button stands before everything else, but the link is known when the state is. So who writes
    the link draws the panel in its place: once a run, and always the same part of the page, for two
    parts would draw it beside each other.
    """
    place = st.session_state.get(_PLACE)
    if place is None:
        return
    try:
        place.markdown("**What is on screen now, for somebody else**")
    except StreamlitInvalidLayoutContextError:
        st.rerun()  # the link stands elsewhere now, and is another part of the page to Streamlit
    with place:
        handout = st.container()
        # What this page has, and what the pages behind it are without.
        here = [name for name, thing in HIDEABLE.items() if page in thing.pages]
        elsewhere = [name for name in HIDEABLE if name in visibility.hidden() - set(here)]
        names = [*here, *elsewhere]
        hidden = st.pills(
            "Hide from them",
            names,
            selection_mode="multi",
            default=[name for name in names if name in visibility.hidden()],
            key=f"share.hide.{page}",
            persist_state="page",
        )
        embedded = st.toggle("Without menu", key="share.embedded", persist_state="session")
        for where, there in (("Hidden", here), ("Hidden on other pages", elsewhere)):
            if words := [HIDEABLE[name].what for name in there if name in hidden]:
                st.caption(f"{where}: {'; '.join(words)}.")
    with handout:
        _show(page, state, hidden, embedded=embedded)


def _show(page: str, state: PageState, hidden: Iterable[str], *, embedded: bool) -> None:
    at = st.context.url or ""
    hides = {visibility.PARAMETER: write_hidden(hidden)} if hidden else {}
    link = encode(state)
    address = full_address(at, {**link.query, **hides}, embedded=embedded)
    room = LONGEST_SCANNED - len(full_address(at, hides, embedded=embedded)) - 1
    short = encode(state, longest=room)
    scanned = full_address(at, {**short.query, **hides}, embedded=embedded)
    notes = []
    if is_only_here(address):
        notes.append(
            "This address works on this computer only. Open the page by the computer's name or "
            "network address, and share from there."
        )
    if link.left_out:
        notes.append(f"No link can hold {_and(link.left_out)}. Save this state as a file instead.")
    code = None
    if len(scanned) > LONGEST_SCANNED:
        notes.append("This link is too long for a QR code that can be read from a wall.")
    else:
        drawn = qr_code(scanned)
        code = {"picture": drawn.picture, "side": drawn.side, "address": scanned}
        if missing := [what for what in short.left_out if what not in link.left_out]:
            notes.append(
                f"The QR code leaves out {_and(missing)}: with it no telephone could read the "
                "code from a wall. The link has all of it."
            )
    framed = full_address(at, {**link.query, **hides}, embedded=True)
    _component(
        key="share.handout",
        data={
            "link": address,
            "frame": iframe_line(framed, f"cnnviz: {page}"),
            "code": code,
            "notes": notes,
        },
    )


def _and(words: Iterable[str]) -> str:
    return " and ".join(words)
