"""Checkpoints on disk: written whole or not at all, checked before they are used, the newest good one found."""

from __future__ import annotations

import logging
import os.path as osp
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend
from mmengine.logging import print_log

from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.weights import is_complete

__all__ = ["AtomicLocalBackend", "latest_complete_checkpoint"]


class AtomicLocalBackend(LocalBackend):
    """mmengine's backend for local files, except that files are replaced at once instead of written in place.

    Every option ``backend_args`` of mmengine takes it: ``dict(backend='AtomicLocalBackend')``.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes; OSError where that fails, and the former file stays."""
        replace_bytes(filepath, obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = "utf-8") -> None:
        """Write text; OSError where that fails, and the former file stays."""
        replace_bytes(filepath, obj.encode(encoding))


register_backend("AtomicLocalBackend", AtomicLocalBackend, force=True)


def latest_complete_checkpoint(work_dir: str) -> str | None:
    """Find the checkpoint to resume from: that which ``last_checkpoint`` names, or the newest that is complete.

    Args:
        work_dir: folder of the run; it may have been moved since.

    Returns:
        The path, or None if there is no complete checkpoint.
    """
    folder = Path(work_dir)
    newest = sorted(folder.glob("*.pth"), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    candidates = [p for p in newest if p.stem.startswith(("iter_", "epoch_"))]
    named = folder / osp.basename(_read(folder / "last_checkpoint"))
    if named in candidates:
        candidates.insert(0, named)
    for candidate in dict.fromkeys(candidates):
        if is_complete(candidate):
            return str(candidate)
        print_log(
            f"'{candidate}' is damaged or was cut short (its checksums do not match): looking for an earlier "
            "checkpoint",
            logger="current",
            level=logging.WARNING,
        )
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
