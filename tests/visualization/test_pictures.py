"""Label maps, changes, colour scales and heat maps, compared with pixels worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sympie_seg import visualization as vis
from sympie_seg.enhancer import WarpParameters
from sympie_seg.visualization.changes import BROKEN, CORRECTED, RIGHT, WRONG

PALETTE = [(10, 20, 30), (200, 100, 50)]
BLACK = (0, 0, 0)


def test_paint_and_overlay() -> None:
    labels = np.array([[0, 1], [255, -1]])
    assert np.array_equal(vis.paint(labels, PALETTE), [[PALETTE[0], PALETTE[1]], [BLACK, BLACK]])
    image = np.full((2, 2, 3), 100, np.uint8)
    mixed = vis.overlay(image, labels, PALETTE, 0.5)
    assert np.array_equal(mixed, [[(55, 60, 65), (150, 100, 75)], [(100,) * 3, (100,) * 3]])
    assert np.array_equal(vis.overlay(image, labels, PALETTE, 0), image)
    with pytest.raises(ValueError, match="differ in size"):
        vis.overlay(image[:1], labels, PALETTE)


def test_colours_of_classes_that_have_none() -> None:
    # The published map of PASCAL VOC.
    first = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128)]
    assert vis.voc_palette(5) == first
    assert vis.voc_palette(21)[20] == (0, 64, 128)
    assert len(set(vis.voc_palette(150))) == 150


def test_changes() -> None:
    truth = np.array([[1, 1, 1, 1, 255]])
    before = np.array([[0, 1, 1, 0, 1]])
    after = np.array([[1, 0, 1, 2, 1]])
    changes = vis.changed_predictions(before, after, truth, 3)
    assert np.array_equal(changes, [[CORRECTED, BROKEN, RIGHT, WRONG, BLACK]])
    with pytest.raises(ValueError, match="differ in size"):
        vis.changed_predictions(before, after, truth[:, :2], 3)


def test_colour_scales() -> None:
    blue, white, red = vis.diverging(np.array([-1, 0, 1]))
    assert blue[2] > blue[0] + 100 and red[0] > red[2] + 100 and tuple(white) == (255,) * 3
    assert np.array_equal(vis.diverging(5.0), red), "cut off"
    scale = vis.sequential(np.linspace(0, 1, 20)).astype(int)
    light = scale @ (0.3, 0.59, 0.11)
    assert (np.diff(light) > 0).all(), "brighter means more, in grey too"


def test_ink_can_be_read() -> None:
    assert vis.readable_on(np.array((255, 255, 255))) == (0, 0, 0)
    assert vis.readable_on(np.array((0, 0, 90))) == (255, 255, 255)


def test_parameters_by_name_as_the_enhancer_has_them() -> None:
    import torch

    vector = torch.arange(37.0)
    named = WarpParameters.from_vector(vector[None])
    for ours, theirs in zip(
        vis.parameter_maps(vector.tolist()).values(), named.tensors(), strict=True
    ):
        assert np.array_equal(ours.ravel(), theirs.ravel().numpy())
    with pytest.raises(ValueError, match="expected 37 parameters, got 36"):
        vis.parameter_maps([0] * 36)


def test_heat_maps() -> None:
    picture = vis.heat_map(np.array([[2.0, -2], [0, 1]]), cell=8)
    assert picture.shape == (16, 16, 3)
    assert np.array_equal(picture[4, 4], vis.diverging(1.0)) and np.array_equal(
        picture[4, 12], vis.diverging(-1.0)
    )
    assert np.array_equal(picture[12, 12], vis.diverging(0.5))
    pale = vis.heat_map(np.full((1, 3), 0.1), cell=8)
    assert np.array_equal(pale[4, 4], vis.diverging(0.1)), "small numbers stay pale"
    printed = vis.heat_map(np.zeros((3,)), cell=40, numbers=True)
    assert printed.shape == (40, 120, 3) and printed.min() < 60, "a number is printed"
