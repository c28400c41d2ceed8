"""The pooling page as a person uses it."""

import re
from itertools import product

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cnnviz.pooling import beside_of, layer_of
from cnnviz.share import PoolingState
from cnnviz.window import explain_pooling
from cnnviz.workshop import matrix_of
from tests.browser.bare import pooled, state_of
from tests.browser.conftest import PHONE
from tests.browser.stage import Stage, numbers
from tests.browser.test_convolution import choose

NEGATIVES = "preset=zeros&rows=3&columns=3&values=3x3x1~-1_-2_-3_-4_-5_-6_-7_-8_-9&padding=same"


def lines(stage: Stage) -> list[str]:
    return [line for line in stage.sum().splitlines() if line]


def example(page: Page, name: str) -> None:
    page.locator(".st-key-examples").get_by_text(name, exact=True).click()


# Rectangular, overlapping, odd and explicit padding, gaps: what a wrong index would show.
STATES = (
    "preset=counting&rows=5&columns=4&pool_size=2x3&strides=1",
    "preset=digit&pool_size=3&strides=2&padding=same",
    f"{NEGATIVES}&pool_size=2",
    "preset=counting&rows=6&columns=6&padding=explicit&pad=1_0_0_2&pool_size=3&strides=2x1",
    "preset=ramp&rows=7&columns=7&pool_size=2&strides=3",
)


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("query", STATES)
def test_what_is_written_is_what_explain_pooling_says(bare, query, kind):
    stage = bare(pooled(f"{query}&kind={kind}"))
    state = state_of(PoolingState, f"{query}&kind={kind}")
    image = matrix_of(state)
    layer = layer_of(state, image.shape)
    height, width, _ = layer.output_shape(image.shape)
    for row, column in product({0, height - 1}, {0, width // 2, width - 1}):
        written = stage.hover(stage.output(row, column))
        cell = explain_pooling(image, layer, row=row, column=column, channel=0)
        assert f"output[{row}, {column}, 0] reads input rows" in written
        (line,) = re.findall(r"^(?:max)?\((.*)\)", written, re.MULTILINE)
        if kind == "max":
            shown = ["-∞" if value == -np.inf else value for value in cell.candidates.ravel()]
            terms = [term if term == "-∞" else float(term) for term in line.split(", ")]
            assert terms == [pytest.approx(term) if term != "-∞" else term for term in shown]
            place = cell.taps[cell.winner]
            assert f"from input row {place[0]}, column {place[1]}" in written
        else:
            terms = list(numbers(line.replace("(", "").replace(")", "")))
            assert terms == pytest.approx(list(cell.candidates[cell.inside]))
            assert f") / {cell.divisor}" in written
            left_out = cell.inside.size - cell.divisor
            assert ("not counted" in written) == bool(left_out)
            if left_out:
                assert f"{left_out} padded cell" in written
        (tensorflow,) = re.findall(r"TensorFlow says (-?[\d.e-]+),", written)
        assert float(tensorflow) == pytest.approx(cell.output, rel=1e-3)
        assert stage.page.locator(".stage .sum .differ").count() == 0


def test_the_padding_of_a_maximum_never_wins_and_the_page_says_why(visit):
    page = visit("/pooling")
    example(page, "Only negatives")
    expect(page.locator(".st-key-examples")).to_contain_text("It counts as minus infinity")
    expect(page.locator(".stage .sum")).to_contain_text("max(−9, −∞")
    stage = Stage(page)
    assert lines(stage)[1:] == [
        "max(-9, -∞, -∞, -∞)",
        "= -9 from input row 2, column 2 TensorFlow says -9, difference 0",
    ]
    assert "is padding, which never wins feeds" in stage.hover(stage.input(3, 0))


def test_an_average_leaves_padded_cells_out_of_its_divisor(visit):
    page = visit("/pooling")
    example(page, "Average at the edge")
    stage = Stage(page)
    expect(page.locator(".stage .sum")).to_contain_text("5 padded cells are not counted")
    assert lines(stage)[1:] == [
        "(1 + 1 + 1 + 1) / 4 · 5 padded cells are not counted",
        "= 4 / 4 = 1 TensorFlow says 1, difference 0",
    ]
    assert "is padding, which is not counted feeds" in stage.hover(stage.input(-1, 0))


def test_from_the_maximum_to_the_average_and_back(visit):
    page = visit("/pooling?preset=counting&rows=4&columns=4&pin=0_0_0")
    stage = Stage(page)
    assert "max(1, 2, 5, 6)" in stage.sum()
    page.get_by_role("radiogroup", name="kind").get_by_text("Average").click()
    expect(page.locator(".stage .sum")).to_contain_text("(1 + 2 + 5 + 6) / 4")
    expect(page.locator(".stage .sum")).to_contain_text("= 14 / 4 = 3.5")
    page.wait_for_url(re.compile("kind=average"))
    page.go_back()
    expect(page.locator(".stage .sum")).to_contain_text("max(1, 2, 5, 6)")


def test_an_edited_cell_wins_and_is_in_the_link(visit):
    page = visit("/pooling?preset=zeros&rows=4&columns=4")
    stage = Stage(page)
    page.mouse.click(*stage.input(3, 2))
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("values=4x4x1~0_0_0_0_0_0_0_0_0_0_0_0_0_0_7_0"))
    assert "= 7 from input row 3, column 2" in stage.hover(stage.output(1, 1))


def test_a_link_brings_everything_back(visit):
    page = visit(
        "/pooling?preset=ramp&rows=7&columns=6&channels=2&kind=average&pool_size=3x2&strides=2x1"
        "&padding=explicit&pad=1_0_0_1&beside=convolution&kernel=gaussian&scope=map&pin=1_2_1"
    )
    stage = Stage(page)
    before = (page.url, stage.sum(), stage.caption("input"), stage.caption("output"))
    assert "output[1, 2, 1]" in stage.sum()
    again = visit(page.url)
    there = Stage(again)
    assert (again.url, there.sum(), there.caption("input"), there.caption("output")) == before


def test_the_maps_of_the_convolution_page_come_along_in_the_link(visit):
    page = visit("/convolution?preset=edge&filters=2&kernels=sobel_x~ones&edits=0_0_0_0_5")
    page.locator(".st-key-menu").get_by_text("Pooling").click()
    page.wait_for_url(re.compile("/pooling"))
    choose(page, "Maps")
    expect(page.locator(".stage .block.input .shape")).to_have_text("7 × 7 × 2")
    page.wait_for_url(re.compile("convolution="))
    stage = Stage(page)
    page.locator(".stage .maps button").nth(1).click()
    page.locator(".stage .block.output .overlay").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("pin=0_0_1"))
    written = stage.sum()
    assert "output[0, 0, 1]" in written
    again = visit(page.url)
    assert Stage(again).sum() == written
    again.get_by_text("Change the layer on its page").click()
    again.wait_for_url(re.compile("/convolution.*edits=0_0_0_0_5"))
    expect(again.locator(".stage .block.output .shape")).to_have_text("7 × 7 × 2")


