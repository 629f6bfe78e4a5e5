r"""Fit NEM's last layer to many images at once, after a training on moments (docs/label-free.md).

    python tools/misc/fit_last_layer.py configs/label_free/sympie_moments_1xb16-3000.py \
        work_dirs/sympie_moments_1xb16-3000/enhancer_last.pth -o work_dirs/sympie_moments_1xb16-3000/fitted.pth

The images are those of the config's training, with other draws. Prints the mean difference from the clean images before
and after, on the images that were read and on every tenth, which was held out.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import track_iter_progress

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sympie_seg  # noqa: F401  (registers everything)
from sympie_seg.engine.last_layer import fit_last_layer
from sympie_seg.engine.resuming.numbered_draws import build_numbered_dataloader
from sympie_seg.enhancer import SyMPIE, load_enhancer, save_enhancer
from sympie_seg.enhancer.patch_moments import PatchMoments
from sympie_seg.models.nem_pretraining import check_thumbnail_sizes


def moments_config(path: str) -> Config:
    """The config of a training on moments, with its default scope active."""
    cfg = Config.fromfile(path)
    if cfg.model.type != "NEMPretraining":
        raise SystemExit(f"{path} trains {cfg.model.type}; name a config of NEMPretraining")
    init_default_scope(cfg.get("default_scope", "mmseg"))
    return cfg


def read_batches(
    loader: Config, enhancers: Iterable[SyMPIE], count: int, seed: int, progress: TextIO
) -> Iterator[tuple[torch.Tensor, PatchMoments]]:
    """Thumbnails, which the enhancers must be able to read, and moments, until there are `count` images or more."""
    numbered = build_numbered_dataloader(loader, seed)
    needed = -(-count // loader.batch_size)
    # The loader never ends: it draws as in training.
    batches = (itertools.islice(numbered, needed), needed)
    for batch in track_iter_progress(batches, file=progress):
        for enhancer in enhancers:
            check_thumbnail_sizes(batch["thumbnail_sizes"], enhancer)
        yield batch["thumbnail"], PatchMoments(*(batch[name] for name in PatchMoments._fields))


def read_images(
    cfg: Config, enhancer: SyMPIE, count: int, seed: int
) -> tuple[torch.Tensor, PatchMoments]:
    """Features and moments of images of the training's own stream."""
    features, parts = [], []
    batches = read_batches(cfg.train_dataloader, [enhancer], count, seed, sys.stdout)
    for thumbnail, moments in batches:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            features.append(enhancer.nem.features(thumbnail))
        parts.append(moments)
    return torch.cat(features), PatchMoments(*map(torch.cat, zip(*parts, strict=True)))


def main() -> None:
    """Read, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="of a training on moments (model.type='NEMPretraining')")
    parser.add_argument("enhancer", help="its enhancer file")
    parser.add_argument("-o", "--output", required=True, help="enhancer file to write")
    parser.add_argument("--images", type=int, default=16000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    args = parser.parse_args()
    cfg = moments_config(args.config)
    enhancer, provenance = load_enhancer(args.enhancer)
    enhancer.eval()
    torch.manual_seed(args.seed)
    fit = fit_last_layer(enhancer.nem.out, *read_images(cfg, enhancer, args.images, args.seed))
    for name, (before, after) in zip(
        ("read", "held out"), zip(fit.before, fit.after, strict=True), strict=True
    ):
        print(f"{name}: {before:.4f} -> {after:.4f}")
    print(f"{fit.steps} steps of L-BFGS")
    save_enhancer(
        args.output,
        enhancer,
        {**provenance, "last_layer": f"fitted to {args.images} images, seed {args.seed}"},
    )
    print(args.output)


if __name__ == "__main__":
    main()
