"""The pooling page without a browser: what its controls do to what it says."""

from pathlib import Path
from urllib.parse import parse_qs, parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.codec import Typed
from cnnviz.pooling import EXAMPLES
from cnnviz.share import ConvolutionState, encode
from tests.pages.test_convolution import read, said

ROOT = Path(__file__).parents[2]


def open_page(query: str = "") -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page("pages/pooling.py")
    for name, values in parse_qs(query).items():
        page.query_params[name] = values[0]
    page.run()
    assert not page.exception
    return page


def test_the_page_opens_with_shape_and_code():
    page = open_page()
    assert "(1, 8, 8, 1) → (1, 4, 4, 1)" in said(page)
    assert "0 parameters: a pooling layer has nothing to learn." in said(page)
    assert "keras.layers.MaxPooling2D(\n    pool_size=(2, 2),\n    padding" in said(page)
    assert page.caption[0].value == "Each window of 2 × 2 cells keeps its largest number."


def test_strides_follow_pool_size_until_they_are_chosen():
    page = open_page()
    strides = page.select_slider(key="pooling:strides")
    assert strides.value == "= pool_size"
    page.slider(key="pooling:pool_size").set_value(3).run()
    assert "(8 + 0 + 0 − 3) / 3⌋ + 1 = 2" in said(page)
    page.select_slider(key="pooling:strides").set_value(1).run()
    assert "(8 + 0 + 0 − 3) / 1 + 1 = 6" in said(page)
    assert page.query_params["strides"] == "1"
    page.select_slider(key="pooling:strides").set_value("= pool_size").run()
    assert "strides" not in page.query_params


def test_a_window_may_be_rectangular():
    page = open_page()
    page.toggle(key="pooling:rectangular").set_value(True).run()
    page.slider(key="pooling:pool_size.width").set_value(4).run()
    assert "(1, 8, 8, 1) → (1, 4, 2, 1)" in said(page)
    page.select_slider(key="pooling:strides.height").set_value(1).run()
    assert page.query_params["strides"] == "1x4"
    assert "(1, 8, 8, 1) → (1, 7, 2, 1)" in said(page)


def test_the_average_is_another_layer():
    page = open_page("padding=same&pool_size=3")
    page.segmented_control(key="pooling:kind").set_value("average").run()
    assert "keras.layers.AveragePooling2D(" in said(page)
    assert "Padded cells are left out of the sum and of its divisor." in said(page)


def test_global_pooling_is_keras_global_layer_and_leaves_nothing_else_to_choose():
    page = open_page("kind=average")
    page.toggle(key="pooling:is_global").set_value(True).run()
    assert "(1, 8, 8, 1) → (1, 1)" in said(page)
    assert "output = keras.layers.GlobalAveragePooling2D()(x)" in said(page)
    assert page.slider(key="pooling:pool_size").disabled
    assert page.query_params["is_global"] == "true"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_opens_with_one_click_and_says_what_it_shows(name):
    page = open_page("kind=average&pool_size=5")
    page.pills(key="pooling:example").set_value(name).run()
    assert not page.exception
    assert page.caption[0].value == EXAMPLES[name].sentence
    assert {key: page.query_params[key] for key in page.query_params} == encode(
        EXAMPLES[name].state
    ).query
    assert page.pills(key="pooling:example").value == name


def test_the_example_is_marked_until_something_else_is_chosen():
    page = open_page("preset=counting&rows=4&columns=4")
    assert page.pills(key="pooling:example").value == "halved"
    page.slider(key="pooling:pool_size").set_value(3).run()
    assert page.pills(key="pooling:example").value is None
    assert page.caption[0].value == "Each window of 3 × 3 cells keeps its largest number."


def test_a_window_of_negatives_says_that_zeros_would_have_won():
    page = open_page()
    page.pills(key="pooling:example").set_value("negatives").run()
    assert (
        "Zeros would have won here: 3 outputs have windows at the edge with negative numbers only."
        in said(page)
    )


