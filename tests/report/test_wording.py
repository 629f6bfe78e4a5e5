"""Numbers as text."""

# ruff: noqa: RUF001 - the report has true minus signs and dashes

from __future__ import annotations

import pytest

from sympie_seg.comparison.result import Difference
from sympie_seg.report import wording


@pytest.mark.parametrize(
    ("value", "plain", "signed"),
    [
        (1.234, "1.23", "+1.23"),
        (-1.2, "−1.20", "−1.20"),
        (0.001, "0.00", "0.00"),
        (-0.001, "0.00", "0.00"),
        (None, "–", "–"),
        (float("nan"), "–", "–"),
        (12345.6, "12,345.60", "+12,345.60"),
    ],
)
def test_numbers(value: float | None, plain: str, signed: str) -> None:
    assert wording.number(value) == plain
    assert wording.signed(value) == signed


def test_intervals_and_verdicts() -> None:
    def difference(low: float | None, high: float | None) -> Difference:
        return Difference(1.0, low, high)

    assert wording.interval(difference(-0.5, 2)) == "[−0.50, +2.00]"
    assert wording.interval(difference(None, 2)) == "" == wording.interval(None)
    verdicts = [
        wording.verdict(difference(*bounds))
        for bounds in ((0.1, 2), (-2, -0.1), (-1, 1), (0, 1), (None, None))
    ]
    assert verdicts == ["gain", "loss", "unclear", "unclear", "unknown"]


def test_counts() -> None:
    assert [wording.count(v) for v in (37, 1500, 4_712_357, None)] == [
        "37",
        "1.5\xa0k",
        "4.71\xa0M",
        "–",
    ]
