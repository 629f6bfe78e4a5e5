"""Make one label-free training step behind every head type of a zoo, and print how its scores are read.

    python tools/misc/sweep_heads.py                         # all head types of mmsegmentation's configs, 2 minutes
    python tools/misc/sweep_heads.py --library mmpretrain
    python tools/misc/sweep_heads.py --page docs/heads.md    # both, written into the page
    python tools/misc/sweep_heads.py --keep steps.json       # the same command again continues after a stop

For each head type the config that looks smallest is built with random weights (nothing is downloaded) behind an
enhancer: two images, both steps and the clean term, loss and gradient, without the optimiser. A network that cannot
be trained through without labels is refused before data are read, with the reason.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)

# isort: split
from head_steps import HeadStep, heads_of_zoo, step_behind
from zoo import zoo_names

from sympie_seg.plugging.sources import LIBRARIES
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.tables import markdown_table

BEGIN, END = "<!-- sweep_heads.py begins -->", "<!-- sweep_heads.py ends -->"


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--library", choices=LIBRARIES, help="whose configs (default: mmseg, with --page both)"
    )
    parser.add_argument("--heads", nargs="+", metavar="TYPE", help="only these head types")
    parser.add_argument(
        "--keep", type=Path, help="file of the finished steps; those in it are kept"
    )
    parser.add_argument("--page", type=Path, help="Markdown page to write the tables into")
    return parser.parse_args(arguments)


def sweep(
    library: str, only: Sequence[str] | None = None, keep: Path | None = None
) -> list[HeadStep]:
    """Make the steps one after another; each is said, and kept, at once."""
    kept = read_steps(keep) if keep and keep.is_file() else []
    steps = []
    for (head, reading), name in heads_of_zoo(zoo_names(library)).items():
        if only and head not in only:
            continue
        step = next((one for one in kept if (one.head, one.config) == (head, name)), None)
        if step is None:
            step = step_behind(head, name)
            kept.append(step)
            if keep:
                write_steps(keep, kept)
        print(
            f"{step.seconds:6.1f} s  {head} {reading}: {step.read_as or 'not built'} {step.reason}",
            file=sys.stderr,
            flush=True,
        )
        steps.append(step)
    return steps


def read_steps(path: Path) -> list[HeadStep]:
    """Read what :func:`write_steps` wrote."""
    return [HeadStep(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def write_steps(path: Path, steps: Sequence[HeadStep]) -> None:
    """Write the steps as JSON."""
    replace_bytes(path, json.dumps([asdict(step) for step in steps], indent=1).encode())


def table(steps: Sequence[HeadStep]) -> str:
    """A line for each step."""
    lines = [
        [
            step.head,
            step.config.split("::")[1].removesuffix(".py"),
            step.read_as or "not built",
            f"step made, loss {step.loss:.2g}" if step.trained and not step.reason else step.reason,
        ]
        for step in steps
    ]
    return markdown_table(["head type", "smallest config", "read as", "one training step"], lines)


def _is_excused(step: HeadStep) -> bool:
    """Whether it is refused, or something is not installed here."""
    return step.read_as == "refused" or step.reason.startswith(("needs the ", "needs a download"))


def into_page(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a page.

    Raises:
        ValueError: if the page lacks them.
    """
    before, begin, after = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = after.partition(END)
    if not (begin and end):
        raise ValueError(f"'{page}' lacks the lines '{BEGIN}' and '{END}'")
    replace_bytes(page, f"{before}{BEGIN}\n\n{text}\n\n{END}{after}".encode())


def main(arguments: list[str] | None = None) -> int:
    """Sweep and print; 1 if a head that is neither refused nor lacks a package made no step."""
    args = parse_args(arguments)
    libraries = [args.library] if args.library else LIBRARIES if args.page else LIBRARIES[:1]
    start, parts, failed = time.perf_counter(), [], []
    for library in libraries:
        steps = sweep(library, args.heads, args.keep)
        failed += [s.head for s in steps if not s.trained and not _is_excused(s)]
        read = [step.read_as or "not built" for step in steps]
        counts = ", ".join(f"{read.count(word)} {word}" for word in dict.fromkeys(sorted(read)))
        parts.append(f"{library}, {len(steps)} kinds of heads: {counts}.\n\n{table(steps)}")
    text = "\n\n".join(parts)
    print(text)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if args.page:
        into_page(args.page, text)
    if failed:
        print(f"no step: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
