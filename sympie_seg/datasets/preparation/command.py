"""What the verbs of ``sympie-seg convert-dataset`` have in common."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sympie_seg.datasets.preparation.conversion import (
    ELSEWHERE,
    Conversion,
    clean_up,
    convert,
    link_images,
    plan_conversions,
    reason_of,
)
from sympie_seg.datasets.preparation.counting import Count, count_part
from sympie_seg.datasets.preparation.image_files import Check, Fault, FaultKind, check_file
from sympie_seg.datasets.preparation.layouts import Layout
from sympie_seg.datasets.preparation.report import (
    PartReport,
    describe_contents,
    explain,
    make_table,
)
from sympie_seg.utils.parallel import run_tracked

__all__ = ["NotReadyError", "add_arguments", "prepare"]

FurtherCheck = Callable[[Path, Sequence[Count]], list[str]]

_SHOWN = 10


class NotReadyError(Exception):
    """A dataset cannot be used as it is; the message says why and what fixes it."""


def add_arguments(parser: argparse.ArgumentParser, layout: Layout) -> None:
    """Add the options that all tools have.

    Args:
        parser: of the tool.
        layout: tree of the dataset, for the names of its splits.
    """
    parser.add_argument("root", type=Path, help=f"folder with the unpacked {layout.name}")
    parser.add_argument(
        "--splits", nargs="+", choices=layout.splits, metavar="SPLIT",
        help=f"splits that must be there ({', '.join(layout.splits)}); others are left alone. "
        "Default: those that are there",
    )  # fmt: skip
    parser.add_argument(
        "--nproc", type=_positive, default=min(4, os.cpu_count() or 1), help="processes"
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing; say what would be")
    parser.add_argument(
        "--deep", action="store_true",
        help="decode every file, and check the sizes and values of all labels (slow)",
    )  # fmt: skip
    parser.add_argument(
        "--subset", action="store_true", help="fewer images than published are fine"
    )
    if layout.label_ids_suffix:
        parser.add_argument(
            "--overwrite", action="store_true",
            help=f"make all *{layout.label_suffix} again that have a source",
        )  # fmt: skip
        parser.add_argument(
            "--out", type=Path, metavar="FOLDER",
            help="write the labels there and link the images beside them, so that FOLDER is the data root to use; "
            "for a root that is read-only",
        )  # fmt: skip


def prepare(layout: Layout, args: argparse.Namespace, further: FurtherCheck | None = None) -> int:
    """Check a dataset, print a table and make the labels it lacks.

    Args:
        layout: the expected tree and the published numbers.
        args: options of :func:`add_arguments`.
        further: checks of the dataset's own; returns problems, one sentence each.

    Returns:
        The exit status: 0 if what is there is complete and usable, 1 if not, 130 if interrupted.
    """
    try:
        print(_prepare(layout, args, further))
    except NotReadyError as error:
        sys.stdout.flush()
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; run the same command again to continue", file=sys.stderr)
        return 130
    return 0


def _prepare(layout: Layout, args: argparse.Namespace, further: FurtherCheck | None) -> str:
    root, out = args.root, _out(args)
    counts = _count(layout, root, args.splits)
    if out:
        counts = [_with_labels_of(out, layout, count) for count in counts]
    faults = _check_files(counts, layout, args)
    reports, conversions = _plan(counts, faults, layout, args)
    print(make_table(layout, reports))
    for remark in dict.fromkeys(remark for count in counts for remark in count.remarks):
        print(f"note: {remark}")
    _print_faults([fault for report in reports for fault in report.faults])
    failures = [] if args.dry_run else _convert(conversions, args.nproc)
    if out and not failures and not args.dry_run:
        failures += _link(root, out, layout, counts)
    problems = _problems(reports, args.splits) + failures
    problems += further(root, counts) if further else []
    if problems:
        # What --overwrite did not fix has no source: another --overwrite is no advice.
        overwrite = getattr(args, "overwrite", False)
        kept = [] if overwrite else [fault for report in reports for fault in report.faults]
        read_only = any(ELSEWHERE in failure for failure in failures)
        raise NotReadyError(explain(layout, root, problems, kept, read_only=read_only))
    return _closing_line(layout, out or root, conversions, args.dry_run)


def _out(args: argparse.Namespace) -> Path | None:
    """The folder of ``--out``, unless that is the root itself."""
    out: Path | None = getattr(args, "out", None)
    return None if out is None or out.resolve() == args.root.resolve() else out


def _with_labels_of(out: Path, layout: Layout, count: Count) -> Count:
    """The files of a part, with the labels that are in another folder."""
    return replace(count, labels={**count.labels, **count_part(out, layout, count.part).labels})


def _link(root: Path, out: Path, layout: Layout, counts: Sequence[Count]) -> list[str]:
    try:
        link_images(root, out, layout, counts)
    except OSError as error:
        return [f"cannot link the images into '{out}': {error.strerror or error}"]
    return []


def _count(layout: Layout, root: Path, splits: Sequence[str] | None) -> list[Count]:
    if not root.is_dir():
        raise NotReadyError(explain(layout, root, [f"there is no folder '{root}'"]))
    parts = [part for part in layout.parts if not splits or part.split in splits]
    counts = [count_part(root, layout, part) for part in parts]
    if not layout.fits(root):
        better = _better_root(layout, root)
        what = f"none of the expected folders is there, found: {describe_contents(root)}"
        hint = f"; the tree is in '{better}'" if better else ""
        raise NotReadyError(explain(layout, root, [what + hint], better_root=better))
    if all(count.is_absent for count in counts):
        names = ", ".join(dict.fromkeys(part.split for part in parts))
        raise NotReadyError(explain(layout, root, [f"no image or label of {names} was found"]))
    return counts


def _better_root(layout: Layout, root: Path) -> Path | None:
    """Look one level up and one down, the two usual mistakes."""
    below = sorted(path for path in root.iterdir() if path.is_dir())
    near = [root.absolute().parent, *below]
    return next((folder for folder in near if layout.fits(folder)), None)


def _check_files(
    counts: Sequence[Count], layout: Layout, args: argparse.Namespace
) -> dict[Path, Fault]:
    checks = [check for count in counts for check in _checks(count, layout, args.deep)]
    title = "Reading all files" if args.deep else "Checking that files are whole"
    faults = run_tracked(title, check_file, checks, args.nproc)
    return {fault.path: fault for fault in faults if fault}


def _checks(count: Count, layout: Layout, deep: bool) -> list[Check]:
    """List the checks of one part; without ``deep``, one label of every folder is decoded."""
    checks = [Check(path, decode=deep) for path in count.images.values()]
    seen: set[Path] = set()
    for key, path in count.labels.items():
        decode = deep or path.parent not in seen
        seen.add(path.parent)
        checks.append(Check(path, layout.label_values, decode, count.images.get(key)))
    return checks


def _plan(
    counts: Sequence[Count], faults: dict[Path, Fault], layout: Layout, args: argparse.Namespace
) -> tuple[list[PartReport], list[Conversion]]:
    overwrite = getattr(args, "overwrite", False)
    broken = [fault.path for fault in faults.values() if fault.kind is FaultKind.BROKEN]
    reports, conversions = [], []
    for count in counts:
        planned = plan_conversions(args.root, layout, count, broken, overwrite, _out(args))
        made_again = {count.labels.get(conversion.key) for conversion in planned}
        own = [*count.images.values(), *count.labels.values()]
        left = [faults[path] for path in own if path in faults and path not in made_again]
        keys = {conversion.key for conversion in planned}
        reports.append(PartReport(count, keys, left, args.subset))
        conversions += planned
    return reports, conversions


def _print_faults(faults: Sequence[Fault]) -> None:
    for fault in faults[:_SHOWN]:
        print(f"  {fault.path} {fault.reason}")
    if len(faults) > _SHOWN:
        print(f"  and {len(faults) - _SHOWN} more files with faults")


def _convert(conversions: Sequence[Conversion], processes: int) -> list[str]:
    if not conversions:
        return []
    try:
        clean_up(conversions)
    except OSError as error:
        return [f"cannot write to '{error.filename}': {reason_of(error)}"]
    title = f"Making {len(conversions)} labels"
    failures = [text for text in run_tracked(title, convert, conversions, processes) if text]
    if not failures:
        return []
    return [f"{len(failures)} labels could not be made, the first because {failures[0]}"]


def _problems(reports: Sequence[PartReport], named: Sequence[str] | None) -> list[str]:
    """Collect the problems of all parts, and the parts that are missing but should be there."""
    problems = [problem for report in reports for problem in report.problems]
    present = {report.count.part.split for report in reports if not report.count.is_absent}
    for report in reports:
        part = report.count.part
        if not report.count.is_absent:
            continue
        if part.split not in present and part.split in (named or ()):
            problems.append(f"{part.name}: absent, but named by --splits")
        elif part.split in present and not report.is_subset:
            problems.append(f"{part.name}: absent, while others of '{part.split}' are there")
    return problems


def _closing_line(
    layout: Layout, root: Path, conversions: Sequence[Conversion], dry_run: bool
) -> str:
    if not conversions:
        return f"{layout.name} in '{root}' is ready: nothing to write"
    if dry_run:
        first = conversions[0]
        return (
            f"dry run, nothing was written: {len(conversions)} labels would be made, "
            f"the first '{first.target}' from '{first.source.name}'"
        )
    return f"{layout.name} in '{root}' is ready: {len(conversions)} labels were made"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number
