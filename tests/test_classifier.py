"""The shipped network: what it answers, what it shows of itself, and what it refuses."""

import math
import re
import shutil
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz import classifier, mnist
from cnnviz.classifier import Classifier, ClassifierError, load
from cnnviz.layers import Conv2D, MaxPooling2D
from cnnviz.wording import answer_lines


@pytest.fixture(scope="module")
def network() -> Classifier:
    return load()


@pytest.fixture(scope="module")
def seven() -> NDArray[np.float32]:
    return mnist.load().test_image(0)


@pytest.fixture(scope="module")
def keras_model() -> Any:
    import keras

    return keras.saving.load_model(classifier.PATH, compile=False)


@pytest.fixture(scope="module")
def probabilities(network: Classifier) -> NDArray[np.float32]:
    """Return what the network says to all 10,000 test digits."""
    return network.predict_many(mnist.load().x_test / np.float32(255))


@pytest.fixture(scope="module")
def misread(probabilities: NDArray[np.float32]) -> list[int]:
    return list(np.flatnonzero(probabilities.argmax(axis=1) != mnist.load().y_test))


def test_at_least_99_6_percent_of_all_test_digits_are_read(misread: list[int]) -> None:
    assert len(misread) <= 40


def test_the_network_is_seldom_wrong_where_it_is_called_sure_and_often_where_it_is_not(
    probabilities: NDArray[np.float32],
) -> None:
    wrong = probabilities.argmax(axis=1) != mnist.load().y_test
    said = np.array([answer_lines([0.0] * 10, row)[0].split("**")[1] for row in probabilities])
    share = {words: wrong[said == words].mean() for words in set(said)}
    assert share["sure"] < 0.001
    assert (said == "sure").mean() > 0.95
    assert share["sure"] < share["fairly sure"] < share["doubtful"] < share["not sure"]


def test_the_file_keeps_to_its_limits(network: Classifier) -> None:
    assert classifier.PATH.stat().st_size <= 1_500_000
    assert sum(layer.parameters for layer in network.layers) <= 300_000
    assert (
        max(layer.output_shape[2] for layer in network.layers if len(layer.output_shape) == 3) <= 32
    )


def test_the_network_has_plain_layers_only(network: Classifier) -> None:
    kinds = {layer.kind for layer in network.layers}
    assert kinds == {
        "InputLayer", "Conv2D", "ReLU", "MaxPooling2D", "Flatten", "Dense", "Softmax",
    }  # fmt: skip


def test_every_activation_is_the_one_that_the_keras_model_computes(
    network: Classifier, keras_model: Any, seven: NDArray[np.float32]
) -> None:
    activations = network.predict(seven).activations
    assert list(activations) == [layer.name for layer in keras_model.layers]
    value = seven[None, :, :, None]
    np.testing.assert_array_equal(activations["image"], value[0])
    for layer in keras_model.layers[1:]:
        value = layer(value, training=False)
        np.testing.assert_allclose(activations[layer.name], value.numpy()[0], rtol=1e-4, atol=1e-5)
    whole = keras_model(seven[None, :, :, None]).numpy()
    np.testing.assert_allclose(activations["softmax"], whole[0], atol=1e-6)


def test_the_softmax_is_that_of_the_logits(network: Classifier, seven: NDArray[np.float32]) -> None:
    answer = network.predict(seven)
    powers = [math.exp(logit) for logit in answer.logits]
    for probability, power in zip(answer.probabilities, powers, strict=True):
        assert probability == pytest.approx(power / sum(powers), rel=1e-4, abs=1e-7)


def test_many_pictures_get_the_answers_that_each_gets_alone(network: Classifier) -> None:
    images = mnist.load().x_test[:3] / np.float32(255)
    alone = [network.predict(image) for image in images]
    np.testing.assert_allclose(
        network.predict_many(images), [a.probabilities for a in alone], atol=1e-6
    )
    np.testing.assert_allclose(network.logits_many(images), [a.logits for a in alone], atol=1e-4)


def test_more_pictures_than_fit_a_batch_are_all_answered(network: Classifier) -> None:
    images = np.repeat(mnist.load().test_image(0)[None], classifier.BATCH + 1, axis=0)
    answers = network.predict_many(images)
    assert answers.shape == (classifier.BATCH + 1, 10)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


def test_no_pictures_get_no_answers(network: Classifier) -> None:
    assert network.predict_many(np.zeros((0, 28, 28))).shape == (0, 10)


def test_layers_are_described_with_shape_parameters_and_weights(network: Classifier) -> None:
    layers = {layer.name: layer for layer in network.layers}
    conv2, pool1, dense1 = layers["conv2"], layers["pool1"], layers["dense1"]
    assert conv2.layer == Conv2D(16, 3, padding="same")
    assert pool1.layer == MaxPooling2D(2)
    assert conv2.kernel is not None
    assert conv2.bias is not None
    assert (conv2.kernel.shape, conv2.bias.shape) == ((3, 3, 16, 16), (16,))
    assert conv2.parameters == 3 * 3 * 16 * 16 + 16
    assert dense1.parameters == 7 * 7 * 32 * 128 + 128
    for before, after in zip(network.layers, network.layers[1:], strict=False):
        if after.layer is not None:
            height, width, channels = before.output_shape
            assert after.layer.output_shape((height, width, channels)) == after.output_shape


def test_one_misread_digit_follows_another(misread: list[int]) -> None:
    for index, following in (*pairwise([0, *misread[:6]]), (misread[-1], misread[0])):
        assert classifier.next_mistake(index) == following


@pytest.mark.parametrize("after", [0, 3, 4, 9_999])
def test_the_only_misread_digit_follows_itself_and_where_there_is_none_nothing_moves(
    after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier, "_misread", lambda part: (3,) if part == 0 else ())
    assert classifier.next_mistake(after) == 3
    monkeypatch.setattr(classifier, "_misread", lambda _: ())
    assert classifier.next_mistake(after) == after


