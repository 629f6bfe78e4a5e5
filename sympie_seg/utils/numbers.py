"""Numbers in options and in tables."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["is_number", "shown", "with_gain"]


def is_number(value: Any) -> bool:
    """Whether an option is a finite int or float; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


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
