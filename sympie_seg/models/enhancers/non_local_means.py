"""Denoising by non-local means."""

from __future__ import annotations

import cv2
import numpy as np
from mmengine.registry import MODELS

from sympie_seg.models.enhancers.per_image import PerImageEnhancer

__all__ = ["NonLocalMeansEnhancer"]


@MODELS.register_module()
class NonLocalMeansEnhancer(PerImageEnhancer):
    """Non-local means (Buades et al., 2005), lightness and colour apart, as OpenCV's ``fastNlMeansDenoisingColored``.

    Args:
        strength (float): OpenCV's h of the lightness. Defaults to 10.0.
        color_strength (float): OpenCV's h of the colours. Defaults to 10.0.
        patch (int): side of the patches that are compared, odd. Defaults to 7.
        search (int): side of the window that is searched, odd; the time grows with its square. Defaults to 15.
    """

    def __init__(
        self, strength: float = 10.0, color_strength: float = 10.0, patch: int = 7, search: int = 15
    ) -> None:
        super().__init__()
        self.strength, self.color_strength = strength, color_strength
        self.patch, self.search = patch, search

    def enhance(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 (H, W, 3) in and out."""
        # OpenCV goes to Lab and takes BGR.
        denoised = cv2.fastNlMeansDenoisingColored(
            np.ascontiguousarray(image[..., ::-1]),
            None,
            self.strength,
            self.color_strength,
            self.patch,
            self.search,
        )
        result: np.ndarray = denoised[..., ::-1]
        return result
