"""The classifier page without a browser: what its controls do to what it says."""

import base64
import html
import io
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import FileUploader

from cnnviz import mnist
from cnnviz.classifier import load
from cnnviz.drawing import Stroke, ink
from cnnviz.encoding import encode_webp, png
from cnnviz.share import SEVEN, ClassifierState, decode, encode
from tests.ui.test_pack import unpack

ROOT = Path(__file__).parents[2]
DRAW = "Draw a digit."
STEPS = ["ink", "background", "crop", "scale", "centre"]
AFTER = [f"After {step}" for step in STEPS]
OPENS = "conv1, relu1, conv2, relu2, pool1, conv3, relu3, conv4, relu4, pool2, conv5, relu5"


def open_page(**query: str) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page("pages/classifier.py")
    for name, text in query.items():
        page.query_params[name] = text
    page.run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """Return the page's words; what is bold or raised in HTML is written as in Markdown."""
    written = "\n".join(element.value for element in page.get("html"))
    for tag, mark in (
        ("<strong>|</strong>", "**"),
        ("<sup>", "^{"),
        ("</sup>", "}"),
        ("<.*?>", ""),
    ):
        written = re.sub(tag, mark, written)
    return "\n".join([*(element.value for element in page.markdown), html.unescape(written)])


def answer(page: AppTest) -> int:
    """Return the digit that the page names, having checked that all places name the same."""
    (digit,) = re.findall(r'class="digit">(\d)<', "".join(part.value for part in page.get("html")))
    assert f"it says {digit}, with " in said(page)
    assert int(digit) == probabilities(page).argmax()
    return int(digit)


def probabilities(page: AppTest) -> np.ndarray:
    (bars,) = chart(page, "classifier.bars")["data"]
    assert bars["y"] == list("0123456789")
    return unpacked(bars["x"])


def open_chart(page: AppTest) -> AppTest:
    """Open the what-if panels: sliders and chart are drawn only then."""
    page.session_state["classifier:what_if"] = True
    page.session_state["classifier:sweep"] = True
    return page.run()


def along(page: AppTest) -> np.ndarray:
    """Return the lines of the what-if chart, one for each digit."""
    return np.array([unpacked(line["y"]) for line in chart(page, "classifier.sweep")["data"]])


def chart(page: AppTest, key: str) -> dict:
    (found,) = (chart for chart in page.get("plotly_chart") if chart.key == key)
    return json.loads(found.proto.spec)


def unpacked(sent: dict) -> np.ndarray:
    """Read an array that Plotly has packed."""
    return np.frombuffer(base64.b64decode(sent["bdata"]), sent["dtype"])


def way(page: AppTest) -> dict:
    """Return the header of what the pictures of steps and layers were sent."""
    (sent,) = (sent for sent in page.get("bidi_component") if sent.key == "classifier.network")
    return unpack(sent.proto.bytes)[0]


def pictures(page: AppTest) -> list[str]:
    """Return what made the pictures of the preparation, and what other pictures show."""
    steps = way(page)["steps"][1:]
    shown = [picture.proto.imgs[0].alt for picture in page.get("image")]
    return [f"After {step['name']}{', off' * step['skipped']}" for step in steps] + shown


def warnings(page: AppTest) -> list[str]:
    """Return the messages without the marks that keep Markdown from reading them."""
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", warning.value) for warning in page.warning]


# ---- the answer ----------------------------------------------------------------------------------


def test_the_page_opens_with_a_drawn_digit_its_answer_and_the_steps_to_it():
    page = open_page()
    assert answer(page) in range(10)
    assert probabilities(page).sum() == pytest.approx(1, abs=1e-5)
    assert "Second guess: **" in said(page)
    assert re.search(r"softmax: e\^\{.*TensorFlow says 0\.\d{4}, difference ", said(page))
    assert pictures(page) == AFTER
    assert page.subheader[0].value == "On the stage: relu1, map 1 of 16"
    assert not page.warning
    assert encode(page.session_state["classifier.state"]).query == {}


