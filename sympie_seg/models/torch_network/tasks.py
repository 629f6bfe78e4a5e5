"""What a network's logits mean: the loss, and the predictions that mmseg's and mmpretrain's metrics read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from mmengine.registry import Registry
from mmseg.models.segmentors.base import BaseSegmentor
from mmseg.registry import MODELS as MMSEG_MODELS
from torch import Tensor

from sympie_seg.utils.extras import require_mmpretrain

__all__ = ["TASKS", "ImageTask", "NetworkTask", "PixelTask"]


class NetworkTask(ABC):
    """A task of a network with logits.

    Attributes:
        name: as in the config.
        preprocessor: the library's data preprocessor.
        plugged: the same with an enhancer.
    """

    name: ClassVar[str]
    preprocessor: ClassVar[str]
    plugged: ClassVar[str]
    shape: ClassVar[str]

    @abstractmethod
    def registry(self) -> Registry:
        """The registry of the library's data preprocessors."""

    @abstractmethod
    def fit(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Check the network's logits and give them the size that losses and metrics take.

        Raises:
            ValueError: if the shape is another.
        """

    @abstractmethod
    def loss(self, logits: Tensor, samples: Sequence[Any]) -> dict[str, Tensor]:
        """Cross entropy with the samples' labels (``loss_ce``), and the ``accuracy`` in percent."""

    @abstractmethod
    def predict(self, logits: Tensor, samples: Sequence[Any] | None) -> list[Any]:
        """Write predictions into samples."""

    def _check(self, logits: Tensor, dimensions: int, kind: str) -> None:
        if logits.dim() != dimensions:
            raise ValueError(
                f"task='{self.name}' needs logits {self.shape}, the network's output has shape {tuple(logits.shape)}: "
                f"set output, or task='{kind}'"
            )
        if logits.shape[1] < 2:
            raise ValueError(
                f"the network has one class, logits {tuple(logits.shape)}; for a binary network set "
                "output='sympie_seg.models.torch_network:background_and_foreground'"
            )
        if not logits.is_floating_point():
            raise ValueError(
                f"the network's output is of type {logits.dtype}, so it is no logits (classes already?): set output"
            )


class PixelTask(NetworkTask):
    """Semantic segmentation with mmseg's samples.

    Args:
        align_corners: how logits are resized to the input.
        ignore_index: label that does not count.
    """

    name: ClassVar[str] = "segmentation"
    preprocessor: ClassVar[str] = "SegDataPreProcessor"
    plugged: ClassVar[str] = "SyMPIESegDataPreProcessor"
    shape: ClassVar[str] = "(N, classes, h, w)"

    def __init__(self, align_corners: bool = False, ignore_index: int = 255) -> None:
        self.align_corners, self.ignore_index = align_corners, ignore_index

    def registry(self) -> Registry:
        """Give mmseg's."""
        return MMSEG_MODELS

    def fit(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Resize to the input, bilinearly."""
        self._check(logits, 4, ImageTask.name)
        if logits.shape[2:] == size:
            return logits
        return F.interpolate(logits, size, mode="bilinear", align_corners=self.align_corners)

    def loss(self, logits: Tensor, samples: Sequence[Any]) -> dict[str, Tensor]:
        """Mean over the pixels that count; 0 where none does."""
        labels = torch.cat([sample.gt_sem_seg.data for sample in samples]).long()
        counts = labels != self.ignore_index
        _check_labels(labels[counts], logits.shape[1])
        summed = F.cross_entropy(
            logits.float(), labels, ignore_index=self.ignore_index, reduction="sum"
        )
        pixels = counts.sum().clamp(min=1)
        hits = ((logits.argmax(1) == labels) & counts).sum()
        return {"loss_ce": summed / pixels, "accuracy": 100 * hits / pixels}

    def predict(self, logits: Tensor, samples: Sequence[Any] | None) -> list[Any]:
        """Take padding and flips back, resize to the image file's size, choose the class: as mmseg's segmentors do."""
        view = SimpleNamespace(align_corners=self.align_corners)
        result: list[Any] = BaseSegmentor.postprocess_result(view, logits, samples)
        return result


class ImageTask(NetworkTask):
    """Image classification with mmpretrain's samples."""

    name: ClassVar[str] = "classification"
    preprocessor: ClassVar[str] = "ClsDataPreprocessor"
    plugged: ClassVar[str] = "SyMPIEClsDataPreprocessor"
    shape: ClassVar[str] = "(N, classes)"

    def registry(self) -> Registry:
        """Give mmpretrain's.

        Raises:
            MissingExtraError: if mmpretrain is not installed.
        """
        require_mmpretrain("TorchNetwork(task='classification')")
        from mmpretrain.registry import MODELS

        import sympie_seg.models.data_preprocessors.sympie_cls_data_preprocessor  # noqa: F401  (registers itself)

        return MODELS

    def fit(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Leave logits as they are."""
        self._check(logits, 2, PixelTask.name)
        return logits

    def loss(self, logits: Tensor, samples: Sequence[Any]) -> dict[str, Tensor]:
        """Mean over the images; samples of mixed images have ``gt_score``, others one ``gt_label``."""
        soft = "gt_score" in samples[0]
        targets = (
            torch.stack([sample.gt_score for sample in samples])
            if soft
            else torch.cat([sample.gt_label for sample in samples])
        )
        classes = targets.argmax(1) if soft else targets
        if len(classes) != len(logits):
            raise ValueError(
                f"expected one label per image, got {len(classes)} labels for {len(logits)} images"
            )
        _check_labels(classes, logits.shape[1])
        # No label is ignored here: 255 is a class of ImageNet.
        loss = F.cross_entropy(logits.float(), targets.float() if soft else targets.long())
        return {"loss_ce": loss, "accuracy": 100 * (logits.argmax(1) == classes).float().mean()}

    def predict(self, logits: Tensor, samples: Sequence[Any] | None) -> list[Any]:
        """Set ``pred_score`` (softmax) and ``pred_label``."""
        from mmpretrain.structures import DataSample

        data_samples = [DataSample() for _ in logits] if samples is None else list(samples)
        scores = logits.softmax(1)
        for sample, score in zip(data_samples, scores, strict=True):
            sample.set_pred_score(score).set_pred_label(score.argmax(0, keepdim=True).detach())
        return data_samples


def _check_labels(labels: Tensor, classes: int) -> None:
    """Name labels that the network has no class for; torch's own message names an index, or on GPUs the device."""
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        raise ValueError(
            f"the labels hold {wrong.unique()[:5].tolist()}, the network has classes 0..{classes - 1}: build the "
            "network with as many classes as the dataset (factory_args), or map the labels"
        )


TASKS: dict[str, type[NetworkTask]] = {task.name: task for task in (PixelTask, ImageTask)}
"""By the config's ``task``."""
