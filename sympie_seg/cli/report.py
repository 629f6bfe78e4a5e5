"""Render the HTML report of a comparison again, with the images that sympie-seg compare kept beside it.

    sympie-seg report comparison.json -o report.html [--title TITLE]

Nothing is measured: the page shows what the JSON file holds, and the pictures in <name>_examples.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from sympie_seg.cli.input_errors import input_errors
from sympie_seg.comparison.result import read_result
from sympie_seg.report import examples_folder, load_examples, write_report
from sympie_seg.utils.foreign import naming


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("comparison", type=Path, help="comparison.json of sympie-seg compare")
    parser.add_argument("-o", "--out", type=Path, help="HTML file (default: beside the JSON file)")
    parser.add_argument(
        "--examples", type=Path, help="folder of the images (default: <name>_examples)"
    )
    parser.add_argument("--no-examples", action="store_true", help="no images")
    parser.add_argument("--title", help="another title")


def run(args: argparse.Namespace) -> None:
    """Write the page.

    Raises:
        SystemExit: with what is wrong with a file, and the fix.
    """
    out = args.out or args.comparison.with_suffix(".html")
    folder = args.examples or examples_folder(args.comparison)
    with input_errors():
        comparison = read_result(args.comparison)
        if args.title:
            comparison = replace(comparison, title=args.title)
        wanted = not args.no_examples and (args.examples or folder.is_dir())
        examples = load_examples(folder) if wanted else []
        damaged = "cannot be shown: it is damaged, or of another version"
        with naming(args.comparison, damaged, "write it again with sympie-seg compare"):
            write_report(out, comparison, examples)
    print(f"report with {len(examples)} images: '{out}'")
