"""The stage in a real browser: pointing, walking, editing, and what it writes."""

import re
from itertools import product

import numpy as np
import pytest
from playwright.sync_api import FloatRect, expect

from cnnviz.share import ConvolutionState
from cnnviz.ui.stage import read_only
from cnnviz.window import explain
from cnnviz.workshop import bias_of, kernel_of, layer_of, matrix_of
from tests.browser.bare import convolution, pooled, state_of
from tests.browser.stage import Stage, numbers

# Rectangular, dilated, asymmetric, grouped, every activation, bias: what a wrong index would show.
STATES = (
    "preset=counting&rows=4&columns=5&kernel_size=2x3&padding=valid&activation=linear",
    "preset=digit&kernel_size=3&strides=2&dilation_rate=2&activation=gelu",
    "preset=ramp&rows=6&columns=4&padding=explicit&pad=0_2_1_0&activation=tanh&bias=0.5_-1_2",
    "preset=digit&kernel_size=4&activation=sigmoid&flip=true",
    "preset=digit&activation=leaky_relu&edits=0_0_0_0_-3.5&bias=-1",
    "preset=edge&activation=elu",
    "preset=digit&activation=softplus&kernels=he_normal-7",
    "preset=digit&activation=swish&use_bias=false",
)


@pytest.mark.parametrize("query", STATES)
def test_the_written_sum_is_that_of_explain(bare, query):
    stage = bare(convolution(query))
    state = state_of(ConvolutionState, query)
    image, layer = matrix_of(state), layer_of(state)
    kernel, bias = kernel_of(state, layer, 1), bias_of(state)
    height, width, _ = layer.output_shape(image.shape)
    for row, column in product({0, height // 2, height - 1}, {0, width // 2, width - 1}):
        written = stage.hover(stage.output(row, column))
        expected = explain(image, kernel, bias, layer, row=row, column=column, filter=0)
        assert f"output[{row}, {column}, 0] reads input rows" in written
        terms = re.findall(r"(-?[\d.e-]+)·\(?(-?[\d.e-]+)\)?", written)
        products = np.array(terms, float).prod(axis=1)
        np.testing.assert_allclose(products, expected.products.ravel(), rtol=1e-3, atol=1e-4)
        (tensorflow,) = re.findall(r"TensorFlow says (-?[\d.e-]+),", written)
        assert float(tensorflow) == pytest.approx(expected.output, rel=1e-3, abs=1e-6)
        (difference,) = re.findall(r"difference ([\d.e-]+)", written)
        assert float(difference) < 1e-5
        assert stage.page.locator(".stage .sum .differ").count() == 0


def test_an_input_cell_tells_which_outputs_it_feeds(bare):
    stage = bare(convolution("preset=counting&rows=5&columns=5&padding=valid"))
    assert stage.hover(stage.input(0, 0)) == (
        "input[0, 0, 0] = 1 feeds 1 cell of this map: rows 0, columns 0"
    )
    assert stage.hover(stage.input(2, 1)) == (
        "input[2, 1, 0] = 12 feeds 6 cells of this map: rows 0-2, columns 0-1".replace("-", "–")
    )


def test_a_cell_that_the_stride_drops_is_said_to_be_never_read(bare):
    stage = bare(convolution("preset=counting&rows=6&columns=6&padding=valid&strides=2"))
    assert stage.caption("input") == "no padding · rows 5 and columns 5 never read"
    assert stage.hover(stage.input(5, 2)) == "input[5, 2, 0] = 33: no window ever reads it"


def test_a_weight_tells_every_input_it_multiplies(bare):
    stage = bare(convolution("preset=counting&rows=5&columns=5&strides=2"))
    assert stage.hover(stage.weight(0, 2)) == (
        "weight[0, 2, 0, 0] = 1 is used 9 times: once for each output cell, on channel 0, "
        "rows -1, 1, 3, columns 1, 3, 5"
    )


def test_padding_has_its_split_at_the_edge_and_counts_as_zero(bare):
    stage = bare(convolution("rows=8&columns=8&kernel_size=4"))
    assert stage.caption("input") == "padded to 11 × 11 · top 1, bottom 2 · left 1, right 2"
    assert "is padding, which counts as 0 feeds" in stage.hover(stage.input(-1, 3))


def test_an_edited_weight_is_computed_by_tensorflow_and_is_in_the_link(visit):
    page = visit(
        "/convolution?preset=counting&rows=3&columns=3&kernel_size=2&filters=1&kernels=ones"
    )
    stage = Stage(page)
    page.mouse.click(*stage.weight(0, 0))
    page.keyboard.type("10")
    page.keyboard.press("Tab")
    page.keyboard.type("-1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("edits=0_0_0_0_10~0_1_0_0_-1"))
    assert "TensorFlow says 17" in stage.hover(stage.output(0, 0))  # 10·1 − 1·2 + 4 + 5


def test_nonsense_in_a_weight_is_refused_in_words_and_escape_keeps_the_old_one(bare):
    stage = bare(convolution("filters=1&kernels=ones"))
    page = stage.page
    page.mouse.click(*stage.weight(1, 1))
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(page.locator(".stage .problem")).to_have_text(
        "weight is “two”, which is not a number from −1000000 to 1000000. "
        "Type one such as 0.5, or press Escape to keep the old one."
    )
    page.keyboard.press("Escape")
    expect(page.locator(".stage .editor")).to_have_count(0)
    assert "weight[1, 1, 0, 0] = 1 is used" in stage.hover(stage.weight(1, 1))


def test_a_number_of_the_matrix_is_edited_in_place(visit):
    page = visit("/convolution?preset=zeros&rows=3&columns=3&padding=valid&filters=1&kernels=ones")
    stage = Stage(page)
    page.mouse.click(*stage.input(1, 1))
    page.keyboard.type("2,5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("values=3x3x1~0_0_0_0_2.5_0_0_0_0"))
    assert "TensorFlow says 2.5" in stage.hover(stage.output(0, 0))


def test_a_comma_is_a_point_unless_it_may_part_thousands(bare):
    page = bare(convolution("filters=1")).page
    bias = page.locator(".stage .bias input")
    for text, is_read in (("0,125", True), ("-0,125", True), ("12,3456", True), ("1,000", False)):
        bias.fill(text)
        bias.press("Enter")
        expect(bias).to_have_attribute("aria-invalid", str(not is_read).lower())


def test_the_bias_is_edited_and_nudged(visit):
    page = visit("/convolution?preset=zeros&filters=1")
    bias = page.locator(".stage .bias input")
    bias.fill("3")
    bias.press("Enter")
    page.wait_for_url(re.compile("bias=3"))
    bias.press("ArrowUp")
    page.wait_for_url(re.compile(r"bias=3\.1"))


def test_a_preset_is_chosen_for_one_filter(visit):
    page = visit("/convolution?preset=counting&rows=3&columns=3&padding=valid&filters=2")
    page.locator(".stage .maps button").nth(1).click()
    page.get_by_label("Weights of filter 2", exact=True).select_option("ones")
    page.wait_for_url(re.compile("kernels=sobel_x~ones"))
    stage = Stage(page)
    expect(page.locator(".stage .block.output .caption")).to_have_text("map 2 of 2 · after relu")
    assert "TensorFlow says 45" in stage.hover(stage.output(0, 0))


def test_walking_goes_step_by_step_and_play_goes_on_by_itself(bare):
    stage = bare(convolution("rows=3&columns=3"))
    page = stage.page
    count = page.locator(".stage .count")
    expect(count).to_have_text("cell 5 of 9")
    page.get_by_role("button", name="Step forward").click()
    expect(count).to_have_text("cell 6 of 9")
    page.get_by_role("button", name="Step back").click()
    expect(count).to_have_text("cell 5 of 9")
    page.locator(".stage .speed").select_option("8")
    page.get_by_role("button", name="Play").click()
    expect(count).not_to_have_text("cell 5 of 9")
    page.get_by_role("button", name="Pause").click()
    stopped = count.inner_text()
    page.wait_for_timeout(400)
    assert count.inner_text() == stopped
    page.locator(".stage .scrub").fill("9")
    expect(count).to_have_text("cell 9 of 9")
    assert "output[2, 2, 0]" in stage.sum()


def test_play_is_calm_for_whoever_asked_for_less_motion(bare):
    page = bare(convolution("rows=12&columns=12&padding=valid&pin=0_4_0")).page
    page.emulate_media(reduced_motion="reduce")
    page.locator(".stage .speed").select_option("8")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(3000)  # at 8× the cells would change every 75 ms
    page.get_by_role("button", name="Pause").click()
    (cell, _) = numbers(page.locator(".stage .count").inner_text())
    page.emulate_media(reduced_motion="no-preference")
    assert 6 <= cell <= 9


def test_the_keyboard_walks_pins_and_is_told_what_it_finds(visit):
    page = visit("/convolution?preset=counting&rows=3&columns=3&filters=1&kernels=identity")
    output = page.locator(".stage .block.output .overlay")
    output.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".stage .live")).to_have_text(
        "Output row 1, column 1, map 1: 5. TensorFlow says 5."
    )
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("pin=1_1_0"))
    page.locator(".stage .block.filter .overlay").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("edits=0_1_0_0_4"))


