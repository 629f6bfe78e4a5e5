"""One answer to what is in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sympie_seg.utils.folders import Reason, has_suffix, is_leftover, is_readable, list_folder


def is_picture(path: Path) -> bool:
    return has_suffix(path, (".png", ".jpg"))


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def names(root: Path, paths: list[Path]) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in paths)


def test_files_of_people_and_of_systems(tmp_path: Path) -> None:
    fill(
        tmp_path, "b.JPG", "a.png", "x/c.Png", "notes.txt", "x/.hidden.png", "._a.png", "Thumbs.db"
    )
    fill(tmp_path, ".git/d.png", "x/.ipynb_checkpoints/c-checkpoint.png", ".DS_Store")
    fill(tmp_path, "__MACOSX/x/._c.png", "@eaDir/a.png/thumb.jpg")
    listing = list_folder(tmp_path, is_picture)
    assert names(tmp_path, listing.files) == ["a.png", "b.JPG", "x/c.Png"]
    left = {reason: names(tmp_path, paths) for reason, paths in listing.left_out.items()}
    assert left == {
        Reason.HIDDEN: [".git", "x/.hidden.png"],
        Reason.KIND: ["notes.txt"],
        Reason.SYSTEM: [
            *(".DS_Store", "._a.png", "@eaDir", "Thumbs.db", "__MACOSX", "x/.ipynb_checkpoints"),
        ],
    }
    hidden, system, kinds = listing.remarks()
    assert hidden == f"2 left out in '{tmp_path}': hidden ('.git', 'x/.hidden.png')"
    assert "6 left out" in system and system.endswith("'@eaDir', ...)")
    assert "of other kinds ('notes.txt')" in kinds
    assert listing.losses() == []


def test_links(tmp_path: Path) -> None:
    """To files and folders they are followed; to nothing, to themselves and around themselves they are named."""
    root, other = tmp_path / "in", tmp_path / "other"
    fill(root, "a.png", "x/b.png")
    fill(other, "c.png")
    (root / "file.png").symlink_to(other / "c.png")
    (root / "folder").symlink_to(other)
    (root / "x/up").symlink_to(root)
    (root / "nothing.png").symlink_to(tmp_path / "none.png")
    (root / "itself.png").symlink_to(root / "itself.png")
    (root / "nothing.txt").symlink_to(tmp_path / "none.txt")
    listing = list_folder(root, is_picture)
    assert names(root, listing.files) == ["a.png", "file.png", "folder/c.png", "x/b.png"]
    assert names(root, listing.left_out[Reason.LOOP]) == ["x/up"]
    assert names(root, listing.left_out[Reason.BROKEN_LINK]) == ["itself.png", "nothing.png"]
    assert listing.losses() == [
        f"2 left out in '{root}': links to nothing ('itself.png', 'nothing.png')"
    ]
    everything = list_folder(root, is_readable)
    assert names(root, everything.lost((".png",))) == ["itself.png", "nothing.png"]
    assert names(root, everything.lost((".PNG", "g.txt"))) == ["nothing.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    listing = list_folder(tmp_path, is_picture)
    assert listing.files == [] and "pipes" in listing.losses()[0]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads every folder")
def test_closed_folder(tmp_path: Path) -> None:
    fill(tmp_path, "x/a.png")
    (tmp_path / "x").chmod(0)
    listing = list_folder(tmp_path, is_picture)
    (tmp_path / "x").chmod(0o700)
    assert "unreadable folders ('x')" in listing.losses()[0]


def test_closed_folder_as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "x/a.png", "b.png")
    real = os.scandir

    def scandir(path: os.PathLike[str]):
        if Path(path).name == "x":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    listing = list_folder(tmp_path, is_picture)
    assert names(tmp_path, listing.files) == ["b.png"]
    assert "unreadable folders ('x')" in listing.losses()[0]


def test_pictures_that_nothing_reads_are_losses(tmp_path: Path) -> None:
    """A run that leaves out pictures is no success."""
    fill(tmp_path, "a.png", "b.HEIC", "c.gif", "d.mp4", "e.txt")
    listing = list_folder(tmp_path, is_picture)
    assert names(tmp_path, listing.left_out[Reason.UNREAD]) == ["b.HEIC", "c.gif"]
    assert len(listing.losses()) == 1 and "2 left out" in listing.losses()[0]
    assert names(tmp_path, listing.left_out[Reason.KIND]) == ["d.mp4", "e.txt"]


def test_names_in_no_encoding(tmp_path: Path) -> None:
    name = os.fsdecode(b"stra\xdfe.png")
    fill(tmp_path, name)
    assert [path.name for path in list_folder(tmp_path, is_picture).files] == [name]


def test_not_recursive_and_missing(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "x/b.png")
    assert names(tmp_path, list_folder(tmp_path, is_picture, recursive=False).files) == ["a.png"]
    with pytest.raises(FileNotFoundError):
        list_folder(tmp_path / "none", is_picture)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x/a.png", None),
        ("x/._a.png", Reason.SYSTEM),
        ("x/.ipynb_checkpoints/a.png", Reason.SYSTEM),
        ("__MACOSX/a.png", Reason.SYSTEM),
        (".x/a.png", Reason.HIDDEN),
    ],
)
def test_paths(name: str, reason: Reason | None) -> None:
    assert is_leftover(name) is reason
