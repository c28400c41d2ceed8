"""The home page as a person uses it."""

import re

from playwright.sync_api import expect

from cnnviz.ui.home import LESSON_CARDS, PAGES
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.schemes import schemes
from tests.browser.stage import Stage


def test_pointing_at_an_output_cell_writes_its_sum(visit):
    page = visit("/")
    stage = Stage(page)
    assert "1·1 + 2·1 + 4·1 + 5·1" in stage.hover(stage.output(0, 0))
    assert "TensorFlow says 12, difference 0" in stage.sum()


def test_a_card_opens_wherever_it_is_clicked(visit):
    page = visit("/")
    titles = page.locator('[class*="st-key-card_"] a p')
    assert titles.count() == len(PAGES) + len(LESSON_CARDS)
    for viewport, cards in ((DESKTOP, PAGES), (PHONE, (PAGES[0], LESSON_CARDS[0]))):
        page.set_viewport_size(viewport)
        assert titles.evaluate_all("all => all.every((at) => at.scrollWidth <= at.clientWidth)")
        for card in cards:
            box = page.locator(f".st-key-card_{card.picture}")
            box.scroll_into_view_if_needed()
            place = box.bounding_box()
            page.mouse.click(place["x"] + 12, place["y"] + place["height"] - 8)
            name = card.page.removeprefix("pages/").removesuffix(".py")
            page.wait_for_url(re.compile(f"/{name}"))
            page.locator(".st-key-menu").get_by_text("Home", exact=True).click()
            page.locator('[data-test-script-state="notRunning"]').wait_for()


def test_a_card_is_reached_and_opened_by_keyboard(visit):
    page = visit("/")
    link = page.locator(".st-key-card_pooling a")
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    outline = link.evaluate("(at) => getComputedStyle(at, '::after').outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/pooling"))


def test_every_card_has_its_picture_in_the_theme_and_words_for_who_cannot_see_it(visit):
    page = visit("/")
    for scheme in schemes(page):
        for card in (*PAGES, *LESSON_CARDS):
            picture = page.locator(f".st-key-card_{card.picture} img")
            expect(picture).to_have_attribute("alt", card.alt)
            expect(picture).to_have_attribute("src", re.compile(f"{card.picture}-{scheme}-"))
            assert picture.evaluate("(at) => at.decode().then(() => at.naturalWidth)") == 560
    assert page.locator('[data-testid="stMain"]').evaluate(
        "(at) => at.scrollWidth <= at.clientWidth"
    )
