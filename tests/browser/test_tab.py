"""What a tab keeps of a visit that has ended: a reload, or a server that died, takes no work."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.schemes import QUIET

KEPT = "cnnviz.addresses"


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
    page.evaluate(
        "([key, kept]) => sessionStorage.setItem(key, JSON.stringify({'/convolution': kept}))",
        [KEPT, "?filters=1"],
    )
    page.locator(".st-key-card_convolution a").click()
    address = arrived(page, "Convolution")
    assert manner in address
    assert "filters" not in address


@pytest.mark.parametrize(
    "kept", ["{", "[]", "null", '{"/convolution": 3}', '{"/convolution": "?filters=x"}']
)
def test_nonsense_in_the_tab_is_no_error(visit, kept):
    page = visit("/pooling")
    page.evaluate("([key, kept]) => sessionStorage.setItem(key, kept)", [KEPT, kept])
    page.reload()
    arrived(page, "Pooling")
    follow(page, "Convolution")
    expect(page.locator(".stage .block.output .shape")).to_be_visible()
