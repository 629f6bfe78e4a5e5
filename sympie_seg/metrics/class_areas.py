"""Areas of intersection, union, prediction and label by class, and the scores that follow from their sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmseg.evaluation import IoUMetric
from torch import Tensor

__all__ = ["area_scores", "class_areas", "label_map"]

_SHOWN = 10  # values of a wrong label map that a message lists


def label_map(sample: Mapping[str, Any], key: str) -> Tensor:
    """Give a map of a sample as (H, W); plain squeeze() would also drop a side of length 1.

    Raises:
        ValueError: if the sample has none; the message names the image.
    """
    if key not in sample:
        raise ValueError(
            f"image '{sample.get('img_path')}' has no {key}; scores need labels (LoadAnnotations in "
            "the pipeline), and format_only=True writes predictions without them"
        )
    data = sample[key]["data"]
    result: Tensor = data.reshape(data.shape[-2:])
    return result


def class_areas(
    sample: Mapping[str, Any], prediction: Tensor, classes: int, ignore_index: int
) -> tuple[Tensor, ...]:
    """Intersection, union, prediction and label area of each class, where the label is not ignored.

    mmseg adds float32, which no longer counts single pixels above 16 million; these are float64.

    Args:
        sample: with ``gt_sem_seg`` and, for messages, ``img_path`` and ``seg_map_path``.
        prediction: class indices (H, W).
        classes: number of classes.
        ignore_index: label that does not count.

    Returns:
        Four tensors (classes,), float64, on the CPU.

    Raises:
        ValueError: if labels are missing, differ from the prediction in size, or are no class; the message names
            the image.
    """
    labels = label_map(sample, "gt_sem_seg")
    if labels.shape != prediction.shape:
        raise ValueError(
            f"prediction {tuple(prediction.shape)} and labels {tuple(labels.shape)} differ in "
            f"size (height, width) for '{sample.get('img_path')}'; put ScoreAtThisSize after "
            "Resize if labels are resized, or else LoadAnnotations after Resize"
        )
    _check_labels(sample, labels, classes, ignore_index)
    areas = IoUMetric.intersect_and_union(prediction, labels.to(prediction), classes, ignore_index)
    return tuple(area.double() for area in areas)


def area_scores(areas: np.ndarray, absent: float | None = None) -> dict[str, np.ndarray]:
    """Scores in percent from areas that were summed over images, for many sums at once.

    The same numbers as mmseg's IoUMetric: a mean over classes takes the classes that occur.

    Args:
        areas: shape (..., 4, classes): intersection, union, prediction, label.
        absent: mmseg's ``nan_to_num``: what a class that does not occur scores, as a share. Defaults to None: nothing.

    Returns:
        ``mIoU``, ``mAcc`` and ``aAcc`` of shape (...), ``IoU`` and ``Acc`` of shape (..., classes); NaN where nothing
        occurs.
    """
    intersection, union, _, label = np.moveaxis(np.asarray(areas, np.float64), -2, 0)
    everywhere = _share(intersection.sum(-1), label.sum(-1))
    iou, accuracy = _share(intersection, union), _share(intersection, label)
    if absent is not None:
        everywhere, iou, accuracy = (
            np.nan_to_num(share, nan=100 * absent) for share in (everywhere, iou, accuracy)
        )
    return {
        "mIoU": _mean_known(iou),
        "mAcc": _mean_known(accuracy),
        "aAcc": everywhere,
        "IoU": iou,
        "Acc": accuracy,
    }


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, 100 * part / whole, np.nan)


def _mean_known(values: np.ndarray) -> np.ndarray:
    """The mean over the last axis of what is not NaN; np.nanmean would warn where nothing is."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        result: np.ndarray = np.where(known, values, 0).sum(-1) / known.sum(-1)
        return result


def _check_labels(
    sample: Mapping[str, Any], labels: Tensor, classes: int, ignore_index: int
) -> None:
    wrong = labels[(labels != ignore_index) & ((labels < 0) | (labels >= classes))]
    if wrong.numel() == 0:
        return
    values = torch.unique(wrong).tolist()
    more = ", ..." if len(values) > _SHOWN else ""
    raise ValueError(
        f"expected labels 0..{classes - 1} or {ignore_index} (ignored), found "
        f"{', '.join(map(str, values[:_SHOWN]))}{more} in '{sample.get('seg_map_path')}' "
        f"(image '{sample.get('img_path')}'); for Cityscapes classes give *_labelTrainIds.png, "
        "not *_labelIds.png"
    )
