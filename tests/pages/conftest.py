"""What all tests of pages without a browser share."""

import functools

import pytest
from streamlit.components.v2 import manifest_scanner

from cnnviz.ui.warmup import warm_up


@pytest.fixture(autouse=True)
def nobody_paints(monkeypatch):
    """Take the pause away that pages make for a browser."""
    monkeypatch.setattr("cnnviz.ui.show.TO_PAINT", 0)


@pytest.fixture(autouse=True, scope="session")
def started():
    """Do what a server does once and AppTest would do anew for each page or run.

    Streamlit looks through all installed packages for components; without `warm_up`, Keras collects
    garbage after every run.
    """
    warm_up()
    scan = manifest_scanner.scan_component_manifests
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(scan))
        yield
