"""Tests of the thumbnail against torchvision."""

from __future__ import annotations

import pytest
import torch
from torchvision.transforms.v2 import functional as tv

from sympie_seg.enhancer import make_thumbnail


@pytest.mark.parametrize(
    "size",
    [(512, 1024), (333, 500), (500, 333), (224, 225), (232, 232), (100, 100), (37, 53), (40, 319)],
)
def test_matches_torchvision(size: tuple[int, int]) -> None:
    images = torch.randn(2, 3, *size)
    expected = tv.center_crop(tv.resize(images, [232], antialias=True), [224, 224])
    torch.testing.assert_close(make_thumbnail(images), expected)


@pytest.mark.parametrize(("resize", "crop"), [(116, 112), (97, 96), (64, 64), (65, 62)])
@pytest.mark.parametrize("size", [(130, 171), (171, 130), (64, 65)])
def test_matches_torchvision_for_other_sizes(resize: int, crop: int, size: tuple[int, int]) -> None:
    images = torch.randn(1, 3, *size)
    expected = tv.center_crop(tv.resize(images, [resize], antialias=True), [crop, crop])
    torch.testing.assert_close(make_thumbnail(images, resize, crop), expected)


def test_crops_are_read_themselves() -> None:
    images = torch.randn(2, 3, 224, 224)
    assert make_thumbnail(images) is images


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 9), (1, 50_000), (50_001, 2)])
def test_tiny_and_extreme_images(size: tuple[int, int]) -> None:
    thumbnail = make_thumbnail(torch.full((1, 3, *size), 0.5), 64, 56)
    assert thumbnail.shape == (1, 3, 56, 56)
    torch.testing.assert_close(thumbnail, torch.full_like(thumbnail, 0.5))


@pytest.mark.parametrize("long", [401, 500, 997])
def test_extreme_images_stay_close_to_torchvision(long: int) -> None:
    """A ramp shows displacements: one pixel of the thumbnail spans 20 / 64 of its unit."""
    images = torch.arange(float(long)).view(1, 1, 1, long).expand(1, 3, 20, long)
    expected = tv.center_crop(tv.resize(images, [64], antialias=True), [64, 64])
    difference = (make_thumbnail(images, 64, 64) - expected).abs().max().item()
    assert difference < 0.51 * 20 / 64  # half a pixel: rounding of the crop's corner


def test_keeps_type_and_empty_batch() -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        assert make_thumbnail(torch.zeros(1, 3, 30, 40, dtype=dtype), 32, 32).dtype == dtype
    assert make_thumbnail(torch.zeros(0, 3, 30, 40)).shape == (0, 3, 224, 224)


def test_is_differentiable() -> None:
    images = torch.randn(1, 3, 5, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: make_thumbnail(x, 4, 3), (images,))


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 1, 8, 8), (1, 3, 0, 8)])
def test_rejects_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(N, 3, H, W\)"):
        make_thumbnail(torch.zeros(shape))


def test_rejects_bytes_and_large_crops() -> None:
    with pytest.raises(TypeError, match="uint8"):
        make_thumbnail(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
    with pytest.raises(ValueError, match="crop 240 and resize 232"):
        make_thumbnail(torch.zeros(1, 3, 8, 8), crop=240)
