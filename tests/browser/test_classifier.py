"""The classifier page as a person uses it: digits drawn, layers opened, questions asked."""

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageDraw, ImageOps
from playwright.sync_api import Page, expect

from cnnviz import classifier, mnist
from cnnviz.theme import DARK, LIGHT
from tests.browser.conftest import PHONE
from tests.browser.pad import draw, pad
from tests.browser.schemes import schemes
from tests.browser.stage import Stage

EMPTY = "/classifier?strokes="


def answer(page: Page) -> str:
    return page.locator(".answer .digit").inner_text()


def expect_answer(page: Page, digit: str) -> None:
    expect(page.locator(".answer .digit")).to_have_text(digit)


def open_empty(visit) -> Page:
    """Open an empty pad: it asks for a digit, and predicts nothing."""
    page = visit(EMPTY, wait=False)
    expect(page.get_by_text("Draw a digit.", exact=True)).to_be_visible(timeout=60_000)
    assert page.locator(".answer").count() == 0
    return page


def test_a_seven_drawn_by_mouse_is_read_as_seven(visit):
    page = open_empty(visit)
    for hand in (
        {},
        {"right": -0.2, "down": 0.12, "scale": 0.6},  # off centre
        {"scale": 0.3},  # tiny
        {"scale": 1.25},  # large
    ):
        draw(page, **hand)
        expect_answer(page, "7")
        clear(page)


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("Draw a digit.", exact=True)).to_be_visible()
    page.locator('[data-test-script-state="notRunning"]').wait_for()  # the new pad comes last


def test_each_step_of_the_preparation_says_what_it_did(visit):
    page = visit("/classifier?skip=crop")
    steps, said = page.locator(".steps button"), page.locator(".steps p")
    expect(steps).to_have_text(["drawn", "ink", "background", "crop, off", "scale", "centre"])
    expect(said).to_have_text(re.compile("^centre: Its centre of mass is moved"))
    steps.nth(3).hover()
    expect(said).to_have_text(re.compile(r"^crop: The digit is .*\(switched off\)$"))
    expect(steps.nth(3)).to_have_attribute("aria-current", "true")
    steps.nth(3).focus()
    page.keyboard.press("ArrowRight")
    expect(steps.nth(4)).to_be_focused()
    expect(said).to_have_text(re.compile("^scale: Smoothly scaled into 20x20"))
    page.keyboard.press("Home")
    expect(said).to_have_text("drawn: As it was given: white is ink.")
    pictures = steps.locator("canvas").evaluate_all(
        "canvases => canvases.map((canvas) => canvas.toDataURL())"
    )
    assert pictures[0] == pictures[1]  # white on black already
    assert pictures[2] == pictures[3]  # not cropped
    assert len(set(pictures)) == 4
    draw(page)
    page.wait_for_url(re.compile("strokes="))
    expect(said).to_have_text("drawn: As it was given: white is ink.")


def test_back_marks_the_map_that_is_on_the_stage_again(visit):
    page = visit("/classifier")
    marked = page.locator('.network .maps [aria-pressed="true"]')
    page.get_by_role("button", name="conv2 · convolution, map 4 of 16").click()
    page.wait_for_url(re.compile("layer=conv2"))
    expect(marked).to_have_attribute("aria-label", "conv2 · convolution, map 4 of 16")
    expect(page.get_by_text("On the stage: conv2, map 4 of 16")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("On the stage: relu1, map 1 of 16")).to_be_visible()
    expect(marked).to_have_attribute("aria-label", "relu1 · ReLU, map 1 of 16")


def test_a_seven_in_thin_and_in_thick_strokes_is_read_as_seven(visit):
    page = open_empty(visit)
    slider = page.get_by_role("slider", name="brush")
    for key, brush in (("ArrowLeft", 8), ("ArrowRight", 44)):
        slider.focus()
        for _ in range(abs(brush - int(slider.input_value()))):
            page.keyboard.press(key)
        expect(slider).to_have_value(str(brush))
        page.wait_for_timeout(800)
        draw(page)
        expect_answer(page, "7")
        clear(page)


@pytest.mark.parametrize("light_on_dark", [False, True], ids=["dark on light", "light on dark"])
def test_a_photograph_of_a_digit_on_grey_uneven_paper_is_read(visit, light_on_dark):
    page = visit("/classifier?input=upload", wait=False)
    paper = np.linspace(150, 225, 300)[None, :].repeat(300, axis=0)
    photograph = Image.fromarray(paper.astype(np.uint8))
    pen = ImageDraw.Draw(photograph)
    pen.line([(90, 80), (210, 75), (170, 150), (140, 240)], fill=40, width=18, joint="curve")
    if light_on_dark:
        photograph = ImageOps.invert(photograph)
    file = io.BytesIO()
    photograph.save(file, "PNG")
    page.locator('[data-testid="stFileUploader"] input[type="file"]').set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.locator(".answer .digit")).to_have_text("7", timeout=60_000)
    page.wait_for_url(re.compile("picture="))
    expect_answer(visit(page.url), "7")


