"""axe-core finds nothing serious or critical, in light and in dark, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from cnnviz.lessons import LESSONS
from tests.browser.answers import predict, right, wrong
from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.folds import unfold
from tests.browser.schemes import QUIET, schemes

PAGES = (
    "/",
    "/lessons?lesson=3",
    "/convolution?filters=4",
    "/pooling?padding=same&beside=pooling",
    "/classifier?why=true&angle=20&sweep=true",
)
# Other controls, and other words about what they give; what unfolds below is as above.
MORE = (
    "/convolution?input=draw",
    "/pooling?is_global=true",
    "/classifier?input=mnist&prepare=true",
)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_serious_finding(visit, path):
    page = visit(path)
    unfold(page)
    for scheme in schemes(page):
        for viewport in (DESKTOP, PHONE):
            page.set_viewport_size(viewport)
            page.evaluate(QUIET)
            assert findings(page) == [], (viewport, scheme)


@pytest.mark.parametrize("path", MORE)
def test_no_other_input_has_a_serious_finding(visit, path):
    page = visit(path)
    unfold(page.get_by_test_id("stSidebar"))
    for scheme in schemes(page):
        assert findings(page) == [], scheme


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_lesson_and_no_answer_has_a_serious_finding(visit, scheme):
    page = visit("/lessons", wait=False, color_scheme=scheme)
    for lesson in LESSONS:
        expect(page.get_by_role("heading", level=1)).to_contain_text(lesson.title)
        reveal = page.get_by_role("button", name="Reveal the answer")
        reveal.click()
        expect(reveal).to_have_count(0)
        unfold(page)
        page.evaluate(QUIET)
        assert findings(page) == [], lesson.title
        if lesson is not LESSONS[-1]:
            page.get_by_role("button", name="Next: ").click()


@pytest.mark.parametrize("number", [3, 6])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_verdict_has_a_serious_finding(visit, scheme, number):
    page = visit(f"/lessons?lesson={number}", color_scheme=scheme)
    for words, verdict in (
        (wrong(number), ".verdict:not(.right)"),
        (right(number), ".verdict.right"),
    ):
        predict(page, words)
        expect(page.locator(verdict)).to_be_visible()
        page.evaluate(QUIET)
        assert findings(page) == [], words
    shape = page.locator(".stage .block.input .shape")
    of_the_question = shape.inner_text()
    page.get_by_text("The lesson", exact=True).click()
    expect(shape).not_to_have_text(of_the_question)
    page.evaluate(QUIET)
    assert findings(page) == []


def test_a_button_is_read_under_the_pointer_too(visit):
    page = visit("/lessons?lesson=3")
    check = page.get_by_role("button", name="Check", exact=True)
    for scheme in schemes(page):
        page.mouse.move(0, 0)
        at_rest = check.evaluate("(at) => getComputedStyle(at).backgroundColor")
        check.hover()
        expect(check).not_to_have_css("background-color", at_rest)
        page.wait_for_timeout(500)  # it fades
        assert findings(page, check) == [], scheme


def test_what_is_chosen_is_read_under_the_pointer_too(visit):
    page = visit("/convolution")
    chosen = page.get_by_role("radio", name="Matrix")
    for scheme in schemes(page):
        chosen.hover()
        page.wait_for_timeout(500)
        assert findings(page, chosen) == [], scheme


def test_no_panel_that_opens_over_a_page_has_a_serious_finding(visit):
    page = visit("/convolution")
    for scheme in schemes(page):
        for name in ("Type the numbers", "Weights of all filters", "Open a saved file"):
            page.get_by_role("button", name=name).click()
            panel = page.get_by_test_id("stPopoverBody")
            expect(panel.locator("button:visible").first).to_be_visible()
            page.evaluate(QUIET)
            assert findings(page, panel) == [], (name, scheme)
            page.keyboard.press("Escape")
            expect(panel).to_have_count(0)
