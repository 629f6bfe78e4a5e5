"""Accuracy by condition, against mmpretrain's own metric."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS
from mmengine.structures import BaseDataElement

from sympie_seg.metrics import ConditionAccuracy

CLASSES = tuple("abcdefgh")
CONDITIONS = ("fog-1", "fog-2", "clean")


def sample(index: int, condition: str | None = None) -> BaseDataElement:
    """Random scores over 8 classes; every fifth prediction is sure, so that other scores underflow to 0."""
    draw = torch.Generator().manual_seed(index)
    logits = torch.randn(len(CLASSES), generator=draw) * (400 if index % 5 == 0 else 1)
    made = BaseDataElement(
        gt_label=torch.randint(0, 7, (1,), generator=draw), pred_score=logits.softmax(0)
    )
    made.set_metainfo(
        dict(img_path=f"{index}.png", condition=condition or CONDITIONS[index % 3 if index else 2])
    )
    return made


def many(count: int = 61) -> list[BaseDataElement]:
    return [sample(index) for index in range(count)]


def score(metric: Any, samples: list[BaseDataElement], batch: int = 7) -> dict[str, float]:
    metric.dataset_meta = dict(classes=CLASSES)
    evaluator = Evaluator(metric)
    for start in range(0, len(samples), batch):
        evaluator.process(samples[start : start + batch], None)
    return evaluator.evaluate(len(samples))


class TestAgainstMmpretrain:
    @pytest.mark.parametrize("batch", [1, 7, 61])
    def test_pooled_and_by_condition(self, batch: int) -> None:
        theirs = pytest.importorskip("mmpretrain.evaluation", reason="pip install -e '.[cls]'")
        samples = many()
        ours = score(ConditionAccuracy(exclude_from_mean=["clean"]), samples, batch)
        parts = {None: samples}
        for name in CONDITIONS:
            parts[name] = [s for s in samples if s.condition == name]
        for name, part in parts.items():
            reference = score(theirs.Accuracy(topk=(1, 5)), part)
            for key in ("top1", "top5"):
                value = ours[key if name is None else f"{name}/{key}"]
                assert value == pytest.approx(reference[f"accuracy/{key}"], abs=0.006)
        assert 0 < ours["top1"] < ours["top5"] < 100
        reference = score(theirs.Accuracy(topk=(1, 5)), parts["fog-1"] + parts["fog-2"])
        assert ours["all/top5"] == pytest.approx(reference["accuracy/top5"], abs=0.006)

    def test_a_score_of_zero_is_no_hit(self) -> None:
        theirs = pytest.importorskip("mmpretrain.evaluation", reason="pip install -e '.[cls]'")
        one = BaseDataElement(
            gt_label=torch.tensor([1]), pred_score=torch.tensor([1.0, 0, 0, 0, 0])
        )
        one.set_metainfo(dict(img_path="a.png", condition="clean"))
        ours, reference = score(ConditionAccuracy(), [one]), score(theirs.Accuracy(topk=5), [one])
        assert ours["top5"] == reference["accuracy/top5"] == 0


def test_means_grid_and_classes() -> None:
    metric = ConditionAccuracy(conditions=["clean", "fog-1", "fog-2"], exclude_from_mean=["clean"])
    metrics = score(metric, many())
    results = metric.last_results
    assert list(results["conditions"]) == ["clean", "fog-1", "fog-2", "all"]
    fog = [results["conditions"][f"fog-{s}"]["top1"] for s in (1, 2)]
    assert results["grid"] == {"fog": {1: fog[0], 2: fog[1]}}
    assert metrics["mean_over_conditions/top1"] == round(sum(fog) / 2, 2)
    classes = results["pooled"]["classes"]
    assert list(classes) == list(CLASSES) and classes["h"] is None  # never a label
    weights = [sum(int(s.gt_label) == k for s in many()) for k in range(7)]
    values = [classes[name] for name in CLASSES[:7]]
    weighted = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert weighted == pytest.approx(results["pooled"]["top1"])


def test_writes_predictions(tmp_path: Path) -> None:
    samples = many(5)
    score(ConditionAccuracy(output_dir=str(tmp_path)), samples)
    with (tmp_path / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == [s.img_path for s in samples]
    assert [int(row["predicted"]) for row in rows] == [int(s.pred_score.argmax()) for s in samples]
    assert [int(row["label"]) for row in rows] == [int(s.gt_label) for s in samples]


def test_of_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sampler pads the last round with images from the start; they count once."""
    samples, gathered = many(9), []
    for rank in range(2):
        metric = ConditionAccuracy()
        own = [samples[i % 9] for i in range(rank, 10, 2)]
        for s in own:
            metric.process(None, [s.to_dict()])
        gathered.append(metric.results)
    ordered = [result for pair in zip(*gathered, strict=True) for result in pair][:9]
    metric = ConditionAccuracy()
    monkeypatch.setattr("mmengine.evaluator.metric.collect_results", lambda *a, **k: ordered)
    assert metric.evaluate(9) == score(ConditionAccuracy(), samples)


class TestErrors:
    def fails(self, samples: list[BaseDataElement], **options: Any) -> str:
        with pytest.raises(ValueError) as caught:
            score(ConditionAccuracy(**options), samples)
        return str(caught.value)

    def test_twice(self) -> None:
        assert "'3.png' was scored twice under the condition" in self.fails([sample(3), sample(3)])

    def test_without_condition(self) -> None:
        bare = sample(1)
        bare.pop("condition")
        assert "meta_keys of PackInputs" in self.fails([bare])

    def test_without_label_or_scores(self) -> None:
        for key, words in (("gt_label", "has no label"), ("pred_score", "has no pred_score")):
            bare = sample(1)
            delattr(bare, key)
            assert words in self.fails([bare])

    def test_more_than_there_are(self) -> None:
        assert "the network has 8; set test_evaluator.topk" in self.fails(many(1), topk=(1, 9))

    @pytest.mark.parametrize("name", ["all", "mean_over_conditions"])
    def test_reserved_names(self, name: str) -> None:
        assert "has the name of a row" in self.fails([sample(1, name)])

    def test_empty(self) -> None:
        with pytest.raises(ValueError, match="no image was scored"):
            ConditionAccuracy().compute_metrics([])


def test_is_in_the_root_registry() -> None:
    assert METRICS.get("ConditionAccuracy") is ConditionAccuracy
