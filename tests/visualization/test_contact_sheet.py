"""The sheet of corruptions: one strip each, with the clean picture first."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sympie_seg.visualization.contact_sheet import contact_sheet, example_photograph


def test_a_strip_for_each_corruption() -> None:
    image = np.full((120, 240, 3), (200, 100, 50), np.uint8)
    sheet = contact_sheet(image, iter(["darken", "brightness"]), 40)
    height, width = 16 + 20 + 2, 40 + 2  # caption, picture and gap
    assert sheet.shape == (2 * height, 6 * width, 3) and sheet.dtype == np.uint8
    strips = [sheet[n * height + 16 : n * height + 36] for n in range(2)]
    means = [[strip[:, n * width : n * width + 40].mean() for n in range(6)] for strip in strips]
    assert (sheet[16:36, :40] == (200, 100, 50)).all(), "the clean picture, RGB"
    assert means[0] == sorted(means[0], reverse=True) and means[1] == sorted(means[1])
    assert means[0][0] == means[1][0] > means[0][5]


def test_without_scikit_image_it_names_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(ModuleNotFoundError, match="--image, or pip install scikit-image"):
        example_photograph()
