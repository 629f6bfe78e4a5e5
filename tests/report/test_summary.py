"""The first sentences say what the numbers say."""

# ruff: noqa: RUF001 - the report has true minus signs and dashes

from __future__ import annotations

from typing import Any

import pytest

from sympie_seg.comparison.result import parse_result
from sympie_seg.report.summary import headline_enhancer, summarize

SYMPIE = "<b>SyMPIE</b> & co"


def set_headline(
    comparison: dict[str, Any], name: str, value: float, low: float | None, high: float | None
) -> None:
    mean = comparison["rows"][-1]
    mean["scores"][name]["mIoU"] = mean["scores"]["none"]["mIoU"] + value
    mean["differences"][name]["mIoU"] = dict(value=value, low=low, high=high)


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict", "words"),
    [
        (
            5.5,
            4.5,
            6.5,
            "gain",
            "gains 5.50 mIoU points on the mean of fog, night & <rain> and snow",
        ),
        (-3.0, -4.0, -2.0, "loss", "loses 3.00 mIoU points"),
        (0.4, -0.2, 1.0, "unclear", "makes no clear difference"),
        (-0.4, -1.0, 0.2, "unclear", "makes no clear difference"),
        (2.0, None, None, "unknown", "gains 2.00 mIoU points"),
    ],
)
def test_headline(
    comparison: dict, value: float, low: Any, high: Any, verdict: str, words: str
) -> None:
    set_headline(comparison, SYMPIE, value, low, high)
    summary = summarize(parse_result(comparison))
    assert summary.verdict == verdict and words in summary.headline
    assert ("no confidence interval" in summary.headline) == (low is None)
    assert f"46.00 % without it, {46 + value:.2f} % with it" in summary.headline


def test_details(comparison: dict) -> None:
    text = " ".join(summarize(parse_result(comparison)).details)
    assert (
        "The best of the others, clahe, changes this score by −1.00: worse than <b>SyMPIE</b> & co."
        in text
    )
    assert "On clean images the change is −0.50 [−1.50, +0.50]." in text
    assert (
        "Of 4 test sets it clearly helps on 2 and clearly harms on 1 (snow); on 1 the interval holds zero."
        in text
    )
    assert (
        "It adds 4.7\N{NO-BREAK SPACE}M parameters, 0.26 GMAC and 4.2 ms to a network of "
        "2.8\N{NO-BREAK SPACE}M parameters, 1.80 GMAC and 22.0 ms." in text
    )


def test_a_better_peer_is_named(comparison: dict) -> None:
    set_headline(comparison, "clahe", 8.0, 7.0, 9.0)
    assert headline_enhancer(parse_result(comparison)) == SYMPIE, (
        "the report is about what was trained"
    )
    assert (
        "The best of the others, clahe, changes this score by +8.00: better than <b>SyMPIE</b> & co."
        in summarize(parse_result(comparison)).details
    )


def test_only_classical_peers_or_the_network_alone(comparison: dict) -> None:
    comparison["enhancers"] = comparison["enhancers"][:2]
    assert summarize(parse_result(comparison)).headline.startswith(
        "clahe makes no clear difference"
    )
    comparison["enhancers"] = comparison["enhancers"][:1]
    assert headline_enhancer(parse_result(comparison)) is None
    assert "Nothing was compared with it." in summarize(parse_result(comparison)).headline


def test_an_undefined_score_is_not_averaged_away(comparison: dict) -> None:
    set_headline(comparison, SYMPIE, 1.0, None, None)
    comparison["rows"][-1]["differences"][SYMPIE]["mIoU"]["value"] = None
    comparison["rows"][-1]["scores"][SYMPIE]["mIoU"] = None
    assert "cannot be judged" in summarize(parse_result(comparison)).headline


def test_several_trained_enhancers(comparison: dict) -> None:
    comparison["rows"][0]["activity"]["clahe"]["parameters"] = [0.0] * 37
    set_headline(comparison, "clahe", 8.0, 7.0, 9.0)
    assert headline_enhancer(parse_result(comparison)) == "clahe"


def test_without_cost_and_rows_to_count(comparison: dict) -> None:
    comparison["rows"] = comparison["rows"][-1:]
    for enhancer in comparison["enhancers"]:
        enhancer["cost"] = None
    del comparison["network"]["cost"]
    summary = summarize(parse_result(comparison))
    assert len(summary.details) == 1 and len(summary.tiles) == 1


def test_cells_of_the_grid_are_counted_apart(comparison: dict, made_row: Any) -> None:
    for severity, value in ((1, 25.0), (5, 12.0)):
        values = [20.0, 20.0, value]
        comparison["rows"].append(made_row(f"fog-{severity}", "condition", values, ("mIoU",)))
    (text,) = [
        t for t in summarize(parse_result(comparison)).details if t.startswith("Of 4 test sets")
    ]
    assert (
        "Of 2 corruptions and severities it clearly helps on 1 and clearly harms on 1 (fog-5); on none the"
        in text
    )
