"""What stands in the main column: messages, the stage and what is said about the layer."""

import html
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import edits, figures, workshop
from cnnviz.compute import convolve, pool
from cnnviz.filters import FILTERS, FilterError
from cnnviz.layers import LayerError, Pooling2D
from cnnviz.pooling import Beside, beside_line, layer_of
from cnnviz.share import ConvolutionState, PageState, PoolingState, ShareError
from cnnviz.ui import blocks, frame, session, stage, turns
from cnnviz.ui.picture import NO_PICTURE
from cnnviz.ui.server import LINK
from cnnviz.ui.visibility import shows

Floats = NDArray[np.float32]
Operation = TypeVar("Operation", ConvolutionState, PoolingState)
Apply = Callable[[Any, Mapping[str, Any]], PageState]  # a state and an edit make a new state
MOST_EDITS = 500  # in one message from the stage
LAST_MOMENT = 2**53  # in milliseconds; beyond, JavaScript cannot count
TO_PAINT = 0.08  # seconds
A_TURN = 0.01  # seconds that each of those who wait takes, about


def show_problems(page: str) -> None:
    """Show the messages that wait, each once."""
    for message in session.problems(page):
        st.warning(as_text(message))


def as_text(message: str) -> str:
    """Write a message so that Streamlit's Markdown shows it letter by letter.

    It may quote what somebody put into a link, and Markdown would make pictures and links of it.
    """
    # An address becomes a link even when it is escaped, unless something invisible breaks it.
    broken = re.sub(r"(://|@|www)", "\\1\N{ZERO WIDTH SPACE}", message)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", broken)


def show_nothing_chosen(page: str, words: str = NO_PICTURE) -> None:
    """Say what the visitor can do where there is no picture yet, over the stage as it was."""
    st.info(words)
    _show_last_block(page, "The stage still shows the picture before.")


def show_convolution(page: str, state: ConvolutionState, convolution: workshop.Convolution) -> None:
    """Mount the stage with a convolution on it."""
    block = blocks.convolution_block(
        state, convolution, confirmed=_confirmed(page), arrival=session.arrivals(page)
    )
    slices = convolution.kernel.shape[2]
    _show_block(page, block, partial(edits.apply_edit, slices=slices))


def show_pooling(
    page: str,
    state: PoolingState,
    layer: Pooling2D,
    *,
    image: Floats,
    output: Floats,
    names: Sequence[str] = (),
    beside: Beside | None = None,
) -> None:
    """Mount the stage with a pooling layer on it, and say what tells it from what is beside it."""
    block = blocks.pooling_block(
        state,
        layer,
        image=image,
        output=output,
        names=names,
        beside=beside,
        confirmed=_confirmed(page),
        arrival=session.arrivals(page),
    )
    _show_block(page, block, edits.edit_matrix)
    if beside is not None:
        st.markdown(beside_line(layer, beside, output))


def _confirmed(page: str) -> int:
    confirmed: int = st.session_state.get(f"{page}.confirmed", 0)
    return confirmed


def _show_block(page: str, block: bytes, apply: Apply) -> None:
    st.session_state[f"{page}.last_block"] = block
    stage.mount(
        block,
        key=f"{page}.stage",
        on_edits=partial(_take_edits, page, apply),
        on_view=partial(_take_view, page),
    )


def show_last_possible(
    page: str, error: ValueError, instead: Callable[[], None] | None = None
) -> None:
    """Say why there is no such layer, over the picture of the last one that there was.

    Parameters
    ----------
    page : str
    error : ValueError
    instead : callable, optional
        Shows what is possible where there was no layer before, as in a link.
    """
    st.error(as_text(str(error)))
    if getattr(session.current(page), "weights", None) is not None:
        st.button(
            "Clear the typed weights",
            key=f"{page}:clear_weights",
            on_click=partial(session.change, page, weights=None),
        )
    if instead is not None and f"{page}.last_block" not in st.session_state:
        instead()
    else:
        _show_last_block(page, "The stage still shows the last layer that was possible.")


def show_refusal(error: ValueError) -> None:
    """Say why something beside the main picture cannot be."""
    st.info(as_text(str(error)))


def show_with_same(page: str, state: ConvolutionState | PoolingState, image: Floats) -> None:
    """Show the same layer with `same` padding, if the size of the window is all that forbids it."""
    state = replace(state, padding="same", pin=None)
    try:
        if isinstance(state, PoolingState):
            block = _pooled(state, image)
        else:
            block = blocks.convolution_block(state, workshop.convolved(state, image))
    except (LayerError, FilterError):
        return
    st.caption("The stage shows this layer with padding='same' instead.")
    stage.mount(stage.read_only(block), key=f"{page}.stage")