def test_a_pinned_cell_stays_when_the_pointer_leaves(bare):
    stage = bare(convolution("pin=1_2_1"))
    assert "output[1, 2, 1]" in stage.sum()
    assert "output[4, 4, 1]" in stage.hover(stage.output(4, 4))
    assert "output[1, 2, 1]" in stage.hover((5, 5))


def test_all_maps_share_one_colour_scale_until_asked_otherwise(visit):
    page = visit("/convolution?preset=impulse&kernels=ones~identity&filters=2&bias=0_99")
    top = page.locator(".stage .ticks li").first
    expect(top).to_have_text("+100")
    page.get_by_role("button", name="each its own").click()
    expect(top).to_have_text("+1")
    page.wait_for_url(re.compile("scope=map"))


def test_groups_dim_what_a_filter_does_not_read(bare):
    stage = bare(convolution("channels=2&groups=2&filters=2&preset=counting&rows=3&columns=3"))
    page = stage.page
    page.locator(".stage .maps button").nth(1).click()
    box = page.locator(".stage .block.input .overlay").bounding_box()
    page.mouse.move(box["x"] + 26 + 60, box["y"] + 22 + 60)
    assert "map 2 does not read channel 0" in stage.sum()


def test_a_weight_that_is_only_looked_at_is_not_edited(bare):
    stage = bare(convolution("filters=1&kernels=box_blur"))
    page = stage.page
    page.mouse.click(*stage.weight(0, 0))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)  # an edit waits for others to go with it
    assert stage.sent() == []


