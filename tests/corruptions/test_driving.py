"""Driving corruptions: what all share, and the character of each against a known picture."""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

import sympie_seg.corruptions.driving as driving
from sympie_seg.corruptions.driving import DRIVING_CORRUPTIONS
from sympie_seg.corruptions.driving.fog import driving_fog
from sympie_seg.corruptions.driving.light import to_light, to_pixels
from sympie_seg.corruptions.driving.scene import FAR_METRES, row_depths
from sympie_seg.corruptions.driving.sensor import add_sensor_noise

SEVERITIES = (1, 2, 3, 4, 5)
SIZES = ((8, 8), (97, 200), (224, 224))
NAMES = [
    "driving_fog",
    "driving_rain",
    "driving_snow",
    "driving_night",
    "low_light",
    "over_exposure",
    "colour_cast",
    "random_appearance",
]


@functools.cache
def photograph(name: str, height: int = 200, width: int = 300) -> NDArray[np.uint8]:
    """Shrink one of skimage's photographs; read-only, so that a change of it would raise."""
    image = cv2.resize(getattr(data, name)(), (width, height), interpolation=cv2.INTER_AREA)
    image.flags.writeable = False
    return image


def flat(value: int, height: int = 200, width: int = 200) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, dtype=np.uint8)


def checker(height: int = 240, width: int = 320) -> NDArray[np.uint8]:
    """Return squares of two greys: the same contrast everywhere."""
    rows, columns = np.indices((height, width)) // 4
    grey = np.where((rows + columns) % 2, 150, 50).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def run(name: str, image: NDArray[np.uint8], severity: int, seed: int = 0) -> NDArray[np.uint8]:
    return DRIVING_CORRUPTIONS[name](image, severity, np.random.default_rng(seed))


