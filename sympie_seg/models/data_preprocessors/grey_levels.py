"""What a network gets from its data preprocessor, as an image that can be looked at."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["grey_levels"]


def grey_levels(preprocessor: nn.Module, inputs: Tensor) -> Tensor:
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


def _gives_rgb(preprocessor: nn.Module) -> bool:
    """Whether the network gets RGB: mmseg swaps with ``channel_conversion``, mmpretrain with ``to_rgb``."""
    swaps = getattr(preprocessor, "to_rgb", False) or getattr(
        preprocessor, "channel_conversion", False
    )
    return (preprocessor.input_order == "rgb") != bool(swaps)
