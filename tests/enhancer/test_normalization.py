"""Tests of the normalised RGB space."""

from __future__ import annotations

import torch
from torchvision.transforms.v2 import functional as tv

from sympie_seg.enhancer import IMAGENET_MEAN, IMAGENET_STD
from sympie_seg.enhancer.normalization import denormalize, normalize, normalized_bounds


def test_constants() -> None:
    assert IMAGENET_MEAN == (0.485, 0.456, 0.406)
    assert IMAGENET_STD == (0.229, 0.224, 0.225)


def test_normalize_matches_torchvision_and_inverts() -> None:
    image = torch.rand(2, 3, 5, 7)
    expected = tv.normalize(image, list(IMAGENET_MEAN), list(IMAGENET_STD))
    torch.testing.assert_close(normalize(image), expected)
    torch.testing.assert_close(denormalize(normalize(image)), image)


def test_bounds_are_black_and_white() -> None:
    low, high = normalized_bounds(dtype=torch.float64)
    assert low.shape == high.shape == (3, 1, 1)
    torch.testing.assert_close(low, normalize(torch.zeros(3, 1, 1, dtype=torch.float64)))
    torch.testing.assert_close(high, normalize(torch.ones(3, 1, 1, dtype=torch.float64)))
    assert abs(low[0].item() + 2.117904) < 1e-6
    assert abs(high[2].item() - 2.64) < 1e-6