def linear(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Decode sRGB by the formula of the standard, on its own."""
    values = image / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def tables(paths: Iterable[Path]) -> set[tuple[float, ...]]:
    """Collect the tuples of numbers that modules name, except ones as plain as (0, 1)."""
    tuples = set()
    for path in paths:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Tuple):
                try:
                    tuples.add(ast.literal_eval(node.value))
                except ValueError:  # made of calls
                    continue
    return {each for each in tuples if not set(each) <= {0, 1}}


class TestAll:
    def test_names_and_order(self) -> None:
        assert list(DRIVING_CORRUPTIONS) == NAMES

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("severity", SEVERITIES)
    @pytest.mark.parametrize("name", NAMES)
    def test_keeps_type_size_and_input(
        self, name: str, severity: int, size: tuple[int, int]
    ) -> None:
        image = photograph("astronaut", *size).copy()
        before = image.copy()
        out = run(name, image, severity)
        assert out.dtype == np.uint8
        assert out.shape == image.shape
        assert out.flags.c_contiguous
        assert not np.shares_memory(out, image)
        np.testing.assert_array_equal(image, before)
        assert (out != image).any()

    # OpenCV takes four numbers for a scalar: pictures of 4 pixels must not be taken for one.
    @pytest.mark.parametrize(
        "shape",
        [
            (1, 1, 3),
            (4, 1, 3),
            (1, 4, 3),
            (4, 4, 3),
            (6, 1, 3),
            (7, 1, 3),
            (1, 9, 3),
            (70, 2, 3),
            (1024, 2048, 3),
        ],
    )
    @pytest.mark.parametrize("name", NAMES)
    def test_takes_extreme_shapes(self, name: str, shape: tuple[int, int, int]) -> None:
        for value in (0, 90, 255):
            out = run(name, np.full(shape, value, np.uint8), 5)
            assert out.shape == shape
            assert out.dtype == np.uint8

    @pytest.mark.parametrize("name", NAMES)
    def test_depends_on_the_generator_alone(self, name: str) -> None:
        image = photograph("coffee")
        np.random.seed(1)
        cv2.setRNGSeed(1)
        first = run(name, image, 4, seed=5)
        state = np.random.get_state()[1].copy()
        np.random.seed(1)
        cv2.setRNGSeed(2)
        np.testing.assert_array_equal(run(name, image, 4, seed=5), first)
        np.testing.assert_array_equal(np.random.get_state()[1], state)
        assert (run(name, image, 4, seed=6) != first).any()

    @pytest.mark.parametrize("name", NAMES)
    def test_takes_reversed_channels_and_views(self, name: str) -> None:
        view = photograph("coffee")[::2, ::-1, ::-1]
        np.testing.assert_array_equal(run(name, view, 3), run(name, view.copy(), 3))

    @pytest.mark.parametrize("picture", ["coffee", "astronaut"])
    @pytest.mark.parametrize("name", NAMES)
    def test_change_grows_with_severity(self, name: str, picture: str) -> None:
        image = photograph(picture)
        changes = [
            np.mean(
                [np.abs(run(name, image, severity, seed).astype(int) - image) for seed in range(8)]
            )
            for severity in SEVERITIES
        ]
        assert changes[0] > 1
        assert (np.diff(changes) > 0.02 * changes[0]).all()

    @pytest.mark.parametrize("name", NAMES)
    def test_refuses_what_is_no_image_or_severity(self, name: str) -> None:
        with pytest.raises(TypeError, match="uint8"):
            run(name, flat(3).astype(np.float32), 1)
        with pytest.raises(ValueError, match="shape"):
            run(name, flat(3)[..., 0], 1)
        for severity in (0, 6, 2.0, True):
            with pytest.raises(ValueError, match="severity"):
                run(name, flat(3), severity)

    @pytest.mark.parametrize("name", NAMES)
    def test_moves_no_edge(self, name: str) -> None:
        image = flat(60, 200, 300).copy()
        image[:, 150:] = 140
        out = np.mean([run(name, image, 2, seed) for seed in range(4)], axis=(0, 3))
        # Over many rows what falls averages out: the largest step is the edge, where it was.
        assert np.abs(np.diff(out.mean(axis=0))).argmax() == 149

    def test_shares_nothing_with_the_test_streets(self) -> None:
        """They train, the streets test: no import from one into the other, no table in both."""
        folder = Path(driving.__file__).parent
        streets = folder.parents[1] / "streets"
        for path in folder.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    assert "streets" not in (node.module or "")
                elif isinstance(node, ast.Import):
                    assert not any("streets" in alias.name for alias in node.names)
        weather = [streets / f"{name}.py" for name in ("fog", "rain", "snow", "night")]
        assert not tables(folder.glob("*.py")) & tables(weather)


class TestLight:
    def test_is_srgb_and_back(self) -> None:
        values = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
        np.testing.assert_allclose(to_light(values), linear(values), rtol=1e-5)
        np.testing.assert_array_equal(to_pixels(to_light(values)), values)

    def test_clips(self) -> None:
        light = np.array([[[-1, 0, 1], [1.5, 5, 100]]], dtype=np.float32)
        np.testing.assert_array_equal(to_pixels(light), [[[0, 0, 255], [255, 255, 255]]])

    @pytest.mark.parametrize("electrons", [2, 30, 500])
    def test_sensor_noise_is_photons_and_reading(self, electrons: float) -> None:
        light = np.full((300, 300, 3), electrons / 1000, np.float32)
        noisy = 1000.0 * add_sensor_noise(light, 1000, 3, np.random.default_rng(0))
        rng = np.random.default_rng(1)
        direct = rng.poisson(electrons, 300_000) + rng.normal(0, 3, 300_000)
        assert noisy.mean() == pytest.approx(electrons, abs=0.1)
        assert noisy.var() == pytest.approx(electrons + 9, rel=0.03)
        for share in (0.01, 0.1, 0.5, 0.9, 0.99):
            near = np.quantile(direct, share)
            assert np.quantile(noisy, share) == pytest.approx(near, abs=0.03 * direct.std())
        assert abs(np.corrcoef(noisy[..., 0].ravel(), noisy[..., 1].ravel())[0, 1]) < 0.02


class TestFog:
    @staticmethod
    def contrast(image: NDArray[np.uint8], rows: slice) -> float:
        return float(linear(image)[rows].std())

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_contrast_falls_with_depth(self, severity: int) -> None:
        image = checker()
        out = run("driving_fog", image, severity)
        before = self.contrast(image, slice(None))
        top, horizon, bottom = (
            self.contrast(out, rows) / before
            for rows in (slice(0, 24), slice(104, 128), slice(216, 240))
        )
        assert top < horizon < bottom < 1
        assert bottom > 0.7

    def test_nothing_above_the_horizon_is_near(self) -> None:
        depths = row_depths(400, 0.4)[:, 0]
        assert (np.diff(depths) < 0).all()
        assert depths[:120].min() > 0.5 * FAR_METRES
        assert depths.max() < FAR_METRES
        assert 3 < depths[-1] < 8

    @pytest.mark.parametrize("metres", [5.0, 40.0, 200.0])
    def test_given_depth_is_obeyed(self, metres: float) -> None:
        image = checker()
        depth = np.full(image.shape[:2], metres)
        out = driving_fog(image, 2, np.random.default_rng(0), depth=depth)
        left = self.contrast(out, slice(None)) / self.contrast(image, slice(None))
        # Of light 5 % is left after 240 m, give and take the banks of fog.
        assert 0.05 ** (1.3 * metres / 240) < left < 0.05 ** (0.7 * metres / 240)

    def test_given_depth_overrides_the_rows(self) -> None:
        image = flat(20)
        depth = np.full((200, 200), 2, np.float32)
        depth[150:, :100] = np.inf
        out = driving_fog(image, 4, np.random.default_rng(0), depth=depth)
        assert out[160:, :100].min() > 180
        assert out[:, 100:].max() < 90

    def test_no_distance_no_fog(self) -> None:
        image = photograph("coffee")
        out = driving_fog(image, 5, np.random.default_rng(0), depth=np.zeros(image.shape[:2]))
        np.testing.assert_allclose(out.astype(int), image, atol=1)

    def test_refuses_bad_depths(self) -> None:
        rng = np.random.default_rng(0)
        with pytest.raises(ValueError, match=r"shape \(200, 200\)"):
            driving_fog(flat(9), 1, rng, depth=np.ones((200, 100)))
        for bad in (-1.0, math.nan):
            with pytest.raises(ValueError, match="NaN"):
                driving_fog(flat(9), 1, rng, depth=np.full((200, 200), bad))


class TestRain:
    def test_streaks_are_steep(self) -> None:
        for seed in range(5):
            grey = run("driving_rain", flat(60), 4, seed)[..., 0].astype(float)
            across, along = (np.square(np.diff(grey, axis=axis)).mean() for axis in (1, 0))
            assert across > 2 * along > 0

    def test_streaks_of_a_picture_share_a_direction_that_is_drawn(self) -> None:
        slants = []
        for seed in range(12):
            grey = run("driving_rain", flat(60, 400, 400), 3, seed)[150:, :, 0].astype(np.float32)
            right, down = cv2.Sobel(grey, cv2.CV_64F, 1, 0), cv2.Sobel(grey, cv2.CV_64F, 0, 1)
            # The structure tensor: along the streaks the picture changes least.
            tensor = [
                [(right**2).mean(), (right * down).mean()],
                [(right * down).mean(), (down**2).mean()],
            ]
            strengths, directions = np.linalg.eigh(tensor)
            assert strengths[1] > 4 * strengths[0]
            along = directions[:, 0] * np.sign(directions[1, 0])
            slants.append(math.degrees(math.atan2(along[0], along[1])))
        assert min(slants) < -8
        assert max(slants) > 8
        assert max(map(abs, slants)) < 28

    def test_adds_fine_energy_and_darkens(self) -> None:
        image = cv2.GaussianBlur(photograph("coffee"), (0, 0), 4)
        fine = [
            float(np.square(cv2.Laplacian(each, cv2.CV_64F)).mean())
            for each in (image, run("driving_rain", image, 1), run("driving_rain", image, 4))
        ]
        assert fine[0] < 0.5 * fine[1] < 0.5 * fine[2]
        means = [run("driving_rain", photograph("coffee"), each).mean() for each in SEVERITIES]
        assert photograph("coffee").mean() > means[0]
        assert means == sorted(means, reverse=True)

    def test_wet_things_differ_more(self) -> None:
        # The lowest rows: the veil, which takes from contrast, is thinnest there.
        dark, bright = (
            float(np.median(linear(run("driving_rain", flat(value), 1)[190:])))
            for value in (90, 200)
        )
        ratio = (linear(np.uint8(200)) / linear(np.uint8(90))).item()
        assert dark < linear(np.uint8(90))
        assert ratio * 1.01 < bright / dark < ratio**1.06

    def test_streaks_grow_with_the_picture(self) -> None:
        small, large = (run("driving_rain", flat(60, side, side), 3) for side in (200, 800))
        shrunk = cv2.resize(large, (200, 200), interpolation=cv2.INTER_AREA)
        assert abs(small.mean() - shrunk.mean()) < 6
        ratio = shrunk[100:].std() / small[100:].std()
        assert 0.5 < ratio < 2


class TestSnow:
    def test_ground_whitens_more_than_what_is_above(self) -> None:
        for severity in SEVERITIES:
            # The median is blind to flakes: it sees the ground and the veil.
            outs = [run("driving_snow", flat(70), severity, seed) for seed in range(4)]
            assert np.mean([out[130:].mean() for out in outs]) > 75
        out = run("driving_snow", flat(70), 5)
        assert np.median(out[140:]) > np.median(out[:60]) > 70

    def test_red_and_blue_things_keep_more_of_their_colour(self) -> None:
        grey, red = flat(70, 200, 400).copy(), flat(20, 200, 400).copy()
        red[..., 0] = 140
        grey_changed = np.median(run("driving_snow", grey, 4)[140:, :, 1].astype(int)) - 70
        red_changed = np.median(run("driving_snow", red, 4)[140:, :, 1].astype(int)) - 20
        assert red_changed < 0.9 * grey_changed

    def test_flakes_are_bright_and_of_several_sizes(self) -> None:
        above = run("driving_snow", flat(70, 512, 512), 2)[:200, :, 0]
        flakes = (above > np.median(above) + 30).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(flakes)
        areas = stats[1:, cv2.CC_STAT_AREA]
        assert count > 50
        assert above.max() > 200
        assert np.quantile(areas, 0.99) > 6 * np.median(areas)

    def test_more_flakes_with_severity(self) -> None:
        shares = []
        for severity in SEVERITIES:
            sky = run("driving_snow", flat(70, 300, 300), severity)[:100, :, 0].astype(float)
            shares.append((sky > np.median(sky) + 25).mean())
        assert shares == sorted(shares)
        assert shares[4] > 3 * shares[0]


class TestNight:
    def test_darkens_to_blue(self) -> None:
        for severity in SEVERITIES:
            out = run("driving_night", flat(120), severity)
            assert out.mean() < 60
            red, _, blue = linear(out[120:]).mean(axis=(0, 1))
            assert blue > 1.3 * red

    def test_sky_becomes_darkest(self) -> None:
        image = flat(90).copy()
        image[:60] = 230
        out = run("driving_night", image, 2)
        assert out[:50].mean() < out[120:].mean()

    def test_bright_spots_glow_warmly(self) -> None:
        image = flat(40, 256, 256).copy()
        for row in range(20, 110, 16):
            for column in range(10, 250, 16):
                cv2.circle(image, (column, row), 3, (240, 235, 230), -1)
        without = linear(run("driving_night", flat(40, 256, 256), 3)).mean(axis=(0, 1))
        lit = linear(run("driving_night", image, 3))
        assert (lit[:110] > 0.4).any(axis=2).mean() > 0.01
        gained = lit[:110].mean(axis=(0, 1)) - without
        assert gained[0] > gained[1] > gained[2] > 0
        # The halo reaches further than the spots.
        spots = (image > 100).any(axis=2)
        assert (lit[..., 0] > 3 * without[0]).sum() > 1.5 * (lit[..., 0] > 0.3)[spots].sum()

    @pytest.mark.parametrize("name", ["driving_night", "low_light"])
    def test_noise_grows_with_the_light_like_photons(self, name: str) -> None:
        means, variances = [], []
        for value in (70, 110, 160, 220):
            light = linear(run(name, flat(value), 3))[110:, :, 1]
            means.append(light.mean())
            variances.append(light.var())
        assert variances == sorted(variances)
        line = np.polyfit(means, variances, 1)
        # Photon transfer: the slope is one electron's light.
        white = {"driving_night": 1200, "low_light": 1600}[name]
        assert line[0] == pytest.approx(1 / white, rel=0.1)


class TestLowLight:
    @pytest.mark.parametrize(
        ("severity", "stops"), list(enumerate((1.4, 2.1, 2.8, 3.5, 4.2), start=1))
    )
    def test_takes_stops_of_light(self, severity: int, stops: float) -> None:
        out = linear(run("low_light", flat(200), severity))
        assert out.mean() == pytest.approx(linear(np.uint8(200)) / 2**stops, rel=0.03)


class TestOverExposure:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(64, axis=0)

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_is_monotone_and_clips(self, severity: int) -> None:
        out = run("over_exposure", self.ramp, severity).astype(int)
        assert (np.diff(out, axis=1) >= 0).all()
        assert (out >= self.ramp).all()
        assert (out[:, 230:] == 255).all()
        flats = [
            int(run("over_exposure", flat(value, 16, 16), severity).mean()) for value in range(256)
        ]
        assert flats == sorted(flats)

    def test_clips_more_with_severity(self) -> None:
        image = photograph("coffee")
        shares = [(run("over_exposure", image, severity) == 255).mean() for severity in SEVERITIES]
        assert shares == sorted(shares)
        assert shares[4] > 4 * shares[0]

    def test_blooms_only_near_what_is_too_bright(self) -> None:
        image = flat(30).copy()
        image[90:110, 90:110] = 255
        out = run("over_exposure", image, 5)[..., 0].astype(int)
        assert out[100, 86] > out[100, 80] > out[100, 20]
        assert out[100, 20] == run("over_exposure", flat(30), 5)[0, 0, 0]


class TestColourCast:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_channel_ratios_are_constant(self, severity: int, seed: int) -> None:
        greys = np.arange(60, 256, dtype=np.uint8).repeat(3).reshape(14, 14, 3)
        gains = linear(run("colour_cast", greys, severity, seed)) / linear(greys)
        np.testing.assert_allclose(gains, np.broadcast_to(gains[-1, -1], gains.shape), rtol=0.03)
        assert gains.max() < 1.03
        again = linear(run("colour_cast", photograph("coffee"), severity, seed))
        np.testing.assert_allclose(again, linear(photograph("coffee")) * gains[-1, -1], atol=0.01)

    def test_is_warm_or_cool(self) -> None:
        ratios = []
        for seed in range(20):
            red, _, blue = run("colour_cast", flat(200, 8, 8), 4, seed)[0, 0].astype(float)
            ratios.append(red / blue)
        assert min(ratios) < 0.9
        assert max(ratios) > 1.1
        assert 4 <= sum(ratio > 1 for ratio in ratios) <= 16


class TestRandomAppearance:
    """One name, many looks."""

    @staticmethod
    def drawn(severity: int, count: int = 200) -> NDArray[np.float64]:
        """Mean light of each channel of a grey picture, relative to before, shape (count, 3)."""
        image = flat(128, 24, 32)
        looks = [run("random_appearance", image, severity, seed) for seed in range(count)]
        return np.stack([linear(one).mean((0, 1)) for one in looks]) / linear(image).mean()

    def test_light_spreads_with_severity(self) -> None:
        mild, strong = (np.log2(self.drawn(severity).mean(1)) for severity in (1, 5))
        assert -1.5 < mild.min() < -0.5 and 0.2 < mild.max() < 1
        assert np.quantile(strong, 0.1) < -1.5 and strong.max() > 1
        assert strong.max() < 2.3  # white

    def test_casts_every_channel(self) -> None:
        light = self.drawn(5)
        assert set(light.argmax(1)) == set(light.argmin(1)) == {0, 1, 2}

    def test_contrast_falls_more_often_than_it_rises(self) -> None:
        image = checker(48, 64)
        looks = [run("random_appearance", image, 5, seed).std() for seed in range(200)]
        share = np.mean(np.array(looks) < image.std())
        assert 0.6 < share < 0.95

    def test_draws_something_for_nearly_every_picture(self) -> None:
        image = photograph("coffee", 64, 96)
        unchanged = [
            (run("random_appearance", image, 3, seed) == image).all() for seed in range(200)
        ]
        assert np.mean(unchanged) < 0.03  # a weak blur alone changes nothing
