"""Check an unpacked VizWiz-Classification, and a submission.

    sympie-seg convert-dataset vizwiz-classification data/vizwiz [--images FOLDER] [--submission FILE]

The annotation file, its 200 categories and the images that it lists, in train, val and test or flat; then, if given, a
submission: all images, once each, and no other category. Nothing is written: the dataset reads the tree as it is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sympie_seg.datasets.early_checks import find_fault
from sympie_seg.datasets.vizwiz_annotations import VizWizAnnotations, find_images, read_annotations
from sympie_seg.metrics.vizwiz_submission import find_submission_faults, read_submission

PUBLISHED = (8900, 200)  # images and categories
_DECODED = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("root", type=Path, help="folder of annotations.json")
    parser.add_argument("--images", type=Path, help="folder of the images (default: the root)")
    parser.add_argument("--submission", type=Path, metavar="FILE", help="submission to check")
    parser.add_argument(
        "--subset", action="store_true", help="fewer images than published are fine"
    )


def run(args: argparse.Namespace) -> int:
    """Check, and say what is wrong.

    Returns:
        0, or 1 after a line on stderr that says what is wrong.
    """
    try:
        content = read_annotations(args.root / "annotations.json")
        _check_images(content, args.images or args.root, args.subset)
        if args.submission:
            _check_submission(content, args.submission)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _check_images(content: VizWizAnnotations, root: Path, subset: bool) -> None:
    found = (len(content.images), len(content.category_ids))
    is_part = all(own <= published for own, published in zip(found, PUBLISHED, strict=True))
    if found != PUBLISHED and not (subset and is_part):
        fix = "fewer on purpose: add --subset" if is_part else "it lists others too: get it again"
        raise ValueError(
            f"the annotation file lists {found[0]} images and {found[1]} categories, {PUBLISHED[0]} and {PUBLISHED[1]} "
            f"are published; {fix}"
        )
    paths = find_images(str(root), content.images)
    fault = find_fault([{"img_path": str(root / path)} for path in paths], (), _DECODED)
    if fault:
        raise ValueError(
            f"'{fault[0].path}' {fault[0].reason} ({fault[1]} such files); get it again"
        )
    print(f"VizWiz-Classification in '{root}' is ready: {found[0]} images, {found[1]} categories")


def _check_submission(content: VizWizAnnotations, path: Path) -> None:
    faults = find_submission_faults(read_submission(path), content.images, content.category_ids)
    if faults:
        raise ValueError(f"'{path}' cannot be submitted: {'; '.join(faults)}")
    print(f"'{path}' can be submitted: {len(content.images)} images")
