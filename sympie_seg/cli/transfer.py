r"""Test every enhancer in front of every network: the transfer matrix.

    sympie-seg transfer --networks A=CONFIG:CHECKPOINT B=CONFIG:CHECKPOINT --enhancers A=A.pth B=B.pth \
        --work-dir work_dirs/transfer/streets

CONFIG is a test config as for sympie-seg compare; all have the same test set. An enhancer with a network's name was
trained in front of it (bold in the table). Writes transfer.json, .csv and .md, and a comparison for each network. A run
that was stopped continues from the images that it had finished.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.cli.common import (
    add_common_arguments,
    add_every_argument,
    check_work_dir,
    command_line,
    in_one_process,
    load_config,
    named_files,
    run_or_stop,
    thin_out,
)
from sympie_seg.comparison.transfer import gains_in_front_of, transfer_matrix
from sympie_seg.report.outputs import write_comparison, write_transfer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--networks", nargs="+", required=True, metavar="NAME=CONFIG:CHECKPOINT", help="the rows"
    )
    parser.add_argument(
        "--enhancers", nargs="+", required=True, metavar="NAME=FILE", help="the columns"
    )
    add_every_argument(parser)
    add_common_arguments(parser)


def networks_of(words: list[str]) -> dict[str, tuple[str, str]]:
    """Split NAME=CONFIG:CHECKPOINT.

    Raises:
        ValueError: if a part is missing or a file does not exist.
    """
    networks = {}
    for word in words:
        name, _, weights = word.partition("=")
        config, _, checkpoint = weights.partition(":")
        if not (name and config and checkpoint):
            raise ValueError(f"--networks '{word}': expected NAME=CONFIG:CHECKPOINT")
        if name in networks:
            raise ValueError(f"--networks: the name '{name}' is given twice")
        if not Path(config).is_file():
            raise ValueError(f"--networks '{word}': there is no config '{config}'")
        networks[name] = (config, checkpoint)
    return networks


def run(args: argparse.Namespace) -> None:
    """Compare network by network, print and write the matrix.

    Raises:
        SystemExit: with one line on what is wrong with the input.
        UsageError: if a launcher is given.
    """
    in_one_process(args)
    run_or_stop(_run, args)


def _run(args: argparse.Namespace) -> None:
    networks, files = networks_of(args.networks), named_files(args.enhancers)
    out = Path(args.work_dir or "work_dirs/transfer")
    comparisons = {}
    for name, (config, checkpoint) in networks.items():
        folder = out / name
        args.config, args.work_dir = config, str(folder)
        cfg = load_config(args)
        check_work_dir(cfg.work_dir)
        thin_out(cfg, args.every)
        records = folder / "records"
        comparisons[name] = gains_in_front_of(cfg, checkpoint, files, records, command_line())
        write_comparison(folder / "comparison.json", comparisons[name])
    write_transfer(out, transfer_matrix(comparisons, command_line()))
