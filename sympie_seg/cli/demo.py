"""The embedded default: generate streets, train a network, freeze it, train SyMPIE in front of it, and compare.

    sympie-seg demo                          # one quick run
    sympie-seg demo --full --seeds 1 2 3     # the larger runs behind the table of docs/quickstart.md

Needs no data and no GPU. The steps and the time of each are said first; each has a bar, and its output goes to
demo.log. Run the same command again to continue: finished steps are skipped, an unfinished training resumes from its
last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import sympie_seg_cli
from sympie_seg.upstream.config_package import config_folder
from sympie_seg.utils.phases import Phase, PhaseError, announce, minutes, run_phase
from sympie_seg.utils.tables import markdown_table

FROZEN = "streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
SYMPIE = "streets/sympie_streets_1xb4-400.py"
ENHANCERS = ("none", "clahe", "gamma")  # SyMPIE comes last
TITLES = ("frozen network alone", "CLAHE", "gamma", "SyMPIE")
CONDITIONS = ("fog", "night", "rain", "snow")


@dataclass(frozen=True)
class Size:
    """How much is drawn, trained and tested.

    Attributes:
        train: clear images to train on.
        val: clear images to test on.
        adverse: images of each condition to test on.
        network: iterations of the network's training.
        enhancer: iterations of the enhancer's training.
        work_dir: the folder, unless another is named.
    """

    train: int
    val: int
    adverse: int
    network: int
    enhancer: int
    work_dir: str

    @property
    def tested(self) -> int:
        """Passes over images in the comparison."""
        return (self.val + len(CONDITIONS) * self.adverse) * (len(ENHANCERS) + 1)


QUICK = Size(200, 30, 30, 300, 200, "work_dirs/quickstart")
FULL = Size(400, 60, 40, 800, 400, "work_dirs/streets")
# Seconds on two idle x86 cores: of a process until it works, of a drawn image, of an iteration, of a tested image.
START, DRAW, NETWORK, ENHANCER, TEST = 8, 0.03, 0.7, 0.65, 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--work-dir",
        type=Path,
        help=f"folder to fill (default: {QUICK.work_dir}, with --full {FULL.work_dir})",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one whole run each")
    parser.add_argument("--full", action="store_true", help="train longer and test more images")


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
    for index in range(1, 1 + len(CONDITIONS)):
        options.append(f"test_dataloader.dataset.datasets.{index}.data_root={adverse}")
    return options


def schedule_options(iterations: int, scheduler: str, *ends: str) -> list[str]:
    """The options that set the length of a training, with one validation at its end."""
    return [
        f"train_cfg.max_iters={iterations}",
        f"train_cfg.val_interval={iterations}",
        *(f"param_scheduler.{scheduler}.{end}={iterations}" for end in ends),
        f"default_hooks.checkpoint.interval={min(100, iterations)}",
        "default_hooks.logger.interval=5",
    ]


def plan(folder: Path, seed: int, size: Size) -> list[Phase]:
    """List the steps for one seed (of the scenes and of both trainings)."""
    streets, frozen, sympie = folder / "data", folder / "frozen", folder / "sympie"
    network = frozen / f"iter_{size.network}.pth"
    results, configs = folder / "comparison.json", config_folder()
    common = [f"randomness.seed={seed}", *data_options(streets)]
    in_front = [f"frozen_checkpoint={network}", *common]
    scenes = size.train + size.val + len(CONDITIONS) * size.adverse
    draw = ["--seed", seed, "--train", size.train, "--val", size.val]
    draw += ["--adverse", size.adverse, "--dark-zurich", 0]
    first = ["--work-dir", frozen, "--resume", "--cfg-options", *common]
    first += schedule_options(size.network, "1", "end")
    second = ["--work-dir", sympie, "--resume", "--cfg-options", *in_front]
    second += schedule_options(size.enhancer, "0", "end", "T_max")
    test = ["--work-dir", folder / "compare", "--out", results, "--cost-size", 256, 128]
    test += ["--enhancer", *ENHANCERS, sympie / "enhancer_last.pth", "--cfg-options", *in_front]

    def phase(title: str, steps: int, each: float, done: bool, *command: object) -> Phase:
        words = [sys.executable, sympie_seg_cli.__file__, *map(str, command)]
        return Phase(title, words, steps, START + steps * each, done)

    return [
        phase(
            f"Draw {scenes} street scenes", scenes, DRAW, is_drawn(streets, size),
            "generate-streets", streets, *draw,
        ),
        phase(
            "Train the network on clear weather", size.network, NETWORK, network.is_file(),
            "train", configs / FROZEN, *first,
        ),
        # The last line of the schedule writes enhancer_last.pth again, so look for the last checkpoint.
        phase(
            "Freeze it and train SyMPIE in front", size.enhancer, ENHANCER,
            (sympie / f"iter_{size.enhancer}.pth").is_file(),
            "train", configs / SYMPIE, *second,
        ),
        phase(
            "Compare on clear weather, fog, night, rain and snow", size.tested, TEST, results.is_file(),
            "compare", configs / SYMPIE, network, *test,
        ),
    ]  # fmt: skip


def is_drawn(streets: Path, size: Size) -> bool:
    """Whether the generator has finished this many images."""
    try:
        manifest = json.loads((streets / "manifest.json").read_bytes())
        counts = manifest["counts"]
        wanted = {
            "cityscapes/train": size.train,
            "cityscapes/val": size.val,
            "acdc/val (per condition)": size.adverse,
        }
        return bool(manifest["complete"]) and all(counts[k] >= n for k, n in wanted.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def one_seed(folder: Path, seed: int, size: Size) -> dict:
    """Run everything for one seed and give the comparison."""
    log = folder / "demo.log"
    phases = plan(folder, seed, size)
    print(announce(phases, log), flush=True)
    for number, phase in enumerate(phases, 1):
        seconds = run_phase(phase, log, Path.cwd())
        if seconds:
            print(f"  {number}. {phase.title}: took {minutes(seconds)}", flush=True)
    content: dict = json.loads((folder / "comparison.json").read_text())
    return content


def summary(runs: list[dict]) -> str:
    """Markdown table of means over the runs: mIoU and gain over the frozen network alone."""
    names = [enhancer["name"] for enhancer in runs[0]["enhancers"]]
    lines = []
    for row in ("clean", *CONDITIONS, "mean over conditions"):
        scores = [
            one_row["scores"] for run in runs for one_row in run["rows"] if one_row["name"] == row
        ]
        means = [sum(score[name]["mIoU"] for score in scores) / len(scores) for name in names]
        cells = [f"{mean:.2f} ({mean - means[0]:+.2f})" for mean in means]
        lines.append([row, f"{means[0]:.2f}", *cells[1:]])
    return markdown_table(["mIoU (%)", *TITLES], lines)


def run(args: argparse.Namespace) -> None:
    """Run all seeds and print the table.

    Raises:
        SystemExit: if a step fails or is interrupted.
    """
    start = time.monotonic()
    size = FULL if args.full else QUICK
    work_dir = (args.work_dir or Path(size.work_dir)).resolve()
    folders = [work_dir / f"seed{seed}" for seed in args.seeds]
    try:
        runs = [one_seed(*pair, size) for pair in zip(folders, args.seeds, strict=True)]
    except PhaseError as error:
        raise SystemExit(f"error: {error}\n\nRun the same command again to continue") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped; run the same command again to continue") from None
    print(
        f"\nMean over {len(runs)} seed(s), scored at the original size (mmseg), {size.val} clean images and "
        f"{size.adverse} a condition:\n\n{summary(runs)}\n"
    )
    for folder in folders:
        print(f"Report with pictures: {folder / 'comparison.html'}")
        print(f"The enhancer: {folder / 'sympie/enhancer_last.pth'}")
    print(f"Took {minutes(time.monotonic() - start)}")