def test_the_drawing_the_layer_and_the_cell_are_in_the_link(visit):
    page = open_empty(visit)
    draw(page)
    page.wait_for_url(re.compile("strokes=."))
    page.get_by_role("button", name="conv2 · convolution, map 3 of 16").click()
    page.wait_for_url(re.compile("layer=conv2&pin=14_14_2"))
    stage = Stage(page)
    expect(page.locator(".stage .block.filter .title")).to_have_text("Filter 3")
    written = stage.sum()
    again = visit(page.url)
    assert Stage(again).sum() == written
    assert again.url == page.url


def test_every_kind_of_layer_opens_on_the_stage_and_agrees_with_tensorflow(visit):
    page = visit("/classifier")
    for layer, words in (
        ("conv1 · convolution, map 2 of 16", "output[14, 14, 1] reads input rows 13–15"),
        ("relu3 · ReLU, map 5 of 32", "relu"),
        ("pool2 · max pooling, map 1 of 32", "max("),
    ):
        page.get_by_role("button", name=layer, exact=True).click()
        name = layer.split(" ")[0]
        expect(page.get_by_text(re.compile(f"On the stage: {name}, map"))).to_be_visible()
        page.wait_for_url(re.compile(f"layer={name}&|pin=14_14_1"))
        expect(page.locator(".stage .sum")).to_contain_text(words)
        expect(page.locator(".stage .sum .agree")).to_contain_text("TensorFlow says")


def test_a_map_that_is_chosen_on_the_stage_is_the_one_that_the_page_speaks_of(visit):
    page = visit("/classifier")
    page.get_by_role("button", name="Play").click()
    page.locator(".stage .maps button").nth(4).click()
    expect(page.get_by_text("On the stage: relu1, map 5 of 16")).to_be_visible()
    expect(page.locator('.network .maps [aria-pressed="true"]')).to_have_attribute(
        "aria-label", "relu1 · ReLU, map 5 of 16"
    )


def test_a_cell_outlines_what_it_sees_of_the_digit(visit):
    page = visit("/classifier?layer=pool1&pin=7_7_0")
    expect(page.locator(".stage .digit figcaption")).to_have_text(
        "sees rows 12–17, columns 12–17 of the digit"
    )


