"""The overview is sent every step of the preparation, and every layer with its cells' shares."""

import numpy as np
import pytest

from cnnviz import classifier, mnist
from cnnviz.digits import Step, prepare
from cnnviz.drawing import ink
from cnnviz.share import SEVEN
from cnnviz.ui import network as overview
from tests.ui.test_pack import unpack


@pytest.fixture(scope="module")
def network():
    return classifier.load()


@pytest.fixture(scope="module")
def activations(network):
    return network.predict(mnist.load().test_image(0)).activations


@pytest.fixture
def mounted(monkeypatch):
    """Mount the overview and return what its browser side would unpack."""

    def mount(steps, layers=None):
        calls = []
        monkeypatch.setattr(overview, "_component", lambda **options: calls.append(options))
        overview.mount(steps, layers, arrival=1, key="here", on_choice=print)
        (call,) = calls
        assert (call["key"], call["on_choice_change"]) == ("here", print)
        return unpack(call["data"])

    return mount


@pytest.fixture
def sent(network, mounted):
    """Mount the layers alone."""
    return lambda activations: mounted((), overview.Layers(network, activations, ("relu1", 3)))


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


def test_each_cell_of_a_map_is_sent_as_its_share_of_the_layers_largest(sent, activations):
    header, arrays = sent(activations)
    for layer in with_maps(header):
        values, shares = activations[layer["name"]], arrays[layer["name"]]
        assert shares.dtype == np.int8
        if layer["name"] != "image":
            assert layer["limit"] == pytest.approx(np.abs(values).max())
            assert np.abs(shares).max() == 127
        np.testing.assert_allclose(
            shares * (layer["limit"] / 127), values, atol=layer["limit"] / 250
        )


def test_layers_without_maps_are_sent_as_their_numbers(sent, activations):
    header, arrays = sent(activations)
    for name in ("flatten", "dense1", "relu6", "logits", "softmax"):
        np.testing.assert_array_equal(arrays[name], activations[name])
    limits = {layer["name"]: layer["limit"] for layer in header["layers"]}
    assert limits["logits"] == pytest.approx(np.abs(activations["logits"]).max())
    assert limits["softmax"] == 1


def test_a_layer_without_maps_says_what_it_reads_and_what_that_sees_of_the_digit(
    network, sent, activations
):
    header, _ = sent(activations)
    origins = {layer["name"]: layer["from"] for layer in header["layers"]}
    assert origins["relu5"] is None
    assert [origins[name]["name"] for name in ("dense1", "relu6", "logits", "softmax")] == [
        "flatten", "dense1", "relu6", "logits",
    ]  # fmt: skip
    flat = origins["flatten"]
    assert (flat["name"], flat["shape"]) == ("relu5", [7, 7, 32])
    for row, column in ((0, 0), (3, 4), (6, 6)):
        rows, columns = network.receptive_field("relu5", row, column)
        assert flat["rows"][row] == [rows.start, rows.stop]
        assert flat["columns"][column] == [columns.start, columns.stop]


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


def test_a_dead_layer_is_sent_as_nothing_but_zeros(sent, activations):
    header, arrays = sent({**activations, "relu2": np.zeros((28, 28, 16), np.float32)})
    assert not arrays["relu2"].any()
    (limit,) = (layer["limit"] for layer in header["layers"] if layer["name"] == "relu2")
    assert limit == 0


def test_a_picture_of_every_map_takes_a_byte_a_cell(sent, activations):
    header, arrays = sent(activations)
    for layer in with_maps(header):
        assert arrays[layer["name"]].nbytes == activations[layer["name"]].size


def test_steps_are_sent_small_and_a_picture_that_no_step_changed_only_once(mounted):
    steps = prepare(ink(SEVEN), skip=["centre"]).steps
    header, arrays = mounted(steps)
    assert header["layers"] == []
    sent = {step["name"]: step for step in header["steps"]}
    assert list(sent) == [step.name for step in steps]
    assert [name for name, step in sent.items() if step["skipped"]] == ["centre"]
    assert [step["sentence"] for step in sent.values()] == [step.sentence for step in steps]
    assert sent["ink"]["picture"] == sent["drawn"]["picture"]  # white on black already
    assert sent["crop"]["picture"] != sent["drawn"]["picture"]
    assert all(64 <= max(arrays[sent[name]["picture"]].shape) < 128 for name in ("drawn", "crop"))
    np.testing.assert_allclose(
        arrays[sent["centre"]["picture"]][:, :, 0] / 127, steps[-1].picture, atol=0.5 / 127
    )


@pytest.mark.parametrize("shape", [(1, 280), (280, 1), (5, 9)])
def test_a_step_of_any_shape_keeps_a_picture(shape, mounted):
    _, arrays = mounted([Step("drawn", np.ones(shape, np.float32), "As it was given.")])
    (picture,) = arrays.values()
    assert picture.size
    assert (picture == 127).all()


def with_maps(header):
    return [layer for layer in header["layers"] if layer["maps"]]
