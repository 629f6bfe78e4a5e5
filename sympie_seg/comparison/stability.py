"""The repeated-application curve: scores and drift of enhancers that are applied 1, 2, ... times."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from sympie_seg.comparison.enhancers import EnhancerChoice
from sympie_seg.comparison.network import NetworkUnderTest
from sympie_seg.comparison.repeated import drift
from sympie_seg.comparison.result import ComparisonResult, Difference, Network, Row
from sympie_seg.comparison.rows import MEAN
from sympie_seg.comparison.run import Options, compare
from sympie_seg.enhancer import file_sha256, load_enhancer
from sympie_seg.models.data_preprocessors.grey_levels import grey_levels
from sympie_seg.utils.escaping import CsvWriter
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.numbers import shown
from sympie_seg.utils.tables import markdown_table

__all__ = [
    "CurvePoint",
    "Stability",
    "csv_of",
    "curves",
    "drifts",
    "markdown_of",
    "measure_stability",
    "plot",
    "repeated_choices",
]


@dataclass(frozen=True)
class CurvePoint:
    """An enhancer applied a number of times.

    Attributes:
        times: how often.
        score: by row.
        gain: over the network alone on the mean over conditions.
        drift: from the first output, in grey levels; so is the next.
        change: from the input.
    """

    times: int
    score: dict[str, float | None]
    gain: Difference
    drift: float
    change: float | None


@dataclass(frozen=True)
class Stability:
    """What ``stability.json`` holds, in its order; ``alone`` holds the network's own score by row."""

    format: str
    version: int
    config: str | None
    machine: str | None
    date: str | None
    scoring: str | None
    network: Network
    title: str
    metric: str
    alone: dict[str, float | None]
    curves: dict[str, list[CurvePoint]]
    command: str | None = None


def measure_stability(
    cfg: Config,
    checkpoint: str,
    files: Mapping[str, str],
    times: int,
    folder: str | os.PathLike[str],
    command: str = "",
) -> Stability:
    """Test every enhancer applied 1 to ``times`` times in front of a network, and measure the drift.

    Images that have a record in ``folder`` already, from a run that was stopped, are not tested again.

    Args:
        cfg: a test config.
        checkpoint: file or URL of the network.
        files: enhancer files by name.
        times: most applications.
        folder: of the records.
        command: the command line, for the record. Defaults to ''.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if config, checkpoint or an enhancer cannot be used.
    """
    choices = repeated_choices(files, times)
    compared = compare(cfg, checkpoint, choices, folder, Options(cost_size=None, command=command))
    assert compared is not None  # this is the main process
    drifted = drifts(cfg, compared.network, files, times)
    return curves(compared.result, drifted, times, command)


def repeated_choices(files: Mapping[str, str], times: int) -> list[EnhancerChoice]:
    """Name every point of the curves for a comparison; the first is the frozen network alone.

    Args:
        files: enhancer files by name.
        times: of the last point.

    Raises:
        FileNotFoundError: if a file is missing.
    """
    choices = [EnhancerChoice("none", "none", dict(type="NoEnhancer"))]
    for name, file in files.items():
        if not Path(file).is_file():
            raise FileNotFoundError(f"there is no enhancer file '{file}'")
        digest = file_sha256(file)
        for number in range(1, times + 1):
            config = dict(type="RepeatedEnhancer", enhancer=file, times=number, sha256=digest)
            choices.append(EnhancerChoice(_point(name, number), file, config))
    return choices


def drifts(
    cfg: Config, network: NetworkUnderTest, files: Mapping[str, str], times: int
) -> dict[str, list[float]]:
    """Give the mean drift over the test images, by enhancer, for 1, 2, ... applications, in grey levels."""
    enhancers = {n: load_enhancer(f)[0].eval().to(network.device) for n, f in files.items()}
    by_enhancer: dict[str, list[torch.Tensor]] = {name: [] for name in files}
    plain = network.plain
    for batch in Runner.build_dataloader(cfg.test_dataloader):
        images = grey_levels(plain, plain(batch, False)["inputs"])
        images = (images - plain.norm_mean) / plain.norm_std
        for name, enhancer in enhancers.items():
            by_enhancer[name].append(drift(enhancer, images, times).cpu())
    return {name: torch.cat(parts).mean(0).tolist() for name, parts in by_enhancer.items()}


