"""The mean of enhancers: the values, what is refused, and the tool."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from sympie_seg.enhancer import SyMPIE, file_sha256, load_enhancer, save_enhancer
from sympie_seg.enhancer.averaging import average_enhancers


def pair() -> tuple[SyMPIE, SyMPIE]:
    first, second = SyMPIE(strength=1.5), SyMPIE()
    with torch.no_grad():
        for enhancer, value in ((first, 1.0), (second, 5.0)):
            enhancer.nem.out.bias.fill_(value)
            enhancer.nem.backbone[1].running_var.fill_(value)
    return first, second


def test_weighs_weights_and_statistics() -> None:
    first, second = pair()
    mean = average_enhancers([first, second], [0.75, 0.25])
    assert mean.nem.out.bias.tolist() == [2.0] * 37
    assert mean.nem.backbone[1].running_var.tolist() == [2.0] * 64
    assert not mean.training and mean.strength == 1
    assert first.nem.out.bias.tolist() == [1.0] * 37


def test_half_precision_is_averaged_in_float32() -> None:
    first, second = pair()
    with torch.no_grad():
        first.nem.out.bias.fill_(1.0), second.nem.out.bias.fill_(1.0009765625)
    mean = average_enhancers([first.half(), second.half()], [0.5, 0.5])
    assert mean.nem.out.bias[0].item() == 1.00048828125


@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.6], [1.5, -0.5], [float("nan"), 1.0]])
def test_weights_that_cannot_be_used(weights: list[float]) -> None:
    with pytest.raises(ValueError, match=r"weights"):
        average_enhancers(pair(), weights)


def test_reads_thumbnails_as_the_first() -> None:
    small = SyMPIE(thumbnail_resize=120, thumbnail_crop=112)
    mean = average_enhancers([small, SyMPIE()], [0.5, 0.5])
    assert (mean.thumbnail_resize, mean.thumbnail_crop) == (120, 112)


def test_the_tool(
    run_tool: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    first, second = pair()
    save_enhancer(tmp_path / "a.pth", first, {"networks": ["n1", "n2"]})
    save_enhancer(tmp_path / "b.pth", second)

    done = run_tool("average_enhancers", "0.25=a.pth", "0.75=b.pth", "-o", "c.pth")
    assert done.returncode == 0, done.stderr
    mean, known = load_enhancer(tmp_path / "c.pth")
    assert mean.nem.out.bias.tolist() == [4.0] * 37
    assert known["networks"] == ["n1", "n2", "unknown"]
    assert [part["weight"] for part in known["mean_of"]] == [0.25, 0.75]
    assert known["mean_of"][1]["sha256"] == file_sha256(tmp_path / "b.pth")
    failed = run_tool("average_enhancers", "0.5=a.pth", "0.5=none.pth", "-o", "d.pth")
    assert (
        failed.returncode == 1 and "none.pth" in failed.stderr and "Traceback" not in failed.stderr
    )
    assert "expected WEIGHT=FILE" in run_tool("average_enhancers", "a.pth", "-o", "d.pth").stderr
    assert not (tmp_path / "d.pth").exists()
