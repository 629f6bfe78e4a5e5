"""Which file of a submission belongs to which folder and image, and what is wrong with tree and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sympie_seg.submission.servers import Folder, TestServer
from sympie_seg.utils.folders import is_leftover

__all__ = ["Tree", "sort_into_tree"]


@dataclass
class Tree:
    """The files, sorted.

    Attributes:
        files: by folder and image, the names of the files; more than one is a mistake.
        listed_twice: names that the zip's own list holds twice.
        junk: what an operating system adds by itself, and hidden files.
        no_png: files in the folders that are not called .png.
        unknown: PNG files whose names name no image, and files elsewhere.
        misplaced: by what is wrong with the place, the names of the files; they are sorted in all the same.
    """

    files: dict[Folder, dict[str, list[str]]]
    listed_twice: list[str] = field(default_factory=list)
    junk: list[str] = field(default_factory=list)
    no_png: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    misplaced: dict[str, list[str]] = field(default_factory=dict)


def sort_into_tree(names: Sequence[str], server: TestServer) -> Tree:
    """Sort the files of a submission; files in a wrong place are sorted by what they are meant to be.

    Args:
        names: relative to the archive, with '/'.
        server: whose tree is expected.
    """
    counts = Counter(names)
    tree = Tree({folder: {} for folder in server.folders})
    tree.listed_twice = [name for name, count in counts.items() if count > 1]
    remaining = []
    for name in counts:
        if is_leftover(PurePosixPath(name)):
            tree.junk.append(name)
        elif not _sort_in(tree, name, server):
            remaining.append(name)
    _sort_remaining(tree, remaining, server)
    return tree


def _sort_in(tree: Tree, name: str, server: TestServer) -> bool:
    """Sort in a file that has one of the folders in its path, whatever stands around it."""
    *parents, file = PurePosixPath(name).parts
    lowered = [part.lower() for part in parents]
    for folder in server.folders:
        if folder.name.lower() not in lowered:
            continue
        position = lowered.index(folder.name.lower())
        around, inside = parents[:position], parents[position + 1 :]
        if around:
            _misplace(tree, f"in '{'/'.join(around)}/', a folder around {folder.name}/", name)
        if inside:
            _misplace(tree, f"in folders below {folder.name}/, such as '{inside[0]}/'", name)
        if parents[position] != folder.name:
            _misplace(tree, f"in '{parents[position]}/' instead of {folder.name}/", name)
        _add(tree, folder, file, name, server)
        return True
    return False


def _sort_remaining(tree: Tree, remaining: Sequence[str], server: TestServer) -> None:
    """Take files elsewhere for the predictions if there are none in their own place."""
    first = server.folders[0]
    if tree.files[first]:
        tree.unknown += remaining
        return
    for name in remaining:
        parents = PurePosixPath(name).parts[:-1]
        file = PurePosixPath(name).name
        if parents and first.name:
            _misplace(tree, f"in '{'/'.join(parents)}/' instead of {first.name}/", name)
        elif parents:
            _misplace(tree, "in folders instead of the top level", name)
        elif first.name:
            _misplace(tree, f"at the top level instead of {first.name}/", name)
        _add(tree, first, file, name, server)


def _add(tree: Tree, folder: Folder, file: str, name: str, server: TestServer) -> None:
    key = server.key_of(file)
    if not file.lower().endswith(".png"):
        tree.no_png.append(name)
    elif key is None or _is_reference(file, server):
        tree.unknown.append(name)
    else:
        tree.files[folder].setdefault(key, []).append(name)


def _is_reference(file: str, server: TestServer) -> bool:
    mark = server.layout.reference_mark
    return bool(mark) and mark in file


def _misplace(tree: Tree, what: str, name: str) -> None:
    tree.misplaced.setdefault(what, []).append(name)
