"""The one opener of videos, and the check that a written one is whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.utils import videos
from sympie_seg.utils.videos import container_of, fault_of_video, opened_video, plain_name

COUNT = 12
KINDS = [(".avi", "MJPG"), (".mkv", "mp4v"), (".webm", "VP80"), (".mp4", "mp4v"), (".wmv", "WMV2")]

WRITE_ON_A_FULL_DISK = f"""
import resource, sys
import cv2, numpy as np
path, codec, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
draw = np.random.default_rng(0)
writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), 10.0, (96, 64))
for _ in range({COUNT}):
    writer.write(draw.integers(0, 255, (64, 96, 3), dtype=np.uint8))
writer.release()
"""


def write(path: Path, codec: str = "MJPG", frames: int = COUNT) -> Path:
    draw = np.random.default_rng(0)
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), 10.0, (96, 64)
    )
    for _ in range(frames):
        writer.write(draw.integers(0, 255, (64, 96, 3), dtype=np.uint8))
    writer.release()
    return path


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [b"na\xdf.avi", b"100%03d.avi", b"concat:a|b.avi", "Straße.avi".encode(), b"a\n.AVI"],
    )
    def test_any_bytes(self, tmp_path: Path, monkeypatch, name: bytes) -> None:
        path = tmp_path / os.fsdecode(name)
        os.replace(write(tmp_path / "plain.avi"), path)
        assert fault_of_video(path, COUNT) == ""
        monkeypatch.chdir(tmp_path)  # a relative name could be a protocol
        with opened_video(Path(path.name)) as capture:
            assert capture.read()[0]

    def test_plain_name(self, tmp_path: Path) -> None:
        folder = tmp_path / os.fsdecode(b"\xff%d")
        folder.mkdir()
        with plain_name(folder) as name:
            assert name.isascii() and "%" not in name and os.path.samefile(name, folder)
        assert not os.path.lexists(name)
        with plain_name(tmp_path) as name:
            assert name == str(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile plain.avi\n",
        "#EXTM3U\n#EXTINF:10,\nplain.avi\n",
        "<html>404",
        "",
    ],
)
def test_lists_of_other_files_open_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path / "plain.avi")
    (tmp_path / "a.avi").write_text(text)
    with (
        pytest.raises(ValueError, match=r"a\.avi' is (no video|empty)"),
        opened_video(tmp_path / "a.avi"),
    ):
        pass


@pytest.mark.parametrize(("suffix", "codec"), KINDS)
class TestWholeness:
    def test_whole_and_cut(self, tmp_path: Path, suffix: str, codec: str) -> None:
        path = write(tmp_path / f"a{suffix}", codec)
        assert fault_of_video(path, COUNT) == fault_of_video(path) == ""
        assert fault_of_video(path, COUNT + 1)
        data = path.read_bytes()
        for length in (len(data) - 1, len(data) * 2 // 3, 100, 0):
            path.write_bytes(data[:length])
            assert fault_of_video(path), length

    @pytest.mark.skipif(sys.platform != "linux", reason="a limit of a file's size, as a full disk")
    def test_full_disk(self, tmp_path: Path, suffix: str, codec: str) -> None:
        size = write(tmp_path / f"whole{suffix}", codec).stat().st_size
        for share in (0.4, 0.9, 0.98):
            path = tmp_path / f"{share}{suffix}"
            words = [sys.executable, "-c", WRITE_ON_A_FULL_DISK, str(path), codec]
            subprocess.run([*words, str(int(size * share))], check=False, capture_output=True)
            assert path.is_file() and fault_of_video(path, COUNT), share


def test_containers() -> None:
    assert container_of(b"\0\0\0\x18ftypisom") == "MP4"
    packets = b"".join(bytes(4) + b"\x47" + bytes(187) for _ in range(5))
    assert container_of(packets) == container_of(packets[4:][:188] * 5) == "MPEG-TS"
    assert container_of(b"ffconcat version 1.0") == container_of(b"") == ""


def test_frames_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.avi", frames=2)
    monkeypatch.setattr(videos, "MOST_PIXELS", 96 * 64 - 1)
    with (
        pytest.raises(ValueError, match=r"a\.avi' declares frames of 96 x 64 pixels"),
        opened_video(path),
    ):
        pass
    monkeypatch.setattr(videos, "MOST_PIXELS", 96 * 64)
    assert fault_of_video(path) == ""


def test_links_of_killed_runs_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos.tempfile, "gettempdir", lambda: str(tmp_path))
    left = tmp_path / "sympie_seg_link_0123"
    left.mkdir()
    os.symlink("/no/such", left / "video.avi")
    os.utime(left, (0, 0))
    path = write(tmp_path / "100%03d.avi", frames=2)
    with opened_video(path) as capture:
        assert capture.grab()
        assert len(list(tmp_path.glob("sympie_seg_link_*"))) == 1
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
