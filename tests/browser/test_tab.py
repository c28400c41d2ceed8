"""What a tab keeps of a visit that has ended: a reload, or a server that died, takes no work."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.schemes import QUIET

KEPT = "cnnviz.addresses"


def keep(page: Page, text: str) -> None:
    """Put a text where the tab keeps its addresses."""
    page.evaluate("([key, text]) => sessionStorage.setItem(key, text)", [KEPT, text])


def follow(page: Page, label: str) -> str:
    """Follow a link of the menu, and return the address that it led to."""
    page.locator(".st-key-menu").get_by_text(label, exact=True).click()
    return arrived(page, label)


def arrived(page: Page, label: str) -> str:
    expect(page.get_by_role("heading", level=1)).to_have_text(label)
    page.evaluate(QUIET)
    return page.url.rpartition("/")[2]


def test_after_a_reload_the_menu_leads_to_what_was_done_on_other_pages(visit):
    page = visit("/convolution?rows=9&filters=1")
    page.get_by_role("spinbutton", name="columns").fill("6")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("columns=6"))
    assert follow(page, "Pooling") == "pooling"
    page.reload()
    arrived(page, "Pooling")
    assert follow(page, "Convolution") == "convolution?rows=9&columns=6&filters=1"
    expect(page.locator(".stage .block.output .shape")).to_have_text("9 × 6 × 1")


def test_back_leads_from_one_page_to_the_page_before(visit):
    page = visit("/convolution?filters=1")
    follow(page, "Pooling")
    link = page.locator(".st-key-menu").get_by_role("link", name="Convolution")
    expect(link).to_have_attribute("href", "convolution?filters=1")  # in a new tab, too
    assert follow(page, "Convolution") == "convolution?filters=1"
    follow(page, "Pooling")
    page.go_back()
    assert arrived(page, "Convolution") == "convolution?filters=1"
    page.go_back()
    arrived(page, "Pooling")


def test_the_menu_leaves_the_page_that_it_stands_on_as_it_is(visit):
    page = visit("/convolution?filters=1")
    follow(page, "Pooling")
    follow(page, "Convolution")
    page.get_by_role("spinbutton", name="rows").fill("9")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("rows=9"))
    assert follow(page, "Convolution") == "convolution?rows=9&filters=1"


def test_a_link_begins_anew(visit, address):
    page = visit("/convolution?filters=1")
    page.goto(f"{address}/pooling")
    arrived(page, "Pooling")
    assert follow(page, "Convolution") == "convolution"


@pytest.mark.parametrize("manner", ["hide=strides", "embed=true"])
def test_nothing_leads_from_a_page_that_hides_to_one_that_does_not(visit, manner):
    page = visit(f"/?{manner}")
    keep(page, '{"/convolution": "?filters=1"}')
    page.locator(".st-key-card_convolution a").click()
    address = arrived(page, "Convolution")
    assert manner in address
    assert "filters" not in address


def test_of_a_page_that_the_visit_has_seen_the_server_knows_more_than_the_tab(visit):
    page = visit("/convolution")
    follow(page, "Pooling")
    keep(page, '{"/convolution": "?filters=1"}')
    assert follow(page, "Convolution") == "convolution"


@pytest.mark.parametrize("clicks", [1, 2])
def test_a_second_click_while_the_page_is_on_its_way_changes_nothing(visit, clicks):
    page = visit("/convolution?rows=9&filters=1")
    follow(page, "Pooling")
    page.reload()
    arrived(page, "Pooling")
    page.locator(".st-key-menu").get_by_text("Convolution", exact=True).click(click_count=clicks)
    assert arrived(page, "Convolution") == "convolution?rows=9&filters=1"
    expect(page.locator(".stage .block.output .shape")).to_have_text("9 × 7 × 1")


def test_a_link_to_a_lesson_keeps_the_answers_of_the_others(visit):
    page = visit("/lessons?lesson=2&answers=2_reveal&done=1", wait=False)
    page.locator(".st-key-lesson-path").wait_for()
    page.locator(".st-key-menu").get_by_text("Home", exact=True).click()
    page.wait_for_url(re.compile("/$"))
    page.reload()
    # The tab's script is there; whoever clicks before begins a lesson anew.
    page.wait_for_function("() => window.cnnvizTab?.visit")
    page.locator(".st-key-card_sliding a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("3. ")
    page.wait_for_url(re.compile(r"lesson=3&answers=2_reveal&done=1$"))
    expect(page.locator('[class*="step-1-done"]')).to_have_count(1)


def test_a_link_that_streamlit_has_switched_off_is_left_to_it(visit):
    page = visit("/convolution?rows=9&filters=1")
    follow(page, "Pooling")
    page.reload()
    arrived(page, "Pooling")
    link = page.locator(".st-key-menu a").filter(has_text="Convolution")
    link.evaluate("(at) => at.setAttribute('disabled', '')")  # as where the server is gone
    assert follow(page, "Convolution") == "convolution"


def test_a_frame_keeps_nothing_for_another(visit, address):
    page = visit("/convolution?filters=1&embed=true")
    before = page.evaluate("(key) => sessionStorage.getItem(key)", KEPT)
    page.evaluate(
        """(at) => {
          const frame = document.body.appendChild(document.createElement("iframe"));
          frame.src = at;
        }""",
        f"{address}/pooling?embed=true",
    )
    page.frame_locator("iframe").locator(".stage .sum .head").wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("(key) => sessionStorage.getItem(key)", KEPT) == before


@pytest.mark.parametrize(
    "kept", ["{", "[]", "null", '{"/convolution": 3}', '{"/convolution": "filters=1"}']
)
def test_nonsense_in_the_tab_leads_nowhere(visit, kept):
    page = visit("/pooling")
    keep(page, kept)
    assert follow(page, "Convolution") == "convolution"


def test_nonsense_in_an_address_that_is_kept_is_explained(visit):
    page = visit("/pooling")
    keep(page, '{"/convolution": "?filters=x"}')
    assert follow(page, "Convolution") == "convolution"
    expect(page.get_by_test_id("stAlert")).to_contain_text("filters is 'x' in this link")
