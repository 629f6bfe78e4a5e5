"""``sympie-seg enhance`` on the names, folders and damage that people really have."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.cli.main import main
from sympie_seg.enhancing.videos import _aside
from sympie_seg.utils.held_folders import held_folder
from sympie_seg.utils.images import write_image

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def write_video(path: Path, frames: int = 4) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12.5, (64, 48))
    for index in range(frames):
        writer.write(np.full((48, 64, 3), 30 + 40 * index, np.uint8))
    writer.release()
    return path


@pytest.fixture
def start(enhancer_file: Path, capsys: pytest.CaptureFixture):
    def run(*words: object, status: int = 0) -> str:
        arguments = ["enhance", *map(str, words), "--enhancer", str(enhancer_file)]
        assert main([*arguments, "--device", "cpu"]) == status
        return capsys.readouterr().out

    return run


def test_names_in_no_encoding(start, tmp_path: Path) -> None:
    """They ended the whole program with a segmentation fault."""
    names = [os.fsdecode(name) for name in (b"na\xdf.png", b"100%03d.png", b"vi\xdf%d.avi")]
    for name in names[:2]:
        write_image(tmp_path / "in" / name, NOISE)
    os.replace(write_video(tmp_path / "a.avi"), tmp_path / "in" / names[2])
    assert "3 enhanced" in start(tmp_path / "in", tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").glob("[!.]*")) == sorted(names)
    again = start(tmp_path / "in", tmp_path / "out")
    assert "0 enhanced" in again and "3 were there already" in again


def test_what_is_left_out_is_named(start, tmp_path: Path) -> None:
    for name in ("a.png", "x/b.PNG", "._a.png", ".hidden/c.png", ".ipynb_checkpoints/a.png"):
        write_image(tmp_path / "in" / name, NOISE)
    (tmp_path / "in/Thumbs.db").write_bytes(b"x")
    output = start(tmp_path / "in", tmp_path / "out")
    assert "2 enhanced" in output
    assert "1 left out" in output and "hidden ('.hidden')" in output and "'Thumbs.db'" in output
    (tmp_path / "in/gone.png").symlink_to(tmp_path / "nothing.png")
    (tmp_path / "in/b.heic").write_bytes(b"x")
    output = start(tmp_path / "in", tmp_path / "out", status=1)
    assert (
        "links to nothing ('gone.png')" in output
        and "not read here; convert them ('b.heic')" in output
    )
    assert "not everything was enhanced" in output


@pytest.mark.parametrize("name", ["a.png", "a.avi"])
def test_a_damaged_result_is_not_taken_for_there(start, tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    if name == "a.png":
        write_image(tmp_path / "in" / name, NOISE)
    else:
        write_video(tmp_path / "in" / name)
    start(tmp_path / "in", tmp_path / "out")
    result = tmp_path / "out" / name
    whole = result.read_bytes()
    result.write_bytes(whole[: len(whole) * 3 // 4])
    output = start(tmp_path / "in", tmp_path / "out")
    assert "1 enhanced" in output and "is cut off" in output and "it was made again" in output
    assert result.read_bytes() == whole


def test_a_video_that_cannot_be_written_whole(start, tmp_path: Path, monkeypatch) -> None:
    source = write_video(tmp_path / "a.avi")
    monkeypatch.setattr("sympie_seg.enhancing.videos.fault_of_video", lambda *_: "has 3 frames")
    with pytest.raises(SystemExit, match=r"b\.avi' could not be written whole: .* has 3 frames"):
        start(source, tmp_path / "b.avi")
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != ".pth") == ["a.avi"]


def test_gif_says_what_it_loses(start, tmp_path: Path) -> None:
    write_image(tmp_path / "a.gif", NOISE)
    assert "few colours, as GIF does; --suffix .png" in start(
        tmp_path / "a.gif", tmp_path / "b.gif"
    )


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".jpe", ".JPE", ".jfif"])
def test_jpeg_quality_under_every_suffix(start, tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "a.png"
    write_image(source, NOISE)
    sizes = []
    for quality in (30, 95):
        out = tmp_path / f"{quality}{suffix}"
        start(source, out, "--jpeg-quality", quality)
        sizes.append(out.stat().st_size)
        assert out.read_bytes().startswith(b"\xff\xd8\xff")
    assert 2 * sizes[0] < sizes[1]


def test_a_video_of_varying_rate_is_noted(start, tmp_path: Path) -> None:
    """The time-to-sample table of an MP4 is rewritten: the second half is shown five times as long."""
    path = tmp_path / "a.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    for level in range(6):
        writer.write(np.full((48, 64, 3), 40 * level, np.uint8))
    writer.release()
    data = bytearray(path.read_bytes())
    at = data.index(b"stts")
    count, ticks = struct.unpack_from(">II", data, at + 12)
    assert count == 6
    boxes = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"]
    table = struct.pack(">IIIII", 2, 3, ticks, 3, 5 * ticks)
    data[at + 8 : at + 20] = table
    for name in boxes:
        offset = data.index(name) - 4
        struct.pack_into(">I", data, offset, struct.unpack_from(">I", data, offset)[0] + 8)
    total = 3 * ticks + 3 * 5 * ticks
    offsets = {name: data.index(name) for name in (b"mdhd", b"mvhd", b"tkhd", b"elst")}
    struct.pack_into(">I", data, offsets[b"mdhd"] + 20, total)
    own, film = (struct.unpack_from(">I", data, offsets[n] + 16)[0] for n in (b"mdhd", b"mvhd"))
    for name, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"elst", 12)):
        struct.pack_into(">I", data, offsets[name] + offset, total * film // own)
    path.write_bytes(data)
    output = start(path, tmp_path / "b.mp4")
    assert "its frame rate varies (frames 0.1 to 0.5 s apart)" in output


def test_long_names_and_leftovers(start, tmp_path: Path) -> None:
    """A killed video's folder is hidden, so that the next run neither enhances nor keeps it."""
    name = "v" * 250 + ".avi"
    (tmp_path / "in").mkdir()
    os.replace(write_video(tmp_path / "a.avi"), tmp_path / "in" / name)
    assert "1 enhanced" in start(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out" / name).is_file()
    assert not list((tmp_path / "out").glob("*.partial"))


def test_a_video_that_another_run_is_writing(start, tmp_path: Path) -> None:
    """Its unfinished frames stay the other run's; the rest of the folder is done."""
    (tmp_path / "in").mkdir()
    for name in "ab":
        write_video(tmp_path / "in" / f"{name}.avi")
    with held_folder(_aside(tmp_path / "out/a.avi")):
        output = start(tmp_path / "in", tmp_path / "out", status=1)
    assert (
        "1 enhanced" in output and "a.avi' is being written by another run; wait for it" in output
    )
    assert [path.name for path in (tmp_path / "out").glob("*.avi")] == ["b.avi"]
    assert "1 enhanced" in start(tmp_path / "in", tmp_path / "out")