def test_the_seven_that_the_page_opens_with_is_read_as_a_seven():
    page = open_page()
    assert len(SEVEN) == len(ClassifierState().strokes)
    assert answer(page) == 7
    assert "The network is **sure**: it says 7, with" in said(page)


def test_an_empty_pad_asks_for_a_digit_and_gets_no_answer():
    page = open_page(strokes="")
    assert [info.value for info in page.info] == [DRAW]
    assert not page.get("plotly_chart")
    assert "The network is" not in said(page)
    assert page.query_params["strokes"] == ""


def test_one_stroke_of_a_link_is_what_is_read():
    link = encode(ClassifierState(strokes=ClassifierState().strokes[:1])).query
    one, two = open_page(**link), open_page()
    assert not np.allclose(probabilities(one), probabilities(two), atol=1e-4)
    assert page_query(one) == urlencode(link)


def page_query(page: AppTest) -> str:
    return urlencode(encode(page.session_state["classifier.state"]).query)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("upload", "Choose a picture of a digit, dark on light or light on dark."),
        ("camera", "Take a picture of a digit on paper."),
    ],
)
def test_an_input_without_a_picture_says_what_to_do(source, words):
    page = open_page(input=source)
    assert [info.value for info in page.info] == [words]
    assert not page.get("plotly_chart")


# ---- what is no digit ----------------------------------------------------------------------------


def drawn(*strokes: tuple[tuple[float, float], ...], pen: float = 24) -> dict[str, str]:
    """Return the link of a drawing on the pad."""
    return encode(ClassifierState(strokes=tuple(Stroke(points, pen) for points in strokes))).query


def pictured(**link: str) -> dict[str, str]:
    """Return the link of an uploaded picture that looks like a drawing: dark ink on light paper."""
    state = decode(ClassifierState, link)[0]
    picture, _ = encode_webp(1 - ink(state.strokes)[::3, ::3, None], max_bytes=2_400)
    return encode(ClassifierState(picture=picture)).query


WHITE = drawn(*(((0, y), (280, y)) for y in range(20, 280, 40)), pen=60)
HALF = drawn(*(((0, y), (280, y)) for y in range(20, 140, 30)), pen=40)
TWO = drawn(((60, 60), (60, 220)), ((150, 60), (220, 60), (180, 220)))
NET = drawn(
    *(((x, 40), (x, 240)) for x in (50, 110, 170, 230)),
    *(((40, y), (240, y)) for y in (50, 110, 170, 230)),
    pen=14,
)
ANYWAY = "The network knows nothing but digits, so it names one anyway."
SEEN = {
    "two digits": (
        TWO,
        "These look like two separate digits. The network reads one at a time, so its answer is "
        "about both as one picture.",
    ),
    "scribble": (NET, f"This looks like a scribble. {ANYWAY}"),
    "half black": (HALF, f"This is a filled area, a blot, rather than lines. {ANYWAY}"),
}


@pytest.mark.parametrize("source", ["draw", "upload", "camera"])
@pytest.mark.parametrize(("link", "words"), SEEN.values(), ids=SEEN)
def test_what_is_no_single_digit_is_called_what_it_is_and_never_sure(source, link, words):
    page = open_page(**(link if source == "draw" else pictured(**link)), input=source)
    assert warnings(page) == [words]
    assert "The digit that comes nearest for the network is " in said(page)
    assert "sure" not in said(page)


