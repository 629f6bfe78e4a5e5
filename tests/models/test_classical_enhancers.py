"""Enhancers without training, against OpenCV and against formulas."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.enhancer.normalization import denormalize, normalize
from sympie_seg.models.enhancers import ClaheEnhancer, GammaEnhancer, NoEnhancer


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


@pytest.mark.parametrize("build", [ClaheEnhancer, GammaEnhancer, NoEnhancer])
def test_sequences_and_batches_agree(build: Callable[[], nn.Module]) -> None:
    images = [to_tensor(picture(32, 48)), to_tensor(picture(40, 64))]
    enhancer = MODELS.build(dict(type=build.__name__))
    listed = enhancer(images)
    assert [tuple(image.shape) for image in listed] == [(3, 32, 48), (3, 40, 64)]
    assert all(torch.equal(enhancer(i[None])[0], o) for i, o in zip(images, listed, strict=True))


def test_they_plug_in(enhanced_network: Callable, batch: Callable) -> None:
    data = batch(2)
    data["inputs"] = [image // 4 for image in data["inputs"]]  # dark
    plain = enhanced_network(dict(enhancer=dict(type="NoEnhancer"))).eval()
    expected = plain.data_preprocessor(data)["inputs"]
    for name in ("ClaheEnhancer", "GammaEnhancer"):
        model = enhanced_network(dict(enhancer=dict(type=name))).eval()
        got = model.data_preprocessor(data)["inputs"]
        assert got.shape == expected.shape and not torch.allclose(got, expected, atol=0.1)
        assert model.data_preprocessor.enhancer_source == name
