"""Names in tables, pictures and digests: what files, classes and conditions can be called must break none of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

__all__ = ["CsvWriter", "csv_cell", "markdown_cell", "markdown_line", "name_bytes", "printable"]

_FORMULA = ("=", "+", "-", "@", "\t")


def markdown_line(value: Any) -> str:
    """Text that stays on one line and holds no HTML; bytes that are no UTF-8 are written as escapes."""
    text = " ".join(printable(str(value)).split("\n")).replace("\r", " ")
    return text.replace("<", "&lt;")


def markdown_cell(value: Any) -> str:
    """Text of one cell of a table: as :func:`markdown_line`, and its bars end no cell."""
    return markdown_line(value).replace("|", "\\|")


def csv_cell(value: Any) -> Any:
    """A cell that every reader takes for one cell, and no spreadsheet for a formula.

    Numbers stay as they are, also as text. A text that begins like a formula gets an apostrophe before it, as
    spreadsheets write such texts.
    """
    if not isinstance(value, str):
        return value
    text = printable(value).replace("\r\n", " ").replace("\r", " ").replace("\n", " ")
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


class CsvWriter:
    """As ``csv.writer`` with lines that end in a line feed; cells go through :func:`csv_cell`.

    Args:
        out: where to write.
    """

    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out, lineterminator="\n")

    def writerow(self, row: Iterable[Any]) -> None:
        """Write a line."""
        self._writer.writerow([csv_cell(value) for value in row])

    def writerows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write lines."""
        for row in rows:
            self.writerow(row)


def printable(text: str) -> str:
    """A name in a form that terminals, logs and drawings take: bytes that are no UTF-8 are written as escapes.

    OpenCV ends the program where it is asked to draw the halves of characters by which Python stands for them.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def name_bytes(text: str) -> bytes:
    """Text that may hold names, for a digest: the bytes that a file system has."""
    return text.encode("utf-8", "surrogateescape")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