def test_no_digit_is_read_twice_to_find_misread_ones(
    misread: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    predict = Classifier.predict_many

    def counted(network: Classifier, images: NDArray[np.float32]) -> NDArray[np.float32]:
        read.append(len(images))
        return predict(network, images)

    monkeypatch.setattr(Classifier, "predict_many", counted)
    classifier._misread.cache_clear()
    for _ in range(2):
        for index in range(misread[0]):
            assert classifier.next_mistake(index) == misread[0]
    assert sum(read) == 100 * (misread[0] // 100 + 1)


@pytest.mark.parametrize(
    ("layer", "row", "column"),
    [("conv1", 0, 0), ("relu2", 27, 13), ("pool1", 5, 9), ("conv3", 13, 0), ("pool2", 3, 3),
     ("conv5", 6, 1), ("image", 4, 5)],
)  # fmt: skip
def test_only_pixels_in_the_receptive_field_change_a_cell(
    network: Classifier, seven: NDArray[np.float32], layer: str, row: int, column: int
) -> None:
    rows, columns = network.receptive_field(layer, row, column)
    outside = seven.copy()
    noise = np.random.default_rng(5).random((28, 28), dtype=np.float32)
    mask = np.ones((28, 28), dtype=bool)
    mask[rows.start : rows.stop, columns.start : columns.stop] = False
    outside[mask] = noise[mask]
    before = network.predict(seven).activations[layer][row, column]
    np.testing.assert_allclose(
        network.predict(outside).activations[layer][row, column], before, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("layer", "cell", "field"),
    [
        ("conv1", (14, 0), (range(13, 16), range(2))),
        ("conv2", (14, 0), (range(12, 17), range(3))),
        ("pool1", (13, 0), (range(24, 28), range(4))),
        ("conv3", (7, 13), (range(10, 20), range(22, 28))),
        ("pool2", (3, 0), (range(6, 22), range(10))),
    ],
)
def test_receptive_fields_counted_by_hand(
    network: Classifier, layer: str, cell: tuple[int, int], field: tuple[range, range]
) -> None:
    assert network.receptive_field(layer, *cell) == field


def test_a_dense_unit_sees_the_whole_picture(network: Classifier) -> None:
    assert network.receptive_field("dense1", 0, 0) == (range(28), range(28))


def refused(call: Any, field: str, message: str) -> None:
    with pytest.raises(ClassifierError, match=f"^{re.escape(message)}$") as raised:
        call()
    assert raised.value.field == field


def test_a_picture_of_another_size_is_refused(network: Classifier) -> None:
    refused(
        lambda: network.predict(np.zeros((20, 20))),
        "image",
        "image has shape (20, 20), but the network reads (28, 28). "
        "Pass the image that digits.prepare returns.",
    )
    network.predict(np.zeros((28, 28)))


def test_a_picture_with_holes_is_refused(network: Classifier) -> None:
    image = np.zeros((28, 28))
    image[3, 3] = np.nan
    refused(
        lambda: network.predict(image),
        "image",
        "image holds values that are no numbers, but the network reads 0 (paper) to 1 (ink). "
        "Pass the image that digits.prepare returns.",
    )


def test_a_cell_beyond_the_layer_names_the_last_one(network: Classifier) -> None:
    refused(
        lambda: network.receptive_field("pool1", 14, 0),
        "row",
        "row is 14, but pool1 has 14 rows. Choose 0 to 13.",
    )
    network.receptive_field("pool1", 13, 0)


def test_an_unknown_layer_lists_those_there_are(network: Classifier) -> None:
    names = ", ".join(layer.name for layer in network.layers)
    refused(
        lambda: network.receptive_field("conv9", 0, 0),
        "layer",
        f"layer is conv9, but the layers are {names}. Choose one of them.",
    )


FIX = "Fetch it again: git checkout -- assets/classifier.keras. Or run: python -m cnnviz.training"


def test_a_missing_model_file_says_how_to_get_it_back(tmp_path: Path) -> None:
    path = tmp_path / "classifier.keras"
    refused(
        lambda: load(path),
        "classifier.keras",
        f"{path} is missing, but the network is read from this file alone. {FIX}",
    )
    shutil.copy(classifier.PATH, path)
    assert load(path).predict(np.zeros((28, 28))).logits.shape == (10,)


@pytest.mark.parametrize("keep", [0, 100, 200_000], ids=["empty", "header only", "cut off"])
def test_a_damaged_model_file_says_how_to_get_it_back(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "classifier.keras"
    path.write_bytes(classifier.PATH.read_bytes()[:keep])
    refused(
        lambda: load(path),
        "classifier.keras",
        f"{path} cannot be read as a network from cnnviz.training. {FIX}",
    )


# Keras 3.15 does not know NumPy 2.4's argument `copy` yet.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_another_network_is_not_taken_for_ours(tmp_path: Path) -> None:
    import keras

    path = tmp_path / "classifier.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(path)
    refused(
        lambda: load(path),
        "classifier.keras",
        f"{path} cannot be read as a network from cnnviz.training. {FIX}",
    )


def test_threads_share_one_network_and_get_the_same_answers(
    network: Classifier, seven: NDArray[np.float32]
) -> None:
    expected = network.predict(seven).logits
    answers: list[NDArray[np.float32]] = []

    def ask() -> None:
        assert load() is network
        answers.extend(load().predict(seven).logits for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 80
    for answer in answers:
        np.testing.assert_allclose(answer, expected, rtol=1e-5)


def test_warming_up_compiles_without_a_picture() -> None:
    classifier.warm_up()
