"""The controls of a convolution layer: fixed ranges, and what cannot be is explained."""

from dataclasses import replace
from functools import partial
from typing import TypeVar

import streamlit as st

from cnnviz import typed
from cnnviz.codec import Pair
from cnnviz.compute import INITIALIZERS
from cnnviz.layers import ACTIVATIONS
from cnnviz.share import ConvolutionState, PoolingState, ShareError
from cnnviz.ui import session
from cnnviz.ui.visibility import shows

CONTROLS = (
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "dilation_rate",
    "groups",
    "activation",
    "rectangular",
    "use_bias",
    "flip",
    "weights",
)
Windowed = TypeVar("Windowed", ConvolutionState, PoolingState)
_PAIRS = {"kernel_size": 11, "strides": 8, "dilation_rate": 6}


def choose_layer(page: str, state: ConvolutionState) -> ConvolutionState:
    """Draw the layer's controls and return the state with what the visitor chose."""
    if any(map(shows, CONTROLS)):
        st.subheader("Layer", anchor=False)
    if shows("filters"):
        filters = st.slider(
            "filters",
            1,
            16,
            1,
            key=session.key(page, "filters", state.filters),
            on_change=session.redraw_main,
        )
        state = replace(state, filters=filters)
    rectangular = st.session_state.get(
        f"{page}:rectangular", any(len(set(getattr(state, name))) > 1 for name in _PAIRS)
    )

    def pair(name: str, start: Pair) -> Pair:
        return choose_pair(page, name, start, most=_PAIRS[name], rectangular=rectangular)

    state = replace(
        state,
        kernel_size=pair("kernel_size", state.kernel_size),
        strides=pair("strides", state.strides),
    )
    if shows("padding"):
        state = choose_padding(page, state)
    state = replace(state, dilation_rate=pair("dilation_rate", state.dilation_rate))
    if shows("groups"):
        groups = st.slider(
            "groups",
            1,
            16,
            1,
            key=session.key(page, "groups", state.groups),
            on_change=session.redraw_main,
        )
        state = replace(state, groups=groups)
    if shows("activation"):
        activation = st.selectbox(
            "activation",
            list(ACTIVATIONS),
            key=session.key(page, "activation", state.activation),
            on_change=session.redraw_main,
        )
        state = replace(state, activation=activation)
    state = _switches(page, state, rectangular=rectangular)
    if shows("weights"):
        _weights(page)
    return state


def _switches(page: str, state: ConvolutionState, *, rectangular: bool) -> ConvolutionState:
    beside = st.container(horizontal=True) if shows("rectangular") and shows("use_bias") else st
    if shows("rectangular"):
        beside.toggle(
            "rectangular",
            key=session.key(page, "rectangular", rectangular),
            on_change=partial(_take_rectangular, page),
        )
    if shows("use_bias"):
        use_bias = beside.toggle(
            "use_bias",
            key=session.key(page, "use_bias", state.use_bias),
            on_change=session.redraw_main,
        )
        state = replace(state, use_bias=use_bias)
    if shows("flip"):
        flip = st.toggle(
            "flip the kernel",
            key=session.key(page, "flip", state.flip),
            help=(
                "A convolution layer does not flip its kernel: it computes a cross-correlation. "
                "Flipped, it is the convolution of signal processing."
            ),
            on_change=session.redraw_main,
        )
        state = replace(state, flip=flip)
    return state


def _take_rectangular(page: str) -> None:
    """Make the pairs square again; the heights stay."""
    if session.reported(page, "rectangular") is False:
        heights = {name: getattr(session.current(page), name)[0] for name in _PAIRS}
        session.reset(page, **{name: (height, height) for name, height in heights.items()})


