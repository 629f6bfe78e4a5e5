"""Real imports, in child processes: what they find, and what stops them."""

from __future__ import annotations

import subprocess
import sys

from sympie_seg.environment.packages import installed_versions
from sympie_seg.environment.problems import PIP, Problem

__all__ = ["cuda_state", "import_problems", "run_python"]


def run_python(code: str) -> tuple[bool, str]:
    """Run code in a child process, where a failing or crashing import does no harm.

    Returns:
        Whether it succeeded, and the last line that it printed (an error, if it failed).
    """
    try:
        child = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        return False, "no answer within 300 seconds"
    printed = (child.stderr if child.returncode else child.stdout).strip().splitlines()
    return child.returncode == 0, printed[-1] if printed else f"exit status {child.returncode}"


def cuda_state() -> str:
    """Say what torch can compute on, by importing it in a child process."""
    works, answer = run_python(
        "import torch; n = torch.cuda.device_count() if torch.cuda.is_available() else 0; "
        "print(f'CUDA: {n} x {torch.cuda.get_device_name(0)}' if n else 'CUDA: no, CPU only')"
    )
    return answer if works else f"import fails: {answer}"


def import_problems() -> list[Problem]:
    """Try ``import sympie_seg`` with its mmseg side for real, in a child process."""
    works, answer = run_python("import sympie_seg.models")
    if works:
        return []
    fix = "fix what is listed above; if nothing is, install again in a fresh virtual environment"
    if "libGL" in answer or "libgthread" in answer:
        # The headless wheel needs no desktop libraries; the last one installed owns cv2.
        fix = f"{PIP} install --force-reinstall --no-deps opencv-python-headless=={opencv()}"
    return [Problem(f"import sympie_seg fails: {answer}", fix)]


def opencv() -> str:
    """The version that a reinstalled headless OpenCV should have."""
    return installed_versions().get("opencv-python", "5.0.0.93")
