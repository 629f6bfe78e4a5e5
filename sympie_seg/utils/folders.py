"""What is in a folder: one answer for every part that reads folders of people's files.

Links are followed (a link back to a folder above is not), hidden files and what operating systems and editors leave
behind are left out, suffixes count in any case. What is left out is counted and named.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path, PurePath

__all__ = [
    *("PICTURES", "UNREAD", "VIDEOS", "FolderListing", "Reason"),
    *("has_suffix", "is_leftover", "is_picture", "is_readable", "is_video", "list_folder"),
]

PICTURES = (
    *(
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".mpo",
        ".bmp",
        ".dib",
        ".webp",
        ".tif",
        ".tiff",
        ".jp2",
    ),
    *(
        ".avif",
        ".gif",
        ".pbm",
        ".pgm",
        ".ppm",
        ".pnm",
        ".sr",
        ".ras",
        ".hdr",
        ".pic",
        ".exr",
        ".pfm",
    ),
)
"""Ends of the names of pictures that OpenCV reads, some of them in some kinds only."""
VIDEOS = (
    *(
        ".mp4",
        ".avi",
        ".mov",
        ".mkv",
        ".webm",
        ".m4v",
        ".mpg",
        ".mpeg",
        ".wmv",
        ".asf",
        ".ts",
        ".mts",
    ),
    *(".m2ts", ".3gp", ".3g2", ".flv", ".vob", ".ogv", ".ogg", ".mjpeg", ".mjpg", ".h264", ".264"),
)
"""Ends of the names of videos that FFmpeg reads."""
UNREAD = (
    *(
        ".heic",
        ".heif",
        ".jxl",
        ".j2k",
        ".jpx",
        ".svg",
        ".psd",
        ".xcf",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
    ),
    *(".arw", ".orf", ".rw2", ".raf", ".raw", ".pef", ".srw", ".insp", ".insv", ".braw", ".r3d"),
)
"""Ends of the names of pictures and videos that nothing here reads."""

_SYSTEM = frozenset(
    (
        *("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin"),
        *("system volume information", "lost+found", "icon\r"),
    )
)
_SHOWN = 3


class Reason(Enum):
    """Why a file or folder is left out; the values are words for messages."""

    HIDDEN = "hidden"
    SYSTEM = "of an operating system or an editor"
    KIND = "of other kinds"
    UNREAD = "pictures or videos of kinds that are not read here; convert them"
    BROKEN_LINK = "links to nothing"
    LOOP = "links to a folder around them"
    SPECIAL = "neither files nor folders (pipes, devices)"
    UNREADABLE = "unreadable folders"


_LOSSES = (Reason.UNREAD, Reason.BROKEN_LINK, Reason.SPECIAL, Reason.UNREADABLE)


@dataclass
class FolderListing:
    """The content of a folder.

    Attributes:
        folder: that was listed.
        files: those that are wanted, sorted; links to files among them.
        left_out: all others, by reason.
    """

    folder: Path
    files: list[Path] = field(default_factory=list)
    left_out: dict[Reason, list[Path]] = field(default_factory=dict)

    def remarks(self) -> list[str]:
        """One line per reason: how many were left out, and the first names; empty if there are none."""
        return [self._remark(reason) for reason in Reason if self.left_out.get(reason)]

    def losses(self) -> list[str]:
        """As :meth:`remarks`, of those that may be wanted but cannot be read; a run with any of them is no success."""
        return [self._remark(reason) for reason in _LOSSES if self.left_out.get(reason)]

    def lost(self, suffixes: tuple[str, ...]) -> list[Path]:
        """Give what cannot be read but has a wanted name, and folders that cannot be listed, sorted.

        Args:
            suffixes: ends of the wanted names, in their case.
        """
        named = [
            path
            for reason in (Reason.BROKEN_LINK, Reason.SPECIAL)
            for path in self.left_out.get(reason, ())
            if path.name.endswith(suffixes)
        ]
        return sorted([*named, *self.left_out.get(Reason.UNREADABLE, ())])

    def _remark(self, reason: Reason) -> str:
        paths = sorted(self.left_out[reason])
        names = ", ".join(f"'{path.relative_to(self.folder)}'" for path in paths[:_SHOWN])
        more = ", ..." if len(paths) > _SHOWN else ""
        return f"{len(paths)} left out in '{self.folder}': {reason.value} ({names}{more})"

    def _leave_out(self, path: Path, reason: Reason) -> None:
        self.left_out.setdefault(reason, []).append(path)


def list_folder(
    folder: str | os.PathLike[str], wanted: Callable[[Path], bool], recursive: bool = True
) -> FolderListing:
    """List a folder, with the tree below it.

    Args:
        folder: to list; it may itself be hidden.
        wanted: whether a file is of the wanted kind; it is asked for regular files and, by their names, for links to
            nothing and special files.
        recursive: whether folders below are listed, too.

    Raises:
        FileNotFoundError: if there is no such folder.
        OSError: if it cannot be listed.
    """
    listing = FolderListing(Path(folder))
    entries = list(os.scandir(listing.folder))  # an error here is the caller's
    _sort_in(listing, entries, wanted, recursive, (_identity(listing.folder),))
    listing.files.sort()
    return listing


def is_leftover(path: str | os.PathLike[str]) -> Reason | None:
    """Tell whether a path relative to a listed folder is hidden or of a system, in any of its parts."""
    for part in PurePath(path).parts:
        if reason := _reason_of_name(part):
            return reason
    return None


def is_picture(path: str | os.PathLike[str]) -> bool:
    """Whether a name ends as a picture's."""
    return has_suffix(path, PICTURES)


