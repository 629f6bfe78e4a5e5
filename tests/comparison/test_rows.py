"""Rows: conditions, pooled rows and means, and their intervals, against other ways to get them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from mmengine.evaluator import Evaluator

from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.conditions import ImageGroup
from sympie_seg.comparison.rows import GroupResult, build_rows
from sympie_seg.metrics import ConditionIoUMetric
from sympie_seg.metrics.tasks import SegmentationTask
from sympie_seg.utils.typed_json import to_json

TASK = SegmentationTask(dict(classes=list("abc"), palette=[[0, 0, 0]] * 3))
BOOTSTRAP = Bootstrap(resamples=200, seed=1)


def result(
    seed: int, count: int, gain: float = 0, parameters: bool = False, empty: bool = False
) -> GroupResult:
    """Areas of images of 1000 pixels, of which a share is right."""
    draw = np.random.default_rng(seed)
    label = draw.multinomial(1000, [0.6, 0.3, 0.1], count)
    both = np.floor(label * np.clip(draw.uniform(0.4, 0.8, (count, 1)) + gain, 0, 1))
    predicted = both + (1000 - both.sum(1, keepdims=True)) / 3
    areas = np.stack([both, predicted + label - both, predicted, label], axis=1) * (not empty)
    vectors = np.eye(1, 37).repeat(count, 0) * draw.random((count, 1)) if parameters else None
    return GroupResult(
        matrix=areas.reshape(count, -1), class_sums=areas.sum(0), image_scores=draw.random(count),
        change=np.linspace(1, 3, count), parameters=vectors, sizes=Counter({(64, 128): count}),
    )  # fmt: skip


def group(name: str, count: int, dataset: str = "ACDC") -> ImageGroup:
    images = [f"x/{name}{i}.png" for i in range(count)]
    return ImageGroup(dataset, name, ["val"], list(range(count)), images, [None] * count)


GROUPS = [group("clean", 5, "Cityscapes"), group("fog", 6), group("snow", 4)]


def results(**changes: bool) -> list[dict[str, GroupResult]]:
    return [
        {
            "none": result(index, len(g.indices)),
            "own": result(index, len(g.indices), 0.1, True, **changes),
        }
        for index, g in enumerate(GROUPS)
    ]


@pytest.fixture(scope="module")
def rows() -> dict[str, dict]:
    return {
        row["name"]: row
        for row in to_json(build_rows(GROUPS, results(), TASK, BOOTSTRAP, ["clean"]))
    }


def test_which_rows_there_are(rows: dict) -> None:
    kinds = {name: (row["kind"], row["members"], row["images"]) for name, row in rows.items()}
    assert kinds == {
        "clean": ("condition", None, 5),
        "fog": ("condition", None, 6),
        "snow": ("condition", None, 4),
        "all": ("pooled", ["fog", "snow"], 10),
        "all images pooled": ("pooled", ["clean", "fog", "snow"], 15),
        "mean over conditions": ("mean", ["fog", "snow"], 10),
    }
    assert rows["all"]["dataset"] == "ACDC"
    assert rows["all images pooled"]["dataset"] == "Cityscapes + ACDC"
    assert rows["fog"]["split"] == "val" and rows["fog"]["test_size"] == "128x64"


def test_scores_are_those_of_the_metric(rows: dict) -> None:
    import torch

    metric = ConditionIoUMetric(exclude_from_mean=["clean"])
    metric.dataset_meta = dict(classes=list("abc"))
    for g, own in zip(GROUPS, results(), strict=True):
        for image, areas in zip(g.images, own["own"].matrix.reshape(-1, 4, 3), strict=True):
            metric.results.append((g.name, image, tuple(torch.from_numpy(kind) for kind in areas)))
    Evaluator(metric).evaluate(15)
    expected = metric.last_results
    pairs = {
        **{name: expected["conditions"][name] for name in ("clean", "fog", "snow", "all")},
        "all images pooled": expected["pooled"],
    }
    for name, scores in pairs.items():
        own_scores = rows[name]["scores"]["own"]
        assert [own_scores[m] for m in TASK.metrics] == pytest.approx(
            [scores[m] for m in TASK.metrics]
        )
        assert own_scores["classes"] == pytest.approx(scores["IoU"])
    mean = rows["mean over conditions"]["scores"]["own"]
    assert mean["mIoU"] == pytest.approx(expected["mean_over_conditions"])
    assert abs(mean["mIoU"] - rows["all"]["scores"]["own"]["mIoU"]) > 0.01, (
        "the two are not the same"
    )


def test_intervals_are_stratified_by_condition(rows: dict) -> None:
    drawn = {}
    for g, own in zip(GROUPS, results(), strict=True):
        names = [image.removeprefix("x/") for image in g.images]
        sums = {e: BOOTSTRAP.totals(own[e].matrix, names) for e in own}
        drawn[g.name] = sums
    scores = {
        name: {e: TASK.scores(totals)["mIoU"] for e, totals in sums.items()}
        for name, sums in drawn.items()
    }
    pooled = {e: TASK.scores(drawn["fog"][e] + drawn["snow"][e])["mIoU"] for e in ("none", "own")}
    mean = {e: (scores["fog"][e] + scores["snow"][e]) / 2 for e in ("none", "own")}
    for name, values in {"fog": scores["fog"], "all": pooled, "mean over conditions": mean}.items():
        low, high = np.percentile(values["own"] - values["none"], [2.5, 97.5])
        difference = rows[name]["differences"]["own"]["mIoU"]
        assert (difference["low"], difference["high"]) == pytest.approx((low, high))
        assert low < difference["value"] < high
        assert list(rows[name]["differences"]) == ["own"]


def test_one_validation_set_under_many_corruptions_is_drawn_jointly() -> None:
    """Two conditions with the same images and the same areas: their mean is as uncertain as each of them."""
    twins = [group("a", 8), group("b", 8)]
    twins[1].images = [image.replace("x/", "y/") for image in twins[0].images]
    own = {"none": result(1, 8), "own": result(2, 8, 0.05)}
    built = {row["name"]: row for row in to_json(build_rows(twins, [own, own], TASK, BOOTSTRAP))}
    one, mean = (
        built[name]["differences"]["own"]["mIoU"] for name in ("a", "mean over conditions")
    )
    assert mean == pytest.approx(one)
    others = [group("a", 8), group("b", 8)]
    built = {row["name"]: row for row in to_json(build_rows(others, [own, own], TASK, BOOTSTRAP))}
    free = built["mean over conditions"]["differences"]["own"]["mIoU"]
    assert free["high"] - free["low"] < 0.9 * (one["high"] - one["low"])


def test_activity(rows: dict) -> None:
    fog = rows["fog"]["activity"]
    assert fog["own"]["visibly_changed"] == 3, "of six images between 1 and 3 grey levels"
    assert fog["own"]["mean_change"] == pytest.approx(2)
    assert fog["none"]["parameters"] is None and fog["none"]["distance"] is None
    vectors = results()[1]["own"].parameters
    identity = np.zeros(37)
    identity[[0, 4, 8, 24]] = 1
    assert fog["own"]["parameters"] == pytest.approx(vectors.mean(0).tolist())
    assert fog["own"]["distance"] == pytest.approx(
        np.linalg.norm(vectors - identity, axis=1).mean()
    )


def test_a_condition_without_score_is_not_averaged_away() -> None:
    broken = results()
    broken[2] = {name: result(2, 4, empty=True) for name in ("none", "own")}
    built = {
        row["name"]: row for row in to_json(build_rows(GROUPS, broken, TASK, BOOTSTRAP, ["clean"]))
    }
    assert built["snow"]["scores"]["own"]["mIoU"] is None
    assert built["mean over conditions"]["scores"]["own"]["mIoU"] is None
    assert built["mean over conditions"]["differences"]["own"]["mIoU"] == dict(
        value=None, low=None, high=None
    )
    assert built["all"]["scores"]["own"]["mIoU"] is not None


def test_scores_worked_out_by_hand() -> None:
    """Fog: a 2 of 4, b 1 of 3. Snow: a 3 of 4, c 0 of 1. Pooled: 5 of 8, 1 of 3, 0 of 1."""
    areas = {  # intersection, union, prediction, label
        "clean": [[1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]],
        "fog": [[2, 1, 0], [4, 3, 0], [3, 2, 0], [3, 2, 0]],
        "snow": [[3, 0, 0], [4, 0, 1], [3, 0, 1], [4, 0, 0]],
    }
    groups, made = [], []
    for name, own in areas.items():
        sums = np.array(own, float)
        groups.append(group(name, 1))
        none = np.zeros(1)
        made.append({"none": GroupResult(sums.reshape(1, -1), sums, none, none, None, Counter())})
    built = {
        row["name"]: row for row in to_json(build_rows(groups, made, TASK, BOOTSTRAP, ["clean"]))
    }
    scores = {name: row["scores"]["none"] for name, row in built.items()}
    fog, snow = 100 * (2 / 4 + 1 / 3) / 2, 100 * (3 / 4 + 0) / 2
    assert scores["fog"]["mIoU"] == pytest.approx(fog)
    assert scores["snow"]["mIoU"] == pytest.approx(snow)
    assert scores["all"]["mIoU"] == pytest.approx(100 * (5 / 8 + 1 / 3 + 0) / 3)
    assert scores["all"]["aAcc"] == pytest.approx(100 * 6 / 9)
    assert scores["mean over conditions"]["mIoU"] == pytest.approx((fog + snow) / 2)
    assert scores["all"]["classes"] == pytest.approx(dict(a=62.5, b=100 / 3, c=0))
    assert scores["mean over conditions"]["classes"] == pytest.approx(dict(a=62.5, b=None, c=None))


def test_one_condition_is_one_row() -> None:
    (row,) = to_json(build_rows(GROUPS[:1], results()[:1], TASK, BOOTSTRAP))
    assert row["name"] == "clean"
