"""Links: what is written can be read, and what cannot be read is said."""

import json
import re
import string
from dataclasses import fields, replace
from typing import get_args
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cnnviz.codec import Edit, Typed
from cnnviz.digits import StepName, prepare
from cnnviz.drawing import Stroke, ink
from cnnviz.filters import FILTERS
from cnnviz.layers import ACTIVATIONS
from cnnviz.share import (
    LARGEST_FILE,
    LONGEST_QUERY,
    SEVEN,
    ClassifierState,
    ConvolutionState,
    PoolingState,
    ShareError,
    decode,
    encode,
    from_file,
    to_file,
)
from cnnviz.stroke_codec import quantised
from cnnviz.whatif import SETTINGS

NOT_A_STATE = "file is not a saved state of this page. Choose a file that this page saved."
side = some.integers(1, 11)
value = some.floats(-1e6, 1e6, allow_nan=False).map(lambda number: float(f"{number:.6g}"))
kernel_name = some.sampled_from([*FILTERS, "he_normal-7", "random_normal-3-0.01"])
point = some.tuples(some.floats(0, 280), some.floats(0, 280))
stroke = some.builds(
    Stroke,
    some.lists(point, min_size=1, max_size=20).map(tuple),
    some.floats(1, 60),
    some.booleans(),
)
states = some.builds(
    ConvolutionState,
    input=some.sampled_from(["matrix", "draw", "sample", "mnist"]),
    index=some.integers(0, 9_999),
    rows=some.integers(1, 12),
    values=some.none()
    | some.lists(value, min_size=6, max_size=6).map(lambda v: Typed((2, 3, 1), tuple(v))),
    strokes=some.just(())
    | some.lists(stroke, min_size=1, max_size=5).map(lambda s: quantised(tuple(s))),
    filters=some.integers(1, 16),
    kernel_size=some.tuples(side, side),
    strides=some.tuples(some.integers(1, 8), some.integers(1, 8)),
    padding=some.sampled_from(["valid", "same", "explicit"]),
    pad=some.tuples(*[some.integers(0, 8)] * 4),
    activation=some.sampled_from(ACTIVATIONS),
    use_bias=some.booleans(),
    kernels=some.lists(some.lists(kernel_name, min_size=1, max_size=3).map(tuple), max_size=4).map(
        tuple
    ),
    edits=some.lists(some.builds(Edit, *[some.integers(0, 10)] * 4, value), max_size=10).map(tuple),
    bias=some.lists(value, max_size=16).map(tuple),
    pin=some.none() | some.tuples(*[some.integers(0, 127)] * 3),
)
classifier_states = some.builds(
    ClassifierState,
    input=some.sampled_from(["draw", "upload", "camera", "mnist"]),
    strokes=some.lists(stroke, max_size=5).map(lambda s: quantised(tuple(s))),
    picture=some.none() | some.binary(max_size=60),
    index=some.integers(0, 9_999),
    skip=some.sets(some.sampled_from(get_args(StepName))).map(
        lambda steps: tuple(step for step in get_args(StepName) if step in steps)
    ),
    layer=some.sampled_from(["conv1", "relu5", "pool2"]),
    pin=some.tuples(*[some.integers(0, 27)] * 3),
    scope=some.sampled_from(["layer", "map"]),
    right=some.integers(-120, 120),
    down=some.integers(-120, 120),
    angle=some.integers(-180, 180),
    scale=some.integers(3, 20).map(lambda tenths: tenths / 10),
    width=some.integers(-16, 30),
    noise=some.integers(0, 20).map(lambda hundredths: hundredths / 100),
    along=some.sampled_from(list(SETTINGS)),
)
pooling_states = some.builds(
    PoolingState,
    input=some.sampled_from(["matrix", "draw", "sample", "mnist", "convolution"]),
    values=some.none() | some.just(Typed((1, 2, 1), (-0.5, 3.0))),
    convolution=states,
    kind=some.sampled_from(["max", "average"]),
    is_global=some.booleans(),
    pool_size=some.tuples(*[some.integers(1, 8)] * 2),
    strides=some.none() | some.tuples(*[some.integers(1, 8)] * 2),
    padding=some.sampled_from(["valid", "same", "explicit"]),
    pad=some.tuples(*[some.integers(0, 8)] * 4),
    beside=some.sampled_from(["nothing", "pooling", "convolution"]),
    kernel=some.sampled_from(list(FILTERS)),
    data_format=some.sampled_from(["channels_last", "channels_first"]),
    pin=some.none() | some.tuples(*[some.integers(0, 127)] * 3),
    scope=some.sampled_from(["layer", "map"]),
)
KINDS = (ConvolutionState, PoolingState, ClassifierState)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(states | classifier_states | pooling_states)
def test_a_link_gives_back_the_state_it_was_made_from(state):
    link = encode(state)
    assert link.left_out == ()
    assert decode(type(state), link.query) == (state, ())


