"""Semantic segmentation: areas by class, mIoU, mAcc and aAcc."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch

from sympie_seg.metrics.class_areas import area_scores, class_areas, label_map
from sympie_seg.metrics.tasks.base import Task

__all__ = ["SegmentationTask"]


class SegmentationTask(Task):
    """Areas of intersection, prediction and label, counted once per image and summed exactly.

    Args:
        metainfo: of the dataset: ``classes`` and ``palette``.
        ignore_index: label that does not count.
        absent: as in :func:`sympie_seg.metrics.class_areas.area_scores`.
    """

    name: ClassVar[str] = "segmentation"
    metrics: tuple[str, ...] = ("mIoU", "mAcc", "aAcc")
    scoring: ClassVar[str] = "original size (mmseg)"

    def __init__(
        self, metainfo: Mapping[str, Any], ignore_index: int = 255, absent: float | None = None
    ) -> None:
        super().__init__(metainfo)
        self.ignore_index, self.absent = ignore_index, absent

    def record(self, sample: Any) -> dict[str, Any]:
        """Areas of the classes that occur: ``{class: [intersection, prediction, label]}`` in pixels."""
        logits = sample.get("seg_logits")
        if logits is not None and not bool(torch.isfinite(logits.data).all()):
            raise FloatingPointError(
                f"the network's scores for '{sample.metainfo.get('img_path')}' hold NaN or infinite values"
            )
        content = sample.to_dict()
        prediction = label_map(content, "pred_sem_seg")
        tensors = class_areas(content, prediction, len(self.classes), self.ignore_index)
        intersection, _, predicted, label = (area.long().tolist() for area in tensors)
        kept = zip(intersection, predicted, label, strict=True)
        return {"areas": {str(c): list(areas) for c, areas in enumerate(kept) if any(areas)}}

    def matrix(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Intersection, union, prediction and label area of every class: (images, 4 * classes)."""
        areas = np.zeros((len(records), 4, len(self.classes)))
        for row, record in enumerate(records):
            for index, (both, predicted, label) in record["areas"].items():
                areas[row, :, int(index)] = both, predicted + label - both, predicted, label
        return areas.reshape(len(records), -1)

    def scores(self, totals: np.ndarray) -> dict[str, np.ndarray]:
        """``mIoU``, ``mAcc`` and ``aAcc`` as mmseg's IoUMetric has them."""
        scores = area_scores(totals.reshape(*totals.shape[:-1], 4, -1), self.absent)
        return {name: scores[name] for name in self.metrics}

    def class_sums(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """The four areas, (4, classes)."""
        result: np.ndarray = self.matrix(records).sum(0).reshape(4, -1)
        return result

    def by_class(self, sums: np.ndarray) -> dict[str, float | None]:
        """IoU of every class."""
        iou = area_scores(sums, self.absent)["IoU"]
        return {
            name: None if np.isnan(value) else float(value)
            for name, value in zip(self.classes, iou, strict=True)
        }

    def image_score(self, record: Mapping[str, Any]) -> float | None:
        """The image's own mIoU."""
        value = float(self.scores(self.matrix([record])[0])["mIoU"])
        return None if np.isnan(value) else value

    def truth(self, sample: Any) -> np.ndarray:
        """Label map (H, W)."""
        return label_map(sample.to_dict(), "gt_sem_seg").cpu().numpy().astype(np.int64)

    def prediction(self, sample: Any) -> np.ndarray:
        """Predicted classes (H, W)."""
        return label_map(sample.to_dict(), "pred_sem_seg").cpu().numpy().astype(np.int64)
