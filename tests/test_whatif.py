"""A drawing is changed as the sliders say, and the network is asked all along one of them."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from cnnviz import classifier, mnist
from cnnviz.digits import prepare
from cnnviz.distortions import on_canvas
from cnnviz.whatif import POINTS, SETTINGS, Change, Given, WhatIfError, ink_of, read, sweep


def drawn():
    """Draw a bar of 20 x 100 pixels, not in the middle, on an empty canvas."""
    ink = np.zeros((280, 280), np.float32)
    ink[60:160, 130:150] = 1
    return ink


def box(ink):
    """Return top, bottom, left and right of what is more than half ink."""
    rows, columns = np.nonzero(ink > 0.5)
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


# ---- one change ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change(right=30), (60, 160, 160, 180)),
        (Change(down=-25), (35, 135, 130, 150)),
        (Change(angle=90), (130, 150, 120, 220)),  # clockwise: what was above is now on the right
        (Change(angle=180), (120, 220, 130, 150)),
        (Change(scale=0.5), (100, 150, 135, 145)),
        (Change(width=10), (55, 165, 125, 155)),
        (Change(width=-10), (65, 155, 135, 145)),
    ],
    ids=lambda value: str(value) if isinstance(value, Change) else "",
)
def test_each_setting_does_what_its_name_says(change, expected):
    assert box(change.apply(drawn())) == expected


def test_noise_turns_that_share_of_the_pixels_into_ink():
    blank = np.zeros((280, 280), np.float32)
    assert Change(noise=0.1).apply(blank).mean() == pytest.approx(0.1)


def test_a_setting_always_gives_the_same_noise():
    change = Change(noise=0.05)
    np.testing.assert_array_equal(change.apply(drawn()), change.apply(drawn()))


def test_strokes_widen_before_they_are_scaled_and_noise_comes_last():
    halved = Change(width=20, scale=0.5).apply(drawn())
    assert box(halved) == (95, 155, 130, 150)
    noisy = Change(scale=0.5, width=20, noise=0.001).apply(np.zeros((280, 280), np.float32))
    assert set(np.unique(noisy)) == {0, 1}
    assert noisy.sum() == round(0.001 * 280 * 280)


def test_no_change_leaves_the_very_drawing():
    assert Change().is_none
    np.testing.assert_array_equal(Change().apply(drawn()), drawn())


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_alone_is_a_change(name):
    assert not replace(Change(), **{name: SETTINGS[name].high}).is_none


def test_a_change_leaves_the_drawing_that_it_was_given_untouched():
    ink = drawn()
    Change(right=5, angle=5, scale=1.1, width=4, noise=0.1).apply(ink)
    np.testing.assert_array_equal(ink, drawn())


@pytest.mark.parametrize(
    ("field", "value", "fix", "message"),
    [
        ("scale", 0, 0.5, "scale is 0, but must be above 0. Use scale=0.5 to halve the digit."),
        (
            "scale",
            float("nan"),
            0.5,
            "scale is nan, but must be above 0. Use scale=0.5 to halve the digit.",
        ),
        (
            "noise",
            1.5,
            0.1,
            "noise is 1.5, but a share is from 0 to 1. Use noise=0.1 for a tenth of the pixels.",
        ),
        (
            "noise",
            -0.1,
            0.1,
            "noise is -0.1, but a share is from 0 to 1. Use noise=0.1 for a tenth of the pixels.",
        ),
    ],
)
def test_a_change_that_cannot_be_is_explained_and_its_fix_works(field, value, fix, message):
    with pytest.raises(WhatIfError, match=f"^{re.escape(message)}$") as caught:
        Change(**{field: value})
    assert caught.value.field == field
    assert Change(**{field: fix}).apply(drawn()).shape == (280, 280)


# ---- the settings --------------------------------------------------------------------------------


def test_every_field_of_a_change_has_a_slider_and_starts_on_one_of_its_steps():
    assert list(SETTINGS) == [field.name for field in fields(Change)]
    for name, setting in SETTINGS.items():
        steps = (getattr(Change(), name) - setting.low) / setting.step
        assert steps == pytest.approx(round(steps))
        assert setting.low <= getattr(Change(), name) <= setting.high


@pytest.mark.parametrize("name", SETTINGS)
def test_both_ends_of_a_slider_can_be_applied(name):
    for value in (SETTINGS[name].low, SETTINGS[name].high):
        ink = replace(Change(), **{name: value}).apply(drawn())
        assert ink.shape == (280, 280)
        assert ink.min() >= 0
        assert ink.max() <= 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(), ""),
        (Change(right=30, down=-5), "moved 30 pixels to the right, moved 5 pixels up"),
        (Change(angle=-20, scale=1.5), "turned by −20°, scaled by 1.5"),
        (Change(width=8, right=-1), "strokes 8 pixels wider, moved 1 pixels to the left"),
        (Change(width=-8, down=10), "strokes 8 pixels thinner, moved 10 pixels down"),
        (Change(noise=0.05), "noise on 5 % of the pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_says_what_it_does_in_the_order_in_which_it_is_done(change, words):
    assert change.words == words


# ---- what is read --------------------------------------------------------------------------------


def test_a_picture_of_mnist_is_read_as_it_is():
    image = mnist.load().test_image(0)
    preparation, same = read(Given(image=image), Change())
    assert preparation is None
    assert same is image


def test_a_changed_picture_of_mnist_is_changed_on_the_canvas_and_only_made_smaller_again():
    image = mnist.load().test_image(0)
    preparation, moved = read(Given(image=image), Change(right=30, down=-20))
    assert preparation is None
    expected = np.zeros_like(image)
    expected[:-2, 3:] = image[2:, :-3]  # ten pixels of the canvas are one of the picture
    np.testing.assert_allclose(moved, expected, atol=0.005)


def test_a_drawing_is_changed_and_then_prepared():
    preparation, image = read(Given(drawn()), Change(right=30), skip=("centre",))
    expected = prepare(Change(right=30).apply(drawn()), skip=("centre",))
    np.testing.assert_array_equal(image, expected.image)
    assert preparation.verdict == expected.verdict


def test_a_drawing_that_reaches_the_rim_is_not_cleaned_like_a_photograph():
    ink = drawn()
    ink[:60, 130:150] = 1
    ink[200:202, 40:42] = 1  # a speck, which goes with a photograph's paper
    moved = read(Given(ink), Change(right=40), skip=("background",))[1]
    expected = prepare(Change(right=40).apply(ink), skip=("background",)).image
    np.testing.assert_array_equal(moved, expected)
    as_photograph = read(Given(ink, is_photograph=True), Change(right=40), skip=("background",))[1]
    assert not np.array_equal(as_photograph, expected)


def test_nothing_given_is_nothing_read():
    assert read(Given(), Change(angle=5)) == (None, None)


def test_a_photograph_is_freed_from_its_paper_before_a_change():
    photograph = (0.4 + 0.5 * drawn()).astype(np.float32)
    canvas = ink_of(photograph)
    assert (canvas.shape, canvas.max(), np.median(canvas)) == ((280, 280), 1, 0)
    moved = read(Given(photograph, is_photograph=True), Change(right=30))[1]
    np.testing.assert_allclose(moved, prepare(drawn()).image, atol=0.05)


def test_a_wide_photograph_keeps_its_shape():
    wide = np.zeros((70, 140), np.float32)
    wide[20:50, 60:66] = 1
    canvas = ink_of(wide)
    rows, columns = (np.flatnonzero((canvas > 0.5).any(axis=axis)) for axis in (1, 0))
    assert canvas.shape == (280, 280)
    assert abs(len(rows) - 60) <= 2
    assert abs(len(columns) - 12) <= 2


# ---- a sweep -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network():
    return classifier.load()


@pytest.fixture(scope="module")
def seven():
    return Given(on_canvas(mnist.load().test_image(0)))


@pytest.mark.parametrize("name", SETTINGS)
def test_a_sweep_asks_at_steps_of_the_slider_from_one_end_to_the_other(network, seven, name):
    setting = SETTINGS[name]
    values, probabilities = sweep(network, seven, Change(), name)
    assert (values[0], values[-1]) == (setting.low, setting.high)
    assert getattr(Change(), name) in values
    assert len(values) <= POINTS + 2
    steps = (values - setting.low) / setting.step
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert probabilities.shape == (len(values), 10)
    readable = probabilities[~np.isnan(probabilities[:, 0])]
    np.testing.assert_allclose(readable.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("name", "now"), [("angle", 35), ("scale", 0.73), ("noise", 0.2)])
def test_a_sweep_asks_where_the_slider_stands_and_gets_the_answer_there(network, seven, name, now):
    change = replace(Change(right=10), **{name: now})
    values, probabilities = sweep(network, seven, change, name)
    (here,) = np.flatnonzero(values == now)
    image = read(seven, change)[1]
    np.testing.assert_allclose(probabilities[here], network.predict(image).probabilities, atol=1e-5)


def test_each_point_is_the_answer_to_the_drawing_changed_so_far(network, seven):
    change = Change(right=20, width=4)
    values, probabilities = sweep(network, seven, change, "angle", skip=("background",))
    for k in (0, 7, 24):
        changed = replace(change, angle=values[k]).apply(seven.ink)
        image = prepare(changed, skip=("background",)).image
        np.testing.assert_allclose(
            probabilities[k], network.predict(image).probabilities, atol=1e-5
        )
    assert np.ptp(probabilities[:, 7]) > 0.1  # turning a 7 matters


def test_the_setting_that_is_swept_need_not_stand_anywhere(network, seven):
    one = sweep(network, seven, Change(angle=90, down=5), "angle")[1]
    other = sweep(network, seven, Change(angle=-45, down=5), "angle")[1]  # both on its grid
    np.testing.assert_array_equal(one, other)


def test_where_nothing_is_left_to_read_there_is_no_answer(network):
    thin = np.zeros((280, 280), np.float32)
    thin[60:220, 138:142] = 1
    values, probabilities = sweep(network, Given(thin), Change(), "width")
    gone = np.isnan(probabilities).all(axis=1)
    assert gone[values <= -6].all()
    assert not np.isnan(probabilities[values >= 0]).any()


def test_an_empty_pad_has_no_answer_anywhere(network):
    blank = np.zeros((280, 280), np.float32)
    assert np.isnan(sweep(network, Given(blank), Change(), "angle")[1]).all()


def test_a_setting_that_there_is_not_is_explained_and_its_fix_works(network, seven):
    message = (
        "name is 'size', but the settings are right, down, angle, scale, width, noise. "
        "Name one of these."
    )
    with pytest.raises(WhatIfError, match=f"^{re.escape(message)}$") as caught:
        sweep(network, seven, Change(), "size")
    assert caught.value.field == "name"
    assert sweep(network, seven, Change(), "scale")[1].shape == (18, 10)
