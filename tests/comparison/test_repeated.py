"""Repeated application: the same as calling the enhancer again and again, and how far that leads away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.comparison.repeated import RepeatedEnhancer, drift
from sympie_seg.enhancer import IMAGENET_STD, SyMPIE, file_sha256, load_enhancer


class Brighter(nn.Module):
    """Adds grey levels."""

    def __init__(self, levels: float) -> None:
        super().__init__()
        self.levels = levels

    def forward(self, images: Tensor) -> Tensor:
        return images + self.levels / 255 / torch.tensor(IMAGENET_STD).view(3, 1, 1)


def test_equals_calls_by_hand(enhancer_file: Path) -> None:
    repeated = MODELS.build(dict(type="RepeatedEnhancer", enhancer=str(enhancer_file), times=3))
    alone = load_enhancer(enhancer_file)[0].eval()
    images = torch.randn(2, 3, 60, 70)
    expected = alone(alone(alone(images)))
    assert torch.equal(repeated.eval()(images), expected)
    assert not torch.equal(expected, alone(images)), "one application would do"


def test_not_at_all_changes_nothing() -> None:
    images = torch.randn(1, 3, 50, 50)
    assert torch.equal(RepeatedEnhancer(Brighter(5), 0)(images), images)


def test_takes_a_sequence_of_sizes(enhancer_file: Path) -> None:
    repeated = RepeatedEnhancer(enhancer_file, 2).eval()
    images = [torch.randn(3, 60, 70), torch.randn(3, 50, 80)]
    alone = load_enhancer(enhancer_file)[0].eval()
    for enhanced, image in zip(repeated(images), images, strict=True):
        expected = alone(alone(image[None]))[0]
        assert torch.allclose(enhanced, expected, atol=1e-5)


def test_plugs_into_a_segmentor(
    enhanced_network: Callable[..., nn.Module], batch: Callable, enhancer_file: Path
) -> None:
    images = batch(1)
    inputs = {}
    for times in (1, 2):
        enhancer = dict(type="RepeatedEnhancer", enhancer=str(enhancer_file), times=times)
        network = enhanced_network(dict(enhancer=enhancer)).eval()
        inputs[times] = network.data_preprocessor(images, False)["inputs"]
    plain = enhanced_network(dict(enhancer=str(enhancer_file))).eval()
    once = plain.data_preprocessor(images, False)["inputs"]
    assert torch.allclose(inputs[1], once, atol=1e-3)
    assert (inputs[2] - once).abs().max() > 0.05


def test_pinned_file(enhancer_file: Path) -> None:
    RepeatedEnhancer(enhancer_file, 1, file_sha256(enhancer_file))
    with pytest.raises(ValueError, match="is not the file with the SHA-256 0000"):
        RepeatedEnhancer(enhancer_file, 1, "0" * 64)


def test_bad_arguments(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 0, got -1"):
        RepeatedEnhancer(Brighter(1), -1)
    with pytest.raises(FileNotFoundError):
        RepeatedEnhancer(tmp_path / "absent.pth", 1)


def test_drift_in_grey_levels() -> None:
    drifts = drift(Brighter(4), torch.randn(2, 3, 8, 8), 4)
    expected = torch.tensor([0.0, 4.0, 8.0, 12.0])
    assert torch.allclose(drifts, expected.expand(2, 4), atol=1e-3)


def test_identity_does_not_drift() -> None:
    enhancer = SyMPIE("identity", 48, 44).eval()
    inside = torch.rand(1, 3, 60, 60)
    assert drift(enhancer, inside, 3).abs().max() < 1e-3