def choose_pair(
    page: str, name: str, start: Pair, *, most: int, rectangular: bool, disabled: bool = False
) -> Pair:
    """Draw one slider for rows and columns, or one for each where they may differ.

    Parameters
    ----------
    page : str
    name : str
        Of the argument: the label, and what a link hides it by.
    start : (int, int)
        Where the sliders start.
    most : int
        They go from 1 to this.
    rectangular, disabled : bool
    """
    height, width = start
    if not shows(name):
        return height, width
    if not rectangular:
        key = session.key(page, name, height)
        side = st.slider(
            name, 1, most, 1, key=key, disabled=disabled, on_change=session.redraw_main
        )
        return side, side
    first, second = st.columns(2)
    down, right = (
        column.slider(
            f"{name} {arrow}",
            1,
            most,
            1,
            key=session.key(page, f"{name}.{axis}", size),
            help=words,
            disabled=disabled,
            on_change=session.redraw_main,
        )
        for column, arrow, axis, size, words in (
            (first, "↓", "height", height, "rows"),
            (second, "→", "width", width, "columns"),
        )
    )
    return down, right


def choose_padding(page: str, state: Windowed, *, disabled: bool = False) -> Windowed:
    """Draw the choice of padding, and a number for each side where it is explicit."""
    padding = st.segmented_control(
        "padding",
        ["valid", "same", "explicit"],
        key=session.key(page, "padding", state.padding),
        required=True,
        width="stretch",
        disabled=disabled,
    )
    state = replace(state, padding=padding or state.padding)
    if state.padding != "explicit":
        return state
    places = st.columns(2) + st.columns(2)
    names = ("top", "bottom", "left", "right")
    top, bottom, left, right = (
        place.number_input(
            name, 0, 8, key=session.key(page, f"pad.{name}", start), disabled=disabled
        )
        for place, name, start in zip(places, names, state.pad, strict=True)
    )
    return replace(state, pad=(top, bottom, left, right))


def _weights(page: str) -> None:
    popover = st.popover(
        "Weights of all filters", key=f"{page}:all_weights", on_change="rerun", width="stretch"
    )
    if not popover.open:
        return
    with popover:
        st.markdown("**Random**, as Keras starts a layer")
        initializer = st.selectbox("kernel_initializer", INITIALIZERS, key=f"{page}:initializer")
        seed, deviation = st.columns(2)
        seed.number_input("seed", 0, 999_999, key=session.key(page, "seed", 1))
        deviation.number_input(
            "stddev",
            0.001,
            10.0,
            key=session.key(page, "stddev", 0.05),
            format="%.3f",
            disabled=initializer != "random_normal",
        )
        st.button(
            "Draw random weights", key=f"{page}:randomise", on_click=partial(_randomise, page)
        )
        st.markdown("**Typed or pasted**, shape (kh, kw) or (kh, kw, channels, filters)")
        st.text_area(
            "Weights",
            placeholder="1 0 -1\n2 0 -2\n1 0 -1",
            key=f"{page}:typed_weights",
            persist_state="page",
        )
        st.button(
            "Use these weights", key=f"{page}:use_weights", on_click=partial(_use_typed, page)
        )
        st.button(
            "Back to the filters cnnviz starts with",
            key=f"{page}:reset_weights",
            on_click=partial(session.change, page, weights=None, edits=(), kernels=(), bias=()),
        )


def _randomise(page: str) -> None:
    initializer, seed, deviation = (
        session.reported(page, name) for name in ("initializer", "seed", "stddev")
    )
    if initializer is None or seed is None or deviation is None:
        return
    name = f"{initializer}-{seed}"
    if initializer == "random_normal":
        name += f"-{deviation:g}"
    session.change(page, kernels=((name,),) * 16, edits=(), weights=None)


def _use_typed(page: str) -> None:
    """Take the typed weights, and with them the number of filters and the kernel's size."""
    try:
        weights = typed.read_weights(session.reported(page, "typed_weights") or "")
    except ShareError as error:
        session.complain(page, error)
        return
    height, width, _, filters = weights.shape
    session.reset(page, weights=weights, edits=(), filters=filters, kernel_size=(height, width))
    if height != width:
        st.session_state.pop(f"{page}:rectangular", None)  # it starts from the kernel's shape
