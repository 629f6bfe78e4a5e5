"""Print a comparison, and write it as JSON, CSV, Markdown and HTML."""

from __future__ import annotations

import os
from pathlib import Path

from sympie_seg.comparison.result import ComparisonResult, write_result
from sympie_seg.comparison.run import Comparison
from sympie_seg.report import save_examples, write_report
from sympie_seg.report.example_choice import choose_examples, make_examples
from sympie_seg.report.markdown import csv_table, markdown, summary
from sympie_seg.utils.files import replace_text

__all__ = ["write_comparison", "write_page"]


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
