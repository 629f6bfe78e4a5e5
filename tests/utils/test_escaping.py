"""Names with bars, line ends, formulas, HTML and bytes that are no UTF-8 in Markdown and CSV."""

from __future__ import annotations

import csv
import io
import os

import pytest

from sympie_seg.utils.escaping import (
    CsvWriter,
    csv_cell,
    markdown_cell,
    markdown_line,
    name_bytes,
    printable,
)
from sympie_seg.utils.tables import markdown_table


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("fog", "fog"),
        ("a|b", r"a\|b"),
        ("a\nb\rc", "a b c"),
        ("<script>", "&lt;script>"),
        ("R\udce9sum\udce9.png", r"R\udce9sum\udce9.png"),
        (12, "12"),
        ("**mean** (fog, snow)", "**mean** (fog, snow)"),
    ],
)
def test_markdown(name: object, cell: str) -> None:
    assert markdown_cell(name) == cell
    table = markdown_table(["row", name], [[name, "1.00"]])
    assert table.splitlines() == [f"| row | {cell} |", "| --- | --- |", f"| {cell} | 1.00 |"]


def test_bars_stay_outside_tables() -> None:
    assert markdown_line("a|b\n# c") == "a|b # c"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=HYPERLINK(0)", "'=HYPERLINK(0)"),
        ("@x", "'@x"),
        ("-1.5", "-1.5"),
        ("+0.25", "+0.25"),
        ("-noise", "'-noise"),
        ("a\r\nb", "a b"),
        ('a,"b"', 'a,"b"'),
        ("\udce9", r"\udce9"),
        (-1.5, -1.5),
    ],
)
def test_csv(name: object, cell: object) -> None:
    assert csv_cell(name) == cell
    out = io.StringIO()
    CsvWriter(out).writerows([["x", name], ["y", name]])
    out.getvalue().encode()
    rows = list(csv.reader(io.StringIO(out.getvalue())))
    assert rows == [["x", str(cell)], ["y", str(cell)]]


def test_names_in_no_encoding() -> None:
    name = os.fsdecode(b"na\xdfe \xc3\x9f")
    assert printable(name) == "na\\udcdfe \u00df"
    assert name_bytes(name) == b"na\xdfe \xc3\x9f"
    assert printable("a\nb") == "a\nb"
