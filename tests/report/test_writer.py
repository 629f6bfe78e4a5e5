"""The page's text: everything escaped, everything there, the same every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sympie_seg.comparison.result import parse_result
from sympie_seg.report import Example, render_report, write_report


class Reader(HTMLParser):
    """Collects tags, their attributes and whether they are closed."""

    VOID = {"meta", "img", "input", "br", "link"}

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID and tag not in ("rect", "line", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [], "a tag is not closed"
    return reader


def test_the_page_is_whole_and_needs_nothing(comparison: dict, examples: list[Example]) -> None:
    reader = read(render_report(parse_result(comparison), examples))
    links = [a[key] for _, a in reader.elements for key in ("src", "href") if a.get(key)]
    assert links and all(link.startswith(("data:image/", "#")) for link in links)
    assert not any(
        tag in ("link", "iframe", "object", "b") and "SyMPIE" in str(a)
        for tag, a in reader.elements
    )
    (policy,) = [
        a["content"] for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy


def test_names_are_escaped(comparison: dict, examples: list[Example]) -> None:
    page = render_report(parse_result(comparison), examples)
    for hostile in (
        "<b>SyMPIE",
        "<script>alert",
        "night & <rain>",
        "<cloud>",
        "a<b>&best",
        "<file>",
    ):
        assert hostile not in page
    assert "night &amp; &lt;rain&gt;" in page


def test_accessible(comparison: dict, examples: list[Example]) -> None:
    elements = read(render_report(parse_result(comparison), examples)).elements
    assert dict(elements)["html"] == {"lang": "en"}
    heads = [a for tag, a in elements if tag == "th"]
    assert heads and all(a.get("scope") in ("col", "row", "colgroup") for a in heads)
    pictures = [a for tag, a in elements if tag == "img" and "src" in a]
    assert pictures and all(a["alt"] for a in pictures)
    drawings = [a for tag, a in elements if tag == "svg"]
    assert drawings and all(a.get("role") == "img" and a.get("aria-label") for a in drawings)
    ids = [a["id"] for _, a in elements if "id" in a]
    assert len(ids) == len(set(ids))
    referred = [
        a[key] for _, a in elements for key in ("aria-controls", "aria-labelledby") if key in a
    ]
    assert set(referred) <= set(ids)
    assert page_tables_have_captions(elements)


def page_tables_have_captions(elements: list[tuple[str, dict]]) -> bool:
    tags = [tag for tag, _ in elements]
    return tags.count("table") == tags.count("caption") > 4


def test_what_stands_beside_the_numbers(comparison: dict) -> None:
    page = render_report(parse_result(comparison))
    for fact in (
        "DeepLabV2",
        "R18",
        "a/b.pth",
        "original size (mmseg)",
        "24x16",
        "2 x86 cores",
        "2026-11-25",
        "70.00 %",
    ):
        assert fact in page, fact
    assert "95 % confidence intervals over images (paired bootstrap, 1000 resamples)" in page


def test_best_of_each_row_is_marked(comparison: dict) -> None:
    table = (
        render_report(parse_result(comparison)).split('data-metric="mIoU"')[1].split("</table>")[0]
    )
    rows = re.findall(r"<tr data-group.*?</tr>", table, re.S)
    best = [re.findall(r'best" data-sort="([\d.]+)"', row) for row in rows]
    assert best == [["70.0"], ["58.3"], ["46.0"], ["52.6"], ["51.5"]]


def test_the_same_input_gives_the_same_page(comparison: dict, examples: list[Example]) -> None:
    assert render_report(parse_result(comparison), examples) == render_report(
        parse_result(comparison), examples
    )


def test_zero_to_many_enhancers(comparison: dict) -> None:
    comparison["enhancers"] = comparison["enhancers"][:1]
    for row in comparison["rows"]:
        row["differences"], row["activity"] = {}, None
    comparison["grid"] = None
    assert "Nothing was compared" in render_report(parse_result(comparison))


def test_written_whole(tmp_path: Path, comparison: dict) -> None:
    write_report(tmp_path / "new/report.html", parse_result(comparison))
    assert (tmp_path / "new/report.html").read_text("utf-8") == render_report(
        parse_result(comparison)
    )
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["report.html"]


def test_plain_dicts_are_refused(comparison: dict) -> None:
    with pytest.raises(TypeError, match=r"expected a ComparisonResult, got dict; load_comparison"):
        render_report(comparison)


def test_bad_comparisons_are_named(comparison: dict) -> None:
    with pytest.raises(ValueError, match=r"no comparison of sympie-seg compare"):
        parse_result({"results": {}})
    with pytest.raises(ValueError, match="version 2 of the comparison, this reads 1"):
        parse_result({**comparison, "version": 2})
    with pytest.raises(
        ValueError, match="task 'detection' is none of segmentation, classification"
    ):
        parse_result({**comparison, "task": "detection"})
    with pytest.raises(ValueError, match="has no enhancer or no row"):
        parse_result({**comparison, "rows": []})
    del comparison["rows"][1]["scores"]["clahe"]
    with pytest.raises(ValueError, match="the row 'fog' has no scores of clahe"):
        parse_result(comparison)
    with pytest.raises(ValueError, match="the comparison has no network"):
        parse_result({k: v for k, v in comparison.items() if k != "network"})
