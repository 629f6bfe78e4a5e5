"""Values, gains, means and colours of the grid."""

# ruff: noqa: RUF001 - the report has true minus signs and dashes

from __future__ import annotations

import numpy as np

from sympie_seg.comparison.result import parse_result
from sympie_seg.report.heat_maps import heat_maps
from sympie_seg.report.tables import score_tables

SYMPIE = "<b>SyMPIE</b> & co"


def test_values_and_gains(comparison: dict) -> None:
    maps = {(m.enhancer, m.kind): m for m in heat_maps(parse_result(comparison))}
    assert set(maps) == {
        ("none", "value"),
        ("clahe", "value"),
        (SYMPIE, "value"),
        ("clahe", "gain"),
        (SYMPIE, "gain"),
    }
    alone, gain = maps["none", "value"], maps[SYMPIE, "gain"]
    assert alone.header == ["1", "5", "mean"]
    assert [[cell.text for cell in cells] for _, cells in alone.rows] == [
        ["40.0", "–", "40.0"], ["30.0", "20.0", "25.0"], ["35.0", "20.0", "32.5"],
    ]  # fmt: skip
    assert [[cell.text for cell in cells] for _, cells in gain.rows] == [
        ["+5.0", "–", "+5.0"], ["+3.0", "+0.5", "+1.8"], ["+4.0", "+0.5", "+3.4"],
    ]  # fmt: skip
    assert (alone.low, alone.high) == (20.0, 45.0), "one scale for all values"
    assert (gain.low, gain.high) == (-5.0, 5.0), "zero in the middle"


def test_gains_are_blue_and_losses_red(comparison: dict) -> None:
    gain = next(
        m for m in heat_maps(parse_result(comparison)) if (m.enhancer, m.kind) == ("clahe", "gain")
    )
    cells = [cells for _, cells in gain.rows]
    rgb = [
        [int(fill[i : i + 2], 16) for i in (1, 3, 5)]
        for fill in (cells[0][0].fill, cells[1][0].fill)
    ]
    (red_up, _, blue_up), (red_down, _, blue_down) = rgb
    assert cells[0][0].value == 1 and blue_up > red_up
    assert cells[1][0].value == -1 and red_down > blue_down


def test_numbers_can_be_read_on_their_cells(comparison: dict) -> None:
    for cell in (
        cell
        for m in heat_maps(parse_result(comparison))
        for _, cells in m.rows
        for cell in cells
        if cell.value is not None
    ):
        fill, ink = (luminance(colour) for colour in (cell.fill, cell.ink))
        assert (max(fill, ink) + 0.05) / (min(fill, ink) + 0.05) > 4.5, "WCAG AA"


def luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_rows_of_the_grid_are_a_group_of_their_own(comparison: dict, made_row) -> None:
    comparison["rows"].append(
        made_row("gaussian_noise-5", "condition", [20.0, 21.0, 20.5], ("mIoU",))
    )
    groups = [line.group for line in score_tables(parse_result(comparison))["mIoU"]]
    assert groups == ["ACDC"] * 4 + ["summaries", "corruption grid"]
