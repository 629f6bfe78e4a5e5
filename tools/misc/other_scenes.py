"""Does an enhancer leave scenes alone that are no streets, and does it help them in bad weather?

    python tools/misc/other_scenes.py data/photos --include 'n*[0-6]' --enhancers cityscapes general

Frames of one camera teach an enhancer more than corruptions: it can take another scene for a corrupted street. No
labels: the reference is what the segmenter says of the picture as it is, and a cell is the share of pixels where it
still says so. The rows are clean pictures and the weather and light of `unfamiliar_weather.py`. Pictures are brought
to `--size` as the training on scenes does: the largest centre part of that shape, enlarged or reduced.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from leave_one_out import ROOT, SEGMENTERS
from mmengine.config import Config
from mmseg.structures import SegDataSample
from numpy.typing import NDArray
from unfamiliar_weather import CLEAN, LOOKS, choose_pictures, look, network_files

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.enhancers import choose_enhancers
from sympie_seg.comparison.network import NetworkUnderTest
from sympie_seg.utils.pictures import read_rgb
from sympie_seg.utils.tables import markdown_table

Image = NDArray[np.uint8]
Shares = dict[str, dict[str, list[float]]]
"""By enhancer and row: for each picture the share of pixels, in percent."""
ALONE = "none"


def centre_part(image: Image, size: tuple[int, int]) -> Image:
    """The largest centre part of a shape (height, width), resized to it."""
    height, width = image.shape[:2]
    scale = min(height / size[0], width / size[1])
    part = (round(size[0] * scale), round(size[1] * scale))
    top, left = (height - part[0]) // 2, (width - part[1]) // 2
    cut = image[top : top + part[0], left : left + part[1]]
    return cv2.resize(
        cut, size[::-1], interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    )


def classes(network: NetworkUnderTest, image: Image) -> NDArray[np.int64]:
    """What the network with its present enhancer says of RGB uint8 (H, W, 3): classes (H, W)."""
    shape = image.shape[:2]
    sample = SegDataSample(metainfo=dict(img_shape=shape, ori_shape=shape))
    bgr = np.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1))
    with torch.no_grad():
        (told,) = network.model.test_step(
            dict(inputs=[torch.from_numpy(bgr)], data_samples=[sample])
        )
    return told.pred_sem_seg.data[0].cpu().numpy()


def shares(network: NetworkUnderTest, images: Sequence[Image], enhancers: dict[str, Any]) -> Shares:
    """Measure each row in front of one network, without an enhancer and behind each (name -> file or config)."""
    shown: dict[str, list[Image]] = {}
    for row in (CLEAN, *LOOKS):
        change = look(row, seed=0)
        shown[row] = [change(image) for image in images]
    references: list[NDArray[np.int64]] = []
    result: Shares = {}
    for name, config in {ALONE: dict(type="NoEnhancer"), **enhancers}.items():
        network.put_in_front(config)
        result[name] = {}
        for row, pictures in shown.items():
            told = [classes(network, picture) for picture in pictures]
            references = references or told  # the first: clean pictures, no enhancer
            result[name][row] = [
                100 * float((own == reference).mean())
                for own, reference in zip(told, references, strict=True)
            ]
    return result


def table(per_row: Shares) -> str:
    """A Markdown table: the network alone, then each enhancer's change with its interval over the pictures."""
    names = [name for name in per_row if name != ALONE]
    draws = Bootstrap()
    rows: dict[str, dict[str, Any]] = {
        row: {name: np.asarray(per_row[name][row]) for name in per_row} for row in (CLEAN, *LOOKS)
    }
    rows["**mean over weather**"] = {
        name: np.mean([per_row[name][row] for row in LOOKS], 0) for name in per_row
    }
    lines = []
    for row, values in rows.items():
        cells = [f"{values[ALONE].mean():.1f}"]
        for name in names:
            gain = values[name] - values[ALONE]
            low, high = draws.mean_interval(gain)
            cells.append(f"{gain.mean():+.1f} ({low:+.1f} .. {high:+.1f})")
        lines.append([row, *cells])
    return markdown_table(["", "alone", *names], lines)


def main() -> None:
    """Measure and print a table for each network."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="of pictures that are no streets")
    parser.add_argument("--include", default="*", help="glob for a folder's or file's name")
    parser.add_argument(
        "--held-out",
        type=float,
        default=0,
        metavar="SHARE",
        help="only what split.holdout=SHARE keeps from training",
    )
    parser.add_argument("--enhancers", nargs="+", default=["cityscapes", "general"])
    parser.add_argument("--networks", nargs="+", choices=SEGMENTERS, default=["SINet", "CGNet"])
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument(
        "--size", type=int, nargs=2, default=(256, 384), metavar=("HEIGHT", "WIDTH")
    )
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="holds networks/")
    args = parser.parse_args()
    try:
        files = {choice.name: choice.config for choice in choose_enhancers(args.enhancers)}
    except ValueError as error:
        parser.error(str(error))
    chosen = choose_pictures(args.folder, args.include, args.images, args.held_out)
    images = [centre_part(read_rgb(one), tuple(args.size)) for one in chosen]
    for name in args.networks:
        config, weights = network_files(name, args.data)
        network = NetworkUnderTest(Config.fromfile(ROOT / config), str(weights))
        print(f"\n{name}, {len(images)} pictures\n\n{table(shares(network, images, files))}")


if __name__ == "__main__":
    main()
