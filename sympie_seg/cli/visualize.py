"""Draw strips of pictures: input, enhanced, the network's prediction without and with the enhancer, ground truth.

    sympie-seg visualize CONFIG CHECKPOINT IN OUT --enhancer enhancer.pth [--truth LABELS]

IN is a picture or a folder (with the tree below it), OUT the file or folder to write, as PNG. Pictures go through
the config's test pipeline, of any size; CHECKPOINT holds the frozen network. A run that was stopped continues with what
is missing.
"""

from __future__ import annotations

import argparse
import json
import os.path as osp
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import Compose
from mmengine.registry import init_default_scope
from torch import nn

from sympie_seg.cli.common import add_config_options, load_config
from sympie_seg.cli.enhance.jobs import Job, find_jobs
from sympie_seg.comparison.enhancers import choose_enhancers
from sympie_seg.comparison.network import NetworkUnderTest
from sympie_seg.comparison.picture_pipeline import first_test_set, metainfo, picture_steps
from sympie_seg.engine.hooks.prediction_strip_hook import prediction_of
from sympie_seg.enhancer.files import file_sha256
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.folders import Found
from sympie_seg.utils.foreign import read_json_object
from sympie_seg.utils.images import write_image
from sympie_seg.utils.labels import read_labels
from sympie_seg.utils.pictures import fault_of_picture, read_picture
from sympie_seg.utils.progress import progress_bar
from sympie_seg.visualization import enhancement_strip
from sympie_seg.visualization.before_after import before_and_after

MANIFEST = ".sympie_seg_visualize.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("config", help="test config of the network")
    parser.add_argument("checkpoint", help="checkpoint of the frozen network")
    parser.add_argument("input", type=Path, metavar="IN", help="a picture, or a folder of pictures")
    parser.add_argument("output", type=Path, metavar="OUT", help="PNG file, or folder to fill")
    parser.add_argument("--enhancer", required=True, help="enhancer file, or a name such as clahe")
    parser.add_argument(
        "--truth", type=Path, help="folder of label maps with IN's tree (or one file)"
    )
    parser.add_argument(
        "--image-suffix", help="what --truth-suffix replaces (default: IN's suffix)"
    )
    parser.add_argument("--truth-suffix", default=".png", help="such as _gtFine_labelTrainIds.png")
    parser.add_argument("--opacity", type=float, default=1.0, help="of the classes on the pictures")
    parser.add_argument("--width", type=int, help="of one picture, in pixels (default: its own)")
    parser.add_argument("--columns", type=int, help="pictures in a row (default: all)")
    parser.add_argument("--parameters", action="store_true", help="draw C_M, C_S and K, too")
    parser.add_argument("--overwrite", action="store_true", help="draw again what is there already")
    add_config_options(parser)


@dataclass(frozen=True)
class Painter:
    """What is needed to draw one picture: model, pipeline, classes and options."""

    model: nn.Module
    pipeline: Compose
    meta: dict[str, Any]
    args: argparse.Namespace

    def draw(self, job: Job) -> np.ndarray:
        """Read, predict twice, draw.

        Raises:
            ValueError: if picture or label cannot be read or used; the message names the file.
        """
        read_picture(job.source)  # OpenCV fills up what is cut off, and says nothing
        truth = None if self.args.truth is None else self.truth(job)
        try:
            packed = self.pipeline(dict(img_path=str(job.source)))
            batch = dict(inputs=[packed["inputs"]], data_samples=[packed["data_samples"]])
            found = before_and_after(self.model, batch)
        except (RuntimeError, FloatingPointError, ValueError) as error:
            raise ValueError(f"'{job.source}': {str(error).splitlines()[0]}") from error
        classes = self.meta.get("classes") or ()
        return enhancement_strip(
            found.input,
            found.enhanced,
            prediction_of(found.before, classes),
            prediction_of(found.after, classes),
            truth,
            classes,
            self.meta.get("palette") or (),
            found.parameters if self.args.parameters else None,
            title=job.name,
            opacity=self.args.opacity,
            width=self.args.width,
            columns=self.args.columns,
        )

    def truth(self, job: Job) -> np.ndarray:
        """Read the label map of a picture."""
        path = truth_file(job, self.args)
        if not path.is_file():
            raise ValueError(f"'{job.source}' has no label map '{path}' (--truth, --truth-suffix)")
        return read_labels(path).astype(np.int64)


