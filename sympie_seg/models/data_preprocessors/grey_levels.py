"""What a network gets from its data preprocessor, as an image that can be looked at."""

from __future__ import annotations

from mmengine.model import BaseDataPreprocessor
from torch import Tensor

__all__ = ["grey_levels"]


def grey_levels(preprocessor: BaseDataPreprocessor, inputs: Tensor) -> Tensor:
    """Undo a data preprocessor's normalisation.

    Args:
        preprocessor: mmseg's or mmpretrain's, with our ``input_order``.
        inputs: what it gave, (N, 3, H, W).

    Returns:
        RGB (N, 3, H, W), 0..255, not rounded.
    """
    images = inputs.float()
    if getattr(preprocessor, "_enable_normalize", False):
        images = images * preprocessor.std.view(1, -1, 1, 1) + preprocessor.mean.view(1, -1, 1, 1)
    return images if _gives_rgb(preprocessor) else images.flip(1)


def _gives_rgb(preprocessor: BaseDataPreprocessor) -> bool:
    """Whether the network gets RGB: mmseg swaps with ``channel_conversion``, mmpretrain with ``to_rgb``."""
    swaps = getattr(preprocessor, "to_rgb", False) or getattr(
        preprocessor, "channel_conversion", False
    )
    result: bool = (preprocessor.input_order == "rgb") != bool(swaps)
    return result
