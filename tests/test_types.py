"""What mypy is told to pass over is rare and has a reason; mypy itself runs in `.ci/run`."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "sympie_seg"
MOST = 20


def test_every_ignore_names_its_error_and_its_reason() -> None:
    lines = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if "type: ignore" in line or "mypy: " in line
    ]
    assert 0 < len(lines) <= MOST, "\n".join(lines)
    reasoned = re.compile(r"# type: ignore\[[a-z-]+(, [a-z-]+)*\]  # \S")
    assert [line for line in lines if not reasoned.search(line)] == []


def test_nothing_is_left_out() -> None:
    """No module has its errors switched off; what is skipped has no types of its own."""
    text = (PACKAGE.parent / "pyproject.toml").read_text("utf-8").partition("[tool.mypy]")[2]
    assert "ignore_errors" not in text and "disable_error_code" not in text
    assert not re.search(r'"sympie_seg\.', text)
