"""The versions as a table, and the findings as text."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sympie_seg.environment.packages import MMCV, MMCV_LITE, PACKAGES, PYTHON, Package, Versions
from sympie_seg.environment.problems import Problem

__all__ = ["problems_text", "versions_table"]


def versions_table(versions: Versions, compiled_ops: bool, cuda: str) -> str:
    """Set found, wanted and tested versions in columns."""
    rows = [("", "found", "wanted", "tested", ""), _row(PYTHON, versions, sys.executable)]
    for package in PACKAGES:
        rows.append(_row(package, versions, cuda if package.name == "torch" else ""))
        if package.name == "mmengine":
            ops = "compiled operators: " + ("yes" if compiled_ops else "no")
            listed = [one for one in (MMCV, MMCV_LITE) if one.name in versions] or [MMCV_LITE]
            rows += [_row(one, versions, ops) for one in listed]
    widths = [max(len(line[column]) for line in rows) for column in range(4)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]
        ).rstrip()
        for line in rows
    )


def _row(package: Package, versions: Versions, remark: str) -> tuple[str, str, str, str, str]:
    """One line of the table."""
    absent = "- (optional)" if package.optional else "MISSING"
    if f"onedl-{package.name.removesuffix('-lite')}" in versions:
        absent = "onedl fork"
    installed = versions.get(package.name, absent)
    return package.name, installed, package.wanted() or "any", package.tested, remark


def problems_text(problems: Sequence[Problem]) -> str:
    """Write the findings, each with the command that fixes it."""
    if not problems:
        return "All is well."
    return "\n".join(
        f"{'BROKEN' if problem.broken else 'note'}: {problem.what}\n  fix: {problem.fix}"
        for problem in problems
    )
