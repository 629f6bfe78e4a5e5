"""Published checkpoints of classifiers, renamed for mmpretrain's networks. Plain PyTorch and torchvision."""

from sympie_seg.models.conversion.clip_names import convert_clip
from sympie_seg.models.conversion.published import PublishedState, published_state
from sympie_seg.models.conversion.torchvision_names import ARCHITECTURES, convert_torchvision

__all__ = [
    "ARCHITECTURES",
    "PublishedState",
    "convert_clip",
    "convert_torchvision",
    "published_state",
]
