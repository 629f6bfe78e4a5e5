"""The corruption x severity grid of a comparison, and what sums it up: means, mCE and relative mCE."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from sympie_seg.comparison.result import Grid, GridSummary, Row, Scores
from sympie_seg.corruptions import GridName
from sympie_seg.metrics.scorer import GridMeans, defined_or_none, grid_means, mean_of
from sympie_seg.metrics.severity_grid import severity_grid

__all__ = ["corruption_grid", "read_baseline"]


def corruption_grid(
    rows: Sequence[Row],
    enhancers: Sequence[str],
    metrics: Sequence[str],
    baseline: str | Mapping[str, float],
) -> Grid | None:
    """Sort the scores of conditions such as 'fog-3' into a grid for each enhancer, and sum them up.

    mCE is the mean over corruptions of CE = sum over severities of the error / the same of the baseline, in percent,
    where the error is 100 - score (Hendrycks and Dietterich, 2019; there the baseline is AlexNet and the score
    top-1). Relative mCE takes the error on clean images off both, where there is a condition 'clean'.

    Args:
        rows: of the comparison.
        enhancers: their names.
        metrics: of the task, the main one first.
        baseline: an enhancer's name, or mean errors in percent by corruption (and 'clean').

    Returns:
        The grid, None in ``values`` where there is no such condition; or None if no condition has such a name.

    Raises:
        ValueError: if the baseline lacks a corruption.
    """
    conditions = [row for row in rows if row.kind == "condition"]
    # Whole rows as "scores", so that all enhancers are sorted at once.
    named: Mapping[str, Mapping[int, Any]] = severity_grid(
        {row.name: {"mIoU": row.scores} for row in conditions}
    )
    corruptions = list(named)
    cells = [row for row in conditions if GridName.parse(row.name)]
    if not cells or not _unique(cells):
        return None
    severities = sorted({severity for row in named.values() for severity in row})

    def values(metric: str) -> dict[str, list[list[float | None]]]:
        return {
            e: [
                [named[c][s][e].metrics[metric] if s in named[c] else None for s in severities]
                for c in corruptions
            ]
            for e in enhancers
        }

    grids = {metric: values(metric) for metric in metrics}
    clean = _clean(conditions, cells[0].dataset)
    means = {
        e: grid_means(
            {
                c: {s: scores[e].metrics[metrics[0]] for s, scores in named[c].items()}
                for c in corruptions
            }
        )
        for e in enhancers
    }
    errors = {
        e: _errors(means[e], clean[e].metrics.get(metrics[0]) if e in clean else None)
        for e in enhancers
    }
    base = errors[baseline] if isinstance(baseline, str) else _with_all(baseline, corruptions)
    return Grid(
        corruptions=corruptions,
        severities=severities,
        metric=metrics[0],
        values=grids[metrics[0]],
        more={metric: grids[metric] for metric in metrics[1:]},
        baseline=baseline if isinstance(baseline, str) else dict(baseline),
        summary={e: _summary(means[e], errors[e], base) for e in enhancers},
    )


def _unique(cells: Sequence[Row]) -> bool:
    """Whether every corruption and severity was tested once; two grids in one would hide each other."""
    names = [row.name for row in cells]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        print_log(
            f"no corruption grid: '{twice[0]}' was tested on several datasets; compare them one at a time",
            logger="current",
        )
    return not twice


def _clean(conditions: Sequence[Row], dataset: str | None) -> Mapping[str, Scores]:
    """Scores on clean images: those of the grid's dataset, or the only ones."""
    clean_rows = [row for row in conditions if row.name == "clean"]
    own = [row for row in clean_rows if row.dataset == dataset]
    chosen = own or (clean_rows if len(clean_rows) == 1 else [])
    return chosen[0].scores if chosen else {}


def find_baseline(word: str | None, names: Sequence[str]) -> str | Mapping[str, float] | None:
    """Give what ``--mce-baseline`` names: an enhancer of this run, or the errors that a file holds.

    Args:
        word: the option; None for the first enhancer.
        names: of the enhancers.

    Raises:
        ValueError: if it is neither, or the file cannot be used.
    """
    if word is None or word in names:
        return word
    if not Path(word).is_file():
        raise ValueError(f"--mce-baseline '{word}' is neither a file nor one of {', '.join(names)}")
    return read_baseline(word)


def read_baseline(path: str | Path) -> dict[str, float]:
    """Read mean errors in percent by corruption: a JSON object, or CSV lines ``corruption,error``.

    A header line in the CSV is passed over. 'clean' may be among them.

    Raises:
        ValueError: if the file holds anything else; the message names it.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".json":
            return _finite({str(name): float(error) for name, error in json.loads(text).items()})
        lines = [line for line in csv.reader(text.splitlines()) if line]
        if lines and not _is_number(lines[0][1]):
            lines = lines[1:]
        return _finite({line[0].strip(): float(line[1]) for line in lines})
    except (
        ValueError, IndexError, AttributeError, TypeError, RecursionError, OverflowError, csv.Error,
    ) as error:  # fmt: skip
        raise ValueError(
            f"--mce-baseline '{path}' holds no errors by corruption ({error}); expected JSON such as "
            '{"gaussian_noise": 88.6, ...} or CSV lines such as gaussian_noise,88.6 (in percent)'
        ) from None


def _finite(errors: dict[str, float]) -> dict[str, float]:
    for name, error in errors.items():
        if not 0 <= error <= 100:  # NaN and infinity would go into every mean
            raise ValueError(f"{name} has {error}, expected 0 to 100")
    return errors


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _errors(means: GridMeans, clean: float | None) -> dict[str, float | None]:
    """Mean error of every corruption over its severities, and on clean images if they were tested."""
    errors = {name: None if mean is None else 100 - mean for name, mean in means.rows.items()}
    return errors if clean is None else {**errors, "clean": 100 - clean}


def _with_all(baseline: Mapping[str, float], corruptions: Sequence[str]) -> Mapping[str, float]:
    absent = [name for name in corruptions if name not in baseline]
    if absent:
        raise ValueError(f"--mce-baseline lacks the corruption(s) {', '.join(absent)}")
    return baseline


def _summary(
    means: GridMeans, errors: Mapping[str, float | None], base: Mapping[str, float | None]
) -> GridSummary:
    ratios = {name: _ratio(errors[name], base[name]) for name in means.rows}
    relative = [
        _ratio(_minus(errors[name], errors["clean"]), _minus(base[name], base["clean"]))
        for name in means.rows
        if "clean" in errors and "clean" in base
    ]
    return GridSummary(
        mean=means.overall,
        by_corruption=means.rows,
        CE=ratios,
        mCE=defined_or_none(mean_of(list(ratios.values()))),
        relative_mCE=defined_or_none(mean_of(relative)),
    )


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _ratio(error: float | None, base: float | None) -> float | None:
    return None if error is None or not base else 100 * error / base
