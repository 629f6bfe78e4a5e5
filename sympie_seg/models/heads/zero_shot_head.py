"""Classification by the similarity of image and text embeddings, with precomputed text."""

from __future__ import annotations

import math
import os
from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from torch import Tensor

from sympie_seg.models.conversion.clip_names import read_text_features

__all__ = ["ZeroShotClsHead"]

LOGIT_SCALE = math.log(100)  # CLIP clips the learnt one there


@MODELS.register_module()
class ZeroShotClsHead(ClsHead):
    """CLIP's zero-shot classifier: exp(logit_scale) times the cosine between an image and the text of each class.

    No text encoder is needed: the text embeddings are weights. They come from the network's checkpoint (see
    ``sympie-seg convert-model clip-to-mmpretrain --text-features``), or from a file of their own.

    Args:
        num_classes (int): number of classes K.
        in_channels (int): size D of the embeddings.
        text_features (str, optional): a file of ``torch.save`` with a tensor (K, D) or (D, K), or a dict with
            ``text_features`` and maybe ``logit_scale``. It takes precedence over a checkpoint. Defaults to
            None: the checkpoint has them.
        **kwargs: as in mmpretrain's ClsHead.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it does not hold the text embeddings of that many classes.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        text_features: str | os.PathLike[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_classes, self.in_channels = num_classes, in_channels
        weights = torch.zeros(num_classes, in_channels)
        scale = torch.tensor(LOGIT_SCALE)
        if text_features is not None:
            weights, scale = read_text_features(text_features, in_channels)
            if weights.shape[0] != num_classes:
                raise ValueError(
                    f"'{text_features}' has text embeddings of {weights.shape[0]} classes, head.num_classes is "
                    f"{num_classes}"
                )
        own_file = text_features is not None
        self.register_buffer("text_features", weights, persistent=not own_file)
        self.register_buffer("logit_scale", scale, persistent=not own_file)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Score images.

        Args:
            feats: of the backbone; the last one (N, D) is used.

        Returns:
            Logits (N, K).
        """
        images = F.normalize(self.pre_logits(feats), dim=-1)
        result: Tensor = self.logit_scale.exp() * images @ F.normalize(self.text_features, dim=-1).T
        return result