@pytest.mark.parametrize(
    ("source", "link", "words"),
    [
        (
            "draw",
            WHITE,
            "The pad is white all over: there is no digit on it. Clear it and draw one.",
        ),
        (
            "upload",
            pictured(**WHITE),
            "This picture is dark all over: there is no digit in it. Choose another.",
        ),
        (
            "camera",
            pictured(**WHITE),
            "This picture is dark all over: there is no digit in it. Take another.",
        ),
        (
            "upload",
            pictured(strokes=""),
            "This picture is one even tone: there is no digit in it. Choose another.",
        ),
        (
            "camera",
            pictured(strokes=""),
            "This picture is one even tone: there is no digit in it. Take another.",
        ),
    ],
    ids=["white pad", "dark upload", "dark photo", "blank upload", "blank photo"],
)
def test_where_there_is_nothing_to_read_the_page_says_what_its_source_can_do(source, link, words):
    page = open_page(**link, input=source)
    assert [info.value for info in page.info] == [words]
    assert not warnings(page)
    assert "The network is" not in said(page)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"right": "120", "scale": "0.3"},
            "After this change no ink is left on the canvas. Change it less.",
        ),
        (
            {"width": "30", "scale": "2.0"},
            "After this change the canvas is ink all over. Change it less.",
        ),
    ],
    ids=["moved out", "swollen"],
)
def test_a_digit_that_a_change_takes_away_is_not_called_missing(change, words):
    corner = drawn(((220, 60), (230, 60), (225, 90)), pen=8)
    filled = drawn(*(((60, y), (220, y)) for y in range(50, 230, 12)), pen=16)
    page = open_page(**(corner if "right" in change else filled), **change)
    assert [info.value for info in page.info] == [words]
    page.button(key="classifier:back").click().run()
    assert not page.info


# ---- a picture -----------------------------------------------------------------------------------

SEVEN_DRAWN = 1 - ink(ClassifierState().strokes)
THREE_DRAWN = 1 - ink(
    (Stroke(((80, 60), (180, 60), (130, 130), (190, 190), (140, 235), (80, 215)), 20.0),)
)
COPIED = "A link to this page, or a saved file, carries a smaller copy of this picture."
IS_A_COPY = (
    "This is the small copy that a link carries. The picture itself may have been read differently."
)


def uploader(page: AppTest) -> FileUploader:
    (found,) = (each for each in page.file_uploader if each.label.startswith("A picture of"))
    return found


def give(page: AppTest, pixels: np.ndarray, source: str = "upload") -> AppTest:
    """Give a picture to the uploader or the camera, whichever the page shows."""
    if source == "upload":
        uploader(page).set_value(("digit.png", png(pixels), "image/png"))
    else:
        file = io.BytesIO()
        Image.fromarray(np.uint8(255 * pixels)).save(file, "JPEG")
        page.camera_input[0].set_value(("digit.jpg", file.getvalue(), "image/jpeg"))
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("source", ["upload", "camera"])
def test_a_picture_is_read_and_the_page_says_what_its_link_carries(source):
    page = give(open_page(input=source), SEVEN_DRAWN, source)
    assert answer(page) == 7
    (words,) = (caption for caption in captions(page) if caption.startswith(COPIED))
    copy = open_page(**page.query_params)
    share = f"{100 * probabilities(copy).max():.1f} %"
    assert words == f"{COPIED} Read from the copy, the answer is 7 as well, with {share}."
    assert IS_A_COPY in captions(copy)
    assert not [caption for caption in captions(copy) if caption.startswith(COPIED)]


def test_a_copy_that_is_read_otherwise_is_said_to_be(monkeypatch):
    small = encode_webp(SEVEN_DRAWN[::3, ::3, None], max_bytes=2_400)
    monkeypatch.setattr("cnnviz.ui.photograph.encode_webp", lambda *_, **__: small)
    page = give(open_page(input="upload"), THREE_DRAWN)
    assert answer(page) == 3
    share = f"{100 * probabilities(open_page(**page.query_params)).max():.1f} %"
    expected = f"{COPIED} Read from the copy, the answer is **7** instead, with {share}."
    assert expected in captions(page)


