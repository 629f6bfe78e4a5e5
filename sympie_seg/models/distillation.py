"""Training of a student: a frozen teacher's predictions on clean pictures, learnt by another network without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor, BaseModel
from mmengine.registry import MODELS
from torch import Tensor
from torch.nn import functional

from sympie_seg.models.data_preprocessors.enhancement import copy_samples
from sympie_seg.models.frozen.class_scores import class_scores, score_kind
from sympie_seg.models.frozen.divergence import ScoreKind, class_probabilities, divergence
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights

__all__ = ["Distillation"]


@MODELS.register_module()
class Distillation(BaseModel):
    """Trains a student by KL(teacher || student), per pixel, over the same clean pictures (Hinton et al., 2015).

    Each network gets the pictures through its own data preprocessor. ``StudentFileHook`` writes the student's weights
    as a file that ``frozen_checkpoint`` takes. Logged beside the loss: ``agreement``, the share of pixels that both
    give the same class.

    Args:
        teacher (dict): config of a segmenter, whose predictions are of classes that exclude one another.
        teacher_checkpoint (str): its weights, a file or URL.
        student (dict): config of a ``TorchNetwork`` with the teacher's number of classes.
        temperature (float): of the softmax of both, above 0. Defaults to 1.
        data_preprocessor (dict, optional): moves pictures to the device. Defaults to None: mmengine's.
        train_cfg, test_cfg: as mmseg's tools pass them; not used.

    Raises:
        FileNotFoundError: if there is no file ``teacher_checkpoint``.
        TypeError: if the student is no ``TorchNetwork``.
        ValueError: if the temperature is not above 0, the weights do not fit, or the teacher's classes do not exclude
            one another.
    """

    def __init__(
        self,
        teacher: Mapping[str, Any],
        teacher_checkpoint: str,
        student: Mapping[str, Any],
        temperature: float = 1.0,
        data_preprocessor: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor or BaseDataPreprocessor())
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, got {temperature}")
        self.temperature = temperature
        self.teacher_checkpoint = str(teacher_checkpoint)
        self.teacher = MODELS.build(dict(teacher))
        load_frozen_weights(self.teacher, teacher_checkpoint)
        self.teacher.requires_grad_(False).eval()
        self._kind = score_kind(self.teacher)
        if self._kind is ScoreKind.SIGMOID:
            raise ValueError(
                "a student learns one class for each pixel, and this teacher's classes do not exclude one another"
            )
        self.student = MODELS.build(dict(student))
        if not hasattr(self.student, "logits"):
            raise TypeError(
                f"student must be dict(type='TorchNetwork', ...), got {type(self.student).__name__}"
            )

    def init_weights(self) -> None:
        """Do nothing: the runner would draw new weights over those that are loaded."""

    def train(self, mode: bool = True) -> Distillation:
        """As in PyTorch; the teacher stays in eval mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(
        self,
        inputs: Sequence[Tensor],
        data_samples: Sequence[Any],
        mode: str = "loss",
    ) -> dict[str, Tensor]:
        """Give the loss and the agreement of one batch.

        Args:
            inputs: pictures (3, H, W) of one size, as loaded: BGR, 0..255.
            data_samples: one for each.
            mode: 'loss'; the student predicts as a ``TorchNetwork`` of its own.

        Raises:
            ValueError: for another mode, or if the networks have different numbers of classes.
        """
        if mode != "loss":
            raise ValueError(
                "Distillation only trains; give student.pth as frozen_checkpoint of the TorchNetwork to use it"
            )
        logits = self.student.logits(_prepared(self.student, inputs, data_samples)["inputs"])
        target = self._target(inputs, data_samples, logits.shape[2:])
        if target.shape != logits.shape:
            raise ValueError(
                f"the teacher has {target.shape[1]} classes and the student {logits.shape[1]}: set num_classes in "
                "model.student.factory_args"
            )
        loss = divergence(target, logits, ScoreKind.SOFTMAX, self.temperature).mean()
        agreement = (logits.argmax(1) == target.argmax(1)).float().mean()
        return {"loss": loss, "agreement": agreement}

    @torch.no_grad()
    def _target(
        self, inputs: Sequence[Tensor], data_samples: Sequence[Any], size: Sequence[int]
    ) -> Tensor:
        batch = _prepared(self.teacher, inputs, data_samples)
        scores = class_scores(self.teacher, batch["inputs"], batch["data_samples"])
        scores = functional.interpolate(
            scores.float(), tuple(size), mode="bilinear", align_corners=False
        )
        return class_probabilities(scores, self._kind, self.temperature)


def _prepared(network: BaseModel, inputs: Sequence[Tensor], samples: Sequence[Any]) -> dict:
    data = dict(inputs=list(inputs), data_samples=copy_samples(list(samples)))
    result: dict = network.data_preprocessor(data, training=False)
    return result
