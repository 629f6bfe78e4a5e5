"""The pictures of ``sympie-seg browse-dataset``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import numpy as np
from mmseg.structures import SegDataSample
from sympie_seg.report.samples import _strip
sample = SegDataSample(metainfo=dict(img_path="/a/na\\udcdf.png", condition="fog\\udcdf"))
print(_strip(np.zeros((30, 400, 3), np.uint8), sample, None).shape)
"""


def test_names_in_no_encoding() -> None:
    """OpenCV ends the program with a segmentation fault where it draws such a name."""
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(52, 400, 3)"
