"""Reading of comparison.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sympie_seg.comparison.result import parse_result
from sympie_seg.report import load_comparison


def test_reading(tmp_path: Path, comparison: dict) -> None:
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(comparison))
    result = load_comparison(path)
    assert result == parse_result(comparison)
    assert result.title == comparison["title"] and result.network.cost.gmac == 1.8
    for row, read in zip(comparison["rows"], result.rows, strict=True):
        assert read.name == row["name"]
        for name, scores in row["scores"].items():
            assert read.scores[name].write_json() == scores


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"nothing\.json' does not exist; sympie-seg compare writes it"
    ):
        load_comparison(tmp_path / "nothing.json")
    path = tmp_path / "x.json"
    path.write_text("{")
    with pytest.raises(ValueError, match=r"x\.json' is no whole JSON file"):
        load_comparison(path)
    path.write_text("[]")
    with pytest.raises(ValueError, match=r"x\.json': no comparison of sympie-seg compare"):
        load_comparison(path)
