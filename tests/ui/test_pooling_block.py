"""What the stage is sent of a pooling layer is that layer: it can be computed again."""

import numpy as np
import pytest

from cnnviz.compute import pool
from cnnviz.layers import AveragePooling2D, MaxPooling2D
from cnnviz.share import PoolingState
from cnnviz.ui.blocks import pooling_block
from cnnviz.window import taps
from tests.strategies import numbers
from tests.ui.test_pack import unpack

KINDS = {"max_pooling": MaxPooling2D, "average_pooling": AveragePooling2D}


def sent(layer, image, state=None, **options):
    state = state or PoolingState()
    return unpack(pooling_block(state, layer, image=image, output=pool(image, layer), **options))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (0, 2))])
def test_a_pooling_computed_from_what_is_sent_gives_the_output_that_is_sent(kind, padding):
    image = numbers((7, 6, 4))
    header, arrays = sent(KINDS[kind]((2, 3), (2, 1), padding), image)
    assert header["kind"] == kind
    assert "kernel" not in arrays
    np.testing.assert_array_equal(arrays["input"], image)
    again = KINDS[kind]((2, 3), (2, 1), tuple(map(tuple, header["padding"]["amounts"])))
    np.testing.assert_allclose(arrays["output"], pool(image, again), rtol=1e-6)
    rows, columns = taps(again, image.shape)
    np.testing.assert_array_equal(arrays["row_taps"], rows)
    np.testing.assert_array_equal(arrays["column_taps"], columns)


def test_padding_never_wins_a_maximum_and_is_not_counted_in_an_average():
    image = numbers((3, 3, 1))
    texts = {
        kind: sent(layer(2, padding="same"), image)[0]["padding"] for kind, layer in KINDS.items()
    }
    assert texts == {
        "max_pooling": {
            "amounts": [[0, 1], [0, 1]], "mark": "−∞", "text": "which never wins"
        },
        "average_pooling": {
            "amounts": [[0, 1], [0, 1]], "mark": "–", "text": "which is not counted"
        },
    }  # fmt: skip


def test_what_comes_out_of_pixels_is_pixels_and_out_of_other_numbers_is_not():
    grey = np.full((4, 4, 1), 0.5, np.float32)
    layer = MaxPooling2D(2)
    assert sent(layer, grey)[0]["scales"] == {"input": "pixels", "output": "pixels"}
    assert sent(layer, grey - 1)[0]["scales"] == {"input": "signed", "output": "signed"}


def test_the_maps_of_a_convolution_are_no_pixels_even_between_0_and_1():
    image = np.full((4, 4, 3), 0.5, np.float32)
    state = PoolingState(input="convolution")
    header, _ = sent(MaxPooling2D(2), image, state, names=["Sobel x", "Sobel y", "Outline"])
    assert header["scales"] == {"input": "signed", "output": "signed"}
    assert header["channel_names"] == header["map_names"] == ["Sobel x", "Sobel y", "Outline"]


@pytest.mark.parametrize(
    ("channels", "names"),
    [(1, ["grey"]), (3, ["red", "green", "blue"]), (2, ["channel 0", "channel 1"])],
)
def test_a_map_has_the_name_of_the_plane_that_it_comes_from(channels, names):
    header, _ = sent(MaxPooling2D(2), numbers((4, 4, channels)))
    assert header["channel_names"] == header["map_names"] == names


def test_only_a_matrix_can_be_edited_and_only_where_it_may_be():
    image, layer = numbers((4, 4, 1)), MaxPooling2D(2)
    assert sent(layer, image)[0]["editable"] == {"weights": False, "input": True}
    sample = PoolingState(input="sample")
    assert sent(layer, image, sample)[0]["editable"] == {"weights": False, "input": False}
    assert sent(layer, image, editable=False)[0]["editable"] == {"weights": False, "input": False}


def test_the_pin_and_the_scope_of_the_link_are_on_the_stage():
    state = PoolingState(pin=(1, 0, 2), scope="map")
    header, _ = sent(MaxPooling2D(2), numbers((4, 4, 3)), state, confirmed=7, arrival=2)
    assert header["view"] == {"pin": [1, 0, 2], "scope": "map", "arrival": 2}
    assert header["confirmed"] == 7
