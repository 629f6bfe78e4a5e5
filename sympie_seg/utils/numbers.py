"""Numbers in tables."""

from __future__ import annotations

__all__ = ["shown"]


def shown(value: float | None, shape: str = ".2f") -> str:
    """Format a number; a dash where there is none."""
    return "-" if value is None else format(value, shape)
