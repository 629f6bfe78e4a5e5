"""Where pictures, captions and legend lie."""

from __future__ import annotations

import numpy as np
import pytest

from sympie_seg.visualization import Panel, enhancement_strip, paint, strip
from sympie_seg.visualization.strip import GAP, LINE, MIN_WIDTH

PALETTE = [(10, 20, 30), (200, 100, 50), (0, 250, 0)]


def solid(height: int, width: int, colour: tuple = (9, 99, 199)) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.uint8), (height, width, 3)).copy()


def test_pictures_keep_their_pixels() -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, 200, 3), dtype=np.uint8)
    made = strip([Panel("a", image), Panel("b", 255 - image), Panel("c", image)], columns=2)
    assert made.shape == (2 * (50 + LINE + GAP), 2 * (200 + GAP), 3)
    assert np.array_equal(made[LINE : LINE + 50, :200], image)
    assert np.array_equal(made[LINE : LINE + 50, 206:406], 255 - image)
    assert np.array_equal(made[2 * LINE + 50 + GAP :][:50, :200], image)
    assert (made[LINE:, 2 * 200 + GAP :][-50:] == 255).all(), "an empty place"


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (70, 2), (37, 91)])
def test_any_size(size: tuple[int, int]) -> None:
    made = strip([Panel("input", solid(*size)), Panel("x", solid(size[0] + 1, size[1]))])
    width = max(size[1], MIN_WIDTH)
    assert made.shape[1] == 2 * (width + GAP)
    assert (made == (9, 99, 199)).all(-1).sum() >= size[0] * size[1]


def test_long_and_strange_captions() -> None:
    made = strip(
        [Panel("ÄÖ αβ " * 40, solid(20, 160))],
        title="file\nname.png",
        legend=[("é", (1, 2, 3))] * 9,
    )
    assert made.shape[1] == 160 + GAP
    assert made.shape[0] > 20 + GAP + 4 * LINE, "the legend takes several lines"
    assert made[:LINE].min() < 120 and made[LINE : 2 * LINE].min() < 120, "written"
    with pytest.raises(ValueError, match="at least one picture"):
        strip([])


def test_enhancement_strip_of_maps() -> None:
    image = solid(40, 160)
    truth = np.zeros((40, 160), int)
    truth[:, 80:], truth[:5] = 1, 255
    before, after = np.zeros_like(truth), np.where(truth == 255, 2, truth)
    made = enhancement_strip(image, 255 - image, before, after, truth, ["a", "b", "c"], PALETTE)
    cells = [made[LINE : LINE + 40, i * 166 : i * 166 + 160] for i in range(6)]
    assert np.array_equal(cells[0], image) and np.array_equal(cells[1], 255 - image)
    for cell, labels in zip(cells[2:5], (before, after, truth), strict=True):
        assert np.array_equal(cell, paint(labels, PALETTE))
    assert made.shape[1] == 6 * 166
    corrected = cells[5][20, 120]
    assert corrected[2] > corrected[0], "blue where it is right now"
    with_parameters = enhancement_strip(
        image, image, before, after, parameters=[0.0] * 37, palette=PALETTE
    )
    assert with_parameters.shape[1] == 5 * 166


def test_scored_at_another_size_and_see_through() -> None:
    image, labels = solid(40, 160), np.ones((80, 320), int)
    made = enhancement_strip(
        image, image, labels, labels, palette=PALETTE, classes="abc", opacity=0.5
    )
    mixed = made[LINE + 20, 2 * 166 + 80]
    assert np.abs(mixed.astype(int) - np.mean([PALETTE[1], (9, 99, 199)], axis=0)).max() <= 2


def test_enhancement_strip_of_classes() -> None:
    image = solid(40, 160)
    made = enhancement_strip(image, 255 - image, "cat 40%", "dog 90%", "dog", title="x.png")
    assert made.shape == (2 * LINE + 40 + GAP, 2 * 166, 3)
