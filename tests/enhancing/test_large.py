"""Large pictures in strips: the same pixels as at once."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg import api
from sympie_seg.cli.main import main
from sympie_seg.enhancer import SyMPIE, load_enhancer
from sympie_seg.enhancing import large, work
from sympie_seg.enhancing.large import enhance_large, strips_of
from sympie_seg.utils.pictures import declared_pixels

SIZES = [(67, 50), (64, 50), (66, 50), (3, 50), (1, 50), (40, 2000)]


@pytest.fixture
def module(enhancer_file: Path) -> SyMPIE:
    return load_enhancer(enhancer_file)[0].eval()


@pytest.fixture
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 100 pixels on, in strips of 8 rows of 50."""
    monkeypatch.setattr(large, "LARGE", 100)
    monkeypatch.setattr(large, "_STRIP", 400)


def noise(size: tuple[int, int], dtype: type) -> np.ndarray:
    most = np.iinfo(dtype).max
    return np.random.default_rng(0).integers(0, most, (*size, 3), dtype, endpoint=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_strips_are_the_whole(
    module: SyMPIE, small_strips: None, size: tuple[int, int], dtype: type
) -> None:
    pixels, shown = noise(size, dtype), []
    enhanced, parameters = enhance_large(pixels.copy(), module, lambda: shown.append(1))
    whole, wanted = api.enhance(pixels, module)
    assert np.allclose(parameters.to_vector(), wanted.to_vector(), atol=1e-5)
    exact, _ = api.enhance(pixels, module, parameters=parameters)
    assert enhanced.dtype == dtype and np.array_equal(enhanced, exact)
    assert np.abs(enhanced.astype(int) - whole).max() <= (1 if dtype is np.uint8 else 30)
    assert not np.array_equal(enhanced, pixels)
    assert len(shown) == -(-size[0] // max(400 // size[1], 2))


def test_strength(module: SyMPIE, small_strips: None) -> None:
    pixels = noise((30, 40), np.uint8)
    module.strength = 0.0
    assert np.array_equal(enhance_large(pixels.copy(), module, lambda: None)[0], pixels)
    module.strength = 1.5
    enhanced, parameters = enhance_large(pixels.copy(), module, lambda: None)
    wanted, expected = api.enhance(pixels, module)
    assert np.allclose(parameters.to_vector(), expected.to_vector(), atol=1e-5)
    assert np.abs(enhanced.astype(int) - wanted).max() <= 1


def test_the_command_takes_strips_and_shows_them(
    small_strips: None, enhancer_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = noise((67, 50), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    steps: list[int] = []
    monkeypatch.setattr(work, "progress_bar", lambda _, total: Bar(steps, total))
    words = ["enhance", tmp_path / "a.png", tmp_path / "b.png", "--enhancer", enhancer_file]
    assert main(list(map(str, words))) == 0
    wanted = api.enhance(pixels, enhancer_file, order="bgr")[0]
    assert np.abs(cv2.imread(str(tmp_path / "b.png")).astype(int) - wanted).max() <= 1
    total = strips_of(67 * 50)
    assert total == 9 and steps == [total, *[1] * total]


class Bar:
    def __init__(self, steps: list[int], total: int) -> None:
        self.steps = steps
        steps.append(total)

    def __enter__(self):
        return lambda: self.steps.append(1)

    def __exit__(self, *error: object) -> None:
        pass


def test_pictures_of_usual_size_are_not_cut() -> None:
    assert strips_of(4096 * 4096) == 1 and strips_of(7680 * 4320) == 8


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".ppm"])
def test_declared_pixels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), noise((20, 30), np.uint8))
    assert declared_pixels(path) == 600
    assert declared_pixels(tmp_path / "absent.png") == 0
    path.write_bytes(b"no picture")
    assert declared_pixels(path) == 0
