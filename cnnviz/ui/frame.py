"""The frame of every page: title, menu, looks. `start_page` is a page's first call."""

import functools
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from cnnviz.theme import DARK, LIGHT, Palette
from cnnviz.ui import session, share_panel, visibility
from cnnviz.ui.files import served

_COLOURS = ("background", "border")  # as the style sheet names them, after the theme's
_VARIABLES = "".join(
    f"--{name}: light-dark({getattr(LIGHT, name)}, {getattr(DARK, name)});" for name in _COLOURS
)
_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "frame.css").read_text(encoding="utf-8")
_tab = st.components.v2.component(
    "cnnviz_tab", js=served("tab", (_FOLDER / "tab.js").read_text(encoding="utf-8"))
)


@dataclass(frozen=True)
class Page:
    """One entry of the menu."""

    path: str
    label: str

    @property
    def name(self) -> str:
        """Return what stands for it in an address."""
        return Path(self.path).stem


PAGES = (
    Page("app.py", "Home"),
    Page("pages/lessons.py", "Lessons"),
    Page("pages/convolution.py", "Convolution"),
    Page("pages/pooling.py", "Pooling"),
    Page("pages/classifier.py", "Classifier"),
)


def start_page(
    page: str, title: str, lead: str = "", needs: Collection[str] = (), further: str = ""
) -> None:
    """Set the page up and draw what all pages share.

    Parameters
    ----------
    page : str
        Its name, a prefix of its keys.
    title : str
        The page's heading, and the browser tab's.
    lead : str
        One sentence that says what to try first.
    needs : collection of str
        What a link must not hide for `further` to be said.
    further : str
        What to try then.
    """
    st.set_page_config(page_title=f"{title} · cnnviz", layout="wide", initial_sidebar_state=344)
    st.html(f"<style>:root {{ {_VARIABLES} }}\n{_STYLE}</style>")
    share_panel.withdraw()
    if not visibility.is_embedded():
        _menu(page)
    with st.container(key="heading", gap=None):
        st.title(title, anchor=False)
        if further and all(map(visibility.shows, needs)):
            lead = f"{lead} {further}"
        if lead:
            st.markdown(lead)
        # By this the tab knows when a visit is another one.
        visit = st.session_state.setdefault("visit", secrets.token_hex(8))
        _tab(key="tab", data={"visit": visit})


def _menu(here: str) -> None:
    with st.container(key="menu", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**cnnviz**", width="content")
        for page in PAGES:
            # What this page writes changes while the menu stays: its own link carries nothing.
            link(page.path, page.label, {} if page.name == here else None)
        if visibility.shows("share"):
            share_panel.offer()


def link(page: str, label: str, query: Mapping[str, str] | None = None) -> None:
    """Draw a link to a page, which hides what this page hides.

    Parameters
    ----------
    page : str
        Its file, such as "pages/convolution.py".
    label : str
        Markdown.
    query : mapping of str to str, optional
        The state that it opens with; else the one in which the visitor left it.
    """
    query_params = visibility.with_hidden(
        session.written(Path(page).stem) if query is None else query
    )
    st.page_link(_page(page), label=label, query_params=query_params, width="content")


@functools.cache
def _page(path: str) -> st.Page:
    # Of a path, each link would look up anew which page it is: a tenth of what a page costs.
    return st.Page(path, default=path == PAGES[0].path)


def palette() -> Palette:
    """Return the colours of the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT
