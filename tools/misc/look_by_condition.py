"""What an enhancer does to the look of a test set: kernel sum, brightness, contrast and colour cast by condition.

    python tools/misc/look_by_condition.py CONFIG --enhancers general cityscapes --every 9 [--json FILE]

No network runs. Brightness is the mean grey level of an image, contrast the standard deviation of its grey levels,
the cast the difference between the largest and the smallest of its three channel means; all of 255, means over the
images. A kernel whose sum lies outside 0.7 to 1.4 on a clean image counts as a defect.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.cli.common import read_config, thin_out
from sympie_seg.comparison.conditions import build_test_set
from sympie_seg.enhancer import SyMPIE, load_enhancer
from sympie_seg.enhancer.normalization import denormalize, normalize
from sympie_seg.utils.tables import markdown_table

USUAL_SUM = (0.7, 1.4)
RGB_OF_BGR = [2, 1, 0]


def main() -> None:
    """Measure and print a Markdown table for each enhancer."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="its test_dataloader is read")
    parser.add_argument("--enhancers", nargs="+", default=["general"], help="files or short names")
    parser.add_argument("--every", type=int, default=1, help="only every Nth image of each set")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    cfg = read_config(args.config)
    init_default_scope(cfg.get("default_scope", "mmseg"))
    thin_out(cfg, args.every)
    enhancers = {name: load_enhancer(name)[0].eval() for name in args.enhancers}
    rows = measure(pictures(cfg), enhancers)
    for name, by_condition in rows.items():
        print(f"\n{name}\n\n{table(by_condition)}")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


def pictures(cfg: Config) -> Iterator[tuple[str, Tensor]]:
    """Give the condition and the image (3, H, W), RGB in [0, 1], of every image of the test set."""
    dataset = build_test_set(cfg.test_dataloader)
    for index in range(len(dataset)):
        sample = dataset[index]
        yield (
            sample["data_samples"].get("condition", "all images"),
            sample["inputs"][RGB_OF_BGR].float() / 255,
        )


@torch.no_grad()
def measure(images: Any, enhancers: dict[str, SyMPIE]) -> dict[str, dict[str, dict[str, float]]]:
    """Mean look before and after, and the kernel sums, by enhancer and condition."""
    looks: dict[str, dict[str, list[dict[str, float]]]] = {name: {} for name in enhancers}
    for condition, image in images:
        before = {f"{key}_before": value for key, value in look(image).items()}
        for name, enhancer in enhancers.items():
            normalized = normalize(image[None])
            parameters = enhancer.estimate(normalized)
            enhanced = enhancer.enhance(normalized, parameters)[0]
            after = {f"{key}_after": value for key, value in look(shown(enhanced)).items()}
            total = float(parameters.kernel.sum())
            looks[name].setdefault(condition, []).append({**before, **after, "kernel_sum": total})
    return {
        name: {condition: summary(all_) for condition, all_ in by_condition.items()}
        for name, by_condition in looks.items()
    }


def shown(image: Tensor) -> Tensor:
    """RGB in [0, 1] of a normalised image (3, H, W)."""
    return denormalize(image[None])[0].clamp(0, 1)


def look(image: Tensor) -> dict[str, float]:
    """Brightness, contrast and cast of an image (3, H, W), RGB in [0, 1], in grey levels of 255."""
    means, grey = image.mean((1, 2)), image.mean(0)
    return {
        "brightness": 255 * float(means.mean()),
        "contrast": 255 * float(grey.std()),
        "cast": 255 * float(means.max() - means.min()),
    }


def summary(images: list[dict[str, float]]) -> dict[str, float]:
    """Mean of every figure; of the kernel sums also the smallest, the largest and how many are unusual."""
    sums = [image["kernel_sum"] for image in images]
    low, high = USUAL_SUM
    return {
        "images": len(images),
        **{key: fmean(image[key] for image in images) for key in images[0]},
        "smallest_sum": min(sums),
        "largest_sum": max(sums),
        "unusual_sums": sum(not low <= one <= high for one in sums),
    }


def table(rows: dict[str, dict[str, float]]) -> str:
    """A Markdown table with a row for each condition."""
    head = [
        "condition",
        "images",
        "kernel sum",
        "outside 0.7 to 1.4",
        "brightness",
        "contrast",
        "colour cast",
    ]
    lines = []
    for condition, r in rows.items():
        pairs = [
            f"{r[f'{key}_before']:.0f} -> {r[f'{key}_after']:.0f}"
            for key in ("brightness", "contrast", "cast")
        ]
        sums = f"{r['kernel_sum']:.2f} ({r['smallest_sum']:.2f} .. {r['largest_sum']:.2f})"
        lines.append([condition, r["images"], sums, r["unusual_sums"], *pairs])
    return markdown_table(head, lines)


if __name__ == "__main__":
    main()
