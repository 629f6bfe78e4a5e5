"""Read a video frame by frame and write another of the same size and rate, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from sympie_seg.enhancing.sound import copy_sound
from sympie_seg.utils.held_folders import held_folder
from sympie_seg.utils.videos import fault_of_video, opened_video, plain_name

__all__ = ["count_frames", "read_frames", "transform_video"]

_CODECS = {".avi": "MJPG", ".webm": "VP80", ".wmv": "WMV2", ".asf": "WMV2", ".flv": "FLV1"}
_CODEC = "mp4v"  # of the other containers: what every build of OpenCV has
_UNEVEN = 1.5  # longest over shortest time between frames; rounding to a container's clock stays far below

Function = Callable[[np.ndarray], np.ndarray]


def count_frames(path: Path) -> int:
    """How many frames the file says it has; 0 if it does not say or cannot be opened."""
    try:
        with opened_video(path) as capture:
            return max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
    except ValueError:
        return 0


def read_frames(path: Path, times: list[float] | None = None) -> Iterator[np.ndarray]:
    """Give the frames, BGR uint8 (H, W, 3).

    Args:
        path: the video.
        times: gets the time of each frame, in milliseconds. Defaults to None.

    Raises:
        ValueError: if the file is no video that OpenCV can read, or holds no frame.
    """
    with opened_video(path) as capture:
        read = False
        while (answer := capture.read())[0]:
            read = True
            if times is not None:
                times.append(capture.get(cv2.CAP_PROP_POS_MSEC))
            yield answer[1]
        if not read:
            raise ValueError(f"'{path}' holds no frame that OpenCV can decode")


def transform_video(
    source: Path,
    target: Path,
    function: Function,
    codec: str | None = None,
    fps: float | None = None,
    sound: bool = False,
) -> str:
    """Write a video of ``function`` of every frame; sound is left out.

    The result is written aside, decoded from its first to its last frame, and moved into place only if all are there.

    Args:
        source: the video.
        target: file to write; its suffix names the container.
        function: frame to frame of the same size, both BGR uint8.
        codec: four letters (FourCC). Defaults to MJPG for .avi, VP80 for .webm, WMV2 for .wmv, else mp4v.
        fps: frames per second. Defaults to the source's.
        sound: copy the source's sound, with the program ffmpeg. Defaults to False.

    Returns:
        A remark on what is unlike the source besides sound, or an empty string.

    Raises:
        ValueError: if the source cannot be read, its rate is unknown, OpenCV has no such codec, or its sound cannot be
            copied.
        OSError: if the target cannot be written whole.
    """
    with opened_video(source) as capture:
        fps = fps or capture.get(cv2.CAP_PROP_FPS)
        announced = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    if not 0 < fps < 1e4:
        raise ValueError(f"'{source}' does not say its frames per second; give --fps")
    aside = _aside(target)
    times: list[float] = []
    try:
        with held_folder(aside):
            partial = aside / f"video{target.suffix.lower()}"  # OpenCV looks at the suffix
            count, size = _write(source, partial, function, codec, fps, times)
            _check_written(partial, count, target)
            if sound:
                partial = _with_sound(partial, source, count)
            with open(partial, "rb") as file:
                os.fsync(file.fileno())
            os.replace(partial, target)
    except BlockingIOError as error:
        raise ValueError(f"'{target}' is being written by another run; wait for it") from error
    return _remark(count, announced, size, times, fps, sound)


def _check_written(partial: Path, count: int, target: Path) -> None:
    """Decode what was written: OpenCV says nothing where the disk is full."""
    if fault := fault_of_video(partial, count):
        free = shutil.disk_usage(partial.parent).free / 2**20
        raise OSError(
            f"'{target}' could not be written whole: what was written {fault} ({free:,.0f} MiB free in "
            f"'{target.parent}')"
        )


def _with_sound(pictures: Path, source: Path, count: int) -> Path:
    """Write the video again with the source's sound, beside it; checked as it was."""
    together = pictures.with_name(f"sound{pictures.suffix}")
    copy_sound(pictures, source, together)
    if fault := fault_of_video(together, count):
        raise ValueError(f"'{source}': with its sound, what ffmpeg wrote {fault}")
    return together


def _aside(target: Path) -> Path:
    """A hidden folder beside the target, of a name that is short and the same at each run."""
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
    return target.with_name(f".{digest}.partial")


def _write(
    source: Path,
    target: Path,
    function: Function,
    codec: str | None,
    fps: float,
    times: list[float],
) -> tuple[int, tuple[int, int]]:
    writer, size, count = None, (0, 0), 0
    with plain_name(target.parent) as folder:
        try:
            for count, frame in enumerate(read_frames(source, times), 1):
                if writer is None:
                    size = frame.shape[1::-1]
                    writer = _writer(os.path.join(folder, target.name), codec, fps, size)
                if frame.shape[1::-1] != size:
                    raise ValueError(
                        f"'{source}' changes its size at frame {count}; split it there"
                    )
                writer.write(function(frame))
        finally:
            if writer is not None:
                writer.release()
    return count, size


def _writer(target: str, codec: str | None, fps: float, size: tuple[int, int]) -> cv2.VideoWriter:
    suffix = os.path.splitext(target)[1]
    codec = codec or _CODECS.get(suffix, _CODEC)
    fourcc = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(target, cv2.CAP_FFMPEG, fourcc, fps, size)
    if not writer.isOpened():
        raise ValueError(
            f"this OpenCV has no codec '{codec}' for '{suffix}' at {size[0]} x {size[1]}, {fps:g} frames a "
            "second; try --codec mp4v with --suffix .mp4, or --codec MJPG with .avi"
        )
    return writer


def _remark(
    count: int,
    announced: int,
    size: tuple[int, int],
    times: list[float],
    fps: float,
    sound: bool,
) -> str:
    remarks = []
    if count < announced:
        remarks.append(f"{count} of the announced {announced} frames could be decoded")
    if size[0] % 2 or size[1] % 2:
        remarks.append(f"{size[0]} x {size[1]} was cut to even sides, as OpenCV does")
    steps = np.diff(times)
    if len(steps) and steps.min() > 0 and steps.max() > _UNEVEN * steps.min():
        remarks.append(
            f"its frame rate varies (frames {steps.min() / 1e3:.3g} to {steps.max() / 1e3:.3g} s apart); in the "
            f"result all are {1 / fps:.3g} s apart{', and the sound need not fit them' if sound else ''}"
        )
    return "; ".join(remarks)
