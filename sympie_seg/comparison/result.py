"""The record of a comparison, and the only owner of ``comparison.json``: its types, version, reading and writing.

The fields are those of the file, in its order. Scores are in percent, differences in points; None stands for what is
undefined or was not measured. What has a default here may be absent in a file.
"""

from __future__ import annotations

import json
import os
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from sympie_seg.metrics.tasks import ClassificationTask, SegmentationTask
from sympie_seg.utils.files import replace_text
from sympie_seg.utils.foreign import ForeignFileError, naming, read_json
from sympie_seg.utils.typed_json import LATER, from_json, read_value, to_json

__all__ = [
    "FORMAT",
    "METRICS",
    "VERSION",
    "Activity",
    "BootstrapSetting",
    "ComparisonResult",
    "Cost",
    "Difference",
    "Enhancer",
    "Grid",
    "GridSummary",
    "Network",
    "Row",
    "Scores",
    "VisibleChange",
    "parse_result",
    "read_result",
    "write_result",
]

FORMAT, VERSION = "sympie_seg.comparison", 1
METRICS: dict[str, tuple[str, ...]] = {
    task.name: task.metrics for task in (SegmentationTask, ClassificationTask)
}
"""Names of the scores by task; the first is the headline's."""
_KINDS = ("condition", "pooled", "mean")
_AGAIN = "write it again with sympie-seg compare"


@dataclass(frozen=True)
class Difference:
    """From the reference's score, with its interval."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Scores:
    """One enhancer's scores of one row: by metric, and the main one by class."""

    metrics: dict[str, float | None]
    classes: dict[str, float | None] | None = None

    @classmethod
    def read_json(cls, value: dict[str, Any], where: str) -> Scores:
        """Read metrics and ``classes``, which stand side by side in the file."""
        metrics = {name: score for name, score in value.items() if name != "classes"}
        return cls(
            read_value(dict[str, float | None], metrics, where),
            read_value(dict[str, float | None] | None, value.get("classes"), f"{where}.classes"),
        )

    def write_json(self) -> dict[str, Any]:
        """Write them side by side."""
        return {**self.metrics, "classes": self.classes}


@dataclass(frozen=True)
class Activity:
    """What one enhancer did to the images of one row.

    Attributes:
        distance: of its parameters from identity, mean over images.
        parameters: their mean, 37 numbers; None for an enhancer without.
        visibly_changed: number of images.
        mean_change: in grey levels, over images.
    """

    distance: float | None = None
    parameters: list[float] | None = None
    visibly_changed: int | None = None
    mean_change: float | None = None


@dataclass(frozen=True)
class Row:
    """A row of the tables; scores, differences and activity are by enhancer, differences without the reference.

    Attributes:
        name: of the condition, or of what joins several.
        dataset: its name; several are joined by ' + '.
        kind: 'condition', 'pooled' or 'mean'.
        members: names of the conditions that it joins.
        split: of the dataset.
        test_size: what the network gets, such as '1024x512'.
        images: how many.
    """

    name: str
    dataset: str | None = field(default=None, kw_only=True)
    kind: str
    members: list[str] | None = field(default=None, kw_only=True)
    split: str | None = field(default=None, kw_only=True)
    test_size: str | None = field(default=None, kw_only=True)
    images: int
    scores: dict[str, Scores]
    differences: dict[str, dict[str, Difference]] | None = None
    activity: dict[str, Activity] | None = None

    def difference(self, enhancer: str, metric: str) -> Difference | None:
        """From the reference's score; None for the reference itself, and where there is none in the record."""
        return (self.differences or {}).get(enhancer, {}).get(metric)


@dataclass(frozen=True)
class Cost:
    """Of one image: parameters, 10^9 multiplications, and time."""

    parameters: float | None = None
    gmac: float | None = None
    milliseconds: float | None = None


@dataclass(frozen=True)
class Network:
    """The frozen network; ``clean`` is its main score on clean images without enhancer.

    ``fingerprint`` tells its weights from others (:mod:`sympie_seg.models.frozen.fingerprint`).
    """

    name: str | None = None
    backbone: str | None = None
    checkpoint: str | None = None
    clean: float | None = None
    cost: Cost | None = None
    fingerprint: str | None = field(default=None, metadata=LATER)


@dataclass(frozen=True)
class Enhancer:
    """A column of the tables; ``source`` is its file or registered name.

    ``trained_through`` says whether it was trained through this network, as the provenance in its file tells; None
    where the file does not tell, or it is no trained one. ``strength`` is how far its predictions were followed, given
    by hand or the file's own; None for an enhancer without.
    """

    name: str
    source: str | None = None
    trained_through: bool | None = field(default=None, kw_only=True, metadata=LATER)
    strength: float | None = field(default=None, kw_only=True, metadata=LATER)
    cost: Cost | None = None


@dataclass(frozen=True)
class BootstrapSetting:
    """How the intervals were drawn."""

    resamples: int
    level: float = 0.95
    seed: int | None = None


@dataclass(frozen=True)
class VisibleChange:
    """From which mean change on an image counts as changed visibly."""

    grey_levels: float | None
    definition: str


