"""Reading of comparison.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sympie_seg.report import load_comparison


def test_reading(tmp_path: Path, comparison: dict) -> None:
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(comparison))
    found = load_comparison(path)
    assert {key: found[key] for key in comparison if key not in ("rows", "grid")} == {
        key: comparison[key] for key in comparison if key not in ("rows", "grid")
    }
    for row, read in zip(comparison["rows"], found["rows"], strict=True):
        assert read["scores"] == row["scores"] and read["differences"] == row["differences"]


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