def test_a_small_picture_travels_as_it_is():
    page = give(open_page(input="upload"), SEVEN_DRAWN[::5, ::5])
    assert answer(page) == 7
    linked = open_page(**page.query_params)
    for shown in (page, linked):
        assert not [caption for caption in captions(shown) if "copy" in caption]
    np.testing.assert_array_equal(probabilities(linked), probabilities(page))


def test_a_picture_can_be_removed_and_another_given():
    page = give(open_page(input="upload"), SEVEN_DRAWN)
    assert "The picture that is read" in [
        picture.proto.imgs[0].alt for picture in page.get("image")
    ]
    page.button(key="classifier:remove").click().run()
    assert page_query(page) == "input=upload"
    assert [info.value for info in page.info] == [
        "Choose a picture of a digit, dark on light or light on dark."
    ]
    assert uploader(page).value is None
    assert answer(give(page, SEVEN_DRAWN)) == 7


def test_a_picture_of_a_link_can_be_removed():
    page = open_page(**give(open_page(input="upload"), SEVEN_DRAWN).query_params)
    page.button(key="classifier:remove").click().run()
    assert page_query(page) == "input=upload"


@pytest.mark.parametrize("source", ["upload", "camera"])
def test_what_is_taken_out_of_the_control_is_gone(source):
    page = give(open_page(input=source), SEVEN_DRAWN, source)
    control = uploader(page) if source == "upload" else page.camera_input[0]
    control.set_value(None).run()
    assert page_query(page) == f"input={source}"
    assert page.info


def test_upload_and_camera_have_a_picture_each_and_keep_it():
    page = give(open_page(input="upload"), SEVEN_DRAWN)
    sevens = probabilities(page)
    page.segmented_control(key="classifier:input").set_value("camera").run()
    assert [info.value for info in page.info] == ["Take a picture of a digit on paper."]
    assert "picture" not in page.query_params
    give(page, THREE_DRAWN, "camera")
    threes = probabilities(page)
    assert threes.argmax() == 3
    page.segmented_control(key="classifier:input").set_value("draw").run()
    assert "picture" not in page.query_params
    page.segmented_control(key="classifier:input").set_value("upload").run()
    np.testing.assert_array_equal(probabilities(page), sevens)  # of the picture, not of its copy
    page.segmented_control(key="classifier:input").set_value("camera").run()
    np.testing.assert_array_equal(probabilities(page), threes)


def test_a_file_that_is_no_picture_is_explained_and_leaves_nothing_behind():
    page = give(open_page(input="upload"), SEVEN_DRAWN)
    uploader(page).set_value(("digit.png", b"not a picture", "image/png")).run()
    assert len(warnings(page)) == 1
    assert page_query(page) == "input=upload"
    assert "The network is" not in said(page)


@pytest.mark.parametrize("source", ["upload", "camera"])
@pytest.mark.parametrize(("link", "words"), SEEN.values(), ids=SEEN)
def test_a_picture_of_no_single_digit_is_called_what_it_is_when_it_is_given(source, link, words):
    strokes = decode(ClassifierState, link)[0].strokes
    page = give(open_page(input=source), 1 - ink(strokes), source)
    assert warnings(page) == [words]
    assert "sure" not in said(page)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("upload", "This picture is dark all over: there is no digit in it. Choose another."),
        ("camera", "This picture is dark all over: there is no digit in it. Take another."),
    ],
)
def test_a_black_picture_is_called_dark_when_it_is_given(source, words):
    page = give(open_page(input=source), np.zeros((200, 300), np.float32), source)
    assert [info.value for info in page.info] == [words]


# ---- MNIST ---------------------------------------------------------------------------------------


def test_a_test_digit_comes_by_its_index_with_its_label():
    page = open_page(input="mnist", index="5")
    assert f"MNIST says it is a **{mnist.load().y_test[5]}**." in said(page)
    assert answer(page) in range(10)
    assert pictures(page) == []  # it is MNIST's already
    page.number_input(key="classifier:index").set_value(6).run()
    assert f"MNIST says it is a **{mnist.load().y_test[6]}**." in said(page)
    assert page.query_params["index"] == "6"


