"""Strips of pictures: input, enhanced, the network's prediction without and with the enhancer, ground truth."""

from __future__ import annotations

import json
import os.path as osp
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from sympie_seg.comparison.enhancers import choose_enhancers
from sympie_seg.comparison.network import NetworkUnderTest
from sympie_seg.comparison.picture_pipeline import first_test_set, metainfo, picture_steps
from sympie_seg.engine.hooks.prediction_strip_hook import prediction_of
from sympie_seg.enhancer.files import file_sha256
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.folders import FolderListing
from sympie_seg.utils.foreign import read_json_object
from sympie_seg.utils.images import write_image
from sympie_seg.utils.jobs import Job, find_jobs
from sympie_seg.utils.labels import read_labels
from sympie_seg.utils.pictures import fault_of_picture, read_picture
from sympie_seg.utils.progress import progress_bar
from sympie_seg.visualization import enhancement_strip
from sympie_seg.visualization.before_after import before_and_after

__all__ = ["Drawing", "Outcome", "Sources", "write_strips"]

MANIFEST = ".sympie_seg_visualize.json"


@dataclass(frozen=True)
class Sources:
    """What predicts: config, the network's checkpoint, and an enhancer (a file, or a name such as 'clahe').

    ``cfg_options`` are the changes that :attr:`load` makes to the config.
    """

    config: str
    checkpoint: str
    enhancer: str
    load: Callable[[], Config]
    cfg_options: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Drawing:
    """How a strip looks.

    Attributes:
        truth: folder of label maps with the pictures' tree, or one file; None for no ground truth.
        image_suffix: what ``truth_suffix`` replaces. Defaults to None: the picture's own suffix.
        truth_suffix: end of a label map's name.
        opacity: of the classes on the pictures, in [0, 1].
        width: of one picture in pixels; None for its own.
        columns: pictures in a row; None for all.
        parameters: draw C_M, C_S and K, too.

    Raises:
        ValueError: if the opacity lies elsewhere.
    """

    truth: Path | None = None
    image_suffix: str | None = None
    truth_suffix: str = ".png"
    opacity: float = 1.0
    width: int | None = None
    columns: int | None = None
    parameters: bool = False

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"--opacity must lie in [0, 1], got {self.opacity}")


@dataclass(frozen=True)
class Outcome:
    """What was done.

    Attributes:
        strips: how many there are to be.
        written: how many this run wrote.
        failures: one line for each that could not be drawn.
        listing: what a folder holds besides pictures; None for one file.
    """

    strips: int
    written: int
    failures: list[str]
    listing: FolderListing | None


def write_strips(
    source: Path, out: Path, sources: Sources, drawing: Drawing, overwrite: bool = False
) -> Outcome:
    """Draw what is missing. Network and config are loaded only if anything is.

    Args:
        source: a picture or a folder, with the tree below it.
        out: PNG file, or folder to fill.
        sources: what predicts.
        drawing: how a strip looks.
        overwrite: draw again what is there already.

    Raises:
        OSError: if there is nothing to read, or a file cannot be written.
        ValueError: if ``out`` cannot be used or holds strips drawn with other options, or config, checkpoint or
            enhancer cannot be used.
    """
    jobs, listing = list_strips(source, out)
    _prepare(source, out, jobs, _manifest(sources, drawing), overwrite)
    missing = [job for job in jobs if not job.target.is_file() or fault_of_picture(job.target)]
    failures = []
    if missing:
        painter = build_painter(sources, drawing)
        with progress_bar("Drawing", len(missing)) as advance:
            for job in missing:
                try:
                    write_image(job.target, painter.draw(job))
                except ValueError as error:
                    failures.append(str(error))
                advance()
    return Outcome(len(jobs), len(missing) - len(failures), failures, listing)


