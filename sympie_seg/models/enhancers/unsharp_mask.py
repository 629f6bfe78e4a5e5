"""Sharpening by an unsharp mask."""

from __future__ import annotations

import cv2
import numpy as np
from mmengine.registry import MODELS

from sympie_seg.models.enhancers.per_image import PerImageEnhancer

__all__ = ["UnsharpMaskEnhancer"]


@MODELS.register_module()
class UnsharpMaskEnhancer(PerImageEnhancer):
    """Unsharp mask: the image plus ``amount`` times its difference from a Gaussian blur of itself.

    Args:
        sigma (float): of the blur, in pixels. Defaults to 1.5.
        amount (float): Defaults to 1.0.
    """

    def __init__(self, sigma: float = 1.5, amount: float = 1.0) -> None:
        super().__init__()
        self.sigma, self.amount = sigma, amount

    def enhance(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 (H, W, 3) in and out."""
        blurred = cv2.GaussianBlur(image, (0, 0), self.sigma)
        result: np.ndarray = cv2.addWeighted(image, 1 + self.amount, blurred, -self.amount, 0)
        return result
