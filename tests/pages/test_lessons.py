"""The lessons page without a browser: what it says, asks, grades and puts into its link."""

import html
import re
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cnnviz.lessons import LAST, LESSONS, Choice, LessonsState
from cnnviz.lessons.progress import ARGUMENTS
from cnnviz.share import encode
from cnnviz.ui.lessons import scene
from tests.ui.test_pack import unpack

ROOT = Path(__file__).parents[2]
NUMBERS = range(1, LAST + 1)


def open_page(address: str = "") -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page("pages/lessons.py")
    for name, values in parse_qs(address).items():
        page.query_params[name] = values[0]
    page.run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """Return all that the page says, without tags and marks."""
    bodies = [element.proto.body for element in page.get("html")]
    bodies = [body for body in bodies if not body.startswith("<style>")]
    inline = re.sub(r"</?(?:strong|code)>", "", "\n".join(bodies))
    words = html.unescape(re.sub(r"<[^>]+>", " ", inline)) + "\n"
    words += "\n".join(element.value for element in (*page.markdown, *page.caption))
    return re.sub(r"\*\*|`", "", words).replace("\N{NO-BREAK SPACE}", " ")


def query(page: AppTest) -> dict[str, str]:
    """Return the page's parameters: AppTest keeps what it was given as lists, the rest as text."""
    return {
        name: values if isinstance(values, str) else values[0]
        for name, values in page.query_params.items()
    }


def read(messages) -> list[str]:
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", message.value) for message in messages]


def button(page: AppTest, label: str):
    (found,) = [each for each in page.button if each.label == label]
    return found


def answer(page: AppTest, given: str) -> AppTest:
    if page.radio:
        page.radio[0].set_value(given)
    else:
        page.text_input[0].set_value(given)
    button(page, "Check").click().run()
    assert not page.exception
    return page


def link(page: AppTest) -> str:
    return urlencode(query(page))


def right_answer(number: int, seed: int = 0) -> str:
    kind = LESSONS[number - 1].question(seed).kind
    return str(kind.correct) if isinstance(kind, Choice) else kind.shown(kind.correct)


def wrong_answer(number: int) -> str:
    kind = LESSONS[number - 1].question(0).kind
    if isinstance(kind, Choice):
        return next(name for name in kind.options if name != kind.correct)
    if isinstance(kind.correct, tuple):
        return str(tuple(size + 1 for size in kind.correct))
    return str(kind.correct + 1)


SAYS = {
    1: ("784", "3,072", "150,528"),
    2: ("(28, 28) → (1, 28, 28, 1)", "32 × 32 × 3", "channels_first"),
    3: ("wᵀx + b", "cross-correlation"),
    4: ("(32 − 5) / 1 + 1 = 28",),
    5: ("28 × 28 × 6", "456 parameters"),
    6: ("non-maximum suppression", "hysteresis", "The sample House."),
    7: ("(7 − 3) / 2 + 1 = 3",),
    8: ("(F − 1) / 2", "1 before, 2 after"),
    9: ("max(0, x)",),
    10: ("16 arguments", "30 parameters"),
    11: ("(1, 3, 3, 1) → (1, 3, 3, 1)", "(2, 2, 1, 3)"),
    12: ("−∞", "(5 + 0 + 1 − 2) / 2 + 1 = 3"),
    13: ("a 5", "(1, 28, 28, 1) → (1, 14, 14, 5)", "(1, 7, 7, 5)"),
    14: ("245", "2,460", "Softmax"),
}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_opens_with_its_numbers_and_its_answer_covered(number):
    page = open_page(f"lesson={number}")
    assert page.title[0].value == f"{number}. {LESSONS[number - 1].title}"
    text = said(page)
    for words in SAYS[number]:
        assert words in text
    for line in LESSONS[number - 1].question(0).arithmetic:
        assert line.replace("**", "").replace("`", "") not in text
    assert not page.warning
    assert not page.error
    assert query(page) == encode(LessonsState(lesson=number)).query


