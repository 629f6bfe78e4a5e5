"""A dataset of images with 16 bits says that its loader keeps 8 of them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.datasets import wide_images
from sympie_seg.datasets.wide_images import note_wide_images


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(wide_images, "print_log", lambda text, **_: texts.append(text))
    return texts


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_wide(suffix: str, channels: int, notes: list[str], tmp_path: Path) -> None:
    if (suffix, channels) == (".tif", 3):
        pytest.skip("Pillow has no mode for colours of 16 bits")
    entries = []
    for name, dtype in (("a", np.uint8), ("b", np.uint16)):
        path = tmp_path / f"{name}{suffix}"
        cv2.imwrite(str(path), np.zeros((4, 5, channels), dtype))
        entries.append(dict(img_path=str(path)))
    note_wide_images(entries[:1], 8)
    assert not notes
    note_wide_images(entries, 8)
    assert len(notes) == 1
    assert notes[0].startswith("1 of 2 images that were looked at have 16 bits a channel or more")
    assert str(tmp_path / f"b{suffix}") in notes[0]


def test_other_files(notes: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    note_wide_images([dict(img_path=str(tmp_path / n)) for n in ("a.png", "absent.png")], 8)
    assert not notes
