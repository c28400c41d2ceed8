"""The home page without a browser: a stage, and cards to pages that there are."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui import frame
from cnnviz.ui.home import LESSON_CARDS, PAGES

ROOT = Path(__file__).parents[2]


def open_home(**query: str) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    for name, text in query.items():
        page.query_params[name] = text
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("card", [*PAGES, *LESSON_CARDS], ids=lambda card: card.title)
def test_a_card_leads_to_a_page_that_there_is(card):
    assert (ROOT / card.page).is_file()


def test_every_page_of_the_menu_has_a_card():
    assert ["app.py", *(card.page for card in PAGES)] == [page.path for page in frame.PAGES]


def test_the_page_opens_with_a_stage_and_its_cards():
    page = open_home()
    assert page.title[0].value == "See a convolution happen"
    assert {link.proto.label.strip("*") for link in page.get("page_link")} >= {
        card.title for card in (*PAGES, *LESSON_CARDS)
    }
    pictures = [body for part in page.get("html") if "<img" in (body := part.proto.body)]
    assert [re.search('alt="(.*)"', picture)[1] for picture in pictures] == [
        card.alt for card in (*PAGES, *LESSON_CARDS)
    ]


@pytest.mark.parametrize("card", LESSON_CARDS, ids=lambda card: card.title)
def test_a_card_of_a_lesson_opens_that_lesson(card):
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page(card.page)
    page.query_params.update(card.query or {})
    page.run()
    assert not page.exception
    assert not page.warning
    assert page.title[0].value == card.title


def test_a_name_that_cannot_be_hidden_is_explained():
    page = open_home(hide="shair")
    assert [warning.value.replace("\\", "") for warning in page.warning] == [
        "hide names 'shair', but there is no such thing to hide. Write share instead."
    ]
    assert not open_home(hide="share").warning
