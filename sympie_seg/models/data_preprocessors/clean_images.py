"""The images from before the corruption, where the pipeline kept them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmengine.structures import BaseDataElement
from torch import Tensor

__all__ = ["kept_clean_images", "needed_clean_images"]


def kept_clean_images(samples: Sequence[BaseDataElement]) -> list[Tensor] | None:
    """Give the images that ``RandomCorruption(keep_clean=True)`` kept, (3, H, W) uint8 on the CPU.

    Returns:
        None where a sample has none ('clean_img' is no meta key of the packing transform, or was not kept).
    """
    images = [sample.get("clean_img") for sample in samples]
    if any(image is None for image in images):
        return None
    # Mirrored images are views with a negative stride, which torch does not take.
    return [torch.from_numpy(np.ascontiguousarray(i)).permute(2, 0, 1) for i in images]


def needed_clean_images(
    samples: Sequence[BaseDataElement] | None, raw: Sequence[Tensor]
) -> list[Tensor]:
    """Give the clean images of a label-free batch, on the device of the corrupted ones.

    Args:
        samples: of the batch.
        raw: the corrupted images, (3, H, W).

    Raises:
        ValueError: if a clean image is missing or has another size than its corrupted one.
    """
    images = kept_clean_images(samples or ())
    if not images:
        raise ValueError(
            "label_free needs the images from before the corruption: set keep_clean=True in RandomCorruption of the "
            "training pipeline, and pack with PackSyMPIESegInputs or PackSyMPIEInputs (or have 'clean_img' and "
            "'clean_map' among the meta_keys of PackSegInputs or PackInputs)"
        )
    for clean, corrupted in zip(images, raw, strict=True):
        if clean.shape != corrupted.shape:
            raise ValueError(
                f"label_free: the clean image has shape {tuple(clean.shape)}, the corrupted one "
                f"{tuple(corrupted.shape)}; put RandomCorruption behind every transform that resizes, crops or flips"
            )
    return [image.to(corrupted.device) for image, corrupted in zip(images, raw, strict=True)]
