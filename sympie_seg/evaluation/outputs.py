"""Print a comparison, and write it as JSON, CSV and Markdown."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sympie_seg.evaluation.tables import csv_table, markdown
from sympie_seg.files import replace_bytes

__all__ = ["write_comparison"]


def write_comparison(path: str | os.PathLike[str], content: Mapping[str, Any]) -> None:
    """Print the tables, and write the JSON file with ``.csv`` and ``.md`` beside it.

    Raises:
        OSError: if a file cannot be written.
    """
    path, text = Path(path), markdown(content)
    print(text)
    replace_bytes(path, json.dumps(content, indent=1, allow_nan=False).encode())
    replace_bytes(path.with_suffix(".csv"), csv_table(content).encode())
    replace_bytes(path.with_suffix(".md"), text.encode())
    print(f"written: '{path}', .csv and .md")
