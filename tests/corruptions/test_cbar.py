"""ImageNet-C-bar's corruptions against independent formulas and what their names say."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sympie_seg.corruptions.cbar import (
    CBAR_CORRUPTIONS,
    PUBLISHED_FOLDERS,
    caustic_maps,
    fields,
    lights,
    patterns,
    refraction,
)
from sympie_seg.corruptions.cbar._scale import grid_shape
from sympie_seg.corruptions.geometry import move_labels

SEVERITIES = (1, 2, 3, 4, 5)
SIZES = ((8, 8), (224, 224), (97, 200), (300, 600))
NAMES = tuple(CBAR_CORRUPTIONS)
# So few pixels may be missed by all cells, drops of noise and dents of the water.
MAY_MISS_FEW_PIXELS = {"blue_noise_sample", "checkerboard_cutout", "caustic_refraction"}


def run(name: str, image: NDArray[np.uint8], severity: int, seed: int = 0) -> NDArray[np.uint8]:
    return CBAR_CORRUPTIONS[name](image, severity, np.random.default_rng(seed))


def photograph(height: int = 224, width: int = 224) -> NDArray[np.uint8]:
    data = pytest.importorskip("skimage.data")
    return cv2.resize(data.astronaut(), (width, height), interpolation=cv2.INTER_AREA)


def texture(height: int, width: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(7).integers(1, 255, (5, 4, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)


def flat(value: int, height: int = 224, width: int = 224) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, dtype=np.uint8)


def added(name: str, severity: int, seed: int, height: int = 224, width: int = 224) -> NDArray:
    """Return what was added to the first channel of mid grey."""
    return run(name, flat(128, height, width), severity, seed)[..., 0].astype(np.float64) - 128


def share_below(noise: NDArray, limit: float) -> float:
    """Return the share of the power, mean aside, below a frequency in cycles per pixel."""
    power = np.abs(np.fft.fft2(noise - noise.mean())) ** 2
    rows, columns = (np.fft.fftfreq(side) for side in noise.shape)
    return float(power[np.hypot(rows[:, None], columns) < limit].sum() / power.sum())


class TestAll:
    def test_names_in_published_order(self) -> None:
        assert list(PUBLISHED_FOLDERS.values()) == [
            "blue_noise_sample",
            "brownish_noise",
            "caustic_refraction",
            "checkerboard_cutout",
            "cocentric_sine_waves",
            "inverse_sparkles",
            "perlin_noise",
            "plasma_noise",
            "single_frequency_greyscale",
            "sparkles",
        ]
        assert list(PUBLISHED_FOLDERS) == list(NAMES)
        different = {name for name, folder in PUBLISHED_FOLDERS.items() if name != folder}
        assert different == {"concentric_sine_waves"}

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("severity", SEVERITIES)
    @pytest.mark.parametrize("name", NAMES)
    def test_keeps_type_size_and_input(
        self, name: str, severity: int, size: tuple[int, int]
    ) -> None:
        image = texture(*size)
        before = image.copy()
        out = run(name, image, severity)
        assert out.dtype == np.uint8
        assert out.shape == image.shape
        assert out.flags.c_contiguous
        assert not np.shares_memory(out, image)
        np.testing.assert_array_equal(image, before)
        assert (out != image).any() or (size == (8, 8) and name in MAY_MISS_FEW_PIXELS)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (70, 2), (3, 700)])
    @pytest.mark.parametrize("name", NAMES)
    def test_takes_extreme_shapes(self, name: str, shape: tuple[int, int]) -> None:
        assert run(name, flat(90, *shape), 5).shape == (*shape, 3)

    @pytest.mark.parametrize("name", NAMES)
    def test_takes_large_images(self, name: str) -> None:
        image = texture(1024, 2048)
        assert (run(name, image, 3) != image).any()

    @pytest.mark.parametrize("name", NAMES)
    def test_depends_on_the_generator_alone(self, name: str) -> None:
        image = texture(97, 200)
        np.random.seed(1)
        cv2.setRNGSeed(1)
        first = run(name, image, 4, seed=5)
        np.random.seed(2)
        cv2.setRNGSeed(2)
        np.testing.assert_array_equal(run(name, image, 4, seed=5), first)
        assert (run(name, image, 4, seed=6) != first).any()

    @pytest.mark.parametrize("name", NAMES)
    def test_takes_reversed_channels(self, name: str) -> None:
        image = texture(37, 61)[..., ::-1]
        np.testing.assert_array_equal(run(name, image, 3), run(name, image.copy(), 3))

    @pytest.mark.parametrize("size", [(224, 224), (300, 600)])
    @pytest.mark.parametrize("name", NAMES)
    def test_change_grows_with_severity(self, name: str, size: tuple[int, int]) -> None:
        image = photograph(*size)
        changes = [
            sum(
                float(cv2.absdiff(run(name, image, severity, seed), image).mean())
                for seed in (1, 2, 3)
            )
            for severity in SEVERITIES
        ]
        assert all(np.diff(changes) > 0), changes

    @pytest.mark.parametrize("name", NAMES)
    def test_refuses_what_is_no_image_or_severity(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"\[1, 2, 3, 4, 5\]"):
            run(name, flat(3), 6)
        with pytest.raises(TypeError, match="uint8"):
            run(name, flat(3).astype(np.float32), 1)

    @pytest.mark.parametrize("name", NAMES)
    def test_says_where_it_is_from(self, name: str) -> None:
        assert "Source: ImageNet-C-bar" in (CBAR_CORRUPTIONS[name].__doc__ or "")

    @pytest.mark.parametrize(
        "name", ["plasma_noise", "perlin_noise", "sparkles", "inverse_sparkles", "brownish_noise"]
    )
    def test_twice_the_size_looks_alike(self, name: str) -> None:
        small = run(name, flat(128), 3, seed=2).astype(np.float64)
        large = run(name, flat(128, 448, 448), 3, seed=2)
        shrunk = cv2.resize(large, (224, 224), interpolation=cv2.INTER_AREA)
        assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.98


class TestNoises:
    @pytest.mark.parametrize("seed", [0, 1])
    def test_brownish_is_slow_and_blue_is_fast(self, seed: int) -> None:
        white = np.random.default_rng(seed).standard_normal((224, 224))
        blue = added("blue_noise_sample", 5, seed)
        assert share_below(added("brownish_noise", 5, seed), 0.05) > 0.98
        assert share_below(white, 0.05) == pytest.approx(math.pi * 0.05**2, rel=0.2)
        # A threshold makes blue noise paler: a part of its power comes out as white.
        assert share_below(blue, 0.05) < 0.7 * share_below(white, 0.05)
        assert share_below(blue, 0.25) < 0.7 * share_below(white, 0.25)
        field = fields.coloured_noise((224, 224), lambda k: k, np.random.default_rng(seed))
        assert share_below(field, 0.05) < 0.02 * share_below(white, 0.05)

    @pytest.mark.parametrize("shape", [(64, 64), (97, 200), (31, 15), (1, 1)])
    def test_coloured_noise_has_deviation_one(self, shape: tuple[int, int]) -> None:
        noise = fields.coloured_noise(shape, lambda k: 1 / (k + 1), np.random.default_rng(0))
        assert noise.shape == shape
        assert noise.dtype == np.float32
        assert noise.std() == pytest.approx(1 if shape != (1, 1) else 0, abs=1e-4)

    def test_coloured_noise_follows_its_gain_in_both_directions(self) -> None:
        noises = [
            fields.coloured_noise((64, 128), lambda k: k, np.random.default_rng(seed))
            for seed in range(60)
        ]
        amplitude = np.sqrt((np.abs(np.fft.fft2(noises)) ** 2).mean(axis=0))
        # Twice as wide: column 2 n has as many cycles per shorter side as row n.
        assert amplitude[10:30, 0].sum() / amplitude[0, 20:60:2].sum() == pytest.approx(1, abs=0.1)
        assert amplitude[0, 40] / amplitude[0, 10] == pytest.approx(4, rel=0.3)

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_blue_blackens_the_lowest(self, severity: int) -> None:
        value = (0.8, 1.6, 2.4, 4.0, 5.6)[severity - 1]
        out = run("blue_noise_sample", flat(99), severity)
        assert set(np.unique(out)) == {0, 99}
        assert (out == out[..., :1]).all()
        normal = 0.5 * math.erfc((2.5 - 0.3 * value) / math.sqrt(2))
        assert (out == 0).mean() == pytest.approx(normal, rel=0.1)

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_brownish_deviation(self, severity: int) -> None:
        out = run("brownish_noise", flat(128), severity, seed=3).astype(np.float64)
        np.testing.assert_allclose(out.std(axis=(0, 1)), 6.4 * severity, rtol=0.05)
        assert abs(np.corrcoef(out[..., 0].ravel(), out[..., 1].ravel())[0, 1]) < 0.9

    def test_gradient_noise_is_zero_on_the_lattice_only(self) -> None:
        noise = fields.gradient_noise((65, 97), 8, np.random.default_rng(0))
        np.testing.assert_allclose(noise[::8, ::8], 0, atol=1e-6)
        assert 0.1 < noise.std() < 0.6
        assert np.abs(noise).max() <= 1.1
        # Smooth across cells: neighbours never differ by more than the slopes allow.
        assert max(np.abs(np.diff(noise, axis=axis)).max() for axis in (0, 1)) < 0.5

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_perlin_mixes_with_bright_grey(self, severity: int) -> None:
        share = (0.23, 0.26, 0.29, 0.38, 0.44)[severity - 1]
        on_black = run("perlin_noise", flat(0), severity).astype(np.float64)
        on_white = run("perlin_noise", flat(255), severity).astype(np.float64)
        assert (on_black == on_black[..., :1]).all()
        assert on_black.min() >= math.floor(127.5 * share)
        assert on_black.max() <= math.ceil(255 * share)
        np.testing.assert_allclose(on_white - on_black, 255 * (1 - share), atol=1.01)

    def test_plasma_by_the_formula_of_one_point(self) -> None:
        scale, time, iterations, sharpness = 20.0, 5.0, 5, 0.7
        field = fields.plasma((30, 50), scale, time, iterations, sharpness)
        for row, column in ((0, 0), (7, 33), (29, 49)):
            x, y = column / scale, row / scale
            for wave in range(iterations):
                fast, delay = 1.93**wave, time / 1.15**wave
                u = math.cos(y * fast + delay) / (2.25 - sharpness) ** wave
                v = math.sin(x * fast + delay) / (2.25 - sharpness) ** wave
                x, y = x + u - 0.3 * v, y + v + 0.3 * u
            expected = [
                math.sin(x - time),
                math.sin((x + y + math.sin(time)) / 2),
                math.sin(y + time),
            ]
            np.testing.assert_allclose(field[row, column], expected, atol=1e-3)

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_plasma_stays_within_its_amplitude(self, severity: int) -> None:
        amplitude = (30.4, 44.8, 54.4, 59.2, 64.0)[severity - 1]
        out = run("plasma_noise", flat(128), severity).astype(np.float64)
        difference = out - 128 * (1 - amplitude / 255)
        assert np.abs(difference).max() == pytest.approx(amplitude, abs=1)
        assert (out.std(axis=2) > 5).mean() > 0.5


class TestPatterns:
    @pytest.mark.parametrize("size", [(224, 224), (97, 200)])
    @pytest.mark.parametrize("seed", range(4))
    def test_greyscale_has_one_frequency(self, seed: int, size: tuple[int, int]) -> None:
        wave = added("single_frequency_greyscale", 4, seed, *size)
        window = np.outer(np.hanning(size[0]), np.hanning(size[1]))
        power = np.abs(np.fft.fft2((wave - wave.mean()) * window)) ** 2
        row, column = np.unravel_index(power.argmax(), power.shape)
        near = 0.0
        for sign in (1, -1):
            rolled = np.roll(power, (4 - sign * row, 4 - sign * column), axis=(0, 1))
            near += rolled[:9, :9].sum()
        assert near / power.sum() > 0.98

    def test_greyscale_is_grey_and_as_strong_as_published(self) -> None:
        for severity, value in zip(SEVERITIES, (1.0, 1.5, 2.0, 4.5, 5.0), strict=True):
            out = run("single_frequency_greyscale", flat(128), severity, seed=1)
            assert (out == out[..., :1]).all()
            assert np.abs(out.astype(int) - 128).max() == pytest.approx(19.6 * value, abs=1)

    def test_plane_wave(self) -> None:
        wave = patterns.plane_wave(9, 14, (0.3, -1.1), 0.5, 7)
        rows, columns = np.mgrid[:9, :14]
        np.testing.assert_allclose(wave, 7 * np.sin(0.3 * rows - 1.1 * columns + 0.5), atol=1e-5)

    def test_rings_by_the_formula_of_one_point(self) -> None:
        # In the middle of ramps: where they end, rounding decides between the two ends.
        field = patterns.rings(40, 60, (12.3, 31.7), 9.0, 4.0, 3.0)
        checked = 0
        for row, column in np.ndindex(40, 60):
            angle = math.atan2(column - 31.7, row - 12.3) * 3
            radius = math.hypot(column - 31.7, row - 12.3) + 4 * math.sin(angle)
            expected = radius / 9 % 1 - 0.5
            if abs(expected) < 0.4:
                assert field[row, column] == pytest.approx(expected, abs=0.02)
                checked += 1
        assert checked > 1500

    def test_rings_without_bulge_are_circles(self) -> None:
        field = patterns.rings(41, 41, (20.0, 20.0), 7.7, 0.0, 5.0)
        for turned in (field[::-1], field[:, ::-1], field.T):
            np.testing.assert_allclose(turned, field, atol=1e-5)

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_rings_are_as_strong_as_published(self, severity: int) -> None:
        half = 6.4 * (3, 5, 8, 9, 10)[severity - 1]
        out = run("concentric_sine_waves", flat(128), severity, seed=1).astype(int) - 128
        assert out.max() == pytest.approx(half, abs=1.5)
        assert out.min() == pytest.approx(-half, abs=1.5)

    @pytest.mark.parametrize("size", [(224, 224), (97, 200), (512, 1024), (8, 8)])
    @pytest.mark.parametrize("seed", range(3))
    def test_checkerboard_is_turned_and_black_and_white(
        self, seed: int, size: tuple[int, int]
    ) -> None:
        board = patterns.checkerboard(*size, 1.0, np.random.default_rng(seed))
        rng = np.random.default_rng(seed)
        angle = rng.uniform(0, 2 * math.pi)
        cell = max(1.0, rng.uniform(0.1, 0.25) * min(size))
        rows, columns = np.mgrid[: size[0], : size[1]]
        x = (columns * math.cos(angle) - rows * math.sin(angle)) / cell
        y = (columns * math.sin(angle) + rows * math.cos(angle)) / cell
        expected = (np.floor(x) + np.floor(y)) % 2 == 0
        # OpenCV rounds places to a fraction of a cell: edges may differ.
        inside = np.maximum(np.abs(x % 1 - 0.5), np.abs(y % 1 - 0.5)) < 0.48
        np.testing.assert_array_equal(board[inside], expected[inside])
        assert inside.mean() > 0.85

    @pytest.mark.parametrize("size", [(224, 224), (97, 200), (300, 600)])
    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_cutout_leaves_the_other_cells_untouched(
        self, severity: int, size: tuple[int, int]
    ) -> None:
        image = photograph(*size)
        fraction = (0.2, 0.3, 0.4, 0.5, 0.6)[severity - 1]
        cut = patterns.checkerboard(*size, fraction, np.random.default_rng(9)).astype(bool)
        black = patterns.checkerboard(*size, 1.0, np.random.default_rng(9)).astype(bool)
        out = run("checkerboard_cutout", image, severity, seed=9)
        assert (out[cut] == 128).all()
        np.testing.assert_array_equal(out[~cut], image[~cut])
        assert not (cut & ~black).any()

    def test_cutout_takes_the_published_share_of_black_cells(self) -> None:
        for severity in SEVERITIES:
            shares = [
                (run("checkerboard_cutout", flat(1), severity, seed) == 128).mean()
                for seed in range(60)
            ]
            assert np.mean(shares) == pytest.approx((severity + 1) / 20, rel=0.15)


class TestLights:
    @pytest.mark.parametrize("name", ["sparkles", "inverse_sparkles"])
    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_only_brighten(self, name: str, severity: int) -> None:
        # The inverse ones as well: published code fades to white outside of the star.
        image = photograph()
        assert (run(name, image, severity) >= image).all()
        assert (run(name, flat(255), severity) == 255).all()

    def test_sparkles_are_spots_and_inverse_ones_leave_a_spot(self) -> None:
        white = run("sparkles", flat(0), 5)[..., 0]
        faded = run("inverse_sparkles", flat(0), 5)[..., 0]
        assert 0.02 < (white > 200).mean() < 0.3
        assert np.median(white) < 100 < np.median(faded)
        # What is left of the image lies around one point, within about a quarter of the side.
        rows, columns = np.nonzero(faded == 0)
        spread = np.hypot(rows - rows.mean(), columns - columns.mean())
        assert 20 < np.percentile(spread, 95) < 80

    @pytest.mark.parametrize("width", [224, 448, 672])
    def test_sparkles_are_as_dense_in_wide_images(self, width: int) -> None:
        spots = []
        for seed in range(8):
            bright = (run("sparkles", flat(0, 224, width), 2, seed) > 250)[..., 0]
            areas = cv2.connectedComponentsWithStats(bright.astype(np.uint8))[2][1:, -1]
            # Single bright pixels are ends of rays.
            spots.append((areas > 15).sum())
        assert np.mean(spots) == pytest.approx(5 * width / 224, rel=0.3)

    @pytest.mark.parametrize("decay", [1.0, 0.26])
    def test_star_by_the_formula_of_one_point(self, decay: float) -> None:
        lengths = np.random.default_rng(0).uniform(8, 12, 20)
        field = lights.star((50, 70), (20.2, 30.6), lengths, decay)
        for row, column in ((0, 0), (10, 60), (49, 5), (21, 30), (40, 41)):
            dy, dx = row - 20.2, column - 30.6
            angle = math.atan2(dx, dy) % (2 * math.pi) / (2 * math.pi) * 20
            ray = int(angle)
            part = angle - ray
            length = lengths[ray] * (1 - part) + lengths[(ray + 1) % 20] * part
            bright = (length**2 / (dx**2 + dy**2)) ** decay * (1 - (part - 0.5) ** 2)
            assert field[row, column] == pytest.approx(min(bright, 1), rel=0.03)


class TestRefraction:
    @pytest.mark.parametrize("size", [*SIZES, (1, 1), (512, 1024)])
    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_maps_stay_in_range(self, severity: int, size: tuple[int, int]) -> None:
        height, width = size
        map_x, map_y = caustic_maps(height, width, severity, np.random.default_rng(2))
        rows, columns = np.mgrid[:height, :width]
        reach = 0.5 * (2.35, 3.2, 4.9, 6.6, 9.15)[severity - 1] / 10 * min(size)
        for coordinates, own, side in ((map_x, columns, width), (map_y, rows, height)):
            assert coordinates.dtype == np.float32
            assert coordinates.shape == size
            assert coordinates.min() >= 0
            assert coordinates.max() <= side - 1
            assert np.abs(coordinates - own).max() <= reach

    def test_maps_are_those_of_the_image(self) -> None:
        # Red rises to the right, green downwards: colours tell where they come from.
        rows, columns = np.mgrid[:200, :240]
        image = np.stack([columns, rows, np.full_like(rows, 120)], axis=-1).astype(np.uint8)
        map_x, map_y = caustic_maps(200, 240, 3, np.random.default_rng(4))
        out = run("caustic_refraction", image, 3, seed=4).astype(np.float64)
        light = out[..., 2] - 120
        unclipped = ((out > 0) & (out < 255)).all(axis=2)
        assert np.abs(out[..., 0] - light - map_x)[unclipped].max() < 1.6
        assert np.abs(out[..., 1] - light - map_y)[unclipped].max() < 1.6
        assert unclipped.mean() > 0.8
        assert np.abs(map_x - columns).max() > 3

    def test_labels_move_along(self) -> None:
        labels = np.arange(100 * 200, dtype=np.int32).reshape(100, 200)
        map_x, map_y = caustic_maps(100, 200, 5, np.random.default_rng(4))
        moved = move_labels(labels, map_x, map_y)
        rows, columns = moved // 200, moved % 200
        assert np.abs(rows - map_y).max() <= 0.52
        assert np.abs(columns - map_x).max() <= 0.52
        assert (moved != labels).mean() > 0.1

    @pytest.mark.parametrize("slope", [0.05, 0.3, 1.0])
    def test_refraction_by_snells_law(self, slope: float) -> None:
        falling = math.atan(slope)
        leaving = math.asin(math.sin(falling) / 4)
        sine = refraction._refraction(np.array([[slope, 0.0, 0.04]], dtype=np.float32))
        np.testing.assert_allclose(sine, [[math.sin(falling - leaving), 0, 0]], atol=1e-5)

    def test_caustics_by_the_formula_of_one_point(self) -> None:
        field = refraction.caustics((60, 60), 50.0, 1.3)
        for row, column in ((0, 0), (13, 40), (49, 22), (55, 59)):
            # The published formula; it divides by p itself, for which the middle is taken here.
            p = [value / 50 % 1 * 2 * math.pi - 250 for value in (row, column)]
            i, total = list(p), 1.0
            for wave in range(5):
                t = 1.3 * (1 - 3.5 / (wave + 1))
                i = [
                    p[0] + math.cos(t - i[0]) + math.sin(t + i[1]),
                    p[1] + math.sin(t - i[1]) + math.cos(t + i[0]),
                ]
                middle = 0.005 * (250 - math.pi)
                total += 1 / math.hypot(middle / math.sin(i[0] + t), middle / math.cos(i[1] + t))
            expected = min(abs(1.17 - (total / 5) ** 1.4) ** 8, 1)
            assert field[row, column] == pytest.approx(expected, abs=2e-3)

    def test_caustics_repeat_without_a_seam(self) -> None:
        field = refraction.caustics((100, 120), 50.0, 0.9)
        np.testing.assert_allclose(field[:50, :60], field[50:, :60], atol=2e-3)
        assert 0 <= field.min() < field.max() <= 1

    def test_flat_images_are_only_lit(self) -> None:
        out = run("caustic_refraction", flat(128), 5)
        assert (out == out[..., :1]).all()
        assert out.std() > 3

    def test_maps_refuse_what_does_not_exist(self) -> None:
        with pytest.raises(ValueError, match=r"\[1, 2, 3, 4, 5\]"):
            caustic_maps(8, 8, 0, np.random.default_rng(0))
        with pytest.raises(ValueError, match="0 x 8"):
            caustic_maps(0, 8, 1, np.random.default_rng(0))


def test_constants_are_the_published_ones() -> None:
    # Severities of imagenet_c_bar.csv times what the generator makes of a severity of 1; those of
    # the others are measured above.
    published = {
        lights.SPARKLES_RADIUS: (0.01, (1.0, 2.0, 3.0, 5.0, 6.0)),
        lights.INVERSE_SPARKLES_DECAY: (6.5 / 50, (1.0, 2.0, 4.0, 9.0, 10.0)),
        refraction.LENS_SCALE: (0.05, (2.35, 3.2, 4.9, 6.6, 9.15)),
        refraction.LIGHTING: (0.2, (2.35, 3.2, 4.9, 6.6, 9.15)),
    }
    for ours, (factor, severities) in published.items():
        np.testing.assert_allclose(ours, factor * np.array(severities), rtol=1e-9)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((8, 8), (8, 8)),
        ((224, 500), (224, 500)),
        ((512, 1024), (224, 448)),
        ((1024, 2048), (224, 448)),
        ((600, 300), (448, 224)),
    ],
)
def test_grid_has_at_most_224_cells_along_the_shorter_side(
    size: tuple[int, int], shape: tuple[int, int]
) -> None:
    assert grid_shape(*size) == shape
