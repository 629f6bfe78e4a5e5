"""Apply enhancers 1, 2, ... times in front of a frozen network, and say what becomes of scores and pictures.

    python tools/stability.py CONFIG CHECKPOINT --enhancers two-step=A.pth one-step=B.pth --work-dir work_dirs/stability

CONFIG is a test config as for tools/compare.py. Writes stability.json, .csv, .md and .svg into the work dir. A run that
was stopped goes on from the images that it had finished.
"""

from __future__ import annotations

import argparse
import json
import os.path as osp
import shlex
import sys
from pathlib import Path

from _common import (
    add_common_arguments,
    add_every_argument,
    check_work_dir,
    load_config,
    named_files,
    run_or_stop,
    set_local_rank,
    thin_out,
)

from sympie_seg.comparison.network import checkpoint_of
from sympie_seg.comparison.run import Options, compare
from sympie_seg.comparison.stability import (
    csv_of,
    curves,
    drifts,
    markdown_of,
    plot,
    repeated_choices,
)
from sympie_seg.utils.files import replace_bytes


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="test config file path")
    parser.add_argument("checkpoint", nargs="?", help="checkpoint of the frozen network")
    parser.add_argument(
        "--enhancers", nargs="+", required=True, metavar="NAME=FILE", help="enhancer files, named"
    )
    parser.add_argument("--times", type=int, default=10, help="most applications (default 10)")
    add_every_argument(parser)
    add_common_arguments(parser)
    args = parser.parse_args()
    if args.times < 1:
        parser.error("--times must be at least 1")
    if args.launcher != "none":
        parser.error("this tool runs in one process")
    set_local_rank(args)
    return args


def run(args: argparse.Namespace) -> None:
    """Compare all points, measure the drift, print and write."""
    cfg = load_config(args)
    check_work_dir(cfg.work_dir)
    thin_out(cfg, args.every)
    files = named_files(args.enhancers)
    choices = repeated_choices(files, args.times)
    command = shlex.join(["python", *sys.argv])
    options = Options(cost_size=None, command=command)
    checkpoint = checkpoint_of(cfg, args.checkpoint)
    compared = compare(cfg, checkpoint, choices, osp.join(cfg.work_dir, "records"), options)
    drifted = drifts(cfg, compared.network, files, args.times)
    content = curves(compared.content, drifted, args.times)
    content["command"] = command
    text = markdown_of(content)
    print(text)
    out = Path(cfg.work_dir) / "stability"
    replace_bytes(out.with_suffix(".json"), json.dumps(content, indent=1).encode())
    replace_bytes(out.with_suffix(".csv"), csv_of(content).encode())
    replace_bytes(out.with_suffix(".md"), f"{text}\n".encode())
    plot(content, out.with_suffix(".svg"))
    print(f"written: '{out}.json', .csv, .md and .svg")


def main() -> None:
    """Run; what is wrong with the input is said in one line."""
    run_or_stop(run, parse_args())


if __name__ == "__main__":
    main()
