"""`tools/export.py` as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sympie_seg.cli.main import main

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
ROOT = Path(__file__).resolve().parents[2]
CONFIG = "configs/camvid/deeplabv2_r18-d8-w32_1xb8-2500_camvid-day-240x180.py"


@pytest.mark.slow
def test_shipped_enhancer_at_full_size(run: Callable, tmp_path: Path) -> None:
    import onnxruntime

    from sympie_seg.api import enhance

    out = tmp_path / "enhancer.onnx"
    printed = run("tools/export.py", "--out", out, "--sizes", "180x240")
    assert "| 1 x 180 x 240 | enhanced |" in printed and "uint8 RGB" in printed
    image = np.random.default_rng(0).integers(0, 256, (270, 480, 3), dtype=np.uint8)
    session = onnxruntime.InferenceSession(out)
    enhanced = session.run(["enhanced"], {"images": image.transpose(2, 0, 1)[None]})[0][0]
    expected, _ = enhance(image)
    assert np.abs(enhanced.transpose(1, 2, 0).astype(int) - expected).max() <= 1


@pytest.mark.slow
def test_network_and_messages(run: Callable, enhancer_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "network.onnx"
    narrow = ["model.backbone.base_channels=8", "model.decode_head.in_channels=64"]
    options = [
        "--enhancer",
        enhancer_file,
        "--out",
        out,
        "--outputs",
        "classes",
        "--sizes",
        "48x64",
    ]
    command = [sys.executable, "tools/export.py", CONFIG, *options, "--cfg-options", *narrow]
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "| 1 x 48 x 64 | classes | 0 |" in done.stdout and out.is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--enhancer", "none.pth"], "no enhancer file at none.pth"),
        (["--out", "a.xyz"], "does not tell the format"),
    ],
)
def test_errors(words: list[str], message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        main(["export", *words])
