"""Tables as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sympie_seg.utils.escaping import markdown_cell

__all__ = ["markdown_table", "strengths_of"]


def markdown_table(head: Sequence[Any], lines: Sequence[Sequence[Any]]) -> str:
    """Lay out a table: its head, then a line for each row."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(map(markdown_cell, row))} |" for row in rows)


def strengths_of(enhancers: Iterable[tuple[str, float | None]]) -> str:
    """List names with their strengths, such as 'general 1, rain 1.4'; those without a strength are left out."""
    return ", ".join(f"{name} {value:g}" for name, value in enhancers if value is not None)
