"""Which files are read, and where their results go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sympie_seg.utils.damage import kind_of
from sympie_seg.utils.folders import FolderListing, is_picture, is_video, list_folder
from sympie_seg.utils.pictures import read_head

__all__ = ["Job", "find_jobs", "list_jobs"]


@dataclass(frozen=True)
class Job:
    """One file to enhance or to draw.

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
        return is_video(self.source)


def list_jobs(source: Path, out: Path, suffix: str | None = None) -> list[Job]:
    """The jobs of :func:`find_jobs`."""
    return find_jobs(source, out, suffix)[0]


def find_jobs(
    source: Path, out: Path, suffix: str | None = None
) -> tuple[list[Job], FolderListing | None]:
    """List the pictures and videos of a folder with the tree below it, or the one file that was named.

    Args:
        source: a file or a folder.
        out: the file to write, or the folder to fill; for one file, an existing folder or a path that ends
            without a suffix is a folder.
        suffix: format of the pictures written, such as '.png'. Defaults to each one's own.

    Returns:
        The jobs, and what a folder holds besides them; None for one file.

    Raises:
        FileNotFoundError: if the source does not exist or holds nothing to enhance.
        ValueError: if results would be written onto or among the sources, or onto each other.
    """
    if source.is_dir():
        jobs, listing = _jobs_of_folder(source, out, suffix)
    elif source.is_file():
        target = out / source.name if out.is_dir() or not out.suffix else out
        jobs, listing = [Job(source, _renamed(target, source, suffix), source.name)], None
    else:
        raise FileNotFoundError(f"there is no file or folder '{source}'")
    _check_targets(jobs)
    return jobs, listing


def _jobs_of_folder(source: Path, out: Path, suffix: str | None) -> tuple[list[Job], FolderListing]:
    if out.is_file():
        raise ValueError(f"'{source}' is a folder, but '{out}' is a file; name a folder to fill")
    if out.resolve().is_relative_to(source.resolve()):
        raise ValueError(
            f"'{out}' lies in the folder that is read, '{source}': the next run would enhance the results; name a "
            "folder elsewhere"
        )
    listing = list_folder(source, _is_wanted)
    if not listing.files:
        raise FileNotFoundError(
            "; ".join([f"no picture and no video in '{source}'", *listing.remarks()])
        )
    below = [path.relative_to(source) for path in listing.files]
    jobs = [
        Job(path, _renamed(out / name, path, suffix), name.as_posix())
        for path, name in zip(listing.files, below, strict=True)
    ]
    return jobs, listing


def _is_wanted(path: Path) -> bool:
    """By the name, or where the name says nothing by the first bytes."""
    if is_picture(path) or is_video(path):
        return True
    try:
        return bool(kind_of(read_head(path)))
    except ValueError:  # no regular file, or not ours to read
        return False


def _renamed(target: Path, source: Path, suffix: str | None) -> Path:
    if suffix is None or is_video(source) != is_video(suffix):
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
