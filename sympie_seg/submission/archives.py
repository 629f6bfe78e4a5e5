"""The files of a submission, in a zip archive or in a folder, read the same way."""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path

__all__ = ["list_members", "read_member"]


def list_members(source: Path) -> list[str]:
    """Name the files of a zip archive or below a folder, relative to it, with '/' and in order.

    A name that is in a zip twice is given twice.

    Raises:
        FileNotFoundError: if there is neither.
        ValueError: if the file is no zip archive, or is cut off.
    """
    if source.is_dir():
        files = (path for path in sorted(source.rglob("*")) if path.is_file())
        return [path.relative_to(source).as_posix() for path in files]
    if not source.is_file():
        raise FileNotFoundError(f"there is no archive or folder '{source}'")
    if not zipfile.is_zipfile(source):
        raise ValueError(
            f"'{source}' is no zip archive, or is cut off (the list of its files stands at its end); write it again"
        )
    names = (entry.filename for entry in _opened(source).infolist() if not entry.is_dir())
    return [name.replace("\\", "/") for name in names]


def read_member(source: Path, name: str) -> bytes:
    """Read one file.

    Raises:
        ValueError: if it is damaged, encrypted or cannot be read.
    """
    try:
        return (source / name).read_bytes() if source.is_dir() else _opened(source).read(name)
    except (
        OSError,
        zipfile.BadZipFile,
        RuntimeError,
        KeyError,
        NotImplementedError,
        EOFError,
    ) as error:
        raise ValueError(f"cannot be read: {error}") from error


@lru_cache(maxsize=2)  # each process that checks files opens the archive once
def _opened_once(path: str, changed: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _opened(path: Path) -> zipfile.ZipFile:
    return _opened_once(str(path), path.stat().st_mtime_ns)