def curves(
    comparison: ComparisonResult,
    drifted: Mapping[str, Sequence[float]],
    times: int,
    command: str | None = None,
) -> Stability:
    """Put the points of a comparison and the drifts together.

    Args:
        comparison: of :func:`repeated_choices`.
        drifted: from :func:`drifts`.
        times: of the last point.
        command: that made them. Defaults to None.
    """
    metric, rows = comparison.metric, comparison.rows
    points = {
        name: [
            _curve_point(rows, metric, _point(name, number), number, drifted[name][number - 1])
            for number in range(1, times + 1)
        ]
        for name in drifted
    }
    return Stability(
        format="sympie_seg.stability",
        version=1,
        config=comparison.config,
        machine=comparison.machine,
        date=comparison.date,
        scoring=comparison.scoring,
        network=comparison.network,
        title=comparison.title,
        metric=metric,
        alone={row.name: row.scores["none"].metrics[metric] for row in rows},
        curves=points,
        command=command,
    )


def _point(name: str, number: int) -> str:
    return f"{name} x{number}"


def _curve_point(
    rows: Sequence[Row], metric: str, point: str, number: int, drifted: float
) -> CurvePoint:
    mean = next(row for row in rows if row.kind == "mean")
    assert (
        mean.differences is not None and mean.activity is not None
    )  # a comparison of several enhancers
    return CurvePoint(
        times=number,
        score={row.name: row.scores[point].metrics[metric] for row in rows},
        gain=mean.differences[point][metric],
        drift=drifted,
        change=mean.activity[point].mean_change,
    )


def markdown_of(content: Stability) -> str:
    """One table: a line for each number of applications, for each enhancer its scores and its drift."""
    names, metric = list(content.curves), content.metric
    head = ["times"]
    for name in names:
        head += [f"{name}: mean {metric}", "gain (95 %)", "clean", "drift"]
    lines = [["0", *_alone_cells(content) * len(names)]]
    for points in zip(*content.curves.values(), strict=True):
        line = [str(points[0].times)]
        for point in points:
            gain = point.gain
            line += [
                f"{point.score[MEAN]:.2f}",
                f"{gain.value:+.2f} ({gain.low:+.2f} .. {gain.high:+.2f})",
                shown(point.score.get("clean")),
                f"{point.drift:.2f}",
            ]
        lines.append(line)
    return markdown_table(head, lines)


def _alone_cells(content: Stability) -> list[str]:
    alone = content.alone
    return [shown(alone[MEAN]), "-", shown(alone.get("clean")), "-"]


def csv_of(content: Stability) -> str:
    """One line per enhancer, number of applications and row."""
    out = io.StringIO()
    writer = CsvWriter(out)
    writer.writerow(["enhancer", "times", "row", content.metric, "drift", "change"])
    for name, points in content.curves.items():
        for point in points:
            for row, score in point.score.items():
                cells = [score, point.drift, point.change]
                writer.writerow([name, point.times, row, *(shown(v, ".4f") for v in cells)])
    return out.getvalue()


def plot(content: Stability, path: Path) -> None:
    """Draw score and drift over the number of applications; the format is that of the suffix (.svg, .png).

    Raises:
        OSError: if the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for index, (name, points) in enumerate(content.curves.items()):
        numbers = [point.times for point in points]
        style = dict(marker="os^D"[index % 4], color=f"C{index}", label=name)
        left.plot(numbers, [point.score[MEAN] for point in points], **style)
        right.plot(numbers, [point.drift for point in points], **style)
    left.axhline(content.alone[MEAN], color="0.4", linestyle="--", label="no enhancer")
    left.set_ylabel(f"{content.metric} (%), {MEAN}")
    right.set_ylabel("mean distance from the first output\n(of 255 grey levels)")
    for axes in (left, right):
        axes.set_xlabel("applications of the enhancer")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    drawn, kind = io.BytesIO(), path.suffix[1:]
    metadata = {"Date": None} if kind == "svg" else None
    figure.savefig(drawn, format=kind, dpi=120, metadata=metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(path, drawn.getvalue())