def test_an_impossible_layer_is_explained_and_its_fix_works():
    page = open_page("rows=5&columns=5")
    page.slider(key="pooling:pool_size").set_value(6).run()
    assert read(page.error) == [
        "pool_size is 6, so it covers 6 cells, but the input has only 5. "
        "Use a pool_size of 5 or less, or padding='same'."
    ]
    assert "The stage still shows the last layer that was possible." in [
        caption.value for caption in page.caption
    ]
    page.segmented_control(key="pooling:padding").set_value("same").run()
    assert not page.error


def test_an_impossible_link_is_explained_over_the_layer_with_same_padding():
    page = open_page("padding=explicit&pad=2_0_0_0")
    assert read(page.error) == [
        "padding is ((2, 0), (0, 0)), but on each side it must be smaller than the pool_size of 2, "
        "else a window could hold only padding. Use padding=((1, 0), (0, 0)), or padding='same'."
    ]
    assert "The stage shows this layer with padding='same' instead." in [
        caption.value for caption in page.caption
    ]
    page.number_input(key="pooling:pad.top").set_value(1).run()
    assert not page.error
    assert "keras.ops.pad(x, around, constant_values=-np.inf)" in said(page)


def test_a_second_layer_stands_beside_on_request_with_a_sentence():
    page = open_page()
    page.segmented_control(key="pooling:beside").set_value("pooling").run()
    sentences = [element.value for element in page.markdown]
    assert any(sentence.startswith("Neither has a parameter to learn.") for sentence in sentences)
    page.segmented_control(key="pooling:beside").set_value("convolution").run()
    sentences = [element.value for element in page.markdown]
    assert any(sentence.startswith("The convolution is linear") for sentence in sentences)


def test_a_kernel_that_does_not_exist_at_this_size_is_explained_and_its_fix_works():
    page = open_page("beside=convolution&kernel=emboss")
    assert read(page.info) == [
        "pool_size is 2, but Emboss needs at least 3 rows and 3 columns. Use pool_size=3."
    ]
    page.slider(key="pooling:pool_size").set_value(3).run()
    assert not page.info


def test_a_wrong_link_gives_messages_and_the_rest_of_the_link():
    page = open_page("pool_size=9&padding=same&poolsize=2")
    assert read(page.warning) == [
        "'poolsize' is no setting of this page, so it changes nothing. Write pool_size instead.",
        "pool_size is '9' in this link, but must be a whole number from 1 to 8, or two such as "
        "3x8. The page shows 2 instead.",
    ]
    assert "(1, 8, 8, 1) → (1, 4, 4, 1)" in said(page)


@pytest.mark.parametrize("source", ["matrix", "draw", "upload", "sample", "mnist", "convolution"])
def test_every_input_opens_without_an_exception(source):
    page = open_page(f"input={source}")
    assert page.segmented_control(key="pooling:input").value == source


def test_a_typed_matrix_becomes_the_input_and_part_of_the_link():
    page = open_page()
    page.session_state["pooling:type_matrix"] = True  # the popover, opened
    page.run()
    page.text_area(key="pooling:typed_matrix").set_value("4 3; 2 1").run()
    page.button(key="pooling:use_matrix").click().run()
    assert "(1, 2, 2, 1) → (1, 1, 1, 1)" in said(page)
    assert page.query_params["values"] == "2x2x1~4_3_2_1"


def test_the_whole_program_is_written_when_its_panel_is_opened():
    page = open_page()
    assert not page.code
    page.session_state["pooling:program"] = True
    page.run()
    assert "image = np.array([" in page.code[0].value
    assert "output = layer(x)" in page.code[0].value


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("kind", "pooling:kind"),
        ("pool_size", "pooling:pool_size"),
        ("strides", "pooling:strides"),
        ("padding", "pooling:padding"),
        ("rectangular", "pooling:rectangular"),
        ("is_global", "pooling:is_global"),
        ("beside", "pooling:beside"),
        ("examples", "pooling:example"),
    ],
)
def test_what_a_link_hides_is_not_there_and_what_it_sets_still_counts(name, key):
    query = "kind=average&pool_size=3&strides=1&padding=same&beside=pooling"
    whole, without = open_page(query), open_page(f"{query}&hide={name}")
    kinds = ("slider", "select_slider", "segmented_control", "toggle", "button_group")
    keys = [
        {element.key for kind in kinds for element in page.get(kind)} for page in (whole, without)
    ]
    assert key in keys[0]
    assert key not in keys[1]
    assert said(whole) == said(without)


