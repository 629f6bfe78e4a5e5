"""A small app: two SyMPIEs, CLAHE, and a network that sees three grey levels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from sympie_seg.app.enhancers import OfferedEnhancer
from sympie_seg.app.enhancing import EnhancingService
from sympie_seg.enhancer import SyMPIE
from sympie_seg.enhancer.normalization import denormalize, normalize
from sympie_seg.models.enhancers import ClaheEnhancer
from sympie_seg.utils.images import encode_image


class GreyLevels:
    """A network with three classes: dark, middle, bright; notes the enhancers that it ran behind."""

    classes = ("dark", "middle", "bright")
    palette = ((0, 0, 0), (120, 130, 140), (255, 250, 240))

    def __init__(self) -> None:
        self.calls: list[tuple[nn.Module | None, float | None]] = []

    @torch.no_grad()
    def predict(self, image: np.ndarray, enhancer: nn.Module | None = None) -> np.ndarray:
        self.calls.append((enhancer, getattr(enhancer, "strength", None)))
        tensor = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
        if enhancer is not None:
            tensor = denormalize(enhancer(normalize(tensor)))
        grey = tensor[0].mean(0).numpy()
        return np.digitize(grey, (1 / 3, 2 / 3))


@pytest.fixture
def enhancers(perturbed: Callable[..., nn.Module]) -> list[OfferedEnhancer]:
    def small(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return perturbed(SyMPIE(thumbnail_resize=48, thumbnail_crop=44)).eval()

    return [
        OfferedEnhancer("first", small(1), "first.pth"),
        OfferedEnhancer("second", small(2), "second.pth"),
        OfferedEnhancer("clahe", ClaheEnhancer().eval(), "ClaheEnhancer"),
    ]


@pytest.fixture
def network() -> GreyLevels:
    return GreyLevels()


@pytest.fixture
def service(enhancers: list[OfferedEnhancer]) -> EnhancingService:
    return EnhancingService(enhancers)


@pytest.fixture
def image() -> np.ndarray:
    ramp = np.linspace(0, 255, 60 * 80 * 3).reshape(60, 80, 3)
    noise = np.random.default_rng(0).integers(-20, 20, (60, 80, 3))
    return np.clip(ramp + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def png(image: np.ndarray) -> bytes:
    return encode_image(image)
