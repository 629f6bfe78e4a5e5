"""Damaged comparison.json and examples.json end in one line with the file's name: no traceback, no other numbers."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sympie_seg.cli.main import main
from sympie_seg.report import Example, load_examples, save_examples

TOOLS = str(Path(__file__).resolve().parents[2] / "tools")


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Flip bits, cut, or put something of another type in the place of a value."""
    spoiled = bytearray(data)
    kind = draw.randrange(4)
    at = draw.randrange(len(data))
    if kind == 0:
        spoiled[at] ^= 1 << draw.randrange(8)
    elif kind == 1:
        del spoiled[at:]
    elif kind == 2:
        spoiled[at : at + 40] = bytes(40)
    else:
        spoiled[at : at + draw.randrange(1, 30)] = draw.choice([b"null", b"[]", b"-1e999", b"{}"])
    return bytes(spoiled)


def another_type(content: Any, draw: random.Random) -> Any:
    """Replace, somewhere in JSON's values, one by another of any type, or drop a key."""
    if isinstance(content, dict) and content and draw.random() < 0.9:
        key = draw.choice(list(content))
        if draw.random() < 0.1:
            return {k: v for k, v in content.items() if k != key}
        return {**content, key: another_type(content[key], draw)}
    if isinstance(content, list) and content and draw.random() < 0.9:
        at = draw.randrange(len(content))
        return [*content[:at], another_type(content[at], draw), *content[at + 1 :]]
    return draw.choice([None, [], {}, "text", -1, 1e300, True, [[1]], {"a": 1}])


def run(words: Sequence[str]) -> str:
    """Run sympie-seg report in this process; give what it ended with."""
    try:
        main(["report", *words])
    except SystemExit as error:
        return str(error)
    return ""


@pytest.mark.parametrize("seed", [0, 1])
def test_damaged_comparisons_are_named(seed: int, tmp_path: Path, comparison: dict) -> None:
    path, draw, refused = tmp_path / "c.json", random.Random(seed), 0
    whole = json.dumps(comparison).encode()
    for number in range(40):
        if number % 2:
            path.write_text(json.dumps(another_type(comparison, draw)))
        else:
            path.write_bytes(damaged(whole, draw))
        message = run([str(path), "-o", str(tmp_path / "out.html")])
        refused += bool(message)
        assert not message or f"'{path}'" in message, message
    assert refused > 15


def test_damaged_examples_are_named(tmp_path: Path, examples: list[Example]) -> None:
    save_examples(tmp_path, examples)
    index, draw, refused = tmp_path / "examples.json", random.Random(0), 0
    whole = index.read_bytes()
    for number in range(100):
        if number % 2:
            index.write_text(json.dumps(another_type(json.loads(whole), draw)))
        else:
            index.write_bytes(damaged(whole, draw))
        try:
            load_examples(tmp_path)
        except ValueError as error:
            refused += 1
            assert str(tmp_path) in str(error) and "\n" not in str(error)
    assert refused > 40
