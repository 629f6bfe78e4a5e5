"""What the converters share: reading, writing, and one line on stderr that says what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from sympie_seg.enhancer.files import file_sha256, save_whole
from sympie_seg.version import __version__

__all__ = ["convert_file"]


def convert_file(
    source: Path,
    target: Path,
    convert: Callable[[], tuple[Mapping[str, Tensor], str]],
    tool: str,
    more_meta: Callable[[Mapping[str, Tensor]], Mapping[str, Any]] | None = None,
) -> int:
    """Convert a file and write a checkpoint of mmengine.

    Args:
        source: of the weights; named in the messages, hashed into the checkpoint.
        target: file to write.
        convert: gives the state dict and a sentence about it.
        tool: name of the calling tool's file.
        more_meta: gives what the checkpoint says of a state dict beside its source. Defaults to None (nothing).

    Returns:
        The exit status: 0, or 1 after a line on stderr.
    """
    meta: dict[str, Any] = {
        "converted_from": source.name,
        "converter": f"tools/model_converters/{tool}",
        "sympie_seg_version": __version__,
    }
    try:
        state, message = convert()
        meta["converted_from_sha256"] = file_sha256(source)
        meta |= more_meta(state) if more_meta else {}
        save_whole(target, {"state_dict": dict(state), "meta": meta})
    except (ValueError, OSError) as error:
        print(f"error: cannot convert '{source}': {error}", file=sys.stderr)
        return 1
    print(f"wrote {len(state)} tensors to '{target}'; {message}")
    return 0
