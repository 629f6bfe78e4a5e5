"""The embedded default for classification: SyMPIE in front of a frozen classifier of crops of generated streets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sympie_seg.comparison.result import ComparisonResult, read_result
from sympie_seg.demos.verbs import run_verb
from sympie_seg.metrics.scorer import defined_or_none, mean_of
from sympie_seg.upstream.config_package import config_folder
from sympie_seg.utils.numbers import shown, with_gain
from sympie_seg.utils.tables import markdown_table

__all__ = ["run_all", "summary"]

FROZEN = "resnet18-w32_1xb64-300_streets-crops-64.py"
SYMPIE = "sympie_streets-crops_1xb16-300.py"


def run_all(folder: Path, seed: int) -> ComparisonResult:
    """Run everything that is not done yet, and give the comparison.

    Raises:
        PhaseError: if a step fails; it has said why.
    """
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
    return read_result(results)


def summary(result: ComparisonResult) -> str:
    """Markdown: top-1 by corruption, mean over its severities, of the network alone and behind SyMPIE."""
    grid, names = result.grid, result.names
    assert grid is not None, "the config tests a corruption x severity grid"
    head = [f"top-1 (%), mean of severities {grid.severities}", "classifier alone", "behind SyMPIE"]
    clean = [row for row in result.rows if row.kind == "condition" and row.name == "clean"]
    lines = [
        [row.name, *_cells([row.scores[name].metrics["top1"] for name in names])] for row in clean
    ]
    means = {
        corruption: [_mean(grid.values[name][index]) for name in names]
        for index, corruption in enumerate(grid.corruptions)
    }
    lines += [[corruption, *_cells(scores)] for corruption, scores in means.items()]
    total = [_mean(column) for column in zip(*means.values(), strict=True)]
    return markdown_table(head, [*lines, ["mean over corruptions", *_cells(total)]])


def _cells(scores: Sequence[float | None]) -> list[str]:
    alone, enhanced = scores
    return [shown(alone), with_gain(enhanced, alone)]


def _mean(values: Sequence[float | None]) -> float | None:
    return defined_or_none(mean_of(values))
