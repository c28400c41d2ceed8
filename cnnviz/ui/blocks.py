"""What the stage is sent for each operation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.classifier import Classifier, ClassifierError
from cnnviz.codec import random_parts
from cnnviz.filters import FILTERS
from cnnviz.layers import AveragePooling2D, Conv2D, Layer, MaxPooling2D, Pooling2D
from cnnviz.pooling import Beside, is_picture
from cnnviz.share import ClassifierState, ConvolutionState, PoolingState
from cnnviz.theme import DARK, LIGHT
from cnnviz.ui.stage import pack
from cnnviz.window import taps
from cnnviz.workshop import Convolution, chosen_names

Floats = NDArray[np.float32]
MOST_NAMED = 4  # planes that have room for a name under them


def convolution_block(
    state: ConvolutionState,
    convolution: Convolution,
    *,
    confirmed: int = 0,
    arrival: int = 0,
    editable: bool = True,
) -> bytes:
    """Pack a convolution for the stage.

    Parameters
    ----------
    state : ConvolutionState
        Names of the filters, pin and scope.
    convolution : Convolution
    confirmed : int
        The last edit that is in these numbers.
    arrival : int
        See `view_of`.
    editable : bool
        Whether the visitor may change weights and, where it is a matrix, the picture.
    """
    image, kernel = convolution.image, convolution.kernel
    chosen = chosen_names(state, kernel.shape[2])
    names = map_names(state, kernel.shape[2])
    return _block(
        convolution.layer,
        image,
        convolution.output,
        {"kernel": kernel, "bias": convolution.bias},
        scales={"input": "pixels" if _is_pixels(image) else "signed", "output": "signed"},
        flipped=state.flip,
        channel_names=channel_names(image.shape[2]),
        map_names=names,
        presets={"menu": _menu(chosen), "chosen": chosen},
        editable={"weights": editable, "input": editable and state.input == "matrix"},
        view=view_of(state, arrival),
        confirmed=confirmed,
    )


def view_of(
    state: ConvolutionState | PoolingState | ClassifierState, arrival: int = 0
) -> dict[str, Any]:
    """Describe which cell a stage points at, and over what its colours run.

    Parameters
    ----------
    state : ConvolutionState, PoolingState or ClassifierState
    arrival : int
        How often somebody has come to the page. What is the same as before, a browser takes for
        what it shows; but after Back it may show another cell, of which it has told.
    """
    return {"pin": state.pin, "scope": state.scope, "arrival": arrival}


def pooling_block(
    state: PoolingState,
    layer: Pooling2D,
    *,
    image: Floats,
    output: Floats,
    names: Sequence[str] = (),
    beside: Beside | None = None,
    confirmed: int = 0,
    arrival: int = 0,
    editable: bool = True,
) -> bytes:
    """Pack a pooling layer for the stage.

    Parameters
    ----------
    state : PoolingState
        Pin and scope, and where the picture comes from: the maps of a convolution are no pixels.
    layer : MaxPooling2D or AveragePooling2D
    image, output : ndarray
        As `compute.pool` took and returned them.
    names : sequence of str
        Of the channels; their colours or numbers where it is empty.
    beside : Beside, optional
        What the same windows give under another operation.
    confirmed : int
        The last edit that is in these numbers.
    arrival : int
        See `view_of`.
    editable : bool
        Whether the visitor may change the picture where it is a matrix.
    """
    scale = "pixels" if is_picture(state, image) else "signed"
    # Beside the mean of pixels may stand what a filter makes of them.
    together = scale if beside is None or _is_pixels(beside.output) else "signed"
    channels = image.shape[2]
    named = list(names) or channel_names(channels)
    return _block(
        layer,
        image,
        output,
        {} if beside is None else {"beside_output": beside.output, "beside_kernel": beside.kernel},
        name=_NAMES[type(layer)],
        beside=None if beside is None else _beside(beside),
        scales={"input": scale, "output": together},
        flipped=False,
        # Many planes stand side by side: there is room for a number only.
        channel_names=named if channels <= MOST_NAMED else [str(k) for k in range(channels)],
        map_names=named,
        presets={"menu": [], "chosen": []},
        editable={"weights": False, "input": editable and state.input == "matrix"},
        view=view_of(state, arrival),
        confirmed=confirmed,
    )


def layers_that_open(network: Classifier) -> dict[str, tuple[int, ...]]:
    """Name the layers that can stand on the stage, with their shapes (h, w, c).

    A layer opens when it slides a window over maps. A ReLU after a convolution opens as the end of
    that convolution; the one after a dense layer has no maps.
    """
    return {
        layer.name: layer.output_shape
        for before, layer in pairwise(network.layers)
        if layer.layer is not None or (layer.kind == "ReLU" and before.layer is not None)
    }


def map_of(state: ClassifierState) -> int:
    """Return which map of its layer stands on the stage."""
    return state.pin[2] if state.pin else 0


def network_block(
    state: ClassifierState,
    network: Classifier,
    activations: Mapping[str, Floats],
    digit: Floats,
    *,
    arrival: int = 0,
) -> bytes:
    """Pack a layer of the classifier for the stage.

    Parameters
    ----------
    state : ClassifierState
        The layer, with the map and cell that are pinned.
    network : Classifier
    activations : mapping of str to ndarray
        `Prediction.activations`.
    digit : ndarray of shape (28, 28), float32
        What the network read; cells outline what they see of it.
    arrival : int
        See `view_of`.

    Raises
    ------
    ClassifierError
        If the layer is none that opens.
    """
    at = [layer.name for layer in network.layers].index(state.layer)
    is_relu = network.layers[at].kind == "ReLU"
    before, operation = network.layers[at - 1 - is_relu], network.layers[at - is_relu]
    layer = operation.layer
    if layer is None:
        raise ClassifierError(
            "layer",
            f"layer is {state.layer}, but the stage shows those that slide a window: "
            f"{', '.join(layers_that_open(network))}. Choose one of them.",
        )
    if is_relu and isinstance(layer, Conv2D):
        layer = replace(layer, activation="relu")
    image, output = activations[before.name], activations[state.layer]
    is_picture = before.kind == "InputLayer"
    maps = output.shape[2]
    rows_seen, columns_seen = seen_by(network, state.layer)
    return _block(
        layer,
        image,
        output,
        {
            "kernel": operation.kernel,
            "bias": operation.bias,
            "digit": digit,
            "receptive_rows": rows_seen,
            "receptive_columns": columns_seen,
        },
        scales={"input": "pixels" if is_picture else "signed", "output": "signed"},
        flipped=False,
        channel_names=["grey"] if is_picture else [str(k) for k in range(image.shape[2])],
        map_names=[f"map {k + 1}" for k in range(maps)],
        presets={"menu": [], "chosen": [["learned"]] * maps},
        editable={"weights": False, "input": False},
        view=view_of(state, arrival),
        confirmed=0,
        shown=f"{state.layer} {map_of(state)}",
    )


@lru_cache(maxsize=32)
def seen_by(network: Classifier, layer: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return which rows and columns of the picture the cells of a layer with maps see.

    Parameters
    ----------
    network : Classifier
    layer : str
        Its name.

    Returns
    -------
    rows : ndarray of shape (h, 2)
        For each row of cells, the first row of the picture and the one behind the last.
    columns : ndarray of shape (w, 2)
        The same for each column of cells.
    """
    height, width, _ = next(known.output_shape for known in network.layers if known.name == layer)
    fields = network.receptive_field
    return (
        _ends(fields(layer, row, 0)[0] for row in range(height)),
        _ends(fields(layer, 0, column)[1] for column in range(width)),
    )


