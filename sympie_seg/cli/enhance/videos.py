"""Read a video frame by frame and write another of the same size and rate, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

__all__ = ["count_frames", "read_frames", "transform_video"]

_CODECS = {".avi": "MJPG", ".webm": "VP80", ".wmv": "WMV2"}
_CODEC = "mp4v"  # of the other containers: what every build of OpenCV has


def count_frames(path: Path) -> int:
    """How many frames the file says it has; 0 if it does not say or cannot be opened."""
    capture = cv2.VideoCapture(os.fspath(path))
    try:
        return max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
    finally:
        capture.release()


def read_frames(path: Path) -> Iterator[np.ndarray]:
    """Give the frames, BGR uint8 (H, W, 3).

    Raises:
        ValueError: if the file is no video that OpenCV can read, or holds no frame.
    """
    with _opened(path) as capture:
        read = False
        while (answer := capture.read())[0]:
            read = True
            yield answer[1]
        if not read:
            raise ValueError(f"'{path}' holds no frame that OpenCV can decode")


def transform_video(
    source: Path,
    target: Path,
    function: Callable[[np.ndarray], np.ndarray],
    codec: str | None = None,
    fps: float | None = None,
) -> str:
    """Write a video of ``function`` of every frame; sound is left out.

    Args:
        source: the video.
        target: file to write; its suffix names the container.
        function: frame to frame of the same size, both BGR uint8.
        codec: four letters (FourCC). Defaults to MJPG for .avi, VP80 for .webm, WMV2 for .wmv, else mp4v.
        fps: frames per second. Defaults to the source's.

    Returns:
        A remark on what is unlike the source besides sound, or an empty string.

    Raises:
        ValueError: if the source cannot be read, its rate is unknown, or OpenCV has no such codec.
        OSError: if the target cannot be written.
    """
    with _opened(source) as capture:
        fps = fps or capture.get(cv2.CAP_PROP_FPS)
        announced = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    if not 0 < fps < 1e4:
        raise ValueError(f"'{source}' does not say its frames per second; give --fps")
    aside = target.with_name(f".{target.name}.partial")  # a folder, as OpenCV looks at the suffix
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        count, size = _write(source, aside / target.name, function, codec, fps)
        with open(aside / target.name, "rb") as file:
            os.fsync(file.fileno())
        os.replace(aside / target.name, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return _remark(count, announced, size)


def _write(
    source: Path,
    target: Path,
    function: Callable[[np.ndarray], np.ndarray],
    codec: str | None,
    fps: float,
) -> tuple[int, tuple[int, int]]:
    writer, size, count = None, (0, 0), 0
    try:
        for count, frame in enumerate(read_frames(source), 1):
            if writer is None:
                size = frame.shape[1::-1]
                writer = _writer(target, codec, fps, size)
            if frame.shape[1::-1] != size:
                raise ValueError(f"'{source}' changes its size at frame {count}; split it there")
            writer.write(function(frame))
    finally:
        if writer is not None:
            writer.release()
    written = count_frames(target)
    if written != count:  # OpenCV says nothing where the disk is full
        raise OSError(
            f"only {written} of {count} frames of '{source}' could be written; disk full?"
        )
    return count, size


def _writer(target: Path, codec: str | None, fps: float, size: tuple[int, int]) -> cv2.VideoWriter:
    codec = codec or _CODECS.get(target.suffix.lower(), _CODEC)
    writer = cv2.VideoWriter(os.fspath(target), cv2.VideoWriter.fourcc(*codec), fps, size)
    if not writer.isOpened():
        raise ValueError(
            f"this OpenCV has no codec '{codec}' for '{target.suffix}' at {size[0]} x {size[1]}, {fps:g} frames a "
            "second; try --codec mp4v with --suffix .mp4, or --codec MJPG with .avi"
        )
    return writer


def _remark(count: int, announced: int, size: tuple[int, int]) -> str:
    remarks = []
    if count < announced:
        remarks.append(f"{count} of the announced {announced} frames could be decoded")
    if size[0] % 2 or size[1] % 2:
        remarks.append(f"{size[0]} x {size[1]} was cut to even sides, as OpenCV does")
    return "; ".join(remarks)


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    capture = cv2.VideoCapture(os.fspath(path))
    try:
        if not capture.isOpened():
            raise ValueError(f"'{path}' is no video that OpenCV {cv2.__version__} can open")
        yield capture
    finally:
        capture.release()
