"""Numbers as text."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sympie_seg.comparison.result import Difference

__all__ = [
    "count",
    "css_colour",
    "interval",
    "number",
    "percent_points",
    "shown_metric",
    "signed",
    "verdict",
]

NONE = "\N{EN DASH}"


def number(value: float | None, digits: int = 2) -> str:
    """'12.30', with a true minus sign; a dash for nothing."""
    if value is None or not math.isfinite(value):
        return NONE
    rounded = round(value, digits) + 0.0  # no minus before a zero
    return f"{rounded:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float | None, digits: int = 2) -> str:
    """'+1.20'; what rounds to zero has no sign."""
    if value is None or not math.isfinite(value):
        return NONE
    if round(value, digits) == 0:
        return f"{0:.{digits}f}"
    return ("+" if value > 0 else "") + number(value, digits)


def interval(difference: Difference | None, digits: int = 2) -> str:
    """'[+0.80, +1.60]', or nothing where there is no interval."""
    if difference is None or difference.low is None or difference.high is None:
        return ""
    return f"[{signed(difference.low, digits)}, {signed(difference.high, digits)}]"


def verdict(difference: Difference | None) -> str:
    """What a difference says: 'gain' or 'loss' where its interval leaves out 0, 'unclear' where it holds it.

    'unknown' where there is no difference or no interval.
    """
    if difference is None or difference.low is None or difference.high is None:
        return "unknown"
    if difference.low > 0:
        return "gain"
    return "loss" if difference.high < 0 else "unclear"


def count(value: float | None) -> str:
    """'4.7 M', '12 k', '37'."""
    if value is None:
        return NONE
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:.3g}\N{NO-BREAK SPACE}{unit}"
    return f"{value:g}"


def percent_points(metric: str) -> str:
    """How differences of a metric are called: 'mIoU points'."""
    return f"{shown_metric(metric)} points"


def shown_metric(metric: str) -> str:
    """'top-1 accuracy' for 'top1'; others as they are."""
    return {"top1": "top-1 accuracy", "top5": "top-5 accuracy"}.get(metric, metric)


def css_colour(colour: Iterable[int]) -> str:
    """'#0a141e' for (10, 20, 30)."""
    red, green, blue = (int(part) for part in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"
