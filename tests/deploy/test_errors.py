"""A mistake of ours, in front of a visitor: a number for them, the traceback for the operator."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.server import ROOT
from tests.deploy.replica import Replica, running

SECRET = "a secret of the operator"
MESSAGE = re.compile(
    r"Something went wrong here, and not by anything you did\. Your work is in this page's "
    r"address: reload the page to have it back\. If that does not help, open the address without "
    r"its question mark and what follows, and tell whoever runs this server the number "
    r"([0-9A-F]{4}-[0-9A-F]{4}): it finds the cause in the log\."
)
DAMAGED = re.compile(
    r"mnist\.npz, the file with MNIST's digits, is missing or damaged on this server, and what you "
    r"opened needs it\. Nothing you did is wrong, and pages that do without it work: choose one in "
    r"the menu\. Tell whoever runs this server the number "
    r"([0-9A-F]{4}-[0-9A-F]{4}): it finds the cause in the log\."
)
# While the classifier page runs, and in a callback of it.
BROKEN = f"""
import streamlit as st

def fail():
    raise RuntimeError("{SECRET}")

st.title("Still standing")
st.button("Break it", on_click=fail)
if "break" in st.query_params:
    raise KeyError("{SECRET}")
"""


@pytest.fixture(scope="module")
def replica(tmp_path_factory):
    """The app as it is, except that one page of it is broken, and one file cut short."""
    folder = tmp_path_factory.mktemp("errors") / "app"
    for name in ("cnnviz", "pages", ".streamlit", "assets"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder)
    (folder / "pages/classifier.py").write_text(BROKEN, encoding="utf-8")
    digits = folder / "assets/mnist.npz"
    digits.write_bytes(digits.read_bytes()[:1_000_000])
    replica = Replica(folder.parent / "log", folder, CNNVIZ_WARM_UP="")
    with running(replica):
        yield replica


def number_of(page, message=MESSAGE):
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_have_count(1)
    assert page.get_by_test_id("stException").count() == 0
    assert SECRET not in page.content()
    assert "Traceback" not in page.content()
    told = message.fullmatch(alert.inner_text().replace("\n", " ").strip())
    assert told, alert.inner_text()
    return told[1]


def logged(replica, number):
    """Return what the log has under a number."""
    entry = re.search(rf"ERROR Error {number}: .*?(?=\n\d{{4}}-|\Z)", _log(replica), re.DOTALL)
    assert entry, _log(replica)
    return entry[0]


def _log(replica):
    return replica.log.read_text(encoding="utf-8")


def test_a_visitor_gets_a_number_and_the_log_has_the_traceback_under_it(visit, replica):
    first = number_of(visit(f"{replica.address}/classifier?break=1"))
    second = number_of(visit(f"{replica.address}/classifier?break=1"))
    assert first != second
    for number in (first, second):
        assert "Traceback (most recent call last)" in logged(replica, number)
        assert f"KeyError: '{SECRET}'" in logged(replica, number)
    assert _log(replica).count(first) == 1


def test_what_fails_in_a_callback_gets_a_number_too(visit, replica):
    page = visit(f"{replica.address}/classifier")
    page.get_by_role("button", name="Break it").click()
    assert f"RuntimeError: {SECRET}" in logged(replica, number_of(page))


def test_a_page_that_failed_can_be_left(visit, replica):
    page = visit(f"{replica.address}/classifier?break=1")
    number_of(page)
    page.goto(f"{replica.address}/classifier")
    expect(page.get_by_role("heading", level=1)).to_have_text("Still standing")


def test_a_damaged_file_is_named_and_pages_without_it_go_on(visit, replica):
    before = len(re.findall("ERROR Error", _log(replica)))
    page = visit(f"{replica.address}/convolution?input=mnist&index=5")
    entry = logged(replica, number_of(page, DAMAGED))
    assert "MnistError" in entry
    assert "git checkout -- assets/mnist.npz" in entry
    assert len(re.findall("ERROR Error", _log(replica))) == before + 1
    page.goto(f"{replica.address}/convolution")
    expect(page.locator(".stage .sum .agree")).to_be_visible(timeout=60_000)
    assert page.get_by_test_id("stAlert").count() == 0
