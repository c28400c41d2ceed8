"""What the visitor's link hides. The URL is the only place that knows; every link here carries it.

`hide` and `embed` are no part of a page's state: a state says what is shown, these say to whom.
"""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnviz.hiding import HIDEABLE, HideError, read_hidden, write_hidden

PARAMETER = "hide"


def shows(name: str) -> bool:
    """Whether the page has this control or part; what is hidden is not drawn at all.

    Parameters
    ----------
    name : str
        One of `hiding.HIDEABLE`.
    """
    if name not in HIDEABLE:
        raise KeyError(name)
    return name not in hidden()


def columns_for(*names: str) -> list[DeltaGenerator]:
    """Return a place for each part: beside each other, as wide as the hidden ones leave room."""
    shown = [name for name in names if shows(name)]
    place = st.container(key="sections")  # the style sheet stacks them where there is no room
    columns = dict(zip(shown, place.columns(len(shown), gap="large") if shown else [], strict=True))
    return [columns[name] if name in columns else st.container() for name in names]


def hidden() -> frozenset[str]:
    """Return the names that the URL hides."""
    return read_hidden(_text())[0]


def is_embedded() -> bool:
    """Whether the page stands in somebody else's: `?embed=true`.

    Streamlit keeps `embed` in the URL by itself and takes its own toolbar away.
    """
    return bool(st.context.is_embedded)


def problems() -> tuple[HideError, ...]:
    """Return what is wrong with `hide`."""
    return read_hidden(_text())[1]


def with_hidden(query: Mapping[str, str]) -> dict[str, str]:
    """Return a query that hides what this page's hides: every link to a page is made of this."""
    names = hidden()
    return {**query, PARAMETER: write_hidden(names)} if names else dict(query)


def without_hidden(query: Mapping[str, str]) -> dict[str, str]:
    """Return a query's part that is state."""
    return {name: text for name, text in query.items() if name != PARAMETER}


def _text() -> str:
    context = get_script_run_ctx()
    if context is not None and PARAMETER not in context.query_string:
        return ""  # for almost everybody; asked some forty times a run
    return st.query_params.get(PARAMETER, "")
