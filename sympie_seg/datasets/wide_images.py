"""Images of 16 bits in datasets of mmseg and mmpretrain: their loader keeps 8, which is said at the start."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import print_log

from sympie_seg.datasets.early_checks import spread
from sympie_seg.utils.damage import pillow_image
from sympie_seg.utils.pictures import read_file, read_head

__all__ = ["note_wide_images"]

_PNG, _DEPTH = b"\x89PNG\r\n\x1a\n", 24


def note_wide_images(entries: Sequence[dict], looked_at: int) -> None:
    """Log a note if some images have more than 8 bits a channel.

    Args:
        entries: of a dataset, with ``img_path``.
        looked_at: how many of them, evenly spaced, are opened.
    """
    chosen = [Path(entry["img_path"]) for entry in spread(entries, looked_at)]
    wide = [path for path in chosen if _is_wide(path)]
    if wide:
        print_log(
            f"{len(wide)} of {len(chosen)} images that were looked at have 16 bits a channel or more, such as "
            f"'{wide[0]}': the loader of mmcv keeps the upper 8 of them. Where these hold little (thermal or raw "
            "pictures), scale the images first",
            logger="current",
            level=logging.WARNING,
        )


def _is_wide(path: Path) -> bool:
    try:
        head = read_head(path)
        if head.startswith(_PNG):
            return len(head) > _DEPTH and head[_DEPTH] == 16
        with pillow_image(read_file(path)) as image:  # decodes the header only
            return image.mode.startswith(("I", "F"))
    except Exception:  # what cannot be read is another check's affair
        return False
