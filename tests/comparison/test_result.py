"""comparison.json: files of this version are read and written back byte by byte, and a wrong field is named."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from sympie_seg.comparison.result import (
    Difference,
    GridSummary,
    parse_result,
    read_result,
    write_result,
)
from sympie_seg.report import load_comparison, render_report
from sympie_seg.report.markdown import csv_table, markdown

# Written before the record had types, from six images of random pixels; the paths were shortened.
WRITTEN_BEFORE = Path(__file__).with_name("comparison_version1.json")
GRID = {
    "corruptions": ["fog", "snow"], "severities": [1, 3], "metric": "mIoU",
    "values": {"none": [[60.0, 40.0], [50.0, None]]}, "more": {"mAcc": {"none": [[61.0, 41.0], [51.0, None]]}},
    "baseline": "none",
    "summary": {
        "none": {
            "mean": 50.0, "by_corruption": {"fog": 50.0, "snow": 50.0}, "CE": {"fog": 100.0, "snow": 100.0},
            "mCE": 100.0, "relative_mCE": None,
        }
    },
}  # fmt: skip


@pytest.fixture
def content() -> dict[str, Any]:
    return json.loads(WRITTEN_BEFORE.read_text())


def test_a_file_written_before_is_read(tmp_path: Path) -> None:
    result = read_result(WRITTEN_BEFORE)
    assert result.reference == "none" and result.task == "segmentation"
    assert [row.name for row in result.rows] == ["clean", "small", "all images pooled"]
    assert result.rows[2].kind == "pooled" and result.rows[2].members == ["clean", "small"]
    scores = result.rows[0].scores["none"]
    assert scores.metrics["mIoU"] == result.network.clean
    assert list(scores.classes or ()) == result.classes
    gain = result.rows[0].differences["gamma"]["mIoU"]
    assert isinstance(gain, Difference) and gain.low < gain.value < gain.high
    assert len(result.rows[0].activity["enhancer"].parameters) == 37
    assert result.enhancers[2].cost.parameters == 4671141 and result.grid is None


def test_it_is_written_back_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "new" / "comparison.json"
    write_result(path, read_result(WRITTEN_BEFORE))
    assert path.read_bytes() == WRITTEN_BEFORE.read_bytes()
    assert load_comparison(path).to_json() == json.loads(WRITTEN_BEFORE.read_text())


def test_it_is_still_shown() -> None:
    result = read_result(WRITTEN_BEFORE)
    assert f"<title>{result.title}</title>" in render_report(result)
    assert "| all images pooled |" in markdown(result).replace(
        "**all images pooled** (clean, small)", "all images pooled"
    )
    assert len(csv_table(result).splitlines()) == 1 + 3 * 3 * (3 + len(result.classes))


def test_a_grid_is_typed(content: dict) -> None:
    content["grid"] = GRID
    result = parse_result(content)
    assert result.grid is not None and result.grid.severities == [1, 3]
    assert isinstance(result.grid.summary["none"], GridSummary)
    assert json.dumps(result.to_json()) == json.dumps(content)
    content["grid"] = {**GRID, "baseline": {"fog": 50.0, "snow": 60.5}}
    assert parse_result(content).to_json() == content


def test_what_is_not_known_is_left_alone(content: dict) -> None:
    """A later field of the same version; and fields that may be absent."""
    content["later"] = 1
    for key in ("command", "machine", "palette", "bootstrap", "visible_change", "grid"):
        del content[key]
    result = parse_result(content)
    assert result.bootstrap is None and not hasattr(result, "later")


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (["rows", 1, "images"], "6", r"rows\[1\]\.images: expected a whole number, found '6'"),
        (["rows", 1, "images"], True, r"rows\[1\]\.images: expected a whole number, found True"),
        (
            ["rows", 0, "scores", "gamma", "mAcc"],
            [1],
            r"rows\[0\]\.scores\['gamma'\]\['mAcc'\]: expected a number, found \[1\]",
        ),
        (
            ["rows", 0, "scores", "gamma", "classes", "a"],
            {},
            r"rows\[0\]\.scores\['gamma'\]\.classes\['a'\]: expected a number, found \{\}",
        ),
        (
            ["rows", 0, "differences", "gamma", "mIoU", "low"],
            "low",
            r"rows\[0\]\.differences\['gamma'\]\['mIoU'\]\.low: expected a number, found 'low'",
        ),
        (["rows", 2, "kind"], "total", r"rows\[2\]\.kind: expected one of condition, pooled, mean"),
        (["rows", 2], None, r"rows\[2\]: expected an object, found None"),
        (["enhancers", 1, "name"], 3, r"enhancers\[1\]\.name: expected a text, found 3"),
        (["network", "cost", "gmac"], float("nan"), r"network\.cost\.gmac: expected a number"),
        (["metric"], "F1", "metric 'F1' is none of mIoU, mAcc, aAcc of segmentation"),
        (["title"], None, "title: expected a text, found None"),
        (["version"], 2, "version 2 of the comparison, this reads 1; write it again"),
        (["grid"], {**GRID, "severities": [1]}, r"grid\.values\['none'\]: expected 2 corruptions"),
        (["grid"], {"corruptions": []}, r"there is no grid\.severities"),
    ],
)
def test_the_wrong_field_is_named(
    keys: list, value: Any, words: str, content: dict, tmp_path: Path
) -> None:
    inside = changed = copy.deepcopy(content)
    for key in keys[:-1]:
        inside = inside[key]
    inside[keys[-1]] = value
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(changed))
    with pytest.raises(ValueError, match=rf"comparison\.json': {words}"):
        read_result(path)
