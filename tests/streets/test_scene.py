"""Scenes: determinism, labels, depth, sizes."""

from __future__ import annotations

import numpy as np
import pytest

from sympie_seg.datasets.cityscapes_classes import COLOURS, LABEL_IDS, NAMES
from sympie_seg.streets import SceneKey, render_scene
from sympie_seg.streets.layout import make_layout
from sympie_seg.visualization import paint

SMALL = (128, 64)
ROAD, SKY = 0, 10


@pytest.fixture(scope="module")
def scenes():
    return [render_scene(SceneKey(seed=3, index=index)) for index in range(24)]


class TestDeterminism:
    def test_same_key_same_scene(self):
        first, second = (render_scene(SceneKey(index=5), SMALL) for _ in range(2))
        np.testing.assert_array_equal(first.image, second.image)
        np.testing.assert_array_equal(first.label_ids, second.label_ids)
        np.testing.assert_array_equal(first.depth, second.depth)

    def test_order_of_rendering_does_not_matter(self):
        alone = render_scene(SceneKey(index=2), SMALL).image
        render_scene(SceneKey(index=0), SMALL)
        np.testing.assert_array_equal(render_scene(SceneKey(index=2), SMALL).image, alone)

    @pytest.mark.parametrize(
        "other",
        [
            SceneKey(seed=1),
            SceneKey(dataset="acdc"),
            SceneKey(split="val"),
            SceneKey(condition="fog"),
            SceneKey(index=1),
        ],
    )
    def test_every_part_of_the_key_changes_the_street(self, other):
        assert make_layout(other).left != make_layout(SceneKey()).left

    def test_global_random_state_is_left_alone(self):
        np.random.seed(0)
        before = np.random.get_state()[1].copy()
        render_scene(SceneKey(), SMALL)
        np.testing.assert_array_equal(np.random.get_state()[1], before)

    def test_negative_seed_is_refused(self):
        with pytest.raises(ValueError, match="seed -1"):
            render_scene(SceneKey(seed=-1))


class TestLabels:
    def test_every_class_is_in_at_least_half_of_the_images(self, scenes):
        present = np.zeros(19)
        for scene in scenes:
            present += np.bincount(scene.label_train_ids.ravel(), minlength=256)[:19] >= 20
        rare = {NAMES[c]: int(n) for c, n in enumerate(present) if n < len(scenes) / 2}
        assert not rare

    def test_values(self, scenes):
        values = set(np.unique([scene.label_train_ids for scene in scenes]).tolist())
        assert values == {*range(19), 255}

    def test_label_ids_follow_the_cityscapes_table(self, scenes):
        for scene in scenes:
            for train_id, label_id in enumerate(LABEL_IDS):
                same = (scene.label_train_ids == train_id) == (scene.label_ids == label_id)
                assert same.all()
            ignored = scene.label_ids[scene.label_train_ids == 255]
            assert set(ignored.tolist()) <= {1, 4}

    def test_table_is_that_of_cityscapes(self):
        helpers = pytest.importorskip("cityscapesscripts.helpers.labels")
        for train_id, (name, label_id) in enumerate(zip(NAMES, LABEL_IDS, strict=True)):
            official = helpers.trainId2label[train_id]
            assert (official.name, official.id) == (name, label_id)
            assert official.color == tuple(COLOURS[train_id].tolist())

    def test_ignored_pixels_are_painted_black(self):
        colours = paint(np.array([[0, 255]], np.uint8), COLOURS)
        assert colours.tolist() == [[[128, 64, 128], [0, 0, 0]]]


class TestDepth:
    def test_positive_and_finite(self, scenes):
        for scene in scenes:
            assert scene.depth.dtype == np.float32
            assert np.isfinite(scene.depth).all() and (scene.depth > 0).all()

    def test_road_comes_nearer_row_by_row(self, scenes):
        for scene in scenes:
            for column in range(0, scene.depth.shape[1], 16):
                road = scene.depth[scene.label_train_ids[:, column] == ROAD, column]
                assert (np.diff(road) < 0).all()

    def test_road_depth_is_that_of_the_ground_plane(self, scenes):
        scene = scenes[0]
        camera = scene.canvas.camera
        row, column = np.argwhere(scene.label_train_ids == ROAD)[-1]
        expected = camera.focal * camera.eye / (row + 0.5 - camera.horizon)
        assert scene.depth[row, column] == pytest.approx(expected, rel=1e-4)

    def test_sky_is_farthest(self, scenes):
        for scene in scenes:
            sky = scene.label_train_ids == SKY
            assert (scene.depth[sky] == scene.depth.max()).all()


class TestSizes:
    @pytest.mark.parametrize("size", [(64, 32), (512, 256), (101, 67), (96, 96), (17, 40)])
    def test_shapes(self, size):
        scene = render_scene(SceneKey(index=1), size)
        assert scene.image.shape == (size[1], size[0], 3)
        assert scene.image.dtype == scene.label_train_ids.dtype == scene.label_ids.dtype == np.uint8
        assert scene.depth.shape == scene.label_train_ids.shape == (size[1], size[0])

    def test_objects_scale_with_the_size(self):
        small, large = (
            render_scene(SceneKey(index=4), size).label_train_ids
            for size in ((128, 64), (512, 256))
        )
        agreement = (large[2::4, 2::4] == small).mean()
        assert agreement > 0.85

    def test_too_small_is_refused(self):
        with pytest.raises(ValueError, match="16x16"):
            render_scene(SceneKey(), (8, 64))
