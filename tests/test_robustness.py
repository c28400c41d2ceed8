"""How the network reads what people do to a digit, on a sample of the test digits."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz import mnist, robustness
from cnnviz.classifier import load
from cnnviz.robustness import CONDITIONS, from_small, other_hands, prepared

COUNT = 250


@pytest.fixture(scope="module")
def sample() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    data = mnist.load()
    chosen = np.random.default_rng(11).choice(len(data.y_test), COUNT, replace=False)
    return data.x_test[chosen], data.y_test[chosen]


def reported(condition: str) -> float:
    """Return the share of all 10,000 test digits that is read, as assets/classifier.md says."""
    report = mnist.PATH.with_name("classifier.md").read_text(encoding="utf-8")
    (line,) = [line for line in report.splitlines() if line.startswith(f"| {condition} |")]
    return float(line.split("|")[2].strip().removesuffix("%")) / 100


@pytest.mark.parametrize("condition", CONDITIONS)
def test_at_least_98_percent_are_read_whatever_happened_on_the_canvas(
    condition: str, sample: tuple[NDArray[np.uint8], NDArray[np.uint8]]
) -> None:
    share = reported(condition)
    assert share >= 0.98
    images, labels = sample
    answers = load().predict_many(prepared(condition, images)).argmax(axis=1)
    # A sample differs from all by chance: two standard errors are left to it.
    assert np.mean(answers == labels) >= share - 2 * np.sqrt(share * (1 - share) / COUNT)


def test_digits_from_other_hands_are_read_too() -> None:
    digits, labels = (part[::4] for part in other_hands())
    answers = load().predict_many(from_small(digits)).argmax(axis=1)
    # 8x8 pixels with other ways of writing: many cannot be told by a person either.
    assert np.mean(answers == labels) >= 0.9


def test_the_same_condition_gives_the_same_pictures() -> None:
    images = mnist.load().x_test[:3]
    salt = "salt on 1 % of the pixels"
    np.testing.assert_array_equal(prepared(salt, images), prepared(salt, images))


def test_workers_do_not_change_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robustness, "CHUNK", 20)
    images = mnist.load().x_test[:50]
    salt = "salt on 1 % of the pixels"
    np.testing.assert_array_equal(prepared(salt, images), prepared(salt, images, workers=2))


def test_an_empty_drawing_becomes_a_blank_picture() -> None:
    assert not prepared("as it is", np.zeros((1, 28, 28), dtype=np.uint8)).any()