@dataclass(frozen=True)
class Painter:
    """What is needed to draw one picture: model, pipeline, classes and options."""

    model: nn.Module
    pipeline: Compose
    meta: dict[str, Any]
    drawing: Drawing

    def draw(self, job: Job) -> np.ndarray:
        """Read, predict twice, draw.

        Raises:
            ValueError: if picture or label cannot be read or used; the message names the file.
        """
        read_picture(job.source)  # OpenCV fills up what is cut off, and says nothing
        drawing = self.drawing
        truth = None if drawing.truth is None else _read_truth(job, drawing, drawing.truth)
        try:
            packed = self.pipeline(dict(img_path=str(job.source)))
            batch = dict(inputs=[packed["inputs"]], data_samples=[packed["data_samples"]])
            before_after = before_and_after(self.model, batch)
        except (RuntimeError, FloatingPointError, ValueError) as error:
            raise ValueError(f"'{job.source}': {str(error).splitlines()[0]}") from error
        classes = self.meta.get("classes") or ()
        return enhancement_strip(
            before_after.input,
            before_after.enhanced,
            prediction_of(before_after.before, classes),
            prediction_of(before_after.after, classes),
            truth,
            classes,
            self.meta.get("palette") or (),
            before_after.parameters if drawing.parameters else None,
            title=job.name,
            opacity=drawing.opacity,
            width=drawing.width,
            columns=drawing.columns,
        )


def build_painter(sources: Sources, drawing: Drawing) -> Painter:
    """Build network, enhancer and pipeline as the config has them for testing."""
    cfg = sources.load()
    init_default_scope(cfg.get("default_scope", "mmseg"))
    (choice,) = choose_enhancers([sources.enhancer])
    network = NetworkUnderTest(cfg, sources.checkpoint)
    network.put_in_front(choice.config, choice.strength)
    part = first_test_set(cfg)
    return Painter(network.model, Compose(picture_steps(part)), metainfo(part), drawing)


def list_strips(source: Path, out: Path) -> tuple[list[Job], FolderListing | None]:
    """List the pictures and the strips to write; two names of one stem keep their suffix.

    Returns:
        The strips, and what a folder holds besides them.

    Raises:
        OSError: if there is nothing to read.
        ValueError: if ``out`` cannot be used.
    """
    jobs, listing = find_jobs(source, out)
    jobs = [job for job in jobs if not job.is_video]
    if not jobs:
        raise FileNotFoundError(f"no picture in '{source}'")
    targets = [job.target.with_suffix(".png") for job in jobs]
    named = [
        Job(job.source, _full_name(job) if targets.count(target) > 1 else target, job.name)
        for job, target in zip(jobs, targets, strict=True)
    ]
    return named, listing


def _full_name(job: Job) -> Path:
    """``a.jpg.png``."""
    return job.target.with_name(f"{job.source.name}.png")


def _read_truth(job: Job, drawing: Drawing, truth: Path) -> np.ndarray:
    path = _truth_file(job, drawing, truth)
    if not path.is_file():
        raise ValueError(f"'{job.source}' has no label map '{path}' (--truth, --truth-suffix)")
    return read_labels(path).astype(np.int64)


def _truth_file(job: Job, drawing: Drawing, truth: Path) -> Path:
    """Name the label map that belongs to a picture."""
    if truth.is_file():
        return truth
    suffix = drawing.image_suffix or job.source.suffix
    if not job.name.endswith(suffix):
        raise ValueError(f"'{job.source}' does not end in '{suffix}' (--image-suffix)")
    return truth / (job.name[: -len(suffix)] + drawing.truth_suffix)


def _manifest(sources: Sources, drawing: Drawing) -> dict[str, str]:
    """What the strips of a folder have in common."""
    files = {
        "config": sources.config,
        "checkpoint": sources.checkpoint,
        "enhancer": sources.enhancer,
    }
    wanted = {k: file_sha256(v) if osp.isfile(v) else v for k, v in files.items()}
    look = asdict(drawing)
    names = ("truth", "opacity", "width", "columns", "parameters")
    wanted.update({name: repr(look[name]) for name in names})
    return {**wanted, "cfg_options": repr(sources.cfg_options)}


def _prepare(
    source: Path, out: Path, jobs: list[Job], wanted: dict[str, str], overwrite: bool
) -> None:
    """Make sure that a folder holds strips of one kind; remove old ones where that was asked for.

    Raises:
        ValueError: if the folder holds strips drawn with other options.
    """
    if overwrite:
        for job in jobs:
            job.target.unlink(missing_ok=True)
    if not source.is_dir():
        return
    path = out / MANIFEST
    if path.is_file() and not overwrite:
        recorded = read_json_object(path, "delete it, or add --overwrite")
        other = [name for name, value in wanted.items() if recorded.get(name) != value]
        if other:
            raise ValueError(
                f"'{out}' holds strips drawn with another {', '.join(other)}; name another folder, or add "
                "--overwrite"
            )
    replace_bytes(path, (json.dumps(wanted, indent=1) + "\n").encode())