def test_a_number_of_a_layer_without_maps_says_what_it_reads_and_sees(visit):
    page = visit("/classifier?input=mnist&index=0")
    said = page.locator(".network .reader p")
    strip = page.get_by_role("group", name="Numbers of flatten")
    strip.scroll_into_view_if_needed()
    box = strip.locator("canvas").bounding_box()
    assert box
    flat = mnist_activations()["flatten"]
    cell = int(flat.argmax())
    row, column, shown = (int(k) for k in np.unravel_index(cell, (7, 7, 32)))
    page.mouse.move(
        box["x"] + (cell % 128 + 0.5) / 128 * box["width"],
        box["y"] + (cell // 128 + 0.5) / 13 * box["height"],
    )
    rows, columns = classifier.load().receptive_field("relu5", row, column)
    expect(said).to_have_text(
        f"flatten, cell {cell}: {flat[cell]:.4g}. It is row {row}, column {column} of map "
        f"{shown + 1} of relu5: ({row} × 7 + {column}) × 32 + {shown} = {cell}, counted from 0. "
        f"It sees rows {rows.start}–{rows.stop - 1}, "
        f"columns {columns.start}–{columns.stop - 1} of the digit."
    )
    frame = page.locator(".network .reader .mark")
    sides = frame.evaluate("({ style }) => [style.top, style.height, style.left, style.width]")
    shares = (rows.start, len(rows), columns.start, len(columns))
    assert [float(side[:-1]) for side in sides] == pytest.approx(
        [k / 0.28 for k in shares], abs=1e-3
    )


def test_units_and_answers_are_walked_by_the_keyboard_and_follow_a_new_digit(visit):
    page = visit("/classifier?input=mnist&index=0")
    said = page.locator(".network .reader p")
    page.get_by_role("group", name="Numbers of dense1 · dense").focus()
    page.keyboard.press("End")
    expect(said).to_contain_text("dense1, unit 127: ")
    page.get_by_role("button", name="The number before").click()
    expect(said).to_contain_text("dense1, unit 126: ")
    forward = page.get_by_role("button", name="The next number")
    forward.press("Enter")
    expect(said).to_contain_text("dense1, unit 127: ")
    expect(forward).to_be_disabled()  # and where the focus is, so that the way back is one key away
    expect(forward).to_be_focused()
    for title, key, words in (
        (
            "dense1 · dense",
            "ArrowDown",
            "dense1, unit 64: {dense1[64]}. It is the sum of all 1,568",
        ),
        ("relu6 · ReLU", "End", "relu6, unit 127: {relu6[127]}. It is max(0, {dense1[127]})"),
        ("logits · dense", "ArrowRight", "logits, digit 1: {logits[1]}. It is the sum of all 128"),
        ("softmax", "ArrowDown", "softmax, digit 5: {softmax[5]}. It is e to the power"),
    ):
        page.get_by_role("group", name=f"Numbers of {title}").focus()
        page.keyboard.press("Home")
        page.keyboard.press(key)
        expect(said).to_contain_text(written(words))
        expect(said).to_contain_text("It sees all of the digit.")
    assert page.locator(".network .marked").inner_text().startswith("5: ")
    before = said.inner_text()
    page.get_by_role("button", name="One it misreads").click()
    expect(said).not_to_have_text(before)
    expect(said).to_contain_text("softmax, digit 5: ")


def written(words: str) -> str:
    numbers = {
        name: [f"{value:.4g}".replace("-", "−") for value in values]
        for name, values in mnist_activations().items()
        if values.ndim == 1
    }
    return words.format(**numbers)


def mnist_activations():
    return classifier.load().predict(mnist.load().test_image(0)).activations


def test_a_row_of_maps_is_walked_by_arrows_home_and_end_and_is_one_stop_of_the_tab_key(visit):
    page = visit("/classifier")
    row = page.get_by_role("group", name="Maps of relu2 · ReLU")
    row.get_by_role("button").nth(5).click()
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    for key, place in (("Home", 1), ("ArrowRight", 2), ("End", 16), ("ArrowLeft", 15)):
        page.keyboard.press(key)
        expect(row.get_by_role("button", name=f"map {place} of 16")).to_be_focused()
        assert row.locator('button[tabindex="0"]').count() == 1


def test_the_bars_follow_the_theme(visit):
    page = visit("/classifier")
    bar = page.locator('[data-testid="stPlotlyChart"] .bars path').first
    for scheme in schemes(page):
        colour = {"light": LIGHT, "dark": DARK}[scheme].border
        expect(bar).to_have_css("fill", f"rgb{ImageColor.getrgb(colour)}")


def test_a_step_that_is_switched_off_changes_what_the_network_gets(visit):
    page = visit("/classifier")
    page.get_by_role("button", name="crop", exact=True).click()
    page.wait_for_url(re.compile("skip=crop"))
    expect(page.get_by_text("crop, off")).to_be_visible()


def test_mnist_digits_come_by_number_by_digit_and_by_mistake(visit):
    page = visit("/classifier?input=mnist")
    expect(page.get_by_text("MNIST says it is a 7.")).to_be_visible()
    expect_answer(page, "7")
    page.get_by_role("button", name="Another 0").click()
    expect(page.get_by_text("MNIST says it is a 0.")).to_be_visible()
    page.wait_for_url(re.compile("index=3$"))
    page.get_by_role("button", name="One it misreads").click()
    expect(page).not_to_have_url(re.compile("index=3$"), timeout=60_000)
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    (label,) = re.findall(r"MNIST says it is a (\d)", page.get_by_text("MNIST says").inner_text())
    assert answer(page) != label


def test_why_is_computed_when_it_is_asked_for_and_its_cells_tell_their_values(visit):
    page = visit("/classifier")
    assert page.get_by_label("saliency for 7, with the outline of the digit").count() == 0
    page.get_by_text("Why? Saliency, Grad-CAM, occlusion").click()
    expect(page.get_by_label("saliency for 7, with the outline of the digit")).to_be_visible()
    page.wait_for_url(re.compile("why=true"))
    page.get_by_text("occlusion", exact=True).click()
    chart = page.get_by_label("occlusion for 7, with the outline of the digit")
    expect(chart).to_be_visible()
    expect(chart.get_by_text("fall of the logit")).to_be_visible()
    page.wait_for_url(re.compile("method=occlusion"))
    chart.locator(".nsewdrag").hover()
    expect(chart.locator(".hoverlayer")).to_contain_text(re.compile(r"row \d+, column \d+: "))
    again = visit(page.url)
    expect(again.get_by_label("occlusion for 7, with the outline of the digit")).to_be_visible()


def test_what_if_moves_the_digit_and_leads_back_and_the_link_keeps_it(visit):
    page = visit("/classifier")
    page.get_by_text("Ten probabilities along a slider").click()
    page.get_by_text("What if? Move, turn, thicken it").click()
    slider = page.get_by_role("slider", name="rotation, degrees")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("angle=5&sweep=true"))
    expect(page.locator('[data-testid="stPlotlyChart"]')).to_have_count(2)
    linked = visit(page.url)
    expect(linked.get_by_text("What if is at work: turned by 5°.")).to_be_visible()
    expect(linked.locator('[data-testid="stPlotlyChart"]')).to_have_count(2)
    # One step back to nothing at work: the sliders stay under the hand.
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("is at work")).to_have_count(0)
    expect(slider).to_be_visible()
    linked.get_by_role("button", name="Back to the drawing as it is").click()
    expect(linked.get_by_text("is at work")).to_have_count(0)
    expect(linked).to_have_url(re.compile(r"/classifier\?sweep=true$"))
    expect(linked.get_by_role("slider", name="rotation, degrees")).to_have_value("0")


