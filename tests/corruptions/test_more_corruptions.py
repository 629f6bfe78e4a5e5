"""Glass, snow, frost and spatter against plain loops and formulas."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sympie_seg.corruptions import corrupt
from sympie_seg.corruptions.blur import _glass_sources, motion_kernel
from sympie_seg.corruptions.frost import FROST_LOOKS, frost_texture
from sympie_seg.corruptions.weather import SNOW_SETTINGS, _flakes, _smear

SEVERITIES = (1, 2, 3, 4, 5)


def flat(value: int, height: int = 200, width: int = 300) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, dtype=np.uint8)


def run(name: str, image: NDArray[np.uint8], severity: int, seed: int = 0) -> NDArray[np.uint8]:
    return corrupt(image, name, severity, np.random.default_rng(seed))


@pytest.mark.parametrize("name", ("glass_blur", "snow", "frost", "spatter", "elastic_transform"))
@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("shape", [(2, 2), (3, 64), (8, 8), (16, 9), (1, 200)])
def test_tiny_images_come_out_whole(name: str, severity: int, shape: tuple[int, int]) -> None:
    for value in (0, 120, 255):
        out = run(name, flat(value, *shape), severity)
        assert out.shape == (*shape, 3)
        assert out.dtype == np.uint8


class TestGlass:
    @staticmethod
    def visit_one_by_one(height: int, width: int, delta: int, seed: int) -> NDArray[np.int64]:
        """ImageNet-C's order of visits with the same draws, pixel after pixel."""
        values = np.arange(height * width).reshape(height, width)
        side = 2 * delta
        shape = (max(height - 2 * delta, 0), max(width - 2 * delta, 0))
        if 0 in shape:
            return values.ravel()
        drawn = np.random.default_rng(seed).integers(0, side**2, shape, dtype=np.uint8)
        for row in range(height - delta, delta, -1):
            for column in range(width - delta, delta, -1):
                down, right = divmod(int(drawn[row - delta - 1, column - delta - 1]), side)
                values[row, column] = values[row + down - delta, column + right - delta]
        return values.ravel()

    @pytest.mark.parametrize("delta", [1, 2, 3, 4])
    @pytest.mark.parametrize(
        "size", [(1, 1), (2, 9), (3, 3), (4, 4), (5, 7), (8, 8), (9, 40), (60, 47)]
    )
    def test_is_the_loop(self, delta: int, size: tuple[int, int]) -> None:
        for seed in range(5):
            sources = _glass_sources(*size, delta, np.random.default_rng(seed))
            expected = self.visit_one_by_one(*size, delta, seed)
            np.testing.assert_array_equal(sources, expected)

    def test_values_travel_further_than_one_step(self) -> None:
        sources = _glass_sources(100, 100, 4, np.random.default_rng(0)).reshape(100, 100)
        reach = np.abs(sources // 100 - np.arange(100)[:, None]).max()
        assert 8 < reach < 100

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_keeps_flat_images(self, severity: int) -> None:
        np.testing.assert_allclose(run("glass_blur", flat(77), severity).astype(int), 77, atol=1)


class TestSnow:
    def test_kernel_falls_down_left_as_well(self) -> None:
        for angle in (-135.0, -100.0, -90.0, -60.0):
            kernel, (column, row) = motion_kernel(12, 8.0, angle)
            assert kernel.sum() == pytest.approx(1, abs=1e-6)
            rows, columns = np.indices(kernel.shape)
            down, right = ((rows - row) * kernel).sum(), ((columns - column) * kernel).sum()
            assert np.degrees(np.arctan2(down, right)) == pytest.approx(angle, abs=2)

    @pytest.mark.parametrize("angle", [-135.0, -100.0, -60.0, 10.0])
    @pytest.mark.parametrize("size", [(1, 1), (5, 90), (64, 7), (130, 97)])
    def test_smearing_is_the_filter(self, angle: float, size: tuple[int, int]) -> None:
        layer = np.random.default_rng(0).uniform(0, 255, size).astype(np.float32)
        kernel, anchor = motion_kernel(12, 8.0, angle)
        wide = cv2.filter2D(layer, -1, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
        np.testing.assert_allclose(_smear(layer, kernel, anchor), wide, atol=0.51)

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_is_the_formula_on_the_flakes(self, severity: int) -> None:
        setting = SNOW_SETTINGS[severity - 1]
        image = np.random.default_rng(1).integers(0, 256, (64, 97, 3), dtype=np.uint8)
        flakes = _flakes(64, 97, setting, np.random.default_rng(3)).astype(float)[..., None] / 255
        x = image / 255
        grey = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2GRAY)[..., None]
        a = setting.of_image
        expected = a * x + (1 - a) * np.maximum(x, 1.5 * grey + 0.5) + flakes + flakes[::-1, ::-1]
        out = run("snow", image, severity, seed=3)
        np.testing.assert_allclose(out, np.clip(255 * expected, 0, 255), atol=1)

    def test_whitens_more_with_severity(self) -> None:
        means = [run("snow", flat(60), severity).mean() for severity in (1, 3, 4, 5)]
        assert means == sorted(means)


class TestFrost:
    @pytest.mark.parametrize("index", range(6))
    def test_texture_looks_as_measured(self, index: int) -> None:
        look, texture = FROST_LOOKS[index], frost_texture(index)
        rng = np.random.default_rng(0)
        crops = []
        for _ in range(60):
            top, left = rng.integers(0, 480 - 224), rng.integers(0, 720 - 224)
            crops.append(texture[top : top + 224, left : left + 224].astype(np.float64))
        np.testing.assert_allclose(
            np.mean([crop.mean(axis=(0, 1)) for crop in crops], axis=0), look.mean, atol=6
        )
        np.testing.assert_allclose(
            np.mean([crop.std(axis=(0, 1)) for crop in crops], axis=0), look.deviation, rtol=0.12
        )

    def test_textures_are_the_same_every_time_and_differ_from_each_other(self) -> None:
        again = frost_texture.__wrapped__(4)
        np.testing.assert_array_equal(again, frost_texture(4))
        assert len({frost_texture(index).tobytes() for index in range(6)}) == 6
        assert not frost_texture(0).flags.writeable

    @pytest.mark.parametrize(
        ("severity", "share"), list(enumerate((0.4, 0.6, 0.7, 0.7, 0.75), start=1))
    )
    def test_adds_a_share_of_a_texture(self, severity: int, share: float) -> None:
        means = [run("frost", flat(0), severity, seed).mean() for seed in range(120)]
        texture = np.mean([look.mean for look in FROST_LOOKS])
        assert np.mean(means) == pytest.approx(share * texture, rel=0.08)

    @pytest.mark.parametrize("size", [(480, 720), (481, 100), (20, 1500), (1024, 2048)])
    def test_textures_are_enlarged_for_large_images(self, size: tuple[int, int]) -> None:
        out = run("frost", flat(0, *size), 3)
        assert out.shape == (*size, 3)
        assert out.std() > 3


class TestSpatter:
    @pytest.mark.parametrize("severity", [1, 2, 3])
    def test_water_only_adds(self, severity: int) -> None:
        image = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
        out = run("spatter", image, severity)
        assert (out >= image).all()
        assert 0 < (out != image).any(axis=2).mean() < 0.5
        # On black the colour is pale turquoise, whatever the opacity; the thickest is known.
        drops = run("spatter", flat(0), severity)
        assert drops.max() == round(238 * (0.6, 0.6, 0.5)[severity - 1])
        np.testing.assert_array_equal(drops[..., 1], drops[..., 2])
        assert (drops[..., 0] <= drops[..., 1]).all()

    @pytest.mark.parametrize("severity", [4, 5])
    def test_mud_covers(self, severity: int) -> None:
        out = run("spatter", flat(200), severity)
        darkest = out.reshape(-1, 3).min(axis=0).astype(int)
        np.testing.assert_allclose(darkest, (63, 42, 20), atol=1)
        untouched = (out == 200).all(axis=2).mean()
        assert 0.5 < untouched < 0.98

    def test_severities_cover_more_and_more(self) -> None:
        for group in ((1, 2, 3), (4, 5)):
            shares = [
                np.mean(
                    [(run("spatter", flat(50), severity, seed) != 50).mean() for seed in range(8)]
                )
                for severity in group
            ]
            assert shares == sorted(shares)