def test_another_of_the_same_digit_can_be_had():
    page = open_page(input="mnist")
    page.selectbox(key="classifier:wanted").set_value(3).run()
    page.button(key="classifier:another").click().run()
    first = int(page.query_params["index"])
    assert "MNIST says it is a **3**." in said(page)
    page.button(key="classifier:another").click().run()
    assert int(page.query_params["index"]) > first
    assert "MNIST says it is a **3**." in said(page)


def test_any_digit_can_be_had(monkeypatch):
    monkeypatch.setattr(random, "randrange", lambda most: most - 1)
    page = open_page(input="mnist")
    page.button(key="classifier:any").click().run()
    assert page.query_params["index"] == "9999"
    assert page.number_input(key="classifier:index").value == 9999
    assert f"MNIST says it is a **{mnist.load().y_test[9999]}**." in said(page)


def test_a_misread_digit_can_be_had():
    page = open_page(input="mnist")
    page.button(key="classifier:misread").click().run()
    label = int(mnist.load().y_test[int(page.query_params["index"])])
    assert f"MNIST says it is a **{label}**." in said(page)
    assert answer(page) != label


# ---- the steps -----------------------------------------------------------------------------------


def test_a_step_switched_off_changes_the_answer_and_the_link():
    page = open_page()
    before = probabilities(page)
    page.pills(key="classifier:steps").set_value(["ink", "background", "crop", "scale"]).run()
    assert not page.exception
    assert pictures(page) == [*AFTER[:-1], "After centre, off"]
    assert page.query_params["skip"] == "centre"
    assert not np.allclose(probabilities(page), before, atol=1e-6)


def test_a_step_has_one_name_on_its_switch_and_under_its_picture():
    page = open_page()
    assert list(page.pills(key="classifier:steps").options) == STEPS
    assert [step["name"] for step in way(page)["steps"]] == ["drawn", *STEPS]


def test_paper_in_uneven_light_is_shown_as_far_as_its_preparation_came():
    paper = np.tile(np.linspace(1, 0.8, 300, dtype=np.float32), (200, 1))
    page = give(open_page(input="upload"), paper)
    assert "This picture is one even tone" in page.info[0].value
    assert [step["name"] for step in way(page)["steps"]] == ["drawn", "ink"]
    assert way(page)["layers"] == []


def test_an_empty_pad_shows_no_steps():
    assert "classifier.network" not in [
        sent.key for sent in open_page(strokes="").get("bidi_component")
    ]


def test_a_link_can_switch_every_step_off():
    page = open_page(skip=".".join(STEPS))
    assert pictures(page) == [f"{after}, off" for after in AFTER]
    assert answer(page) in range(10)


# ---- the layers ----------------------------------------------------------------------------------


def test_a_link_opens_its_layer_and_map():
    page = open_page(layer="conv4", pin="3_9_31")
    assert page.subheader[0].value == "On the stage: conv4, map 32 of 32"
    assert not page.warning


@pytest.mark.parametrize(
    ("layer", "cell"), [("relu1", (14, 14)), ("pool1", (7, 7)), ("relu5", (3, 3))]
)
def test_a_layer_without_a_cell_opens_in_the_middle_of_its_first_map(layer, cell):
    page = open_page(layer=layer)
    assert page.subheader[0].value.startswith(f"On the stage: {layer}, map 1 of ")
    assert on_stage(page)["view"]["pin"] == [*cell, 0]
    assert "pin" not in page.query_params
    assert not page.warning


def on_stage(page: AppTest) -> dict:
    """Return the header of what the stage was sent."""
    (stage,) = (sent for sent in page.get("bidi_component") if sent.proto.id.endswith(".stage"))
    return unpack(stage.proto.bytes)[0]


