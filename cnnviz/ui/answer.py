"""What the classifier says, how sure it is, and every layer of it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from cnnviz import figures, wording
from cnnviz.classifier import Classifier, Prediction
from cnnviz.digits import Preparation
from cnnviz.share import ClassifierState
from cnnviz.ui import blocks, digit, frame, network, session, stage
from cnnviz.ui.server import LINK, MAIN, MAP
from cnnviz.ui.show import paragraph
from cnnviz.ui.visibility import shows
from cnnviz.ui.warmup import load_network
from cnnviz.whatif import Given

Floats = NDArray[np.float32]
CHART = {"displayModeBar": False}
CHART_WIDTH = 400  # px; on a phone, as much as there is


def predicted(page: str, net: Classifier, image: Floats) -> tuple[Prediction, bool]:
    """Return what the network makes of a picture, and whether the run before read another one."""
    key = _prediction_key(page)
    before: tuple[Floats, Prediction] | None = st.session_state.get(key)
    if before is not None and np.array_equal(before[0], image):
        return before[1], False
    prediction = net.predict(image)
    st.session_state[key] = (image, prediction)
    return prediction, True


def _prediction_key(page: str) -> str:
    return f"{page}.prediction"


def show_answer(
    prediction: Prediction, preparation: Preparation | None, given: Given
) -> DeltaGenerator | None:
    """Show the digit, and in words how sure the network is.

    Returns
    -------
    DeltaGenerator or None
        The place for `show_probabilities`; None where a link hides answers.
    """
    doubtful = preparation is not None and preparation.verdict != "digit"
    if preparation is not None and doubtful:
        st.warning(preparation.message)
    if not shows("answers"):
        return None
    lines = wording.answer_lines(
        prediction.logits.tolist(), prediction.probabilities.tolist(), doubtful=doubtful
    )
    if given.label is not None:
        lines.insert(2, f"MNIST says it is a **{given.label}**.")
    best = int(prediction.probabilities.argmax())
    row = st.container(key="answer", horizontal=True, vertical_alignment="center")
    row.html(
        f'<div class="answer"><p class="digit">{best}</p>'
        f'<div class="arithmetic">{"".join(map(paragraph, lines))}</div></div>'
    )
    return row


def show_probabilities(place: DeltaGenerator | None, prediction: Prediction) -> None:
    """Draw the ten probabilities: the chart comes last, since it takes a browser the longest."""
    if place is not None:
        place.plotly_chart(
            figures.probability_bars(prediction.probabilities, palette=frame.palette()),
            key="classifier.bars",
            config=CHART,
            alt="Probability of each digit",
            width=CHART_WIDTH,
        )


def show_copy(
    state: ClassifierState, net: Classifier, prediction: Prediction, given: Given
) -> None:
    """Say that a link carries a smaller copy of the picture, and what is read from it."""
    if given.in_link is None or not shows("answers"):
        return
    _, image = digit.prepared(state, replace(given, ink=given.in_link))
    words = "A link to this page, or a saved file, carries a smaller copy of this picture."
    if image is None:
        st.caption(f"{words} In the copy there is no digit to read.")
        return
    shares = net.predict(image).probabilities
    answer, percent = int(shares.argmax()), f"{100 * shares.max():.1f} %"
    if answer == int(prediction.probabilities.argmax()):
        st.caption(f"{words} Read from the copy, the answer is {answer} as well, with {percent}.")
    else:
        st.caption(
            f"{words} Read from the copy, the answer is **{answer}** instead, with {percent}."
        )


EMPTY = {
    "draw": "Draw a digit.",
    "upload": "Choose a picture of a digit, dark on light or light on dark.",
    "camera": "Take a picture of a digit on paper.",
}
# There is something, but no digit in it. White is the pad's ink.
NO_DIGIT = {
    ("draw", "nothing"): EMPTY["draw"],
    ("draw", "full"): "The pad is white all over: there is no digit on it. Clear it and draw one.",
    (
        "upload",
        "nothing",
    ): "This picture is one even tone: there is no digit in it. Choose another.",
    ("upload", "full"): "This picture is dark all over: there is no digit in it. Choose another.",
    ("camera", "nothing"): "This picture is one even tone: there is no digit in it. Take another.",
    ("camera", "full"): "This picture is dark all over: there is no digit in it. Take another.",
}
CHANGED_AWAY = {
    "nothing": "After this change no ink is left on the canvas. Change it less.",
    "full": "After this change the canvas is ink all over. Change it less.",
}


def show_nothing(page: str, preparation: Preparation | None, state: ClassifierState) -> None:
    """Say what to do where there is no digit to read, and show how far its preparation came."""
    if preparation is None:
        st.info(EMPTY[state.input])
    elif digit.is_changed(state):
        st.info(CHANGED_AWAY[preparation.verdict])
    else:
        st.info(NO_DIGIT[state.input, preparation.verdict])
    _show_way(page, preparation)


def show_network(
    page: str,
    state: ClassifierState,
    net: Classifier,
    prediction: Prediction,
    preparation: Preparation | None,
) -> ClassifierState:
    """Show the preparation and every layer as pictures; return the state with a layer there is."""
    maps = blocks.layers_that_open(net)
    if state.layer not in maps:
        session.complain(
            page,
            ValueError(
                f"layer is '{state.layer}' in this link, but must be one of {', '.join(maps)}. "
                "The page shows relu1 instead."
            ),
        )
        state = replace(state, layer="relu1", pin=None)
    state = _with_a_cell_there_is(page, state, maps[state.layer])
    layers = network.Layers(net, prediction.activations, (state.layer, blocks.map_of(state)))
    _show_way(page, preparation, layers, maps)
    return state


def _show_way(
    page: str,
    preparation: Preparation | None,
    layers: network.Layers | None = None,
    maps: Mapping[str, tuple[int, ...]] | None = None,
) -> None:
    """Show the way of a digit, as far as it goes and the visitor's link does not hide it."""
    steps = preparation.steps if preparation is not None and shows("steps") else ()
    layers = layers if shows("network") else None
    if len(steps) > 1 or layers:  # the first is what was drawn
        take = partial(_take_choice, page, maps or {})
        arrival = session.arrivals(page)
        network.mount(steps, layers, arrival=arrival, key=f"{page}.network", on_choice=take)


