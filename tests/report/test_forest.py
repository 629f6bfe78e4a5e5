"""The forest plot puts every number where it belongs: losses left of zero, gains right of it, and to scale."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from sympie_seg.comparison.result import parse_result
from sympie_seg.report.forest import forest_svg

NUMBER = r'([-\d.]+)"'


def names_of(comparison: dict) -> list[str]:
    """The enhancers that have differences."""
    return [enhancer["name"] for enhancer in comparison["enhancers"]][1:]


def attributes(tag: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r'(\w+)="(-?[\d.]+)"', tag)}


def drawn(svg: str) -> list[tuple[str, dict[str, float], dict[str, float]]]:
    """The title, the interval and the dot of every difference, from top to bottom."""
    marks = re.findall(r"<g><title>(.*?)</title>(<line.*?/>)(<circle.*?/>)</g>", svg)
    return [(title, attributes(line), attributes(dot)) for title, line, dot in marks]


@pytest.fixture
def svg(comparison: dict) -> str:
    return str(forest_svg(parse_result(comparison), "mIoU"))


@pytest.fixture
def differences(comparison: dict) -> list[dict[str, float]]:
    """What the plot should show, from top to bottom."""
    return [
        row["differences"][name]["mIoU"]
        for row in comparison["rows"]
        for name in names_of(comparison)
    ]


def zero_of(svg: str) -> float:
    (line,) = re.findall(r'<line class="zero".*?/>', svg)
    assert attributes(line)["x1"] == attributes(line)["x2"]
    return attributes(line)["x1"]


def test_gains_lie_right_of_zero_and_losses_left(
    svg: str, differences: list[dict[str, float]]
) -> None:
    zero, marks = zero_of(svg), drawn(svg)
    assert len(marks) == len(differences) == 10
    assert {d["value"] > 0 for d in differences} == {True, False}
    for (title, _, dot), difference in zip(marks, differences, strict=True):
        assert (dot["cx"] > zero) == (difference["value"] > 0), title


def test_dots_and_intervals_are_to_scale(svg: str, differences: list[dict[str, float]]) -> None:
    zero, marks = zero_of(svg), drawn(svg)
    widest = max(differences, key=lambda d: d["high"])
    reached = max(line["x2"] for _, line, _ in marks)
    per_point = (reached - zero) / widest["high"]
    assert per_point > 0
    for (title, line, dot), difference in zip(marks, differences, strict=True):
        for x, key in ((line["x1"], "low"), (dot["cx"], "value"), (line["x2"], "high")):
            assert x == pytest.approx(zero + per_point * difference[key], abs=0.2), (title, key)
        assert line["y1"] == line["y2"] == dot["cy"]


def test_axis_is_labelled_where_its_ticks_are(svg: str) -> None:
    labels = re.findall(rf'<text class="axis" x="{NUMBER} y="[\d.]+">(.*?)</text>', svg)
    values = [float(text.replace("\N{MINUS SIGN}", "-")) for _, text in labels]
    positions = [float(x) for x, _ in labels]
    assert values == sorted(values) and values[0] < 0 < values[-1]
    assert positions[values.index(0)] == zero_of(svg)
    steps = [
        (b - a) / (w - v)
        for (a, b), (v, w) in zip(pairwise(positions), pairwise(values), strict=True)
    ]
    assert min(steps) > 0 and max(steps) - min(steps) < 0.2


def test_rows_follow_each_other_in_their_bands(svg: str, comparison: dict) -> None:
    bands = [float(y) for y in re.findall(rf'<text class="row[^"]*" x="6" y="{NUMBER}', svg)]
    dots = [dot["cy"] for _, _, dot in drawn(svg)]
    assert bands == sorted(bands) and dots == sorted(dots)
    per_row = len(names_of(comparison))
    assert len(bands) == len(comparison["rows"])
    for row, middle in enumerate(bands):
        own = dots[per_row * row : per_row * (row + 1)]
        assert sum(own) / len(own) == pytest.approx(middle)
