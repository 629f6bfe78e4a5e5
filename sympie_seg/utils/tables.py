"""Tables as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympie_seg.utils.escaping import markdown_cell

__all__ = ["markdown_table"]


def markdown_table(head: Sequence[Any], lines: Sequence[Sequence[Any]]) -> str:
    """Lay out a table: its head, then a line for each row."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(map(markdown_cell, row))} |" for row in rows)
