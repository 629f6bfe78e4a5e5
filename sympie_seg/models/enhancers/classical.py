"""Classical enhancers (OpenCV) with SyMPIE's interface: normalised RGB in, the same out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.enhancer.normalization import denormalize, normalize

__all__ = ["ClaheEnhancer", "GammaEnhancer", "NoEnhancer"]


@MODELS.register_module()
class NoEnhancer(nn.Module):
    """Gives back what it gets: the frozen network alone."""

    def forward(self, images: Any) -> Any:
        """A batch (N, 3, H, W), or a sequence of (3, H, W), unchanged."""
        return images


class _PerImage(nn.Module):
    """Runs :meth:`enhance` on each image as RGB uint8 (H, W, 3); no gradient passes."""

    def enhance(self, image: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    @torch.no_grad()
    def forward(self, images: Tensor | Sequence[Tensor]) -> Tensor | list[Tensor]:
        """A batch (N, 3, H, W) or a sequence of (3, H, W), ImageNet-normalised RGB; the same out."""
        enhanced = [self._on_tensor(image) for image in images]
        return torch.stack(enhanced) if isinstance(images, Tensor) else enhanced

    def _on_tensor(self, image: Tensor) -> Tensor:
        pixels = denormalize(image).mul(255).round().clamp(0, 255).byte()
        result = self.enhance(pixels.permute(1, 2, 0).contiguous().cpu().numpy())
        back = torch.from_numpy(np.ascontiguousarray(result)).to(image.device)
        return normalize(back.permute(2, 0, 1).to(image.dtype) / 255)


@MODELS.register_module()
class ClaheEnhancer(_PerImage):
    """Contrast-limited adaptive histogram equalisation of the lightness (OpenCV).

    Args:
        clip_limit (float): OpenCV's clip limit. Defaults to 2.0.
        tiles (int): tiles along each side. Defaults to 8.
    """

    def __init__(self, clip_limit: float = 2.0, tiles: int = 8) -> None:
        super().__init__()
        self.clip_limit, self.tiles = clip_limit, tiles

    def enhance(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 (H, W, 3) in and out."""
        lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
        equalizer = cv2.createCLAHE(self.clip_limit, (self.tiles, self.tiles))
        lab[..., 0] = equalizer.apply(lab[..., 0])
        return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


@MODELS.register_module()
class GammaEnhancer(_PerImage):
    """Gamma correction that brings the mean luminance to a target.

    Args:
        target (float): wanted mean luminance in (0, 1). Defaults to 0.5 (mid-grey).
        limit (float): gamma stays in [1 / limit, limit]. Defaults to 4.0.
    """

    def __init__(self, target: float = 0.5, limit: float = 4.0) -> None:
        super().__init__()
        self.target, self.limit = target, limit

    def enhance(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 (H, W, 3) in and out."""
        mean = float(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).mean()) / 255
        # Black and white images have no gamma that moves their mean.
        mean = min(max(mean, 1e-3), 1 - 1e-3)
        gamma = np.clip(np.log(self.target) / np.log(mean), 1 / self.limit, self.limit)
        table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
        return cv2.LUT(image, table)
