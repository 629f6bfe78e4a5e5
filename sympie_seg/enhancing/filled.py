"""A folder of results belongs to one enhancer and one set of options, which a small file in it names."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sympie_seg.enhancing.options import Options
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import read_json_object
from sympie_seg.utils.jobs import Job

__all__ = ["MANIFEST", "prepare"]

MANIFEST = ".sympie_seg_enhance.json"


def prepare(jobs: Sequence[Job], options: Options, source: str, strength: float) -> None:
    """Make sure that a folder holds the results of one enhancer; remove old ones where that was asked for.

    Args:
        jobs: which files are read, and where their results go.
        options: of this run.
        source: the enhancer's file and checksum.
        strength: that is used.

    Raises:
        ValueError: if the folder holds the results of other options.
    """
    if (
        options.overwrite
    ):  # first of all, so that a run that is killed can continue without --overwrite
        for job in jobs:
            job.target.unlink(missing_ok=True)
    if not options.input.is_dir():
        return
    sha256 = source.rpartition("sha256 ")[2].rstrip(")")  # the file may have moved
    wanted = dict(
        enhancer=sha256,
        smooth=options.smooth,
        jpeg_quality=options.jpeg_quality,
        strength=strength,
        audio=options.audio,
    )
    path = options.output / MANIFEST
    if path.is_file() and not options.overwrite:
        kept = read_json_object(path, "delete it, or add --overwrite")
        recorded = {"strength": 1.0, "audio": "drop", **kept}  # early releases had none
        for key, value in wanted.items():
            if recorded.get(key) != value:
                raise ValueError(
                    f"'{options.output}' was filled with {key} {recorded.get(key)!r}, asked for is {value!r}; name "
                    "another folder, or add --overwrite"
                )
    replace_bytes(path, (json.dumps(wanted, indent=1) + "\n").encode())
