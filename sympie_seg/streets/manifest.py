"""The record of what a generated folder holds."""

from __future__ import annotations

import json
from pathlib import Path

from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import ForeignFileError, read_json_object

from .writers import GENERATOR_VERSION

NAME = "manifest.json"
_FIX = "delete it; images that are there and whole are kept"


def open_manifest(out: Path, seed: int, size: tuple[int, int]) -> dict[str, object]:
    """Check that a folder is new or holds the same collection, and mark it as unfinished.

    Args:
        out: the folder.
        seed: seed to be used.
        size: (width, height) to be used.

    Returns:
        The manifest: the one found, or a new one without counts.

    Raises:
        ValueError: if the folder holds another seed, size or generator version, or its manifest cannot be used.
    """
    wanted = {"generator": GENERATOR_VERSION, "seed": seed, "size": list(size)}
    path = Path(out) / NAME
    recorded = read_json_object(path, _FIX) if path.is_file() else {**wanted, "counts": {}}
    if not _are_counts(recorded.get("counts", {})):
        raise ForeignFileError(f"'{path}' is no manifest of generated streets; {_FIX}")
    for name, value in wanted.items():
        if recorded.get(name) != value:
            raise ValueError(
                f"{out} holds streets of {name} {recorded.get(name)}, asked for was {name} {value}; "
                f"ask for {recorded.get(name)} again, choose another folder, or delete {out}"
            )
    _save(path, {**recorded, "complete": False})
    return recorded


def _are_counts(counts: object) -> bool:
    return isinstance(counts, dict) and all(
        isinstance(count, int) and not isinstance(count, bool) and count >= 0
        for count in counts.values()
    )


def close_manifest(out: Path, manifest: dict[str, object], counts: dict[str, int]) -> None:
    """Record the numbers of images (never fewer than before) and mark the folder as complete."""
    before = manifest.get("counts")
    known = before if isinstance(before, dict) else {}
    merged = {name: max(count, known.get(name, 0)) for name, count in counts.items()}
    _save(Path(out) / NAME, {**manifest, "counts": {**known, **merged}, "complete": True})


def _save(path: Path, manifest: dict[str, object]) -> None:
    replace_bytes(path, (json.dumps(manifest, indent=2) + "\n").encode())
