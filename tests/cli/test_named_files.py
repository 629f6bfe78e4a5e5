"""NAME=FILE of transfer and stability: files, short names of shipped enhancers, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sympie_seg.cli.common import named_files
from sympie_seg.enhancer.shipped import shipped_enhancer


def test_files_and_short_names(tmp_path: Path) -> None:
    file = tmp_path / "own.pth"
    file.touch()
    assert named_files([f"own={file}", "before=camvid"]) == {
        "own": str(file),
        "before": str(shipped_enhancer("camvid")),
    }


@pytest.mark.parametrize("words", [["=a.pth"], ["a="], ["none=camvid"], ["a=camvid", "a=general"]])
def test_names(words: list[str]) -> None:
    with pytest.raises(ValueError, match=r"expected NAME=FILE, each name once"):
        named_files(words)


def test_a_missing_file_is_named_with_the_short_names() -> None:
    with pytest.raises(
        ValueError, match=r"there is no file 'camvit', and .* \(general, cityscapes, camvid\)"
    ):
        named_files(["a=camvit"])
