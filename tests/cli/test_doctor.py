"""The doctor's command, in this environment and in broken ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_doctor(
    *arguments: str, flags: tuple[str, ...] = (), path: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with ``path`` before all installed packages."""
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *flags, str(ROOT / "sympie_seg_cli.py"), "doctor", *arguments]
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


class TestCommand:
    def test_this_environment(self):
        done = run_doctor("--no-import")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "mmsegmentation" in done.stdout and sys.executable in done.stdout

    def test_without_any_package(self):
        """``-S`` hides site-packages: nothing but the standard library is left."""
        done = run_doctor("--no-import", flags=("-S",))
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr == ""
        assert "BROKEN: torch is not installed" in done.stdout
        assert "BROKEN: neither mmcv nor mmcv-lite is installed" in done.stdout

    def test_where_the_package_cannot_be_imported(self, tmp_path: Path):
        (tmp_path / "mmengine").mkdir()
        (tmp_path / "mmengine" / "__init__.py").write_text("raise ImportError('on purpose')\n")
        (tmp_path / "torch").mkdir()
        (tmp_path / "torch" / "__init__.py").write_text("raise OSError('no libcudart')\n")
        done = run_doctor(path=str(tmp_path))
        assert done.returncode == 1
        assert "import fails: OSError: no libcudart" in done.stdout
        assert "BROKEN: import sympie_seg fails: " in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
