"""The tool that writes enhancers as the project ships them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from sympie_seg.enhancer import SyMPIE, load_enhancer, save_enhancer

TOLD = ["--trained-through", "N", "--images", "I", "--terms", "T", "--command", "C"]


@pytest.fixture
def tool(load_tool: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = load_tool("ship_enhancer")
    monkeypatch.setattr(module, "PICTURES", ("chelsea",))
    monkeypatch.setattr(module, "CORRUPTIONS", ())
    return module


@pytest.fixture
def source(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
    with torch.no_grad():
        enhancer.nem.out.weight.normal_(0, 1e-3)
    save_enhancer(tmp_path / "source.pth", enhancer, dict(networks=["a"]))
    return tmp_path / "source.pth"


def ship(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["ship_enhancer.py", *map(str, arguments), *TOLD])
    return tool.main()


@pytest.mark.parametrize(("options", "kept"), [([], 1.0), (["--strength", "1.4"], 1.4)])
def test_the_file_carries_its_strength(
    tool: ModuleType,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    options: list[str],
    kept: float,
) -> None:
    assert ship(tool, monkeypatch, source, tmp_path / "out.pth", *options) == 0
    enhancer, provenance = load_enhancer(tmp_path / "out.pth")
    assert enhancer.strength == kept and f"strength {kept:g}, " in capsys.readouterr().out
    assert provenance["networks"] == ["a"] and provenance["command"] == "C"
    weights = load_enhancer(source)[0].nem.out.weight
    assert torch.equal(enhancer.nem.out.weight, weights.half().float())


def test_float16_is_checked_at_the_strength_of_the_file(
    tool: ModuleType, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        tool, "largest_difference", lambda *both: seen.extend(e.strength for e in both) or 9.0
    )
    assert ship(tool, monkeypatch, source, tmp_path / "out.pth", "--strength", "2") == 1
    assert seen == [2.0, 2.0] and not (tmp_path / "out.pth").exists()


@pytest.mark.parametrize("bad", ["2.5", "-1", str(np.nan)])
def test_a_strength_out_of_range(
    tool: ModuleType,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    bad: str,
) -> None:
    with pytest.raises(SystemExit):
        ship(tool, monkeypatch, source, tmp_path / "out.pth", f"--strength={bad}")
    assert "--strength: expected strength in [0, 2]" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["refinement", "dead-zone"])
def test_the_file_carries_its_distances(
    name: str, tool: ModuleType, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = name.replace("-", "_")
    assert ship(tool, monkeypatch, source, tmp_path / "out.pth", f"--{name}", "0.4", "0.8") == 0
    assert getattr(load_enhancer(tmp_path / "out.pth")[0], key) == (0.4, 0.8)
    assert ship(tool, monkeypatch, tmp_path / "out.pth", tmp_path / "again.pth") == 0
    assert getattr(load_enhancer(tmp_path / "again.pth")[0], key) == (0.4, 0.8)


@pytest.mark.parametrize("name", ["refinement", "dead-zone"])
def test_distances_that_cannot_be(
    name: str,
    tool: ModuleType,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    with pytest.raises(SystemExit):
        ship(tool, monkeypatch, source, tmp_path / "out.pth", f"--{name}", "0.8", "0.4")
    key = name.replace("-", "_")
    assert f"--{name}: expected {key}=(low, high)" in capsys.readouterr().err
