"""tools/test.py and tools/compare.py print the same text: for every row, every class and every mean of a grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator

from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.conditions import ImageGroup
from sympie_seg.comparison.grid import corruption_grid
from sympie_seg.comparison.result import FORMAT, VERSION, parse_result
from sympie_seg.comparison.rows import GroupResult, build_rows
from sympie_seg.metrics import ConditionAccuracy, ConditionIoUMetric
from sympie_seg.metrics.tasks import ClassificationTask, SegmentationTask, Task
from sympie_seg.report.markdown import markdown
from sympie_seg.utils.numbers import shown
from sympie_seg.utils.typed_json import to_json

CLASSES = ["road", "car", "sky", "person", "tree"]
# Some of them are a grid's, one of which has a hole.
CONDITIONS = ["clean", "fog-1", "fog-3", "snow-1", "night", "rain"]
BOOTSTRAP = Bootstrap(resamples=40)


def areas_of(draw: np.random.Generator) -> np.ndarray:
    """Areas (4, K) of a random confusion matrix, with absent classes; sometimes every label is ignored."""
    confusion = draw.integers(0, 1000, (len(CLASSES), len(CLASSES)))
    present = draw.random(len(CLASSES)) < 0.6
    confusion = confusion * present[:, None] * (draw.random() > 0.15)
    confusion = confusion * (draw.random(len(CLASSES)) < 0.8)
    both, predicted, label = np.diag(confusion), confusion.sum(0), confusion.sum(1)
    return np.stack([both, predicted + label - both, predicted, label]).astype(np.float64)


class Printed:
    """What the metrics print."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        for module in ("condition_iou_metric", "condition_accuracy", "conditions"):
            monkeypatch.setattr(
                f"sympie_seg.metrics.{module}.print_log",
                lambda message, *args, **kwargs: self.texts.append(str(message)),
            )

    def table(self, head: str) -> tuple[dict[str, list[str]], list[str]]:
        """The cells of the last table with this head by the name of the row, and the notes below it."""
        text = next(text for text in reversed(self.texts) if head in text)
        lines = text.splitlines()
        rows = [[c.strip() for c in line.strip("|").split("|")] for line in lines if "|" in line]
        last = max(index for index, line in enumerate(lines) if line.startswith("+"))
        return {name.split(" without")[0]: cells for name, *cells in rows[1:]}, lines[last + 1 :]