@pytest.mark.parametrize("kind", KINDS)
def test_the_default_state_has_an_empty_link(kind):
    assert encode(kind()).query == {}
    assert decode(kind, {}) == (kind(), ())


def test_short_things_are_written_short_and_in_keras_words():
    state, errors = decode(
        ConvolutionState, {"kernel_size": "5", "padding": "valid", "strides": "2x1"}
    )
    assert errors == ()
    assert (state.kernel_size, state.padding, state.strides) == ((5, 5), "valid", (2, 1))
    assert encode(state).query == {"kernel_size": "5", "padding": "valid", "strides": "2x1"}


def test_what_a_link_writes_needs_no_escaping():
    state = ConvolutionState(
        values=Typed((1, 2, 1), (-0.5, 1e-7)),
        edits=(Edit(0, 1, 0, 2, -1.5),),
        kernels=(("sobel_x", "ones"), ("random_normal-7-0.01",)),
        strokes=quantised((Stroke(((10.0, 20.0), (200.0, 40.0)), 22.0, False),)),
    )
    allowed = set(string.ascii_letters + string.digits + "-._~")
    assert set("".join(encode(state).query.values())) <= allowed


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "kernel_size",
            "0",
            "kernel_size is '0' in this link, but must be a whole number from 1 to 11, "
            "or two such as 3x11. The page shows 3 instead.",
        ),
        (
            "padding",
            "reflect",
            "padding is 'reflect' in this link, but must be one of valid, same, explicit. "
            "The page shows same instead.",
        ),
        (
            "pin",
            "1_2",
            "pin is '1_2' in this link, but must be row_column_map, such as 1_3_0. "
            "The page goes on without it.",
        ),
        (
            "kernels",
            "sobel_z",
            "kernels is 'sobel_z' in this link, but must be at most 16 names of filters, such as "
            "sobel_x~outline or he_normal-7. The page goes on without it.",
        ),
        (
            "filters",
            "9" * 5000,
            f"filters is '{'9' * 37}...' in this link, but must be a whole number from 1 to 16. "
            "The page shows 3 instead.",
        ),
    ],
)
def test_a_wrong_parameter_names_value_limit_and_what_is_shown(name, text, message):
    state, errors = decode(ConvolutionState, {name: text})
    assert state == ConvolutionState()
    assert [(error.field, str(error)) for error in errors] == [(name, message)]


def test_one_wrong_parameter_leaves_the_others_standing():
    state, errors = decode(ConvolutionState, {"filters": "x", "strides": "2"})
    assert [error.field for error in errors] == ["filters"]
    assert state.strides == (2, 2)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "kernelsize",
            "'kernelsize' is no setting of this page, so it changes nothing. "
            "Write kernel_size instead.",
        ),
        (
            "utm_source",
            "'utm_source' is no setting of this page, so it changes nothing. Leave it out.",
        ),
    ],
)
def test_an_unknown_parameter_changes_nothing_and_the_nearest_name_is_said(name, message):
    state, errors = decode(ConvolutionState, {name: "5"})
    assert state == ConvolutionState()
    assert [(error.field, str(error)) for error in errors] == [(name, message)]


def test_the_nearest_name_works():
    assert decode(ConvolutionState, {"kernel_size": "5"})[1] == ()


def test_a_number_with_many_digits_gives_a_state_that_its_own_link_gives_back():
    state, errors = decode(ConvolutionState, {"bias": "0.123456789_1234567e-1"})
    assert errors == ()
    assert state.bias == (0.123457, 123457.0)
    assert decode(ConvolutionState, encode(state).query) == (state, ())


# ---- the pooling page ----------------------------------------------------------------------------


def test_the_layer_of_another_page_is_one_text_that_needs_no_escaping():
    before = ConvolutionState(
        filters=2, padding="valid", kernels=(("sobel_x", "ones"), ("random_normal-7-0.01",))
    )
    link = encode(PoolingState(input="convolution", convolution=before))
    assert link.query == {
        "input": "convolution",
        "convolution": "filters.2~~padding.valid~~kernels.sobel_x.ones~random_normal-7-0.01",
    }
    assert link.length == len("?" + urlencode(link.query))


@pytest.mark.parametrize("text", ["filters", "filters.0", "strides.2~~~~", "no_such_field.1", "~~"])
def test_a_layer_of_another_page_that_cannot_be_read_is_said(text):
    state, errors = decode(PoolingState, {"convolution": text, "pool_size": "3"})
    assert state == PoolingState(pool_size=(3, 3))
    assert [str(error) for error in errors] == [
        f"convolution is '{text}' in this link, but must be the text that this page wrote for "
        "another page's settings. The page shows what it opens with instead."
    ]


