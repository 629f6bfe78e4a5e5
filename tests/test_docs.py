"""What the pages name exists: configs, tools, other pages; no page is left out of the site."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md"))
ALL = [f"docs/{page}.md" for page in PAGES] + ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
_PATH = re.compile(r"(?<![\w/.-])(?:configs|tools|docs|tests|checkpoints)/[\w./*{},-]*[\w*}]")
_LINK = re.compile(r"\]\((?!\w+:)([\w./-]*)(#[\w-]+)?\)")  # no http: and mailto:
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
# Files that users make or fetch, and files of mmseg and mmpretrain.
_OTHERS = {
    "checkpoints/clip-resnet50.pth",
    "checkpoints/deeplabv2_r50_cityscapes.pth",
    "checkpoints/resnet50_augmix.pth",
    "checkpoints/resnet50_torchvision-v2.pth",
    "configs/pspnet/README.md",
    "tools/misc/print_config.py",
}


def named(page: str) -> set[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"\$\{\w+\}", "*", text)  # variables of the shell
    return {path for named_path in _PATH.findall(text) for path in expanded(named_path)} - _OTHERS


def expanded(path: str) -> list[str]:
    """Write out {a,b}."""
    match = re.search(r"\{([^{}]*)\}", path)
    if not match:
        return [path]
    start, end = path[: match.start()], path[match.end() :]
    return [p for option in match[1].split(",") for p in expanded(start + option + end)]


def anchors(page: Path) -> set[str]:
    """What GitHub, and the site, make of a page's headings."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [page for page in ALL if page != "CHANGELOG.md"])
def test_files_exist(page: str) -> None:
    absent = sorted(name for name in named(page) if not any(ROOT.glob(name)))
    assert not absent


@pytest.mark.parametrize("page", ALL)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    absent = []
    for link, anchor in _LINK.findall(_FENCED.sub("", path.read_text(encoding="utf-8"))):
        target = (path.parent / link) if link else path
        known = anchors(target) if anchor and target.suffix == ".md" and target.is_file() else ()
        if not target.exists() or (anchor and anchor[1:] not in known):
            absent.append(link + anchor)
    assert not absent


def test_every_page_is_in_the_site() -> None:
    """In a toctree, which is where the reader looks."""
    listed = set()
    for index in ("index", "api/index"):
        text = (DOCS / f"{index}.md").read_text(encoding="utf-8")
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            names = [line for line in tree.splitlines() if line and not line.startswith(":")]
            listed |= {str(Path(index).parent / name) for name in names}
    notebooks = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.ipynb")}
    assert listed == {*PAGES, *notebooks} - {"index"}


def test_the_readme_can_be_finished() -> None:
    """About 120 lines: a picture before any text, each topic once, in the order of a first visit."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert lines[2].startswith("![") and lines[2].endswith("(docs/strip.png)")
    titles = [line[3:] for line in lines if line.startswith("## ")]
    assert titles == [
        "Install and try: no data, no GPU",
        "Use it",
        "Does it help?",
        "Enhancers that come with it",
        "Train, test, compare",
        "Limits",
        "Links",
        "Citation and licence",
    ]
    limits = lines[lines.index("## Limits") : lines.index("## Links")]
    assert sum(line.startswith("- ") for line in limits) == 4


def test_the_zoo_page_is_what_the_metafiles_and_the_files_give(
    load_tool: Callable[[str], ModuleType],
) -> None:
    zoo = load_tool("zoo_page")
    assert (DOCS / "zoo.md").read_text(encoding="utf-8") == zoo.page(), (
        "run python tools/misc/zoo_page.py"
    )
    for model in zoo.models(ROOT):
        for result in model["Results"]:
            values = result["Metrics"]
            assert values[zoo.SCORES[result["Task"]]] - values["Alone"] == pytest.approx(
                values["Gain"], abs=0.011
            )


def test_paths_are_found_in_text() -> None:
    line = "`python tools/test.py configs/{a,b}.py x`, see [data](data.md#a-b), <b.md> and docs/choices.md."
    assert _PATH.findall(line) == ["tools/test.py", "configs/{a,b}.py", "docs/choices.md"]
    assert expanded("configs/{a,b}.py") == ["configs/a.py", "configs/b.py"]
    assert _LINK.findall(line + " [x](https://a.b/c.md) [y](#z)") == [
        ("data.md", "#a-b"),
        ("", "#z"),
    ]


def test_headings_become_anchors(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Train: `--images`, now\n\n```bash\n# no heading\n```\n## ImageNet, its copies\n"
    )
    assert anchors(page) == {"train---images-now", "imagenet-its-copies"}


def test_attributes_that_docstrings_name_exist() -> None:
    """A renamed attribute is renamed in its class's docstring as well."""
    missing = []
    for path in sorted((ROOT / "sympie_seg").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                told = re.search(
                    r"^Attributes:\n((?:    .*\n?|\n)+)",
                    ast.get_docstring(node) or "",
                    re.MULTILINE,
                )
                names = (
                    re.findall(r"^    (\w+)(?: \(.*\))?:", told[1], re.MULTILINE) if told else []
                )
                code = ast.unparse(node)
                missing += [
                    f"{path.name}: {node.name}.{name}"
                    for name in names
                    if not re.search(rf"^    (def )?{name}\b|\bself\.{name}\b", code, re.MULTILINE)
                ]
    assert not missing