@st.fragment(key=MAP)
def show_map(page: str) -> None:
    """Show the chosen map of the last answer on the stage.

    Where another one is chosen, only this and the link change.
    """
    state: ClassifierState = session.standing(page)
    net = load_network()
    _, prediction = st.session_state[_prediction_key(page)]
    image = prediction.activations["image"][:, :, 0]
    maps = blocks.layers_that_open(net)
    height, width, count = maps[state.layer]
    pin = state.pin or (height // 2, width // 2, 0)
    st.subheader(f"On the stage: {state.layer}, map {pin[2] + 1} of {count}", anchor=False)
    stage.mount(
        blocks.network_block(
            replace(state, pin=pin),
            net,
            prediction.activations,
            image,
            arrival=session.arrivals(page),
        ),
        key=f"{page}.stage",
        on_view=partial(_take_view, page, maps),
    )


def _with_a_cell_there_is(
    page: str, state: ClassifierState, shape: tuple[int, ...]
) -> ClassifierState:
    """Move a link's cell into the layer, and say so."""
    if state.pin is None or _holds(shape, state.pin):
        return state
    height, width, count = shape
    wrong, last = (
        "_".join(map(str, pin)) for pin in (state.pin, (height - 1, width - 1, count - 1))
    )
    row, column, chosen = state.pin
    pin = (min(row, height - 1), min(column, width - 1), min(chosen, count - 1))
    session.complain(
        page,
        ValueError(
            f"pin is {wrong} in this link, but {state.layer} has {height} rows, {width} columns "
            f"and {count} maps, each counted from 0, so that its last cell is {last}. "
            f"The page shows {'_'.join(map(str, pin))} instead."
        ),
    )
    return replace(state, pin=pin)


def _holds(shape: tuple[int, ...], pin: tuple[int, ...]) -> bool:
    return all(place < limit for place, limit in zip(pin, shape, strict=True))


def _take_choice(page: str, maps: Mapping[str, tuple[int, ...]]) -> None:
    choice = st.session_state[f"{page}.network"].get("choice")
    if not isinstance(choice, dict):
        return
    layer, chosen = choice.get("layer"), choice.get("map")
    if not isinstance(layer, str) or len(maps.get(layer, ())) != 3 or not session.is_index(chosen):
        return
    height, width, count = maps[layer]
    session.change(page, layer=layer, pin=(height // 2, width // 2, min(chosen, count - 1)))
    session.redraw(MAP, LINK)


def _take_view(page: str, maps: dict[str, tuple[int, ...]]) -> None:
    changes = session.read_view(st.session_state[f"{page}.stage"].get("view"))
    pin = changes.pop("pin", None)
    # The stage may still speak of the layer that stood on it before.
    before = session.current(page)
    shape = maps.get(before.layer)
    if pin and shape and _holds(shape, pin):
        changes["pin"] = pin
    session.change(page, **changes)
    is_same = blocks.map_of(session.current(page)) == blocks.map_of(before)
    session.redraw(LINK if is_same else MAIN)
