"""The corruption x severity grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from sympie_seg.metrics import ConditionIoUMetric
from sympie_seg.metrics.severity_grid import grid_table, severity_grid

CLASSES = ("road", "car")


def sample(condition: str, right: float, index: int) -> SegDataSample:
    labels = np.arange(100).reshape(10, 10) % 2
    flipped = np.where(np.arange(100).reshape(10, 10) < 100 * right, labels, 1 - labels)
    made = SegDataSample(
        gt_sem_seg=PixelData(data=torch.from_numpy(labels)[None]),
        pred_sem_seg=PixelData(data=torch.from_numpy(flipped)[None]),
    )
    made.set_metainfo(dict(img_path=f"{condition}/{index}.png", condition=condition))
    return made


def test_sorts_conditions_into_a_grid() -> None:
    scores: dict[str, Any] = {
        "clean": dict(mIoU=70.0),
        "fog-1": dict(mIoU=60.0),
        "fog-5": dict(mIoU=20.0),
        "shot_noise-1": dict(mIoU=None),
        "v1.5": dict(mIoU=1.0),
        "fog-6": dict(mIoU=1.0),
    }
    assert severity_grid(scores) == {"fog": {1: 60.0, 5: 20.0}, "shot_noise": {1: None}}
    assert severity_grid({"clean": dict(mIoU=1.0)}) == {}


def cells_of(grid: dict) -> tuple[list[list[str]], list[str]]:
    """The cells of the printed grid, without its head, and the lines below it."""
    lines = grid_table(grid).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return cells[1:], [line for line in lines if line[0] not in "|+"]


def test_means_count_what_was_tested() -> None:
    """Snow was not tested at severity 5, and every corruption counts alike."""
    cells, notes = cells_of({"fog": {1: 60.0, 5: 20.0}, "snow": {1: 50.0}})
    assert cells == [
        ["fog", "60.00", "20.00", "40.00"],
        ["snow", "50.00", "-", "50.00"],
        ["mean over corruptions", "55.00", "20.00", "45.00"],
    ]
    assert notes == []


def test_a_mean_with_an_undefined_cell_is_undefined_and_says_why() -> None:
    cells, notes = cells_of({"fog": {1: 60.0, 5: 20.0}, "shot_noise": {1: None}})
    assert cells == [
        ["fog", "60.00", "20.00", "40.00"],
        ["shot_noise", "-", "-", "-"],
        ["mean over corruptions", "-", "20.00", "-"],
    ]
    assert notes == [
        "mean over corruptions: undefined, as no label of shot_noise-1 counts (all are ignored)"
    ]


def test_the_metric_prints_and_keeps_it(caplog: pytest.LogCaptureFixture) -> None:
    metric = ConditionIoUMetric(exclude_from_mean=["clean"])
    metric.dataset_meta = dict(classes=CLASSES)
    evaluator = Evaluator(metric)
    for name, right in (("clean", 1.0), ("fog-1", 0.9), ("fog-2", 0.6)):
        evaluator.process([sample(name, right, 0), sample(name, right, 1)], None)
    scores = evaluator.evaluate(6)
    grid = metric.last_results["grid"]
    assert list(grid) == ["fog"]
    for severity in (1, 2):
        assert grid["fog"][severity] == pytest.approx(scores[f"fog-{severity}/mIoU"], abs=0.01)
    assert grid["fog"][1] > grid["fog"][2] > 0