def _pooled(state: PoolingState, image: Floats) -> bytes:
    layer = layer_of(state, (image.shape[0], image.shape[1], image.shape[2]))
    return blocks.pooling_block(state, layer, image=image, output=pool(image, layer))


def let_it_be_painted() -> None:
    """Give the browser time to paint what it has been sent, before it is sent more.

    It draws all that comes within 10 ms at once, and dozens of controls take it longer than a
    stage. Meanwhile other visitors have the turn, and their turns are a part of the pause.
    """
    with turns.runs.rest():
        time.sleep(max(0, TO_PAINT - A_TURN * turns.runs.waiting))


def _show_last_block(page: str, words: str) -> None:
    block = st.session_state.get(f"{page}.last_block")
    if block is not None:
        st.caption(words)
        view = blocks.view_of(session.current(page), session.arrivals(page))
        stage.mount(stage.read_only(block, view), key=f"{page}.stage")


def _take_edits(page: str, apply: Apply) -> None:
    """Apply the edits that are new; what the browser sent may be anything."""
    sent = st.session_state[f"{page}.stage"].get("edits")
    confirmed = _confirmed(page)
    state = session.current(page)
    new = []
    for edit in sent[:MOST_EDITS] if isinstance(sent, list) else []:
        at = edit.get("at") if isinstance(edit, dict) else None
        if isinstance(at, int) and not isinstance(at, bool) and confirmed < at < LAST_MOMENT:
            confirmed = at
            new.append(edit)
    for edit in edits.latest(new):
        try:
            state = apply(state, edit)
        except ShareError as error:
            session.complain(page, error)
    st.session_state[f"{page}.confirmed"] = confirmed
    session.keep(page, state)


def _take_view(page: str) -> None:
    session.change(page, **session.read_view(st.session_state[f"{page}.stage"].get("view")))
    session.redraw(LINK)


def explain_shape(page: str, state: Operation, lines: Callable[..., list[str]]) -> Operation:
    """Write out shape, cost and what this layer teaches; return the state with its data_format.

    Parameters
    ----------
    page : str
    state : ConvolutionState or PoolingState
    lines : callable
        Takes `channels_first` and returns the Markdown of each line.
    """
    if not shows("shape"):
        return state
    st.subheader("Shape", anchor=False)
    if shows("data_format"):
        data_format = st.segmented_control(
            "data_format",
            ["channels_last", "channels_first"],
            key=session.key(page, "data_format", state.data_format),
            required=True,
            persist_state="page",
            label_visibility="collapsed",
        )
        state = replace(state, data_format=data_format or state.data_format)
    written = lines(channels_first=state.data_format == "channels_first")
    st.html(f'<div class="arithmetic">{"".join(map(paragraph, written))}</div>')
    return state


def paragraph(line: str) -> str:
    """Write a line of arithmetic as HTML: `**` is bold, `^{}` raised, and there is code."""
    # These lines change with every step of a slider, and HTML costs the browser a tenth of what
    # Markdown costs it.
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(line))
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
    text = re.sub(r"\^\{(.+?)\}", r"<sup>\1</sup>", text)
    return f"<p>{text}</p>"


def show_filters(page: str, state: ConvolutionState, kernel: Floats) -> None:
    """Offer what each of the filters on the stage finds, and where it comes from."""
    names = {
        name
        for names in workshop.chosen_names(state, kernel.shape[2])
        for name in names
        if name in FILTERS
    }
    if not names or not shows("notes"):
        return
    panel = st.expander("What these filters look for", key=f"{page}:about", on_change="rerun")
    if not panel.open:
        return
    with panel:
        for name, kernel_filter in FILTERS.items():
            if name in names:
                st.markdown(
                    f"**{kernel_filter.label}.** {kernel_filter.sentence} "
                    f":small[{kernel_filter.source}]"
                )


def show_values(page: str, convolution: workshop.Convolution) -> None:
    """Offer the histogram of values before and after the activation, drawn when it is opened."""
    if not shows("histogram"):
        return
    values = st.expander(
        "Values before and after the activation", key=f"{page}:values", on_change="rerun"
    )
    if not values.open:
        return
    layer = convolution.layer
    before = convolve(
        convolution.image,
        convolution.kernel,
        convolution.bias,
        replace(layer, activation="linear"),
    )
    figure = figures.value_histogram(
        before,
        convolution.output,
        activation=layer.activation or "linear",
        palette=frame.palette(),
    )
    values.plotly_chart(
        figure,
        key=f"{page}.histogram",
        config={"displayModeBar": False},
        alt="Histogram of the values of all maps before and after the activation",
    )
