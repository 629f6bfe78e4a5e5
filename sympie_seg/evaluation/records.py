"""One record per tested image, appended to a file that survives a kill, so that a run goes on where it stopped.

A folder holds the records of one enhancer, one file per process (``rank0.jsonl``, ...). A line is the CRC-32 of its
JSON text, a blank, and the text; the first line of a file is the header with the key, which names everything that
would change a result.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

__all__ = ["RecordFile", "read_records"]

FORMAT = "sympie_seg.records"
VERSION = 1
_PATTERN = "rank*.jsonl"


class RecordFile:
    """Appends the records of one process; every line is on the disk when :meth:`append` comes back.

    Args:
        folder: of the enhancer's records; is made where it is missing.
        key: what the results depend on; written into a new file, compared with that of an old one.
        rank: of this process.

    Raises:
        ValueError: if the file is damaged or was made with another key.
        OSError: if it cannot be written to.
    """

    def __init__(
        self, folder: str | os.PathLike[str], key: Mapping[str, Any], rank: int = 0
    ) -> None:
        self.path = Path(folder) / f"rank{rank}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = _read(self.path, key)[1] if self.path.is_file() else 0
        self._file = open(self.path, "ab")  # noqa: SIM115  (kept open)
        self._file.truncate(whole)  # a line that a kill cut off
        if whole == 0:
            self._write([{"format": FORMAT, "version": VERSION, "key": dict(key)}])

    def append(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write records, each with the ``index`` of its image, and flush them to the disk."""
        self._write(records)

    def _write(self, contents: Iterable[Mapping[str, Any]]) -> None:
        self._file.write(b"".join(_line(content) for content in contents))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> RecordFile:
        """Give itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self.close()


def read_records(folder: str | os.PathLike[str], key: Mapping[str, Any]) -> dict[int, dict]:
    """Read the records that all processes wrote, of this run and of former ones.

    Args:
        folder: of the enhancer's records; may be missing.
        key: what the results depend on.

    Returns:
        The records by the index of their image.

    Raises:
        ValueError: if a file is damaged (other than cut off at its end) or was made with another key; the message
            names it.
    """
    found: dict[int, dict] = {}
    for path in sorted(Path(folder).glob(_PATTERN)):
        for record in _read(path, key)[0]:
            found[record["index"]] = record
    return found


def read_key(folder: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Give the key of a folder's records; None where no file has a whole header."""
    for path in sorted(Path(folder).glob(_PATTERN)):
        with open(path, "rb") as file:
            header = _parse(file.readline())
        if header is not None:
            return header.get("key")
    return None


def _line(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parse(line: bytes) -> dict[str, Any] | None:
    """The content of a line, or None if it is not what was written."""
    check, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or check != b"%08x" % zlib.crc32(text):
        return None
    return json.loads(text)


def _read(path: Path, key: Mapping[str, Any]) -> tuple[list[dict], int]:
    """The records of a file, and the bytes up to the end of its last whole line."""
    records: list[dict] = []
    whole, bad = 0, 0
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            content = _parse(line)
            if content is None:
                bad = bad or number
                continue
            if bad:
                raise ValueError(
                    f"the record file '{path}' is damaged in line {bad}. Delete it; its images are then tested again"
                )
            if (
                number == 1 or "format" in content
            ):  # two runs that started together wrote two headers
                _check_header(path, content, key)
            elif isinstance(content.get("index"), int):
                records.append(content)
            else:
                raise ValueError(f"'{path}' has no record of an image in line {number}. Delete it")
            whole += len(line)
    if bad:
        print_log(
            f"'{path}' was cut off at its end; what it lost is tested again", logger="current"
        )
    return records, whole


def _check_header(path: Path, header: dict[str, Any], key: Mapping[str, Any]) -> None:
    if header.get("format") != FORMAT or header.get("version") != VERSION:
        raise ValueError(f"'{path}' is no record file of this version. Delete it")
    if header.get("key") != dict(key):
        raise ValueError(f"the records in '{path}' belong to another comparison. Delete them")
