"""The transfer matrix: every enhancer in front of every network, from one comparison per network."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mmengine.config import Config

from sympie_seg.comparison.enhancers import EnhancerChoice
from sympie_seg.comparison.result import BootstrapSetting, ComparisonResult, Difference, Row
from sympie_seg.comparison.rows import MEAN
from sympie_seg.comparison.run import Options, compare
from sympie_seg.utils.escaping import CsvWriter
from sympie_seg.utils.numbers import shown
from sympie_seg.utils.tables import markdown_table, strengths_of
from sympie_seg.utils.typed_json import LATER

__all__ = [
    "TransferMatrix",
    "TransferRow",
    "csv_of",
    "gains_in_front_of",
    "markdown_of",
    "transfer_matrix",
]


@dataclass(frozen=True)
class MatrixNetwork:
    """A row of the matrix: a frozen network, and by enhancer whether that was trained through it."""

    name: str
    backbone: str | None
    checkpoint: str | None
    config: str | None
    trained_through: dict[str, bool | None] = field(default_factory=dict)

    def met(self, enhancer: str) -> bool:
        """Whether an enhancer was trained through it: as its file tells, else where they share a name."""
        told = self.trained_through.get(enhancer)
        return enhancer == self.name if told is None else told


@dataclass(frozen=True)
class MatrixEnhancer:
    """A column of the matrix; ``source`` is its file, ``strength`` how far its predictions were followed."""

    name: str
    source: str | None
    strength: float | None = field(default=None, metadata=LATER)


@dataclass(frozen=True)
class TransferRow:
    """One row of one network's comparison: the score of the network alone, and every enhancer's gain over it."""

    kind: str
    images: int
    alone: float | None
    gains: dict[str, Difference]


@dataclass(frozen=True)
class TransferMatrix:
    """What ``transfer.json`` holds, in its order; ``rows`` are by network and name of the row (the mean among them)."""

    format: str
    version: int
    metric: str
    scoring: str | None
    machine: str | None
    date: str | None
    bootstrap: BootstrapSetting | None
    networks: list[MatrixNetwork]
    enhancers: list[MatrixEnhancer]
    rows: dict[str, dict[str, TransferRow]]
    command: str | None = None


def gains_in_front_of(
    cfg: Config,
    checkpoint: str,
    files: Mapping[str, str],
    folder: str | os.PathLike[str],
    command: str = "",
) -> ComparisonResult:
    """Test all enhancers in front of one network: a row of the matrix.

    Images that have a record in ``folder`` already, from a run that was stopped, are not tested again.

    Args:
        cfg: a test config of the network.
        checkpoint: file or URL of the network.
        files: enhancer files by name.
        folder: of the records.
        command: the command line, for the record. Defaults to ''.

    Raises:
        ValueError: if config, checkpoint or an enhancer cannot be used.
    """
    choices = [EnhancerChoice("none", "none", dict(type="NoEnhancer"))]
    choices += [EnhancerChoice(name, file, file) for name, file in files.items()]
    compared = compare(cfg, checkpoint, choices, folder, Options(cost_size=None, command=command))
    assert compared is not None  # this is the main process
    return compared.result


def transfer_matrix(
    comparisons: Mapping[str, ComparisonResult], command: str | None = None
) -> TransferMatrix:
    """Gather the gains of every enhancer in front of every network.

    Args:
        comparisons: by network, all with the same enhancers and rows.
        command: that made them. Defaults to None.

    Raises:
        ValueError: if the comparisons do not fit together.
    """
    first = next(iter(comparisons.values()))
    _check_alike(comparisons)
    return TransferMatrix(
        format="sympie_seg.transfer",
        version=1,
        metric=first.metric,
        scoring=first.scoring,
        machine=first.machine,
        date=first.date,
        bootstrap=first.bootstrap,
        networks=[
            MatrixNetwork(
                name,
                one.network.backbone,
                one.network.checkpoint,
                one.config,
                {enhancer.name: enhancer.trained_through for enhancer in one.enhancers[1:]},
            )
            for name, one in comparisons.items()
        ],
        enhancers=[
            MatrixEnhancer(one.name, one.source, one.strength) for one in first.enhancers[1:]
        ],
        rows={
            name: {row.name: _row(row, one) for row in one.rows}
            for name, one in comparisons.items()
        },
        command=command,
    )


def _row(row: Row, comparison: ComparisonResult) -> TransferRow:
    metric = comparison.metric
    gains = {name: by_metric[metric] for name, by_metric in (row.differences or {}).items()}
    return TransferRow(
        row.kind, row.images, row.scores[comparison.reference].metrics[metric], gains
    )


def _check_alike(comparisons: Mapping[str, ComparisonResult]) -> None:
    asked: tuple[tuple[str, Callable[[ComparisonResult], Any]], ...] = (
        ("enhancers", lambda one: [enhancer.name for enhancer in one.enhancers]),
        ("test rows", lambda one: [row.name for row in one.rows]),
        ("metric", lambda one: one.metric),
        ("scoring", lambda one: one.scoring),
    )
    for what, get in asked:
        values = {name: get(one) for name, one in comparisons.items()}
        first_name, first = next(iter(values.items()))
        for name, other in values.items():
            if other != first:
                raise ValueError(
                    f"the networks '{first_name}' and '{name}' were tested with different {what}: {first} and "
                    f"{other}; give them configs with the same test set"
                )
    if not any(row.kind == "mean" for row in next(iter(comparisons.values())).rows):
        raise ValueError("the configs test one condition only; a mean over conditions needs two")


def markdown_of(matrix: TransferMatrix) -> str:
    """The matrix of gains on the mean over conditions, then a table of all rows for each network."""
    names = [enhancer.name for enhancer in matrix.enhancers]
    level = 0.95 if matrix.bootstrap is None else matrix.bootstrap.level
    lines = []
    for network in matrix.networks:
        row = matrix.rows[network.name][MEAN]
        cells = [_cell(row.gains[name], network.met(name)) for name in names]
        lines.append([_title(network), shown(row.alone), *cells])
    head = ["frozen network", "alone", *(f"enhancer trained before {name}" for name in names)]
    parts = [
        f"Gain in {matrix.metric} (points) on the mean over conditions over the frozen network alone, with its "
        f"{level:.0%} interval; bold: in front of a network that the enhancer was trained through. Scored: "
        f"{matrix.scoring}; {matrix.date}, {matrix.machine}.{_strengths(matrix)}",
        markdown_table(head, lines),
    ]
    parts += [_details(matrix, network, names) for network in matrix.networks]
    return "\n\n".join(parts)


def _strengths(matrix: TransferMatrix) -> str:
    used = strengths_of((enhancer.name, enhancer.strength) for enhancer in matrix.enhancers)
    return f" Strength: {used}." if used else ""


def _details(matrix: TransferMatrix, network: MatrixNetwork, names: list[str]) -> str:
    lines = []
    for title, row in matrix.rows[network.name].items():
        cells = [_cell(row.gains[name], False) for name in names]
        label = title if row.kind == "condition" else f"**{title}**"
        lines.append([label, row.images, shown(row.alone), *cells])
    table = markdown_table(["", "images", "alone", *names], lines)
    return f"### {_title(network)}\n\n{table}"


def _title(network: MatrixNetwork) -> str:
    return f"{network.name} ({network.backbone})"


def _cell(gain: Difference, own: bool) -> str:
    if gain.value is None:
        return "-"
    value = f"**{gain.value:+.2f}**" if own else f"{gain.value:+.2f}"
    return value if gain.low is None else f"{value} ({gain.low:+.2f} .. {gain.high:+.2f})"


def csv_of(matrix: TransferMatrix) -> str:
    """One line per network, row and enhancer."""
    out = io.StringIO()
    writer = CsvWriter(out)
    writer.writerow(
        ["network", "backbone", "row", "enhancer", "strength", "alone", "gain", "low", "high"]
    )
    strengths = {enhancer.name: enhancer.strength for enhancer in matrix.enhancers}
    for network in matrix.networks:
        for title, row in matrix.rows[network.name].items():
            for name, gain in row.gains.items():
                numbers = [row.alone, gain.value, gain.low, gain.high]
                cells = [shown(number, ".4f") for number in numbers]
                strength = "" if strengths[name] is None else f"{strengths[name]:g}"
                writer.writerow([network.name, network.backbone, title, name, strength, *cells])
    return out.getvalue()
