"""Scores by condition, against mmseg's own metric."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import mmseg.evaluation
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.registry import METRICS
from mmseg.structures import SegDataSample
from PIL import Image

from sympie_seg.metrics import ConditionIoUMetric

CLASSES = ("road", "car", "sky", "person")
CONDITIONS = ("fog", "night", "clean")


def sample(
    condition: str | None,
    index: int = 0,
    *,
    folder: str = "/data/night/acdc",
    labels: np.ndarray | None = None,
    prediction: np.ndarray | None = None,
) -> SegDataSample:
    """A sample of 7 x 9 random labels and predictions that are right in half of the pixels."""
    rng = np.random.default_rng(index)
    if labels is None:
        labels = rng.choice([0, 1, 2, 3, 255], size=(7, 9))
    if prediction is None:
        right = (rng.random(labels.shape) < 0.5) & (labels < len(CLASSES))
        prediction = np.where(right, labels, rng.integers(0, len(CLASSES), labels.shape))
    result = SegDataSample()
    result.gt_sem_seg = PixelData(data=torch.from_numpy(labels.astype(np.int64))[None])
    result.pred_sem_seg = PixelData(data=torch.from_numpy(prediction.astype(np.int64))[None])
    meta = dict(
        img_path=f"{folder}/{index:03}_rgb_anon.png", seg_map_path=f"{folder}/{index}_gt.png"
    )
    result.set_metainfo(meta | ({} if condition is None else {"condition": condition}))
    return result


def many(count: int = 23) -> list[SegDataSample]:
    return [sample(CONDITIONS[index % 3], index) for index in range(count)]


def build(**options: Any) -> ConditionIoUMetric:
    metric = ConditionIoUMetric(**options)
    metric.dataset_meta = dict(classes=CLASSES)
    return metric


def score(
    metric: mmseg.evaluation.IoUMetric, samples: list[SegDataSample], batch: int = 5
) -> dict[str, float]:
    """Run a metric as mmengine's loops do."""
    metric.dataset_meta = dict(classes=CLASSES)
    evaluator = Evaluator(metric)
    for start in range(0, len(samples), batch):
        evaluator.process(samples[start : start + batch], None)
    return evaluator.evaluate(len(samples))


class TestAgainstMmseg:
    def test_pooled_scores_are_mmsegs(self) -> None:
        ours = score(build(), many())
        theirs = score(mmseg.evaluation.IoUMetric(), many())
        assert set(theirs) == {"aAcc", "mIoU", "mAcc"}
        for name, value in theirs.items():
            assert ours[name] == pytest.approx(float(value), abs=1e-4)

    def test_each_condition_is_scored_as_a_set_of_its_own(self) -> None:
        ours = score(build(), many())
        for index, condition in enumerate(CONDITIONS):
            alone = [sample(condition, i) for i in range(index, 23, 3)]
            for name, value in score(mmseg.evaluation.IoUMetric(), alone).items():
                assert ours[f"{condition}/{name}"] == pytest.approx(float(value), abs=1e-4)

    def test_classes_that_do_not_occur_are_left_out_of_the_mean(self) -> None:
        labels = np.array([[0, 0, 1, 255]])
        ours = score(build(), [sample("fog", labels=labels, prediction=np.array([[0, 1, 1, 3]]))])
        assert ours["fog/mIoU"] == 50.0  # road 1/2, car 1/2; sky and person do not occur
        assert ours["fog/mAcc"] == 75.0
        assert ours["fog/aAcc"] == pytest.approx(66.67)

    def test_other_metrics_of_the_parent(self) -> None:
        ours = score(build(iou_metrics=["mIoU", "mDice", "mFscore"]), many())
        theirs = score(mmseg.evaluation.IoUMetric(iou_metrics=["mIoU", "mDice", "mFscore"]), many())
        for name, value in theirs.items():
            assert ours[name] == pytest.approx(float(value), abs=1e-4)

    @pytest.mark.parametrize("names", ["mIou", ["mIoU", "mIou"]])
    def test_unknown_metrics_are_refused_before_a_test(self, names: str | list[str]) -> None:
        with pytest.raises(ValueError, match="iou_metrics has no 'mIou'; use one or more of mIoU"):
            build(iou_metrics=names)
        build(iou_metrics="mIoU")

    def test_is_registered(self) -> None:
        with DefaultScope.overwrite_default_scope("mmseg"):
            assert isinstance(METRICS.build(dict(type="ConditionIoUMetric")), ConditionIoUMetric)