def zigzag(lines: int, top: float = 0.15, bottom: float = 0.85):
    """Return one line back and forth over the pad."""
    rows = np.linspace(top, bottom, lines)
    return (tuple((0.2 if k % 2 else 0.8, row) for k, row in enumerate(rows)),)


def test_what_is_drawn_by_mouse_and_no_single_digit_is_called_what_it_is(visit):
    page = open_empty(visit)
    for lines, words in (
        (
            (((0.2, 0.2), (0.2, 0.8)), ((0.55, 0.2), (0.85, 0.2), (0.65, 0.8))),
            "These look like two separate digits.",
        ),
        (zigzag(7), "This looks like a scribble."),
        (zigzag(16), "This is a filled area, a blot, rather than lines."),
    ):
        draw(page, lines)
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_text("The digit that comes nearest for the network is")).to_be_visible()
        clear(page)


def test_a_pad_painted_white_is_not_called_black(visit):
    page = open_empty(visit)
    slider = page.get_by_role("slider", name="brush")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(800)
    rows = np.linspace(0.05, 0.95, 7)
    draw(page, tuple(((0.02, row), (0.98, row)) for row in rows))
    white = "The pad is white all over: there is no digit on it. Clear it and draw one."
    expect(page.get_by_text(white)).to_be_visible()


def test_an_uploaded_picture_is_shown_and_can_be_removed(visit):
    page = visit("/classifier?input=upload", wait=False)
    file = io.BytesIO()
    paper = Image.new("L", (200, 200), 230)
    ImageDraw.Draw(paper).line([(60, 50), (140, 50), (95, 160)], fill=20, width=14, joint="curve")
    paper.save(file, "PNG")
    page.locator('[data-testid="stFileUploader"] input[type="file"]').set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.locator(".answer .digit")).to_have_text("7", timeout=60_000)
    expect(page.get_by_alt_text("The picture that is read")).to_be_visible()
    expect(page.get_by_text("carries a smaller copy of this picture")).to_be_visible()
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.get_by_text("Choose a picture of a digit, dark on light")).to_be_visible()
    expect(page).to_have_url(re.compile(r"input=upload$"))
    expect(page.get_by_text("seven.png")).to_have_count(0)


def test_a_pen_draws(visit):
    page = open_empty(visit)
    box = pad(page)
    pen = page.context.new_cdp_session(page)

    def send(kind: str, share: float) -> None:
        x, y = box["x"] + box["width"] / 2, box["y"] + share * box["height"]
        down = {"button": "left", "buttons": 1, "clickCount": 1, "pointerType": "pen"}
        pen.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **down})

    page.evaluate("() => { onpointerdown = ({ pointerType }) => { window.pointed = pointerType } }")
    send("mousePressed", 0.15)
    for step in range(1, 15):
        send("mouseMoved", 0.15 + 0.05 * step)
    send("mouseReleased", 0.85)
    assert page.evaluate("window.pointed") == "pen"
    page.wait_for_url(re.compile("strokes=."))
    expect_answer(page, "1")


def test_a_finger_draws_and_the_page_stays_where_it_is(visit):
    page = visit(EMPTY, wait=False, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.get_by_text("Draw a digit.", exact=True)).to_be_visible(timeout=60_000)
    page.locator('[data-testid="stExpandSidebarButton"]').click()
    page.wait_for_timeout(700)
    box = pad(page)
    sheet = page.locator('[data-testid="stSidebarContent"]')
    before = sheet.evaluate("sheet => sheet.scrollTop")
    x = box["x"] + box["width"] / 2
    touch = page.context.new_cdp_session(page)

    def send(kind: str, share: float | None) -> None:
        points = [] if share is None else [{"x": x, "y": box["y"] + share * box["height"]}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0.15)
    for step in range(1, 15):
        send("touchMove", 0.15 + 0.05 * step)
    send("touchEnd", None)
    page.wait_for_url(re.compile("strokes=."))
    expect_answer(page, "1")
    assert sheet.evaluate("sheet => sheet.scrollTop") == before
