"""Which files of a folder tree are pictures to use, and what is left out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from sympie_seg.utils.escaping import printable
from sympie_seg.utils.folders import has_suffix, list_folder

__all__ = ["PICTURE_SUFFIXES", "Listing", "as_globs", "list_pictures"]

PICTURE_SUFFIXES = (
    ".bmp", ".dib", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp",
)  # fmt: skip
"""Suffixes of the formats that mmcv's loader reads, in lower case."""

_TWICE = "links to pictures that are listed"


@dataclass
class Listing:
    """What a folder tree holds.

    Attributes:
        root: the folder.
        pictures: paths below it, with ``/``, sorted.
        left_out: kind of what is not used -> its paths below the root.
    """

    root: Path
    pictures: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, kind: str, path: str) -> None:
        """Note a path that is not used."""
        self.left_out.setdefault(kind, []).append(path)

    def describe_left_out(self) -> str:
        """Say how many of each kind are left out, with the first of each; empty where nothing is."""
        kinds = [
            f"{kind}: {len(paths)} ('{printable(min(paths))}'{', ...' if len(paths) > 1 else ''})"
            for kind, paths in sorted(self.left_out.items())
        ]
        return ", ".join(kinds)


def list_pictures(
    root: str | os.PathLike[str],
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
) -> Listing:
    """List the pictures of a folder and of all folders below it.

    Links are followed, except to a folder around them and to pictures that are listed already. Hidden files and
    folders, and files and folders of operating systems are left out, and so is what has no picture's suffix (in any
    case of letters).

    Args:
        root: the folder; may itself be a link.
        include: globs; a picture must match one of them, if there are any. A glob with ``/`` is compared with the path
            below ``root`` (``*`` matches ``/``, too), one without with the file's name and with the name of each
            folder on the way to it. Upper and lower case differ.
        exclude: globs as before; a picture must match none of them.

    Returns:
        What was found and what was left out.

    Raises:
        FileNotFoundError: if the folder does not exist or no picture is left.
        NotADirectoryError: if it is a file.
        PermissionError: if it cannot be listed.
    """
    root = Path(root).expanduser()
    if not root.exists():
        raise FileNotFoundError(
            f"folder '{root}' does not exist; set data_root to a folder of pictures"
        )
    if not root.is_dir():
        raise NotADirectoryError(f"'{root}' is a file; set data_root to the folder that holds it")
    listing = _list(root)
    listing.pictures.sort(key=lambda path: PurePosixPath(path).parts)
    count = len(listing.pictures)
    _filter(listing, as_globs(include, "include"), as_globs(exclude, "exclude"))
    if not listing.pictures:
        raise FileNotFoundError(_explain_nothing(listing, count, include, exclude))
    return listing


def as_globs(globs: str | Sequence[str], option: str) -> tuple[str, ...]:
    """Give one glob or several as a tuple.

    Raises:
        TypeError: if they are no strings.
    """
    given = [globs] if isinstance(globs, str) else (globs or ())
    if not isinstance(given, Sequence) or not all(isinstance(glob, str) for glob in given):
        raise TypeError(f"expected {option} as a glob or a list of globs, got {globs!r}")
    return tuple(given)


def _list(root: Path) -> Listing:
    """List as all parts of this package do, with paths as text; a picture that is there twice by links counts once."""
    tree = list_folder(root, lambda path: has_suffix(path, PICTURE_SUFFIXES))
    listing = Listing(root)
    for reason, paths in tree.left_out.items():
        for path in paths:
            listing.leave_out(reason.value, path.relative_to(root).as_posix())
    real = _RealPaths(root)
    seen = {real(path) for path in tree.files if not real.is_linked(path)}
    for path in tree.files:
        below = path.relative_to(root).as_posix()
        if real.is_linked(path) and real(path) in seen:
            listing.leave_out(_TWICE, below)
            continue
        seen.add(real(path))
        listing.pictures.append(below)
    return listing


class _RealPaths:
    """Where paths below a folder lead; each folder on the way is asked for once."""

    def __init__(self, root: Path) -> None:
        self._root, self._top = root, os.path.realpath(root)
        self._folders: dict[Path, str] = {}

    def __call__(self, path: Path) -> str:
        if path.is_symlink():
            return os.path.realpath(path)
        return os.path.join(self._folder(path.parent), path.name)

    def is_linked(self, path: Path) -> bool:
        """Whether the path is, or goes through, a link below the folder."""
        below = path.relative_to(self._root)
        return self(path) != os.path.join(self._top, below)

    def _folder(self, folder: Path) -> str:
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return self._folders[folder]


def _filter(listing: Listing, include: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    pictures, listing.pictures = listing.pictures, []
    for path in pictures:
        wanted = not include or any(_matches(path, glob) for glob in include)
        if wanted and not any(_matches(path, glob) for glob in exclude):
            listing.pictures.append(path)
        else:
            listing.leave_out("pictures by include and exclude", path)


def _matches(path: str, glob: str) -> bool:
    if "/" in glob:
        return fnmatchcase(path, glob)
    return any(fnmatchcase(part, glob) for part in path.split("/"))


def _explain_nothing(listing: Listing, count: int, include: object, exclude: object) -> str:
    if count:
        return (
            f"none of the {count} pictures in '{listing.root}' passes include={include!r} and exclude={exclude!r}; the "
            f"first is '{printable(min(listing.left_out['pictures by include and exclude']))}'"
        )
    left_out = listing.describe_left_out()
    reason = f"left out: {left_out}" if left_out else "it holds nothing at all"
    return f"no picture in '{listing.root}' or below ({', '.join(PICTURE_SUFFIXES)}); {reason}"
