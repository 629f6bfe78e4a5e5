"""One run: the enhancer, each picture and video in turn, and what came out so far."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch

from sympie_seg.api import default_enhancer, enhance, estimate
from sympie_seg.enhancer import SyMPIE, WarpParameters, file_sha256, load_enhancer
from sympie_seg.enhancer.shipped import resolve_enhancer
from sympie_seg.enhancing.large import enhance_large, is_large, strips_of
from sympie_seg.enhancing.options import Options
from sympie_seg.enhancing.pictures import write_picture
from sympie_seg.enhancing.record import Row
from sympie_seg.enhancing.smoothing import Smoothed
from sympie_seg.enhancing.videos import count_frames, read_frames, transform_video
from sympie_seg.utils.failures import is_of_memory
from sympie_seg.utils.foreign import naming
from sympie_seg.utils.jobs import Job
from sympie_seg.utils.pictures import Picture, declared_pixels, fault_of_picture, read_picture
from sympie_seg.utils.progress import Share, progress_bar
from sympie_seg.utils.videos import fault_of_video

__all__ = ["Work"]


@dataclass
class Work:
    """One run: the enhancer, the options, and what came out so far."""

    module: SyMPIE
    source: str
    options: Options
    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    skipped: int = 0

    @classmethod
    def start(cls, options: Options) -> Work:
        """Load the enhancer."""
        path = resolve_enhancer(options.enhancer or default_enhancer())
        device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        module = load_enhancer(path, device)[0].eval()
        if options.strength is not None:
            module.strength = options.strength
        return cls(module, f"{path} (sha256 {file_sha256(path)[:16]})", options)

    @property
    def strength(self) -> float:
        """As the option says, else the enhancer file's own."""
        return self.module.strength

    def run(self, jobs: Sequence[Job]) -> None:
        """Do all jobs; a file that cannot be read is noted, and the others are done."""
        steps = {job: _steps(job) for job in jobs}
        with progress_bar("Enhancing", sum(steps.values())) as advance:
            for job in jobs:
                there = self.is_there(job)
                self.skipped += there
                share = Share(steps[job], advance)
                try:
                    if job.is_video:
                        self.do_video(job, there, share.advance)
                    else:
                        self.do_picture(job, there, share.advance)
                except (ValueError, FloatingPointError) as error:
                    self.failures.append(str(error))
                except (MemoryError, cv2.error, OSError, RuntimeError) as error:
                    if not _is_about(job.source, error):
                        raise
                    self.failures.append(_message(job.source, error))
                share.finish()

    def is_there(self, job: Job) -> bool:
        """Whether the result is there, and whole: all of it is decoded."""
        if not job.target.is_file():
            return False
        fault = (fault_of_video if job.is_video else fault_of_picture)(job.target)
        if fault:
            self.remarks.append(f"'{job.target}' {fault}: it was made again")
        return not fault

    def do_picture(self, job: Job, there: bool, advance: Callable[[], None]) -> None:
        """Enhance a picture; where the result is there, only estimate, if parameters are asked for."""
        if there and not self.options.parameters:
            return
        with naming(job.source, "cannot be decoded", "get it again"):
            picture = read_picture(job.source)
        if there:
            parameters = estimate(picture.colours, self.module)
        else:
            colours, predicted = self.enhanced(picture.colours, advance)
            assert predicted is not None  # SyMPIE always has parameters
            parameters = predicted
            write_picture(job.target, Picture(colours, picture.alpha), self.options.jpeg_quality)
            if job.target.suffix.lower() == ".gif":
                self.remarks.append(
                    f"'{job.target}' has few colours, as GIF does; --suffix .png keeps all"
                )
        self.rows.append(Row.of(job.name, parameters))

    def enhanced(
        self, colours: np.ndarray, advance: Callable[[], None]
    ) -> tuple[np.ndarray, WarpParameters | None]:
        """Enhance a picture; a large one strip by strip."""
        if is_large(colours.shape[0] * colours.shape[1]):
            return enhance_large(colours, self.module, advance)
        return enhance(colours, self.module)

    def do_video(self, job: Job, there: bool, advance: Callable[[], None]) -> None:
        """Enhance a video, as :meth:`do_picture`."""
        if there and not self.options.parameters:
            return
        smoothed = Smoothed(self.options.smooth)
        rows: list[Row] = []

        def next_parameters(frame: np.ndarray) -> WarpParameters:
            # The smoothed prediction is what the strength moves, so that 0 changes no bit.
            predicted = smoothed.update(estimate(frame, self.module, order="bgr", strength=1))
            rows.append(Row.of(job.name, predicted.scaled(self.strength), len(rows)))
            advance()
            return predicted

        def enhanced(frame: np.ndarray) -> np.ndarray:
            parameters = next_parameters(frame)
            return enhance(
                frame, self.module, order="bgr", parameters=parameters, strength=self.strength
            )[0]

        if there:
            for frame in read_frames(job.source):
                next_parameters(frame)
        else:
            codec, fps, sound = (
                self.options.codec,
                self.options.fps,
                self.options.audio == "copy",
            )
            remark = transform_video(job.source, job.target, enhanced, codec, fps, sound)
            self.remarks += [f"'{job.source}': {remark}"] if remark else []
        self.rows += rows

    def summary(self, jobs: Sequence[Job]) -> str:
        """Say what was done, and name the files that were not."""
        done = len(jobs) - self.skipped - len(self.failures)
        lines = [f"{done} enhanced into '{self.options.output}' by {self.source}"]
        if self.skipped:
            lines.append(f"{self.skipped} were there already (--overwrite does them again)")
        lines += [f"note: {remark}" for remark in self.remarks]
        if self.losses:
            lines.append("not everything was enhanced, see the notes on what was left out")
        if self.failures:
            lines.append(f"{len(self.failures)} could not be enhanced:")
            lines += [f"  {failure}" for failure in self.failures]
        return "\n".join(lines)


def _steps(job: Job) -> int:
    """Frames of a video, strips of a large picture, else 1."""
    if job.is_video:
        return max(1, count_frames(job.source))
    return strips_of(declared_pixels(job.source))


def _is_about(source: Path, error: Exception) -> bool:
    """Whether one file is to blame, so that the others can be done: not a full disk or a failing device."""
    if isinstance(error, OSError):  # no permission, or gone since the folder was listed
        return error.filename is not None and Path(os.fsdecode(error.filename)) == source
    if isinstance(error, RuntimeError):
        return is_of_memory(error)
    return True


def _message(source: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"'{source}' cannot be read: {error.strerror}"
    if isinstance(error, cv2.error):
        return f"'{source}' cannot be used: {str(error).strip().splitlines()[-1]}"
    return f"'{source}' needs more memory than there is"