@pytest.mark.parametrize("number", NUMBERS)
def test_a_wrong_answer_shows_the_arithmetic_and_a_right_one_counts(number):
    page = answer(open_page(f"lesson={number}"), wrong_answer(number))
    text = said(page)
    assert "Here is how it comes about:" in text
    for line in LESSONS[number - 1].question(0).arithmetic:
        assert line.replace("**", "").replace("`", "") in text
    assert "done" not in page.query_params
    answer(page, right_answer(number))
    assert "Right: " in said(page)
    assert query(page)["done"] == str(number)
    assert [each.key for each in page.button if each.key.endswith("-done")] == [
        f"lessons:step-{number}-done"
    ]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_link_reproduces_the_numbers_and_the_answer(number):
    page = open_page(f"lesson={number}&seeds={number}_7")
    answer(page, right_answer(number, seed=7))
    again = open_page(link(page))
    assert said(again) == said(page)
    assert link(again) == link(page)


def test_the_answer_can_be_asked_for_and_does_not_count():
    page = open_page("lesson=4")
    button(page, "Reveal the answer").click().run()
    assert LESSONS[3].question(0).arithmetic[-1].replace("**", "") in said(page)
    assert query(page)["answers"] == "4_reveal"
    assert "done" not in page.query_params


def test_new_numbers_ask_anew_and_keep_what_was_done():
    page = answer(open_page("lesson=4"), right_answer(4))
    before = said(page)
    button(page, "New numbers").click().run()
    assert said(page) != before
    assert "Right: " not in said(page)
    assert page.text_input[0].value == ""
    assert query(page)["done"] == "4"
    assert "answers" not in page.query_params


@pytest.mark.parametrize(
    ("number", "given", "message"),
    [
        (4, "abc", "answer is 'abc', but must be one number. Type only its digits."),
        (4, "", "answer is empty, but must be one number. Type only its digits."),
        (4, "28x28", "answer is '28x28', but must be one number. Type only its digits."),
        (
            5,
            "28x28",
            "answer is '28x28', which is 2 numbers, but this shape has 3: "
            "(height, width, channels). Type them as 1, 2, 3.",
        ),
    ],
)
def test_what_is_no_answer_is_explained_and_not_graded(number, given, message):
    page = answer(open_page(f"lesson={number}"), given)
    assert read(page.warning) == [message]
    assert "answers" not in page.query_params
    answer(page, right_answer(number))
    assert not page.warning
    assert "Right: " in said(page)


@pytest.mark.parametrize("write", ["({}, {}, {})", " {} × {} × {} ", "{}x{}x{}", "{} {} {}"])
def test_a_shape_is_read_however_it_is_typed(write):
    correct = LESSONS[4].question(0).kind.correct
    assert "Right: " in said(answer(open_page("lesson=5"), write.format(*correct)))


def test_no_option_chosen_is_explained():
    page = open_page("lesson=6")
    button(page, "Check").click().run()
    assert read(page.warning) == [
        "answer is empty, but must be one of Box blur, Sobel x, Sobel y, Laplacian. Choose one."
    ]


# ---- hidden answers ------------------------------------------------------------------------------


def test_hidden_answers_are_noted_but_neither_graded_nor_shown():
    page = answer(open_page("lesson=3&hide=answers"), right_answer(3))
    text = said(page)
    assert f"Noted: {right_answer(3)}. Whether that is right stays hidden for now." in text
    assert "Right" not in text
    assert LESSONS[2].question(0).arithmetic[-1].replace("**", "") not in text
    assert "done" not in page.query_params
    assert "Reveal the answer" not in [each.label for each in page.button]
    assert not [each for each in page.segmented_control if "figure" in str(each.key)]


def test_a_link_cannot_show_what_is_hidden():
    page = open_page("lesson=3&hide=answers&answers=3_reveal&figure=question")
    assert LESSONS[2].question(0).arithmetic[-1].replace("**", "") not in said(page)


@pytest.mark.parametrize(
    ("lesson", "name", "key"), [(7, "strides", "7.strides"), (8, "padding", "8.padding")]
)
def test_a_hidden_control_is_gone_and_the_lesson_stands(lesson, name, key):
    page = open_page(f"lesson={lesson}")
    keys = {str(each.key) for each in (*page.slider, *page.segmented_control)}
    assert f"lessons:{key}" in keys
    page = open_page(f"lesson={lesson}&hide={name}")
    keys = {str(each.key) for each in (*page.slider, *page.segmented_control)}
    assert f"lessons:{key}" not in keys


def test_what_goes_with_a_hidden_control_is_gone_too():
    link = "lesson=8&padding=explicit"
    assert "lessons:8.pad" in {str(each.key) for each in open_page(link).slider}
    page = open_page(f"{link}&hide=padding")
    assert "lessons:8.pad" not in {str(each.key) for each in page.slider}