@pytest.mark.parametrize(
    ("pin", "shown"),
    [("27_27_40", "6_6_31"), ("6_7_0", "6_6_0"), ("0_0_32", "0_0_31")],
)
def test_a_cell_that_is_not_in_the_layer_is_explained_and_its_fix_works(pin, shown):
    page = open_page(layer="pool2", pin=pin)
    assert warnings(page) == [
        f"pin is {pin} in this link, but pool2 has 7 rows, 7 columns and 32 maps, each counted "
        f"from 0, so that its last cell is 6_6_31. The page shows {shown} instead."
    ]
    assert page.query_params["pin"] == shown
    assert not warnings(open_page(layer="pool2", pin=shown))


def test_a_wrong_layer_with_a_cell_gets_one_message_and_opens_in_the_middle():
    page = open_page(layer="conv9", pin="2_2_31")
    assert len(page.warning) == 1
    assert on_stage(page)["view"]["pin"] == [14, 14, 0]


@pytest.mark.parametrize("layer", ["conv9", "softmax", "relu6", "image"])
def test_a_layer_that_does_not_open_is_explained_and_its_fix_works(layer):
    page = open_page(layer=layer)
    assert warnings(page) == [
        f"layer is '{layer}' in this link, but must be one of {OPENS}. "
        "The page shows relu1 instead."
    ]
    assert page.subheader[0].value == "On the stage: relu1, map 1 of 16"
    assert not warnings(open_page(layer=OPENS.rpartition(", ")[2]))


# ---- why and what if -----------------------------------------------------------------------------


def test_nothing_is_explained_before_it_is_asked_for():
    assert "Explanation" not in [group.label for group in open_page().segmented_control]


SENTENCES = {
    "saliency": "Where a little more ink would raise the logit of {} (above 0)",
    "grad_cam": "Where relu5 found what speaks for {}:",
    "occlusion": "How far the logit of {} falls",
}


def explained(page: AppTest) -> str:
    """Return what the map shows, as a screen reader says it."""
    (found,) = (chart for chart in page.get("plotly_chart") if chart.key == "classifier.why")
    return found.proto.alt


@pytest.mark.parametrize("method", SENTENCES)
def test_each_explanation_has_a_sentence_a_map_and_a_bar_with_its_unit(method):
    page = open_page()
    digit = answer(page)
    page.session_state["classifier:why"] = True
    page.run()
    page.segmented_control(key="classifier:method").set_value(method).run()
    assert not page.exception
    assert SENTENCES[method].format(digit) in said(page)
    label = {"grad_cam": "Grad-CAM"}.get(method, method)
    assert explained(page) == f"{label} for {digit}, with the outline of the digit"
    bar = chart(page, "classifier.why")["data"][0]["colorbar"]
    assert bar["title"]["text"]
    assert len(bar["ticktext"]) == (2 if method == "grad_cam" else 3)


def test_another_digit_can_be_asked_about():
    page = open_page(why="true")
    digit = answer(page)
    other = (digit + 1) % 10
    page.selectbox(key="classifier:of").set_value(str(other)).run()
    assert explained(page).startswith(f"saliency for {other}, ")
    assert page.query_params["of"] == str(other)


def test_a_link_restores_what_is_asked_and_the_answer_is_followed_until_a_digit_is_chosen():
    page = open_page(why="true", method="occlusion", of="3")
    assert explained(page).startswith("occlusion for 3, ")
    assert page_query(page) == "why=true&method=occlusion&of=3"
    followed = open_page(why="true", input="mnist")
    assert explained(followed).startswith(f"saliency for {answer(followed)}, ")
    followed.number_input(key="classifier:index").set_value(1).run()
    assert explained(followed).startswith(f"saliency for {answer(followed)}, ")


