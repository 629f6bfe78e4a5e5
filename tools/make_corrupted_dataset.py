"""Write a corrupted copy of a data set: OUT/<corruption>/<severity>/..., or OUT/mixed/...

    python tools/make_corrupted_dataset.py data/cityscapes data/cityscapes-c --layout cityscapes --splits val
    python tools/make_corrupted_dataset.py data/CamVid data/camvid-c --layout camvid --splits test --names fog
    python tools/make_corrupted_dataset.py data/imagenet data/imagenet-c --layout imagenet --jpeg-quality 85

Each <corruption>/<severity> is a data set of the same layout. Its labels are links to the source's, or, where the
corruption moves pixels, copies that are moved alike. The pixels depend on the seed, the image's path below SOURCE, the
corruption and the severity alone, and are those of the pipeline transform ``Corrupt``. Safe to repeat: what is there
and whole is kept, so a run that was killed goes on where it stopped. Images keep their format; a copy of JPEG images
is compressed once more (--jpeg-quality).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import albumentations
import cv2
import numpy as np

from sympie_seg.corruptions.mixture import image_mixture
from sympie_seg.corruptions.registry import GROUPS, MOVES_PIXELS, check_name
from sympie_seg.datasets.preparation.corrupted_copy import (
    LAYOUTS,
    CopyJob,
    Tree,
    find_images,
    list_images,
    run_copy,
)
from sympie_seg.datasets.preparation.progress import run_tracked
from sympie_seg.files import replace_bytes
from sympie_seg.version import __version__

MANIFEST = "manifest.json"


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="root of the data set")
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument("--layout", choices=LAYOUTS, required=True)
    parser.add_argument("--splits", nargs="+", default=["val"])
    parser.add_argument("--names", nargs="+", help="corruptions (default: those of ImageNet-C)")
    parser.add_argument("--severities", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument(
        "--mixed", action="store_true", help="several of the corruptions on one image, one copy"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jpeg-quality", type=int, default=95)
    parser.add_argument("--nproc", type=int, default=2, help="processes")
    args = parser.parse_args(arguments)
    if args.names is None:
        args.names = list(GROUPS["imagenet_c"])
    return args


def check(args: argparse.Namespace) -> None:
    """Check the options against each other.

    Raises:
        ValueError: with the option and the mend.
    """
    for name in args.names:
        check_name(name)
    tree = LAYOUTS[args.layout]
    wrong = [s for s in args.severities if s not in (1, 2, 3, 4, 5)]
    if wrong:
        raise ValueError(f"--severities has {wrong}; there are 1 to 5")
    unknown = [split for split in args.splits if split not in tree.splits]
    if unknown:
        raise ValueError(f"--splits has {unknown}; {args.layout} has {', '.join(tree.splits)}")


def moves(args: argparse.Namespace, name: str) -> bool:
    """Whether labels of a copy ('mixed' or a corruption's name) may move."""
    return any(n in MOVES_PIXELS for n in (args.names if name == "mixed" else [name]))


def copies(args: argparse.Namespace) -> list[tuple[str, Path, int | None]]:
    """List the copies: name, root and severity (None: mixed)."""
    if args.mixed:
        return [("mixed", args.out / "mixed", None)]
    return [(n, args.out / n / str(s), s) for n in args.names for s in args.severities]


def list_jobs(args: argparse.Namespace, tree: Tree) -> list[CopyJob]:
    """List the images to write."""
    jobs = []
    for split in args.splits:
        for image in find_images(args.source, tree, split):
            below = image.relative_to(args.source)
            key = below.as_posix()
            inside = (
                below if tree.keeps_split else image.relative_to(tree.folder(args.source, split))
            )
            mixed = (
                image_mixture(args.seed, key, args.names, severities=args.severities)
                if args.mixed
                else ()
            )
            for name, root, severity in copies(args):
                steps = ((name, severity),) if severity else mixed
                label = None
                if tree.labels and moves(args, name):
                    own = tree.label(below, split)
                    label = (args.source / own, root / own)
                target, seed, quality = root / inside, args.seed, args.jpeg_quality
                jobs.append(CopyJob(image, target, key, steps, seed, quality, label))
    return jobs


def link_labels(args: argparse.Namespace, tree: Tree) -> None:
    """Link the labels of the source into the copies whose labels do not move."""
    for name, root, _ in copies(args):
        for split in args.splits if tree.labels and not moves(args, name) else ():
            link = root / tree.labels.format(split=split)
            target = args.source.resolve() / tree.labels.format(split=split)
            if target.is_dir() and not link.is_symlink():
                link.parent.mkdir(parents=True, exist_ok=True)
                os.symlink(target, link, target_is_directory=True)


def manifest(args: argparse.Namespace) -> dict[str, object]:
    """What the pixels depend on; a folder holds one such copy."""
    return {
        "source": str(args.source.resolve()),
        "layout": args.layout,
        "seed": args.seed,
        "mixed": args.mixed,
        "jpeg_quality": args.jpeg_quality,
        "sympie_seg": __version__,
        "opencv": cv2.__version__,
        "numpy": np.__version__,
        "albumentations": albumentations.__version__,
    }


def open_manifest(args: argparse.Namespace) -> dict[str, object]:
    """Write the manifest, marked as unfinished, unless the folder holds another copy.

    Raises:
        ValueError: if it does; pixels of two seeds or versions would be mixed.
    """
    path, wanted = args.out / MANIFEST, manifest(args)
    if path.is_file():
        found = json.loads(path.read_text())
        different = [key for key, value in wanted.items() if found.get(key) != value]
        if different:
            key = different[0]
            raise ValueError(
                f"'{args.out}' holds a copy with {key} {found.get(key)!r}, asked for is {wanted[key]!r}; choose "
                "another folder, or delete it"
            )
        wanted = found
    contents = wanted.setdefault("contents", {})
    for name in ["mixed"] if args.mixed else args.names:
        known = contents.get(name, {})
        severities = sorted({*known.get("severities", ()), *args.severities})
        splits = sorted({*known.get("splits", ()), *args.splits})
        contents[name] = dict(severities=severities, splits=splits)
        if args.mixed:
            contents[name]["names"] = args.names
    write_manifest(args.out, wanted, complete=False)
    return wanted


def write_manifest(out: Path, content: dict[str, object], complete: bool) -> None:
    """Write the manifest at once."""
    text = json.dumps({**content, "complete": complete}, indent=2)
    replace_bytes(out / MANIFEST, f"{text}\n".encode())


def main(arguments: list[str] | None = None) -> None:
    """Write what is missing."""
    args = parse_args(arguments)
    tree = LAYOUTS[args.layout]
    try:
        check(args)
        jobs = list_jobs(args, tree)
        record = open_manifest(args)
        written = run_tracked(f"Writing {len(jobs)} images", run_copy, jobs, args.nproc)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    link_labels(args, tree)
    found = [list_images(args.source, tree, split) for split in args.splits]
    losses = [line for one in found for line in one.losses()]
    write_manifest(args.out, record, complete=not losses)
    print(f"{args.out}: {sum(written)} images written, {len(jobs) - sum(written)} were there")
    print("".join(f"note: {line}\n" for one in found for line in one.remarks()), end="")
    if losses:
        raise SystemExit("error: not all images of the source were written, see the notes")


if __name__ == "__main__":
    main()
