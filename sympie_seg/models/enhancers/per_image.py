"""What classical enhancers share: SyMPIE's interface around a function of one uint8 image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from sympie_seg.enhancer.normalization import denormalize, normalize

__all__ = ["PerImageEnhancer"]


class PerImageEnhancer(nn.Module):
    """Runs :meth:`enhance` on each image as RGB uint8 (H, W, 3); no gradient passes."""

    def enhance(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 (H, W, 3) in and out; the input is not changed."""
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
