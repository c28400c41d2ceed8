"""What the stage is sent for each operation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.codec import random_parts
from cnnviz.filters import FILTERS
from cnnviz.layers import Conv2D
from cnnviz.share import ConvolutionState
from cnnviz.theme import DARK, LIGHT
from cnnviz.ui.stage import pack
from cnnviz.window import taps
from cnnviz.workshop import chosen_names

Floats = NDArray[np.float32]


def convolution_block(
    state: ConvolutionState,
    layer: Conv2D,
    *,
    image: Floats,
    kernel: Floats,
    bias: Floats | None,
    output: Floats,
    confirmed: int,
    editable: bool = True,
) -> bytes:
    """Pack a convolution for the stage.

    Parameters
    ----------
    state : ConvolutionState
        Names of the filters, pin and scope.
    layer : Conv2D
    image, kernel, bias, output : ndarray
        As `compute.convolve` took and returned them.
    confirmed : int
        The last edit that is in these numbers.
    editable : bool
        Whether the visitor may change weights and, where it is a matrix, the picture.
    """
    slices = kernel.shape[2]
    chosen = chosen_names(state, slices)
    row_taps, column_taps = taps(layer, image.shape)
    header = {
        "kind": "convolution",
        "groups": layer.groups,
        "activation": layer.activation or "linear",
        "flipped": state.flip,
        "padding": {
            "amounts": layer.padding_amounts(image.shape),
            "mark": "0",
            "text": "which counts as 0",
        },
        "scales": {"input": "pixels" if _is_pixels(image) else "signed", "output": "signed"},
        "channel_names": channel_names(image.shape[2]),
        "map_names": [_map_name(names) for names in chosen],
        "presets": {"menu": _menu(chosen), "chosen": chosen},
        "editable": {"weights": editable, "input": editable and state.input == "matrix"},
        "view": {"pin": state.pin, "scope": state.scope, "filter": None},
        "confirmed": confirmed,
        "palettes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()},
    }
    arrays: dict[str, NDArray[Any]] = {
        "input": image,
        "kernel": kernel,
        "output": output,
        "row_taps": row_taps,
        "column_taps": column_taps,
    }
    if bias is not None:
        arrays["bias"] = bias
    return pack(header, arrays)


def channel_names(channels: int) -> list[str]:
    """Name the channels of a picture: grey; red, green, blue; else their numbers."""
    named = {1: ["grey"], 3: ["red", "green", "blue"]}
    return named.get(channels, [f"channel {channel}" for channel in range(channels)])


def _is_pixels(image: Floats) -> bool:
    return bool(image.min() >= 0 and image.max() <= 1)


def _menu(chosen: list[list[str]]) -> list[tuple[str, str]]:
    random = sorted(
        {name for names in chosen for name in names if name != "edited" and random_parts(name)}
    )
    return [
        *((name, filter.label) for name, filter in FILTERS.items()),
        *((name, random_label(name)) for name in random),
    ]


def random_label(name: str) -> str:
    """Say which initialiser drew the weights, and with which seed."""
    parts = random_parts(name)
    if parts is None:
        return FILTERS[name].label
    initializer, seed, deviation = parts
    spread = f", stddev {deviation:g}" if initializer == "random_normal" else ""
    return f"{initializer}, seed {seed}{spread}"


def _map_name(names: list[str]) -> str:
    different = dict.fromkeys(names)
    return ", ".join("edited" if name == "edited" else random_label(name) for name in different)