def test_a_layer_too_long_for_a_link_is_left_out_and_said():
    many = Typed((11, 11, 1, 16), (0.123456,) * 1936)
    state = PoolingState(input="convolution", convolution=ConvolutionState(weights=many))
    link = encode(state)
    assert link.left_out == ("the layer of the convolution page",)
    assert from_file(PoolingState, to_file(state)) == (state, ())


def test_strides_that_follow_pool_size_are_not_in_the_link_and_equal_ones_are():
    assert encode(PoolingState(pool_size=(3, 3))).query == {"pool_size": "3"}
    assert encode(PoolingState(strides=(2, 2))).query == {"strides": "2"}


# ---- the classifier page -------------------------------------------------------------------------


def test_the_page_opens_with_a_seven_that_its_link_can_hold():
    assert quantised(ClassifierState().strokes) == ClassifierState().strokes
    for drawn, meant in zip(ClassifierState().strokes, SEVEN, strict=True):
        assert drawn.width == meant.width
        for point, before in zip(drawn.points, meant.points, strict=True):
            assert point == pytest.approx(before, abs=0.6)
    assert prepare(ink(ClassifierState().strokes)).verdict == "digit"


def test_a_link_to_an_empty_pad_is_not_a_link_to_the_seven():
    link = encode(ClassifierState(strokes=()))
    assert link.query == {"strokes": ""}
    assert decode(ClassifierState, link.query) == (ClassifierState(strokes=()), ())


def test_a_link_can_hold_every_step_and_every_setting_that_there_is():
    skip = get_args(StepName)
    assert decode(ClassifierState, {"skip": ".".join(skip)}) == (ClassifierState(skip=skip), ())
    for name, setting in SETTINGS.items():
        for value in (setting.low, setting.high):
            state, errors = decode(ClassifierState, {name: f"{value:g}", "along": name})
            assert errors == ()
            assert (getattr(state, name), state.along) == (value, name)
        assert decode(ClassifierState, {name: f"{setting.high + setting.step:g}"})[1]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "strokes",
            "!",
            "strokes is '!' in this link, but must be the text that this page wrote for a "
            "drawing. The page shows what it opens with instead.",
        ),
        (
            "skip",
            "crop.rotate",
            "skip is 'crop.rotate' in this link, but must be any of ink, background, crop, scale, "
            "centre, such as ink.background. The page goes on without it.",
        ),
        (
            "layer",
            "conv_1",
            "layer is 'conv_1' in this link, but must be a name of small letters and digits, such "
            "as relu1. The page shows relu1 instead.",
        ),
        (
            "scale",
            "3",
            "scale is '3' in this link, but must be a number from 0.3 to 2. "
            "The page shows 1 instead.",
        ),
        (
            "pin",
            "14_14",
            "pin is '14_14' in this link, but must be row_column_map, such as 1_3_0. "
            "The page goes on without it.",
        ),
    ],
)
def test_a_wrong_setting_of_the_classifier_says_what_is_shown(name, text, message):
    state, errors = decode(ClassifierState, {name: text, "index": "3"})
    assert state == ClassifierState(index=3)
    assert [(error.field, str(error)) for error in errors] == [(name, message)]


def test_a_drawing_too_long_for_a_link_is_left_out_and_said():
    scribble = (Stroke(((0.0, 0.0), (280.0, 280.0)) * 700, 22.0),)
    link = encode(ClassifierState(strokes=scribble, layer="conv2"))
    assert link.left_out == ("the drawing",)
    assert link.query == {"layer": "conv2"}


def test_a_saved_file_belongs_to_its_page():
    content = to_file(ClassifierState(layer="pool1"))
    assert from_file(ClassifierState, content) == (ClassifierState(layer="pool1"), ())
    with pytest.raises(ShareError, match=f"^{re.escape(NOT_A_STATE)}$"):
        from_file(ConvolutionState, content)


names = some.sampled_from(sorted({entry.name for kind in KINDS for entry in fields(kind)}))
junk = some.text(max_size=60) | some.text("0123456789-_.~xe+ ", max_size=80)


@settings(derandomize=True, max_examples=500, deadline=None)  # tests/hostile reads 10,000 more
@given(
    some.sampled_from(KINDS),
    some.dictionaries(names, junk, max_size=6),
)
def test_no_link_breaks_the_reader(kind, query):
    state, errors = decode(kind, query)
    assert {error.field for error in errors} <= set(query)
    assert decode(kind, encode(state).query) == (state, ())


