"""What the pages name exists: configs, tools, other pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "any-network",
    "app",
    "browser",
    "camvid",
    "cityscapes",
    "files",
    "own-images",
    "paper",
    "quickstart",
    "several-networks",
    "stability",
    "submission",
    "transfer",
)
_PATH = re.compile(r"(?<![\w/.-])(?:configs|tools|docs|tests|checkpoints)/[\w./*{},-]*[\w*}]")
_LINK = re.compile(r"\]\(([\w./-]+\.(?:md|svg|png))(?:#[\w-]+)?\)")
# Files that users make or fetch.
_OTHERS = {"checkpoints/deeplabv2_r50_cityscapes.pth", "checkpoints/resnet50_torchvision-v2.pth"}


def named(page: str) -> set[str]:
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    text = re.sub(r"\$\{\w+\}", "*", text)  # variables of the shell
    return {path for found in _PATH.findall(text) for path in expanded(found)} - _OTHERS


def expanded(path: str) -> list[str]:
    """Write out {a,b}."""
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    start, end = path[: found.start()], path[found.end() :]
    return [p for option in found[1].split(",") for p in expanded(start + option + end)]


@pytest.mark.parametrize("page", PAGES)
def test_files_exist(page: str) -> None:
    names = named(page)
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    assert names or "sympie-seg " in text, "the page names neither a file nor a verb"
    absent = sorted(name for name in names if not any(ROOT.glob(name)))
    assert not absent


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    absent = [link for link in _LINK.findall(text) if not (ROOT / "docs" / link).is_file()]
    assert not absent


def test_paths_are_found_in_text() -> None:
    line = "`python tools/test.py configs/{a,b}.py x`, see [data.md](data.md) and docs/choices.md."
    assert _PATH.findall(line) == ["tools/test.py", "configs/{a,b}.py", "docs/choices.md"]
    assert expanded("configs/{a,b}.py") == ["configs/a.py", "configs/b.py"]
    assert _LINK.findall(line) == ["data.md"]
