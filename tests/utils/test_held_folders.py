"""Folders for a while: made empty, held, removed, and told from what killed runs left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sympie_seg.utils import held_folders
from sympie_seg.utils.held_folders import held_folder, remove_left_folders

# As sympie_seg_cli.py does: the package without what it imports, which takes seconds.
HOLD = """
import sys, time
from importlib.util import find_spec, module_from_spec
sys.modules["sympie_seg"] = module_from_spec(find_spec("sympie_seg"))
from sympie_seg.utils.held_folders import held_folder
with held_folder(sys.argv[1]):
    open(sys.argv[1] + "/half", "w").close()
    print("held", flush=True)
    time.sleep(60)
"""
needs_locks = pytest.mark.skipif(held_folders.fcntl is None, reason="no locks on this system")


def hold(folder: Path) -> subprocess.Popen:
    """Another process that holds a folder."""
    line = [sys.executable, "-c", HOLD, str(folder)]
    root = Path(__file__).resolve().parents[2]
    other = subprocess.Popen(line, stdout=subprocess.PIPE, cwd=root)
    assert other.stdout.readline() == b"held\n"
    return other


def age(folder: Path, seconds: float = 3600) -> None:
    os.utime(folder, (time.time() - seconds, time.time() - seconds))


def test_is_there_for_the_block_only(tmp_path: Path) -> None:
    with held_folder(tmp_path / "new/a"):
        (tmp_path / "new/a/file").touch()
    assert list(tmp_path.rglob("*")) == [tmp_path / "new"]
    with pytest.raises(ZeroDivisionError), held_folder(tmp_path / "a"):
        raise ZeroDivisionError
    assert not (tmp_path / "a").exists()


@needs_locks
def test_a_live_run_keeps_its_folder_and_a_killed_one_does_not(tmp_path: Path) -> None:
    other = hold(tmp_path / "a")
    age(tmp_path / "a")
    try:
        with pytest.raises(BlockingIOError), held_folder(tmp_path / "a"):
            pass
        remove_left_folders(tmp_path, "*")
        assert (tmp_path / "a/half").is_file()
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    assert (tmp_path / "a/half").is_file()
    with held_folder(tmp_path / "a"):
        assert list((tmp_path / "a").iterdir()) == []


@needs_locks
def test_left_folders(tmp_path: Path) -> None:
    for name in ("x_old", "x_new", "y_old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    os.symlink(tmp_path / "y_old", tmp_path / "x_link")
    for name in ("x_old", "y_old"):
        age(tmp_path / name)
    remove_left_folders(tmp_path, "x_*")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x_link", "x_new", "y_old"]
    assert (tmp_path / "y_old/file").is_file()


def test_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing tells whose a folder is: it is taken over by name, and none is removed by pattern."""
    monkeypatch.setattr(held_folders, "fcntl", None)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/half").touch()
    age(tmp_path / "a")
    remove_left_folders(tmp_path, "*")
    assert (tmp_path / "a/half").is_file()
    with held_folder(tmp_path / "a"):
        assert list((tmp_path / "a").iterdir()) == []
    assert not (tmp_path / "a").exists()
