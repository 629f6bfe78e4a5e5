"""The 37 numbers over the frames of a video."""

from __future__ import annotations

import torch

from sympie_seg.enhancer import WarpParameters

__all__ = ["Smoothed"]


class Smoothed:
    """Running mean of the parameters over the frames of a video.

    Args:
        keep: weight of the past, in [0, 1); 0 takes each frame's own.
    """

    def __init__(self, keep: float) -> None:
        self.keep = keep
        self.vector: torch.Tensor | None = None

    def update(self, parameters: WarpParameters) -> WarpParameters:
        """Give the mean with the next frame's parameters."""
        vector = parameters.to_vector()
        if self.vector is not None:
            vector = self.keep * self.vector + (1 - self.keep) * vector
        self.vector = vector
        return WarpParameters.from_vector(vector)