def test_escape_brings_the_bias_back(bare):
    stage = bare(convolution("filters=1"))
    page = stage.page
    bias = page.locator(".stage .bias input")
    bias.fill("abc")
    bias.press("Enter")
    expect(page.locator(".stage .problem")).to_contain_text("bias is “abc”")
    bias.press("Escape")
    expect(bias).to_have_value("0")
    expect(page.locator(".stage .problem")).to_be_empty()


def test_a_pinned_cell_stays_where_it_is_when_the_output_changes_its_size(visit):
    page = visit("/convolution?pin=1_3_0")
    thumb = page.get_by_role("slider", name="strides")
    thumb.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3")
    assert "output[1, 3, 0]" in Stage(page).sum()


def test_arrow_keys_reach_every_channel_of_the_input(bare):
    stage = bare(convolution("channels=3&rows=2&columns=2&padding=valid&kernel_size=2"))
    page = stage.page
    page.locator(".stage .block.input .overlay").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    assert "input[0, 1, 2]" in stage.sum()


def test_one_slice_stands_large_where_the_numbers_of_all_have_no_room(visit):
    page = visit("/convolution?input=sample&sample=balloons&colour=rgb&kernel_size=5&side=32")
    stage = Stage(page)

    def last() -> tuple[float, float]:
        # the large kernel ends 4 px before the canvas does, with the name of its channel under it
        box = stage.box("filter")
        return box["x"] + box["width"] - 14, box["y"] + box["height"] - 31

    assert stage.hover(last()).startswith("weight[4, 4, 0, 0]")
    planes = stage.box("input")
    green = planes["x"] + planes["width"] / 4, planes["y"] + 0.75 * planes["height"]
    assert re.match(r"input\[\d+, \d+, 1\]", stage.hover(green))
    assert stage.hover(last()).startswith("weight[4, 4, 1, 0]")
    page.mouse.click(*last())
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(page.locator(".stage .presets select").first).to_have_value("mixed")
    assert stage.hover(last()).startswith("weight[4, 4, 1, 0] = 9 is used")


