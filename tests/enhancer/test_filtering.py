"""Less filtering: the kernels of every image, what stays, what is refused, and the tool."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from sympie_seg.enhancer import SyMPIE, file_sha256, load_enhancer, save_enhancer
from sympie_seg.enhancer.filtering import scale_filtering


@pytest.fixture
def enhancer() -> SyMPIE:
    made = SyMPIE(strength=0.9, refinement=(0.5, 0.9), dead_zone=(0.1, 0.2)).eval()
    torch.nn.init.normal_(made.nem.out.weight, std=0.02)
    torch.nn.init.normal_(made.nem.out.bias, std=0.3)
    return made


@pytest.mark.parametrize("share", [0.0, 0.5, 1.5])
def test_scales_what_is_no_gain(enhancer: SyMPIE, share: float) -> None:
    features = torch.rand(3, 512)
    before, after = (
        one.nem.out(features).detach() for one in (enhancer, scale_filtering(enhancer, share))
    )
    assert torch.equal(before[:, :12], after[:, :12])
    old, new = before[:, 12:], after[:, 12:]
    gain = torch.zeros_like(old)
    gain[:, 12] = old.sum(1)
    assert old.sub(gain).abs().max() > 0.1
    torch.testing.assert_close(new, gain + share * (old - gain))


def test_the_rest_stays(enhancer: SyMPIE) -> None:
    bias = enhancer.nem.out.bias.clone()
    scaled = scale_filtering(enhancer, 0.5)
    assert (scaled.strength, scaled.refinement, scaled.dead_zone) == (0.9, (0.5, 0.9), (0.1, 0.2))
    assert torch.equal(enhancer.nem.out.bias, bias) and not torch.equal(scaled.nem.out.bias, bias)
    assert torch.equal(scale_filtering(enhancer, 1.0).nem.out.bias, bias)
    assert scale_filtering(enhancer.half(), 0.5).nem.out.bias.dtype is torch.float16


@pytest.mark.parametrize(
    ("share", "error"),
    [
        (-0.1, ValueError),
        (2.1, ValueError),
        (float("nan"), ValueError),
        ("1", TypeError),
        (True, TypeError),
    ],
)
def test_shares_that_cannot_be_used(share: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="share of the filter"):
        scale_filtering(SyMPIE(), share)  # type: ignore[arg-type]


def test_the_tool(
    run_tool: Callable[..., subprocess.CompletedProcess[str]], enhancer: SyMPIE, tmp_path: Path
) -> None:
    save_enhancer(tmp_path / "a.pth", enhancer, {"networks": ["n1"]})

    done = run_tool("scale_filtering", "a.pth", "0.5", "-o", "b.pth")
    assert done.returncode == 0, done.stderr
    less, known = load_enhancer(tmp_path / "b.pth")
    assert torch.equal(less.nem.out.bias, scale_filtering(enhancer, 0.5).nem.out.bias)
    assert (less.strength, known["networks"]) == (0.9, ["n1"])
    assert known["filtering"] == dict(
        file="a.pth", share=0.5, sha256=file_sha256(tmp_path / "a.pth")
    )
    for words in (("none.pth", "0.5"), ("a.pth", "3")):
        failed = run_tool("scale_filtering", *words, "-o", "c.pth")
        assert failed.returncode == 1 and "Traceback" not in failed.stderr
        assert failed.stderr.startswith("error: ")
    assert not (tmp_path / "c.pth").exists()
