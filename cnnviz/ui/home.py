"""Home: what a convolution is, a stage to touch at once, and a card for each place to go to."""

import html
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from cnnviz import cards, workshop
from cnnviz.lessons import LESSONS
from cnnviz.share import ConvolutionState, PageState
from cnnviz.theme import DARK
from cnnviz.ui import blocks, session, share_panel, stage
from cnnviz.ui.files import address_of
from cnnviz.ui.frame import link, palette, start_page
from cnnviz.ui.show import show_problems
from cnnviz.ui.warmup import wait_for_tensorflow

PAGE = "home"
_STYLE = (Path(__file__).parent / "home.css").read_text(encoding="utf-8")
_PICTURES = {
    (name, appearance): address_of(path.name, path.read_bytes(), "image/png")
    for name in cards.PAINTERS
    for appearance in cards.PALETTES
    for path in [cards.path_of(name, appearance)]
}

# The smallest convolution that has something to say: 1..9 and a filter that adds four neighbours.
FIRST = ConvolutionState(
    preset="counting",
    rows=3,
    columns=3,
    filters=1,
    kernel_size=(2, 2),
    padding="valid",
    activation="linear",
    use_bias=False,
    kernels=(("ones",),),
)


@dataclass(frozen=True)
class Card:
    """A place to go to.

    Attributes
    ----------
    picture : str
        A name of `cards.PAINTERS`.
    alt : str
        What the picture shows.
    page : str
        The page's file.
    query : dict of str to str, optional
        The state that it opens with; else the one in which the visitor left it.
    """

    title: str
    sentence: str
    picture: str
    alt: str
    page: str
    query: dict[str, str] | None = None


PAGES = (
    Card(
        "Lessons",
        "From a picture to a named digit in fourteen steps. Predict first, then see.",
        "lessons",
        "A written five, its maps after a convolution, the smaller ones after pooling, and the "
        "answer",
        "pages/lessons.py",
    ),
    Card(
        "Convolution",
        "Any picture, any filters, and where every number comes from.",
        "convolution",
        "A drawn house, a Sobel filter of three by three weights, and the edges it finds",
        "pages/convolution.py",
    ),
    Card(
        "Pooling",
        "The largest of each window, or the mean, and what is lost on the way.",
        "pooling",
        "A seven in fourteen rows; a quarter of its cells are left, the largest of every four",
        "pages/pooling.py",
    ),
    Card(
        "Classifier",
        "Draw a digit, and open every layer of the network that reads it.",
        "digit",
        "A drawn seven, and ten bars, of which that of the seven is by far the longest",
        "pages/classifier.py",
    ),
)


def _lesson(number: int, sentence: str, picture: str, alt: str) -> Card:
    title = f"{number}. {LESSONS[number - 1].title}"
    return Card(title, sentence, picture, alt, "pages/lessons.py", {"lesson": str(number)})


LESSON_CARDS = (
    _lesson(
        3,
        "One window, its products, one sum.",
        "sliding",
        "Nine numbers; a window of four of them, and their sum in a smaller square",
    ),
    _lesson(
        5,
        "Channels are summed, filters are stacked.",
        "channels",
        "The red, green and blue channel of a picture of balloons, and six maps",
    ),
    _lesson(
        6,
        "Blur, Sobel, Laplacian, Canny.",
        "edges",
        "A face, the face blurred, and its edges",
    ),
    _lesson(
        8,
        "What valid and same do at the edge.",
        "padding",
        "A picture in a ring of zeros, and a map as large as the picture",
    ),
)


def home() -> None:
    """Draw the home page: what needs TensorFlow comes last, into the place kept for it."""
    session.enter(PAGE)
    start_page(
        PAGE,
        "See a convolution happen",
        "A convolution slides a filter over a picture and, at every place, multiplies, adds and "
        "writes one number. **Point at a number below.**",
    )
    st.html(f"<style>{_STYLE}</style>")
    show_problems(PAGE)
    left, right = st.columns([11, 9], gap="medium")
    with right:
        _draw_cards("pages", PAGES)
    st.subheader("Begin with a lesson", anchor=False)
    _draw_cards("lessons", LESSON_CARDS)
    with left.container(key="first"):
        wait_for_tensorflow()
        _draw_stage()
    share_panel.fill(PAGE, PageState())


def _draw_stage() -> None:
    convolution = workshop.convolved(FIRST, workshop.matrix_of(FIRST))
    block = blocks.convolution_block(FIRST, convolution, editable=False)
    stage.mount(block, key="home.stage")


def _draw_cards(name: str, group: tuple[Card, ...]) -> None:
    appearance = "dark" if palette() is DARK else "light"
    with st.container(key=f"cards_{name}"):
        for card in group:
            with st.container(border=True, key=f"card_{card.picture}"):
                address = _PICTURES[card.picture, appearance]
                # The style sheet lays its link over the whole card, and puts the picture first.
                link(card.page, f"**{card.title}**", card.query)
                st.html(
                    f'<img src="{address}" alt="{html.escape(card.alt)}">'
                    f"<p>{html.escape(card.sentence)}</p>"
                )
