"""Every `sympie-seg` command in a code block of the pages is one that the real parsers take."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from sympie_seg.cli.main import make_parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
_LANGUAGES = ("", "bash", "console", "sh", "text")
# The shell's variables: a word of its own stands for options, inside a word for a part of it.
_OPTIONS = re.compile(r"(?<=\s)\$\w+(?=\s|$)")
_PART = re.compile(r"\$\{?\w+\}?")


def commands(text: str) -> Iterator[list[str]]:
    blocks = [block for language, block in _BLOCK.findall(text) if language in _LANGUAGES]
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|\||;|\|", line.split(" # ")[0]):
                words = part.strip().removeprefix("$ ").strip()
                found = re.match(r"(?:\S+/)?sympie-seg (.*)", words)
                if found:
                    said = found[1].replace("[", "").replace("]", "")
                    yield shlex.split(_PART.sub("1", _OPTIONS.sub("", said)))


COMMANDS = [(page.name, words) for page in PAGES for words in commands(page.read_text("utf-8"))]


def test_the_pages_show_commands() -> None:
    assert len(COMMANDS) > 50 and {words[0] for _, words in COMMANDS} >= {
        "train",
        "test",
        "compare",
    }


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{page} {' '.join(words)[:60]}" for page, words in COMMANDS]
)
def test_the_parser_takes_it(page: str, words: list[str], capsys: pytest.CaptureFixture) -> None:
    words = [word for word in words if word != "..."]
    parser = make_parser(words)
    try:
        parser.parse_args(words)
    except SystemExit as ended:
        assert ended.code == 0, f"{page}: {capsys.readouterr().err}"


def test_a_command_is_found() -> None:
    text = "```bash\n$ sympie-seg plug A [B] \\\n  -o x.py && .venv/bin/sympie-seg train x.py   # why\n```\n"
    assert list(commands(text)) == [["plug", "A", "B", "-o", "x.py"], ["train", "x.py"]]
