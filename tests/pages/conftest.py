"""What all tests of pages without a browser share."""

import pytest


@pytest.fixture(autouse=True)
def nobody_paints(monkeypatch):
    """Take the pause away that pages make for a browser."""
    monkeypatch.setattr("cnnviz.ui.show.TO_PAINT", 0)
