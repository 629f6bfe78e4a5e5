"""The embedded default: generate streets, train a network, freeze it, train SyMPIE in front of it, and compare."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sympie_seg.comparison.result import ComparisonResult, read_result
from sympie_seg.demos.verbs import verb_command
from sympie_seg.metrics.scorer import defined_or_none, mean_of
from sympie_seg.upstream.config_package import config_folder
from sympie_seg.utils.numbers import shown, with_gain
from sympie_seg.utils.phases import Phase, announce, minutes, run_phase
from sympie_seg.utils.tables import markdown_table

__all__ = ["FULL", "QUICK", "SYMPIE", "Size", "data_options", "plan", "run_seeds", "summary"]

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
        return Phase(title, verb_command(*command), steps, START + steps * each, done)

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


def one_seed(folder: Path, seed: int, size: Size) -> ComparisonResult:
    """Run everything for one seed and give the comparison."""
    log = folder / "demo.log"
    phases = plan(folder, seed, size)
    print(announce(phases, log), flush=True)
    for number, phase in enumerate(phases, 1):
        seconds = run_phase(phase, log, Path.cwd())
        if seconds:
            print(f"  {number}. {phase.title}: took {minutes(seconds)}", flush=True)
    return read_result(folder / "comparison.json")


def summary(runs: Sequence[ComparisonResult]) -> str:
    """Markdown table of means over the runs: mIoU and gain over the frozen network alone."""
    lines = []
    for name in ("clean", *CONDITIONS, "mean over conditions"):
        scores = [row.scores for run in runs for row in run.rows if row.name == name]
        alone, *others = (
            defined_or_none(mean_of([own[enhancer].metrics["mIoU"] for own in scores]))
            for enhancer in runs[0].names
        )
        lines.append([name, shown(alone), *(with_gain(other, alone) for other in others)])
    return markdown_table(["mIoU (%)", *TITLES], lines)


def run_seeds(work_dir: Path, seeds: Sequence[int], size: Size) -> None:
    """Run all seeds, each in a folder of its own, and print the table of their means.

    Raises:
        PhaseError: if a step fails; what is finished is skipped in the next run.
    """
    folders = [work_dir / f"seed{seed}" for seed in seeds]
    runs = [one_seed(folder, seed, size) for folder, seed in zip(folders, seeds, strict=True)]
    print(
        f"\nMean over {len(runs)} seed(s), scored at the original size (mmseg), {size.val} clean images and "
        f"{size.adverse} a condition:\n\n{summary(runs)}\n"
    )
    for folder in folders:
        print(f"Report with pictures: {folder / 'comparison.html'}")
        print(f"The enhancer: {folder / 'sympie/enhancer_last.pth'}")
