"""The convolution page as a person uses it."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.pad import draw, pad
from tests.browser.schemes import QUIET
from tests.browser.stage import Stage


def choose(page: Page, name: str) -> None:
    page.locator('[data-testid="stSidebar"]').get_by_text(name, exact=True).click()


def test_a_stroke_changes_the_maps_at_once_and_the_link_brings_it_back(visit):
    page = visit("/convolution?input=draw&activation=linear&pin=14_15_0")
    stage = Stage(page)
    assert "TensorFlow says 0," in stage.sum()
    draw(page)
    page.wait_for_url(re.compile("strokes="))
    expect(page.locator(".stage .sum")).not_to_contain_text("TensorFlow says 0,")
    again = visit(page.url)
    assert Stage(again).sum() == stage.sum()
    assert again.url == page.url


def test_undo_and_clear_take_strokes_out_of_the_picture(visit):
    page = visit("/convolution?input=draw")
    draw(page)
    page.wait_for_url(re.compile("strokes=."))
    one = page.url
    draw(page, scale=0.4, right=0.2)
    expect(page).not_to_have_url(one)
    page.get_by_test_id("stBaseButton-secondary").filter(has_text="Undo").click()
    expect(page).to_have_url(one)
    page.get_by_test_id("stBaseButton-secondary").filter(has_text="Clear").click()
    expect(page.get_by_text("Draw on the black pad")).to_be_visible()


def test_a_drawing_survives_a_look_at_another_input(visit):
    page = visit("/convolution?input=draw&activation=linear&pin=14_15_0")
    draw(page)
    page.wait_for_url(re.compile("strokes=."))
    expect(page.locator(".stage .sum")).not_to_contain_text("TensorFlow says 0,")
    before = (page.url, Stage(page).sum())
    choose(page, "Matrix")
    expect(page.locator(".stage .block.input .shape")).to_have_text("7 × 7 × 1")
    choose(page, "Draw")
    expect(page.locator(".stage .block.input .shape")).to_have_text("28 × 28 × 1")
    page.wait_for_timeout(500)
    assert (page.url, Stage(page).sum()) == before


def test_a_scribble_beyond_all_measure_is_said_and_the_page_stands(visit):
    page = visit("/convolution?input=draw", wait=True)
    box = pad(page)
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    for k in range(60):
        page.mouse.move(box["x"] + 5 + 270 * (k % 2), box["y"] + 5 + 4 * k, steps=5)
    page.mouse.up()
    expect(page.get_by_text("so the link leaves out the drawing")).to_be_visible()
    assert page.locator('[data-testid="stException"]').count() == 0


def test_an_uploaded_picture_becomes_the_input_and_travels_in_the_link(visit):
    page = visit("/convolution?side=16")
    choose(page, "Upload")
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    given = {"name": "edge.png", "mimeType": "image/png", "buffer": file.getvalue()}
    uploader = page.locator('[data-testid="stFileUploader"] input[type="file"]')
    uploader.set_input_files(given)
    expect(page.locator(".stage .block.input .shape")).to_have_text("11 × 16 × 1")
    expect(page.get_by_text(re.compile("from 60 × 40 to 16 × 11"))).to_be_visible()
    page.wait_for_url(re.compile("picture="))
    stage = Stage(page)
    written = stage.hover(stage.output(5, 8))
    again = Stage(visit(page.url))
    assert again.heading("input") == "Input 11 × 16 × 1"
    assert again.hover(again.output(5, 8)) == written
    # Another input leaves the picture where it is; who takes the file away takes it, too.
    choose(page, "Matrix")
    expect(page.locator(".stage .block.input .shape")).to_have_text("7 × 7 × 1")
    expect(uploader).to_have_count(0)  # the controls follow; until then a file would replace it
    choose(page, "Upload")
    expect(page.locator(".stage .block.input .shape")).to_have_text("11 × 16 × 1")
    uploader.set_input_files({**given, "buffer": b"not a picture"})
    expect(page.get_by_text("Save it as PNG or JPEG and upload that.")).to_be_visible()
    take_away = page.get_by_test_id("stFileChipDeleteBtn").get_by_role("button")
    take_away.click()
    expect(take_away).to_have_count(0)
    page.evaluate(QUIET)
    assert "picture=" in page.url
    uploader.set_input_files(given)
    take_away.click()
    page.wait_for_url(lambda url: "picture=" not in url)
    expect(page.get_by_text("Choose a picture from this device.")).to_be_visible()


def test_a_file_that_is_no_picture_is_explained(visit):
    page = visit("/convolution")
    choose(page, "Upload")
    page.locator('[data-testid="stFileUploader"] input[type="file"]').set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    expect(page.get_by_text("Save it as PNG or JPEG and upload that.")).to_be_visible()
    expect(page.locator(".stage")).to_be_visible()


def test_reload_restores_everything(visit):
    page = visit(
        "/convolution?preset=ramp&rows=5&columns=6&filters=2&kernel_size=2x3&strides=2x1&padding=explicit"
        "&pad=1_0_0_2&dilation_rate=1x2&activation=elu&kernels=ones~he_normal-3&edits=0_0_0_0_-2"
        "&bias=0.5_1&scope=map&pin=1_1_1"
    )
    stage = Stage(page)
    before = (page.url, stage.sum(), stage.caption("input"), stage.caption("output"))
    page.reload()
    page.locator(".stage .sum .head").wait_for()
    assert (page.url, stage.sum(), stage.caption("input"), stage.caption("output")) == before


def test_back_undoes_a_pinned_cell(visit):
    page = visit("/convolution?preset=ramp&rows=5&columns=6&pin=0_1_0")
    stage = Stage(page)
    page.mouse.click(*stage.output(2, 2))
    page.wait_for_url(re.compile("pin=2_2_0"))
    page.mouse.move(0, 0)
    assert "output[2, 2, 0]" in stage.sum()
    page.go_back()
    expect(page.locator(".stage .sum")).to_contain_text("output[0, 1, 0]")


def test_a_pinned_cell_stays_under_the_message_that_a_layer_cannot_be(visit):
    page = visit("/convolution?preset=ramp&rows=5&columns=6&padding=valid&kernel_size=5&pin=0_1_0")
    stage = Stage(page)
    page.mouse.click(*stage.output(0, 0))
    page.wait_for_url(re.compile("pin=0_0_0"))
    page.get_by_role("slider", name="kernel_size").press("ArrowRight")
    expect(page.get_by_text("The stage still shows the last layer")).to_be_visible()
    page.mouse.move(0, 0)
    assert "output[0, 0, 0]" in stage.sum()


def test_back_undoes_the_last_change(visit):
    page = visit("/convolution")
    choose(page, "valid")
    expect(page.locator(".stage .block.input .caption")).to_have_text("no padding")
    page.wait_for_url(re.compile("padding=valid"))
    page.go_back()
    expect(page.locator(".stage .block.input .caption")).to_contain_text("padded to 9 × 9")
    expect(page.get_by_role("radio", name="same")).to_have_attribute("aria-checked", "true")
    page.go_forward()
    expect(page.locator(".stage .block.input .caption")).to_have_text("no padding")


def test_fast_keys_end_in_a_link_that_agrees_with_the_page(visit):
    page = visit("/convolution?preset=zeros&rows=12&columns=12")
    thumb = page.get_by_role("slider", name="filters")
    thumb.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".stage .block.output .shape")).to_have_text("12 × 12 × 11")
    page.wait_for_url(re.compile("filters=11"))
    page.wait_for_timeout(500)
    assert "filters=11" in page.url


def test_an_impossible_layer_keeps_the_last_picture(visit):
    page = visit("/convolution?padding=valid&kernel_size=7")
    thumb = page.get_by_role("slider", name="kernel_size")
    thumb.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Use a kernel_size of 7 or less, or padding='same'.")).to_be_visible()
    expect(page.locator(".stage .block.output .shape")).to_have_text("1 × 1 × 3")


def test_settings_survive_a_visit_to_another_page(visit):
    page = visit("/convolution?preset=ramp&strides=2")
    page.locator(".st-key-menu").get_by_text("Home").click()
    page.wait_for_url(lambda url: "convolution" not in url)
    page.locator(".st-key-menu").get_by_text("Convolution").click()
    page.wait_for_url(re.compile("strides=2"))
    expect(page.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3")


def test_the_theme_follows_the_visitor(visit):
    def colours(page: Page) -> tuple[str, str]:
        return tuple(
            page.locator(".stage").evaluate(
                "(stage, name) => getComputedStyle(stage).getPropertyValue(name)", name
            )
            for name in ("--background", "--text")
        )

    page = visit("/convolution", color_scheme="dark")
    assert colours(page) == ("#14161c", "#eceef3")
    page.locator('[data-testid="stMainMenu"]').click()
    page.get_by_text("Light").click()
    expect(page.locator(".stage")).to_have_css("--background", "#ffffff")


@pytest.mark.parametrize("query", ["", "?input=sample&side=64&colour=rgb&filters=16"])
def test_on_a_phone_nothing_is_cut_and_a_finger_points(visit, query):
    page = visit(f"/convolution{query}", viewport=PHONE, has_touch=True, is_mobile=True)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    for box in page.locator(".stage canvas, .stage button, .stage select, .stage input").all():
        place = box.bounding_box()
        if place and place["width"]:
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= 390
    stage = Stage(page)
    page.locator(".stage .block.output .overlay").scroll_into_view_if_needed()
    page.touchscreen.tap(*stage.output(1, 2))
    assert "output[1, 2, 0]" in stage.sum()


def test_on_a_phone_the_controls_leave_the_stage_in_view(visit):
    page = visit("/convolution", viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator('[data-testid="stExpandSidebarButton"]').click()
    sheet = page.locator('[data-testid="stSidebar"]')
    expect(sheet).to_be_visible()
    page.wait_for_timeout(600)
    box = sheet.bounding_box()
    assert box
    assert box["y"] > 844 * 0.35
    stage = page.locator(".stage .block.input .overlay").bounding_box()
    assert stage
    assert stage["y"] < box["y"]


def test_a_link_cannot_make_the_page_call_another_host(visit):
    picture = "![x](http://10.9.9.9/a.png)"
    page = visit(
        f"/convolution?filters={picture}&{picture}=1&strides=[a](http://10.9.9.9)&kernels=~a~"
    )
    expect(page.get_by_text("filters is '![x](http").first).to_be_visible()
    expect(page.get_by_text("kernels is '~a~' in this link")).to_be_visible()
    assert page.locator('[data-testid="stMain"] a[href*="10.9"]').count() == 0


def test_a_link_inside_the_app_opens_its_state_after_a_visit_to_the_page(visit):
    page = visit("/convolution?strides=2")
    page.locator(".st-key-menu").get_by_text("Lessons").click()
    page.get_by_text("Open this in the workshop").click()
    expect(page.locator("input[type=range][aria-label='filters']")).to_have_value("8")
    expect(page.locator("input[type=range][aria-label='strides']")).to_have_value("1")


def test_a_hostile_link_gives_a_message_and_a_page(visit):
    page = visit(
        "/convolution?filters=<script>alert(1)</script>&kernel_size=1e9&pin=%00&strokes=!!"
    )
    expect(page.get_by_text("filters is '<script>alert(1)</script>' in this link")).to_be_visible()
    expect(page.get_by_text("kernel_size is '1e9' in this link")).to_be_visible()
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_saved_file_opens_again(visit, tmp_path):
    page = visit("/convolution?preset=ramp&strides=2&edits=0_0_0_0_5")
    with page.expect_download() as download:
        page.get_by_text("Save everything as a file").click()
    file = tmp_path / "state.json"
    download.value.save_as(file)
    other = visit("/convolution")
    other.get_by_text("Open a saved file").click()
    other.locator('[data-testid="stFileUploader"] input[type="file"]').last.set_input_files(file)
    other.wait_for_url(re.compile("edits=0_0_0_0_5"))
    expect(other.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3")


def test_a_popover_opens_where_there_is_room_for_what_will_come(visit):
    page = visit("/convolution", viewport=PHONE)
    page.evaluate(QUIET)
    # At the end of the page there is some room below the button, but too little.
    page.get_by_test_id("stMain").evaluate("(main) => main.scrollTo(0, main.scrollHeight)")
    page.get_by_text("Open a saved file").click()
    popover = page.get_by_test_id("stPopoverBody")
    at_once = popover.bounding_box()
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_in_viewport(ratio=1)
    assert popover.bounding_box()["height"] == pytest.approx(at_once["height"], abs=8)


def test_an_address_below_the_page_opens_the_page(visit, address):
    page = visit("/convolution/bar/baz?strides=2")
    expect(page.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3")
    assert page.url == f"{address}/convolution?strides=2"