def test_a_panel_that_is_closed_leaves_the_link_and_keeps_what_was_asked():
    page = open_page(why="true", method="occlusion")
    page.session_state["classifier:why"] = False
    page.run()
    assert page_query(page) == "method=occlusion"
    page.session_state["classifier:why"] = True
    page.run()
    assert explained(page).startswith("occlusion for ")


def test_an_explanation_with_nothing_to_show_says_so_instead_of_showing_it(monkeypatch):
    monkeypatch.setattr("cnnviz.why.WEAK", 10)
    page = open_page(why="true")
    assert "That is too little to mean anything, so no map is shown." in said(page)
    assert "classifier.why" not in [chart.key for chart in page.get("plotly_chart")]


def test_a_slider_moves_the_digit_the_answer_and_the_chart():
    page = open_chart(open_page(along="scale"))
    before, lines = probabilities(page), along(page)
    page.slider(key="classifier:angle").set_value(90).run()
    assert not page.exception
    assert page.query_params["angle"] == "90"
    assert not np.allclose(probabilities(page), before, atol=1e-4)
    assert not np.allclose(along(page), lines, atol=1e-4)


def test_the_chart_follows_the_setting_that_is_chosen_and_marks_where_it_stands():
    page = open_chart(open_page(angle="45"))
    layout = chart(page, "classifier.sweep")["layout"]
    assert layout["xaxis"]["title"]["text"] == "rotation, degrees"
    assert [shape["x0"] for shape in layout["shapes"]] == [45]
    page.selectbox(key="classifier:along").set_value("width").run()
    layout = chart(page, "classifier.sweep")["layout"]
    assert layout["xaxis"]["title"]["text"] == "stroke width, pixels"
    assert [shape["x0"] for shape in layout["shapes"]] == [0]
    assert page.query_params["along"] == "width"


READY = "MNIST's own 28 × 28 picture needs no preparation."


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


@pytest.mark.parametrize("change", [{}, {"right": "40"}, {"angle": "20", "noise": "0.05"}])
def test_mnists_picture_is_never_prepared_until_somebody_wants_it(change):
    page = open_page(input="mnist", index="1", **change)
    assert pictures(page) == []
    assert READY in captions(page)
    assert not page.pills
    raw = probabilities(page)
    page.toggle(key="classifier:prepare").set_value(True).run()
    assert pictures(page) == AFTER
    assert READY not in captions(page)
    assert page.query_params["prepare"] == "true"
    assert not np.allclose(probabilities(page), raw, atol=1e-5)


def test_mnists_picture_is_read_as_mnist_has_it():
    data = mnist.load()
    expected = load().predict(data.test_image(1)).probabilities
    np.testing.assert_array_equal(probabilities(open_page(input="mnist", index="1")), expected)


def test_a_step_switched_off_changes_nothing_but_that_step():
    on = open_page(input="mnist", index="1", prepare="true")
    off = open_page(input="mnist", index="1", prepare="true", skip="ink")
    np.testing.assert_array_equal(probabilities(on), probabilities(off))  # its ink is right
    assert pictures(off) == [f"{AFTER[0]}, off", *AFTER[1:]]


@pytest.mark.parametrize("link", [{}, {"prepare": "true"}, {"prepare": "true", "skip": "crop"}])
@pytest.mark.parametrize("source", ["draw", "upload", "mnist"])
@pytest.mark.parametrize(
    "change", [{}, {"angle": "35"}, {"right": "-15", "along": "right"}, {"scale": "0.73"}], ids=str
)
def test_the_chart_passes_through_the_answer_where_the_slider_stands(source, change, link):
    given = pictured() if source == "upload" else {}
    page = open_page(
        **given, **{"input": source, "along": "angle", **change, **link, "sweep": "true"}
    )
    lines = chart(page, "classifier.sweep")
    setting = {"angle": "angle", "right": "right"}[page.query_params.get("along", "angle")]
    now = float(change.get(setting, 0))
    (here,) = np.flatnonzero(unpacked(lines["data"][0]["x"]) == now)
    np.testing.assert_allclose(along(page)[:, here], probabilities(page), atol=1e-5)
    assert [shape["x0"] for shape in lines["layout"]["shapes"]] == [now]


