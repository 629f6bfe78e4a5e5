"""Image classification: hits among the first and the first five, by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch

from sympie_seg.metrics.tasks.base import Task

__all__ = ["ClassificationTask"]


class ClassificationTask(Task):
    """Hits of mmpretrain's predictions; a prediction hits where it is one of the image's labels.

    As in mmpretrain, a hit also needs a score above 0.

    Args:
        metainfo: of the dataset: ``classes``.
        topk: a hit is a label among the k best; ascending. Defaults to (1, 5).
    """

    name: ClassVar[str] = "classification"
    metrics: tuple[str, ...] = ("top1", "top5")
    scoring: ClassVar[str] = "top-1 and top-5 accuracy"

    def __init__(self, metainfo: Mapping[str, Any], topk: Sequence[int] = (1, 5)) -> None:
        super().__init__(metainfo)
        self.topk = tuple(topk)
        self.metrics = tuple(f"top{k}" for k in self.topk)

    def record(self, sample: Any) -> dict[str, Any]:
        """``label``, ``rank`` of the best label (0: the prediction hits), and its probability ``p``."""
        image, scores = sample.metainfo.get("img_path"), sample.get("pred_score")
        labels = sample.get("gt_label")
        if scores is None or labels is None:
            raise ValueError(
                f"image '{image}' has no {'prediction' if scores is None else 'label'}"
            )
        if not bool(torch.isfinite(scores).all()):
            raise FloatingPointError(
                f"the network's scores for '{image}' hold NaN or infinite values"
            )
        labels, scores = labels.flatten().cpu(), scores.float().cpu()
        if labels.numel() == 0 or not bool(((labels >= 0) & (labels < scores.numel())).all()):
            raise ValueError(
                f"expected a label in 0..{scores.numel() - 1} for '{image}', got {labels.tolist()}"
            )
        best = int(labels[scores[labels].argmax()])
        order = torch.argsort(scores, descending=True, stable=True)
        rank = int((order == best).nonzero()) if scores[best] > 0 else scores.numel()
        return {"label": best, "rank": rank, "p": float(scores[best])}

    def matrix(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Hits among the first k, for each k, and 1: (images, len(topk) + 1)."""
        ranks = np.array([record["rank"] for record in records], dtype=np.int64)
        hits = [ranks < k for k in self.topk]
        return np.stack([*hits, np.ones_like(ranks)], axis=1).astype(np.float64)

    def scores(self, totals: np.ndarray) -> dict[str, np.ndarray]:
        """``top1`` and ``top5``, or what ``topk`` asks for."""
        with np.errstate(invalid="ignore"):
            return {
                name: 100 * totals[..., i] / totals[..., -1] for i, name in enumerate(self.metrics)
            }

    def class_sums(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Hits among the first, and images, of every class: (2, classes)."""
        labels = np.array([record["label"] for record in records], dtype=np.int64)
        hits = np.array([record["rank"] == 0 for record in records], dtype=np.float64)
        count = len(self.classes)
        return np.stack([np.bincount(labels, weights, count)[:count] for weights in (hits, None)])

    def by_class(self, sums: np.ndarray) -> dict[str, float | None]:
        """Top-1 accuracy of the images of every class; empty where the dataset does not name its classes."""
        return {
            name: 100 * float(hits) / float(images) if images else None
            for name, hits, images in zip(self.classes, *sums, strict=True)
        }

    def image_score(self, record: Mapping[str, Any]) -> float:
        """Probability of the true class in percent."""
        result: float = 100 * record["p"]
        return result

    def truth(self, sample: Any) -> int:
        """Class number."""
        return int(sample.gt_label.flatten()[0])

    def prediction(self, sample: Any) -> int:
        """The most likely class."""
        return int(sample.pred_label.flatten()[0])

    def top(self, sample: Any) -> list[tuple[str, float]]:
        """The five most likely classes."""
        scores = sample.pred_score.float().cpu()
        best = scores.topk(min(5, scores.numel()))
        return [
            (self.classes[index] if index < len(self.classes) else str(index), 100 * score)
            for index, score in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]
