"""Write what a network is given: samples after the pipeline, with their label, corruption and severity.

    sympie-seg browse-dataset CONFIG --output-dir browse [--phase train] [--number 16]

The training phase shows the first draws of a training with this config and seed, in their order. A picture holds the
image as it was loaded (where the pipeline keeps it), the image that leaves the pipeline, and that with its label.
"""

from __future__ import annotations

import argparse
import os.path as osp
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import mmcv
import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.utils import track_iter_progress
from mmseg.structures import SegDataSample
from mmseg.visualization import SegLocalVisualizer
from torch.utils.data import DataLoader

from sympie_seg.cli.common import add_config_options, load_config
from sympie_seg.engine.resuming.numbered_draws import build_numbered_dataloader
from sympie_seg.utils.escaping import printable
from sympie_seg.utils.images import write_image

CAPTION = 22  # pixels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("config", help="config file path")
    parser.add_argument("--output-dir", default="browse", help="folder for the pictures")
    parser.add_argument("--phase", choices=["train", "val", "test"], default="train")
    parser.add_argument("--number", type=int, default=16, help="pictures")
    parser.add_argument("--show", action="store_true", help="show them in a window too")
    parser.add_argument("--show-interval", type=float, default=2, help="seconds")
    add_config_options(parser)


def build_loader(cfg: Config, phase: str) -> DataLoader:
    """Build the phase's data loader, one sample a batch, in this process."""
    loader = cfg[f"{phase}_dataloader"].to_dict()
    loader.update(batch_size=1, num_workers=0, persistent_workers=False)
    seed = cfg.get("randomness", {}).get("seed")
    if phase == "train":
        return build_numbered_dataloader(loader, seed)
    built: DataLoader = Runner.build_dataloader(loader, seed)
    return built


def describe(sample: SegDataSample) -> str:
    """One line: file, condition, corruption and severity."""
    words = [osp.basename(sample.get("img_path") or "?")]
    if sample.get("condition") is not None:
        words.append(sample.condition)
    if sample.get("corruption") is not None:
        words.append(f"{sample.corruption} {sample.severity or '0 (clean)'}")
    return "  ".join(words)


def picture(image: np.ndarray, sample: SegDataSample, painter: SegLocalVisualizer) -> np.ndarray:
    """Draw the strip of one sample, RGB, with a caption.

    Args:
        image: what leaves the pipeline, BGR (H, W, 3), uint8.
        sample: its sample.
        painter: knows the classes and their colours.
    """
    image = mmcv.bgr2rgb(image)
    parts = [image]
    clean = sample.get("clean_img")
    if clean is not None:
        parts.insert(0, mmcv.imresize(mmcv.bgr2rgb(clean), image.shape[1::-1]))
    if "gt_sem_seg" in sample:
        # A test pipeline may resize the image and leave the label as it is.
        height, width = sample.gt_sem_seg.shape[-2:]
        painted = painter._draw_sem_seg(
            mmcv.imresize(image, (width, height)), sample.gt_sem_seg, **colours(painter)
        )
        parts.append(mmcv.imresize(painted, image.shape[1::-1], interpolation="nearest"))
    strip = np.hstack([np.ascontiguousarray(part) for part in parts])
    caption = np.zeros((CAPTION, strip.shape[1], 3), np.uint8)
    where = (4, CAPTION - 7)
    cv2.putText(
        caption,
        printable(describe(sample)),
        where,
        cv2.FONT_HERSHEY_SIMPLEX,
        0.42,
        (255, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return np.vstack([caption, strip])


def colours(painter: SegLocalVisualizer) -> dict:
    """Classes, palette, and no text over small pictures."""
    meta = painter.dataset_meta
    return dict(classes=meta["classes"], palette=meta["palette"], with_labels=False)


def run(args: argparse.Namespace) -> None:
    """Write the pictures."""
    cfg = load_config(args)
    init_default_scope(cfg.get("default_scope", "mmseg"))
    loader = build_loader(cfg, args.phase)
    painter = SegLocalVisualizer(alpha=0.6)
    dataset: Any = loader.dataset
    painter.dataset_meta = dataset.metainfo
    folder = Path(args.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    number = args.number if args.phase == "train" else min(args.number, len(loader))
    for index, batch in enumerate(track_iter_progress((islice(loader, number), number))):
        image = batch["inputs"][0].permute(1, 2, 0).numpy()
        sample = batch["data_samples"][0]
        strip = picture(image, sample, painter)
        parts = [f"{index:04}", sample.get("corruption"), sample.get("severity")]
        name = "_".join(str(part) for part in parts if part is not None)
        write_image(folder / f"{name}.png", strip)
        if args.show:
            painter.show(strip, win_name=describe(sample), wait_time=args.show_interval)
    print(f"\n{number} pictures of the {args.phase} pipeline are in '{folder}'")
