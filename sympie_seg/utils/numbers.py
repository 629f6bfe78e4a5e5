"""Numbers in tables."""

from __future__ import annotations

__all__ = ["shown", "with_gain"]


def shown(value: float | None, shape: str = ".2f") -> str:
    """Format a number; a dash where there is none."""
    return "-" if value is None else format(value, shape)


def with_gain(value: float | None, reference: float | None) -> str:
    """Write a score and what it gained over another.

    >>> with_gain(48.0, 39.5), with_gain(None, 39.5), with_gain(48.0, None)
    ('48.00 (+8.50)', '-', '48.00')
    """
    if value is None or reference is None:
        return shown(value)
    return f"{value:.2f} ({value - reference:+.2f})"