@pytest.mark.parametrize("lesson", range(1, 15))
def test_all_controls_of_a_lesson_can_be_hidden(lesson):
    page = open_page(f"lesson={lesson}&hide=controls")
    kinds = (page.slider, page.segmented_control, page.selectbox, page.toggle)
    assert [each.key for kind in kinds for each in kind] == []
    assert page.subheader or page.markdown


def test_an_answer_that_was_given_while_answers_were_hidden_counts_when_they_are_shown():
    noted = answer(open_page("lesson=3&hide=answers"), right_answer(3)).query_params["answers"]
    page = open_page(f"lesson=3&answers={noted}")
    assert page.query_params["done"] == "3"


# ---- controls ------------------------------------------------------------------------------------


def test_a_control_changes_what_is_shown_and_is_in_the_link():
    page = open_page("lesson=7")
    page.slider(key="lessons:7.strides").set_value(3).run()
    assert "row 6 and column 6 are never read" in said(page)
    assert query(page)["strides"] == "3"
    page.slider(key="lessons:7.strides").set_value(2).run()
    assert "strides" not in page.query_params


def test_explicit_padding_brings_its_own_control():
    page = open_page("lesson=8&kernel_size=5")
    page.segmented_control(key="lessons:8.padding").set_value("explicit").run()
    page.slider(key="lessons:8.pad").set_value(2).run()
    assert "(F − 1) / 2 = 2 cells" in said(page)


def test_every_argument_of_lesson_10_can_be_chosen():
    page = open_page("lesson=10")
    for place, name in enumerate(ARGUMENTS):
        menu = page.selectbox(key="lessons:10.argument")
        assert menu.options[place] == f"{place + 1}. {name}"
        menu.select_index(place).run()
        assert not page.exception
        assert f"{name} (" in said(page)
        assert query(page).get("argument", "filters") == name


def test_weights_of_a_wrong_shape_are_explained_by_cnnviz_and_keras():
    page = open_page("lesson=11&filters=3&weights=rgb")
    assert read(page.error) == [
        "kernel has shape (2, 2, 3, 3), so each filter reads 3 channels, but the image has 1 "
        "(groups=1). Use a kernel of shape (2, 2, 1, 3), or an image with 3 channels."
    ]
    assert page.code[0].value == (
        "ValueError: Layer conv2d weight shape (2, 2, 1, 3) is not compatible with provided "
        "weight shape (2, 2, 3, 3)."
    )
    page.segmented_control(key="lessons:11.weights").set_value("right").run()
    assert not page.error


def test_groups_that_do_not_divide_are_explained():
    page = open_page("lesson=10&argument=groups&groups=3")
    assert read(page.error) == [
        "groups is 3, but 4 filters do not divide into 3 equal groups. "
        "Use groups=1, or one that divides both filters and channels."
    ]


# ---- the way through -----------------------------------------------------------------------------


def test_the_next_lesson_opens_as_it_is_and_progress_stays():
    page = open_page("lesson=7&strides=3")
    answer(page, right_answer(7))
    button(page, "Next: Zero padding ▸").click().run()
    assert page.title[0].value == "8. Zero padding"
    assert "strides" not in page.query_params
    assert query(page)["done"] == "7"
    button(page, "◂ Back").click().run()
    assert "Right: " in said(page)


def test_a_step_opens_its_lesson():
    page = open_page()
    assert page.title[0].value == "1. Why not a plain perceptron?"
    button(page, "13").click().run()
    assert page.title[0].value == "13. A real digit"


def test_a_card_for_a_lesson_keeps_what_was_answered_in_this_visit():
    page = answer(open_page("lesson=4"), right_answer(4))
    page.switch_page("app.py").run()
    page.query_params["lesson"] = "5"
    page.switch_page("pages/lessons.py").run()
    assert page.title[0].value.startswith("5. ")
    assert query(page)["done"] == "4"


def test_the_menu_leads_back_to_the_lesson_that_was_open():
    page = answer(open_page("lesson=4"), right_answer(4))
    page.switch_page("pages/convolution.py").run()
    page.switch_page("pages/lessons.py").run()
    assert page.title[0].value.startswith("4. ")
    assert "Right: " in said(page)


