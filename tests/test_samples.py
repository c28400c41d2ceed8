import numpy as np
import pytest
from PIL import Image

from cnnviz import samples
from cnnviz.brush import SIDE, box, curve, disc, line, noise, outline, paint, paper, polygon
from cnnviz.drawing import SAMPLE_FOLDER, SAMPLES
from cnnviz.samples import PAINTERS, pixels


def test_every_sample_has_its_painter_in_the_same_order() -> None:
    assert list(PAINTERS) == list(SAMPLES)


@pytest.mark.parametrize("name", PAINTERS)
def test_file_holds_what_its_painter_draws(name: str) -> None:
    drawn = pixels(name)
    if drawn.ndim == 2:
        drawn = np.repeat(drawn[..., np.newaxis], 3, axis=2)
    with Image.open(SAMPLE_FOLDER / f"{name}.webp") as image:
        # Another Pillow, NumPy or processor may round differently, here and there.
        assert np.abs(np.asarray(image).astype(int) - drawn).max() <= 8


def test_command_writes_every_sample(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("samples")
    monkeypatch.setattr(samples, "SAMPLE_FOLDER", folder)
    monkeypatch.setattr(
        samples, "PAINTERS", {name: PAINTERS[name] for name in ("shapes", "stripes")}
    )
    samples.main()
    assert sorted(path.name for path in folder.iterdir()) == ["shapes.webp", "stripes.webp"]
    with Image.open(folder / "shapes.webp") as image:
        np.testing.assert_array_equal(np.asarray(image)[..., 0], pixels("shapes"))


@pytest.mark.parametrize(
    ("distance", "area"),
    [
        (disc(0.4, 0.55, 0.2), np.pi * 0.04),
        (box(0.1, 0.3, 0.75, 0.5), 0.65 * 0.2),
        (box(0.1, 0.3, 0.75, 0.5, rounding=0.1), 0.65 * 0.2 - (4 - np.pi) * 0.01),
        (line([(0.2, 0.3), (0.7, 0.3)], 0.1), 0.5 * 0.1 + np.pi * 0.0025),
        (polygon([(0.1, 0.9), (0.5, 0.2), (0.8, 0.7)]), 0.205),
        (outline(disc(0.5, 0.5, 0.3), 0.02), 2 * np.pi * 0.3 * 0.02),
    ],
    ids=["disc", "box", "rounded box", "line", "polygon", "outline"],
)
def test_painted_shape_covers_its_area(distance: np.ndarray, area: float) -> None:
    picture = paint(paper(0.0), 1.0, distance)
    assert picture.shape == (SIDE, SIDE, 1)
    assert picture.mean() == pytest.approx(area, rel=0.01)


def test_curve_passes_through_its_points() -> None:
    points = [(0.1, 0.2), (0.5, 0.1), (0.6, 0.8)]
    path = curve(points, steps=10)
    assert [path[0], path[10], path[20]] == [pytest.approx(point) for point in points]


def test_noise_is_seeded_and_fills_the_range() -> None:
    np.testing.assert_array_equal(noise(3, 4, seed=1), noise(3, 4, seed=1))
    assert (noise(3, 4, seed=1) != noise(3, 4, seed=2)).any()
    assert (noise(3, 4, seed=1).min(), noise(3, 4, seed=1).max()) == (0, 1)
