"""Corruptions against known values, independent formulas and the statistics of their noise."""

from __future__ import annotations

import colorsys
import io
import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sympie_seg.corruptions import CORRUPTIONS, TRAINING, corrupt
from sympie_seg.corruptions.blur import motion_kernel
from sympie_seg.corruptions.weather import plasma_fractal

RANDOM = {
    "gaussian_noise",
    "shot_noise",
    "impulse_noise",
    "speckle_noise",
    "motion_blur",
    "fog",
    "sunset",
    "night",
    "white_point",
    "glass_blur",
    "snow",
    "frost",
    "spatter",
    "elastic_transform",
}
SEVERITIES = (1, 2, 3, 4, 5)
SIZES = ((8, 8), (37, 61), (360, 480))


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """Return a random picture with large shapes and fine texture."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    texture = rng.integers(-30, 31, smooth.shape)
    return np.clip(smooth + texture, 0, 255).astype(np.uint8)


def every_value() -> NDArray[np.uint8]:
    """Return an image whose channels each take all values, in different orders."""
    values = np.arange(256, dtype=np.uint8)
    return np.stack([values, values[::-1], np.roll(values, 90)], axis=-1).reshape(16, 16, 3)


def flat(value: int, side: int = 256) -> NDArray[np.uint8]:
    return np.full((side, side, 3), value, dtype=np.uint8)


def run(name: str, image: NDArray[np.uint8], severity: int, seed: int = 0) -> NDArray[np.uint8]:
    return CORRUPTIONS[name](image, severity, np.random.default_rng(seed))


def gradient_energy(image: NDArray[np.uint8]) -> float:
    values = image.astype(np.float64)
    return sum(float((np.diff(values, axis=axis) ** 2).mean()) for axis in (0, 1))


def rounded(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


class TestAll:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("severity", SEVERITIES)
    @pytest.mark.parametrize("name", TRAINING)
    def test_keeps_type_size_and_input(
        self, name: str, severity: int, size: tuple[int, int]
    ) -> None:
        image = picture(*size)
        before = image.copy()
        out = run(name, image, severity)
        assert out.dtype == np.uint8
        assert out.shape == image.shape
        assert out.flags.c_contiguous
        assert not np.shares_memory(out, image)
        np.testing.assert_array_equal(image, before)
        # Zooms up to 1.1 round to no zoom at all on 8 pixels, as they would in ImageNet-C; and so
        # few pixels may have neither drop nor patch.
        may_stay = name == "spatter" or (name, severity) == ("zoom_blur", 1)
        assert (out != image).any() or (may_stay and size == (8, 8))

    @pytest.mark.parametrize("name", TRAINING)
    def test_takes_extreme_shapes(self, name: str) -> None:
        for shape in ((1, 1, 3), (1, 9, 3), (70, 2, 3)):
            assert run(name, np.full(shape, 90, np.uint8), 5).shape == shape

    @pytest.mark.parametrize("name", TRAINING)
    def test_takes_black(self, name: str) -> None:
        assert run(name, flat(0, 16), 5).shape == (16, 16, 3)

    @pytest.mark.parametrize("name", TRAINING)
    def test_depends_on_the_generator_alone(self, name: str) -> None:
        image = picture(37, 61)
        np.random.seed(1)
        cv2.setRNGSeed(1)
        first = run(name, image, 4, seed=5)
        state = np.random.get_state()[1].copy()
        np.testing.assert_array_equal(run(name, image, 4, seed=5), first)
        np.testing.assert_array_equal(np.random.get_state()[1], state)
        np.random.seed(2)
        cv2.setRNGSeed(2)
        np.testing.assert_array_equal(run(name, image, 4, seed=5), first)
        assert (run(name, image, 4, seed=6) != first).any() == (name in RANDOM)

    @pytest.mark.parametrize("name", TRAINING)
    def test_takes_reversed_channels(self, name: str) -> None:
        image = picture(37, 61)
        out = run(name, image[..., ::-1], 3)
        np.testing.assert_array_equal(out, run(name, image[..., ::-1].copy(), 3))


class TestNoise:
    @pytest.mark.parametrize(
        ("severity", "sigma"), list(enumerate((0.08, 0.12, 0.18, 0.26, 0.38), start=1))
    )
    def test_gaussian(self, severity: int, sigma: float) -> None:
        out = run("gaussian_noise", flat(128), severity).astype(np.float64)
        # Clipping at 0 and 255 takes from the tails, so compare with clipped normal numbers.
        wide = np.clip(np.random.default_rng(1).normal(128, 255 * sigma, 400_000), 0, 255)
        assert out.mean() == pytest.approx(wide.mean(), abs=0.7)
        assert out.std() == pytest.approx(wide.std(), rel=0.01)

    @pytest.mark.parametrize(("severity", "photons"), list(enumerate((60, 25, 12, 5, 3), start=1)))
    @pytest.mark.parametrize("value", [10, 60, 128, 255])
    def test_shot(self, severity: int, photons: int, value: int) -> None:
        out = run("shot_noise", flat(value), severity)
        counts = np.random.default_rng(1).poisson(photons * value / 255, 400_000)
        direct = rounded(counts * 255 / photons).astype(np.float64)
        assert out.mean() == pytest.approx(direct.mean(), abs=0.7)
        assert out.std() == pytest.approx(direct.std(), rel=0.02, abs=0.2)
        assert set(np.unique(out)) <= set(rounded(np.arange(200) * 255 / photons))

    def test_shot_keeps_black(self) -> None:
        assert not run("shot_noise", flat(0), 5).any()

    @pytest.mark.parametrize(
        ("severity", "amount"), list(enumerate((0.03, 0.06, 0.09, 0.17, 0.27), start=1))
    )
    def test_impulse(self, severity: int, amount: float) -> None:
        out = run("impulse_noise", flat(100), severity)
        assert set(np.unique(out)) == {0, 100, 255}
        assert (out == 0).mean() == pytest.approx(amount / 2, rel=0.05)
        assert (out == 255).mean() == pytest.approx(amount / 2, rel=0.05)

    def test_impulse_strikes_channels_independently(self) -> None:
        struck = run("impulse_noise", flat(100), 5) != 100
        both = (struck[..., 0] & struck[..., 1]).mean()
        assert both == pytest.approx(0.27**2, rel=0.1)

    @pytest.mark.parametrize(
        ("severity", "sigma"), list(enumerate((0.15, 0.2, 0.35, 0.45, 0.6), start=1))
    )
    def test_speckle_grows_with_the_value(self, severity: int, sigma: float) -> None:
        for value in (20, 60):
            out = run("speckle_noise", flat(value), severity)
            wide = np.random.default_rng(1).normal(value, value * sigma, 400_000).clip(0, 255)
            assert out.mean() == pytest.approx(wide.mean(), abs=0.3)
            assert out.std() == pytest.approx(wide.std(), rel=0.02)

    @pytest.mark.parametrize("name", ["gaussian_noise", "shot_noise", "speckle_noise"])
    def test_neighbours_and_channels_are_uncorrelated(self, name: str) -> None:
        noise = run(name, flat(120), 1).astype(np.float64)
        pairs = [
            (noise[:, 1:], noise[:, :-1]),
            (noise[1:], noise[:-1]),
            (noise[..., 0], noise[..., 1]),
        ]
        for one, other in pairs:
            assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.02


class TestBlur:
    @pytest.mark.parametrize("name", ["defocus_blur", "motion_blur", "zoom_blur", "gaussian_blur"])
    def test_gradient_energy_falls_with_severity(self, name: str) -> None:
        image = picture(120, 160)
        images = [image] + [run(name, image, severity) for severity in SEVERITIES]
        energies = [gradient_energy(each) for each in images]
        if name in ("motion_blur", "zoom_blur"):
            # Their severities differ in reach, hardly in how much fine texture they leave.
            texture_free = [cv2.GaussianBlur(each, (0, 0), 2) for each in images]
            energies = [gradient_energy(each) for each in texture_free]
        assert energies == sorted(energies, reverse=True)
        assert energies[5] < 0.9 * energies[1] < 0.9 * energies[0]

    @pytest.mark.parametrize("name", ["defocus_blur", "motion_blur", "zoom_blur", "gaussian_blur"])
    def test_keeps_flat_images(self, name: str) -> None:
        for severity in SEVERITIES:
            np.testing.assert_allclose(run(name, flat(77, 40), severity).astype(int), 77, atol=1)

    @pytest.mark.parametrize(("severity", "radius"), list(enumerate((3, 4, 6, 8, 10), start=1)))
    def test_defocus_spreads_a_point_over_a_disk(self, severity: int, radius: int) -> None:
        point = np.zeros((61, 61, 3), np.uint8)
        point[28:33, 28:33] = 255
        lit = run("defocus_blur", point, severity)[30, :, 0] > 0
        assert lit.sum() == pytest.approx(2 * radius + 5, abs=2)

    @pytest.mark.parametrize(("severity", "sigma"), list(enumerate((1, 2, 3, 4, 6), start=1)))
    def test_gaussian_edge_is_the_cumulated_kernel(self, severity: int, sigma: int) -> None:
        edge = np.zeros((20, 100, 3), np.uint8)
        edge[:, 50:] = 255
        row = run("gaussian_blur", edge, severity)[10, :, 0].astype(np.float64)
        kernel = np.exp(-0.5 * (np.arange(-4 * sigma, 4 * sigma + 1) / sigma) ** 2)
        expected = np.convolve(np.repeat([0, 255], 50), kernel / kernel.sum(), mode="same")
        # np.convolve takes 0 beyond the end, the function repeats the border pixel.
        np.testing.assert_allclose(row[:70], expected[:70], atol=1)
        assert (row[76:] == 255).all()

    def test_motion_kernel_is_half_a_gaussian_along_the_line(self) -> None:
        kernel, anchor = motion_kernel(10, 3.0, 0.0)
        assert kernel.shape == (1, 21)
        assert anchor == (0, 0)
        assert kernel[0, 3] / kernel[0, 0] == pytest.approx(math.exp(-0.5))

    @pytest.mark.parametrize("angle", [-45.0, -20.0, 0.0, 33.0, 45.0])
    def test_motion_kernel_points_along_the_angle(self, angle: float) -> None:
        kernel, (column, row) = motion_kernel(20, 15.0, angle)
        assert kernel.sum() == pytest.approx(1, abs=1e-6)
        rows, columns = np.indices(kernel.shape)
        down = ((rows - row) * kernel).sum()
        right = ((columns - column) * kernel).sum()
        assert math.degrees(math.atan2(down, right)) == pytest.approx(angle, abs=2)

    def test_zoom_keeps_the_centre_and_smears_the_border(self) -> None:
        dots = np.zeros((121, 161, 3), np.uint8)
        dots[58:63, 78:83] = 255
        dots[58:63, 8:13] = 255
        out = run("zoom_blur", dots, 1)
        assert out[60, 80, 0] == 255
        assert out[60, 10, 0] < 200


class TestWeather:
    @pytest.mark.parametrize("size", [1, 2, 8, 256])
    def test_plasma_spans_zero_to_one(self, size: int) -> None:
        cloud = plasma_fractal(size, 2.0, np.random.default_rng(0))
        assert cloud.shape == (size, size)
        assert cloud.min() == 0
        assert cloud.max() == pytest.approx(1 if size > 1 else 0)

    def test_plasma_is_smooth_and_rougher_at_slower_decay(self) -> None:
        steps = [
            np.abs(np.diff(plasma_fractal(256, decay, np.random.default_rng(0)))).mean()
            for decay in (2.0, 1.7, 1.4)
        ]
        assert steps[0] < 0.02
        assert steps == sorted(steps)

    def test_plasma_wraps_around(self) -> None:
        cloud = plasma_fractal(128, 2.0, np.random.default_rng(3))
        seam = np.abs(cloud[:, 0] - cloud[:, -1]).mean()
        assert seam < 3 * np.abs(np.diff(cloud, axis=1)).mean()

    @pytest.mark.parametrize(
        ("severity", "amount"), list(enumerate((1.5, 2.0, 2.5, 2.5, 3.0), start=1))
    )
    def test_fog_is_the_formula_on_the_cloud(self, severity: int, amount: float) -> None:
        decay = (2.0, 2.0, 1.7, 1.5, 1.4)[severity - 1]
        image = picture(37, 61)
        cloud = plasma_fractal(64, decay, np.random.default_rng(0))[:37, :61, None]
        top = image.max() / 255
        expected = (image / 255 + amount * cloud.astype(np.float64)) * top / (top + amount)
        out = run("fog", image, severity)
        np.testing.assert_allclose(out.astype(int), np.clip(255 * expected, 0, 255), atol=0.51)

    @pytest.mark.parametrize(
        ("severity", "shift"), list(enumerate((0.1, 0.2, 0.3, 0.4, 0.5), start=1))
    )
    def test_brightness_raises_value_of_hsv(self, severity: int, shift: float) -> None:
        image = every_value()
        out = run("brightness", image, severity)
        for pixel, bright in zip(image.reshape(-1, 3), out.reshape(-1, 3), strict=True):
            hue, saturation, value = colorsys.rgb_to_hsv(*(pixel / 255))
            expected = np.array(colorsys.hsv_to_rgb(hue, saturation, min(1, value + shift)))
            np.testing.assert_allclose(bright, 255 * expected, atol=0.51)

    def test_brightness_lifts_black_to_grey(self) -> None:
        assert (run("brightness", flat(0, 8), 2) == 51).all()


class TestDigital:
    @pytest.mark.parametrize(
        ("severity", "factor"), list(enumerate((0.4, 0.3, 0.2, 0.1, 0.05), start=1))
    )
    def test_contrast_is_about_each_channels_mean(self, severity: int, factor: float) -> None:
        image = picture(37, 61)
        mean = image.mean(axis=(0, 1))
        expected = rounded((image - mean) * factor + mean)
        np.testing.assert_array_equal(run("contrast", image, severity), expected)

    @pytest.mark.parametrize(
        ("severity", "factor", "shift"),
        [(1, 0.3, 0), (2, 0.1, 0), (3, 2, 0), (4, 5, 0.1), (5, 20, 0.2)],
    )
    def test_saturate_scales_saturation_of_hsv(
        self, severity: int, factor: float, shift: float
    ) -> None:
        image = every_value()
        out = run("saturate", image, severity)
        for pixel, changed in zip(image.reshape(-1, 3), out.reshape(-1, 3), strict=True):
            hue, saturation, value = colorsys.rgb_to_hsv(*(pixel / 255))
            new = min(1, saturation * factor + shift)
            np.testing.assert_allclose(
                changed, 255 * np.array(colorsys.hsv_to_rgb(hue, new, value)), atol=0.51
            )

    def test_saturate_reddens_grey_as_imagenet_c_does(self) -> None:
        assert run("saturate", flat(100, 4), 5)[0, 0].tolist() == [100, 80, 80]

    def test_jpeg_error_grows_and_colours_stay(self) -> None:
        image = cv2.GaussianBlur(picture(96, 128), (0, 0), 2)
        errors = [
            np.abs(run("jpeg_compression", image, severity).astype(int) - image).mean()
            for severity in SEVERITIES
        ]
        assert errors == sorted(errors)
        red = np.zeros((16, 16, 3), np.uint8)
        red[..., 0] = 200
        np.testing.assert_allclose(
            run("jpeg_compression", red, 1).astype(int)[0, 0], [200, 0, 0], atol=12
        )

    def test_jpeg_matches_pillow(self) -> None:
        image_module = pytest.importorskip("PIL.Image")
        image = cv2.GaussianBlur(picture(96, 128), (0, 0), 2)
        buffer = io.BytesIO()
        image_module.fromarray(image).save(buffer, "JPEG", quality=10)
        expected = np.asarray(image_module.open(buffer)).astype(int)
        assert np.abs(run("jpeg_compression", image, 4) - expected).mean() < 1

    def test_pixelate_averages_blocks(self) -> None:
        image = picture(40, 64)
        blocks = image.reshape(10, 4, 16, 4, 3).mean(axis=(1, 3))
        expected = blocks.repeat(4, axis=0).repeat(4, axis=1)
        out = run("pixelate", image, 5)
        np.testing.assert_allclose(out.astype(int), expected, atol=0.51)

    @pytest.mark.parametrize(
        ("severity", "scale"), list(enumerate((0.6, 0.5, 0.4, 0.3, 0.25), start=1))
    )
    def test_pixelate_leaves_the_right_number_of_columns(self, severity: int, scale: float) -> None:
        ramp = np.broadcast_to(np.arange(0, 200, 2, dtype=np.uint8)[None, :, None], (100, 100, 3))
        out = run("pixelate", ramp, severity)
        assert len(np.unique(out)) == int(100 * scale)


class TestColour:
    @pytest.mark.parametrize(
        ("severity", "expected"), list(enumerate((100, 67, 50, 40, 33), start=1))
    )
    def test_darken_known_values(self, severity: int, expected: int) -> None:
        assert (run("darken", flat(200, 8), severity) == expected).all()

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_darken_formula(self, severity: int) -> None:
        image = every_value()
        np.testing.assert_array_equal(
            run("darken", image, severity), rounded(image / (severity + 1))
        )

    @staticmethod
    def jitters(
        name: str,
        image: NDArray[np.uint8],
        severity: int,
        limit: int,
        formula: Callable[..., NDArray[np.float64]],
    ) -> set[int]:
        """Return which integer jitters explain the results for 300 seeds; each must have one."""
        by_bytes = {
            rounded(formula(image.astype(np.float64), jitter)).tobytes(): jitter
            for jitter in range(-limit, limit + 1)
        }
        explaining = set()
        for seed in range(300):
            out = run(name, image, severity, seed).tobytes()
            assert out in by_bytes
            explaining.add(by_bytes[out])
        return explaining

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_sunset_formula(self, severity: int) -> None:
        share = severity / 5

        def formula(x: NDArray[np.float64], d: int) -> NDArray[np.float64]:
            c = np.array([255, 192 + d, 192 - d])
            return (1 - share) * x + share * (c * x / 255 + c / 10)

        assert {-32, 32} <= self.jitters("sunset", every_value(), severity, 32, formula)

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_night_formula(self, severity: int) -> None:
        share = severity / 5

        def formula(x: NDArray[np.float64], d: int) -> NDArray[np.float64]:
            c = np.array([32, 32, 64 + d])
            inverted = np.where(x.mean(axis=-1, keepdims=True) > 128, 255 - x, x)
            return (1 - share) * x + share * (0.8 * c * x / 255 + 0.2 * inverted)

        assert {-24, 24} <= self.jitters("night", every_value(), severity, 24, formula)

    def test_night_threshold_is_exclusive(self) -> None:
        out = run("night", np.array([[[128] * 3, [128, 128, 129]]], np.uint8), 5)
        np.testing.assert_array_equal(out[0, 0, :2], [38, 38])  # .8 * 32 * 128 / 255 + .2 * 128
        np.testing.assert_array_equal(out[0, 1, :2], [38, 38])  # .2 * 127 rounds to the same
        out = run("night", np.array([[[0, 128, 255], [0, 130, 255]]], np.uint8), 5)
        assert out[0, :, 0].tolist() == [0, 51]  # the second pixel's mean is above 128

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_white_point_formula_on_each_channel(self, severity: int) -> None:
        image = every_value()
        fitting = [set(), set(), set()]
        for seed in range(300):
            out = run("white_point", image, severity, seed)
            for channel in range(3):
                plane = image[..., channel].astype(np.float64)
                fits = [
                    r
                    for r in range(-32, 33)
                    if np.array_equal(
                        rounded(plane * (255 + severity * r / 5) / 255), out[..., channel]
                    )
                ]
                assert fits
                fitting[channel].update(fits)
        assert all({-32, 32} <= each for each in fitting)

    def test_white_point_channels_are_independent(self) -> None:
        out = run("white_point", flat(200, 2), 5)[0, 0]
        assert len(set(out.tolist())) > 1


def test_severity_zero_is_a_copy() -> None:
    image = picture(8, 8)
    out = corrupt(image, "fog", 0, np.random.default_rng(0))
    np.testing.assert_array_equal(out, image)
    assert not np.shares_memory(out, image)