def test_plane_k_becomes_map_k(bare):
    stage = bare(pooled("preset=counting&rows=2&columns=2&channels=3"))
    for k, largest in enumerate((4, 8, 12)):
        stage.page.locator(".stage .maps button").nth(k).click()
        assert f"output[0, 0, {k}]" in stage.sum()
        assert f"= {largest} from input row 1, column 1" in stage.sum()


def test_two_layers_side_by_side_answer_the_same_pointer(visit):
    page = visit("/pooling?preset=counting&rows=4&columns=4")
    choose(page, "Convolution")
    expect(page.locator(".stage.paired")).to_be_visible()
    page.wait_for_url(re.compile("beside=convolution"))
    page.locator(".stage .block.output .overlay").focus()
    page.keyboard.press("Home")
    assert lines(Stage(page)) == [
        "output[0, 0, 0] reads input rows 0–1, columns 0–1",
        "max(1, 2, 5, 6)",
        "= 6 from input row 1, column 1 TensorFlow says 6, difference 0",
        "1·0.25 + 2·0.25 + 5·0.25 + 6·0.25",
        "= 3.5 TensorFlow says 3.5, difference 0",
    ]
    expect(page.get_by_text("no weights make a maximum")).to_be_visible()


def test_the_pointer_on_the_second_map_finds_its_cell_too(bare):
    stage = bare(pooled("preset=counting&rows=4&columns=4&beside=pooling"))
    page = stage.page
    box = page.locator(".stage .block.output .overlay").bounding_box()
    assert box
    # the maps stand side by side or one under the other: the last cell is in the far corner
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] - 28)
    written = stage.sum()
    assert "output[1, 1, 0]" in written
    assert "(11 + 12 + 15 + 16) / 4" in written