@dataclass(frozen=True)
class GridSummary:
    """Sums up the grid of one enhancer, in percent."""

    mean: float | None = None
    by_corruption: dict[str, float | None] | None = None
    CE: dict[str, float | None] | None = None
    mCE: float | None = None
    relative_mCE: float | None = None


@dataclass(frozen=True)
class Grid:
    """The corruption x severity grid; see :func:`sympie_seg.comparison.grid.corruption_grid`."""

    corruptions: list[str]
    severities: list[int]
    metric: str | None = field(default=None, kw_only=True)
    values: dict[str, list[list[float | None]]]
    more: dict[str, dict[str, list[list[float | None]]]] | None = None
    baseline: str | dict[str, float] | None = None
    summary: dict[str, GridSummary] | None = None


@dataclass(frozen=True)
class ComparisonResult:
    """One network behind several enhancers on the same images; the first enhancer is the reference.

    Raises:
        ValueError: if the parts do not fit together; the message names the field.
    """

    format: str
    version: int
    task: str
    title: str
    command: str | None = field(default=None, kw_only=True)
    config: str | None = field(default=None, kw_only=True)
    machine: str | None = field(default=None, kw_only=True)
    date: str | None = field(default=None, kw_only=True)
    scoring: str | None = field(default=None, kw_only=True)
    metric: str
    metrics: list[str] | None = field(default=None, kw_only=True)
    network: Network
    classes: list[str]
    palette: list[list[int]] | None = field(default=None, kw_only=True)
    bootstrap: BootstrapSetting | None = field(default=None, kw_only=True)
    visible_change: VisibleChange | None = field(default=None, kw_only=True)
    cost_size: str | None = field(default=None, kw_only=True)
    enhancers: list[Enhancer]
    rows: list[Row]
    grid: Grid | None = None

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if self.task not in METRICS:
            raise ValueError(
                f"task {self.task!r} is none of {', '.join(METRICS)}; the report knows these"
            )
        if self.metric not in METRICS[self.task]:
            raise ValueError(
                f"metric {self.metric!r} is none of {', '.join(METRICS[self.task])} of {self.task}"
            )
        if not self.enhancers or not self.rows:
            raise ValueError("the comparison has no enhancer or no row: there is nothing to show")
        for index, row in enumerate(self.rows):
            _check_row(row, f"rows[{index}]", [enhancer.name for enhancer in self.enhancers])
        if self.grid is not None:
            _check_grid(self.grid)

    @property
    def reference(self) -> str:
        """Name of the enhancer that all differences are against."""
        return self.enhancers[0].name

    @property
    def names(self) -> list[str]:
        """Of the enhancers, the reference first."""
        return [enhancer.name for enhancer in self.enhancers]

    def to_json(self) -> dict[str, Any]:
        """Give it as ``comparison.json`` holds it."""
        result: dict[str, Any] = to_json(self)
        return result


def _check_row(row: Row, where: str, names: list[str]) -> None:
    if row.kind not in _KINDS:
        raise ValueError(f"{where}.kind: expected one of {', '.join(_KINDS)}, found {row.kind!r}")
    absent = [name for name in names if name not in row.scores]
    if absent:
        raise ValueError(f"the row {row.name!r} has no scores of {', '.join(absent)}")


def _check_grid(grid: Grid) -> None:
    shape = len(grid.corruptions), len(grid.severities)
    for name, table in grid.values.items():
        if len(table) != shape[0] or any(len(line) != shape[1] for line in table):
            raise ValueError(
                f"grid.values[{name!r}]: expected {shape[0]} corruptions x {shape[1]} severities"
            )


def parse_result(content: Any) -> ComparisonResult:
    """Take what a ``comparison.json`` of this format and version holds.

    Raises:
        ValueError: if it is none, or a field is wrong or missing; the message names the field.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(
            f"no comparison of sympie-seg compare (no 'format': '{FORMAT}'); write it again with this version"
        )
    if content.get("version") != VERSION:
        raise ValueError(
            f"version {content.get('version')!r} of the comparison, this reads {VERSION}; write it again"
        )
    needed = [one.name for one in fields(ComparisonResult) if one.default is MISSING]
    missing = [name for name in needed if name not in content]
    if missing:
        raise ValueError(f"the comparison has no {', '.join(missing)}")
    return from_json(ComparisonResult, content)


def read_result(path: str | os.PathLike[str]) -> ComparisonResult:
    """Read a comparison.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no comparison that this version can read; the message names file and field.
    """
    path = Path(path)
    try:
        content = read_json(path, _AGAIN)
    except FileNotFoundError:
        raise FileNotFoundError(f"'{path}' does not exist; sympie-seg compare writes it") from None
    with naming(path, "is no comparison that this version can show"):
        try:
            return parse_result(content)
        except ValueError as error:
            raise ForeignFileError(f"'{path}': {error}") from None


def write_result(path: str | os.PathLike[str], result: ComparisonResult) -> None:
    """Write ``comparison.json``; the file is replaced at once.

    Raises:
        OSError: if it cannot be written.
    """
    text = json.dumps(result.to_json(), indent=1, allow_nan=False)
    replace_text(path, text)
