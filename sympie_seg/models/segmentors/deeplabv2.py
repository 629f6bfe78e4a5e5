"""DeepLabV2 as a segmentor, with the paper's way of testing."""

from __future__ import annotations

from typing import Any

from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from torch import Tensor

__all__ = ["DeepLabV2"]


@MODELS.register_module()
class DeepLabV2(EncoderDecoder):
    """An EncoderDecoder that can add the LOGITS of the (enhanced) image and of its mirror image.

    ``test_cfg=dict(mode='whole', mirror=True)`` is the protocol of the SyMPIE paper. It differs from mmseg's ``--tta``,
    which mirrors before the data preprocessor, so that the mirror image is enhanced separately, and averages
    probabilities.
    """

    def inference(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Logits (N, classes, H, W), summed over image and mirror image where the config says so."""
        logits = super().inference(inputs, batch_img_metas)
        if self.test_cfg.get("mirror", False):
            mirrored: Any = super().inference(inputs.flip(-1), batch_img_metas)
            logits = logits + mirrored.flip(-1)
        result: Tensor = logits
        return result
