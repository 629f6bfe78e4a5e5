"""One record per tested image, appended to a file that survives a kill, so that a run continues where it stopped.

A folder holds the records of one enhancer, one file per process (``rank0.jsonl``, ...). A line is the CRC-32 of its
JSON text, a blank, and the text; the first line of a file is the header with the key, which names everything that
would change a result (:func:`record_key`): enhancer, network, config, and the test images and labels themselves.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from sympie_seg.datasets.conditions import META_KEYS
from sympie_seg.enhancer import file_sha256
from sympie_seg.models.data_preprocessors.config import preprocessor_options
from sympie_seg.utils.escaping import name_bytes
from sympie_seg.version import __version__

__all__ = [
    "RecordFile",
    "config_digests",
    "files_digest",
    "read_key",
    "read_records",
    "record_folder",
    "record_key",
    "record_keys",
    "usable_key",
]

FORMAT = "sympie_seg.records"
VERSION = 1
_PATTERN = "rank*.jsonl"
_DESCRIPTIONS = {
    "enhancer": "the enhancer",
    "network": "the network's checkpoint",
    "config": "the config of model, test data or scoring",
    "images": "the test images or labels",
    "code": "the version of sympie_seg",
}


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
    records: dict[int, dict] = {}
    for path in sorted(Path(folder).glob(_PATTERN)):
        for record in _read(path, key)[0]:
            records[record["index"]] = record
    return records


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
    result: dict[str, Any] | None = json.loads(text)
    return result


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
            # Two runs that started together wrote two headers.
            if number == 1 or "format" in content:
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


def record_key(
    cfg: Config,
    enhancer: str | Mapping[str, Any],
    checkpoint: str,
    images: str,
    strength: float | None = None,
) -> dict[str, str]:
    """Name everything that would change a record.

    Batch size, workers and number of processes do not: they are left out.

    Args:
        cfg: the test config.
        enhancer: an enhancer file, or the config of a registered enhancer.
        checkpoint: file or URL of the network.
        images: :func:`files_digest` of the test images and labels.
        strength: that the file's SyMPIE is given. Defaults to None: its own, which is part of the file.
    """
    return record_keys(cfg, enhancer, checkpoint, images, strength)[0]


def record_keys(
    cfg: Config,
    enhancer: str | Mapping[str, Any],
    checkpoint: str,
    images: str,
    strength: float | None = None,
) -> list[dict[str, str]]:
    """Give the :func:`record_key`, and those that the same comparison had under earlier forms of its config."""
    key = {
        "enhancer": _enhancer_key(enhancer, strength),
        "network": file_sha256(checkpoint) if os.path.isfile(checkpoint) else checkpoint,
        "images": images,
        "code": f"{__version__}, records {VERSION}",
    }
    return [{**key, "config": digest} for digest in config_digests(cfg)]


def config_digests(cfg: Config) -> list[str]:
    """Digests of what a config says of model, test data and scoring; the first is that of new records."""
    model = {k: v for k, v in cfg.model.items() if k not in ("train_cfg", "data_preprocessor")}
    preprocessor = preprocessor_options(cfg)
    kept = {k: v for k, v in preprocessor.items() if k not in ("enhancer", "two_step")}
    content = [model, kept, cfg.test_dataloader.dataset, cfg.get("test_evaluator")]
    return list(dict.fromkeys(_digest(content, packing) for packing in _WRITTEN_OUT))


def usable_key(
    root: str | os.PathLike[str], name: str, keys: Sequence[dict[str, str]]
) -> dict[str, str]:
    """Give the first of the keys under which there are records; without any the first.

    Args:
        root: folder of all records.
        name: of the enhancer.
        keys: from :func:`record_keys`.
    """
    return next((key for key in keys if _folder(root, name, key).is_dir()), keys[0])


def _enhancer_key(enhancer: str | Mapping[str, Any], strength: float | None) -> str:
    key = file_sha256(enhancer) if isinstance(enhancer, str) else _digest(enhancer)
    return key if strength is None else f"{key}, strength {strength:g}"


def files_digest(paths: Iterable[str]) -> str:
    """A digest of names, sizes and times of files, each taken once; of the name alone where a file is not local."""
    digest = hashlib.sha256()
    for path in dict.fromkeys(paths):
        stamp = ""
        if os.path.exists(path):
            status = os.stat(path)
            stamp = f"{status.st_size} {status.st_mtime_ns}"
        digest.update(name_bytes(f"{path}\n{stamp}\n"))
    return digest.hexdigest()


def record_folder(root: str | os.PathLike[str], name: str, key: Mapping[str, str]) -> Path:
    """Give the folder for an enhancer's records; say so where there are records under another key.

    Args:
        root: folder of all records.
        name: of the enhancer.
        key: what the results depend on.
    """
    folder = _folder(root, name, key)
    others = [
        path for path in Path(root).glob(f"{_stem(name)}-*") if path != folder and path.is_dir()
    ]
    if others and not folder.exists():
        newest = max(others, key=lambda path: path.stat().st_mtime)
        print_log(
            f"{name}: starts again, since {_changes(read_key(newest) or {}, key)} changed; the former records stay in "
            f"'{newest}'",
            logger="current",
        )
    return folder


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    changed = [
        description for part, description in _DESCRIPTIONS.items() if before.get(part) != now[part]
    ]
    return " and ".join(changed)


def _folder(root: str | os.PathLike[str], name: str, key: Mapping[str, str]) -> Path:
    return Path(root) / f"{_stem(name)}-{_digest(dict(key))[:12]}"


def _stem(name: str) -> str:
    return name.replace(os.sep, "_")


Packing = Mapping[str, dict[str, Any]]

_IMAGE_KEYS = ("img_path", "sample_idx", "ori_shape", "img_shape", "condition", "corruption", "severity")  # fmt: skip
# Configs wrote these keys out, in two ways, before our packing steps had them by default: their records stay usable.
# What the steps pack besides, then or later, changes no result and has no place here.
_WRITTEN_OUT: tuple[Packing, ...] = (
    {
        "PackSyMPIESegInputs": {"type": "PackSegInputs", "meta_keys": (*META_KEYS, "clean_img")},
        "PackSyMPIEInputs": {"type": "PackInputs", "meta_keys": (*_IMAGE_KEYS, "clean_img")},
    },
    {
        "PackSyMPIESegInputs": {
            "type": "PackSegInputs",
            "meta_keys": tuple(key for key in META_KEYS if key not in ("corruption", "severity")),
        },
        "PackSyMPIEInputs": {"type": "PackInputs", "meta_keys": _IMAGE_KEYS},
    },
)


def _digest(content: Any, packing: Packing = _WRITTEN_OUT[0]) -> str:
    text = json.dumps(_plain(content, packing), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(content: Any, packing: Packing) -> Any:
    if isinstance(content, Mapping):
        if len(content) == 1:
            content = packing.get(content.get("type", ""), content)
        return {str(key): _plain(value, packing) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_plain(value, packing) for value in content]
    return content
