"""What is kept of a segmented image, and that sums of it score as mmseg scores."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.evaluation import IoUMetric
from mmseg.structures import SegDataSample

from sympie_seg.metrics.tasks import SegmentationTask

META = dict(classes=list("abcde"), palette=[[i, i, i] for i in range(5)])


def sample(seed: int, logits: torch.Tensor | None = None) -> SegDataSample:
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (1, 12, 16), generator=draw)
    noise = torch.randint(0, 5, (1, 12, 16), generator=draw)
    prediction = torch.where(torch.rand(1, 12, 16, generator=draw) < 0.6, labels, noise)
    labels[:, :2] = 255
    made = SegDataSample(gt_sem_seg=PixelData(data=labels), pred_sem_seg=PixelData(data=prediction))
    if logits is not None:
        made.seg_logits = PixelData(data=logits)
    made.set_metainfo(dict(img_path=f"{seed}.png"))
    return made


@pytest.fixture
def task() -> SegmentationTask:
    return SegmentationTask(META)


def test_sums_score_as_mmseg_scores(task: SegmentationTask) -> None:
    samples = [sample(seed) for seed in range(7)]
    metric = IoUMetric()
    metric.dataset_meta = META
    evaluator = Evaluator(metric)
    evaluator.process(samples)
    expected = evaluator.evaluate(len(samples))
    records = json.loads(json.dumps([task.record(one) for one in samples]))
    scores = task.scores(task.matrix(records).sum(0))
    assert {name: round(float(value), 2) for name, value in scores.items()} == pytest.approx(
        expected
    )
    classes = task.by_class(task.class_sums(records[:3]) + task.class_sums(records[3:]))
    assert np.mean(list(classes.values())) == pytest.approx(float(scores["mIoU"]))
    assert classes["e"] == 0, "predicted, never labelled"


def test_an_image_has_a_score_of_its_own(task: SegmentationTask) -> None:
    perfect = sample(0)
    perfect.pred_sem_seg.data = perfect.gt_sem_seg.data.clone().clamp(max=4)
    assert task.image_score(task.record(perfect)) == 100
    ignored = sample(0)
    ignored.gt_sem_seg.data = torch.full((1, 12, 16), 255)
    assert task.image_score(task.record(ignored)) is None


def test_pictures(task: SegmentationTask) -> None:
    one = sample(1)
    assert task.truth(one).shape == task.prediction(one).shape == (12, 16)
    assert task.top(one) == []


def test_scores_that_are_no_numbers_are_named(task: SegmentationTask) -> None:
    logits = torch.zeros(5, 12, 16)
    task.record(sample(3, logits))
    logits[1, 2, 3] = float("nan")
    with pytest.raises(FloatingPointError, match=r"network's scores for '3\.png' hold NaN"):
        task.record(sample(3, logits))
