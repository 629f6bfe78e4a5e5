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


def divergence(
    target: Tensor, scores: Tensor, kind: ScoreKind, temperature: float = 1.0, skew: float = 0.0
) -> Tensor:
    """Give KL(target || prediction), or the skew divergence of Lee (AISTATS 2001), summed over the classes.

    The skew divergence is KL(target || (1 - skew) prediction + skew target). It is at most -ln(skew), so a pixel whose
    class is lost has little gradient, and those that are nearly right decide.

    Computed in float32 whatever autocast says. It is multiplied by the square of the temperature, so that its gradient
    keeps its size (Hinton et al., 2015).

    Args:
        target: probabilities as :func:`class_probabilities` gives them, (N, C, ...).
        scores: the prediction's scores, of the same shape.
        kind: what the scores are. For ``SIGMOID`` each class is a binary decision of its own.
        temperature: as it was for the target.
        skew: share of the target, at least 0 and below 1. 0 is KL. Defaults to 0.

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
            parts = _cross_terms(target, yes, skew) + _cross_terms(1 - target, no, skew)
        else:
            parts = _cross_terms(target, torch.log_softmax(logits, dim=1), skew)
        return parts.sum(dim=1) * temperature**2


def _cross_terms(target: Tensor, log_prediction: Tensor, skew: float) -> Tensor:
    """``target * (log target - log mixture)``, 0 where the target is 0."""
    own = torch.xlogy(target, target)
    if not skew:
        return own - target * log_prediction
    mixture = (1 - skew) * log_prediction.exp() + skew * target
    # Both may be 0 in float32; xlogy's gradient would be 0 / 0.
    return own - torch.xlogy(target, mixture.clamp_min(torch.finfo(mixture.dtype).tiny))


def _logits(scores: Tensor, kind: ScoreKind, temperature: float) -> Tensor:
    scores = scores.float()
    if kind is ScoreKind.PROBABILITIES:
        scores = scores.clamp_min(_SMALLEST).log()
    return scores / temperature
