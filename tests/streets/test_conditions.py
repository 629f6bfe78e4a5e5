"""Adverse conditions: each does to the image what its physics says."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sympie_seg.streets import CONDITIONS, SceneKey, apply_condition, render_scene
from sympie_seg.streets.camera import Camera
from sympie_seg.streets.lighting import Sensor, expose, ray_length, veil
from sympie_seg.streets.shapes import Surface

ROAD = 0


@pytest.fixture(scope="module")
def scenes():
    return [render_scene(SceneKey(7, "acdc", "val", "fog", index)) for index in range(8)]


def luminance(image: np.ndarray) -> np.ndarray:
    return image @ np.array([0.2126, 0.7152, 0.0722])


class TestAll:
    def test_names_are_those_of_acdc(self):
        assert CONDITIONS == ("fog", "night", "rain", "snow")

    @pytest.mark.parametrize("condition", CONDITIONS)
    def test_deterministic(self, scenes, condition):
        first, second = (apply_condition(scenes[0], condition) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    @pytest.mark.parametrize("condition", CONDITIONS)
    def test_changes_the_image_and_nothing_else(self, condition):
        scene = render_scene(SceneKey(index=3), (128, 64))
        before = (scene.image.copy(), scene.depth.copy(), scene.canvas.albedo.copy())
        image = apply_condition(scene, condition)
        assert image.shape == scene.image.shape and image.dtype == np.uint8
        assert np.abs(image.astype(int) - scene.image).mean() > 5
        for old, new in zip(before, (scene.image, scene.depth, scene.canvas.albedo), strict=True):
            np.testing.assert_array_equal(old, new)

    @pytest.mark.parametrize("condition", CONDITIONS)
    @pytest.mark.parametrize("size", [(64, 32), (101, 67), (17, 40)])
    def test_sizes(self, condition, size):
        scene = render_scene(SceneKey(index=3), size)
        assert apply_condition(scene, condition).shape == (size[1], size[0], 3)

    @pytest.mark.parametrize("condition", CONDITIONS)
    def test_strength_varies(self, scenes, condition):
        means = [apply_condition(scene, condition).mean() for scene in scenes]
        assert np.std(means) > 1

    @pytest.mark.parametrize("condition", ["fog", "rain", "snow"])
    def test_air_is_as_thick_as_the_ray_is_long(self, scenes, condition, monkeypatch):
        """Pixels at the sides are farther from the lens than their depth."""
        distances = []
        module = sys.modules[f"sympie_seg.streets.{condition}"]

        def watched(light, distance, *others):
            distances.append(distance)
            return veil(light, distance, *others)

        monkeypatch.setattr(module, "veil", watched)
        apply_condition(scenes[0], condition)
        (distance,) = distances
        wanted = ray_length(scenes[0].canvas.camera, scenes[0].depth)
        np.testing.assert_array_equal(distance, wanted)
        assert (wanted / scenes[0].depth).max() > 1.2

    def test_haze_of_a_clear_day_follows_the_ray_too(self, monkeypatch):
        distances = []

        def watched(light, distance, *others):
            distances.append(distance)
            return veil(light, distance, *others)

        monkeypatch.setattr(sys.modules["sympie_seg.streets.scene"], "veil", watched)
        scene = render_scene(SceneKey(index=3), (128, 64))
        (distance,) = distances
        wanted = ray_length(scene.canvas.camera, np.minimum(scene.depth, 150))
        np.testing.assert_array_equal(distance, wanted)

    def test_clear_is_the_image(self, scenes):
        np.testing.assert_array_equal(apply_condition(scenes[0], "clear"), scenes[0].image)

    def test_unknown_condition_names_the_known_ones(self, scenes):
        with pytest.raises(ValueError, match="clear, fog, night, rain, snow"):
            apply_condition(scenes[0], "hail")


class TestFog:
    def test_distance_follows_the_ray_not_the_depth(self):
        """A camera with a focal length of 4 pixels: 45 degrees are 4 pixels off the vanishing point."""
        camera = Camera(width=9, height=9, focal=4.0, centre=4.5, horizon=4.5, eye=1.5)
        distance = ray_length(camera, np.full((9, 9), 10.0, np.float32))
        straight, side, corner = 10.0, 10 * np.sqrt(2), 10 * np.sqrt(3)
        assert distance[4, 4] == pytest.approx(straight)
        assert [distance[4, 0], distance[4, 8]] == pytest.approx([side, side])
        assert [distance[0, 4], distance[8, 4]] == pytest.approx([side, side]), "up and down"
        assert [distance[0, 0], distance[8, 8]] == pytest.approx([corner, corner])

    def test_far_pixels_are_closer_to_the_airlight(self, scenes):
        for scene in scenes:
            image = apply_condition(scene, "fog").astype(float)
            airlight = np.median(image[scene.depth > 500], axis=0)
            distance = np.abs(image - airlight).mean(-1)
            near, far = scene.depth < 12, (scene.depth > 60) & (scene.depth < 500)
            if far.any():
                assert distance[far].mean() < distance[near].mean()

    def test_law_by_hand(self):
        light = np.full((1, 1, 3), 0.2, np.float32)
        seen = veil(light, np.array([[50.0]], np.float32), 0.02, np.array([0.6, 0.6, 0.6]))
        expected = 0.2 * np.exp(-1.0) + 0.6 * (1 - np.exp(-1.0))
        np.testing.assert_allclose(seen, expected, rtol=1e-5)


class TestNight:
    def test_much_darker(self, scenes):
        # In linear light: the tone curve hides how much darker the night is.
        dark, clear = (
            np.array([(luminance(image) ** 2.2).mean() for image in images])
            for images in (
                [apply_condition(scene, "night") for scene in scenes],
                [scene.image for scene in scenes],
            )
        )
        assert (dark < 0.8 * clear).all()
        assert dark.mean() < 0.4 * clear.mean()

    def test_sky_is_dark(self, scenes):
        for scene in scenes:
            sky = scene.canvas.surface == Surface.SKY
            assert luminance(apply_condition(scene, "night"))[sky].mean() < 110


class TestRain:
    def test_less_contrast_than_clear(self, scenes):
        rain = np.mean([luminance(apply_condition(scene, "rain")).std() for scene in scenes])
        assert rain < 0.85 * np.mean([luminance(scene.image).std() for scene in scenes])


class TestSnow:
    def test_ground_turns_white_and_pale(self, scenes):
        saturation = {"snow": [], "clear": []}
        for scene in scenes:
            ground = scene.canvas.surface == Surface.UP
            for name, image in (("snow", apply_condition(scene, "snow")), ("clear", scene.image)):
                pixels = image[ground].astype(float)
                saturation[name].append((np.ptp(pixels, axis=1) / (pixels.max(1) + 1)).mean())
        assert np.mean(saturation["snow"]) < np.mean(saturation["clear"])


class TestExpose:
    def test_tone_curve_without_noise(self):
        light = np.full((16, 16, 3), 0.5, np.float32)
        sensor = Sensor(1.0, (1.0, 1.0, 1.0), 0.0, 0.0)
        image = expose(light, sensor, np.random.default_rng(0))
        assert (image == round(255 * 0.5 ** (1 / 2.2))).all()

    def test_noise_has_the_stated_deviation(self):
        light = np.full((200, 200, 3), 0.5, np.float32)
        sensor = Sensor(1.0, (1.0, 1.0, 1.0), 0.02, 0.01)
        image = expose(light, sensor, np.random.default_rng(0))
        back = (image / 255.0) ** 2.2
        assert back.std() == pytest.approx(np.sqrt(0.02**2 * 0.5 + 0.01**2), rel=0.05)