class TestConditions:
    @pytest.mark.parametrize("batch", [1, 2, 7])
    def test_any_batch_size_gives_the_same(self, batch: int) -> None:
        assert score(build(), many(), batch) == score(build(), many(), 5)

    def test_paths_do_not_matter(self) -> None:
        moved = [sample(CONDITIONS[i % 3], i, folder="/mnt/fog/rain/snow") for i in range(23)]
        assert score(build(), moved) == score(build(), many())

    def test_the_mean_leaves_out_what_it_is_told_to(self) -> None:
        scores = score(build(exclude_from_mean=["clean"]), many())
        expected = (scores["fog/mIoU"] + scores["night/mIoU"]) / 2
        assert scores["mean_over_conditions/mIoU"] == pytest.approx(expected, abs=0.011)
        everything = score(build(), many())
        expected = np.mean([everything[f"{name}/mIoU"] for name in CONDITIONS])
        assert everything["mean_over_conditions/mIoU"] == pytest.approx(expected, abs=0.011)

    def test_no_mean_over_nothing(self) -> None:
        scores = score(build(exclude_from_mean=["clean"]), [sample("clean")])
        assert "clean/mIoU" in scores
        assert "mean_over_conditions/mIoU" not in scores

    def test_a_mean_with_an_undefined_member_is_undefined(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        printed: list[str] = []
        monkeypatch.setattr(
            "sympie_seg.metrics.condition_iou_metric.print_log",
            lambda message, *args, **kwargs: printed.append(str(message)),
        )
        right = sample("fog", 1, labels=np.zeros((2, 2)), prediction=np.zeros((2, 2)))
        void = sample("night", 2, labels=np.full((2, 2), 255), prediction=np.zeros((2, 2)))
        scores = score(build(), [right, void])
        assert scores["fog/mIoU"] == scores["mIoU"] == 100
        assert np.isnan(scores["night/mIoU"]) and np.isnan(scores["mean_over_conditions/mIoU"])
        assert "| mean over conditions |      - |" in printed[-1]
        assert printed[-1].endswith(
            "mean over conditions: undefined, as no label of night counts (all are ignored)"
        )

    def test_scores_worked_out_by_hand(self) -> None:
        """Fog: road 2 of 4, car 1 of 3. Night: road 3 of 4, sky 0 of 1. Pooled: 5 of 8, 1 of 3, 0 of 1."""
        fog = (np.array([[0, 0, 1, 1, 0]]), np.array([[0, 0, 0, 1, 1]]))
        night = (np.array([[0, 0, 0, 0]]), np.array([[0, 0, 0, 2]]))
        samples = [
            sample(name, i, labels=labels, prediction=prediction)
            for i, (name, (labels, prediction)) in enumerate(
                (("fog", fog), ("night", night), ("clean", fog))
            )
        ]
        metric = build(exclude_from_mean=["clean"])
        scores = score(metric, samples)
        assert scores["fog/mIoU"] == pytest.approx(100 * (2 / 4 + 1 / 3) / 2, abs=0.006)
        assert scores["night/mIoU"] == pytest.approx(100 * (3 / 4 + 0) / 2, abs=0.006)
        assert scores["all/mIoU"] == pytest.approx(100 * (5 / 8 + 1 / 3 + 0) / 3, abs=0.006)
        assert scores["all/aAcc"] == pytest.approx(100 * 6 / 9, abs=0.006)
        expected = (100 * (2 / 4 + 1 / 3) / 2 + 37.5) / 2
        assert scores["mean_over_conditions/mIoU"] == pytest.approx(expected, abs=0.006)
        classes = metric.last_results["conditions"]["all"]["IoU"]
        assert classes == pytest.approx(dict(road=62.5, car=100 / 3, sky=0, person=None))

    def test_two_sets_may_share_a_condition(self) -> None:
        samples = [sample("night", 0), sample("night", 1, folder="/other")]
        assert score(build(), samples)["night/mIoU"] == score(build(), samples)["mIoU"]

    def test_a_prefix_comes_first(self) -> None:
        assert "test/fog/mIoU" in score(build(prefix="test"), many())

    def test_unlabelled_image_counts_no_pixel(self) -> None:
        void = sample("fog", 99, labels=np.full((7, 9), 255))
        with_void, without = score(build(), [*many(), void]), score(build(), many())
        assert with_void == without


class TestEachImageOnce:
    def test_a_set_that_is_listed_twice(self) -> None:
        with pytest.raises(
            ValueError, match=r"001_rgb_anon\.png' was scored twice under the condition 'fog'"
        ):
            score(build(), [sample("fog", 1), sample("fog", 2), sample("fog", 1)])

    def test_one_image_may_be_in_two_conditions(self) -> None:
        """As a clean image and its corrupted versions."""
        assert "night/mIoU" in score(build(), [sample("fog", 1), sample("night", 1)])

    @pytest.mark.parametrize("name", ["all", "mean_over_conditions"])
    def test_names_of_rows_are_taken(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"'{name}' has the name of a row"):
            build(conditions=[name])
        with pytest.raises(ValueError, match=f"'{name}' has the name of a row"):
            score(build(), [sample(name)])


class TestSeveralProcesses:
    def test_two_ranks_give_what_one_gives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        samples = [item.to_dict() for item in many()]
        ranks = [build(), build()]
        for rank, metric in enumerate(ranks):
            # As DistributedSampler deals them; it pads the last round with the first sample.
            own = [samples[index % len(samples)] for index in range(rank, 24, 2)]
            metric.process({}, own)

        def gather(results: list, size: int, *args: Any, **kwargs: Any) -> list:
            pairs = zip(ranks[0].results, ranks[1].results, strict=True)
            return [result for pair in pairs for result in pair][:size]

        monkeypatch.setattr("mmengine.evaluator.metric.collect_results", gather)
        together = ranks[0].evaluate(len(samples))
        monkeypatch.undo()
        assert together == score(build(), many())

    def test_results_survive_a_pickle(self) -> None:
        import pickle

        metric = build()
        metric.process({}, [item.to_dict() for item in many()])
        copied = pickle.loads(pickle.dumps(metric.results))
        assert metric.compute_metrics(copied) == score(build(), many())


class TestReport:
    def test_last_results_hold_everything(self) -> None:
        metric = build(scoring="longer side 1024, mirrored (paper)", exclude_from_mean=["clean"])
        scores = score(metric, many())
        report = json.loads(json.dumps(metric.last_results, allow_nan=False))
        assert report["scoring"] == "longer side 1024, mirrored (paper)"
        assert report["pooled"]["images"] == 23
        assert round(report["pooled"]["mIoU"], 2) == scores["mIoU"]
        assert list(report["conditions"]["fog"]["IoU"]) == list(CLASSES)
        per_class = report["conditions"]["fog"]["IoU"].values()
        assert np.mean(list(per_class)) == pytest.approx(report["conditions"]["fog"]["mIoU"])
        assert round(report["mean_over_conditions"], 2) == scores["mean_over_conditions/mIoU"]

    def test_absent_class_is_none(self) -> None:
        metric = build()
        score(metric, [sample("fog", labels=np.zeros((2, 2)), prediction=np.zeros((2, 2)))])
        assert metric.last_results is not None
        iou = metric.last_results["conditions"]["fog"]["IoU"]
        assert iou == {"road": 100.0, "car": None, "sky": None, "person": None}

    @pytest.mark.parametrize(
        ("order", "expected"),
        [(None, ["clean", "fog", "night"]), (["night", "clean"], ["night", "clean", "fog"])],
    )
    def test_order_of_conditions(self, order: list[str] | None, expected: list[str]) -> None:
        metric = build(conditions=order)
        score(metric, many())
        assert metric.last_results is not None
        assert list(metric.last_results["conditions"]) == expected

    def test_tables_name_mode_conditions_and_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        printed: list[str] = []

        def record(message: str, *args: Any, **kwargs: Any) -> None:
            printed.append(str(message))

        for module in ("condition_iou_metric", "conditions"):
            monkeypatch.setattr(f"sympie_seg.metrics.{module}.print_log", record)
        metric = build(
            scoring="longer side 1024, mirrored (paper)",
            exclude_from_mean=["clean"],
            conditions=["fog", "snow"],
        )
        score(metric, many())
        assert printed[0] == "scored at: longer side 1024, mirrored (paper); all conditions pooled"
        assert printed[1] == "no image of condition snow"
        rows = [[cell.strip() for cell in line.split("|")] for line in printed[2].splitlines()]
        assert rows[0] == ["scored at: longer side 1024, mirrored (paper)"]
        assert rows[2][1:-1] == ["condition", "mIoU", "mAcc", "aAcc", "images"]
        table = {row[1]: row[2:-1] for row in rows[4:-1]}
        assert list(table) == [
            "fog", "clean", "night", "all", "mean over conditions without clean", "all images pooled",
        ]  # fmt: skip
        assert [table[name][-1] for name in ("fog", "clean", "night", "all")] == [
            "8",
            "7",
            "8",
            "16",
        ]

    def test_all_pools_what_the_mean_counts(self) -> None:
        samples = many()
        scores = score(build(exclude_from_mean=["clean"]), samples)
        adverse = [item for item in samples if item.condition != "clean"]
        expected = score(build(), adverse)
        assert {k: v for k, v in scores.items() if k.startswith("all/")} == {
            f"all/{key}": expected[key] for key in ("mIoU", "mAcc", "aAcc")
        }
        assert not any(key.startswith("all/") for key in expected)

    def test_prints_the_per_class_table(self, caplog: pytest.LogCaptureFixture) -> None:
        from mmengine.logging import MMLogger

        logger = MMLogger.get_current_instance()
        logger.addHandler(caplog.handler)
        try:
            with caplog.at_level(logging.INFO):
                score(build(), many())
        finally:
            logger.removeHandler(caplog.handler)
        assert "per class results:" in caplog.text
        assert "person" in caplog.text


class TestPredictions:
    def test_writes_one_folder_per_condition(self, tmp_path: Path) -> None:
        same_name = [sample("fog", 3), sample("night", 3, folder="/other")]
        scores = score(build(output_dir=str(tmp_path / "out"), keep_results=True), same_name)
        for item, condition in zip(same_name, ("fog", "night"), strict=True):
            image = Image.open(tmp_path / "out" / condition / "003_rgb_anon.png")
            assert image.mode == "L"
            written = torch.from_numpy(np.array(image).astype(np.int64))
            assert torch.equal(written, item.pred_sem_seg.data[0])
        assert "fog/mIoU" in scores

    def test_two_images_of_one_name_are_an_error(self, tmp_path: Path) -> None:
        clash = [sample("night", 3, folder="/acdc"), sample("night", 3, folder="/dark_zurich")]
        with pytest.raises(ValueError, match=r"'/dark_zurich/003.*'/acdc/003.*would both be"):
            score(build(output_dir=str(tmp_path)), clash)

    def test_a_second_evaluation_writes_again(self, tmp_path: Path) -> None:
        metric = build(output_dir=str(tmp_path))
        assert score(metric, many()) == score(metric, many())

    def test_format_only_needs_no_labels(self, tmp_path: Path) -> None:
        item = sample("rain", 4)
        del item.gt_sem_seg
        assert score(build(output_dir=str(tmp_path), format_only=True), [item]) == {}
        assert (tmp_path / "rain" / "004_rgb_anon.png").is_file()

    def test_reduce_zero_label_is_undone(self, tmp_path: Path) -> None:
        item = sample("rain", 4)
        item.set_metainfo({"reduce_zero_label": True})
        score(build(output_dir=str(tmp_path)), [item])
        written = np.array(Image.open(tmp_path / "rain" / "004_rgb_anon.png"))
        assert np.array_equal(written, item.pred_sem_seg.data[0].numpy() + 1)


class TestErrors:
    def test_sample_without_condition(self) -> None:
        with pytest.raises(ValueError, match=r"001_rgb_anon.png' has no condition.*meta_keys"):
            score(build(), [sample("fog", 0), sample(None, 1)])

    @pytest.mark.parametrize("condition", ["a/b", "..", "", 3])
    def test_condition_that_is_no_name(self, condition: Any) -> None:
        with pytest.raises(ValueError, match="expected condition as a name"):
            score(build(), [sample(condition)])

    def test_label_ids_instead_of_train_ids(self) -> None:
        labels = np.array([[7, 2, 26, 255]])
        item = sample("fog", 5, labels=labels, prediction=np.zeros((1, 4)))
        with pytest.raises(
            ValueError, match=r"labels 0\.\.3 or 255.*found 7, 26 in '/data.*5_gt"
        ) as e:
            score(build(), [item])
        assert "005_rgb_anon.png" in str(e.value)
        assert "labelTrainIds" in str(e.value)

    def test_negative_label(self) -> None:
        item = sample("fog", labels=np.array([[-1, 0]]), prediction=np.zeros((1, 2)))
        with pytest.raises(ValueError, match="found -1"):
            score(build(), [item])

    def test_sizes_that_differ(self) -> None:
        item = sample("fog", labels=np.zeros((4, 6)), prediction=np.zeros((2, 3)))
        with pytest.raises(ValueError, match=r"prediction \(2, 3\) and labels \(4, 6\).*000_rgb"):
            score(build(), [item])

    def test_no_labels(self) -> None:
        item = sample("fog")
        del item.gt_sem_seg
        with pytest.raises(ValueError, match="has no gt_sem_seg"):
            score(build(), [item])

    def test_format_only_without_folder(self) -> None:
        with pytest.raises(ValueError, match="needs output_dir"):
            build(format_only=True)

    def test_unknown_argument(self) -> None:
        with pytest.raises(TypeError, match="no argument exclude_form_mean"):
            build(exclude_form_mean=["clean"])

    def test_text_instead_of_a_list(self) -> None:
        with pytest.raises(TypeError, match="list of conditions, got the string 'clean'"):
            build(exclude_from_mean="clean")