def test_a_state_too_long_for_a_link_says_what_is_left_out_and_keeps_the_rest():
    many = tuple(Edit(k % 11, k // 11 % 11, 0, k // 121, 0.123456) for k in range(600))
    state = ConvolutionState(kernel_size=(11, 11), edits=many)
    link = encode(state)
    assert link.left_out == ("the edited weights",)
    assert link.query == {"kernel_size": "11"}
    assert link.length <= LONGEST_QUERY
    assert from_file(ConvolutionState, to_file(state)) == (state, ())


def test_a_link_can_be_asked_to_be_shorter():
    state = ConvolutionState(input="upload", picture=bytes(900), kernels=(("sobel_x",),))
    assert encode(state).left_out == ()
    link = encode(state, longest=100)
    assert link.left_out == ("the uploaded picture",)
    assert link.query == {"input": "upload", "kernels": "sobel_x"}


def test_a_link_asked_to_be_shorter_than_it_can_be_leaves_out_all_it_may():
    state = ConvolutionState(kernel_size=(5, 5), kernels=(("sobel_x",),))
    assert encode(state, longest=1).query == {"kernel_size": "5"}


def test_the_longest_part_is_left_out_first():
    state = ConvolutionState(
        input="upload",
        picture=bytes(2_000),
        values=Typed((12, 12, 3), (0.123456,) * 432),
        kernels=(("sobel_x",),),
    )
    assert len(encode(replace(state, values=None)).query["picture"]) == 2_667
    link = encode(state)
    assert link.left_out == ("the typed matrix",)
    assert set(link.query) == {"input", "picture", "kernels"}


def test_the_length_of_a_link_is_that_of_its_query():
    link = encode(ConvolutionState(filters=1, kernel_size=(3, 5), padding="valid"))
    assert link.length == len("?" + urlencode(link.query))


def test_a_link_with_every_setting_changed_keeps_what_is_short():
    state = ConvolutionState(
        **{"input": "upload", "preset": "ramp", "rows": 12, "columns": 12, "channels": 3},
        **{"sample": "landscape", "side": 128, "colour": "rgb", "filters": 16, "groups": 16},
        **{"kernel_size": (10, 11), "strides": (7, 8), "padding": "explicit", "pad": (8, 7, 8, 7)},
        **{"dilation_rate": (5, 6), "activation": "leaky_relu", "use_bias": False, "flip": True},
        **{"data_format": "channels_first", "pin": (127, 127, 15), "scope": "map"},
        bias=(-0.123457,) * 16,
        picture=bytes(100_000),
        strokes=(Stroke(((0.0, 0.0),) * 5_000, 1.0),),
        values=Typed((12, 12, 3), (-0.123457,) * 432),
        weights=Typed((11, 11, 3, 16), (-0.123457,) * 5_808),
        edits=tuple(Edit(k // 11, k % 11, 2, 15, -0.123457) for k in range(60)),
        kernels=(("random_normal-999999999-0.001",) * 3,) * 16,
    )
    link = encode(state)
    assert link.length <= LONGEST_QUERY
    assert link.left_out == (
        "the uploaded picture",
        "the typed weights",
        "the drawing",
        "the typed matrix",
    )
    restored, errors = decode(ConvolutionState, link.query)
    assert errors == ()
    assert restored == replace(state, picture=None, strokes=(), values=None, weights=None)
    assert from_file(ConvolutionState, to_file(state)) == (state, ())


def test_a_file_that_is_not_a_saved_state_is_refused():
    for content in (b"", b"[]", b"\xff\xfe", b'{"cnnviz": "Other"}', b"[" * 100_000):
        with pytest.raises(
            ShareError,
            match=f"^{re.escape(NOT_A_STATE)}$",
        ):
            from_file(ConvolutionState, content)


def test_a_saved_file_with_a_wrong_field_says_so():
    content = json.dumps({"cnnviz": "ConvolutionState", "filters": "99", "strides": "2"}).encode()
    state, errors = from_file(ConvolutionState, content)
    assert state.strides == (2, 2)
    assert [error.field for error in errors] == ["filters"]


def test_a_saved_file_holds_text_only():
    content = json.dumps({"cnnviz": "ConvolutionState", "filters": 5}).encode()
    message = (
        "'filters' is no text in this file, but this page saves only text. "
        "Choose a file that this page saved."
    )
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        from_file(ConvolutionState, content)
    assert caught.value.field == "filters"


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    message = (
        "file has 4,000,001 bytes, but at most 4,000,000 are read. "
        "Choose a file that this page saved."
    )
    with pytest.raises(ShareError, match=f"^{re.escape(message)}$") as caught:
        from_file(ConvolutionState, b"{" * 4_000_001)
    assert caught.value.field == "file"


def test_the_largest_state_can_be_opened_again():
    assert len(to_file(ConvolutionState(picture=bytes(140_000)))) < LARGEST_FILE
