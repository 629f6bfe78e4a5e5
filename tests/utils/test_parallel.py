"""Several processes from a process whose OpenCV has threads."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import cv2, numpy as np
from sympie_seg.utils.parallel import run_tracked

def blur(number):
    picture = np.full((2000, 2000, 3), number, np.uint8)
    return int(cv2.GaussianBlur(picture, (31, 31), 0)[1000, 1000, 0])

cv2.setNumThreads(4)
blur(0)  # starts OpenCV's threads
threads = cv2.getNumThreads()
print(run_tracked("title", blur, list(range(20)), 2), cv2.getNumThreads() == threads)
"""


def test_does_not_wait_for_threads_that_are_not_there() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == f"{list(range(20))} True"
