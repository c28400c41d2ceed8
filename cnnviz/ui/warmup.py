"""Everything heavy is loaded once, when the server starts: in the background, or first."""

import asyncio
import contextlib
import gc
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

import streamlit as st

from cnnviz import classifier, compute
from cnnviz.ui import server, turns
from cnnviz.ui.errors import number_the_log

# oneDNN compiles a kernel for every shape and keeps it for the thread that asked, and Streamlit
# runs each answer in a thread of its own: 2 to 4 ms of processor time for a convolution that takes
# half a millisecond without. It must be said before TensorFlow is imported.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

_ready = threading.Event()  # TensorFlow can compute
_network_ready = threading.Event()


@contextlib.asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Load what is heavy when the server starts.

    Whoever starts it sees the first page at once, while TensorFlow loads. In a container nobody is
    waiting, and health must mean that all is there: with CNNVIZ_WARM_UP=first the server answers
    nobody before.
    """
    number_the_log()
    server.adapt()
    if os.environ.get("CNNVIZ_WARM_UP") == "first":
        await asyncio.to_thread(warm_up)
    else:
        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    forgetting = asyncio.create_task(server.forget_who_left())
    yield
    forgetting.cancel()


def warm_up() -> None:
    """Load TensorFlow, the network and Plotly, run each once, and set what is loaded apart.

    With TensorFlow's millions of objects alive, a full collection of garbage holds the interpreter
    for hundreds of milliseconds, for every visitor; frozen objects are not looked at. Streamlit
    would collect after every run; .streamlit/config.toml leaves it to Python.
    """
    import plotly.graph_objects  # noqa: F401

    compute.warm_up()
    _keep_keras_warm()
    _ready.set()
    classifier.warm_up()
    gc.collect()
    gc.freeze()


def _keep_keras_warm() -> None:
    """Make what Streamlit calls after each run, `keras.backend.clear_session`, do nothing.

    It would begin anew what Keras keeps for all threads, and with it the state of a network that
    other visitors are using. cnnviz builds no models while it serves, so there is nothing to clear;
    what TensorFlow keeps of layers, `compute` bounds.
    """
    import keras

    keras.backend.clear_session = lambda: None


def wait_for_tensorflow() -> None:
    """Return when TensorFlow can compute; until then, say what the visitor is waiting for."""
    if _ready.is_set():
        return
    words = "TensorFlow is starting. This takes a few seconds, once."
    with st.empty(), st.spinner(words), turns.runs.rest():
        compute.warm_up()
    _ready.set()


def load_network() -> classifier.Classifier:
    """Return the network. While it is still being loaded, other visitors have the turn."""
    if not _network_ready.is_set():
        with turns.runs.rest():
            classifier.load()
        _network_ready.set()
    return classifier.load()
