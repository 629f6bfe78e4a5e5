"""The corruption x severity grid and mCE, against numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sympie_seg.comparison.grid import corruption_grid, find_baseline, read_baseline
from sympie_seg.comparison.result import Row, Scores

METRICS = ("top1", "top5")


def row(
    name: str, none: float | None, own: float | None, dataset: str = "A", kind: str = "condition"
) -> Row:
    scores = {
        e: Scores({"top1": value, "top5": None if value is None else value + 1})
        for e, value in (("none", none), ("own", own))
    }
    return Row(name=name, kind=kind, dataset=dataset, images=5, scores=scores)


ROWS = [
    row("clean", 90, 88),
    row("fog-1", 60, 70),
    row("fog-3", 40, 60),
    row("snow-1", 50, 40),
    row("all", 1, 1, kind="pooled"),
]


def test_grid_and_summary() -> None:
    grid = corruption_grid(ROWS, ["none", "own"], METRICS, "none")
    assert grid.corruptions == ["fog", "snow"] and grid.severities == [1, 3]
    assert grid.values["own"] == [[70, 60], [40, None]]
    assert grid.more["top5"]["none"] == [[61, 41], [51, None]]
    own = grid.summary["own"]
    assert own.by_corruption == {"fog": 65, "snow": 40}
    assert own.mean == pytest.approx((65 + 40) / 2)
    # Errors: fog 35 of 50, snow 60 of 50.
    assert pytest.approx({"fog": 70, "snow": 120}) == own.CE
    assert own.mCE == pytest.approx(95)
    # Above the clean errors of 12 and 10: fog 23 of 40, snow 48 of 40.
    assert own.relative_mCE == pytest.approx(100 * (23 / 40 + 48 / 40) / 2)
    assert grid.summary["none"].mCE == pytest.approx(100)


def test_an_undefined_cell_makes_its_means_undefined() -> None:
    """It was tested, but none of its labels counts; a cell that was not tested is left out."""
    rows = [row("fog-1", 60, 70), row("fog-3", None, None), row("snow-1", 50, 40)]
    summary = corruption_grid(rows, ["none", "own"], METRICS, "none").summary["own"]
    assert summary.by_corruption == {"fog": None, "snow": 40}
    assert summary.mean is None and summary.mCE is None
    assert {"fog": None, "snow": pytest.approx(120)} == summary.CE


def test_no_grid_without_such_conditions() -> None:
    assert corruption_grid([ROWS[0]], ["none", "own"], METRICS, "none") is None


def test_published_errors_as_baseline(tmp_path: Path) -> None:
    json_file, csv_file = tmp_path / "b.json", tmp_path / "b.csv"
    json_file.write_text('{"fog": 70, "snow": 80}')
    csv_file.write_text("corruption,error\nfog,70\n\nsnow,80\n")
    assert read_baseline(json_file) == read_baseline(csv_file) == {"fog": 70, "snow": 80}
    grid = corruption_grid(ROWS, ["none", "own"], METRICS, read_baseline(csv_file))
    assert grid.summary["own"].mCE == pytest.approx(100 * (35 / 70 + 60 / 80) / 2)
    assert grid.summary["own"].relative_mCE is None, "no clean error given"


def test_the_baseline_is_an_enhancer_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "errors.csv"
    file.write_text("fog,70\n")
    assert find_baseline(None, ["none"]) is None
    assert find_baseline("clahe", ["none", "clahe"]) == "clahe"
    assert find_baseline(str(file), ["none"]) == {"fog": 70}
    with pytest.raises(ValueError, match="'gamma' is neither a file nor one of none, clahe"):
        find_baseline("gamma", ["none", "clahe"])


def test_a_baseline_that_lacks_a_corruption() -> None:
    with pytest.raises(ValueError, match=r"lacks the corruption\(s\) snow"):
        corruption_grid(ROWS, ["none", "own"], METRICS, {"fog": 70})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("a.json", "[1]"), ("a.csv", "fog\n"), ("b.csv", "fog,70\nsnow,much\n")),
        *(("b.json", '{"fog": NaN}'), ("c.json", '{"fog": -1}'), ("c.csv", "fog,1e300\n")),
        ("d.json", '{"fog": 1%s}' % ("0" * 400)),
    ],
)
def test_files_that_hold_no_errors(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=f"{name}' holds no errors by corruption"):
        read_baseline(tmp_path / name)


def test_two_datasets_are_no_grid() -> None:
    twice = [*ROWS, row("fog-1", 1, 1, "B")]
    assert corruption_grid(twice, ["none", "own"], METRICS, "none") is None


def test_clean_images_of_the_same_dataset() -> None:
    others = [row("clean", 20, 20, "B"), *ROWS]
    grid = corruption_grid(others, ["none", "own"], METRICS, "none")
    assert grid.summary["own"].relative_mCE == pytest.approx(100 * (23 / 40 + 48 / 40) / 2)
    elsewhere = [row("clean", 90, 88, "B"), *ROWS[1:]]
    assert corruption_grid(elsewhere, ["none", "own"], METRICS, "none").summary[
        "own"
    ].relative_mCE == pytest.approx(100 * (23 / 40 + 48 / 40) / 2), "the only clean images"
    ambiguous = [row("clean", 9, 8, "C"), *elsewhere]
    assert (
        corruption_grid(ambiguous, ["none", "own"], METRICS, "none").summary["own"].relative_mCE
        is None
    )
