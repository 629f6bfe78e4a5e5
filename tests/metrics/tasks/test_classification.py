"""What is kept of a classified image, and that sums of it score as mmpretrain scores."""

from __future__ import annotations

import json

import pytest
import torch

from sympie_seg.metrics.tasks import ClassificationTask

structures = pytest.importorskip("mmpretrain.structures", reason="needs mmpretrain")
META = dict(classes=[f"c{i}" for i in range(8)])


def sample(seed: int) -> object:
    draw = torch.Generator().manual_seed(seed)
    scores = torch.rand(8, generator=draw).softmax(0)
    label = int(torch.randint(0, 7, (), generator=draw))
    made = structures.DataSample(metainfo=dict(img_path=f"{seed}.png"))
    return made.set_gt_label(label).set_pred_score(scores).set_pred_label(scores.argmax())


@pytest.fixture
def task() -> ClassificationTask:
    return ClassificationTask(META)


def test_sums_score_as_mmpretrain_scores(task: ClassificationTask) -> None:
    from mmpretrain.evaluation import Accuracy

    samples = [sample(seed) for seed in range(60)]
    scores, labels = (
        torch.stack([getattr(one, name).flatten() for one in samples])
        for name in ("pred_score", "gt_label")
    )
    top1, top5 = Accuracy.calculate(scores, labels.flatten(), topk=(1, 5))
    records = json.loads(json.dumps([task.record(one) for one in samples]))
    own_scores = task.scores(task.matrix(records).sum(0))
    assert own_scores["top1"] == pytest.approx(float(top1[0]), abs=1e-4)
    assert own_scores["top5"] == pytest.approx(float(top5[0]), abs=1e-4)
    classes = task.by_class(task.class_sums(records[:20]) + task.class_sums(records[20:]))
    own = [one for one in samples if int(one.gt_label) == 3]
    hits = sum(int(one.pred_label) == 3 for one in own)
    assert classes["c3"] == pytest.approx(100 * hits / len(own))
    assert classes["c7"] is None, "no image has this label"


def test_one_image(task: ClassificationTask) -> None:
    one = sample(4)
    record = task.record(one)
    assert task.image_score(record) == pytest.approx(100 * float(one.pred_score[int(one.gt_label)]))
    assert task.truth(one) == int(one.gt_label) and task.prediction(one) == int(one.pred_label)
    top = task.top(one)
    assert len(top) == 5 and top[0][0] == f"c{int(one.pred_label)}" and top[0][1] > top[4][1]


def test_any_of_several_labels_is_a_hit(task: ClassificationTask) -> None:
    one = sample(0)
    order = one.pred_score.argsort(descending=True)
    one.gt_label = order[[3, 1]]
    assert task.record(one)["rank"] == 1 and task.record(one)["label"] == int(order[1])


def test_bad_samples_are_named(task: ClassificationTask) -> None:
    one = sample(0)
    one.gt_label = torch.tensor([8])
    with pytest.raises(ValueError, match=r"label in 0..7 for '0\.png', got \[8\]"):
        task.record(one)
    one = sample(1)
    one.set_pred_score(torch.full((8,), float("nan")))
    with pytest.raises(FloatingPointError, match=r"scores for '1\.png' hold NaN"):
        task.record(one)
    del one.pred_score
    with pytest.raises(ValueError, match=r"'1\.png' has no prediction"):
        task.record(one)
