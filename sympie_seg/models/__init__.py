"""What mmseg's MODELS registry finds: the frozen networks and the data preprocessor."""

from sympie_seg.models.backbones import DeepLabV2ResNet
from sympie_seg.models.decode_heads import DeepLabV2Head

__all__ = ["DeepLabV2Head", "DeepLabV2ResNet"]
