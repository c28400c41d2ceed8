"""What a visit keeps."""

from types import SimpleNamespace

import pytest

from cnnviz.ui import session


@pytest.mark.parametrize("counted", ["arrivals", "versions"])
def test_a_widget_whose_key_changes_has_few_keys_and_none_twice_in_a_row(monkeypatch, counted):
    held = {"page.visit": 1}
    monkeypatch.setattr(session, "st", SimpleNamespace(session_state=held))
    keys = []
    for count in range(100):
        if counted == "arrivals":
            held["page.visit"] = count
        keys.append(session.own_key("page", "pad", count if counted == "versions" else 0))
    assert len(set(keys)) == session.KEYS
    assert all(
        len(set(keys[k : k + session.KEYS])) == session.KEYS for k in range(100 - session.KEYS)
    )
