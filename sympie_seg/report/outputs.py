"""Print what was compared, and write it as JSON, CSV, Markdown and pictures."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sympie_seg.comparison import stability, transfer
from sympie_seg.comparison.result import ComparisonResult, write_result
from sympie_seg.comparison.run import Comparison
from sympie_seg.report import save_examples, write_report
from sympie_seg.report.example_choice import choose_examples, make_examples
from sympie_seg.report.markdown import csv_table, markdown, summary
from sympie_seg.utils.files import replace_bytes, replace_text
from sympie_seg.utils.typed_json import to_json

__all__ = ["write_comparison", "write_page", "write_stability", "write_transfer"]


def write_comparison(path: str | os.PathLike[str], result: ComparisonResult) -> None:
    """Print the main tables, and write the JSON file with ``.csv`` and ``.md`` (every table) beside it.

    Raises:
        OSError: if a file cannot be written.
    """
    path = Path(path)
    print(summary(result))
    write_result(path, result)
    replace_text(path.with_suffix(".csv"), csv_table(result))
    replace_text(path.with_suffix(".md"), markdown(result))
    print(f"written: '{path}', and .csv and .md beside it")


def write_page(path: str | os.PathLike[str], comparison: Comparison) -> None:
    """Write the HTML report with images of best, median and worst gain, which also go to ``<path>_examples``.

    Raises:
        OSError: if a file cannot be written.
    """
    path = Path(path)
    examples = make_examples(comparison, choose_examples(comparison))
    save_examples(path.with_name(f"{path.stem}_examples"), examples)
    write_report(path, comparison.result, examples)
    print(f"report with {len(examples)} images: '{path}'")


def write_stability(folder: str | os.PathLike[str], content: stability.Stability) -> None:
    """Print the table, and write ``stability.json``, ``.csv``, ``.md`` and ``.svg``.

    Raises:
        OSError: if a file cannot be written.
    """
    path = Path(folder) / "stability.json"
    _write_tables(path, content, stability.markdown_of(content), stability.csv_of(content))
    stability.plot(content, path.with_suffix(".svg"))
    print(f"written: '{path}', .csv, .md and .svg")


def write_transfer(folder: str | os.PathLike[str], matrix: transfer.TransferMatrix) -> None:
    """Print the matrix, and write ``transfer.json``, ``.csv`` and ``.md``.

    Raises:
        OSError: if a file cannot be written.
    """
    path = Path(folder) / "transfer.json"
    _write_tables(path, matrix, transfer.markdown_of(matrix), transfer.csv_of(matrix))
    print(f"written: '{path}', .csv and .md")


def _write_tables(path: Path, content: object, text: str, csv: str) -> None:
    print(text)
    replace_bytes(path, json.dumps(to_json(content), indent=1).encode())
    replace_text(path.with_suffix(".csv"), csv)
    replace_text(path.with_suffix(".md"), f"{text}\n")