def test_what_cannot_be_computed_cannot_be_edited(visit):
    page = visit("/convolution?padding=valid&kernel_size=7")
    thumb = page.get_by_role("slider", name="kernel_size")
    thumb.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("The stage still shows the last layer")).to_be_visible()
    expect(page.locator(".stage .presets")).to_be_hidden()
    page.mouse.click(*Stage(page).weight(0, 0))
    assert page.locator(".stage .editor").count() == 0


LATER = 2 * 10**12  # milliseconds: after every edit of these tests
SMALL = "preset=counting&rows=3&columns=3&padding=valid"


@pytest.mark.parametrize(
    ("pointed", "before", "after"),
    [
        ("output[8, 8, 0]", "rows=9&columns=9", f"{SMALL}&filters=1"),
        ("weight[4, 4, 0, 0]", "rows=9&columns=9&kernel_size=5", f"{SMALL}&kernel_size=2"),
        ("input[8, 8, 0]", "rows=9&columns=9", SMALL),
        ("input[2, 0, 2]", f"{SMALL}&channels=3", SMALL),
    ],
    ids=["output", "weight", "input", "channel"],
)
def test_a_hand_that_rests_where_the_next_picture_has_nothing_breaks_nothing(
    bare, pointed, before, after
):
    stage = bare(convolution(before))
    name, *place = re.findall(r"\w+", pointed)
    row, column = map(int, place[:2])
    box = stage.box("input")
    at = {
        "output": stage.output,
        "weight": stage.weight,
        # of three planes the last is the lower left one, over its name
        "input": stage.input if place[2] == "0" else lambda *_: (box["x"] + 40, bottom(box) - 30),
    }[name](row, column)
    assert stage.hover(at).startswith(pointed)
    stage.show(convolution(after))
    assert stage.sum().startswith("output[")
    assert stage.page.locator(".stage .sum .differ").count() == 0


def bottom(box: FloatRect) -> float:
    return box["y"] + box["height"]


def test_what_walks_goes_on_when_a_new_picture_comes_and_takes_its_map(bare):
    stage = bare(convolution("rows=6&columns=6&pin=1_2_0"))
    page = stage.page
    page.locator(".stage .speed").select_option("2")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(400)  # Python is told that no cell is pinned any more
    stage.show(convolution("rows=6&columns=6&pin=1_2_1&bias=1"))
    page.evaluate("() => { window.sent.length = 0 }")
    page.wait_for_timeout(1200)
    assert stage.sent() == []
    page.get_by_role("button", name="Pause").click()
    assert ", 1] reads" in stage.sum()


def test_who_comes_back_while_it_walks_is_shown_the_cell_of_the_link(bare):
    stage = bare(convolution("rows=6&columns=6"))
    stage.page.get_by_role("button", name="Play").click()
    stage.show(convolution("rows=6&columns=6&pin=1_2_1", arrival=1))
    expect(stage.page.get_by_role("button", name="Play")).to_be_visible()
    assert stage.sum().startswith("output[1, 2, 1]")


def test_the_bias_of_a_stage_that_is_not_edited_stays(bare):
    stage = bare(read_only(convolution("filters=1&bias=2")))
    bias = stage.page.locator(".stage .bias input")
    bias.press("ArrowUp")
    expect(bias).to_have_value("2")
    stage.page.wait_for_timeout(400)
    assert stage.sent() == []


@pytest.mark.parametrize(
    ("block", "key", "held"),
    [("output", "ArrowLeft", "altKey"), ("input", "-", "ctrlKey"), ("filter", "1", "metaKey")],
)
def test_what_the_browser_has_a_shortcut_for_is_left_to_it(bare, block, key, held):
    stage = bare(convolution("filters=1"))
    overlay = stage.page.locator(f".stage .block.{block} .overlay")
    overlay.focus()
    stage.page.keyboard.press("ArrowDown")
    press = """(at, given) => !at.dispatchEvent(
      new KeyboardEvent("keydown", { cancelable: true, bubbles: true, ...given }))"""
    before = stage.sum()
    assert not overlay.evaluate(press, {"key": key, held: True})
    assert stage.sum() == before
    assert stage.page.locator(".stage .editor").count() == 0
    assert overlay.evaluate(press, {"key": key})


