"""The pooling page's own controls: examples, the window, and what stands beside it."""

from dataclasses import replace
from functools import partial

import streamlit as st

from cnnviz.codec import Pair
from cnnviz.filters import FILTERS
from cnnviz.pooling import EXAMPLES, example_of, sentence_of
from cnnviz.share import PoolingState
from cnnviz.ui import session
from cnnviz.ui.layer import choose_padding, choose_pair
from cnnviz.ui.visibility import shows

CONTROLS = ("kind", "is_global", "pool_size", "strides", "padding", "rectangular")
KINDS = {"max": "Maximum", "average": "Average"}
MOST = 8  # of pool_size and strides
FOLLOWS = "= pool_size"  # the strides' stop for None


def choose_example(page: str, state: PoolingState) -> None:
    """Offer the examples, and say what the present state shows."""
    with st.container(key="examples", gap="xxsmall"):
        offered = [name for name in EXAMPLES if _is_open(EXAMPLES[name].state)]
        if offered and shows("examples"):
            here = example_of(state)
            st.session_state[f"{page}:example"] = here if here in offered else None
            st.pills(
                "Examples",
                offered,
                format_func=lambda name: EXAMPLES[name].label,
                key=f"{page}:example",
                on_change=partial(_open, page),
                label_visibility="collapsed",
            )
        st.caption(sentence_of(state))


def _is_open(state: PoolingState) -> bool:
    """Whether an example changes nothing that the link hides."""
    usual = PoolingState()
    settings = ("kind", "pool_size", "strides", "padding")
    return all(shows(name) for name in settings if getattr(state, name) != getattr(usual, name))


def _open(page: str) -> None:
    chosen = session.reported(page, "example")
    if chosen is not None:
        session.put(page, EXAMPLES[chosen].state)


def choose_pooling(page: str, state: PoolingState) -> PoolingState:
    """Draw the layer's controls and return the state with what the visitor chose."""
    if any(map(shows, CONTROLS)):
        st.subheader("Layer", anchor=False)
    if shows("kind"):
        kind = st.segmented_control(
            "kind",
            list(KINDS),
            format_func=KINDS.__getitem__,
            key=session.key(page, "kind", state.kind),
            required=True,
            width="stretch",
            label_visibility="collapsed",
        )
        state = replace(state, kind=kind or state.kind)
    rectangular = st.session_state.get(
        f"{page}:rectangular",
        any(len(set(pair)) > 1 for pair in (state.pool_size, state.strides or (1, 1))),
    )
    # The one window of global pooling leaves nothing to choose.
    fixed = st.session_state.get(f"{page}:is_global", state.is_global)
    pool_size = choose_pair(
        page, "pool_size", state.pool_size, most=MOST, rectangular=rectangular, disabled=fixed
    )
    state = replace(state, pool_size=pool_size)
    if shows("strides"):
        strides = _strides(page, state, rectangular=rectangular, disabled=fixed)
        state = replace(state, strides=strides)
    if shows("padding"):
        state = choose_padding(page, state, disabled=fixed)
    beside = st.container(horizontal=True) if shows("rectangular") and shows("is_global") else st
    if shows("rectangular"):
        beside.toggle(
            "rectangular", key=session.key(page, "rectangular", rectangular), disabled=fixed
        )
    if shows("is_global"):
        is_global = beside.toggle(
            "global",
            key=session.key(page, "is_global", state.is_global),
            help="One window over the whole picture: one number for each channel.",
        )
        state = replace(state, is_global=is_global)
    return _beside(page, state) if shows("beside") else state


def _strides(page: str, state: PoolingState, *, rectangular: bool, disabled: bool) -> Pair | None:
    """Draw the strides, whose first stop is to be what pool_size is, as in Keras."""
    stops = [FOLLOWS, *range(1, MOST + 1)]
    first, second = state.strides or (FOLLOWS, FOLLOWS)
    if not rectangular:
        key = session.key(page, "strides", first)
        both = st.select_slider("strides", stops, key=key, disabled=disabled)
        return None if both == FOLLOWS else (both, both)
    chosen = [
        column.select_slider(
            f"strides {arrow}",
            stops,
            key=session.key(page, f"strides.{axis}", start),
            help=words,
            disabled=disabled,
        )
        for column, arrow, axis, start, words in zip(
            st.columns(2),
            "↓→",
            ("height", "width"),
            (first, second),
            ("rows", "columns"),
            strict=True,
        )
    ]
    if chosen == [FOLLOWS, FOLLOWS]:
        return None
    down, right = (
        size if stop == FOLLOWS else stop
        for stop, size in zip(chosen, state.pool_size, strict=True)
    )
    return down, right


def _beside(page: str, state: PoolingState) -> PoolingState:
    st.subheader("Side by side", anchor=False)
    other = "Average" if state.kind == "max" else "Maximum"
    labels = {"nothing": "Nothing", "pooling": other, "convolution": "Convolution"}
    beside = st.segmented_control(
        "beside",
        list(labels),
        format_func=labels.__getitem__,
        key=session.key(page, "beside", state.beside),
        required=True,
        width="stretch",
        label_visibility="collapsed",
    )
    state = replace(state, beside=beside or state.beside)
    if state.beside != "convolution":
        return state
    kernel = st.selectbox(
        "kernel",
        list(FILTERS),
        format_func=lambda name: FILTERS[name].label,
        key=session.key(page, "kernel", state.kernel),
        help="The same for each channel, with the window and the strides of the pooling layer.",
    )
    return replace(state, kernel=kernel)
