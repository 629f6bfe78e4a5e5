"""The embedded default: generate streets, train a network, freeze it, train SyMPIE in front of it, and compare.

    sympie-seg demo [--work-dir work_dirs/streets] [--seeds 1]

Every step is skipped where its result is there already, and continues from its last checkpoint where it was
interrupted. Needs no data; about a quarter of an hour on two cores for one seed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import sympie_seg_cli
from sympie_seg.upstream.config_package import config_folder

FROZEN = "streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
SYMPIE = "streets/sympie_streets_1xb4-400.py"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/streets"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one whole run each")


def run_verb(*words: object) -> None:
    """Run a verb of ``sympie-seg`` in a process of its own, as a user would; stop where it fails.

    Raises:
        SystemExit: if it fails; it has said why.
    """
    print("$ sympie-seg", *words, flush=True)
    done = subprocess.run([sys.executable, sympie_seg_cli.__file__, *map(str, words)], check=False)
    if done.returncode:
        raise SystemExit(
            f"error: sympie-seg {words[0]} failed; run the same command again to continue"
        )


def data_options(streets: Path) -> list[str]:
    """The options that point the streets configs at a generated tree."""
    clear, adverse = streets / "cityscapes", streets / "acdc"
    options = [f"{part}_dataloader.dataset.data_root={clear}" for part in ("train", "val")]
    options.append(f"test_dataloader.dataset.datasets.0.data_root={clear}")
    for index in range(1, 5):
        options.append(f"test_dataloader.dataset.datasets.{index}.data_root={adverse}")
    return options


def one_seed(folder: Path, seed: int) -> dict:
    """Run everything for one seed (of the scenes and of both trainings) and give the comparison."""
    folder = folder.resolve() / f"seed{seed}"
    streets, frozen, sympie = folder / "data", folder / "frozen", folder / "sympie"
    network, enhancer = frozen / "iter_800.pth", sympie / "enhancer_last.pth"
    results, configs = folder / "comparison.json", config_folder()
    options = ["--cfg-options", f"randomness.seed={seed}", *data_options(streets)]
    run_verb("generate-streets", streets, "--seed", seed, "--adverse", 40, "--val", 60)
    if not network.is_file():
        run_verb("train", configs / FROZEN, "--work-dir", frozen, "--resume", *options)
    options.append(f"frozen_checkpoint={network}")
    # The last line of the schedule writes enhancer_last.pth again, so look for the last checkpoint.
    if not (sympie / "iter_400.pth").is_file():
        run_verb("train", configs / SYMPIE, "--work-dir", sympie, "--resume", *options)
    if not results.is_file():
        command = ["compare", configs / SYMPIE, network, "--work-dir", folder / "compare"]
        names = ["none", "clahe", "gamma", enhancer]
        size = ["--cost-size", 256, 128]
        run_verb(*command, "--enhancer", *names, "--out", results, *size, *options)
    content: dict = json.loads(results.read_text())
    return content


def summary(runs: list[dict]) -> str:
    """Markdown table of means over the runs: mIoU and gain over the frozen network alone."""
    names = [enhancer["name"] for enhancer in runs[0]["enhancers"]]
    titles = ["frozen network alone", "CLAHE", "gamma", "SyMPIE"]
    lines = ["| mIoU (%) | " + " | ".join(titles) + " |", "| --- " * (len(names) + 1) + "|"]
    for row in ("clean", "fog", "night", "rain", "snow", "mean over conditions"):
        scores = [
            one_row["scores"] for run in runs for one_row in run["rows"] if one_row["name"] == row
        ]
        means = [sum(score[name]["mIoU"] for score in scores) / len(scores) for name in names]
        cells = [f"{mean:.2f} ({mean - means[0]:+.2f})" for mean in means]
        lines.append(" | ".join([f"| {row}", f"{means[0]:.2f}", *cells[1:]]) + " |")
    return "\n".join(lines)


def run(args: argparse.Namespace) -> None:
    """Run all seeds and print the table."""
    start = time.time()
    runs = [one_seed(args.work_dir, seed) for seed in args.seeds]
    print(
        f"Mean over {len(runs)} seed(s), scored at the original size (mmseg), 40 images a condition:"
    )
    print(summary(runs))
    print(f"Took {(time.time() - start) / 60:.1f} minutes")