# ---- the maps of the convolution page ------------------------------------------------------------


def go_to(page: AppTest, name: str) -> None:
    """Go to another page by the menu, which takes no query along."""
    page.query_params.clear()
    page.switch_page(f"pages/{name}.py").run()


def caption_of(page: AppTest) -> str:
    (words,) = [caption.value for caption in page.caption if "Conv2D" in caption.value]
    return words


def test_a_link_brings_the_layer_before_to_a_fresh_visit():
    page = open_page("input=convolution&convolution=filters.6~~kernel_size.5~~padding.valid")
    assert caption_of(page) == (
        "The maps of the convolution page, each a channel. Conv2D: 6 filters of 5 × 5, valid, relu."
    )
    assert "(1, 3, 3, 6) → (1, 1, 1, 6)" in said(page)
    go_to(page, "convolution")
    assert page.slider(key="convolution:filters").value == 6


def test_the_maps_follow_what_is_done_on_the_convolution_page():
    page = open_page("input=convolution")
    go_to(page, "convolution")
    page.slider(key="convolution:filters").set_value(5).run()
    go_to(page, "pooling")
    assert "5 filters" in caption_of(page)
    assert page.query_params["convolution"] == "filters.5"


def test_the_layer_that_is_taken_is_that_of_the_visit():
    page = open_page()
    go_to(page, "convolution")
    page.slider(key="convolution:strides").set_value(2).run()
    go_to(page, "pooling")
    page.segmented_control(key="pooling:input").set_value("convolution").run()
    assert "strides 2" in caption_of(page)


def test_an_example_brings_its_own_layer_whatever_the_visit_has():
    page = open_page()
    go_to(page, "convolution")
    page.slider(key="convolution:filters").set_value(7).run()
    go_to(page, "pooling")
    page.pills(key="pooling:example").set_value("maps").run()
    assert "3 filters" in caption_of(page)
    page.slider(key="pooling:pool_size").set_value(3).run()
    assert "3 filters" in caption_of(page)


def test_an_impossible_layer_before_is_explained():
    page = open_page("input=convolution&convolution=kernel_size.9~~padding.valid")
    assert read(page.info) == [
        "The convolution page has no maps: kernel_size is 9, so it covers 9 cells, but the input "
        "has only 7. Use a kernel_size of 7 or less, or padding='same'."
    ]


def test_a_layer_before_without_a_picture_is_explained():
    page = open_page("input=convolution&convolution=input.upload")
    assert read(page.info) == ["The convolution page has no picture yet."]


def way_back(page: AppTest) -> str:
    """Return the query of the link to the convolution page."""
    (link,) = [
        part.proto.query_string
        for part in page.get("page_link")
        if part.proto.label == "Change the layer on its page"
    ]
    return link


def test_the_way_back_to_the_layer_carries_it():
    page = open_page("input=convolution&convolution=filters.6")
    assert way_back(page) == "filters=6"


def test_the_way_back_to_a_layer_that_no_link_can_hold_loses_nothing_of_it():
    page = open_page("input=convolution")
    values = np.random.default_rng(1).normal(size=11 * 11 * 16).astype(np.float32)
    weights = Typed((11, 11, 1, 16), tuple(values.tolist()))
    layer = ConvolutionState(filters=16, kernel_size=(11, 11), padding="same", weights=weights)
    assert encode(layer).left_out
    page.session_state["convolution.state"] = layer
    page.run()
    assert "16 filters of 11 × 11" in caption_of(page)
    page.query_params.clear()
    page.query_params.update(parse_qsl(way_back(page)))
    page.switch_page("pages/convolution.py").run()
    assert page.session_state["convolution.state"].weights == weights
    page.switch_page("pages/pooling.py").run()
    page.query_params.clear()
    page.query_params.update({"filters": "2"})
    page.switch_page("pages/convolution.py").run()
    assert page.session_state["convolution.state"] == ConvolutionState(filters=2)


def test_where_the_switch_is_hidden_a_global_pool_has_nothing_to_choose_either():
    page = open_page("is_global=true&hide=is_global")
    assert page.slider(key="pooling:pool_size").disabled
