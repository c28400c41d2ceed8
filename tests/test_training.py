"""Training in small: it runs, it repeats itself, and what it saves is what it trained."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz import augment, mnist, network, penstrokes, report, training
from cnnviz.classifier import load
from cnnviz.digits import prepare

# Keras 3.15 does not know NumPy 2.4's argument `copy` yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def pictures() -> training.Pictures:
    return training.make_pictures(mnist.load(), limit=60, workers=1)


@pytest.fixture(scope="module")
def trained() -> Iterator[Any]:
    """Return a network whose normalisation has learned something."""
    import keras

    keras.utils.set_random_seed(3)
    model = network.build(training=True)
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if layer.name.endswith("_norm"):
            layer.set_weights([rng.uniform(0.5, 2, w.shape) for w in layer.get_weights()])
    return model


def test_folding_changes_no_answer(trained: Any) -> None:
    import keras

    plain = network.folded(trained)
    to_logits = keras.Model(plain.inputs[0], plain.get_layer("logits").output)
    images = mnist.load().x_test[:20, :, :, None] / np.float32(255)
    expected = trained(images, training=False).numpy()
    size = np.abs(expected).max()
    np.testing.assert_allclose(to_logits(images).numpy() / size, expected / size, atol=1e-5)


def test_the_plain_network_has_no_normalisation_and_ends_with_the_softmax(trained: Any) -> None:
    plain = network.folded(trained)
    kinds = {type(layer).__name__ for layer in plain.layers}
    assert kinds == {"InputLayer", "Conv2D", "Activation", "MaxPooling2D", "Flatten", "Dense"}
    assert plain.layers[-1].name == "softmax"
    assert plain.count_params() <= 300_000
    assert max(step for step in network.PLAN if isinstance(step, int)) <= 32


def test_training_normalises_as_keras_does() -> None:
    import keras

    batch = np.random.default_rng(4).normal(1, 2, (16, 7, 7, 3)).astype(np.float32)
    trained = network.build(training=True).get_layer("conv1_norm")
    assert trained.weights
    fused, plain = (kind(momentum=0.5) for kind in (type(trained), keras.layers.BatchNormalization))
    np.testing.assert_allclose(fused(batch, training=True), plain(batch, training=True), atol=1e-4)
    np.testing.assert_allclose(fused.moving_mean, plain.moving_mean, rtol=1e-4)
    # 16 * 7 * 7 values: the unbiased variance is larger by one in 783.
    np.testing.assert_allclose(fused.moving_variance, plain.moving_variance, rtol=2e-3)
    np.testing.assert_allclose(fused(batch, training=False), plain(batch), atol=1e-2)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    training.main(["--out", str(folder), "--epochs", "1", "--limit", "60", "--workers", "1"])
    return folder


def test_training_in_small_writes_a_network_and_its_report(written: Path) -> None:
    saved = load(written / "classifier.keras")
    assert saved.predict(np.zeros((28, 28))).probabilities.sum() == pytest.approx(1)
    report = (written / "classifier.md").read_text(encoding="utf-8")
    for part in (
        "## Architecture",
        "| conv2 | Conv2D | 28 x 28 x 16 | 2,320 |",
        "## Confusion",
        "## Robustness",
        "| light on dark | ",
        "## Other hands",
        "of 60 digits of another database",
        "of 60 test digits",
        "- **Time**: ",
        "- **Processor time**: ",
    ):
        assert part in report


def test_the_same_seed_trains_the_same_network(pictures: training.Pictures, written: Path) -> None:
    import keras

    first = keras.saving.load_model(written / "classifier.keras", compile=False)
    second = training.train(pictures, epochs=1)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        # Threads add up in another order: the same to single precision, not to the last bit.
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_an_epoch_is_as_long_as_the_data_and_repeats_itself(pictures: training.Pictures) -> None:
    images, targets = pictures.epoch(4)
    again, _ = pictures.epoch(4)
    other, _ = pictures.epoch(5)
    assert (images.shape, targets.shape) == ((60, 28, 28, 1), (60, 10))
    assert 0 <= images.min() <= images.max() <= 1
    np.testing.assert_array_equal(images, again)
    assert not np.array_equal(images, other)
    np.testing.assert_array_equal(targets.sum(axis=1), 1)


def test_the_batches_are_the_epochs_one_after_another(
    pictures: training.Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "BATCH", 50)
    images, targets = zip(*training.batches(pictures, epochs=2), strict=True)
    assert [len(batch) for batch in images] == [50, 10, 50, 10]
    assert pictures.epoch_size == 60
    for number in range(2):
        expected_images, expected_targets = pictures.epoch(number)
        first = 2 * number
        np.testing.assert_array_equal(np.concatenate(images[first : first + 2]), expected_images)
        np.testing.assert_array_equal(np.concatenate(targets[first : first + 2]), expected_targets)


def test_every_picture_of_an_epoch_keeps_its_label() -> None:
    # Pictures that are their own label: a block of rows for each digit.
    labels = np.arange(100, dtype=np.uint8) % 10
    blocks = np.zeros((100, 28, 28), dtype=np.uint8)
    for block, label in zip(blocks, labels, strict=True):
        block[2 * label + 4 : 2 * label + 6, 4:24] = 255
    made = training.Pictures(blocks, np.stack([blocks, blocks]), labels, blocks, labels)
    images, targets = made.epoch(0)
    rows = np.arange(28)[None, :, None, None]
    middle = (images * rows).sum(axis=(1, 2, 3)) / images.sum(axis=(1, 2, 3))
    # A gentle move is less than two and a half rows, labels are two apart: compare in the mean.
    assert np.abs(middle - (2 * targets.argmax(axis=1) + 4.5)).max() < 3.5
    assert np.corrcoef(middle, targets.argmax(axis=1))[0, 1] > 0.97


def test_three_in_ten_pictures_are_not_moved() -> None:
    images = mnist.load().x_train[:200]
    moved = training.gently_moved(images, np.random.default_rng(0))[..., 0]
    same = [np.array_equal(m, i / np.float32(255)) for m, i in zip(moved, images, strict=True)]
    assert 0.2 < np.mean(same) < 0.4


def test_a_gentle_move_bends_no_stroke_by_more_than_a_few_pixels() -> None:
    rows = np.repeat(np.arange(0, 252, 9, dtype=np.uint8)[:, None], 28, axis=1)
    moved = training.gently_moved(np.stack([rows] * 300), np.random.default_rng(0))[..., 0]
    # Each pixel's grey tells the row that it comes from. Away from the rim all is inside.
    inner = slice(8, 20)
    by = (moved[:, inner, inner] * (255 / 9)) - np.arange(8, 20)[None, :, None]
    assert 0.5 < np.abs(by).max() < 7
    bent = by - by.mean(axis=(1, 2), keepdims=True)
    assert 0.3 < bent.std() < 1.5


def test_bends_are_smooth_and_as_strong_as_asked() -> None:
    strength = np.repeat([0.0, 1.0], 200)
    shifts = training.bends(np.random.default_rng(0), strength)
    assert shifts.shape == (400, 2, 28, 28)
    assert not shifts[:200].any()
    assert shifts[200:].std() == pytest.approx(1, abs=0.05)
    assert np.diff(shifts[200:], axis=2).std() < 0.3


def test_between_its_pixels_a_picture_is_their_mean_and_beyond_its_rim_paper() -> None:
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[0, 27, 27] = 200
    at = np.array([27, 26.5, 27.5, 29, -9, 99], dtype=np.float32)
    rows, columns = (np.full((1, 1, 6), 27, dtype=np.float32) for _ in range(2))
    rows[0, 0] = at
    read = training.sampled(image, rows, columns)[0, 0]
    np.testing.assert_allclose(read, [200, 100, 100, 0, 0, 0], atol=0.5)


def chunks_of(made: Iterator[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return np.concatenate(list(made))


def test_variants_depend_on_the_seed_and_not_on_the_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(augment, "CHUNK", 25)
    images = mnist.load().x_train[:60]
    alone = chunks_of(augment.variants(images, seed=1, workers=1))
    assert alone.shape == images.shape
    np.testing.assert_array_equal(alone, chunks_of(augment.variants(images, seed=1, workers=2)))
    other = chunks_of(augment.variants(images[:20], seed=2, workers=1))
    assert not np.array_equal(alone[:20], other)


def test_drawn_again_a_digit_is_still_one_digit() -> None:
    rng = np.random.default_rng(0)
    drawings = [augment.distorted(image, rng) for image in mnist.load().x_train[:100]]
    for drawing in drawings:
        assert drawing.shape == (280, 280)
        assert 0 <= drawing.min() <= drawing.max() <= 1
    verdicts = [prepare(drawing).verdict for drawing in drawings]
    assert verdicts.count("digit") >= 95


def test_two_in_three_digits_drawn_again_are_cut_by_the_rim() -> None:
    rng = np.random.default_rng(1)
    drawings = [augment.distorted(image, rng) for image in mnist.load().x_train[:200]]
    sides = [(d[0], d[-1], d[:, 0], d[:, -1]) for d in drawings]
    # More than a speck: a stroke that ends there. Without those pushed over it, it is a third.
    cut = [max(np.count_nonzero(side > 0.5) for side in four) > 10 for four in sides]
    assert 0.6 < np.mean(cut) < 0.75


def test_the_clock_counts_the_time_of_other_processes_too() -> None:
    clock = report.Clock()
    busy = "import time\nwhile time.process_time() < 1.1: pass"
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert clock.minutes().processor * 60 > 1
    assert clock.minutes().wall * 60 > 1


def test_the_skeleton_of_a_digit_is_thin_and_as_long() -> None:
    ring = np.zeros((40, 40), dtype=bool)
    rows, columns = np.mgrid[0:40, 0:40]
    distance = np.hypot(rows - 20, columns - 20)
    ring[(distance > 8) & (distance < 14)] = True
    thin = augment.skeleton(ring)
    assert not (thin & ~ring).any()
    # A circle of radius 11 has 8 cells for each of its radius / sqrt(2): about 62.
    assert 50 <= thin.sum() <= 75
    blocks = thin[:-1, :-1] & thin[1:, :-1] & thin[:-1, 1:] & thin[1:, 1:]
    assert not blocks.any()


@pytest.mark.parametrize("digit", range(10))
def test_every_way_of_writing_can_be_drawn_and_prepared(digit: int) -> None:
    rng = np.random.default_rng(digit)
    for _ in range(20):
        prepared = prepare(penstrokes.draw(digit, rng))
        assert prepared.verdict == "digit"
