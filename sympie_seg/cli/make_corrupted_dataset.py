"""Write a corrupted copy of a data set: OUT/<corruption>/<severity>/..., or OUT/mixed/...

    sympie-seg make-corrupted-dataset data/cityscapes data/cityscapes-c --layout cityscapes --splits val
    sympie-seg make-corrupted-dataset data/CamVid data/camvid-c --layout camvid --splits test --names fog
    sympie-seg make-corrupted-dataset data/imagenet data/imagenet-c --layout imagenet --jpeg-quality 85

Each <corruption>/<severity> is a data set of the same layout. Its labels are links to the source's, or, where the
corruption moves pixels, copies that are moved alike. The pixels depend on the seed, the image's path below SOURCE, the
corruption and the severity alone, and are those of the pipeline transform ``Corrupt``. Safe to repeat: what is there
and whole is kept, so a run that was killed continues where it stopped. Images keep their format; a copy of JPEG images
is compressed once more (--jpeg-quality).
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

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
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import naming, read_json_object
from sympie_seg.utils.parallel import run_tracked
from sympie_seg.utils.run_lock import only_run_in
from sympie_seg.version import __version__

MANIFEST = "manifest.json"
COMPLETE, UNFINISHED = "complete", "unfinished"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("source", type=Path, help="root of the data set")
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument("--layout", choices=LAYOUTS, required=True)
    parser.add_argument("--splits", nargs="+", default=["val"])
    names = list(GROUPS["imagenet_c"])
    parser.add_argument(
        "--names", nargs="+", default=names, help="corruptions (default: those of ImageNet-C)"
    )
    parser.add_argument("--severities", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument(
        "--mixed", action="store_true", help="several of the corruptions on one image, one copy"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jpeg-quality", type=int, default=95)
    parser.add_argument("--nproc", type=int, default=2, help="processes")


def check(args: argparse.Namespace) -> None:
    """Check the options against each other.

    Raises:
        ValueError: with the option and the fix.
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


def manifest(args: argparse.Namespace) -> dict[str, Any]:
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


def open_manifest(args: argparse.Namespace) -> dict[str, Any]:
    """Write the manifest, marked as unfinished, unless the folder holds another copy.

    Raises:
        ValueError: if it does; pixels of two seeds or versions would be mixed.
    """
    path, wanted = args.out / MANIFEST, manifest(args)
    if path.is_file():
        found = checked_manifest(path)
        different = [key for key, value in wanted.items() if found.get(key) != value]
        if different:
            key = different[0]
            raise ValueError(
                f"'{args.out}' holds a copy with {key} {found.get(key)!r}, asked for is {wanted[key]!r}; choose "
                "another folder, or delete it"
            )
        wanted = found
    contents, known = wanted.setdefault("contents", {}), wanted.setdefault("parts", {})
    for name in ["mixed"] if args.mixed else args.names:
        before = contents.get(name, {})
        if args.mixed:
            check_mixture(args, before)
        severities = sorted({*before.get("severities", ()), *args.severities})
        splits = sorted({*before.get("splits", ()), *args.splits})
        contents[name] = dict(severities=severities, splits=splits)
        if args.mixed:
            contents[name]["names"] = args.names
    for part in earlier_parts(contents):
        known.setdefault(part, UNFINISHED)  # of a release that kept one flag for all
    known.update(dict.fromkeys(parts(args), UNFINISHED))
    write_manifest(args.out, wanted)
    return wanted


def checked_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises:
        ValueError: if it is damaged or none of this tool; the message names it.
    """
    fix = "delete it; images that are there and whole are kept"
    found = read_json_object(path, fix)
    contents, known = found.get("contents", {}), found.get("parts", {})
    with naming(path, "is no manifest of a corrupted copy", fix):
        for held in contents.values():
            if not all(isinstance(one, list) for one in (held["severities"], held["splits"])):
                raise TypeError("expected lists of severities and splits")
            sorted(map(int, held["severities"]))
        if not all(state in (COMPLETE, UNFINISHED) for state in known.values()):
            raise ValueError("expected parts that are complete or unfinished")
    return found


def check_mixture(args: argparse.Namespace, before: dict[str, list]) -> None:
    """Make sure that mixtures of the same corruptions are asked for as before.

    Raises:
        ValueError: if not; images of two mixtures would lie side by side.
    """
    for option, asked in (("names", args.names), ("severities", sorted({*args.severities}))):
        found = before.get(option, asked)
        if found != asked:
            raise ValueError(
                f"'{args.out}' holds a mixed copy with --{option} {' '.join(map(str, found))}, asked for is "
                f"{' '.join(map(str, asked))}; choose another folder, or delete it"
            )


def parts(args: argparse.Namespace) -> list[str]:
    """Name what this run writes, by corruption, severity and split; completion is kept for each."""
    roots = [root.relative_to(args.out).as_posix() for _, root, _ in copies(args)]
    return [f"{root}/{split}" for root in roots for split in args.splits]


def earlier_parts(contents: dict[str, dict[str, list]]) -> list[str]:
    """Name what the contents of a manifest list."""
    roots = [
        (root, held["splits"])
        for name, held in contents.items()
        for root in ([name] if name == "mixed" else [f"{name}/{s}" for s in held["severities"]])
    ]
    return [f"{root}/{split}" for root, splits in roots for split in splits]


def write_manifest(out: Path, content: dict[str, Any]) -> None:
    """Write the manifest at once; it is complete where all its parts are."""
    complete = all(state == COMPLETE for state in content["parts"].values())
    text = json.dumps({**content, "complete": complete}, indent=2)
    replace_bytes(out / MANIFEST, f"{text}\n".encode())


def run(args: argparse.Namespace) -> None:
    """Write what is missing."""
    tree = LAYOUTS[args.layout]
    try:
        check(args)
        jobs = list_jobs(args, tree)
        with only_run_in(args.out, "writing a corrupted copy"):
            record = open_manifest(args)
            written = run_tracked(f"Writing {len(jobs)} images", run_copy, jobs, args.nproc)
            link_labels(args, tree)
            found = [list_images(args.source, tree, split) for split in args.splits]
            losses = [line for one in found for line in one.losses()]
            if not losses:
                record["parts"].update(dict.fromkeys(parts(args), COMPLETE))
                write_manifest(args.out, record)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{args.out}: {sum(written)} images written, {len(jobs) - sum(written)} were there")
    unfinished = [part for part, state in record["parts"].items() if state != COMPLETE]
    if unfinished:
        shown = ", ".join(unfinished[:3]) + (", ..." if len(unfinished) > 3 else "")
        print(
            f"not complete yet, of other runs: {len(unfinished)} parts ({shown}); give their command again"
        )
    print("".join(f"note: {line}\n" for one in found for line in one.remarks()), end="")
    if losses:
        raise SystemExit("error: not all images of the source were written, see the notes")
