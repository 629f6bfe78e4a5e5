r"""How far enhancers leave corrupted images from the clean ones, without a network (docs/label-free.md).

    python tools/misc/remaining_difference.py configs/label_free/sympie_moments_1xb16-3000.py \
        --enhancers general FILE ...

The images are those of a training on moments, with other draws; of a dataset with a `split` its held-out part. Prints
the mean of `sympie_seg.enhancer.patch_moments.remaining_difference` over all images and over those that no corruption
had touched, for the images as they are and behind each enhancer, with the enhancer's own strength.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from fit_last_layer import moments_config, read_batches
from mmengine.config import Config
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sympie_seg  # noqa: F401  (registers everything)
from sympie_seg.enhancer import SyMPIE, WarpParameters, load_enhancer
from sympie_seg.enhancer.patch_moments import remaining_difference
from sympie_seg.utils.tables import markdown_table

UNTOUCHED = 0.02
"""Differences below it are rounding: the measure itself is at least 0.01."""


def held_out(cfg: Config) -> Config:
    """The training's loader with the parts that it holds out."""
    loader = cfg.train_dataloader.copy()
    for part in loader.dataset.get("datasets", [loader.dataset]):
        if part.get("split"):
            part.split.part = "val"
    return loader


@torch.no_grad()
def differences(loader: Config, enhancers: dict[str, SyMPIE], count: int, seed: int) -> Tensor:
    """Differences of `count` images: a row for the images as they are, then one for each enhancer."""
    columns = []
    batches = read_batches(loader, enhancers.values(), count, seed, sys.stderr)
    for thumbnail, moments in batches:
        identity = WarpParameters.identity(len(thumbnail)).to_vector()
        rows = [remaining_difference(identity, moments)]
        for enhancer in enhancers.values():
            numbers = WarpParameters.from_vector(enhancer.nem(thumbnail)).scaled(enhancer.strength)
            rows.append(remaining_difference(numbers.to_vector(), moments))
        columns.append(torch.stack(rows))
    return torch.cat(columns, 1)[:, :count]


def table(per_image: Tensor, names: list[str]) -> str:
    """A Markdown table of the means."""
    clean = per_image[0] < UNTOUCHED
    lines = [
        [name, f"{row.mean():.3f}", f"{row[clean].mean():.3f}" if clean.any() else "-"]
        for name, row in zip(["untouched", *names], per_image, strict=True)
    ]
    head = ["", f"all ({per_image.shape[1]} images)", f"clean ({int(clean.sum())})"]
    return markdown_table(head, lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="of a training on moments (model.type='NEMPretraining')")
    parser.add_argument("--enhancers", nargs="+", default=["general"], help="files or short names")
    parser.add_argument("--images", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    args = parser.parse_args()
    cfg = moments_config(args.config)
    if args.images < 1:
        parser.error(f"--images must be at least 1, got {args.images}")
    enhancers = {name: load_enhancer(name)[0].eval() for name in args.enhancers}
    for name, enhancer in enhancers.items():
        if not isinstance(enhancer, SyMPIE):
            parser.error(f"'{name}' holds {type(enhancer).__name__}, which has no NEM")
    per_image = differences(held_out(cfg), enhancers, args.images, args.seed)
    print(table(per_image, args.enhancers))


if __name__ == "__main__":
    main()
