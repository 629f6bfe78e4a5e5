"""Enhancers without training, against OpenCV and against formulas."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.enhancer.normalization import denormalize, normalize
from sympie_seg.models.enhancers import (
    CLASSICAL,
    ClaheEnhancer,
    GammaEnhancer,
    GreyWorldEnhancer,
    HistogramEqualizationEnhancer,
    NoEnhancer,
    NonLocalMeansEnhancer,
    UnsharpMaskEnhancer,
)


def picture(height: int = 40, width: int = 64, low: int = 0, high: int = 256) -> np.ndarray:
    return np.random.default_rng(0).integers(low, high, (height, width, 3), dtype=np.uint8)


def to_tensor(image: np.ndarray) -> Tensor:
    return normalize(torch.from_numpy(image).permute(2, 0, 1).float() / 255)


def to_picture(tensor: Tensor) -> np.ndarray:
    return denormalize(tensor).mul(255).round().byte().permute(1, 2, 0).numpy()


def run(enhancer: nn.Module, image: np.ndarray) -> np.ndarray:
    return to_picture(enhancer(to_tensor(image)[None])[0])


def test_no_enhancer_gives_back_what_it_gets() -> None:
    images = torch.randn(2, 3, 4, 4)
    assert NoEnhancer()(images) is images


def test_clahe_works_on_lightness_alone() -> None:
    image = picture(low=60, high=90)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lightness = cv2.createCLAHE(3.0, (4, 4)).apply(lab[..., 0].copy())
    expected = cv2.cvtColor(np.dstack([lightness, lab[..., 1], lab[..., 2]]), cv2.COLOR_LAB2RGB)
    got = run(ClaheEnhancer(clip_limit=3.0, tiles=4), image)
    assert np.array_equal(got, expected)
    assert got.std() > 1.3 * image.std(), "contrast grows"


@pytest.mark.parametrize("level", [32, 64, 128, 200])
def test_gamma_brings_a_plain_image_to_the_target(level: int) -> None:
    got = run(GammaEnhancer(target=0.5), np.full((8, 8, 3), level, np.uint8))
    assert abs(int(got[0, 0, 0]) - 127.5) <= 1
    assert (got == got[0, 0]).all()


@pytest.mark.parametrize(("level", "gamma"), [(1, 0.5), (253, 2.0), (0, 0.5), (255, 2.0)])
def test_gamma_is_limited(level: int, gamma: float) -> None:
    got = run(GammaEnhancer(target=0.5, limit=2.0), np.full((8, 8, 3), level, np.uint8))
    assert got[0, 0, 0] == round(255 * (level / 255) ** gamma)


def test_grey_world_takes_a_colour_cast_away() -> None:
    grey = np.repeat(picture(high=100)[..., :1], 3, axis=2)
    cast = np.rint(grey * np.array([0.6, 1.0, 1.4])).astype(np.uint8)
    got = run(GreyWorldEnhancer(), cast).astype(int)
    assert np.ptp(cast.mean((0, 1))) > 30
    assert np.ptp(got.mean((0, 1))) < 1
    assert np.abs(got - grey).max() <= 2


def test_grey_world_is_limited() -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0], red[..., 1] = 200, 10
    assert run(GreyWorldEnhancer(limit=2.0), red)[0, 0].tolist() == [100, 20, 0]


def test_histogram_equalization_flattens_the_luma() -> None:
    image = picture(128, 128, low=100, high=140)
    grey = np.repeat(image[..., :1], 3, axis=2)
    got = run(HistogramEqualizationEnhancer(), grey)
    assert (got == got[..., :1]).all(), "grey stays grey"
    levels = np.sort(got[..., 0].ravel()) / 255
    assert np.abs(levels - np.linspace(0, 1, levels.size)).max() < 0.06


def test_unsharp_mask_overshoots_at_an_edge_alone() -> None:
    edge = np.full((32, 32, 3), 100, np.uint8)
    edge[:, 16:] = 150
    got = run(UnsharpMaskEnhancer(sigma=1.5, amount=1.0), edge)
    assert (got[:, :8] == 100).all() and (got[:, 24:] == 150).all()
    # The blur takes half a pixel's share from the other side, cut at the pixel next to the edge.
    share = 0.5 * (1 - math.erf(0.5 / (1.5 * math.sqrt(2))))
    assert got[16, 15, 0] == pytest.approx(100 - 50 * share, abs=1.5)
    assert got[16, 16, 0] == pytest.approx(150 + 50 * share, abs=1.5)


def test_non_local_means_takes_noise_away_and_keeps_edges() -> None:
    clean = np.full((48, 48, 3), 60, np.uint8)
    clean[:, 24:] = 180
    noise = np.random.default_rng(0).normal(0, 12, clean.shape)
    noisy = np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)
    got = run(NonLocalMeansEnhancer(strength=15.0, color_strength=15.0), noisy).astype(float)
    assert np.abs(got - clean).mean() < 0.4 * np.abs(noisy.astype(float) - clean).mean()
    assert got[:, 24].mean() - got[:, 23].mean() > 100
    red = np.zeros((16, 16, 3), np.uint8) + np.array([200, 40, 20], np.uint8)
    assert np.abs(run(NonLocalMeansEnhancer(), red).astype(int) - red).max() <= 3, "RGB, not BGR"


@pytest.mark.parametrize("name", CLASSICAL)
def test_sequences_and_batches_agree(name: str) -> None:
    images = [to_tensor(picture(32, 48)), to_tensor(picture(40, 64))]
    enhancer = MODELS.build(CLASSICAL[name])
    listed = enhancer(images)
    assert [tuple(image.shape) for image in listed] == [(3, 32, 48), (3, 40, 64)]
    assert all(torch.equal(enhancer(i[None])[0], o) for i, o in zip(images, listed, strict=True))


def test_they_plug_in(enhanced_network: Callable, batch: Callable) -> None:
    data = batch(2)
    cast = torch.tensor([20, 30, 40], dtype=torch.uint8).view(3, 1, 1)
    data["inputs"] = [image // 8 + cast for image in data["inputs"]]  # dark, noisy, with a cast
    plain = enhanced_network(dict(enhancer=dict(type="NoEnhancer"))).eval()
    expected = plain.data_preprocessor(data)["inputs"]
    for name in sorted(config["type"] for key, config in CLASSICAL.items() if key != "none"):
        model = enhanced_network(dict(enhancer=dict(type=name))).eval()
        got = model.data_preprocessor(data)["inputs"]
        assert got.shape == expected.shape and not torch.allclose(got, expected, atol=0.1)
        assert model.data_preprocessor.enhancer_source == name
