"""The sound of a video, copied by the program ffmpeg: OpenCV reads and writes pictures only."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sympie_seg.utils.videos import plain_name

__all__ = ["check_ffmpeg", "copy_sound"]


def check_ffmpeg() -> str:
    """Find the program.

    Raises:
        ValueError: if it is not on the PATH.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise ValueError(
            "--audio copy needs the program ffmpeg, which is not on the PATH; install it (Debian: apt-get install "
            "ffmpeg), or leave --audio out"
        )
    return program


def copy_sound(pictures: Path, source: Path, target: Path) -> None:
    """Put the pictures of one video and the sound of another into a third, without encoding any of them again.

    Args:
        pictures: the video whose pictures are taken.
        source: the video whose sound is taken; where it has none, the result has none.
        target: file to write; its suffix says which container.

    Raises:
        ValueError: if ffmpeg is absent or fails; the message names the source and says what ffmpeg says.
        OSError: if it cannot be started.
    """
    program = check_ffmpeg()
    with plain_name(pictures) as first, plain_name(source) as second:
        words = [program, "-nostdin", "-v", "error", "-y"]
        for name in (first, second):  # a file, and nothing that it may list
            words += ["-protocol_whitelist", "file", "-i", f"file:{name}"]
        words += ["-map", "0:v:0", "-map", "1:a?", "-c", "copy", "-map_metadata", "-1"]
        done = subprocess.run(
            [*words, f"file:{os.path.abspath(target)}"],
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise ValueError(
            f"'{source}': ffmpeg could not copy its sound into '{target.suffix}' ({message[-1]}); try --suffix .mkv, "
            "or leave --audio out"
        )