def is_video(path: str | os.PathLike[str]) -> bool:
    """Whether a name ends as a video's."""
    return has_suffix(path, VIDEOS)


def is_readable(path: str | os.PathLike[str]) -> bool:
    """Whether a name is none of a picture or video that nothing here reads; for folders that hold other files too."""
    return not has_suffix(path, UNREAD)


def has_suffix(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> bool:
    """Whether a name ends with one of the suffixes (in lower case), whatever its own case."""
    return os.fspath(path).lower().endswith(suffixes)


def _reason_of_name(name: str) -> Reason | None:
    # Files that macOS writes beside others begin with '._', so they are hidden, too.
    if name.lower() in _SYSTEM or name in (".DS_Store", ".ipynb_checkpoints"):
        return Reason.SYSTEM
    if name.startswith("._"):
        return Reason.SYSTEM
    return Reason.HIDDEN if name.startswith(".") else None


def _sort_in(
    listing: FolderListing,
    entries: list[os.DirEntry[str]],
    wanted: Callable[[Path], bool],
    recursive: bool,
    around: tuple[tuple[int, int], ...],
) -> None:
    for entry in entries:
        path = Path(entry.path)
        if reason := _reason_of_name(entry.name):
            listing._leave_out(path, reason)
        elif not _is_there(path):
            kept = Reason.BROKEN_LINK if wanted(path) else Reason.KIND
            listing._leave_out(path, kept)
        elif path.is_dir():
            if recursive:
                _descend(listing, path, wanted, around)
        elif not path.is_file():
            listing._leave_out(path, Reason.SPECIAL if wanted(path) else Reason.KIND)
        elif wanted(path):
            listing.files.append(path)
        else:
            unread = has_suffix(path, UNREAD + PICTURES)
            listing._leave_out(path, Reason.UNREAD if unread else Reason.KIND)


def _descend(
    listing: FolderListing,
    folder: Path,
    wanted: Callable[[Path], bool],
    around: tuple[tuple[int, int], ...],
) -> None:
    try:
        own = _identity(folder)
        if own in around:
            listing._leave_out(folder, Reason.LOOP)
            return
        entries = list(os.scandir(folder))
    except OSError:
        listing._leave_out(folder, Reason.UNREADABLE)
        return
    _sort_in(listing, entries, wanted, True, (*around, own))


def _is_there(path: Path) -> bool:
    try:
        return stat.S_IFMT(path.stat().st_mode) != 0
    except OSError:  # a link to nothing, or to itself
        return False


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
