"""Sharing as a teacher does it: the panel, its QR code, pages in a frame, and what is hidden."""

import io
import re
from itertools import pairwise

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import findings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.schemes import QUIET, schemes
from tests.browser.stage import Stage

HIDDEN = ("strides", "padding", "activation", "weights")


def open_panel(page: Page) -> Locator:
    page.get_by_role("button", name="Share").click()
    panel = page.locator(".handout")
    panel.wait_for()
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    return panel


def scanned(picture: Locator) -> str:
    """Read the QR code off the screen."""
    with Image.open(io.BytesIO(picture.screenshot())) as image:
        (found,) = zxingcpp.read_barcodes(image)
    return str(found.text)


def reached_by_tabbing(page: Page) -> list[str]:
    """Press Tab until the walk begins again; return what was reached, in the words of the page."""
    name = """() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      const box = at.closest("[data-testid=stElementContainer], [class*=st-key-]");
      if (at.tagName === "MAIN") return "MAIN"; // its text is the whole page's
      return [at.tagName, at.getAttribute("aria-label"), at.textContent, box?.className].join(" ");
    }"""
    reached: list[str] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        now = page.evaluate(name)
        if now.startswith("BODY"):
            break
        reached.append(now)
    assert len(reached) < 150
    return reached


def test_hidden_controls_are_gone_and_cannot_be_reached_by_tabbing(visit):
    gone = [f"st-key-convolution-{name}" for name in ("strides", "padding", "activation")]
    gone.append("Weights of all filters")
    page = visit("/convolution?strides=2")
    expect(page.get_by_role("slider", name="strides")).to_be_visible()  # its code is fetched late
    everything = "\n".join(reached_by_tabbing(page))
    for name in gone:
        assert name in everything
    page = visit(f"/convolution?strides=2&hide={'.'.join(HIDDEN)}")
    expect(page.get_by_role("slider", name="kernel_size")).to_be_visible()
    reached = "\n".join(reached_by_tabbing(page))
    for name in gone:
        assert name not in reached
    for name in ("st-key-convolution-kernel_size", "st-key-convolution-dilation_rate"):
        assert name in reached
    sidebar = page.locator('[data-testid="stSidebar"]')
    expect(sidebar.get_by_text("kernel_size", exact=True)).to_have_count(1)
    for name in HIDDEN:
        expect(sidebar.get_by_text(name, exact=True)).to_have_count(0)
    expect(page.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3")
    expect(page.locator(".stage .presets select")).to_have_count(0)
    page.mouse.click(*Stage(page).weight(0, 0))
    assert page.locator(".stage .editor").count() == 0


def test_a_panel_that_is_open_follows_what_the_keyboard_changes(visit):
    page = visit("/convolution")
    panel = open_panel(page)
    upload = page.locator('[data-testid="stSidebar"]').get_by_role("radio", name="Upload")
    upload.focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("input=upload"))
    expect(upload).to_be_checked()
    expect(panel.locator("input").first).to_have_value(page.url)


def test_a_hidden_sum_is_gone_and_is_not_spoken(visit):
    page = visit("/convolution?hide=sum", wait=False)
    page.locator(".stage .block.output .shape").filter(has_text="7").wait_for()
    output = page.locator(".stage .block.output .overlay")
    output.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stage .sum, .stage .live")).to_have_count(0)


def test_what_is_hidden_stays_so_through_the_menu_a_reload_and_back(visit):
    page = visit("/convolution?hide=groups,answers")
    sidebar = page.locator('[data-testid="stSidebar"]')
    page.locator(".st-key-menu").get_by_text("Classifier").click()
    page.wait_for_url(re.compile(r"/classifier\?hide=groups\.answers"))
    expect(page.get_by_text("On the stage: relu1")).to_be_visible(timeout=60_000)
    expect(page.locator(".answer")).to_have_count(0)
    page.locator(".st-key-menu").get_by_text("Convolution").click()
    page.wait_for_url(re.compile(r"/convolution\?hide=groups\.answers"))
    thumb = page.get_by_role("slider", name="strides")
    thumb.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("strides=2"))
    assert "hide=groups.answers" in page.url
    page.reload()
    expect(page.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3")
    assert "hide=groups.answers" in page.url
    page.go_back()
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    assert "hide=groups.answers" in page.url
    expect(sidebar.get_by_text("dilation_rate")).to_be_visible()
    expect(sidebar.get_by_text("groups", exact=True)).to_have_count(0)


def test_the_panels_link_opened_elsewhere_is_the_same_page(visit):
    page = visit("/convolution?preset=ramp&filters=2&pin=1_2_1")
    thumb = page.get_by_role("slider", name="strides")
    thumb.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("strides=2"))
    panel = open_panel(page)
    panel.page.get_by_test_id("stPopoverBody").get_by_text("flip", exact=True).click()
    expect(panel.locator("#link")).to_have_value(re.compile("hide=flip"))
    assert "hide" not in page.url
    link = panel.locator("#link").input_value()
    other = visit(link)
    assert other.url == link
    assert Stage(other).sum() == Stage(page).sum()
    assert "output[1, 2, 1]" in Stage(other).sum()
    expect(other.get_by_text("flip the kernel")).to_have_count(0)
    expect(page.get_by_text("flip the kernel")).to_have_count(1)


