"""The answers of a learner: typed or chosen, right and wrong."""

from playwright.sync_api import Page

from cnnviz.lessons import LESSONS, Choice


def predict(page: Page, text: str) -> None:
    """Answer the question that is asked."""
    question = page.locator(".st-key-lesson-question")
    if question.locator('[role="radiogroup"]').count():
        question.get_by_text(text, exact=True).click()
    else:
        question.locator('input[type="text"]').fill(text)
    question.get_by_role("button", name="Check", exact=True).click()


def right(number: int) -> str:
    kind = LESSONS[number - 1].question(0).kind
    return kind.shown(kind.correct)


def wrong(number: int) -> str:
    kind = LESSONS[number - 1].question(0).kind
    if isinstance(kind, Choice):
        return next(words for name, words in kind.options.items() if name != kind.correct)
    return ", ".join(["99"] * (len(kind.correct) if isinstance(kind.correct, tuple) else 1))
