"""Which files are read, and where their results go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2

__all__ = ["Job", "list_jobs"]

PICTURES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".jp2", ".avif"),
    *(".gif", ".pbm", ".pgm", ".ppm", ".pnm", ".sr", ".ras", ".hdr", ".pic", ".exr", ".pfm"),
)
VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")


@dataclass(frozen=True)
class Job:
    """One file to enhance.

    Attributes:
        source: file to read.
        target: file to write.
        name: of the source below the input folder, with slashes.
    """

    source: Path
    target: Path
    name: str

    @property
    def is_video(self) -> bool:
        """Whether the source's suffix is a video's."""
        return self.source.suffix.lower() in VIDEOS


def list_jobs(source: Path, out: Path, suffix: str | None = None) -> list[Job]:
    """List the pictures and videos of a folder with the tree below it, or the one file that was named.

    Args:
        source: a file or a folder.
        out: the file to write, or the folder to fill; for one file, an existing folder or a path that ends
            without a suffix is a folder.
        suffix: format of the pictures written, such as '.png'. Defaults to each one's own.

    Raises:
        FileNotFoundError: if the source does not exist or holds nothing to enhance.
        ValueError: if results would be written onto or among the sources, or onto each other.
    """
    if source.is_dir():
        jobs = _jobs_of_folder(source, out, suffix)
    elif source.is_file():
        target = out / source.name if out.is_dir() or not out.suffix else out
        jobs = [Job(source, _renamed(target, source, suffix), source.name)]
    else:
        raise FileNotFoundError(f"there is no file or folder '{source}'")
    _check_targets(jobs)
    return jobs


def _jobs_of_folder(source: Path, out: Path, suffix: str | None) -> list[Job]:
    if out.is_file():
        raise ValueError(f"'{source}' is a folder, but '{out}' is a file; name a folder to fill")
    if out.resolve().is_relative_to(source.resolve()):
        raise ValueError(
            f"'{out}' lies in the folder that is read, '{source}': the next run would enhance the results; name a "
            "folder elsewhere"
        )
    found = sorted(path for path in source.rglob("*") if path.is_file() and _is_wanted(path))
    if not found:
        raise FileNotFoundError(f"no picture and no video in '{source}'")
    below = [path.relative_to(source) for path in found]
    return [
        Job(path, _renamed(out / name, path, suffix), name.as_posix())
        for path, name in zip(found, below, strict=True)
    ]


def _is_wanted(path: Path) -> bool:
    suffix = path.suffix.lower()
    if path.name.startswith("."):
        return False
    return suffix in PICTURES or suffix in VIDEOS or cv2.haveImageReader(str(path))


def _renamed(target: Path, source: Path, suffix: str | None) -> Path:
    if suffix is None or (source.suffix.lower() in VIDEOS) != (suffix.lower() in VIDEOS):
        return target
    return target.with_suffix(suffix)


def _check_targets(jobs: list[Job]) -> None:
    sources = {job.source.resolve() for job in jobs}
    for job in jobs:
        if job.target.resolve() in sources:
            raise ValueError(f"'{job.target}' would be written onto an input; name another place")
    twice = [path for path, count in Counter(job.target for job in jobs).items() if count > 1]
    if twice:
        raise ValueError(
            f"{len(twice)} names fall together, such as '{twice[0]}'; leave --suffix out"
        )
