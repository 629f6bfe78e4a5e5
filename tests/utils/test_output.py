"""What is printed never ends a run in UnicodeEncodeError."""

from __future__ import annotations

import io
import sys

import pytest

from sympie_seg.utils.output import print_anything

TEXT = "λ → R\udce9sumé.png"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", rb"\u03bb \u2192 R\udce9sum\xe9.png"),
        ("cp1252", b"\\u03bb \\u2192 R\\udce9sum\xe9.png"),
        ("utf-8", "λ → R\\udce9sumé.png".encode()),
    ],
)
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_escapes(
    name: str, encoding: str, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, name, stream)
    with pytest.raises(UnicodeEncodeError):
        print(TEXT, file=stream)
    print_anything()
    print(TEXT, file=stream, end="", flush=True)
    assert stream.buffer.getvalue() == expected


def test_streams_that_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    print_anything()