def _ends(ranges: Iterable[range]) -> NDArray[np.int32]:
    return np.array([(seen.start, seen.stop) for seen in ranges], np.int32)


_NAMES: dict[type[Layer], str] = {
    Conv2D: "convolution",
    MaxPooling2D: "maximum",
    AveragePooling2D: "average",
}


def _beside(beside: Beside) -> dict[str, Any]:
    """Say what differs in the header of a block that shows another operation."""
    layer = beside.layer
    groups = layer.groups if isinstance(layer, Conv2D) else 1
    return {"kind": _KINDS[type(layer)][0], "name": _NAMES[type(layer)], "groups": groups}


# The stage's name for what it shows, and what it draws and says in the padding.
_KINDS: dict[type[Layer], tuple[str, dict[str, str]]] = {
    Conv2D: ("convolution", {"mark": "0", "text": "which counts as 0"}),
    MaxPooling2D: ("max_pooling", {"mark": "−∞", "text": "which never wins"}),
    AveragePooling2D: ("average_pooling", {"mark": "–", "text": "which is not counted"}),
}


def _block(
    layer: Layer,
    image: Floats,
    output: Floats,
    arrays: Mapping[str, NDArray[Any] | None],
    **header: Any,
) -> bytes:
    row_taps, column_taps = taps(layer, image.shape)
    kind, padding = _KINDS[type(layer)]
    return pack(
        {
            "kind": kind,
            "groups": getattr(layer, "groups", 1),
            "activation": getattr(layer, "activation", "linear"),
            "padding": {"amounts": layer.padding_amounts(image.shape), **padding},
            "palettes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()},
            **header,
        },
        {
            "input": image,
            "output": output,
            "row_taps": row_taps,
            "column_taps": column_taps,
            **{name: array for name, array in arrays.items() if array is not None},
        },
    )


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


def map_names(state: ConvolutionState, slices: int) -> list[str]:
    """Name each map of a convolution by the filter that made it.

    Parameters
    ----------
    state : ConvolutionState
    slices : int
        Input channels that each filter reads.
    """
    return [
        ", ".join(
            "edited" if name == "edited" else random_label(name) for name in dict.fromkeys(names)
        )
        for names in chosen_names(state, slices)
    ]
