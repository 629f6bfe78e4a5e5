"""The name of one cell of a corruption x severity grid: the condition ``<corruption>-<severity>``."""

from __future__ import annotations

import re
from typing import NamedTuple

from sympie_seg.corruptions._common import SEVERITIES

__all__ = ["GridName"]

_PATTERN = re.compile(rf"(.+)-([{SEVERITIES[0]}-{SEVERITIES[-1]}])")


class GridName(NamedTuple):
    """A corruption and its severity; as text such as 'fog-3' the condition of an image.

    Attributes:
        corruption: its name, which may hold hyphens and need not be registered (published trees have others).
        severity: 1 .. 5.

    Example:
        >>> str(GridName("fog", 3))
        'fog-3'
        >>> GridName.parse("gaussian_noise-5")
        GridName(corruption='gaussian_noise', severity=5)
        >>> GridName.parse("clean") is None
        True
    """

    corruption: str
    severity: int

    def __str__(self) -> str:
        """Give the condition."""
        return f"{self.corruption}-{self.severity}"

    @classmethod
    def parse(cls, condition: str) -> GridName | None:
        """Read the name of a condition; None where it is not that of a cell."""
        match = _PATTERN.fullmatch(condition)
        return None if match is None else cls(match[1], int(match[2]))
