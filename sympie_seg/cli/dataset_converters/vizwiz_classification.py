"""Check an unpacked VizWiz-Classification, and a submission.

    sympie-seg convert-dataset vizwiz-classification data/vizwiz [--images FOLDER] [--submission FILE]

The annotation file, its 200 categories and the images that it lists, in train, val and test or flat; then, if given, a
submission: all images, once each, and no other category. Nothing is written: the dataset reads the tree as it is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sympie_seg.datasets.preparation.vizwiz import check_vizwiz
from sympie_seg.metrics.vizwiz_submission import check_submission
from sympie_seg.utils.failures import told


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
        content = check_vizwiz(args.root, args.images, args.subset)
        images = len(content.images)
        print(
            f"VizWiz-Classification in '{args.images or args.root}' is ready: {images} images, "
            f"{len(content.category_ids)} categories"
        )
        if args.submission:
            check_submission(args.submission, content.images, content.category_ids)
            print(f"'{args.submission}' can be submitted: {images} images")
    except (ValueError, OSError) as error:
        print(f"error: {told(error)}", file=sys.stderr)
        return 1
    return 0