def test_the_qr_code_on_the_screen_is_read_back_to_the_link(visit):
    page = visit("/pooling?pool_size=3&strides=2")
    panel = open_panel(page)
    link = panel.locator("#link").input_value()
    for scheme in schemes(page):
        assert scanned(panel.locator(".code .qr")) == link, scheme
    page.get_by_test_id("stPopoverBody").get_by_text("Without menu", exact=True).click()
    expect(panel.locator("#link")).to_have_value(f"{link}&embed=true")
    expect(panel.locator(".code .qr")).to_have_attribute("alt", re.compile("embed=true"))
    assert scanned(panel.locator(".code .qr")) == f"{link}&embed=true"


def test_the_qr_code_fills_the_screen_and_escape_brings_the_panel_back(visit):
    page = visit("/")
    panel = open_panel(page)
    panel.get_by_role("button", name="Fill the screen").click()
    large = panel.locator("dialog .qr")
    expect(large).to_be_visible()
    assert large.bounding_box()["height"] > 0.7 * DESKTOP["height"]
    assert scanned(large) == panel.locator("#link").input_value()
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(panel.locator("#link")).to_be_visible()
    panel.get_by_role("button", name="Fill the screen").click()
    panel.get_by_role("button", name="Close").click()
    expect(large).to_be_hidden()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


@pytest.mark.parametrize("clipboard", [True, False], ids=["https", "http"])
def test_the_link_is_copied_also_where_the_browser_has_no_clipboard_to_write_to(visit, clipboard):
    page = visit(f"/convolution?strides={3 if clipboard else 2}")  # there is one clipboard for all
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if not clipboard:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    panel = open_panel(page)
    panel.get_by_role("button", name="Copy").first.click()
    expect(panel.locator(".said")).to_have_text("Copied.")
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url


@pytest.mark.parametrize(
    "path", ["/convolution?", "/pooling?", "/classifier?", "/lessons?lesson=3&"]
)
def test_a_page_in_a_frame_has_no_menu_and_nothing_is_cut(visit, path):
    page = visit(f"{path}embed=true", viewport={"width": 390, "height": 600})
    expect(page.locator(".st-key-menu")).to_have_count(0)
    expect(page.get_by_test_id("stMainMenu")).to_have_count(0)
    _nothing_is_cut(page, 390)
    page.set_viewport_size({"width": 800, "height": 600})  # wide enough for the sidebar
    page.evaluate(QUIET)
    _nothing_is_cut(page, 800)


def _nothing_is_cut(page, width):
    heading = page.locator('[data-testid="stMain"] h1').bounding_box()
    assert heading["y"] < 60
    expand = page.get_by_test_id("stExpandSidebarButton")
    if expand.count():
        button = expand.bounding_box()
        assert (
            button["y"] + button["height"] <= heading["y"]
            or button["x"] + button["width"] <= heading["x"]
        )
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(at) => at.scrollWidth <= at.clientWidth")
    stage = page.locator(".stage .block.input .overlay").bounding_box()
    assert stage["x"] + stage["width"] <= width


def test_the_iframe_line_shows_the_page_inside_another(visit, address):
    page = visit("/convolution?strides=2")
    line = open_panel(page).locator("#frame").input_value()
    page.goto(f"{address}/_stcore/health")
    page.set_content(f"<h1>A page of my own</h1>{line}")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3", timeout=60_000)
    expect(frame.locator(".st-key-menu")).to_have_count(0)


def test_links_inside_a_frame_stay_without_menu(visit):
    page = visit("/?embed=true&hide=groups")
    page.get_by_role("link", name="Convolution").click()
    page.wait_for_url(re.compile("/convolution"))
    expect(page.locator(".stage .block.output .shape")).to_have_text("7 × 7 × 3")
    assert "embed=true" in page.url
    assert "hide=groups" in page.url
    expect(page.locator(".st-key-menu")).to_have_count(0)


def test_the_open_panel_has_no_serious_finding_and_fits(visit):
    page = visit("/convolution")
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        open_panel(page)
        page.wait_for_timeout(500)
        panel = page.get_by_test_id("stPopoverBody")
        box = panel.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= viewport["width"]
        for scheme in schemes(page):
            assert findings(page, panel) == [], (viewport, scheme)
        page.keyboard.press("Escape")


def test_the_menu_stands_in_one_line(visit):
    page = visit("/convolution")
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        page.wait_for_timeout(300)
        links = page.locator(".st-key-menu a").all()
        boxes = [link.bounding_box() for link in links]
        boxes.append(page.get_by_role("button", name="Share").bounding_box())
        assert max(box["y"] for box in boxes) - min(box["y"] for box in boxes) < 12
        for left, right in pairwise(boxes):
            assert left["x"] + left["width"] <= right["x"] + 1
        assert boxes[-1]["x"] + boxes[-1]["width"] <= viewport["width"]
