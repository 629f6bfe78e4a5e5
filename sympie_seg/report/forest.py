"""Differences with their confidence intervals as a drawing: a dot, a line, and zero in the middle."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from sympie_seg.comparison.result import ComparisonResult, Difference, Row
from sympie_seg.report.comparison import is_grid_row
from sympie_seg.report.wording import interval, signed

__all__ = ["forest_svg"]

_LABEL, _WIDTH, _RIGHT, _LINE, _PAD, _TOP = 190, 760, 24, 15, 8, 26  # pixels


def forest_svg(result: ComparisonResult, metric: str) -> Markup:
    """Draw the differences of one metric; one band a row, one line an enhancer. Cells of a grid are left out.

    Returns:
        An SVG, or nothing where no row has a difference.
    """
    drawn = [
        (row, _differences(result, row, metric))
        for row in result.rows
        if not is_grid_row(result, row)
    ]
    rows = [(row, differences) for row, differences in drawn if differences]
    if not rows:
        return Markup("")
    low, high = _bounds([difference for _, differences in rows for _, _, difference in differences])
    scale = _Scale(low, high)
    parts: list[str] = []
    top = _TOP
    for position, (row, differences) in enumerate(rows):
        height = _LINE * len(differences) + 2 * _PAD
        parts.append(_band(row, top, height, position % 2 == 1))
        for line, (index, name, difference) in enumerate(differences):
            y = top + _PAD + _LINE * line + _LINE / 2
            parts.append(_mark(scale, y, index, row.name, name, difference))
        top += height
    return Markup(
        f'<svg class="forest" role="img" aria-label="Differences of {escape(metric)} with confidence intervals; the '
        f'table above holds the numbers" viewBox="0 0 {_WIDTH} {top + 6}">{_axis(scale, top)}{"".join(parts)}</svg>'
    )


class _Scale:
    """From points to pixels."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(_LABEL + share * (_WIDTH - _LABEL - _RIGHT), 1)

    def ticks(self) -> list[float]:
        step = next(s for s in _steps() if (self.high - self.low) / s <= 9)
        first = -int(-self.low // step) if self.low < 0 else int(self.low // step)
        return [k * step for k in range(first - 1, first + 12) if self.low <= k * step <= self.high]


def _steps() -> Sequence[float]:
    return [factor * 10.0**power for power in range(-3, 6) for factor in (1, 2, 5)]


def _bounds(differences: Sequence[Difference]) -> tuple[float, float]:
    values = [0.0]
    for one in differences:
        values += [value for value in (one.value, one.low, one.high) if value is not None]
    margin = 0.04 * ((max(values) - min(values)) or 1)
    return min(values) - margin, max(values) + margin


def _axis(scale: _Scale, bottom: float) -> str:
    lines = []
    for tick in scale.ticks():
        kind = "zero" if tick == 0 else "tick"
        x = scale(tick)
        lines.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{_TOP - 4}" y2="{bottom}"/>')
        lines.append(f'<text class="axis" x="{x}" y="{_TOP - 10}">{signed(tick, 1)}</text>')
    return "".join(lines)


def _band(row: Row, top: float, height: float, shaded: bool) -> str:
    shade = (
        f'<rect class="band" x="0" y="{top}" width="{_WIDTH}" height="{height}"/>' if shaded else ""
    )
    cut = row.name if len(row.name) <= 28 else row.name[:27] + "…"
    strong = " summary" if row.kind != "condition" else ""
    return (
        f'{shade}<text class="row{strong}" x="6" y="{top + height / 2}">'
        f"<title>{escape(row.name)}</title>{escape(cut)}</text>"
    )


def _mark(scale: _Scale, y: float, index: int, row: str, name: str, difference: Difference) -> str:
    colour = f"var(--e{index % 8})"
    text = escape(f"{name}, {row}: {signed(difference.value)} {interval(difference)}")
    line = ""
    if difference.low is not None and difference.high is not None:
        line = (
            f'<line x1="{scale(difference.low)}" x2="{scale(difference.high)}" y1="{y}" y2="{y}" '
            f'stroke="{colour}" stroke-width="3" stroke-linecap="round" opacity="0.55"/>'
        )
    dot = f'<circle cx="{scale(difference.value or 0.0)}" cy="{y}" r="4.5" fill="{colour}"/>'
    return f"<g><title>{text}</title>{line}{dot}</g>"


def _differences(
    result: ComparisonResult, row: Row, metric: str
) -> list[tuple[int, str, Difference]]:
    """Number, name and difference of every enhancer that has one."""
    differences = [(i, name, row.difference(name, metric)) for i, name in enumerate(result.names)]
    return [
        (i, name, one) for i, name, one in differences if one is not None and one.value is not None
    ]
