"""Gamma correction to mid-grey."""

from __future__ import annotations

import cv2
import numpy as np
from mmengine.registry import MODELS

from sympie_seg.models.enhancers.per_image import PerImageEnhancer

__all__ = ["GammaEnhancer"]


@MODELS.register_module()
class GammaEnhancer(PerImageEnhancer):
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
        result: np.ndarray = cv2.LUT(image, table)
        return result
