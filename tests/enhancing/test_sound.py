"""``--audio copy``: what ffmpeg is asked for, and what happens where it is absent or fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.cli.main import main
from sympie_seg.utils.videos import fault_of_video

# Keeps its arguments, and gives the first of its inputs for the result.
COPIES = """#!/bin/sh
printf '%s\\n' "$@" > "$0.words"
for word in "$@"; do
  if [ "$before" = -i ] && [ -z "$first" ]; then first=${word#file:}; fi
  before=$word
done
cp "$first" "${before#file:}"
"""
FAILS = "#!/bin/sh\necho 'one line' >&2\necho 'codec opus is not supported' >&2\nexit 1\n"
CUTS = COPIES.replace('cp "$first"', 'head -c 3000 "$first" >')


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "a.avi"
    path.parent.mkdir()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for number in range(5):
        writer.write(np.full((48, 64, 3), 40 * number, np.uint8))
    writer.release()
    return path


@pytest.fixture
def ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a program of this name first on the PATH."""

    def install(text: str) -> Path:
        program = tmp_path / "programs" / "ffmpeg"
        program.parent.mkdir()
        program.write_text(text)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return program

    return install


@pytest.fixture
def start(enhancer_file: Path, capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, str]]:
    def run(*words: object) -> tuple[int, str]:
        try:
            status = main(["enhance", *map(str, words), "--enhancer", str(enhancer_file)])
        except SystemExit as error:
            return 1, str(error)
        return status, capsys.readouterr().out

    return run


def test_copied(start: Callable, ffmpeg: Callable, video: Path, tmp_path: Path) -> None:
    program, out = ffmpeg(COPIES), tmp_path / "b.avi"
    assert start(video, out, "--audio", "copy")[0] == 0
    assert fault_of_video(out, 5) == ""
    words = Path(f"{program}.words").read_text().split("\n")
    inputs = [words[index + 1] for index, word in enumerate(words) if word == "-i"]
    assert inputs[1] == f"file:{video}" and inputs[0].endswith("/video.avi")
    assert words[words.index("-c") + 1] == "copy"
    maps = [words[index + 1] for index, word in enumerate(words) if word == "-map"]
    assert maps == ["0:v:0", "1:a?"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_not_asked_for(start: Callable, ffmpeg: Callable, video: Path, tmp_path: Path) -> None:
    program = ffmpeg(FAILS)
    assert start(video, tmp_path / "b.avi")[0] == 0
    assert not Path(f"{program}.words").exists()


def test_absent(
    start: Callable, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    status, output = start(video, tmp_path / "b.avi", "--audio", "copy")
    assert (
        status == 1 and "--audio copy needs the program ffmpeg, which is not on the PATH" in output
    )
    assert not (tmp_path / "b.avi").exists()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (FAILS, "ffmpeg could not copy its sound into '.avi' (codec opus is not supported); try"),
        (CUTS, "with its sound, what ffmpeg wrote is cut off"),
    ],
    ids=["fails", "cuts"],
)
def test_failures_are_named(
    start: Callable, ffmpeg: Callable, video: Path, tmp_path: Path, program: str, words: str
) -> None:
    ffmpeg(program)
    status, output = start(video.parent, tmp_path / "out", "--audio", "copy")
    assert status == 1 and f"'{video}': {words}" in output
    assert not (tmp_path / "out/a.avi").exists()


def test_folders_with_and_without_sound(
    start: Callable, ffmpeg: Callable, video: Path, tmp_path: Path
) -> None:
    ffmpeg(COPIES)
    assert start(video.parent, tmp_path / "out")[0] == 0
    status, output = start(video.parent, tmp_path / "out", "--audio", "copy")
    assert status == 1 and "was filled with audio 'drop', asked for is 'copy'" in output


def test_other_rate(start: Callable, ffmpeg: Callable, video: Path, tmp_path: Path) -> None:
    ffmpeg(COPIES)
    status, output = start(video, tmp_path / "b.avi", "--audio", "copy", "--fps", 20)
    assert status == 1 and "--fps changes the times of the frames" in output


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg on the PATH")
def test_real_ffmpeg(start: Callable, video: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "with.mp4", tmp_path / "out.mp4"
    tone = ["-f", "lavfi", "-i", "sine=duration=0.5", "-c:v", "mpeg4", "-c:a", "aac", "-shortest"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", video, *tone, source], check=True)
    assert start(source, out, "--audio", "copy")[0] == 0
    output = subprocess.run(
        ["ffmpeg", "-i", out], capture_output=True, text=True, check=False
    ).stderr
    assert "Audio: aac" in output and "Video: mpeg4" in output