def test_a_large_bias_leaves_room_for_rounding(bare):
    stage = bare(convolution("preset=digit&kernels=gaussian&filters=1&bias=100000.1"))
    for row, column in product(range(7), range(7)):
        stage.hover(stage.output(row, column))
        assert stage.page.locator(".stage .sum .agree").count() == 1


def test_a_mean_of_numbers_that_cancel_leaves_room_for_rounding(bare):
    values = "values=2x2x1~100000_0.1_-100000_0.2"
    stage = bare(pooled(f"preset=zeros&rows=2&columns=2&{values}&kind=average"))
    assert stage.page.locator(".stage .sum .agree").count() == 1


def test_the_window_of_a_pooling_is_no_stop_of_the_tab_key(bare):
    stage = bare(pooled("preset=counting&rows=4&columns=4"))
    window = stage.page.locator(".stage .block.filter .overlay")
    expect(window).to_have_attribute("tabindex", "-1")
    stage.show(convolution("filters=1"))
    expect(window).to_have_attribute("tabindex", "0")


def test_the_menus_of_a_filter_say_what_it_is_while_one_of_them_has_the_focus(bare):
    colours = "preset=counting&rows=3&columns=3&channels=3&filters=1"
    stage = bare(convolution(f"{colours}&kernels=sobel_x"))
    menus = stage.page.locator(".stage .presets select")
    expect(menus).to_have_count(4)
    stage.page.get_by_text("a kernel for each channel").click()
    menus.nth(1).focus()
    menus.nth(1).select_option("ones")
    stage.show(convolution(f"{colours}&kernels=sobel_x", confirmed=1))  # an answer to an older edit
    expect(menus.nth(1)).to_have_value("ones")
    stage.show(convolution(f"{colours}&kernels=ones.sobel_x.sobel_x", confirmed=LATER))
    expect(menus.first).to_have_value("mixed")
    assert menus.first.evaluate("(menu) => menu.selectedOptions[0].disabled")
    expect(menus.nth(1)).to_be_focused()
    menus.first.focus()
    menus.first.select_option("emboss")
    stage.show(convolution(f"{colours}&kernels=emboss", confirmed=LATER + 10_000))
    assert menus.evaluate_all("(menus) => menus.map(({ value }) => value)") == ["emboss"] * 4
    stage.show(convolution("filters=1&kernels=ones", confirmed=LATER + 10_000))
    expect(menus).to_have_count(1)
    expect(menus).to_have_value("ones")
    expect(menus).to_be_focused()
    stage.show(convolution(f"{colours}&kernels=ones", confirmed=LATER + 10_000))
    expect(menus).to_have_count(4)
    expect(menus.first).to_be_focused()


def test_a_number_that_was_refused_is_not_corrected_in_another_filter(bare):
    stage = bare(convolution("filters=2&kernels=ones"))
    page = stage.page
    page.mouse.click(*stage.weight(0, 0))
    page.keyboard.type("abc")
    page.locator(".stage .maps button").nth(1).click()
    expect(page.locator(".stage .editor")).to_have_count(0)
    expect(page.locator(".stage .problem")).to_be_empty()


def test_an_edit_is_later_than_the_one_before_though_the_clock_was_set_back(bare):
    stage = bare(convolution("filters=1&kernels=ones"))
    page = stage.page
    bias = page.locator(".stage .bias input")
    try:
        page.evaluate("() => { window.clock = Date.now; Date.now = () => 5000 }")
        bias.fill("1")
        bias.press("Enter")
        stage.show(convolution("filters=1&kernels=ones&bias=1", confirmed=5000))
        page.evaluate("() => { Date.now = () => 1000 }")
        bias.fill("2")
        bias.press("Enter")
    finally:
        page.evaluate("() => { Date.now = window.clock }")
    times = [edit["at"] for _, edits in stage.sent() for edit in edits]
    assert times == [5000, 5001]