def tables(text: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The title and the cells by row of every table of a Markdown page."""
    for part in filter(str.strip, text.split("#")):
        lines = [line for line in part.splitlines() if line.startswith("|")][2:]
        cells = [
            [cell.strip().strip("*") for cell in line.strip("|").split(" | ")] for line in lines
        ]
        yield part.splitlines()[0].strip(), {name: remaining for name, *remaining in cells}


def compared(
    task: Task, groups: list[ImageGroup], results: list[GroupResult]
) -> tuple[str, list[dict]]:
    """What tools/compare.py writes for one enhancer, and its rows."""
    built = build_rows(groups, [{"none": r} for r in results], task, BOOTSTRAP, ["clean"])
    grid = to_json(corruption_grid(built, ["none"], task.metrics, "none"))
    rows = to_json(built)
    network = dict(name="N", backbone="B", checkpoint="c", clean=None, cost=None)
    content = dict(
        task=task.name, title="T", command="", config="", machine="", date="", scoring="", metric=task.metrics[0],
        metrics=list(task.metrics), network=network, classes=CLASSES, palette=[], rows=rows, grid=grid, cost_size=None,
        bootstrap=dict(resamples=40, level=0.95, seed=0), visible_change=dict(grey_levels=2, definition="x"),
        enhancers=[dict(name="none", source="none", cost=None)],
    )  # fmt: skip
    return markdown(parse_result({"format": FORMAT, "version": VERSION, **content})), rows


def result_of(task: Task, records: Any, sums: Any) -> GroupResult:
    count = len(records)
    return GroupResult(records, sums, np.zeros(count), np.zeros(count), None, Counter())


def group(name: str, count: int) -> ImageGroup:
    images = [f"{name}/{i}.png" for i in range(count)]
    return ImageGroup("A", name, ["val"], list(range(count)), images, [None] * count)


def agree(
    printed: Printed, page: str, rows: list[dict], metrics: tuple[str, ...], last: dict, key: str
) -> None:
    """Compare row by row, mean by mean, and class by class."""
    ours, notes = printed.table("| condition")
    theirs = dict(tables(page))
    for row in rows:
        title = row["name"] if row["kind"] == "condition" else f"{row['name']} ("
        for index, metric in enumerate(metrics):
            table = theirs[f"{metric} (%)"]
            (row_cells,) = (cells for name, cells in table.items() if _is(name, row, title))
            assert row_cells[-1] == ours[row["name"]][index], (row["name"], metric)
            assert row_cells[2] == ours[row["name"]][-1], "images"
    assert set(ours) == {row["name"] for row in rows}
    for note in notes:
        assert note.replace(" without clean", "") in page
    assert bool(notes) == (ours["mean over conditions"][0] == "-")
    for row in rows:
        own = (
            last["pooled"]
            if row["name"] == "all images pooled"
            else last["conditions"].get(row["name"])
        )
        if own is not None:
            texts = {name: shown(value) for name, value in own[key].items()}
            assert texts == {n: shown(v) for n, v in row["scores"]["none"]["classes"].items()}
    ours, notes = printed.table("at severity")
    assert all(note in page for note in notes)
    theirs = {name: cells for name, cells in theirs[f"{metrics[0]} (%), none"].items()}
    assert ours == theirs


def _is(name: str, row: dict, title: str) -> bool:
    name = name.replace("*", "")
    return name == f"A {title}" if row["kind"] == "condition" else name.startswith(title)


@pytest.mark.parametrize("block", range(4))
def test_segmentation(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In 4 x 50 draws, with absent classes and with conditions without any label."""
    printed, undefined = Printed(monkeypatch), 0
    task = SegmentationTask(dict(classes=CLASSES))
    for seed in range(50 * block, 50 * block + 50):
        draw = np.random.default_rng(seed)
        areas = {name: [areas_of(draw) for _ in range(draw.integers(1, 3))] for name in CONDITIONS}
        metric = ConditionIoUMetric(conditions=CONDITIONS, exclude_from_mean=["clean"])
        metric.dataset_meta = dict(classes=CLASSES)
        groups, results = [], []
        for name, own in areas.items():
            for index, kinds in enumerate(own):
                metric.results.append((name, f"{name}/{index}", tuple(torch.from_numpy(kinds))))
            groups.append(group(name, len(own)))
            results.append(result_of(task, np.stack(own).reshape(len(own), -1), sum(own)))
        Evaluator(metric).evaluate(len(metric.results))
        page, rows = compared(task, groups, results)
        agree(printed, page, rows, task.metrics, metric.last_results, "IoU")
        undefined += any(row["scores"]["none"]["mIoU"] is None for row in rows)
    assert 5 < undefined < 50, "both kinds occurred"


def test_classification(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = Printed(monkeypatch)
    task = ClassificationTask(dict(classes=CLASSES), topk=(1, 3))
    for seed in range(50):
        draw = np.random.default_rng(seed)
        metric = ConditionAccuracy(conditions=CONDITIONS, exclude_from_mean=["clean"], topk=(1, 3))
        metric.dataset_meta = dict(classes=CLASSES)
        groups, results = [], []
        for name in CONDITIONS:
            count = int(draw.integers(1, 9))
            labels, ranks = draw.integers(0, 4, count), draw.integers(0, 5, count)
            records = [dict(label=int(k), rank=int(r)) for k, r in zip(labels, ranks, strict=True)]
            for index, (label, rank) in enumerate(zip(labels, ranks, strict=True)):
                hit = int(rank) + 1 if rank < 3 else 0
                metric.results.append((name, f"{name}/{index}", int(label), 0, 0.5, hit))
            groups.append(group(name, count))
            results.append(result_of(task, task.matrix(records), task.class_sums(records)))
        Evaluator(metric).evaluate(len(metric.results))
        page, rows = compared(task, groups, results)
        printed.texts = [text for text in printed.texts if "top3 (%) at severity" not in text]
        agree(printed, page, rows, task.metrics, metric.last_results, "classes")
