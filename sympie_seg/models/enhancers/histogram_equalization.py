"""Histogram equalisation over the whole image."""

from __future__ import annotations

import cv2
import numpy as np
from mmengine.registry import MODELS

from sympie_seg.models.enhancers.per_image import PerImageEnhancer

__all__ = ["HistogramEqualizationEnhancer"]


@MODELS.register_module()
class HistogramEqualizationEnhancer(PerImageEnhancer):
    """Histogram equalisation of the luma (Y of YCrCb) over the whole image (OpenCV); the colours stay."""

    def enhance(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 (H, W, 3) in and out."""
        luma = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
        luma[..., 0] = cv2.equalizeHist(luma[..., 0])
        result: np.ndarray = cv2.cvtColor(luma, cv2.COLOR_YCrCb2RGB)
        return result
