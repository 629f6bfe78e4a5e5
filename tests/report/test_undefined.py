"""Undefined scores in the report: a mean with such a member has a dash, and the page says why."""

from __future__ import annotations

import pytest

from sympie_seg.comparison.result import parse_result
from sympie_seg.report import render_report
from sympie_seg.report.comparison import why_undefined
from sympie_seg.report.heat_maps import heat_maps

NOTE = "mean of three: undefined, as no label of fog counts (all are ignored)"


def without_score(row: dict) -> None:
    for scores in row["scores"].values():
        scores["mIoU"] = None
    for differences in row["differences"].values():
        differences["mIoU"] = dict(value=None, low=None, high=None)


def test_the_page_says_why_a_mean_is_undefined(comparison: dict) -> None:
    assert why_undefined(parse_result(comparison)) == [] and "undefined, as" not in render_report(
        parse_result(comparison)
    )
    without_score(comparison["rows"][1])
    without_score(comparison["rows"][4])
    assert why_undefined(parse_result(comparison)) == [NOTE]
    assert f"{NOTE}." in render_report(parse_result(comparison))


@pytest.mark.parametrize("tested", [False, True])
def test_a_grid_leaves_out_what_was_not_tested_only(
    tested: bool, comparison: dict, made_row
) -> None:
    """Fog has no score at severity 5: it has a row where it was tested, with labels that are all ignored."""
    if tested:
        comparison["rows"].insert(0, made_row("fog-5", "condition", [1.0, 1.0, 1.0], ("mIoU",)))
        without_score(comparison["rows"][0])
    alone = next(
        m for m in heat_maps(parse_result(comparison)) if (m.enhancer, m.kind) == ("none", "value")
    )
    dash = "\N{EN DASH}"
    means = [cells[-1].text for _, cells in alone.rows]
    assert means == ([dash, "25.0", dash] if tested else ["40.0", "25.0", "32.5"])
    severity_5 = [cells[1].text for _, cells in alone.rows]
    assert severity_5 == ([dash, "20.0", dash] if tested else [dash, "20.0", "20.0"])
    why = "mean over corruptions: undefined, as no label of fog-5 counts (all are ignored)"
    assert why_undefined(parse_result(comparison)) == ([why] if tested else [])
