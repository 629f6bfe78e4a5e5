"""The embedded default for classification: SyMPIE in front of a frozen classifier of crops of generated streets.

    sympie-seg demo-classification [--work-dir work_dirs/streets-crops] [--seed 1]

Generates streets, cuts crops of six classes, trains a classifier, freezes it, trains SyMPIE in front of it, and
compares the two on crops of other streets, clean and corrupted. Every step is skipped where its result is there
already, and continues from its last checkpoint where it was interrupted. Needs no data; a few minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from sympie_seg.cli.demo import run_verb
from sympie_seg.upstream.config_package import config_folder
from sympie_seg.utils.tables import markdown_table

FROZEN = "resnet18-w32_1xb64-300_streets-crops-64.py"
SYMPIE = "sympie_streets-crops_1xb16-300.py"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/streets-crops"))
    parser.add_argument("--seed", type=int, default=1, help="of the scenes and of both trainings")


def demo(folder: Path, seed: int) -> dict:
    """Run everything and give the comparison."""
    folder = folder.resolve() / f"seed{seed}"
    streets, crops, frozen, sympie = (folder / n for n in ("data", "crops", "frozen", "sympie"))
    configs = config_folder() / "classification/streets-crops"
    network, results = frozen / "iter_300.pth", folder / "comparison.json"
    size = ["--size", 512, 256, "--train", 100, "--val", 60, "--adverse", 0]
    run_verb("generate-streets", streets, "--seed", seed, *size)
    most = ["--most", "train=500", "test=25"]
    run_verb("convert-dataset", "crops", "cityscapes", streets / "cityscapes", crops, *most)
    options = ["--cfg-options", f"randomness.seed={seed}"]
    options += [f"{part}_dataloader.dataset.data_root={crops}" for part in ("train", "val")]
    plain = [*options, f"test_dataloader.dataset.data_root={crops}"]
    if not network.is_file():
        run_verb("train", configs / FROZEN, "--work-dir", frozen, "--resume", *plain)
    options += [
        f"test_dataloader.dataset.dataset.data_root={crops}",
        f"frozen_checkpoint={network}",
    ]
    if not (sympie / "iter_300.pth").is_file():
        run_verb("train", configs / SYMPIE, "--work-dir", sympie, "--resume", *options)
    if not results.is_file():
        command = ["compare", configs / SYMPIE, network, "--work-dir", folder / "compare"]
        names = ["--enhancer", "none", sympie / "enhancer_last.pth", "--cost-size", 64, 64]
        run_verb(*command, *names, "--out", results, *options)
    content: dict = json.loads(results.read_text())
    return content


def summary(content: dict) -> str:
    """Markdown: top-1 by corruption, mean over its severities, of the network alone and behind SyMPIE."""
    grid, severities = content["grid"], content["grid"]["severities"]
    alone, enhanced = (grid["values"][one["name"]] for one in content["enhancers"])
    head = [f"top-1 (%), mean of severities {severities}", "classifier alone", "behind SyMPIE"]
    rows = [row for row in content["rows"] if row["kind"] == "condition" and row["name"] == "clean"]
    pairs = [
        (row["name"], *(row["scores"][one["name"]]["top1"] for one in content["enhancers"]))
        for row in rows
    ]
    means = [
        (name, _mean(a), _mean(b))
        for name, a, b in zip(grid["corruptions"], alone, enhanced, strict=True)
    ]
    total = ("mean over corruptions", _mean([m[1] for m in means]), _mean([m[2] for m in means]))
    lines = [
        [name, f"{before:.2f}", f"{after:.2f} ({after - before:+.2f})"]
        for name, before, after in [*pairs, *means, total]
    ]
    return markdown_table(head, lines)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def run(args: argparse.Namespace) -> None:
    """Run and print the table."""
    start = time.time()
    print(summary(demo(args.work_dir, args.seed)))
    print(f"Took {(time.time() - start) / 60:.1f} minutes")
