"""The files of a submission, in a zip archive or in a folder, read the same way."""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path

from sympie_seg.utils.folders import Reason, list_folder
from sympie_seg.utils.foreign import is_of_the_system, naming, oddly_packed

__all__ = ["MAX_MEMBER", "list_members", "read_member"]

MAX_MEMBER = 1 << 28
"""The largest file of a submission, in bytes; the largest pictures of the servers have 4 MB without compression."""


def list_members(source: Path) -> list[str]:
    """Name the files of a zip archive or below a folder, relative to it, with '/' and in order.

    A name that is in a zip twice is given twice.

    Raises:
        OSError: if there is neither, or it may not be read.
        ValueError: if the file is no zip archive, or is cut off; or if a folder below cannot be read or a link leads
            nowhere.
    """
    if source.is_dir():
        return [path.relative_to(source).as_posix() for path in _files_below(source)]
    if not source.is_file():
        raise FileNotFoundError(f"there is no archive or folder '{source}'")
    source.open("rb").close()  # is_zipfile takes a file that may not be read for none
    if not zipfile.is_zipfile(source):
        raise ValueError(
            f"'{source}' is no zip archive, or is cut off (the list of its files stands at its end); write it again"
        )
    with naming(source, "is no whole zip archive", "write it again"):
        entries = _opened(source).infolist()
    return [_name(entry) for entry in entries if not entry.is_dir()]


def _files_below(folder: Path) -> list[Path]:
    """As everywhere, links are followed; hidden files and those of a system are given too, since checks name them."""
    listing = list_folder(folder, lambda _: True)
    if lost := listing.losses():
        raise ValueError(lost[0])
    added = [*listing.left_out.get(Reason.HIDDEN, ()), *listing.left_out.get(Reason.SYSTEM, ())]
    inside = [path for one in added for path in ([one] if one.is_file() else one.rglob("*"))]
    return sorted([*listing.files, *(path for path in inside if path.is_file())])


def read_member(source: Path, name: str) -> bytes:
    """Read one file.

    Raises:
        ValueError: if it is damaged, encrypted, packed by another method than Deflate, or declares more than
            :data:`MAX_MEMBER` bytes.
        OSError: if the archive cannot be read.
    """
    if source.is_dir():
        return _read_file(source / name)
    try:
        archive = _opened(source)
        entries = [entry for entry in archive.infolist() if _name(entry) == name]
        if not entries:
            raise ValueError("it is not in the archive")
        entry = entries[-1]
        if entry.file_size > MAX_MEMBER:
            raise ValueError(f"declares {entry.file_size} bytes, more than {MAX_MEMBER}")
        if reason := oddly_packed(entry):
            raise ValueError(f"{reason}: pack it again, as a plain zip")
        return archive.read(entry)
    except Exception as error:  # zlib.error, LZMAError, BadZipFile, ...: whatever the bytes lead to
        if is_of_the_system(error):
            raise
        raise ValueError(f"cannot be read: {str(error) or type(error).__name__}") from error


def _read_file(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_MEMBER:
        raise ValueError(f"has {size} bytes, more than {MAX_MEMBER}")
    return path.read_bytes()


def _name(entry: zipfile.ZipInfo) -> str:
    """The name with slashes, also where a tool of Windows wrote backslashes."""
    return entry.filename.replace("\\", "/")


@lru_cache(maxsize=2)  # each process that checks files opens the archive once
def _opened_once(path: str, changed: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _opened(path: Path) -> zipfile.ZipFile:
    return _opened_once(str(path), path.stat().st_mtime_ns)