def truth_file(job: Job, args: argparse.Namespace) -> Path:
    """Name the label map that belongs to a picture."""
    truth: Path = args.truth
    if truth.is_file():
        return truth
    suffix = args.image_suffix or job.source.suffix
    if not job.name.endswith(suffix):
        raise ValueError(f"'{job.source}' does not end in '{suffix}' (--image-suffix)")
    labels: Path = truth / (job.name[: -len(suffix)] + args.truth_suffix)
    return labels


def build_painter(args: argparse.Namespace) -> Painter:
    """Build network, enhancer and pipeline as the config has them for testing."""
    cfg = load_config(args)
    init_default_scope(cfg.get("default_scope", "mmseg"))
    (choice,) = choose_enhancers([args.enhancer])
    network = NetworkUnderTest(cfg, args.checkpoint)
    network.put_in_front(choice.config, choice.strength)
    part = first_test_set(cfg)
    return Painter(network.model, Compose(picture_steps(part)), metainfo(part), args)


def list_strips(args: argparse.Namespace) -> tuple[list[Job], Found | None]:
    """List the pictures and the strips to write; two names of one stem keep their suffix.

    Returns:
        The strips, and what a folder holds besides them.

    Raises:
        OSError: if there is nothing to read.
        ValueError: if OUT cannot be used.
    """
    jobs, found = find_jobs(args.input, args.output)
    jobs = [job for job in jobs if not job.is_video]
    if not jobs:
        raise FileNotFoundError(f"no picture in '{args.input}'")
    targets = [job.target.with_suffix(".png") for job in jobs]
    named = [
        Job(job.source, full_name(job) if targets.count(target) > 1 else target, job.name)
        for job, target in zip(jobs, targets, strict=True)
    ]
    return named, found


def full_name(job: Job) -> Path:
    """``a.jpg.png``."""
    return job.target.with_name(f"{job.source.name}.png")


def prepare(args: argparse.Namespace, jobs: list[Job]) -> None:
    """Make sure that a folder holds strips of one kind; remove old ones where that was asked for.

    Raises:
        ValueError: if the folder holds strips drawn with other options.
    """
    if args.overwrite:
        for job in jobs:
            job.target.unlink(missing_ok=True)
    if not args.input.is_dir():
        return
    sources = {name: getattr(args, name) for name in ("config", "checkpoint", "enhancer")}
    wanted = {k: file_sha256(v) if osp.isfile(v) else v for k, v in sources.items()}
    names = ("truth", "opacity", "width", "columns", "parameters", "cfg_options")
    wanted.update({name: repr(getattr(args, name)) for name in names})
    path = args.output / MANIFEST
    if path.is_file() and not args.overwrite:
        found = read_json_object(path, "delete it, or add --overwrite")
        other = [name for name, value in wanted.items() if found.get(name) != value]
        if other:
            raise ValueError(
                f"'{args.output}' holds strips drawn with another {', '.join(other)}; name another folder, or add "
                "--overwrite"
            )
    replace_bytes(path, (json.dumps(wanted, indent=1) + "\n").encode())


def draw_all(args: argparse.Namespace) -> int:
    """Draw all strips; give 1 if some could not be drawn."""
    jobs, found = list_strips(args)
    prepare(args, jobs)
    missing = [job for job in jobs if not job.target.is_file() or fault_of_picture(job.target)]
    failures = []
    if missing:
        painter = build_painter(args)
        with progress_bar("Drawing", len(missing)) as advance:
            for job in missing:
                try:
                    write_image(job.target, painter.draw(job))
                except ValueError as error:
                    failures.append(str(error))
                advance()
    print(f"{len(missing) - len(failures)} strips written to '{args.output}'")
    if len(missing) < len(jobs):
        print(f"{len(jobs) - len(missing)} were there already (--overwrite draws them again)")
    if failures:
        print("\n".join([f"{len(failures)} could not be drawn:", *(f"  {f}" for f in failures)]))
    if found:
        print("".join(f"note: {remark}\n" for remark in found.remarks()), end="")
    return int(bool(failures or (found and found.losses())))


def run(args: argparse.Namespace) -> int:
    """Draw all strips.

    Returns:
        1 if some could not be drawn, else 0.

    Raises:
        SystemExit: with one line on what is wrong with the options.
    """
    try:
        if not 0 <= args.opacity <= 1:
            raise ValueError(f"--opacity must lie in [0, 1], got {args.opacity}")
        return draw_all(args)
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command continues with what is missing") from None
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {error}") from None
