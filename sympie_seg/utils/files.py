"""Files that are either whole or absent: written aside, flushed to the disk, then moved into place."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["remove_leftovers", "replace_bytes", "replacing"]

_ASIDE = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing whose content replaces ``path`` at once, when the block ends well.

    A reader, and a process that is killed at any moment, sees the whole new file or what was there before. Where
    the block raises, what was there before stays.

    Args:
        path: file to write or to replace; missing folders are made.

    Yields:
        The binary file, beside ``path`` under a hidden temporary name.

    Raises:
        OSError: if the disk is full, the folder cannot be written to, or the like; the message says so, and the
            error keeps its ``errno``.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(aside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def replace_bytes(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Write ``data`` as :func:`replacing` does.

    Raises:
        OSError: as in :func:`replacing`.
    """
    with replacing(path) as file:
        file.write(data)


def remove_leftovers(folder: str | os.PathLike[str]) -> list[str]:
    """Remove the temporary files that killed processes left in a folder (not below it).

    Only for a folder that no other process is writing to, such as the work dir of a run that starts.

    Returns:
        The names that were removed.
    """
    found = [p for p in Path(folder).iterdir() if _ASIDE.fullmatch(p.name) and p.is_file()]
    for leftover in found:
        leftover.unlink(missing_ok=True)
    return [leftover.name for leftover in found]


def _flush_folder(folder: Path) -> None:
    """Make the new name durable too; some file systems (network, Windows) cannot."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _explained(error: OSError, path: Path) -> OSError:
    """Say what could not be written, why, and that nothing was lost."""
    place = next((p for p in path.parents if p.is_dir()), Path("/"))
    free = shutil.disk_usage(place).free / 2**20
    reason = error.strerror or str(error)
    kept = f"the former '{path.name}' is untouched" if path.is_file() else "nothing was left behind"
    message = (
        f"could not write '{path}': {reason} ({free:,.0f} MiB free in '{place}'); {kept}. Free some space, or "
        "write to another folder"
    )
    return type(error)(error.errno, message)
