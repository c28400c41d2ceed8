"""The overview is sent every layer: its shape, its parameters, and its cells as shares of one."""

import numpy as np
import pytest

from cnnviz import classifier, mnist
from cnnviz.ui import network as overview
from tests.ui.test_pack import unpack


@pytest.fixture(scope="module")
def network():
    return classifier.load()


@pytest.fixture(scope="module")
def activations(network):
    return network.predict(mnist.load().test_image(0)).activations


@pytest.fixture
def sent(network, monkeypatch):
    """Mount the overview and return what its browser side would unpack."""

    def mounted(activations, chosen=("relu1", 3)):
        calls = []
        monkeypatch.setattr(overview, "_component", lambda **options: calls.append(options))
        overview.mount(network, activations, chosen=chosen, key="here", on_choice=print)
        (call,) = calls
        assert (call["key"], call["on_choice_change"]) == ("here", print)
        return unpack(call["data"])

    return mounted


def test_every_layer_is_there_in_order_with_shape_and_parameters(network, sent, activations):
    header, arrays = sent(activations)
    assert [layer["name"] for layer in header["layers"]] == list(activations) == list(arrays)
    assert len(activations) == len(network.layers)
    about = {layer["title"]: layer["about"] for layer in header["layers"]}
    assert about["the picture"] == "28 × 28 × 1"
    assert about["conv1 · convolution"] == "28 × 28 × 16 · 160 parameters"
    assert about["pool1 · max pooling"] == "14 × 14 × 16 · 0 parameters"
    assert about["dense1 · dense"] == "128 · 200,832 parameters"
    assert header["chosen"] == ["relu1", 3]


def test_each_cell_is_sent_as_its_share_of_the_layers_largest(sent, activations):
    header, arrays = sent(activations)
    for layer in header["layers"]:
        values, shares = activations[layer["name"]], arrays[layer["name"]]
        assert shares.dtype == np.int8
        if layer["name"] != "image":
            assert layer["limit"] == pytest.approx(np.abs(values).max())
            assert np.abs(shares).max() == 127
        np.testing.assert_allclose(
            shares * (layer["limit"] / 127), values, atol=layer["limit"] / 250
        )


def test_a_faint_picture_stays_faint_on_its_scale_from_0_to_1(sent, activations):
    header, arrays = sent({**activations, "image": np.float32(0.5) * activations["image"]})
    assert header["layers"][0]["limit"] == 1
    assert arrays["image"].max() == round(63.5 * activations["image"].max())


def test_only_layers_with_maps_are_drawn_as_maps(sent, activations):
    header, _ = sent(activations)
    maps = {layer["name"]: layer["maps"] for layer in header["layers"]}
    assert maps["pool2"] == [7, 7, 32]
    assert [name for name, shape in maps.items() if shape is None] == [
        "flatten", "dense1", "relu6", "logits", "softmax",
    ]  # fmt: skip


def test_ten_logits_and_ten_probabilities_are_sent_as_numbers(sent, activations):
    header, _ = sent(activations)
    numbers = {layer["name"]: layer["numbers"] for layer in header["layers"] if "numbers" in layer}
    assert list(numbers) == ["logits", "softmax"]
    np.testing.assert_allclose(numbers["softmax"], activations["softmax"])


def test_a_dead_layer_is_sent_as_nothing_but_zeros(sent, activations):
    header, arrays = sent({**activations, "relu2": np.zeros((28, 28, 16), np.float32)})
    assert not arrays["relu2"].any()
    (limit,) = (layer["limit"] for layer in header["layers"] if layer["name"] == "relu2")
    assert limit == 0


def test_a_picture_of_every_layer_takes_a_byte_a_cell(network, sent, activations):
    _, arrays = sent(activations)
    cells = sum(values.nbytes for values in arrays.values())
    assert cells == sum(int(np.prod(layer.output_shape)) for layer in network.layers)