def test_the_chart_says_what_is_read_at_each_of_its_points():
    drawn_one = open_page(sweep="true")
    assert captions(drawn_one) == [
        "At every point the digit is changed, then prepared as the answer above is. "
        "The line marks where the slider stands: that answer."
    ]
    assert (
        "At every point MNIST's picture is changed and read as it is, without preparation. "
        "The line marks where the slider stands: the answer above."
    ) in captions(open_page(input="mnist", sweep="true"))


def test_a_link_with_a_change_says_so_and_leads_back():
    page = open_page(right="-30", angle="20", noise="0.1")
    words = "moved 30 pixels to the left, turned by 20°, noise on 10 % of the pixels"
    assert f"**What if** is at work: {words}." in said(page)
    assert page.button(key="classifier:back").label == "Back to the drawing as it is"
    page.button(key="classifier:back").click().run()
    assert not page.exception
    assert "is at work" not in said(page)
    assert page_query(page) == ""
    assert [
        page.slider(key=f"classifier:{name}").value for name in ("right", "angle", "noise")
    ] == [
        0,
        0,
        0,
    ]
    np.testing.assert_array_equal(probabilities(page), probabilities(open_page()))


def test_no_two_panels_have_the_same_name():
    names = [panel.label for panel in open_page().expander]
    assert len(set(names)) == len(names) > 2


def test_the_sliders_stay_in_sight_when_one_is_moved_back():
    page = open_page(angle="20")
    page.slider(key="classifier:angle").set_value(0).run()
    page.slider(key="classifier:angle").set_value(5).run()
    assert page.query_params["angle"] == "5"


def test_a_digit_too_thin_to_be_thinner_has_no_answer_but_can_come_back():
    thin = tuple(replace(stroke, width=6.0) for stroke in ClassifierState().strokes)
    page = open_page(**encode(ClassifierState(strokes=thin, width=-16)).query)
    words = "After this change no ink is left on the canvas. Change it less."
    assert [info.value for info in page.info] == [words]
    page.button(key="classifier:back").click().run()
    assert not page.info
    assert answer(page) in range(10)
    open_chart(page)
    page.selectbox(key="classifier:along").set_value("width").run()
    lines = along(page)
    assert np.isnan(lines[:, 0]).all()
    assert not np.isnan(lines[:, -1]).any()


# ---- links that mean no good ---------------------------------------------------------------------


def test_a_hostile_link_gets_an_answer_and_a_message_for_each_wrong_part():
    query = {
        "input": "../../etc/passwd",
        "strokes": "AAAA" * 9,
        "picture": "<script>",
        "index": "-1",
        "skip": "crop.crop",
        "layer": "__class__",
        "pin": "9999_9999_9999",
        "angle": "1e9",
        "scale": "nan",
        "width": "3" * 5000,
        "noise": "-0.1",
        "along": "seed",
        "prepare": "1",
        "why": "<b>",
        "method": "softmax",
        "of": "10",
        "sweep": "yes",
        "what": "no",
    }
    page = open_page(**query)
    assert len(page.warning) == len(query)
    for name in set(query) - {"what"}:
        assert any(words.startswith(f"{name} is ") for words in warnings(page)), name
    assert answer(page) == answer(open_page())
    assert page_query(page) == ""


@pytest.mark.parametrize("picture", ["", "AAAA", "UklGRg", "iVBORw0KGgo"])
def test_a_link_with_a_broken_picture_is_explained(picture):
    page = open_page(input="upload", picture=picture)
    assert len(page.warning) == 1
    assert [info.value for info in page.info]
    assert "The network is" not in said(page)
