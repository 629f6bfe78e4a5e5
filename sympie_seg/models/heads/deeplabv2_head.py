"""The classifier of DeepLabV2: parallel dilated convolutions whose outputs are summed."""

from __future__ import annotations

from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn

__all__ = ["DeepLabV2Head"]


@MODELS.register_module()
class DeepLabV2Head(BaseDecodeHead):
    """Atrous spatial pyramid pooling of DeepLabV2 (Chen et al., 2017).

    One 3 x 3 convolution with bias per dilation goes straight from the features to the class scores, and
    the scores are summed.

    Args:
        dilations (tuple[int]): one branch each. Defaults to (6, 12, 18, 24).
        summed_branches (int, optional): how many of them, from the first, are summed. The published
            Cityscapes checkpoint (LTTM/LSR) holds four and sums two; a network trained here sums all.
            Defaults to None (all).
        **kwargs: as in mmseg's BaseDecodeHead; ``channels`` and ``dropout_ratio`` have no meaning here.

    Raises:
        ValueError: if ``summed_branches`` is not between 1 and the number of dilations.
    """

    def __init__(
        self,
        dilations: tuple[int, ...] = (6, 12, 18, 24),
        summed_branches: int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("channels", kwargs.get("in_channels"))
        kwargs["dropout_ratio"] = 0
        kwargs.setdefault("init_cfg", dict(type="Normal", layer="Conv2d", std=0.01))
        super().__init__(**kwargs)
        summed = len(dilations) if summed_branches is None else summed_branches
        if not 1 <= summed <= len(dilations):
            raise ValueError(
                f"summed_branches must be 1..{len(dilations)} (one per dilation), got {summed_branches}"
            )
        self.summed_branches = summed
        # Kept with the weights: two branches of a network trained with four give no error, only wrong scores.
        self.register_buffer("summed", torch.tensor(summed))
        self.register_load_state_dict_pre_hook(_check_summed)
        del self.conv_seg  # the branches classify
        self.branches = nn.ModuleList(
            nn.Conv2d(self.in_channels, self.out_channels, 3, padding=d, dilation=d)
            for d in dilations
        )

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Features of the backbone's stages to class scores (N, classes, h, w)."""
        features = self._transform_inputs(inputs)
        scores = self.branches[0](features)
        for branch in self.branches[1 : self.summed_branches]:
            scores = scores + branch(features)
        # nll_loss2d on the CPU cannot go backward through channels-last scores.
        result: Tensor = scores.contiguous()
        return result


def _check_summed(head: DeepLabV2Head, state: dict[str, Tensor], prefix: str, *args: Any) -> None:
    """Refuse weights that were made for another number of branches; older files do not say."""
    summed = int(state.setdefault(prefix + "summed", head.summed))
    if summed != head.summed_branches:
        raise ValueError(
            f"these weights sum {summed} branches of the DeepLabV2 head, the config "
            f"{head.summed_branches}: set model.decode_head.summed_branches={summed}"
        )
