"""A segmentor whose predictions are in the classes of another dataset."""

from __future__ import annotations

from typing import Any

import torch
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from torch import Tensor

from sympie_seg.datasets.class_mappings import class_indices, mapped_classes

__all__ = ["ClassMappedEncoderDecoder"]


@MODELS.register_module()
class ClassMappedEncoderDecoder(EncoderDecoder):
    """An EncoderDecoder that is scored on the labels of another dataset.

    A target class has the largest of its source classes' scores, so the predicted class is the mapped one of the class
    that the network itself predicts. For testing: a network trained on Cityscapes, tested on CamVid with
    ``class_mapping='cityscapes_to_camvid'``. The weights are those of the plain network.

    Args:
        class_mapping (str): a key of :data:`sympie_seg.datasets.class_mappings.CLASS_MAPPINGS`.
        **kwargs: as in mmseg's EncoderDecoder; ``decode_head.num_classes`` counts the source's classes.

    Raises:
        ValueError: if there is no such mapping, or it has another number of source classes.
    """

    out_channels: int

    def __init__(self, *args: Any, class_mapping: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        indices = class_indices(class_mapping)
        if self.out_channels != len(indices):
            raise ValueError(
                f"class_mapping '{class_mapping}' maps {len(indices)} classes, decode_head.num_classes is "
                f"{self.out_channels}"
            )
        self._sources = [
            [source for source, target in enumerate(indices) if target == index]
            for index in range(len(mapped_classes(class_mapping)))
        ]

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Scores of the target's classes, (N, classes, H, W)."""
        scores = super().encode_decode(inputs, batch_img_metas)
        return torch.stack([scores[:, sources].amax(dim=1) for sources in self._sources], dim=1)

    def slide_inference(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """As mmseg's, for the target's classes."""
        own = self.out_channels
        self.out_channels = len(self._sources)  # mmseg makes its sums with so many channels
        try:
            result: Tensor = super().slide_inference(inputs, batch_img_metas)
            return result
        finally:
            self.out_channels = own
