"""Plug every config inside the installed mmsegmentation, run it beside the stock one, and print a table.

    python tools/misc/sweep_zoo.py --out work_dirs/zoo

For each config: the plugged config is made with an identity enhancer, stock and plugged model are built with the same
random weights (nothing is downloaded), and both predict a small image. Each model has a process of its own, so that
memory is given back and a crash is a row of the table. After a stop the same command continues where it was;
models that are identical for prediction run once. ``--print`` makes the table from what is there.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import platform
import resource
import sys
from collections import defaultdict
from dataclasses import asdict
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)

# isort: split
import mmseg
import torch
from mmengine.utils import ProgressBar
from prettytable import PrettyTable, TableStyle
from zoo import TOLERANCE, Check, check_config, model_key, zoo_names

from sympie_seg.enhancer import SyMPIE, save_enhancer
from sympie_seg.plugging.sources import find_config, read_config

COUNTS = ("plugged", "stock built", "built", "stock ran", "ran", "equal")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, default=Path("work_dirs/zoo"), help="folder of the results"
    )
    parser.add_argument("--families", nargs="+", help="only these folders")
    parser.add_argument("--memory", type=float, default=12, help="GB of address space for a model")
    parser.add_argument("--seconds", type=float, default=600, help="for a model")
    parser.add_argument("--again", action="store_true", help="forget what is there")
    parser.add_argument(
        "--retry", action="store_true", help="run again what did not end in 'equal'"
    )
    parser.add_argument("--print", action="store_true", help="run nothing, print the table")
    return parser.parse_args()


def run_apart(name: str, enhancer: str, memory: float, seconds: float) -> Check:
    """Check one config in a process that may fail, grow or hang."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(name, enhancer, memory, sender))
    child.start()
    sender.close()
    result = None
    try:
        if receiver.poll(seconds):
            result = receiver.recv()
        else:
            result = Check(name, reason=f"not done in {seconds:.0f} s")
            child.kill()
    except EOFError:
        pass
    child.join()
    return result or Check(name, reason=f"the process ended with status {child.exitcode}")


def _child(name: str, enhancer: str, memory: float, sender: Connection) -> None:
    limit = int(memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sender.send(check_config(name, enhancer))


def load_records(path: Path) -> dict[str, dict]:
    """Read what earlier runs have found; a line that was cut off counts for nothing."""
    records = {}
    for line in path.read_text().splitlines() if path.is_file() else ():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        records[record["config"]] = record
    return records


def sweep(args: argparse.Namespace, names: list[str], path: Path) -> None:
    """Check what is missing, smallest promise first: each result is written at once."""
    records = load_records(path)
    if args.retry:
        records = {name: record for name, record in records.items() if record["equal"]}
    known = {record["key"]: record for record in records.values() if not record["same_as"]}
    enhancer = args.out / "identity.pth"
    save_enhancer(enhancer, SyMPIE(init="identity"))
    missing = [name for name in names if name not in records]
    bar = ProgressBar(len(missing)) if missing else None
    with open(path, "a", encoding="utf-8") as file:
        for name in missing:
            key = _key(name)
            if key in known:
                record = {
                    **known[key],
                    "config": name,
                    "seconds": 0.0,
                    "same_as": known[key]["config"],
                }
            else:
                record = asdict(run_apart(name, str(enhancer), args.memory, args.seconds))
                record["key"] = key
                known[key] = record
            file.write(json.dumps(record) + "\n")
            file.flush()
            bar.update()


def _key(name: str) -> str:
    """The model without what only training reads; a config that cannot be read is its own."""
    try:
        return model_key(read_config(find_config(name), imports=False).model.to_dict())
    except Exception:
        return name


def by_family(checks: list[Check]) -> PrettyTable:
    """A row for each family, with the reasons of what is not equal."""
    table = PrettyTable(
        ["family", "configs", "models run", *COUNTS, "largest difference", "why not"]
    )
    table.align, table.align["family"], table.align["why not"] = "r", "l", "l"
    families = defaultdict(list)
    for check in checks:
        families[check.family].append(check)
    rows = [(family, _row(members)) for family, members in sorted(families.items())]
    for family, row in rows:
        table.add_row([family, *row])
    table.add_row([f"all {len(rows)}", *_row(checks, reasons=False)])
    return table


def _row(checks: list[Check], reasons: bool = True) -> list[object]:
    counts = (
        sum(c.plugged for c in checks),
        sum(c.stock != "failed" for c in checks),
        sum(c.built for c in checks),
        sum(c.stock == "ran" for c in checks),
        sum(c.ran for c in checks),
        sum(bool(c.equal) for c in checks),
    )
    differences = [c.difference for c in checks if c.difference is not None]
    largest = f"{max(differences):.1e}" if differences else ""
    why = defaultdict(int)
    for check in checks:
        if check.reason:
            why[check.reason] += 1
    text = "; ".join(f"{count} {reason}" for reason, count in why.items()) if reasons else ""
    return [len(checks), sum(not c.same_as for c in checks), *counts, largest, text]


def report(args: argparse.Namespace, checks: list[Check]) -> None:
    """Print the table, and write it as JSON, CSV and Markdown."""
    table = by_family(checks)
    command = " ".join(["python", *sys.argv])
    title = (
        f"mmsegmentation {mmseg.__version__}, torch {torch.__version__}, {platform.machine()}, {date.today()}, "
        f"tolerance {TOLERANCE}: {command}"
    )
    print(f"\n{title}\n{table}")
    rows = [asdict(check) for check in checks]
    (args.out / "zoo.json").write_text(json.dumps(dict(title=title, rows=rows), indent=1))
    with open(args.out / "zoo.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    table.set_style(TableStyle.MARKDOWN)
    (args.out / "zoo.md").write_text(f"{title}\n\n{table}\n")


def main() -> None:
    """Sweep, then report; the exit status is 1 if stock mmseg runs a config that is not equal."""
    args = parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    path = args.out / "records.jsonl"
    if args.again:
        path.unlink(missing_ok=True)
    names = zoo_names()
    if args.families:
        names = [name for name in names if name.split("::")[1].split("/")[0] in args.families]
    if not names:
        raise SystemExit(f"no config in the families {args.families}")
    if not args.print:
        sweep(args, names, path)
    records = load_records(path)
    fields = Check.__dataclass_fields__
    checks = [
        Check(**{k: v for k, v in records[n].items() if k in fields}) for n in names if n in records
    ]
    if not checks:
        raise SystemExit(f"nothing in '{path}' yet")
    report(args, checks)
    worse = [
        c.config
        for c in checks
        if (c.stock == "ran" and not c.equal) or (c.stock != "failed" and not c.built)
    ]
    if worse:
        raise SystemExit(f"{len(worse)} configs work in stock mmseg and not plugged: {worse[:5]}")


if __name__ == "__main__":
    main()
