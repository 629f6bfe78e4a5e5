"""White balance by the grey-world assumption."""

from __future__ import annotations

import numpy as np
from mmengine.registry import MODELS

from sympie_seg.models.enhancers.per_image import PerImageEnhancer

__all__ = ["GreyWorldEnhancer"]


@MODELS.register_module()
class GreyWorldEnhancer(PerImageEnhancer):
    """Grey-world white balance: each channel is scaled so that the three have one mean (Buchsbaum, 1980).

    Args:
        limit (float): the factors stay in [1 / limit, limit], for images without one of the colours. Defaults to 4.0.
    """

    def __init__(self, limit: float = 4.0) -> None:
        super().__init__()
        self.limit = limit

    def enhance(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 (H, W, 3) in and out."""
        means = np.maximum(image.mean((0, 1), dtype=np.float64), 1e-3)
        factors = np.clip(means.mean() / means, 1 / self.limit, self.limit)
        result: np.ndarray = np.rint(np.minimum(image * factors.astype(np.float32), 255)).astype(
            np.uint8
        )
        return result
