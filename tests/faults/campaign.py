"""Damage files, kill tools and take resources away, thousands of times, and print what came of it.

    python tests/faults/campaign.py                            # all kinds
    python tests/faults/campaign.py --only "side files" kills --share 0.1 --seed 7
    python tests/faults/campaign.py --only kills --number 17   # one trial again
    python tests/faults/campaign.py --out trials.jsonl --seconds 280   # in pieces: the same command continues

Every trial is a forked process that runs a tool as a user does. The columns: refused with a message that names the file
(named) or does not (nameless), tracebacks and crashes, other results without a word (silent), hangs (300 s), results
that a second run of the same command did not complete (lost), files under their final names that are not whole (half),
temporary files that stayed (left). The others ended as if nothing had been wrong, or took a file whose format has
no checksum. Exit status 1 if a column that must be zero is not. Full disks, /dev/shm and the ordinary user need root.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch; and forking wants no thread pool
os.environ.setdefault("MPLBACKEND", "Agg")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import torch

import sympie_seg.enhancing.run
import sympie_seg.report.outputs  # noqa: F401  (imported once here, so that the forked tools start at once)
from faults.commands import COMMANDS, OTHERS
from faults.processes import can_mount
from faults.trials import (
    BAD,
    KINDS,
    NEEDS_MOUNTS,
    NEEDS_ROOT,
    References,
    Result,
    describe,
    trial,
)
from faults.world import ROOT, World
from sympie_seg.cli.main import make_parser

COLUMNS = {
    "named": ("named",),
    "nameless": ("nameless",),
    "tracebacks": ("traceback", "failed"),
    "silent": ("silent",),
    "hangs": ("hang",),
    "lost": ("lost",),
    "half": ("half file",),
    "left": ("leftover",),
    "unharmed": ("unchanged", "done", "stopped"),
    "no checksum": ("no checksum",),
}


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND",
                        help=f"default: {', '.join(KINDS)}")  # fmt: skip
    parser.add_argument("--share", type=float, default=1.0, help="of the trials of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--number", type=int, help="make this one trial of each kind")
    parser.add_argument("--work-dir", type=Path, help="default: a temporary folder")
    parser.add_argument(
        "--out", type=Path,
        help="append every trial there, a line of JSON each; those of this seed that it holds are not made again, "
        "and count in the table",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="start no trial after so many"
    )
    return parser.parse_args(arguments)


def possible(kinds: list[str]) -> list[str]:
    """Leave out the kinds that this user cannot make, and say so."""
    lacking = [] if can_mount() else list(NEEDS_MOUNTS)
    lacking += [] if os.geteuid() == 0 else list(NEEDS_ROOT)
    for kind in set(kinds) & set(lacking):
        print(f"{kind}: left out, since it needs root", flush=True)
    return [kind for kind in kinds if kind not in lacking]


def numbers(kind: str, args: argparse.Namespace) -> list[int]:
    """The trials of a kind."""
    if args.number is not None:
        return [args.number]
    return list(range(max(1, round(KINDS[kind][1] * args.share))))


def campaign(args: argparse.Namespace, folder: Path) -> dict[str, Counter[str]]:
    """Make all trials; print those that went wrong as they come."""
    world = World(folder)
    references = References(world)
    counts: dict[str, Counter[str]] = {}
    made = read_trials(args.out, args.seed)
    end = time.monotonic() + args.seconds
    for one in (*COMMANDS, *OTHERS):  # what they import is then there in every fork
        make_parser(one.verb.split())
    for kind in possible(args.only):
        began, counts[kind], new = time.monotonic(), Counter(), 0
        for number in numbers(kind, args):
            verdict = made.get((kind, number), "")
            if not verdict and time.monotonic() < end:
                result = one_trial(kind, number, args, world, references)
                verdict, new = result.verdict, new + 1
            counts[kind][verdict] += bool(verdict)
        if new:
            print(f"{kind}: {new} trials in {time.monotonic() - began:.0f} s", flush=True)
    return counts


def one_trial(
    kind: str, number: int, args: argparse.Namespace, world: World, references: References
) -> Result:
    """Make a trial, write it down, and print it if it went wrong."""
    try:
        result = trial(kind, number, args.seed, world, references)
    except Exception as error:  # of the campaign, not of a tool
        result = Result("failed", f"the trial itself: {type(error).__name__}", str(error)[-2000:])
    if result.verdict in BAD:
        print(f"{kind} {number}: {result.verdict}: {result.what}: {result.message}", flush=True)
    if args.out:
        with args.out.open("a") as file:
            line = dict(kind=kind, number=number, seed=args.seed, commit=commit())
            line |= describe(result)
            file.write(json.dumps(line) + "\n")
    return result


@cache
def commit() -> str:
    """Of the code that is tried; empty without git."""
    words = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    with suppress(OSError, subprocess.CalledProcessError):
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    return ""


def read_trials(path: Path | None, seed: int) -> dict[tuple[str, int], str]:
    """The verdicts of trials that were made before, by kind and number."""
    if path is None or not path.is_file():
        return {}
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {(x["kind"], x["number"]): x["verdict"] for x in lines if x["seed"] == seed}


def table(counts: dict[str, Counter[str]]) -> str:
    """Markdown: a row for each kind, and their sum."""
    rows = [*counts.items(), ("all", sum(counts.values(), Counter()))]
    lines = [
        f"| kind | trials | {' | '.join(COLUMNS)} |",
        f"| --- |{' ---: |' * (len(COLUMNS) + 1)}",
    ]
    for kind, counter in rows:
        cells = [sum(counter[verdict] for verdict in verdicts) for verdicts in COLUMNS.values()]
        lines.append(f"| {kind} | {counter.total()} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; 1 if something came out that must not."""
    args = parse_args(arguments)
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    folder = args.work_dir or Path(tempfile.mkdtemp(prefix="sympie_seg_faults_"))
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o755)  # an ordinary user reads it
    began = time.monotonic()
    try:
        counts = campaign(args, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{table(counts)}\n\n{time.monotonic() - began:.0f} s, seed {args.seed}")
    return int(any(counter[verdict] for counter in counts.values() for verdict in BAD))


if __name__ == "__main__":
    sys.exit(main())
