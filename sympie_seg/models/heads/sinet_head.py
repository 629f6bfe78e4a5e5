"""SINet's decoder: finer features where the coarse scores are unsure (Park et al., 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional

from sympie_seg.models.backbones.sinet import BatchNormPReLU, pointwise, sinet_batch_norm

__all__ = ["SINetHead"]


@MODELS.register_module()
class SINetHead(BaseDecodeHead):
    """The information-blocking decoder of SINet.

    Scores of the 1/16 features are doubled in size twice; each time finer features are added where the largest
    probability of the coarse scores is small. The features at 1/4 are added as they are, so they have as many channels
    as there are classes.

    Args:
        in_channels (Sequence[int]): of the features at 1/4, 1/8 and 1/16. Defaults to (19, 60, 168).
        num_classes (int): Defaults to 19.
        **kwargs: as in mmseg's BaseDecodeHead; ``channels`` and ``dropout_ratio`` have no meaning here.

    Raises:
        ValueError: if the features at 1/4 have another number of channels than there are classes.
    """

    def __init__(
        self,
        in_channels: Sequence[int] = (19, 60, 168),
        num_classes: int = 19,
        **kwargs: Any,
    ) -> None:
        if in_channels[0] != num_classes:
            raise ValueError(
                f"SINetHead adds the features at 1/4 to the scores: in_channels[0] must be num_classes={num_classes}, "
                f"got {in_channels[0]}"
            )
        kwargs = dict(kwargs, channels=num_classes, dropout_ratio=0, align_corners=True)
        super().__init__(
            in_channels=list(in_channels),
            in_index=[0, 1, 2],
            input_transform="multiple_select",
            num_classes=num_classes,
            **kwargs,
        )
        del self.conv_seg  # coarse and fine scores have layers of their own
        _, eighth, sixteenth = in_channels
        self.coarse = nn.Sequential()
        self.coarse.add_module("conv", pointwise(sixteenth, num_classes))
        self.bn_4 = sinet_batch_norm(num_classes)
        self.level3_C = _Projection(eighth, num_classes)
        self.bn_3 = sinet_batch_norm(num_classes)
        self.classifier = nn.ConvTranspose2d(num_classes, num_classes, 2, stride=2, bias=False)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Features at 1/4, 1/8 and 1/16 to class scores at 1/2, (N, classes, h, w)."""
        quarter, eighth, sixteenth = self._transform_inputs(inputs)
        scores = self.bn_4(_doubled(self.coarse(sixteenth)))
        scores = self.level3_C(eighth) * _doubt(scores) + scores
        scores = self.bn_3(_doubled(scores))
        result: Tensor = self.classifier(quarter * _doubt(scores) + scores)
        return result


class _Projection(BatchNormPReLU):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(outputs)
        self.conv = pointwise(inputs, outputs)

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(self.conv(features))


def _doubled(scores: Tensor) -> Tensor:
    return functional.interpolate(scores, scale_factor=2, mode="bilinear", align_corners=False)


def _doubt(scores: Tensor) -> Tensor:
    """1 minus the largest probability, (N, 1, h, w)."""
    return 1 - torch.softmax(scores, dim=1).amax(dim=1, keepdim=True)
