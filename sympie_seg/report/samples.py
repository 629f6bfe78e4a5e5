"""What a network is given: samples after the pipeline, drawn with their label, corruption and severity."""

from __future__ import annotations

import os.path as osp
from collections.abc import Iterator
from dataclasses import dataclass
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
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from sympie_seg.engine.resuming.numbered_draws import build_numbered_dataloader
from sympie_seg.utils.escaping import printable
from sympie_seg.utils.images import write_image

__all__ = ["Shown", "write_samples"]

_CAPTION = 22  # pixels

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Shown:
    """Which samples are drawn.

    Attributes:
        phase: 'train', 'val' or 'test'. Training gives the first draws of a run with the config's seed, in their order.
        number: of pictures; of validation and test at most the images that there are.
        seconds: how long each is shown in a window, too; None shows none.
    """

    phase: str = "train"
    number: int = 16
    seconds: float | None = None


def write_samples(cfg: Config, folder: Path, shown: Shown) -> int:
    """Write a picture of each sample: as loaded (where the pipeline keeps it), as given, and with its label.

    Args:
        cfg: of a segmentation.
        folder: to fill, ``<number>_<corruption>_<severity>.png``.
        shown: which samples.

    Returns:
        How many pictures were written.

    Raises:
        OSError: if a picture cannot be written.
    """
    init_default_scope(cfg.get("default_scope", "mmseg"))
    loader = _loader(cfg, shown.phase)
    dataset: Any = loader.dataset
    painter = SegLocalVisualizer(alpha=0.6)
    painter.dataset_meta = dataset.metainfo
    folder.mkdir(parents=True, exist_ok=True)
    number = shown.number if shown.phase == "train" else min(shown.number, len(loader))
    samples = _samples(loader, number)
    for index, (image, sample) in enumerate(track_iter_progress((samples, number))):
        picture = _strip(image, sample, painter)
        parts = [f"{index:04}", sample.get("corruption"), sample.get("severity")]
        name = "_".join(str(part) for part in parts if part is not None)
        write_image(folder / f"{name}.png", picture)
        if shown.seconds is not None:
            painter.show(picture, win_name=_caption(sample), wait_time=shown.seconds)
    return number


def _loader(cfg: Config, phase: str) -> DataLoader:
    """The phase's data loader, one sample a batch, in this process."""
    loader = cfg[f"{phase}_dataloader"].to_dict()
    loader.update(batch_size=1, num_workers=0, persistent_workers=False)
    seed = cfg.get("randomness", {}).get("seed")
    if phase == "train":
        return build_numbered_dataloader(loader, seed)
    built: DataLoader = Runner.build_dataloader(loader, seed)
    return built


def _samples(loader: DataLoader, number: int) -> Iterator[tuple[Picture, SegDataSample]]:
    """Images as they leave the pipeline, BGR (H, W, 3), with their samples."""
    for batch in islice(loader, number):
        yield batch["inputs"][0].permute(1, 2, 0).numpy(), batch["data_samples"][0]


def _strip(image: Picture, sample: SegDataSample, painter: SegLocalVisualizer) -> Picture:
    """One sample's pictures side by side, RGB, under a caption."""
    image = mmcv.bgr2rgb(image)
    parts = [image]
    clean = sample.get("clean_img")
    if clean is not None:
        parts.insert(0, mmcv.imresize(mmcv.bgr2rgb(clean), image.shape[1::-1]))
    if "gt_sem_seg" in sample:
        parts.append(_painted(image, sample, painter))
    strip = np.hstack([np.ascontiguousarray(part) for part in parts])
    line = np.zeros((_CAPTION, strip.shape[1], 3), np.uint8)
    corner, white = (4, _CAPTION - 7), (255, 255, 255)
    cv2.putText(
        line,
        _caption(sample),
        corner,
        cv2.FONT_HERSHEY_SIMPLEX,
        0.42,
        white,
        1,
        cv2.LINE_AA,
    )
    return np.vstack([line, strip])


def _painted(image: Picture, sample: SegDataSample, painter: SegLocalVisualizer) -> Picture:
    """The label over the image; a test pipeline may resize the image and leave the label as it is."""
    height, width = sample.gt_sem_seg.shape[-2:]
    meta = painter.dataset_meta
    painted = painter._draw_sem_seg(
        mmcv.imresize(image, (width, height)),
        sample.gt_sem_seg,
        classes=meta["classes"],
        palette=meta["palette"],
        with_labels=False,  # text would cover small pictures
    )
    result: Picture = mmcv.imresize(painted, image.shape[1::-1], interpolation="nearest")
    return result


def _caption(sample: SegDataSample) -> str:
    """File, condition, corruption and severity in one line."""
    words = [osp.basename(sample.get("img_path") or "?")]
    if sample.get("condition") is not None:
        words.append(sample.condition)
    if sample.get("corruption") is not None:
        words.append(f"{sample.corruption} {sample.severity or '0 (clean)'}")
    return printable("  ".join(words))
