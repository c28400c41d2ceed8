"""The frame of every page: title, menu, looks. `start_page` is a page's first call."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from cnnviz.theme import DARK, LIGHT, Palette

_STYLE = (Path(__file__).parent / "frame.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Page:
    """One entry of the menu."""

    path: str
    label: str


PAGES = (
    Page("app.py", "Home"),
    Page("pages/convolution.py", "Convolution"),
    Page("pages/classifier.py", "Classifier"),
)


def start_page(title: str, lead: str = "") -> None:
    """Set the page up and draw what all pages share.

    Parameters
    ----------
    title : str
        The page's heading, and the browser tab's.
    lead : str
        One sentence that says what to try first.
    """
    st.set_page_config(page_title=f"{title} · cnnviz", layout="wide", initial_sidebar_state=344)
    st.html(f"<style>{_STYLE}</style>")
    with st.container(key="menu", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**cnnviz**", width="content")
        for page in PAGES:
            st.page_link(page.path, label=page.label, width="content")
    with st.container(key="heading", gap=None):
        st.title(title, anchor=False)
        if lead:
            st.markdown(lead)


def palette() -> Palette:
    """Return the colours of the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT
