"""The transfer matrix is put together from comparisons."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from sympie_seg.comparison.result import FORMAT, VERSION, ComparisonResult
from sympie_seg.comparison.rows import MEAN
from sympie_seg.comparison.transfer import csv_of, markdown_of, transfer_matrix
from sympie_seg.utils.typed_json import from_json, to_json


def difference(value: float | None) -> dict:
    near = (None, None) if value is None else (value - 1, value + 1)
    return dict(mIoU=dict(value=value, low=near[0], high=near[1]))


def comparison(backbone: str, alone: float, gains: dict[str, float | None]) -> ComparisonResult:
    def row(name: str, kind: str) -> dict:
        scores = {
            "none": dict(mIoU=alone),
            **{n: dict(mIoU=alone + (g or 0)) for n, g in gains.items()},
        }
        return dict(
            name=name, kind=kind, images=5, scores=scores,
            differences={n: difference(g) for n, g in gains.items()},
        )  # fmt: skip

    return from_json(ComparisonResult, dict(
        format=FORMAT, version=VERSION, task="segmentation", title="", classes=["road"],
        metric="mIoU", scoring="original size (mmseg)", machine="x86", date="2026-11-25",
        config="c.py", bootstrap=dict(resamples=1000, level=0.95, seed=0),
        network=dict(backbone=backbone, checkpoint="n.pth"),
        enhancers=[dict(name=n, source=f"{n}.pth") for n in ("none", *gains)],
        rows=[row("fog", "condition"), row(MEAN, "mean")],
    ))  # fmt: skip


@pytest.fixture
def comparisons() -> dict[str, ComparisonResult]:
    return {
        "A": comparison("ResNet-18", 47.0, {"A": 5.0, "B": 2.0}),
        "B": comparison("MiT-B0", 40.0, {"A": -0.5, "B": 4.0}),
    }


def test_gains_stand_in_their_cells(comparisons: dict) -> None:
    matrix = transfer_matrix(comparisons)
    cells = {(n, e): matrix.rows[n][MEAN].gains[e].value for n in "AB" for e in "AB"}
    assert cells == {("A", "A"): 5.0, ("A", "B"): 2.0, ("B", "A"): -0.5, ("B", "B"): 4.0}
    assert matrix.rows["B"]["fog"].alone == 40.0


def test_markdown_marks_what_the_files_tell_rather_than_equal_names(comparisons: dict) -> None:
    first = comparisons["A"]
    told = [
        replace(enhancer, trained_through=one)
        for enhancer, one in zip(first.enhancers, (None, False, True), strict=True)
    ]
    comparisons["A"] = replace(first, enhancers=told)
    text = markdown_of(transfer_matrix(comparisons))
    assert "| A (ResNet-18) | 47.00 | +5.00 (+4.00 .. +6.00) | **+2.00** (+1.00 .. +3.00) |" in text
    assert "**+4.00** (+3.00 .. +5.00) |" in text


def test_markdown_marks_the_networks_own_enhancer(comparisons: dict) -> None:
    text = markdown_of(transfer_matrix(comparisons))
    assert "| A (ResNet-18) | 47.00 | **+5.00** (+4.00 .. +6.00) | +2.00 (+1.00 .. +3.00) |" in text
    assert "| B (MiT-B0) | 40.00 | -0.50 (-1.50 .. +0.50) | **+4.00** (+3.00 .. +5.00) |" in text
    assert text.count("| fog | 5 |") == 2 and "95% interval" in text


def test_csv_has_a_line_per_cell(comparisons: dict) -> None:
    lines = list(csv.DictReader(io.StringIO(csv_of(transfer_matrix(comparisons)))))
    assert len(lines) == 2 * 2 * 2
    (cell,) = [e for e in lines if (e["network"], e["row"], e["enhancer"]) == ("B", MEAN, "A")]
    assert float(cell["gain"]) == -0.5 and float(cell["high"]) == 0.5


def test_undefined_gain_is_a_dash(comparisons: dict) -> None:
    comparisons["B"] = comparison("MiT-B0", 40.0, {"A": None, "B": 4.0})
    assert "| B (MiT-B0) | 40.00 | - | **+4.00**" in markdown_of(transfer_matrix(comparisons))


def test_comparisons_must_fit_together(comparisons: dict) -> None:
    other = dict(comparisons, B=comparison("MiT-B0", 40.0, {"A": 1.0}))
    with pytest.raises(ValueError, match="'A' and 'B' were tested with different enhancers"):
        transfer_matrix(other)
    one = comparisons["B"]
    comparisons["B"] = replace(one, rows=[replace(one.rows[0], name="rain"), one.rows[1]])
    with pytest.raises(ValueError, match="different test rows"):
        transfer_matrix(comparisons)


def test_one_condition_has_no_mean(comparisons: dict) -> None:
    comparisons = {name: replace(one, rows=one.rows[:1]) for name, one in comparisons.items()}
    with pytest.raises(ValueError, match="one condition only"):
        transfer_matrix(comparisons)


def test_the_file_has_its_fields_in_order(comparisons: dict) -> None:
    content = to_json(transfer_matrix(comparisons, "sympie-seg transfer"))
    assert list(content) == [
        "format", "version", "metric", "scoring", "machine", "date", "bootstrap", "networks", "enhancers", "rows",
        "command",
    ]  # fmt: skip
    assert content["networks"][0] == dict(
        name="A", backbone="ResNet-18", checkpoint="n.pth", config="c.py",
        trained_through=dict(A=None, B=None),
    )  # fmt: skip
    assert content["rows"]["A"]["fog"] == dict(
        kind="condition", images=5, alone=47.0,
        gains={"A": dict(value=5.0, low=4.0, high=6.0), "B": dict(value=2.0, low=1.0, high=3.0)},
    )  # fmt: skip


def test_the_strengths_are_told(comparisons: dict) -> None:
    told = {
        name: replace(
            one,
            enhancers=[
                replace(enhancer, strength=strength)
                for enhancer, strength in zip(one.enhancers, (None, 1.0, 1.4), strict=True)
            ],
        )
        for name, one in comparisons.items()
    }
    matrix = transfer_matrix(told)
    assert "x86. Strength: A 1, B 1.4." in markdown_of(matrix)
    lines = csv.DictReader(io.StringIO(csv_of(matrix)))
    assert {(e["enhancer"], e["strength"]) for e in lines} == {("A", "1"), ("B", "1.4")}
    assert to_json(matrix)["enhancers"][1] == dict(name="B", source="B.pth", strength=1.4)
    assert "Strength" not in markdown_of(transfer_matrix(comparisons)), "records from before"
