"""Every command line in the README and the docs is one that the tools, or the verbs of sympie-seg, understand."""

from __future__ import annotations

import argparse
import re
import runpy
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sympie_seg.cli.main import make_parser  # before a tool changes the path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_SHELL = ("bash", "console", "shell", "sh")
# Without a language or as text: lines that are typed stand among others, and only the program's name tells them.
_TEXT = ("", "text")
_INLINE = re.compile(r"(?<!`)`((?:python tools/|sympie-seg )[^`\n]+)`")
_ENDS = {"&&", "||", "|", ";", "&", ">", ">>", "2>&1", "<"}
_LOOPS = {"do", "then", "else", "time", "$"}
_NUMBERS = {
    "N": "1",
    "S": "1",
    "W": "0.5",
    "WEIGHT": "0.5",
    "HEIGHT": "8",
    "WIDTH": "8",
    "LEVEL": "1",
}


class Parsed(Exception):
    """The parser took the words."""


def blocks_of(text: str) -> Iterator[str]:
    """Give the lines of the blocks, continued ones joined."""
    for language, block in _BLOCK.findall(text):
        lines = re.sub(r"\\\n", " ", block).splitlines()
        if language in _SHELL:
            yield from lines
        elif language in _TEXT:
            yield from (line for line in lines if re.match(r"(?:\$ )?(?:\S+/)?sympie-seg ", line))


def lines_of(text: str) -> Iterator[str]:
    """Give the lines of the blocks, and the commands inside sentences."""
    yield from blocks_of(text)
    # Without options it is the name of a tool in a sentence, not a line to type.
    yield from (line for line in _INLINE.findall(_BLOCK.sub("", text)) if " -" in line)


def commands_of(lines: Iterable[str]) -> Iterator[list[str]]:
    """Give the words of each command that starts one of our tools, from the tool on."""
    for line in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;<>")
        lexer.whitespace_split, lexer.commenters = True, "#"
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in _ENDS:
                yield from our_command(words)
                words = []
            else:
                words.append(word)


def our_command(words: list[str]) -> Iterator[list[str]]:
    """Leave out what stands before the tool; nothing if it is not ours, or has parts cut out."""
    while words and (words[0] in _LOOPS or re.match(r"\w+=", words[0])):
        words = words[1:]
    if len(words) > 1 and re.fullmatch(r"(?:\S*/)?python3?(?:\.\d+)?", words[0]):
        words = words[1:]
    if not words:
        return
    if words[0].startswith("tools/") and words[0].endswith(".py"):
        if not any("..." in word for word in words):
            yield words
    elif Path(words[0]).name in ("sympie-seg", "sympie_seg_cli.py") and len(words) > 1:
        kept = [unbracketed(word) for word in words[1:] if word != "..."]
        yield ["sympie-seg", *kept]


def unbracketed(word: str) -> str:
    """``[--out X]``, which may be left out, is parsed as well; a list such as ``size=[1,2]`` stays."""
    if word.startswith("["):
        return word.strip("[]")
    return word if "[" in word else word.rstrip("]")


def command_lines() -> list[tuple[str, list[str]]]:
    """All of them, with their pages, each once."""
    seen: dict[tuple[str, ...], str] = {}
    for page in PAGES:
        for words in commands_of(lines_of(page.read_text(encoding="utf-8"))):
            seen.setdefault(tuple(words), str(page.relative_to(ROOT)))
    return [(page, list(words)) for words, page in seen.items()]


COMMANDS = command_lines()


def filled(words: list[str]) -> list[str]:
    """Put numbers where a page has letters or the shell's variables; variables that hold options are left out."""
    result: list[str] = []
    for word in words:
        if not re.fullmatch(r"\$\{?\w+\}?", word):
            result.append(_NUMBERS.get(word, re.sub(r"\$\{?\w+\}?", "1", word)))
        elif result and result[-1].startswith("--"):
            result.append("1")
    return result


def parse(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a tool and stop where its parser has taken the words.

    Raises:
        SystemExit: if the parser refuses them.
    """
    if words[0] == "sympie-seg":
        own = filled(words[1:])
        make_parser(own).parse_args(own)
        return
    real = argparse.ArgumentParser.parse_args

    def stop(parser: argparse.ArgumentParser, args=None, namespace=None) -> None:
        real(parser, args, namespace)
        raise Parsed

    tool = ROOT / words[0]
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    monkeypatch.setattr(sys, "argv", [str(tool), *filled(words[1:])])
    monkeypatch.setattr(sys, "path", [str(tool.parent), *sys.path])
    with pytest.raises(Parsed):
        runpy.run_path(str(tool), run_name="__main__")


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{page}: {' '.join(w)[:90]}" for page, w in COMMANDS]
)
def test_the_tool_understands_the_line(
    page: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    if words[0] != "sympie-seg":
        assert (ROOT / words[0]).is_file(), f"{page} names a tool that is not there"
    if {"--help", "-h", "--version"} & set(words):
        return
    try:
        parse(words, monkeypatch)
    except SystemExit as error:
        message = capsys.readouterr().err
        abridged = re.search(r"arguments are required|expected .*argument", message)
        if not (abridged and is_inline(page, words)):
            pytest.fail(f"{page}: {shlex.join(words)}\n{error}\n{message}")


def is_inline(page: str, words: list[str]) -> bool:
    """Whether a command stands only inside sentences, where it may name an option and nothing else."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return words not in list(commands_of(blocks_of(text)))


def test_enough_are_found() -> None:
    """A change of style on a page must not end the test in silence."""
    assert len(COMMANDS) > 100
    verbs = {words[1] for _, words in COMMANDS if words[0] == "sympie-seg"}
    assert len(verbs) > 15 and verbs >= {"train", "test", "compare"}


def test_a_wrong_option_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        parse(["tools/generate_streets.py", "out", "--trian", "3"], monkeypatch)
    parse(["tools/generate_streets.py", "out", "--train", "N"], monkeypatch)


def test_placeholders_are_filled() -> None:
    assert filled(["CONFIG", "--seed", "$seed", "$options", "--iterations", "N", "$D/x.py"]) == [
        "CONFIG", "--seed", "1", "--iterations", "1", "1/x.py",
    ]  # fmt: skip


def test_commands_are_found_in_text() -> None:
    text = """
Run `python tools/a.py X --b 'c d'` or `sympie-seg doctor --no-import`, not `python -m pytest`. See `python tools/a.py`.

```bash
# no comment
A=1 .venv/bin/python tools/b.py CONFIG \\
    --c 2 > log && python tools/d.py   # e
for seed in 1 2; do python tools/e.py --seed $seed; done
python tools/f.py ... --g
pip install x
$ sympie-seg plug A [B] [--size 3] \\
  ... -o x.py && .venv/bin/sympie-seg train x.py size=[1,2]   # why
```

```text
python tools/g.py is a sentence here
sympie-seg test x.py
```

```python
sympie-seg = 1
```
"""
    assert list(commands_of(lines_of(text))) == [
        ["tools/b.py", "CONFIG", "--c", "2"],
        ["tools/d.py"],
        ["tools/e.py", "--seed", "$seed"],
        ["sympie-seg", "plug", "A", "B", "--size", "3", "-o", "x.py"],
        ["sympie-seg", "train", "x.py", "size=[1,2]"],
        ["sympie-seg", "test", "x.py"],
        ["tools/a.py", "X", "--b", "c d"],
        ["sympie-seg", "doctor", "--no-import"],
    ]
