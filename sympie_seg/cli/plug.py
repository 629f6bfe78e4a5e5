"""Write a config of mmseg or mmpretrain with an enhancer in front of its network.

    sympie-seg plug CONFIG --enhancer FILE -o NEW_CONFIG
    sympie-seg plug mmseg::segformer/segformer_mit-b0_8xb1-160k_cityscapes-1024x1024.py --train -o mine.py
    sympie-seg plug CONFIG CHECKPOINT --train --images FOLDER -o NEW_CONFIG

CONFIG is a path, or a name such as mmseg::pspnet/FILE.py or mmpretrain::resnet/FILE.py. NEW_CONFIG inherits it and says
only what is different; sympie-seg train, sympie-seg test and the tools of mmseg and mmpretrain read it. The network's
checkpoint stays as it is: sympie-seg test NEW_CONFIG CHECKPOINT. With --images the enhancer is trained on any
folder of pictures, without labels (docs/own-images.md).
"""

from __future__ import annotations

import argparse
import os.path as osp

from sympie_seg.cli.config_options import SettingsAction, override
from sympie_seg.cli.input_errors import input_errors
from sympie_seg.cli.usage_error import UsageError
from sympie_seg.datasets.unlabelled import SPLIT_BY
from sympie_seg.plugging.label_free import UnlabelledFolder
from sympie_seg.plugging.plug import plug_to_file
from sympie_seg.plugging.sources import find_config, read_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("config", help="path or name of a config of mmseg or mmpretrain")
    parser.add_argument(
        "weights", nargs="?", metavar="checkpoint", help="with --train: as --checkpoint"
    )
    parser.add_argument("--enhancer", help="enhancer file; with --train, where training starts")
    parser.add_argument("-o", "--output", required=True, help="config to write (.py)")
    parser.add_argument("--force", action="store_true", help="replace the output if it is there")
    parser.add_argument("--train", action="store_true", help="prepare training of the enhancer")
    parser.add_argument(
        "--checkpoint",
        help="with --train: weights of the network to be frozen (default: what the library publishes)",
    )
    parser.add_argument(
        "--images", metavar="FOLDER", help="with --train: pictures without labels to train on"
    )
    parser.add_argument(
        "--include",
        nargs="+",
        default=(),
        metavar="GLOB",
        help="with --images: only these, such as '0016E5_*'",
    )
    parser.add_argument(
        "--exclude", nargs="+", default=(), metavar="GLOB", help="with --images: not these"
    )
    parser.add_argument(
        "--holdout",
        type=float,
        metavar="SHARE",
        help="with --images: held out for validation (default: 0.1)",
    )
    parser.add_argument(
        "--split-by",
        choices=list(SPLIT_BY),
        help="with --images: what stays together (default: the first that gives two groups)",
    )
    parser.add_argument(
        "--crop",
        nargs=2,
        type=int,
        metavar=("HEIGHT", "WIDTH"),
        help="with --images: size of the crops (default: as the config trains, else 384 x 512)",
    )
    parser.add_argument(
        "--iterations", type=int, help="with --train (default: 20000, with --images 1000)"
    )
    parser.add_argument(
        "--save-best",
        help="with --train: validation metric of the best (default: mIoU, top-1; with --images agreement)",
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=SettingsAction,
        help="other changes, as in sympie-seg train",
    )


def _check(args: argparse.Namespace) -> None:
    """Refuse options that would be ignored.

    Raises:
        UsageError: with the options.
    """
    if not args.output.endswith(".py"):
        raise UsageError(f"-o {args.output}: a config ends with .py")
    if not args.train and args.enhancer is None:
        raise UsageError("name an enhancer: --enhancer FILE (or --train, to train one)")
    if args.weights is not None and args.checkpoint is not None:
        raise UsageError(f"two checkpoints: {args.weights} and --checkpoint {args.checkpoint}")
    args.checkpoint = args.checkpoint or args.weights
    if args.checkpoint is not None and not args.train:
        raise UsageError("a checkpoint is for --train; in testing give it to sympie-seg test")
    if args.images is not None and not args.train:
        raise UsageError("--images is for training: add --train")
    for option in ("include", "exclude", "holdout", "split_by", "crop"):
        if getattr(args, option) and args.images is None:
            raise UsageError(f"--{option.replace('_', '-')} is for --images FOLDER")


def _images(args: argparse.Namespace) -> UnlabelledFolder | None:
    if args.images is None:
        return None
    crop = None if args.crop is None else tuple(args.crop)
    holdout = 0.1 if args.holdout is None else args.holdout
    return UnlabelledFolder(args.images, args.include, args.exclude, holdout, args.split_by, crop)


def run(args: argparse.Namespace) -> None:
    """Plug and write.

    Raises:
        SystemExit: with one line on what is wrong with a file or an option.
        UsageError: if options would be ignored.
    """
    _check(args)
    if osp.exists(args.output) and not args.force:
        raise SystemExit(
            f"error: '{args.output}' is there already; another -o FILE, or --force to replace it"
        )
    with input_errors():
        source = find_config(args.config)
        cfg = read_config(source, imports=False)
        override(cfg, args.cfg_options or {})
        notes = plug_to_file(
            args.output, cfg, source, args.config, args.enhancer, args.train, args.checkpoint, args.iterations,
            args.save_best, _images(args),
        )  # fmt: skip
    print("".join(f"note: {note}\n" for note in notes), end="")
    tool = f"train {args.output}" if args.train else f"test {args.output} CHECKPOINT"
    print(f"wrote {args.output}; next: sympie-seg {tool}")
