"""Files of strangers: whatever a decoder raises about one becomes an error with the file's name.

Decoders raise more than ValueError: BadZipFile, zlib.error, LZMAError, DecompressionBombError, RecursionError,
struct.error, UnicodeDecodeError, MemoryError, KeyError, ... What the system says about a file (there is none, no
permission, a disk that fails) names it already, is no damage, and stays as it is.
"""

from __future__ import annotations

import errno
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = [
    "ForeignFileError",
    "is_of_the_system",
    "naming",
    "oddly_packed",
    "read_json",
    "read_json_object",
    "read_text",
]

_LONGEST = 200


class ForeignFileError(ValueError):
    """A file cannot be used; the message names it."""


@contextmanager
def naming(path: str | os.PathLike[str], what: str, fix: str = "") -> Iterator[None]:
    """Turn what a decoder raises about a file into one error that names it.

    Only the decoder's call belongs into the block: a fault of our own would be taken for the file's.

    Args:
        path: the file.
        what: follows its name, such as "cannot be decoded" or "is no whole zip archive".
        fix: what to do about it, such as "copy it again". Defaults to ''.

    Raises:
        ForeignFileError: a ValueError; for a lack of memory it says that.
        OSError: what the system says, such as PermissionError.
    """
    path = os.fspath(path)
    try:
        yield
    except ForeignFileError:
        raise
    except Exception as error:
        if is_of_the_system(error):
            raise
        if isinstance(error, ValueError) and _names(error, path):
            raise
        raise ForeignFileError(_message(path, what, fix, error)) from error


def is_of_the_system(error: Exception) -> bool:
    """Whether an error is what the system says about a file, not what a decoder says about its bytes.

    Pillow's own OSErrors ("image file is truncated") have no number; a decoder that damaged bytes send to before the
    start of a file gets EINVAL.
    """
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


def read_text(path: str | os.PathLike[str], fix: str = "") -> str:
    """Read a text file: UTF-8, with or without the mark that Windows writes.

    Raises:
        ForeignFileError: if it is no text; the message names it.
        OSError: if it cannot be read.
    """
    with naming(path, "is no text file in UTF-8", fix):
        return Path(path).read_text(encoding="utf-8-sig")


def read_json(path: str | os.PathLike[str], fix: str = "") -> Any:
    """Read a JSON file.

    Raises:
        ForeignFileError: if it is damaged or none; the message names it.
        OSError: if it cannot be read.
    """
    with naming(path, "is no whole JSON file", fix):
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))


def read_json_object(path: str | os.PathLike[str], fix: str = "") -> dict[str, Any]:
    """Read a JSON file that holds an object at its top.

    Raises:
        ForeignFileError: if it is damaged or holds something else; the message names it.
        OSError: if it cannot be read.
    """
    content = read_json(path, fix)
    if not isinstance(content, dict):
        held = type(content).__name__
        raise ForeignFileError(
            _sentence(f"'{os.fspath(path)}' holds a {held}, expected an object", fix)
        )
    return content


def oddly_packed(entry: zipfile.ZipInfo) -> str:
    """Words on a file of a zip archive that could fill the memory whatever it declares, or an empty string.

    Python unpacks Deflate up to what is declared, but bzip2 and LZMA block by block: some kilobytes make gigabytes.
    """
    if entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return ""
    names = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "LZMA", 9: "Deflate64"}
    kind = names.get(entry.compress_type, f"method {entry.compress_type}")
    return f"is packed by {kind}; only Deflate is read"


def _names(error: Exception, path: str) -> bool:
    return bool(path) and path in str(error)


def _message(path: str, what: str, fix: str, error: Exception) -> str:
    if isinstance(error, MemoryError):
        return _sentence(f"'{path}' {what}: it asks for more memory than there is", fix)
    reason = str(error).strip().split("\n")[0][:_LONGEST]
    kind = type(error).__name__
    return _sentence(f"'{path}' {what} ({f'{kind}: {reason}' if reason else kind})", fix)


def _sentence(text: str, fix: str) -> str:
    return f"{text}; {fix}" if fix else text
