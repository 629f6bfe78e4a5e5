"""What the result of an image depends on: enhancer, network, config, and the test images and labels themselves."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from sympie_seg.enhancer import file_sha256
from sympie_seg.evaluation.records import VERSION, read_key
from sympie_seg.version import __version__

__all__ = ["files_digest", "record_folder", "record_key"]

_SAID = {
    "enhancer": "the enhancer",
    "network": "the network's checkpoint",
    "config": "the config of model, test data or scoring",
    "images": "the test images or labels",
    "code": "the version of sympie_seg",
}


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
    model = {k: v for k, v in cfg.model.items() if k not in ("train_cfg", "data_preprocessor")}
    preprocessor = cfg.model.get("data_preprocessor") or cfg.get("data_preprocessor") or {}
    kept = {k: v for k, v in preprocessor.items() if k not in ("enhancer", "two_step")}
    dataset = cfg.test_dataloader.dataset
    return {
        "enhancer": _enhancer_key(enhancer, strength),
        "network": file_sha256(checkpoint) if os.path.isfile(checkpoint) else checkpoint,
        "config": _digest([model, kept, dataset, cfg.get("test_evaluator")]),
        "images": images,
        "code": f"{__version__}, records {VERSION}",
    }


def _enhancer_key(enhancer: str | Mapping[str, Any], strength: float | None) -> str:
    key = file_sha256(enhancer) if isinstance(enhancer, str) else _digest(enhancer)
    return key if strength is None else f"{key}, strength {strength:g}"


def files_digest(paths: Iterable[str]) -> str:
    """A digest of names, sizes and times of files, each taken once; of the name alone where a file is not local."""
    digest = hashlib.sha256()
    for path in dict.fromkeys(paths):
        stamp = ""
        if os.path.exists(path):
            found = os.stat(path)
            stamp = f"{found.st_size} {found.st_mtime_ns}"
        digest.update(f"{path}\n{stamp}\n".encode())
    return digest.hexdigest()


def record_folder(root: str | os.PathLike[str], name: str, key: Mapping[str, str]) -> Path:
    """Give the folder for an enhancer's records; say so where there are records under another key.

    Args:
        root: folder of all records.
        name: of the enhancer.
        key: what the results depend on.
    """
    stem = name.replace(os.sep, "_")
    folder = Path(root) / f"{stem}-{_digest(dict(key))[:12]}"
    others = [path for path in Path(root).glob(f"{stem}-*") if path != folder and path.is_dir()]
    if others and not folder.exists():
        newest = max(others, key=lambda path: path.stat().st_mtime)
        print_log(
            f"{name}: starts anew, since {_changes(read_key(newest) or {}, key)} changed; the former records stay in "
            f"'{newest}'",
            logger="current",
        )
    return folder


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    changed = [said for part, said in _SAID.items() if before.get(part) != now[part]]
    return " and ".join(changed)


def _digest(content: Any) -> str:
    text = json.dumps(_plain(content), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    return [_plain(value) for value in content] if isinstance(content, (list, tuple)) else content
