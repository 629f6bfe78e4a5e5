"""Folders for a while: a lock, which ends with the process, tells what a killed run left from what a live one uses."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module or nothing

__all__ = ["held_folder", "remove_left_folders"]

_SETTLED = 60.0  # seconds; a younger folder may not be locked yet


@contextmanager
def held_folder(folder: str | os.PathLike[str], mode: int = 0o777) -> Iterator[None]:
    """Make a folder for the time of the block, empty also where a killed run left one of this name.

    Args:
        folder: to make; missing folders above it are made and stay.
        mode: its rights, of which the process's umask takes some away.

    Raises:
        BlockingIOError: if another run that is alive holds it (where the file system has locks); an OSError.
        OSError: if it cannot be made.
    """
    folder = Path(folder)
    descriptor = _made_and_locked(folder, mode)
    try:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def remove_left_folders(where: str | os.PathLike[str], pattern: str) -> None:
    """Remove the folders of :func:`held_folder` that killed runs of this user left; nothing without locks.

    Args:
        where: the folder that they are in.
        pattern: of their names, which nobody else uses.
    """
    for folder in Path(where).glob(pattern):
        with suppress(OSError):
            status = folder.lstat()
            is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if folder.is_symlink() or not is_own or time.time() - status.st_mtime < _SETTLED:
                continue
            descriptor = _locked(folder)
            if descriptor is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(descriptor)


def _made_and_locked(folder: Path, mode: int) -> int | None:
    """Make and lock a folder; again, if its holder removed it in between."""
    while True:
        folder.mkdir(mode, parents=True, exist_ok=True)
        try:
            descriptor = _locked(folder)
        except FileNotFoundError:
            continue
        if descriptor is None or _is(descriptor, folder):
            return descriptor
        os.close(descriptor)


def _is(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(folder))
    except FileNotFoundError:
        return False


def _locked(folder: Path) -> int | None:
    """Lock a folder until the descriptor is closed; None where there are no locks."""
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
