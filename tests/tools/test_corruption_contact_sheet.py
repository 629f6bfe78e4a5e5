"""The sheet holds every corruption and severity, each unlike the clean picture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.corruptions.registry import CORRUPTIONS

TOOL = Path(__file__).resolve().parents[2] / "tools/corruption_contact_sheet.py"


def tool(*words: object) -> subprocess.CompletedProcess:
    command = [sys.executable, str(TOOL), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=250)


@pytest.mark.slow
def test_every_corruption_at_every_severity(tmp_path: Path) -> None:
    photo, out = tmp_path / "photo.png", tmp_path / "sheet.png"
    smooth = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8), (9, 9), 0
    )
    cv2.imwrite(str(photo), cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX))
    done = tool(out, "--image", photo, "--width", 80)
    assert done.returncode == 0, done.stderr
    sheet, count = cv2.imread(str(out)), len(CORRUPTIONS)
    assert f"{count} corruptions are on" in done.stdout
    height = 60 + 16 + 2
    assert sheet.shape == (count * height, 6 * 82, 3)
    for index, name in enumerate(CORRUPTIONS):
        strip = sheet[index * height + 16 : (index + 1) * height - 2].astype(int)
        clean = strip[:, :80]
        for severity in range(1, 6):
            assert (strip[:, severity * 82 : severity * 82 + 80] != clean).any(), (name, severity)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--names", "fogg"], "--names: unknown corruption 'fogg'"),
        (["--image", "x.png"], "--image: 'x.png' cannot be read"),
    ],
)
def test_bad_options(words: list, message: str, tmp_path: Path) -> None:
    done = tool(tmp_path / "sheet.png", *words)
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