def test_lesson_6_shows_the_picture_of_the_convolution_page_of_this_visit():
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page("pages/convolution.py")
    page.query_params["input"] = "sample"
    page.query_params["sample"] = "face"
    page.run()
    page.query_params.clear()
    page.query_params["lesson"] = "6"
    page.switch_page("pages/lessons.py").run()
    captions = [caption.value for caption in page.caption]
    assert "Your picture, from the convolution page." in captions
    assert len(query(page)["picture"]) > 100
    elsewhere = open_page(link(page))
    assert "The picture that came with the link." in [each.value for each in elsewhere.caption]
    assert link(elsewhere) == link(page)


def test_a_matrix_is_no_picture_for_lesson_6():
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page("pages/convolution.py").run()
    page.query_params["lesson"] = "6"
    page.switch_page("pages/lessons.py").run()
    assert "picture" not in page.query_params


# ---- links that nobody wrote ---------------------------------------------------------------------


def test_a_hostile_link_gives_messages_and_a_lesson():
    page = open_page("lesson=15&answers=4_<b>&lesso=3&filters=99&picture=xx")
    assert page.title[0].value.startswith("1. ")
    assert read(page.warning)[:2] == [
        "'lesso' is no setting of this page, so it changes nothing. Write lesson instead.",
        "lesson is '15' in this link, but must be a whole number from 1 to 14. "
        "The page shows 1 instead.",
    ]


def test_an_answer_that_is_none_is_said_and_left_out():
    page = open_page("lesson=5&answers=5_abc")
    assert read(page.warning) == [
        "answer is 'abc', but must be 3 whole numbers: (height, width, channels). "
        "Type them as 1, 2, 3."
    ]
    assert "answers" not in page.query_params


def test_a_picture_that_cannot_be_read_is_said():
    page = open_page("lesson=6&picture=AAAA")
    (message,) = read(page.warning)
    assert "Save it as PNG or JPEG" in message
    assert "picture" not in page.query_params


def test_a_control_out_of_its_range_is_said():
    page = open_page("lesson=5&filters=60")
    assert read(page.warning) == [
        "filters is 60 in this link, but in this lesson must be from 1 to 16. "
        "The page shows 6 instead."
    ]


def test_a_lesson_without_tensorflow_does_not_wait_for_it(monkeypatch):
    def refuse():
        raise AssertionError("waited")

    monkeypatch.setattr(scene, "wait_for_tensorflow", refuse)
    for number in (1, 2):
        open_page(f"lesson={number}")


def test_waiting_for_tensorflow_takes_no_place_that_the_stage_would_lose(monkeypatch):
    from cnnviz.ui import warmup

    def places(block, before: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
        found = []
        for index, child in getattr(block, "children", {}).items():
            if child.type == "bidi_component" and child.key != "tab":
                found.append((*before, index))
            found += places(child, (*before, index))
        return found

    monkeypatch.setattr(warmup, "_ready", threading.Event())
    page = open_page("lesson=3")
    assert warmup._ready.is_set()
    (waited,) = places(page.main)
    (place,) = places(page.run().main)
    assert place == waited


def pinned(page: AppTest) -> list[int] | None:
    """Return the cell that the stage is told to pin."""
    (stage,) = (sent for sent in page.get("bidi_component") if ".stage." in sent.key)
    return unpack(stage.proto.bytes)[0]["view"]["pin"]


def test_a_cell_that_was_let_go_in_a_question_stays_so_until_there_is_another(monkeypatch):
    address = f"lesson=3&answers=3_{right_answer(3)}&figure=question"
    page = open_page(address)
    own = pinned(page)
    assert own is not None
    held = {"lessons.state": page.session_state["lessons.state"]}
    with monkeypatch.context() as patch:
        patch.setattr(st, "session_state", held)
        for pin, released in ((None, True), ([1, 1, 0], False), (None, True)):
            held["lessons.stage.3.question"] = {"view": {"pin": pin, "scope": "map"}}
            scene._take_view("lessons", ("lessons.stage.3.question", 1, 0, tuple(own)))
            assert (held["lessons.released"] is not None) is released
    page.session_state["lessons.released"] = held["lessons.released"]
    page.run()
    assert pinned(page) is None
    button(page, "4").click().run()
    button(page, "3").click().run()
    page.segmented_control(key="lessons:figure:3").set_value("question").run()
    assert pinned(page) == own
