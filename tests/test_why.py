"""Saliency, Grad-CAM and occlusion: each map against its definition."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz import mnist
from cnnviz.classifier import Classifier, ClassifierError, load
from cnnviz.why import grad_cam, occlusion, saliency


@pytest.fixture(scope="module")
def network() -> Classifier:
    return load()


@pytest.fixture(scope="module")
def seven() -> NDArray[np.float32]:
    return mnist.load().test_image(0)


def test_saliency_is_the_slope_of_the_logit(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    values = saliency(network, seven, 7).values
    # Not on even paper: there the largest of a pool's window is a tie, and the slope has a corner.
    grey = (seven > 0.1) & (seven < 0.9)
    row, column = np.unravel_index((np.abs(values) * grey).argmax(), values.shape)
    step = 1e-3  # small enough to pass no ReLU's corner, large enough for float32
    moved = np.stack([seven, seven])
    moved[:, row, column] += np.array([-step, step], dtype=np.float32)
    low, high = network.logits_many(moved)[:, 7]
    assert values[row, column] == pytest.approx((high - low) / (2 * step), rel=0.05)


def test_saliency_is_there_even_when_the_softmax_is_certain(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    # A thousand times the ink makes logits so far apart that the probability is exactly 1, and the
    # gradient of the softmax, p (1 - p), exactly 0.
    certain = seven * 1000
    assert network.predict(certain).probabilities.max() == 1
    digit = int(network.predict(certain).logits.argmax())
    assert np.abs(saliency(network, certain, digit).values).max() > 1e-3


@pytest.mark.parametrize("layer", ["relu1", "relu4", "relu5"])
def test_grad_cam_weighs_each_map_by_its_mean_gradient(
    network: Classifier, seven: NDArray[np.float32], layer: str
) -> None:
    maps = network.predict(seven).activations[layer]
    gradient = network.gradients(seven, 7)[layer]
    height, width, channels = maps.shape
    expected = np.zeros((height, width))
    for channel in range(channels):
        weight = sum(gradient[:, :, channel].ravel().tolist()) / (height * width)
        expected += weight * maps[:, :, channel]
    np.testing.assert_allclose(
        grad_cam(network, seven, 7, layer).values, expected.clip(min=0), rtol=1e-3, atol=1e-4
    )


def test_the_gradient_by_a_deep_map_is_that_of_the_logit(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    # From relu5 on the network is small enough to be computed here, from its learned weights.
    layers = {layer.name: layer for layer in network.layers}
    dense1, logits = layers["dense1"], layers["logits"]
    assert dense1.kernel is not None
    assert logits.kernel is not None
    active = network.predict(seven).activations["relu6"] > 0
    by_unit = logits.kernel[:, 3] * active
    expected = (dense1.kernel @ by_unit).reshape(7, 7, 32)
    np.testing.assert_allclose(network.gradients(seven, 3)["relu5"], expected, rtol=1e-3, atol=1e-5)


def stand_in(slope: float) -> Any:
    """Return a network of two maps, 7x7 of ones, whose cells all have one slope; logits 0 to 9."""
    maps = np.ones((7, 7, 2), np.float32)
    logits = np.arange(10, dtype=np.float32)
    image = np.full((28, 28, 1), slope, np.float32)
    return SimpleNamespace(
        gradients=lambda _, __: {"image": image, "relu5": np.full_like(maps, slope)},
        predict=lambda _: SimpleNamespace(activations={"relu5": maps}, logits=logits),
        logits_many=lambda pictures: logits + slope * pictures.sum(axis=(1, 2))[:, None],
    )


def test_an_empty_grad_cam_says_that_it_is_empty(seven: NDArray[np.float32]) -> None:
    explanation = grad_cam(stand_in(-1), seven, 7)
    assert explanation.empty
    assert not explanation.values.any()
    assert explanation.sentence == (
        "Nothing that relu5 found speaks for 7, so the map is empty. "
        "That is an answer, not a fault."
    )


def test_a_picture_that_no_pixel_changes_has_no_saliency(seven: NDArray[np.float32]) -> None:
    explanation = saliency(stand_in(0), seven, 7)
    assert explanation.empty
    assert explanation.sentence == (
        "No single pixel changes the logit of 7: there is nothing to show."
    )


# The logits of the stand-in lie 9 apart: a hundredth is 0.09. Two maps of 49 ones at a slope of
# 0.0009 add up to 0.0882; a covered square has 25 pixels.
@pytest.mark.parametrize(
    ("ask", "slope", "lead"),
    [
        (
            saliency,
            0.0899,
            "Full ink in the pixel that matters most would change the logit of 7 by about 0.09",
        ),
        (grad_cam, 0.0009, "All that relu5 found speaks for 7 with about 0.088"),
        (
            occlusion,
            0.0034,
            "Covering the place that matters most changes the logit of 7 by about 0.085",
        ),
    ],
)
def test_a_map_too_weak_to_mean_anything_says_so_with_its_number(
    ask: Any, slope: float, lead: str
) -> None:
    full = np.ones((28, 28))
    explanation = ask(stand_in(slope), full, 7)
    assert explanation.empty
    assert explanation.sentence == (
        f"{lead} only, while 9.0 lie between the highest and the lowest logit of this picture. "
        "That is too little to mean anything, so no map is shown."
    )
    assert not ask(stand_in(1.1 * slope), full, 7).empty


@pytest.mark.parametrize("ask", [saliency, grad_cam, occlusion])
def test_the_digit_that_is_read_has_a_map_to_show(
    network: Classifier, seven: NDArray[np.float32], ask: Any
) -> None:
    explanation = ask(network, seven, 7)
    assert not explanation.empty
    assert explanation.signed is bool(explanation.values.min() < 0)


def test_each_map_says_what_its_numbers_are_and_how_to_read_them(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    said = [ask(network, seven, 7) for ask in (saliency, grad_cam, occlusion)]
    assert [(each.unit, each.sentence) for each in said] == [
        (
            "logit per unit of ink",
            "Where a little more ink would raise the logit of 7 (above 0) or lower it (below 0).",
        ),
        (
            "weighted activation",
            "Where relu5 found what speaks for 7: its maps, each times its mean slope, added up "
            "and cut at 0. One cell stands for 4 × 4 pixels.",
        ),
        (
            "fall of the logit",
            "How far the logit of 7 falls when a square of 5 × 5 pixels of paper covers the place. "
            "Below 0 it rises.",
        ),
    ]


def test_occlusion_with_one_square_over_all_is_the_fall_to_a_blank_picture(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    whole, blank = network.logits_many(np.stack([seven, np.zeros_like(seven)]))[:, 7]
    values = occlusion(network, seven, 7, size=28, stride=1).values
    np.testing.assert_allclose(values, np.full((28, 28), whole - blank), rtol=1e-4)


def test_occlusion_pixel_by_pixel_is_the_fall_with_that_pixel_gone(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    values = occlusion(network, seven, 7, size=1, stride=1).values
    row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    gone = seven.copy()
    gone[row, column] = 0
    before, after = network.logits_many(np.stack([seven, gone]))[:, 7]
    assert values[row, column] == pytest.approx(before - after, rel=1e-3, abs=1e-4)
    assert np.abs(values[seven == 0]).max() < 1e-3


def test_occlusion_reaches_the_rim_when_the_stride_does_not_lead_there(
    network: Classifier,
) -> None:
    # Size 5 with stride 5 would end at 25 of 28; the digit lies at the very rim.
    image = np.zeros((28, 28), dtype=np.float32)
    image[8:24, 26:] = 1
    values = occlusion(network, image, 1, size=5, stride=5).values
    assert np.abs(values[8:24, 25:]).max() > 0.01


def test_occlusion_of_a_blank_picture_says_that_there_is_nothing_to_cover(
    network: Classifier,
) -> None:
    explanation = occlusion(network, np.zeros((28, 28)), 4)
    assert explanation.empty
    assert explanation.sentence == (
        "Covering any place leaves the logit of 4 as it is: there is no ink to cover."
    )


@pytest.mark.parametrize(
    ("size", "stride", "message"),
    [
        (0, 1, "size is 0, but must be 1 to 28. Choose 1."),
        (29, 1, "size is 29, but must be 1 to 28. Choose 28."),
        (4, 5, "stride is 5, but must be 1 to 4. Choose 4."),
    ],
)
def test_a_square_that_cannot_be_laid_names_the_nearest_that_can(
    network: Classifier, seven: NDArray[np.float32], size: int, stride: int, message: str
) -> None:
    with pytest.raises(ClassifierError, match=f"^{re.escape(message)}$") as raised:
        occlusion(network, seven, 7, size, stride)
    fixed = {"size": size, "stride": stride}
    fixed[raised.value.field] = int(message.rpartition(" ")[2].rstrip("."))
    occlusion(network, seven, 7, **fixed)


def test_a_layer_without_maps_is_refused_by_grad_cam(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    names = ", ".join(network.gradients(seven, 7))
    message = f"layer is dense1, but Grad-CAM needs one that has maps: {names}. Choose relu5."
    with pytest.raises(ClassifierError, match=f"^{re.escape(message)}$"):
        grad_cam(network, seven, 7, "dense1")
    grad_cam(network, seven, 7, "relu5")


def test_ten_is_no_digit(network: Classifier, seven: NDArray[np.float32]) -> None:
    message = "digit is 10, but there are the digits 0 to 9. Choose one of them."
    for ask in (saliency, grad_cam, occlusion):
        with pytest.raises(ClassifierError, match=f"^{re.escape(message)}$"):
            ask(network, seven, 10)
    saliency(network, seven, 9)
