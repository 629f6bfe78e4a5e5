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


def test_means_leave_out_what_is_missing() -> None:
    lines = grid_table({"fog": {1: 60.0, 5: 20.0}, "shot_noise": {1: None}}).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    assert cells[1] == ["fog", "60.00", "20.00", "40.00"]
    assert cells[2] == ["shot_noise", "-", "-", "-"]
    assert cells[3] == ["mean over corruptions", "60.00", "20.00", "40.00"]


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
