"""The benchmark measures what it says, and its ratios are those of one run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from benchmarking import Subject, count_operations, goals, measure_size, tables
from benchmarking.memory import peak_megabytes
from benchmarking.rounds import median_ratio, take_turns
from torch import nn

from sympie_seg.enhancer import SyMPIE
from sympie_seg.fast import pipeline
from sympie_seg.models.data_preprocessors import SyMPIESegDataPreProcessor

ROOT = Path(__file__).resolve().parents[2]
NORMALIZATION = dict(mean=[103.53, 116.28, 123.675], std=[57.375, 57.12, 58.395])


def subject(network: nn.Module | None = None) -> Subject:
    enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
    with torch.no_grad():
        enhancer.nem.out.weight.normal_(0, 0.05)
    pair = [
        SyMPIESegDataPreProcessor(enhancer=enhancer, fast=True, size_divisor=1, **NORMALIZATION),
        SyMPIESegDataPreProcessor(enhancer=SyMPIE(**enhancer.config), fast=False, **NORMALIZATION),
    ]
    pair[1].enhancer.load_state_dict(enhancer.state_dict())
    return Subject(*(module.eval() for module in pair), network, "cpu")


def test_every_stage_in_every_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    warped, real = [], pipeline.warp_planes
    monkeypatch.setattr(
        pipeline,
        "warp_planes",
        lambda jobs, threads: warped.append(len(jobs)) or real(jobs, threads),
    )
    cases = measure_size(subject(nn.Conv2d(3, 2, 3)), 90, 60, [1, 2], seconds=0)
    assert [case["batch"] for case in cases] == [1, 2]
    # Warm-up and three rounds of DWM and plug-in, one more of each for memory, one for the difference.
    assert warped.count(1) == warped.count(2) == 2 * (1 + 3 + 1) + 1
    for case in cases:
        assert case["rounds"] == 3 and case["network_ms"] > 0 and case["copy_ms"] > 0
        assert 0 < case["largest_difference"] < 1e-4
        for stage in ("thumbnail", "NEM", "DWM", "plug-in"):
            for variant in ("fast", "plain", "one by one"):
                entry = case["stages"][stage][variant]
                assert entry["ms"] >= entry["least_ms"] > 0 and entry["ratio"] > 0
        assert case["stages"]["DWM"]["fast"]["ratio"] == 1
    assert cases[0]["per_image_ratio"] == 1


def test_variants_take_turns_and_ratios_are_paired() -> None:
    order: list[str] = []
    pause = {"a": 0.004, "b": 0.001}
    runs = {name: lambda name=name: order.append(name) or time.sleep(pause[name]) for name in pause}
    times = take_turns(runs, seconds=0, least=4)
    assert order == ["a", "b"] * 5
    assert 1.5 < median_ratio(times["a"], times["b"]) < 6
    assert median_ratio([10, 2, 300], [5, 1, 3]) == 2


def test_memory_of_a_known_allocation() -> None:
    peak = peak_megabytes(lambda: torch.ones(20_000_000), "cpu")
    if peak is None:
        pytest.skip("the system does not tell a process's peak memory")
    assert 75 < peak < 100


def test_operations_are_those_of_the_layers() -> None:
    network = nn.Conv2d(3, 8, 1)
    counts = count_operations(SyMPIE(), network, 40, 30)
    # Convolutions of NEM by hand (side, in, out), and its linear layer.
    layers = [(224, 3, 64), (56, 64, 128), (56, 128, 128), (14, 128, 256), (14, 256, 256)]
    layers += [(3, 256, 512), (3, 512, 512)]
    nem = sum(side**2 * 9 * a * b for side, a, b in layers) + 512 * 37
    assert counts["nem"] == 2 * nem
    assert counts["dwm"] == 2 * (40 * 30 * (9 + 3 * 25) + 9)  # and the shift through the matrix
    assert counts["total"] == counts["nem"] + counts["dwm"]
    assert counts["network"] == 2 * 40 * 30 * 3 * 8


def test_goals_name_what_was_missed() -> None:
    stage = {"fast": {"ms": 20.0}, "plain": {"ratio": 10.0}}
    case = dict(
        device="cpu", width=1920, height=1080, batch=1, network_ms=None, per_image_ratio=1.0
    )
    case.update(stages={"DWM": stage, "plug-in": stage}, largest_difference=1e-3)
    small = dict(case, width=1024, height=512, network_ms=4000.0)
    rows = goals(dict(cases=[case, small]))
    assert [(round(value, 4), reached) for _, value, reached in rows] == [
        (10, False), (10, True), (0.5, True), (0.001, False),
    ]  # fmt: skip


@pytest.mark.slow
def test_the_tool_prints_and_writes(tmp_path: Path) -> None:
    out = tmp_path / "b.json"
    words = [
        "--sizes",
        "96x64",
        "--batches",
        "1",
        "--no-network",
        "--seconds",
        "0",
        "--threads",
        "1",
    ]
    done = subprocess.run(
        [sys.executable, ROOT / "tools/benchmark.py", *words, "--out", out],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(out.read_text())
    assert result["parameters"] == {"enhancer": 4_671_141, "network": None}
    assert tables(result) in done.stdout
    assert "**96x64, batch 1** on cpu" in done.stdout and "one by one / fast" in done.stdout
    assert result["cases"][0]["largest_difference"] < 1e-4


def test_a_missing_file_gets_one_message() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/benchmark.py", "--no-network", "--enhancer", "nowhere.pth"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and "no enhancer file at nowhere.pth" in done.stderr
    assert "Traceback" not in done.stderr
