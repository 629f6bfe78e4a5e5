"""What is looked for before anything is loaded: whether the work dir can be written to."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sympie_seg.cli import common
from sympie_seg.cli.common import check_work_dir


def test_nothing_is_left(tmp_path: Path) -> None:
    check_work_dir(str(tmp_path / "new"))
    assert list((tmp_path / "new").iterdir()) == []


def test_killed_between_writing_and_removing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(common.os, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            check_work_dir(str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1
    check_work_dir(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_earlier_releases_left(tmp_path: Path) -> None:
    """Only what is old and empty: nobody's live run, and nobody's file."""
    old = time.time() - 3600
    for name, content, changed in (
        *((".writable.123", "", old), (".writable.124", "", None)),
        *((".writable.125", "mine", old), (".writable.notes", "", old), ("writable.126", "", old)),
    ):
        (tmp_path / name).write_text(content)
        if changed:
            os.utime(tmp_path / name, (changed, changed))
    check_work_dir(str(tmp_path))
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".writable.124", ".writable.125", ".writable.notes", "writable.126"]


def test_two_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process of a distributed run looks; another one may remove the file first."""
    remove = os.remove
    monkeypatch.setattr(common.os, "remove", lambda path: [remove(path), remove(path)])
    check_work_dir(str(tmp_path))