@pytest.mark.parametrize("kernel", ["box_blur", "sobel_x"])
def test_what_stands_beside_agrees_with_tensorflow_everywhere(bare, kernel):
    query = f"preset=digit&pool_size=3&strides=2&padding=same&beside=convolution&kernel={kernel}"
    stage = bare(pooled(query))
    page, state = stage.page, state_of(PoolingState, query)
    image = matrix_of(state)
    expected = beside_of(state, layer_of(state, image.shape), image).output[:, :, 0].ravel()
    page.locator(".stage .block.output .overlay").focus()
    page.keyboard.press("Home")
    for value in expected:
        last = lines(stage)[-1]
        (tensorflow,) = re.findall(r"TensorFlow says (-?[\d.e-]+),", last)
        assert float(tensorflow) == pytest.approx(value, rel=1e-3, abs=1e-6)
        page.get_by_role("button", name="Step forward").click()
    assert page.locator(".stage .sum .differ").count() == 0


def test_global_pooling_of_a_photograph_is_one_number_a_channel(visit):
    page = visit("/pooling?input=sample&sample=balloons&side=32&colour=rgb&is_global=true")
    assert Stage(page).heading("output") == "Output 1 × 1 × 3"
    assert "max(1024 numbers)" in Stage(page).sum()
    expect(page.get_by_text("keras.layers.GlobalMaxPooling2D()(x)")).to_be_visible()


def test_an_impossible_layer_keeps_the_last_picture(visit):
    page = visit("/pooling?rows=5&columns=5&pool_size=5")
    thumb = page.get_by_role("slider", name="pool_size")
    thumb.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Use a pool_size of 5 or less, or padding='same'.")).to_be_visible()
    expect(page.locator(".stage .block.output .shape")).to_have_text("1 × 1 × 1")
    expect(page.get_by_text("The stage still shows the last layer")).to_be_visible()


def test_an_impossible_link_shows_the_layer_with_same_padding(visit):
    page = visit("/pooling?rows=5&columns=5&pool_size=8")
    expect(page.get_by_text("Use a pool_size of 5 or less, or padding='same'.")).to_be_visible()
    expect(page.locator(".stage .block.output .shape")).to_have_text("1 × 1 × 1")
    page.mouse.click(*Stage(page).input(0, 0))
    assert page.locator(".stage .editor").count() == 0


def test_a_wrong_layer_before_does_not_break_the_page(visit):
    page = visit("/pooling?input=convolution&convolution=<script>~~filters.99")
    expect(page.get_by_text("convolution is '<script>~~filters.99' in this link")).to_be_visible()
    expect(page.locator(".stage .block.input .shape")).to_have_text("7 × 7 × 3")


@pytest.mark.parametrize(
    "query", ["", "?input=convolution&convolution=filters.16&beside=convolution"]
)
def test_on_a_phone_nothing_is_cut_and_a_finger_points(visit, query):
    page = visit(f"/pooling{query}", viewport=PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for box in page.locator(".stage canvas, .stage button, .stage select, .stage input").all():
        place = box.bounding_box()
        if place and place["width"]:
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= 390
    page.locator(".stage .block.output .overlay").scroll_into_view_if_needed()
    box = page.locator(".stage .block.output .overlay").bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + 26 + 6, box["y"] + 22 + 6)
    assert "output[0, 0, 0]" in Stage(page).sum()


def test_on_a_phone_the_examples_are_one_row_to_push_aside(visit):
    page = visit("/pooling", viewport=PHONE, has_touch=True, is_mobile=True)
    row = page.locator('.st-key-examples [role="radiogroup"]').bounding_box()
    assert row
    assert row["height"] < 50
    assert row["x"] + row["width"] <= 390
    last = page.get_by_text("After a convolution")
    last.scroll_into_view_if_needed()
    last.tap()
    expect(page.locator(".stage .block.input .shape")).to_have_text("7 × 7 × 3")


def test_a_saved_file_opens_again(visit, tmp_path):
    page = visit("/pooling?preset=ramp&pool_size=3&values=1x2x1~5_6&beside=pooling")
    with page.expect_download() as download:
        page.get_by_text("Save everything as a file").click()
    file = tmp_path / "state.json"
    download.value.save_as(file)
    other = visit("/pooling")
    other.get_by_text("Open a saved file").click()
    other.locator('[data-testid="stFileUploader"] input[type="file"]').last.set_input_files(file)
    other.wait_for_url(re.compile("values=1x2x1~5_6"))
    expect(other.locator(".stage.paired")).to_be_visible()
