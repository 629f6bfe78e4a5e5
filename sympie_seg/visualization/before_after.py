"""One image without and with the enhancer: what the network sees, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.model import BaseDataPreprocessor, BaseModel
from torch import Tensor

from sympie_seg.models.data_preprocessors.grey_levels import grey_levels
from sympie_seg.models.enhancers import without_enhancer

__all__ = ["BeforeAfter", "before_and_after"]


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """One image, as the network gets it (after resizing, without padding).

    Attributes:
        input: RGB uint8 (H, W, 3), without enhancer.
        enhanced: the same with it.
        before: sample with the prediction without enhancer.
        after: sample with the prediction with it.
        parameters: SyMPIE's 37 numbers; None for enhancers without.
    """

    input: np.ndarray
    enhanced: np.ndarray
    before: Any
    after: Any
    parameters: list[float] | None


@torch.no_grad()
def before_and_after(model: BaseModel, batch: dict[str, Any], index: int = 0) -> BeforeAfter:
    """Test one image twice. Nothing of the model or the batch is changed.

    Args:
        model: segmentor or classifier in eval mode, whose data preprocessor takes an enhancer; not wrapped for DDP.
        batch: raw batch as a test or validation loader gives it.
        index: of the image in the batch.

    Returns:
        What to show.
    """
    alone = {key: value[index : index + 1] for key, value in batch.items()}
    preprocessor = model.data_preprocessor
    with without_enhancer(preprocessor):
        plain = _network_input(preprocessor, alone)
        before = model.test_step(alone)[0]
    enhanced = _network_input(preprocessor, alone)
    after = model.test_step(alone)[0]
    parameters = _parameters(preprocessor, plain)
    return BeforeAfter(_pixels(plain), _pixels(enhanced), before, after, parameters)


def _network_input(preprocessor: BaseDataPreprocessor, alone: dict[str, Any]) -> Tensor:
    """RGB (3, H, W), 0..255."""
    given = preprocessor(alone, False)
    height, width = given["data_samples"][0].metainfo.get("img_shape", given["inputs"].shape[-2:])[
        :2
    ]
    return grey_levels(preprocessor, given["inputs"])[0, :, :height, :width]


def _pixels(image: Tensor) -> np.ndarray:
    return image.round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy()


def _parameters(preprocessor: BaseDataPreprocessor, plain: Tensor) -> list[float] | None:
    estimate = getattr(preprocessor.enhancer, "estimate", None)
    if estimate is None:
        return None
    normalized = (plain - preprocessor.norm_mean) / preprocessor.norm_std
    result: list[float] | None = estimate(normalized[None]).to_vector()[0].tolist()
    return result
