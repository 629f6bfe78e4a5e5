"""Students: small networks with ImageNet encoders that learn what a published network says. Plain PyTorch.

They stand in for networks that one does not have. An enhancer that is trained through one network learns the look that
this network likes; students see the same classes with other eyes (docs/students.md).
"""

from sympie_seg.students.encoders import (
    EfficientNetLiteFeatures,
    ResNet18Features,
    SqueezeNetFeatures,
)
from sympie_seg.students.network import StudentNetwork

__all__ = ["EfficientNetLiteFeatures", "ResNet18Features", "SqueezeNetFeatures", "StudentNetwork"]
