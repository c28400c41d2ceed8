"""Every layer of the classifier as small pictures, from which one is chosen for the stage.

Layer: ui. A component beside the stage; it shares the stage's block, numbers and colours.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.classifier import Classifier, NetworkLayer
from cnnviz.theme import DARK, LIGHT
from cnnviz.ui import stage
from cnnviz.ui.scripts import served
from cnnviz.ui.visibility import shows

FOLDER = Path(__file__).parent
ANSWERS = {"logits", "softmax"}  # layers whose numbers are the answer
WORDS = {
    "InputLayer": "the picture",
    "Conv2D": "convolution",
    "ReLU": "ReLU",
    "MaxPooling2D": "max pooling",
    "Flatten": "flatten",
    "Dense": "dense",
    "Softmax": "softmax",
}

_component = st.components.v2.component(
    "cnnviz_network",
    html=(FOLDER / "network.html").read_text(encoding="utf-8"),
    css=(FOLDER / "network.css").read_text(encoding="utf-8"),
    js=served(
        "network",
        stage.script("block.js", "numbers.js", "grid.js")
        + (FOLDER / "network.js").read_text(encoding="utf-8"),
    ),
)


def mount(
    network: Classifier,
    activations: Mapping[str, NDArray[np.float32]],
    *,
    chosen: tuple[str, int],
    key: str,
    on_choice: Callable[[], None],
) -> None:
    """Draw all layers.

    Parameters
    ----------
    network : Classifier
    activations : mapping of str to ndarray
        `Prediction.activations`.
    chosen : (str, int)
        The layer and map that are on the stage.
    key : str
        Streamlit's key.
    on_choice : callable
        Called before the next run when a map was chosen: `st.session_state[key].choice` holds
        `layer` and `map`.
    """
    layers = [layer for layer in network.layers if layer.name not in ANSWERS or shows("answers")]
    limits = {layer.name: _limit(layer.name, activations[layer.name]) for layer in layers}
    header = {
        "layers": [
            _described(layer, activations[layer.name], limits[layer.name]) for layer in layers
        ],
        "chosen": chosen,
        "palettes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()},
    }
    small = {name: _small(activations[name], limit) for name, limit in limits.items()}
    _component(key=key, data=stage.pack(header, small), on_choice_change=on_choice)


def _described(layer: NetworkLayer, values: NDArray[np.float32], limit: float) -> dict[str, Any]:
    shape = " × ".join(map(str, layer.output_shape))
    parameters = f" · {layer.parameters:,} parameters" if layer.name != "image" else ""
    described: dict[str, Any] = {
        "name": layer.name,
        "title": f"{layer.name} · {WORDS[layer.kind]}" if layer.name != "image" else "the picture",
        "about": f"{shape}{parameters}",
        "limit": limit,
        "maps": layer.output_shape if len(layer.output_shape) == 3 else None,
    }
    if layer.name in ANSWERS:
        described["numbers"] = values.tolist()
    return described


def _limit(name: str, values: NDArray[np.float32]) -> float:
    """Return the end of a layer's scale: its largest, but of a picture full ink."""
    return 1.0 if name == "image" else float(np.abs(values).max())


def _small(values: NDArray[np.float32], limit: float) -> NDArray[np.int8]:
    # One byte a cell is plenty for a picture of 28 pixels, and a quarter of what a float takes.
    shares = values / limit if limit else values
    return np.round(127 * shares).astype(np.int8)
