"""Contrast-limited adaptive histogram equalisation."""

from __future__ import annotations

import cv2
import numpy as np
from mmengine.registry import MODELS

from sympie_seg.models.enhancers.per_image import PerImageEnhancer

__all__ = ["ClaheEnhancer"]


@MODELS.register_module()
class ClaheEnhancer(PerImageEnhancer):
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
        result: np.ndarray = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
        return result
