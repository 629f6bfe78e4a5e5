"""Folders for a while: made empty, held, removed, and told from what killed runs left."""

from __future__ import annotations

import errno
import os
import stat
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


@pytest.mark.skipif(os.name == "nt", reason="rights are other ones on Windows")
def test_rights(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        for options, expected in (((), 0o755), ((0o700,), 0o700)):
            with held_folder(tmp_path / "a", *options):
                assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == expected
    finally:
        os.umask(mask)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@needs_locks
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc on this system")
def test_no_file_stays_open(tmp_path: Path) -> None:
    before = open_files()
    with held_folder(tmp_path / "a"):
        assert open_files() == before + 1
        with pytest.raises(BlockingIOError), held_folder(tmp_path / "a"):
            pass
    (tmp_path / "x").mkdir()
    age(tmp_path / "x")
    remove_left_folders(tmp_path, "x")
    assert not (tmp_path / "x").exists()
    assert open_files() == before


@needs_locks
@pytest.mark.parametrize("remake", [True, False])
def test_its_holder_removes_it_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remake: bool
) -> None:
    """The lock of a folder that is gone says nothing about the one that stands there now."""
    locked, calls = held_folders._locked, []

    def late(folder: Path) -> int | None:
        calls.append(folder)
        if len(calls) > 1:
            return locked(folder)
        descriptor = locked(folder)
        folder.rename(tmp_path / "gone")
        if remake:
            folder.mkdir()
        return descriptor

    monkeypatch.setattr(held_folders, "_locked", late)
    before = open_files() if os.path.isdir("/proc/self/fd") else 0
    with held_folder(tmp_path / "a"):
        assert len(calls) == 2
        with pytest.raises(BlockingIOError):
            locked(tmp_path / "a")
        assert not before or open_files() == before + 1


@needs_locks
def test_it_is_gone_before_it_can_be_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, calls = held_folders._locked, []

    def late(folder: Path) -> int | None:
        calls.append(folder)
        if len(calls) == 1:
            folder.rmdir()
        return locked(folder)

    monkeypatch.setattr(held_folders, "_locked", late)
    with held_folder(tmp_path / "a"):
        assert len(calls) == 2 and (tmp_path / "a").is_dir()


@needs_locks
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "no locks here")

    monkeypatch.setattr(held_folders.fcntl, "flock", refuse)
    (tmp_path / "x").mkdir()
    age(tmp_path / "x")
    remove_left_folders(tmp_path, "x")
    assert (tmp_path / "x").is_dir(), "nothing tells whose it is"
    before = open_files() if os.path.isdir("/proc/self/fd") else 0
    with held_folder(tmp_path / "x"):
        assert not before or open_files() == before
    assert not (tmp_path / "x").exists()


@needs_locks
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners on this system")
def test_folders_of_other_users_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    age(tmp_path / "x")
    monkeypatch.setattr(os, "getuid", lambda: 12345678)
    remove_left_folders(tmp_path, "x")
    assert (tmp_path / "x").is_dir()


@needs_locks
def test_what_a_killed_run_left_in_it(tmp_path: Path) -> None:
    """Files, folders, and links, of which only the link goes."""
    for name in ("a/below", "kept"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").touch()
    os.symlink(tmp_path / "kept", tmp_path / "a/link")
    (tmp_path / "a/file").touch()
    with held_folder(tmp_path / "a"):
        assert list((tmp_path / "a").iterdir()) == []
    assert (tmp_path / "kept/file").is_file()


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
