"""The way of a digit through the classifier as small pictures: its preparation, then every layer.

Layer: ui. A component beside the stage, on which one of its maps is shown; it shares the stage's
block, numbers and colours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from cnnviz.classifier import Classifier, NetworkLayer
from cnnviz.digits import Step
from cnnviz.theme import DARK, LIGHT
from cnnviz.ui import blocks, stage
from cnnviz.ui.files import served
from cnnviz.ui.visibility import shows

FOLDER = Path(__file__).parent
THUMBNAIL = 64  # pixels that a step's picture keeps at least, where it has as many
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
        + "".join(
            (FOLDER / name).read_text(encoding="utf-8")
            for name in ("cells.js", "steps.js", "network.js")
        ),
    ),
)


@dataclass(frozen=True)
class Layers:
    """What a network made of a picture.

    Attributes
    ----------
    network : Classifier
    activations : mapping of str to ndarray
        `Prediction.activations`.
    chosen : (str, int)
        The layer and map that are on the stage.
    """

    network: Classifier
    activations: Mapping[str, NDArray[np.float32]]
    chosen: tuple[str, int]


def mount(
    steps: Sequence[Step],
    layers: Layers | None,
    *,
    arrival: int,
    key: str,
    on_choice: Callable[[], None],
) -> None:
    """Draw the steps of the preparation and all layers, as far as there are any.

    Parameters
    ----------
    steps : sequence of Step
        `Preparation.steps`.
    layers : Layers, optional
    arrival : int
        See `blocks.view_of`.
    key : str
        Streamlit's key.
    on_choice : callable
        Called before the next run when a map was chosen: `st.session_state[key].choice` holds
        `layer` and `map`.
    """
    prepared, pictures = _prepared(steps)
    described, values = _read(layers) if layers else ([], {})
    header = {
        "steps": prepared,
        "layers": described,
        "chosen": layers.chosen if layers else None,
        "arrival": arrival,
        "palettes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()},
    }
    _component(key=key, data=stage.pack(header, {**pictures, **values}), on_choice_change=on_choice)


def _prepared(steps: Sequence[Step]) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.int8]]]:
    """Describe the steps, with pictures; a step that changed nothing has the one before."""
    described, pictures = [], {}
    names: dict[int, str] = {}
    for step in steps:
        name = names.setdefault(id(step.picture), f"step {step.name}")
        if name not in pictures:
            pictures[name] = _small(step.picture)
        described.append(
            {
                "name": step.name,
                "picture": name,
                "sentence": step.sentence,
                "skipped": step.skipped,
            }
        )
    return described, pictures


def _small(picture: NDArray[np.float32]) -> NDArray[np.int8]:
    reduced = Image.fromarray(picture).reduce(max(1, max(picture.shape) // THUMBNAIL))
    return _as_bytes(np.asarray(reduced))[:, :, None]


def _read(layers: Layers) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """Describe the layers that the visitor's link does not hide, with what the browser draws."""
    network, activations = layers.network, layers.activations
    shown = [layer for layer in network.layers if layer.name not in ANSWERS or shows("answers")]
    limits = {layer.name: _limit(layer.name, activations[layer.name]) for layer in shown}
    return (
        [_described(network, layer, limits[layer.name]) for layer in shown],
        {layer.name: _shown(layer, activations[layer.name], limits[layer.name]) for layer in shown},
    )


def _described(network: Classifier, layer: NetworkLayer, limit: float) -> dict[str, Any]:
    shape = " × ".join(f"{size:,}" for size in layer.output_shape)
    parameters = f" · {layer.parameters:,} parameters" if layer.name != "image" else ""
    has_maps = len(layer.output_shape) == 3
    return {
        "name": layer.name,
        "kind": layer.kind,
        "title": _title(layer),
        "about": f"{shape}{parameters}",
        "limit": limit,
        "shape": layer.output_shape,
        "maps": layer.output_shape if has_maps else None,
        "isAnswer": layer.name in ANSWERS,
        "from": None if has_maps else _origin(network, layer.name),
    }


def _title(layer: NetworkLayer) -> str:
    word = WORDS[layer.kind]
    return word if layer.name in {"image", word} else f"{layer.name} · {word}"


@lru_cache(maxsize=32)
def _origin(network: Classifier, name: str) -> dict[str, Any]:
    """Describe the layer that a layer without maps reads, and what its cells see of the digit."""
    at = [layer.name for layer in network.layers].index(name)
    before = network.layers[at - 1]
    origin: dict[str, Any] = {"name": before.name, "shape": before.output_shape}
    if len(before.output_shape) == 3:
        rows, columns = blocks.seen_by(network, before.name)
        origin |= {"rows": rows.tolist(), "columns": columns.tolist()}
    return origin


def _limit(name: str, values: NDArray[np.float32]) -> float:
    """Return the end of a layer's scale: its largest, or 1 for ink and for probabilities."""
    return 1.0 if name in {"image", "softmax"} else float(np.abs(values).max())


def _shown(layer: NetworkLayer, values: NDArray[np.float32], limit: float) -> NDArray[Any]:
    """Return what the browser draws: of maps a byte a cell, which is plenty at 28 pixels."""
    if len(layer.output_shape) != 3:
        return values
    shares = values / limit if limit else values
    return _as_bytes(shares)


def _as_bytes(shares: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.round(127 * shares).astype(np.int8)
