"""How far one prediction is from another: the Kullback-Leibler divergence by pixel or by image. Plain PyTorch."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["ScoreKind", "class_probabilities", "divergence"]

_SMALLEST = 1e-6


class ScoreKind(Enum):
    """What a network's class scores are.

    Attributes:
        SOFTMAX: logits of classes that exclude one another.
        SIGMOID: logits of classes that are each there or not, or of one class against the rest.
        PROBABILITIES: not negative, larger where more likely; their sum over the classes need not be 1 (Mask2Former).
    """

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"
    PROBABILITIES = "probabilities"


def class_probabilities(scores: Tensor, kind: ScoreKind, temperature: float = 1.0) -> Tensor:
    """Turn class scores into probabilities.

    Args:
        scores: (N, C, ...), any floating type.
        kind: what they are.
        temperature: logits are divided by it; above 1 is softer.

    Returns:
        float32, of the same shape; over the classes they sum to 1, but for ``SIGMOID``.
    """
    logits = _logits(scores, kind, temperature)
    if kind is ScoreKind.SIGMOID:
        return torch.sigmoid(logits)
    return torch.softmax(logits, dim=1)


def divergence(target: Tensor, scores: Tensor, kind: ScoreKind, temperature: float = 1.0) -> Tensor:
    """Give KL(target || prediction), summed over the classes.

    Computed in float32 whatever autocast says. It is multiplied by the square of the temperature, so that its gradient
    keeps its size (Hinton et al., 2015).

    Args:
        target: probabilities as :func:`class_probabilities` gives them, (N, C, ...).
        scores: the prediction's scores, of the same shape.
        kind: what the scores are. For ``SIGMOID`` each class is a binary decision of its own.
        temperature: as it was for the target.

    Returns:
        float32, (N, ...): one value for each pixel or image, in nats, 0 where both are equal.

    Raises:
        ValueError: if the shapes differ.
    """
    if target.shape != scores.shape:
        raise ValueError(
            f"expected scores of shape {tuple(target.shape)} as the target, got {tuple(scores.shape)}"
        )
    with torch.autocast(scores.device.type, enabled=False):
        target = target.float()
        logits = _logits(scores, kind, temperature)
        if kind is ScoreKind.SIGMOID:
            yes, no = functional.logsigmoid(logits), functional.logsigmoid(-logits)
            parts = torch.xlogy(target, target) - target * yes
            parts = parts + torch.xlogy(1 - target, 1 - target) - (1 - target) * no
        else:
            parts = torch.xlogy(target, target) - target * torch.log_softmax(logits, dim=1)
        return parts.sum(dim=1) * temperature**2


def _logits(scores: Tensor, kind: ScoreKind, temperature: float) -> Tensor:
    scores = scores.float()
    if kind is ScoreKind.PROBABILITIES:
        scores = scores.clamp_min(_SMALLEST).log()
    return scores / temperature
