"""The convolution page without a browser: what its controls do to what it says."""

import html
import re
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.encoding import encode_webp, png
from cnnviz.share import ConvolutionState, encode

ROOT = Path(__file__).parents[2]


def open_page(query: str = "") -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page("pages/convolution.py")
    for name, values in parse_qs(query).items():
        page.query_params[name] = values[0]
    page.run()
    assert not page.exception
    return page


def open_weights(query: str = "") -> AppTest:
    """Open the page and on it the popover with the weights of all filters."""
    page = open_page(query)
    page.session_state["convolution:all_weights"] = True
    return page.run()


def read(messages) -> list[str]:
    """Return messages as a reader sees them, without the backslashes that Markdown takes away."""
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", message.value) for message in messages]


def said(page: AppTest) -> str:
    """Return what the page writes in HTML without its tags: arithmetic and the layer's code."""
    written = "\n".join(element.proto.body for element in page.get("html"))
    return html.unescape(re.sub(r"</?(?:p|div|strong|code|pre)[^>]*>", "", written))


def test_the_page_opens_with_shape_cost_and_code():
    page = open_page()
    assert "(1, 7, 7, 1) → (1, 7, 7, 3)" in said(page)
    assert "30 parameters" in said(page)
    assert "keras.layers.Conv2D(" in said(page)


def test_moving_the_stride_changes_the_shape_and_the_code():
    page = open_page()
    page.slider(key="convolution:strides").set_value(2).run()
    assert "(1, 7, 7, 1) → (1, 4, 4, 3)" in said(page)
    assert "strides=(2, 2)" in said(page)


def test_channels_first_turns_the_shapes_round():
    page = open_page("data_format=channels_first")
    assert "(batch, channels, height, width): (1, 1, 7, 7) → (1, 3, 7, 7)" in said(page)


def test_an_impossible_layer_is_explained_and_its_fix_works():
    page = open_page("padding=valid")
    page.slider(key="convolution:kernel_size").set_value(8).run()
    assert read(page.error) == [
        "kernel_size is 8, so it covers 8 cells, but the input has only 7. "
        "Use a kernel_size of 7 or less, or padding='same'."
    ]
    assert "The stage still shows the last layer that was possible." in [
        caption.value for caption in page.caption
    ]
    page.slider(key="convolution:kernel_size").set_value(7).run()
    assert not page.error
    assert "(1, 1, 1, 3)" in said(page)


def test_an_impossible_link_is_explained_over_the_layer_with_same_padding():
    page = open_page("padding=valid&kernel_size=8&pin=9_9_0")
    assert [words.partition(",")[0] for words in read(page.error)] == ["kernel_size is 8"]
    assert "The stage shows this layer with padding='same' instead." in [
        caption.value for caption in page.caption
    ]
    page.segmented_control(key="convolution:padding").set_value("same").run()
    assert not page.error
    assert "(1, 7, 7, 3)" in said(page)


def test_groups_that_do_not_divide_are_explained_and_no_padding_would_help():
    page = open_page("groups=2&filters=4")
    assert read(page.error) == [
        "groups is 2, but the input's 1 channel does not divide into 2 equal groups. Use groups=1."
    ]
    assert not [caption.value for caption in page.caption if "The stage" in caption.value]


def test_stride_with_dilation_is_computed_and_its_code_uses_tensorflow():
    page = open_page("strides=2&dilation_rate=2")
    assert "keras.layers.Conv2D refuses strides above 1" in said(page)
    assert "tf.nn.conv2d(" in said(page)


def test_a_wrong_link_gives_messages_and_the_rest_of_the_link():
    page = open_page("filters=0&strides=2&colur=rgb")
    assert read(page.warning) == [
        "'colur' is no setting of this page, so it changes nothing. Write colour instead.",
        "filters is '0' in this link, but must be a whole number from 1 to 16. "
        "The page shows 3 instead.",
    ]
    assert "(1, 4, 4, 3)" in said(page)


def test_typed_weights_whose_channels_do_not_match_are_explained():
    page = open_weights("channels=3")
    page.text_area(key="convolution:typed_weights").set_value("1 1; 1 1").run()
    page.button(key="convolution:use_weights").click().run()
    assert read(page.error) == [
        "kernel has shape (2, 2, 1, 1), so each filter reads 1 channel, but the image has 3 "
        "(groups=1). Use a kernel of shape (2, 2, 3, 1), or an image with 1 channel."
    ]
    page.number_input(key="convolution:channels").set_value(1).run()
    assert not page.error
    assert "→ (1, 7, 7, 1)" in said(page)


def test_typed_weights_that_are_no_numbers_are_named():
    page = open_weights()
    page.text_area(key="convolution:typed_weights").set_value("1 one").run()
    page.button(key="convolution:use_weights").click().run()
    assert read(page.warning) == [
        "weights holds 'one' in row 1, which is not a number. Type numbers such as 0.5 or -1."
    ]


def test_a_typed_matrix_becomes_the_input_and_part_of_the_link():
    page = open_page()
    page.session_state["convolution:type_matrix"] = True  # the popover, opened
    page.run()
    page.text_area(key="convolution:typed_matrix").set_value("1 2 3; 4 5 6").run()
    page.button(key="convolution:use_matrix").click().run()
    assert "(1, 2, 3, 1)" in said(page)
    assert page.query_params["values"] == "2x3x1~1_2_3_4_5_6"


def test_random_weights_are_in_the_link_by_seed():
    page = open_weights("filters=2")
    page.selectbox(key="convolution:initializer").set_value("random_normal").run()
    page.number_input(key="convolution:seed").set_value(7)
    page.number_input(key="convolution:stddev").set_value(0.01)
    page.button(key="convolution:randomise").click().run()
    assert page.query_params["kernels"].split("~")[0] == "random_normal-7-0.01"


@pytest.mark.parametrize("source", ["matrix", "draw", "upload", "sample"])
def test_every_input_opens_without_an_exception(source):
    page = open_page(f"input={source}")
    assert page.segmented_control(key="convolution:input").value == source


def test_the_histogram_is_drawn_when_it_is_opened():
    page = open_page()
    assert not page.get("plotly_chart")
    page.session_state["convolution:values"] = True
    page.run()
    assert page.get("plotly_chart")


def test_the_whole_program_is_written_when_its_panel_is_opened():
    page = open_page()
    assert not page.code
    page.session_state["convolution:program"] = True
    page.run()
    assert "kernel = np.array([" in page.code[0].value
    assert "layer.set_weights([kernel, bias])" in page.code[0].value


def test_a_link_opened_after_an_upload_shows_its_own_picture():
    page = open_page()
    page.session_state["convolution.upload"] = png(np.ones((8, 8)))
    own = encode_webp(np.zeros((8, 8, 1), np.float32), max_bytes=2_000)[0]
    query = encode(ConvolutionState(input="upload", picture=own, side=8)).query
    page.switch_page("app.py").run()
    page.switch_page("pages/convolution.py")
    page.query_params.clear()
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert "convolution.upload" not in page.session_state
