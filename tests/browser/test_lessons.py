"""The lessons as a learner walks through them."""

import re
from collections.abc import Iterator

from playwright.sync_api import Page, expect

from cnnviz.lessons import LAST, LESSONS, Choice
from tests.browser.answers import predict, right, wrong
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.stage import Stage


def settled(page: Page, number: int) -> None:
    """Wait until a lesson stands there with its figure."""
    expect(page.locator("h1")).to_have_text(re.compile(rf"^{number}\. "))
    question = LESSONS[number - 1].question(0)
    asked = "radiogroup" if isinstance(question.kind, Choice) else "textbox"
    expect(page.locator(".st-key-lesson-question").get_by_role(asked)).to_be_visible()
    figure = page.locator(".st-key-lesson-figure")
    drawn = figure.locator(".stage .sum .head, .js-plotly-plot, .patch, .softmax, img")
    expect(drawn.first).to_be_visible(timeout=60_000)
    page.locator('[data-test-script-state="notRunning"]').wait_for()


def test_a_learner_walks_from_the_first_lesson_to_the_last(visit):
    page = visit("/lessons", wait=False)
    verdict = page.locator(".verdict")
    for number in range(1, LAST + 1):
        settled(page, number)
        all_in_view(page, number)
        expect(verdict).to_have_count(0)
        if number % 5 == 2:
            predict(page, wrong(number))
            expect(verdict).to_contain_text("Here is how it comes about:")
        predict(page, right(number))
        expect(verdict).to_contain_text(f"Right: {right(number)}.")
        expect(page.locator('.st-key-lesson-path [class*="-done"]')).to_have_count(number)
        if number in {3, 13}:
            done = page.url
            page.reload()
            settled(page, number)
            expect(verdict).to_contain_text(f"Right: {right(number)}.")
            assert page.url == done
        if number < LAST:
            page.get_by_role("button", name=f"Next: {LESSONS[number].title}").click()
    expect(page.get_by_text("14 of 14 lessons answered.")).to_be_visible()


def all_in_view(page: Page, number: int) -> None:
    figure = page.locator(
        ".st-key-lesson-figure :is(.stage .grids, .js-plotly-plot, .patch, .softmax)"
    )
    check = page.get_by_role("button", name="Check", exact=True)
    for box in (figure.first.bounding_box(), check.bounding_box()):
        assert box["y"] >= 0, number
        assert box["y"] + box["height"] <= DESKTOP["height"], number


def test_back_loses_no_progress(visit):
    page = visit("/lessons?lesson=4", wait=False)
    settled(page, 4)
    predict(page, right(4))
    ticks = page.locator('.st-key-lesson-path [class*="-done"]')
    expect(ticks).to_have_count(1)
    # As after a way through the menu: before this address lies one that knows of no answer.
    page.evaluate("""() => {
      for (const link of ["/lessons", "/lessons?lesson=2"]) history.pushState({}, "", link);
      history.back();
    }""")
    settled(page, 1)
    expect(ticks).to_have_count(1)
    ticks.get_by_role("button").click()
    settled(page, 4)
    expect(page.locator(".verdict")).to_contain_text(f"Right: {right(4)}.")
    expect(page).to_have_url(re.compile("done=4"))


def test_the_stage_shows_the_lesson_first_and_the_question_when_it_is_answered(visit):
    page = visit("/lessons?lesson=3")
    stage = Stage(page)
    assert stage.heading("input") == "Input 5 × 5 × 1"
    predict(page, right(3))
    expect(page.locator(".stage .block.input .shape")).to_have_text("3 × 4 × 1")
    # the cell that was asked for is pinned, and TensorFlow agrees with the answer
    assert f"TensorFlow says {right(3).replace('−', '-')}," in stage.sum()
    page.get_by_text("The lesson", exact=True).click()
    expect(page.locator(".stage .block.input .shape")).to_have_text("5 × 5 × 1")
    page.get_by_role("button", name="New numbers").click()
    expect(page.locator(".verdict")).to_have_count(0)
    expect(page.get_by_text("The question", exact=True)).to_have_count(0)


def test_enter_checks_an_answer_and_a_pinned_cell_is_in_the_link(visit):
    page = visit("/lessons?lesson=7")
    stage = Stage(page)
    page.mouse.click(*stage.output(2, 1))
    page.wait_for_url(re.compile("pin=2_1_0"))
    field = page.locator('.st-key-lesson-question input[type="text"]')
    field.fill("abc")
    field.press("Enter")
    expect(page.get_by_text("must be one number. Type only its digits.")).to_be_visible()
    field.fill(right(7))
    field.press("Enter")
    expect(page.locator(".verdict.right")).to_be_visible()


def test_a_lesson_opens_its_state_in_the_workshop_and_back_returns_to_it(visit):
    page = visit("/lessons?lesson=5&filters=4")
    page.get_by_text("Open this in the workshop").click()
    page.wait_for_url(re.compile("/convolution"))
    expect(page.locator(".stage .block.output .shape")).to_have_text("28 × 28 × 4")
    page.go_back()
    settled(page, 5)
    expect(page.locator(".stage .block.output .shape")).to_have_text("28 × 28 × 4")


def test_a_drawing_of_the_convolution_page_goes_through_canny(visit):
    page = visit("/convolution?input=sample&sample=face&side=48")
    page.locator(".st-key-menu").get_by_text("Lessons").click()
    page.locator(".st-key-lesson-path").get_by_role("button", name="6", exact=True).click()
    expect(page.get_by_text("Your picture, from the convolution page.")).to_be_visible()
    page.get_by_role("radiogroup").get_by_text("Canny", exact=True).click()
    expect(page.locator(".st-key-lesson-pictures img")).to_have_count(6)
    page.wait_for_url(re.compile("picture="))
    again = visit(page.url, wait=False)
    expect(again.get_by_text("The picture that came with the link.")).to_be_visible(timeout=60_000)
    expect(again.locator(".st-key-lesson-pictures img")).to_have_count(6)


def each_lesson(page: Page) -> Iterator[int]:
    """Go through the lessons by the numbers above them."""
    for number in range(1, LAST + 1):
        path = page.locator(".st-key-lesson-path")
        path.get_by_role("button", name=str(number), exact=True).click()
        settled(page, number)
        yield number


def test_on_a_phone_nothing_is_cut(visit):
    page = visit("/lessons?lesson=2", wait=False, viewport=PHONE, has_touch=True, is_mobile=True)
    for number in each_lesson(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, number
        text, figure, question = (
            page.locator(f".st-key-lesson-{name}").bounding_box()
            for name in ("text", "figure", "question")
        )
        assert text["y"] < figure["y"] < question["y"], number
