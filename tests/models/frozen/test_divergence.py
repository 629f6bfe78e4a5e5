"""The divergence against torch's own distributions."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Bernoulli, Categorical, kl_divergence

from sympie_seg.models.frozen.divergence import ScoreKind, class_probabilities, divergence


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_softmax_is_the_divergence_of_categorical_distributions(temperature: float) -> None:
    clean, corrupted = torch.randn(2, 5, 4, 6), torch.randn(2, 5, 4, 6)
    target = class_probabilities(clean, ScoreKind.SOFTMAX, temperature)
    last = [scores.movedim(1, -1) / temperature for scores in (clean, corrupted)]
    wanted = kl_divergence(*(Categorical(logits=logits) for logits in last)) * temperature**2
    result = divergence(target, corrupted, ScoreKind.SOFTMAX, temperature)
    assert result.shape == (2, 4, 6)
    torch.testing.assert_close(result, wanted, rtol=1e-4, atol=1e-5)


def test_sigmoid_is_the_sum_of_binary_divergences() -> None:
    clean, corrupted = torch.randn(2, 3, 4, 6), torch.randn(2, 3, 4, 6)
    target = class_probabilities(clean, ScoreKind.SIGMOID)
    wanted = kl_divergence(Bernoulli(logits=clean), Bernoulli(logits=corrupted)).sum(dim=1)
    result = divergence(target, corrupted, ScoreKind.SIGMOID)
    torch.testing.assert_close(result, wanted, rtol=1e-4, atol=1e-5)


def test_probabilities_are_normalised_over_the_classes() -> None:
    # As Mask2Former gives them: not negative, of any sum.
    clean, corrupted = torch.rand(2, 5, 4, 6) * 3, torch.rand(2, 5, 4, 6) * 3
    target = class_probabilities(clean, ScoreKind.PROBABILITIES)
    torch.testing.assert_close(target, clean / clean.sum(dim=1, keepdim=True))
    last = [scores.movedim(1, -1) for scores in (clean, corrupted)]
    wanted = kl_divergence(*(Categorical(probs=probs) for probs in last))
    result = divergence(target, corrupted, ScoreKind.PROBABILITIES)
    torch.testing.assert_close(result, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("skew", [0.1, 0.5])
def test_skew_compares_with_a_mixture(skew: float) -> None:
    clean, corrupted = torch.randn(2, 5, 4, 6), torch.randn(2, 5, 4, 6)
    target = class_probabilities(clean, ScoreKind.SOFTMAX)
    mixture = (1 - skew) * corrupted.softmax(dim=1) + skew * target
    wanted = kl_divergence(*(Categorical(probs=one.movedim(1, -1)) for one in (target, mixture)))
    result = divergence(target, corrupted, ScoreKind.SOFTMAX, skew=skew)
    torch.testing.assert_close(result, wanted, rtol=1e-4, atol=1e-5)
    target = class_probabilities(clean, ScoreKind.SIGMOID)
    mixture = (1 - skew) * corrupted.sigmoid() + skew * target
    wanted = kl_divergence(Bernoulli(probs=target), Bernoulli(probs=mixture)).sum(dim=1)
    result = divergence(target, corrupted, ScoreKind.SIGMOID, skew=skew)
    torch.testing.assert_close(result, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("skew", [0.1, 0.5])
def test_skew_bounds_a_lost_pixel_and_its_gradient_is_small_and_finite(skew: float) -> None:
    target = torch.tensor([[1.0, 0.0, 0.0]])
    gradients = {}
    for distance in (2.0, 8.0, 200.0):  # at 200 the softmax of float32 is exactly 0
        scores = torch.tensor([[0.0, distance, 0.0]], requires_grad=True)
        result = divergence(target, scores, ScoreKind.SOFTMAX, skew=skew)
        assert result.item() <= -math.log(skew) + 1e-6
        result.backward()
        assert scores.grad.isfinite().all()
        gradients[distance] = scores.grad.norm().item()
    assert gradients[2.0] > 10 * gradients[8.0] > gradients[200.0]
    assert result.item() == pytest.approx(-math.log(skew))


@pytest.mark.parametrize("skew", [0.0, 0.2])
@pytest.mark.parametrize("kind", ScoreKind)
def test_equal_predictions_have_none_and_the_gradient_is_finite(
    kind: ScoreKind, skew: float
) -> None:
    scores = torch.rand(2, 4, 3, 3)
    scores[0, :, 0, 0] = torch.tensor([1e4, 0.0, 0.0, 0.0])  # as sure as float32 can be
    scores.requires_grad_()
    target = class_probabilities(scores.detach(), kind)
    result = divergence(target, scores, kind, skew=skew)
    assert result.abs().max().item() < 1e-5
    result.sum().backward()
    assert scores.grad.isfinite().all()


def test_is_float32_under_autocast() -> None:
    clean, corrupted = torch.randn(1, 5, 8, 8), torch.randn(1, 5, 8, 8)
    target = class_probabilities(clean, ScoreKind.SOFTMAX)
    wanted = divergence(target, corrupted, ScoreKind.SOFTMAX)
    with torch.autocast("cpu", torch.bfloat16):
        result = divergence(target, corrupted, ScoreKind.SOFTMAX)
    assert result.dtype == torch.float32
    assert torch.equal(result, wanted)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 5, 8, 8\)"):
        divergence(torch.rand(1, 5, 8, 8), torch.rand(1, 4, 8, 8), ScoreKind.SOFTMAX)
