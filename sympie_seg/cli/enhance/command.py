"""The run of ``sympie-seg enhance IN OUT``: enhance a picture, a video, or a folder of them, with no mmseg.

========================  ========================================================================
file                      what
========================  ========================================================================
``__init__``              the options
``command``               the run
``jobs``                  which files are read, and where their results go
``pictures``, ``videos``  write them: alpha, 16 bits, frame rates; the readers are in ``sympie_seg.utils``
``record``                the 37 numbers as CSV or JSON
========================  ========================================================================
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch

from sympie_seg.api import default_enhancer, enhance, estimate
from sympie_seg.cli.enhance.large import enhance_large, is_large, strips_of
from sympie_seg.cli.enhance.pictures import write_picture
from sympie_seg.cli.enhance.record import FORMATS, Row, write_record
from sympie_seg.cli.enhance.sound import check_ffmpeg
from sympie_seg.cli.enhance.videos import count_frames, read_frames, transform_video
from sympie_seg.cli.failures import is_of_memory, told
from sympie_seg.enhancer import SyMPIE, WarpParameters, file_sha256, load_enhancer
from sympie_seg.enhancer.parameters import check_strength
from sympie_seg.enhancer.shipped import resolve_enhancer
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import naming, read_json_object
from sympie_seg.utils.jobs import Job, find_jobs
from sympie_seg.utils.pictures import (
    Picture,
    declared_pixels,
    fault_of_picture,
    read_picture,
)
from sympie_seg.utils.progress import progress_bar
from sympie_seg.utils.videos import fault_of_video

__all__ = ["run"]

MANIFEST = ".sympie_seg_enhance.json"


def run(options: argparse.Namespace) -> int:
    """Enhance what the options name; see ``sympie_seg.cli.enhance`` for them.

    Returns:
        0, or 1 if some files could not be enhanced or even read.

    Raises:
        SystemExit: with a message, if nothing can be done or written.
    """
    # What is wrong with a file is said once, by us.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        check(options)
        jobs, found = find_jobs(options.input, options.output, options.suffix)
        work = Work.start(options)
        if found:
            work.remarks += found.remarks()
            work.losses += found.losses()
        prepare(jobs, options, work.source, work.strength)
        work.run(jobs)
        if options.parameters:
            write_record(options.parameters, work.rows, work.source, work.strength)
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command continues with what is missing") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise SystemExit(f"error: {told(error)}") from None
    print(work.summary(jobs))
    return int(bool(work.failures or work.losses))


def check(options: argparse.Namespace) -> None:
    """Check the options.

    Raises:
        ValueError: with the option and the fix.
    """
    if options.parameters and options.parameters.suffix.lower() not in FORMATS:
        raise ValueError(f"--parameters must end in .csv or .json, got '{options.parameters}'")
    if not 0 <= options.smooth < 1:
        raise ValueError(f"--smooth must lie in [0, 1), got {options.smooth}")
    if options.suffix and not options.suffix.startswith("."):
        raise ValueError(f"--suffix starts with a dot, such as .png; got '{options.suffix}'")
    if options.codec and len(options.codec) != 4:
        raise ValueError(f"--codec has four letters, such as mp4v; got '{options.codec}'")
    if options.audio == "copy":
        check_ffmpeg()
        if options.fps:
            raise ValueError(
                "--fps changes the times of the frames, --audio copy keeps those of the sound; drop one"
            )
    if options.strength is not None:
        try:
            check_strength(options.strength)
        except ValueError as error:
            raise ValueError(f"--strength: {error}") from None


def prepare(
    jobs: list[Job], options: argparse.Namespace, source: str, strength: float = 1.0
) -> None:
    """Make sure that a folder holds the results of one enhancer; remove old ones where that was asked for.

    Raises:
        ValueError: if the folder holds the results of other options.
    """
    if (
        options.overwrite
    ):  # first of all, so that a run that is killed can continue without --overwrite
        for job in jobs:
            job.target.unlink(missing_ok=True)
    if not options.input.is_dir():
        return
    sha256 = source.rpartition("sha256 ")[2].rstrip(")")  # the file may have moved
    wanted = dict(
        enhancer=sha256,
        smooth=options.smooth,
        jpeg_quality=options.jpeg_quality,
        strength=strength,
        audio=options.audio,
    )
    path = options.output / MANIFEST
    if path.is_file() and not options.overwrite:
        kept = read_json_object(path, "delete it, or add --overwrite")
        found = {"strength": 1.0, "audio": "drop", **kept}  # early releases had none
        for key, value in wanted.items():
            if found.get(key) != value:
                raise ValueError(
                    f"'{options.output}' was filled with {key} {found.get(key)!r}, asked for is {value!r}; name "
                    "another folder, or add --overwrite"
                )
    replace_bytes(path, (json.dumps(wanted, indent=1) + "\n").encode())


@dataclass
class Work:
    """One run: the enhancer, the options, and what came out so far."""

    module: SyMPIE
    source: str
    options: argparse.Namespace
    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    skipped: int = 0

    @classmethod
    def start(cls, options: argparse.Namespace) -> Work:
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

    def run(self, jobs: list[Job]) -> None:
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
                    self.failures.append(_said(job.source, error))
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
            found = smoothed.update(estimate(frame, self.module, order="bgr", strength=1))
            rows.append(Row.of(job.name, found.scaled(self.strength), len(rows)))
            advance()
            return found

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

    def summary(self, jobs: list[Job]) -> str:
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


class Share:
    """One file's steps on the bar; however many it takes, they end where the next file's begin.

    Args:
        steps: how many it has.
        advance: of the bar.
    """

    def __init__(self, steps: int, advance: Callable[[], None]) -> None:
        self._left, self._advance = steps, advance

    def advance(self) -> None:
        """Show one more step, unless all are shown."""
        if self._left > 0:
            self._left -= 1
            self._advance()

    def finish(self) -> None:
        """Show the steps that are left."""
        while self._left > 0:
            self.advance()


class Smoothed:
    """Running mean of the parameters over the frames of a video.

    Args:
        keep: weight of the past, in [0, 1); 0 takes each frame's own.
    """

    def __init__(self, keep: float) -> None:
        self.keep = keep
        self.vector: torch.Tensor | None = None

    def update(self, parameters: WarpParameters) -> WarpParameters:
        """Give the mean with the next frame's parameters."""
        vector = parameters.to_vector()
        if self.vector is not None:
            vector = self.keep * self.vector + (1 - self.keep) * vector
        self.vector = vector
        return WarpParameters.from_vector(vector)


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


def _said(source: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"'{source}' cannot be read: {error.strerror}"
    if isinstance(error, cv2.error):
        return f"'{source}' cannot be used: {str(error).strip().splitlines()[-1]}"
    return f"'{source}' needs more memory than there is"
