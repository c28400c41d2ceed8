"""The stage: the one component that shows an operation, cell by cell.

Layer: ui. Python sends what TensorFlow computed as one block of bytes; the browser draws it and
looks things up in it. Hovering, stepping, playing and choosing a map stay in the browser; edits
and the pinned cell come back.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.ui import session
from cnnviz.ui.files import served
from cnnviz.ui.visibility import shows

FOLDER = Path(__file__).parent
# Plain scripts that share one scope, in the order of what they need; the last one exports.
SCRIPTS = (
    "block.js",
    "numbers.js",
    "arithmetic.js",
    "model.js",
    "grid.js",
    "sum.js",
    "layout.js",
    "painting.js",
    "editing.js",
    "stage.js",
)

# What a link can hide, and the part of a block that goes with it.
_HIDES = {"weights": "weights", "values": "input", "sum": "sum"}


def script(*names: str) -> str:
    """Join some of the stage's scripts, for it and for components that share them."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


_component = st.components.v2.component(
    "cnnviz_stage",
    html=(FOLDER / "stage.html").read_text(encoding="utf-8"),
    css=(FOLDER / "stage.css").read_text(encoding="utf-8"),
    js=served("stage", script(*SCRIPTS)),
)


def pack(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
    """Pack a header and arrays into the one block that the stage unpacks.

    Parameters
    ----------
    header : dict
        Anything JSON holds. `arrays` is added: type, shape and offset of each array, in bytes
        after the header.
    arrays : dict of str to ndarray
        Floating point is sent as float32, int8 as it is, other whole numbers as int32, all
        little-endian.

    Returns
    -------
    bytes
        The header's length (uint32, little-endian), the header as UTF-8 JSON, the arrays.
    """
    blobs: list[bytes] = []
    described: dict[str, dict[str, Any]] = {}
    offset = 0
    for name, array in arrays.items():
        kind = _kind(array.dtype)
        blob = np.ascontiguousarray(array, dtype=kind).tobytes()
        described[name] = {"type": kind, "offset": offset, "shape": array.shape}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps({**header, "arrays": described}, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + b"".join(blobs)


def read_only(block: bytes, view: Mapping[str, Any] | None = None) -> bytes:
    """Return the same block with nothing to edit, for a stage that shows what is no longer so.

    Parameters
    ----------
    block : bytes
    view : mapping, optional
        `blocks.view_of`, where it may have changed since.
    """
    return _without(block, "weights", "input", **({} if view is None else {"view": view}))


def _without(block: bytes, *parts: str, **changes: object) -> bytes:
    """Take parts away from a block: editing the `weights` or the `input`, or the `sum`."""
    start = 4 + int.from_bytes(block[:4], "little")
    header = {**json.loads(block[4:start]), **changes}
    for part in parts:
        if part == "sum":
            header["sum"] = False
        else:
            header["editable"][part] = False
    text = json.dumps(header, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + block[start:]


def _kind(dtype: np.dtype[Any]) -> str:
    if np.issubdtype(dtype, np.floating):
        return "<f4"
    return "|i1" if dtype == np.int8 else "<i4"


def mount(
    block: bytes,
    *,
    key: str,
    on_edits: Callable[[], None] | None = None,
    on_view: Callable[[], None] | None = None,
) -> None:
    """Draw the stage, without what the visitor's link hides of it.

    Parameters
    ----------
    block : bytes
        What `pack` returned.
    key : str
        Streamlit's key; callbacks find what came back at `st.session_state[key]`.
    on_edits, on_view : callable, optional
        Called before the next run when numbers were edited (`.edits`, a list) or the view changed
        (`.view`: pin, scope).
    """
    away = [part for name, part in _HIDES.items() if not shows(name)]
    _component(
        key=key,
        data=_without(block, *away) if away else block,
        on_edits_change=on_edits or _nothing,
        on_view_change=on_view or _nothing,
        on_theme_change=session.redraw_main,  # charts and pictures, in the visitor's colours
    )


def _nothing() -> None:
    """Streamlit learns a component's events from its callbacks, so each event needs one."""
