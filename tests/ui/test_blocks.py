"""What the stage is sent of a layer of the classifier is that layer: it can be computed again."""

import re

import numpy as np
import pytest

from cnnviz import classifier, compute, mnist, window
from cnnviz.classifier import ClassifierError
from cnnviz.layers import Conv2D, MaxPooling2D
from cnnviz.share import ClassifierState
from cnnviz.ui.blocks import layers_that_open, network_block
from tests.ui.test_pack import unpack

CONVOLUTIONS = ["conv1", "relu1", "conv2", "relu2", "conv3", "relu3", "conv4", "relu4", "conv5",
                "relu5"]  # fmt: skip
POOLINGS = ["pool1", "pool2"]
OPENS = [*CONVOLUTIONS, *POOLINGS]


@pytest.fixture(scope="module")
def network():
    return classifier.load()


@pytest.fixture(scope="module")
def digit():
    return mnist.load().test_image(0)


@pytest.fixture(scope="module")
def prediction(network, digit):
    return network.predict(digit)


@pytest.fixture
def sent(network, prediction, digit):
    def block(name, **fields):
        state = ClassifierState(layer=name, **fields)
        return unpack(network_block(state, network, prediction.activations, digit))

    return block


def test_every_layer_opens_that_has_maps_and_only_those(network):
    shapes = {layer.name: layer.output_shape for layer in network.layers}
    with_maps = {name for name, shape in shapes.items() if len(shape) == 3}
    assert set(layers_that_open(network)) == set(OPENS) == with_maps - {"image"}
    assert layers_that_open(network).items() <= shapes.items()


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_computed_from_what_is_sent_gives_the_output_that_is_sent(name, sent):
    header, arrays = sent(name)
    assert header["kind"] == "convolution"
    layer = Conv2D(
        arrays["kernel"].shape[3],
        arrays["kernel"].shape[:2],
        padding=tuple(map(tuple, header["padding"]["amounts"])),
        groups=header["groups"],
        activation=header["activation"],
    )
    again = compute.convolve(arrays["input"], arrays["kernel"], arrays["bias"], layer)
    np.testing.assert_allclose(arrays["output"], again, atol=1e-4, rtol=1e-4)
    assert (arrays["output"].min() >= 0) == name.startswith("relu")


@pytest.mark.parametrize("name", POOLINGS)
def test_a_pooling_computed_from_what_is_sent_gives_the_output_that_is_sent(name, sent):
    header, arrays = sent(name)
    assert header["kind"] == "max_pooling"
    assert "kernel" not in arrays
    again = compute.pool(arrays["input"], MaxPooling2D(2))
    np.testing.assert_array_equal(arrays["output"], again)


@pytest.mark.parametrize("name", OPENS)
def test_the_output_is_the_networks_own(name, sent, prediction):
    np.testing.assert_array_equal(sent(name)[1]["output"], prediction.activations[name])


@pytest.mark.parametrize(
    ("name", "before"),
    [("conv1", "image"), ("relu1", "image"), ("relu2", "relu1"), ("pool1", "relu2"),
     ("conv3", "pool1"), ("relu5", "pool2")],
)  # fmt: skip
def test_the_input_is_the_layer_before_the_operation(name, before, sent, prediction):
    np.testing.assert_array_equal(sent(name)[1]["input"], prediction.activations[before])


@pytest.mark.parametrize("name", OPENS)
def test_the_taps_are_those_of_the_window(name, sent, network):
    _, arrays = sent(name)
    operation = next(
        layer for layer in network.layers if layer.name == name.replace("relu", "conv")
    )
    rows, columns = window.taps(operation.layer, arrays["input"].shape)
    np.testing.assert_array_equal(arrays["row_taps"], rows)
    np.testing.assert_array_equal(arrays["column_taps"], columns)


@pytest.mark.parametrize("name", OPENS)
def test_each_cell_outlines_its_receptive_field_on_the_digit(name, sent, network, digit):
    _, arrays = sent(name)
    height, width, _ = arrays["output"].shape
    np.testing.assert_array_equal(arrays["digit"], digit)
    assert arrays["receptive_rows"].shape == (height, 2)
    assert arrays["receptive_columns"].shape == (width, 2)
    for row, column in ((0, width - 1), (height // 2, 1), (height - 1, 0)):
        fields = network.receptive_field(name, row, column)
        assert range(*arrays["receptive_rows"][row]) == fields[0]
        assert range(*arrays["receptive_columns"][column]) == fields[1]


def test_only_the_picture_is_shown_in_grey_and_every_output_on_the_signed_scale(sent):
    assert sent("relu1")[0]["scales"] == {"input": "pixels", "output": "signed"}
    assert sent("conv2")[0]["scales"] == {"input": "signed", "output": "signed"}


@pytest.mark.parametrize("name", OPENS)
def test_every_channel_and_every_map_has_a_name_and_nothing_can_be_edited(name, sent):
    header, arrays = sent(name)
    assert len(header["channel_names"]) == arrays["input"].shape[2]
    assert header["map_names"] == [f"map {k + 1}" for k in range(arrays["output"].shape[2])]
    assert len(set(header["channel_names"])) == len(header["channel_names"])
    assert header["editable"] == {"weights": False, "input": False}


def test_the_pin_and_the_scope_of_the_link_are_on_the_stage(sent):
    header, _ = sent("conv4", pin=(3, 9, 31), scope="map")
    assert header["view"] == {"pin": [3, 9, 31], "scope": "map", "arrival": 0}


def test_another_map_or_layer_is_another_picture_for_the_stage(sent):
    shown = {
        sent(name, pin=pin)[0]["shown"]
        for name in ("conv1", "relu1")
        for pin in ((1, 1, 0), (1, 1, 2))
    }
    assert len(shown) == 4
    assert sent("conv1", pin=(1, 1, 0))[0]["shown"] == sent("conv1", pin=(5, 5, 0))[0]["shown"]


@pytest.mark.parametrize("name", ["image", "flatten", "dense1", "relu6", "softmax"])
def test_a_layer_that_slides_no_window_names_those_that_do(name, sent):
    message = (
        f"layer is {name}, but the stage shows those that slide a window: conv1, relu1, conv2, "
        "relu2, pool1, conv3, relu3, conv4, relu4, pool2, conv5, relu5. Choose one of them."
    )
    with pytest.raises(ClassifierError, match=f"^{re.escape(message)}$") as caught:
        sent(name)
    assert caught.value.field == "layer"
    for fix in re.findall(r"(?:conv|relu|pool)\d", message.partition(": ")[2]):
        assert sent(fix)[1]["output"].ndim == 3
