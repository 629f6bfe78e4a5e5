"""Top-1 and top-5 accuracy of a whole test set and of each condition in it."""

from __future__ import annotations

import io
import os.path as osp
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmengine.registry import METRICS
from prettytable import PrettyTable
from torch import Tensor

from sympie_seg.metrics.conditions import (
    MEAN,
    check_names,
    check_once,
    condition_of,
    order_conditions,
)
from sympie_seg.metrics.scorer import (
    EVERYTHING,
    RowPlan,
    RowScorer,
    class_scores,
    defined_or_none,
    plan_rows,
    score_texts,
    undefined_notes,
)
from sympie_seg.metrics.scorer import MEAN as MEAN_ROW
from sympie_seg.metrics.severity_grid import grid_table, severity_grid
from sympie_seg.metrics.tasks import ClassificationTask
from sympie_seg.utils.escaping import CsvWriter
from sympie_seg.utils.files import replace_text

__all__ = ["ConditionAccuracy"]

PREDICTIONS = "predictions.csv"


@METRICS.register_module()
class ConditionAccuracy(BaseMetric):
    """mmpretrain's Accuracy, and the same for each condition.

    The condition is read from every sample's ``condition``, which the datasets of sympie_seg write and PackInputs
    passes on where its ``meta_keys`` name it. As in mmpretrain, a hit also needs a score above 0.

    ``top1``, ``top5`` (all images pooled, in percent) are mmpretrain's ``accuracy/top1`` and ``accuracy/top5``;
    ``<condition>/top1`` and so on those of one condition; ``mean_over_conditions/top1`` the mean of the conditions'
    values, and ``all/*`` those of the same conditions pooled (where ``exclude_from_mean`` leaves some out).

    Attributes:
        last_results (dict, optional): the same unrounded, after an evaluation, on the main rank: ``pooled`` and each
            of ``conditions`` (``images``, ``top1``, ``top5``, and ``classes``: top-1 by class, None for a class that
            does not occur), ``mean_over_conditions`` by metric, and ``grid`` (top-1 by corruption and severity) where
            conditions are called such as 'fog-3', which prints a grid too.

    Args:
        conditions (Sequence[str], optional): order of the rows; others follow as the test set has them. Defaults to
            None.
        exclude_from_mean (Sequence[str]): conditions that the mean over conditions leaves out, such as 'clean'.
            Defaults to ().
        topk (Sequence[int]): a hit is a label among the k best. Defaults to (1, 5).
        output_dir (str, optional): write ``<output_dir>/predictions.csv``: condition, image, label, and the
            predicted class and its score. Defaults to None.
        **kwargs: ``collect_device`` and ``prefix`` of mmengine's BaseMetric.

    Raises:
        ValueError: if ``topk`` asks for more classes than there are, or a condition is called 'all' or
            'mean_over_conditions'; while processing, if an image is scored twice, or a sample has no condition, no
            label or no scores; the message names the image.
    """

    def __init__(
        self,
        conditions: Sequence[str] | None = None,
        exclude_from_mean: Sequence[str] = (),
        topk: Sequence[int] = (1, 5),
        output_dir: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conditions = check_names(conditions)
        self.exclude_from_mean = check_names(exclude_from_mean)
        self.topk = tuple(sorted({1, *map(int, topk)}))
        if self.topk[0] < 1:
            raise ValueError(f"expected topk as numbers from 1, got {topk}")
        self.output_dir = output_dir
        self.last_results: dict[str, Any] | None = None

    @property
    def _kept(self) -> dict[str, Any]:
        assert self.last_results is not None, "asked for after an evaluation"
        return self.last_results

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep one small tuple per image: (condition, image, label, predicted class, its score, smallest k that hits).

        Args:
            data_batch: not used.
            data_samples (Sequence[dict]): samples with ``condition``, ``img_path``, ``gt_label`` (1,) and
                ``pred_score`` (K,).
        """
        for sample in data_samples:
            condition = condition_of(sample, "PackInputs")
            scores, label = self._scores(sample), _label(sample)
            best = scores.topk(self.topk[-1])
            positions = torch.nonzero((best.indices == label) & (best.values > 0))
            position = int(positions[0]) + 1 if positions.numel() else 0
            predicted, score = int(best.indices[0]), float(best.values[0])
            self.results.append(
                (condition, sample.get("img_path"), label, predicted, score, position)
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Turn the hits of all images into the metrics, and print the tables.

        Args:
            results (list): what ``process`` kept, of all ranks.

        Returns:
            dict[str, float]: metrics in percent, rounded to two decimals.
        """
        if not results:
            raise ValueError("no image was scored: the dataset is empty")
        check_once((result[0], result[1]) for result in results)
        order = order_conditions(self.conditions, list(dict.fromkeys(r[0] for r in results)))
        rows = self._rows(order, results)
        counted = [name for name in order if name not in self.exclude_from_mean]
        self.last_results = {
            "pooled": rows[EVERYTHING],
            "conditions": {n: row for n, row in rows.items() if n not in (EVERYTHING, MEAN_ROW)},
            MEAN: {key: rows[MEAN_ROW][key] for key in self._keys},
        }
        print_log(f"accuracy\n{self._table(rows, counted)}", logger="current")
        self._add_grid(self._kept["conditions"])
        if self.output_dir:
            self._write(results)
        metrics = {key: _rounded(rows[EVERYTHING][key]) for key in self._keys}
        for name, row in self._kept["conditions"].items():
            metrics.update({f"{name}/{key}": _rounded(row[key]) for key in self._keys})
        if counted:
            metrics.update({f"{MEAN}/{k}": _rounded(rows[MEAN_ROW][k]) for k in self._keys})
        return metrics

    @property
    def _keys(self) -> list[str]:
        return [f"top{k}" for k in self.topk]

    def _scores(self, sample: Mapping[str, Any]) -> Tensor:
        if "pred_score" not in sample:
            raise ValueError(f"image '{sample.get('img_path')}' has no pred_score (K,)")
        scores = sample["pred_score"].float()
        if scores.numel() < self.topk[-1]:
            raise ValueError(
                f"top-{self.topk[-1]} needs as many classes, the network has {scores.numel()}; set "
                "test_evaluator.topk (and val_evaluator.topk) to smaller numbers, such as [1]"
            )
        result: Tensor = scores
        return result

    def _rows(self, order: Sequence[str], results: list) -> dict[str, dict[str, Any]]:
        """Score every row of the table in percent, unrounded; by class the top-1; None where there is no image."""
        missed = self.topk[-1]
        by_condition: dict[str, list[dict[str, int]]] = {name: [] for name in order}
        for condition, _, label, _, _, position in results:
            rank = position - 1 if position else missed
            by_condition[condition].append({"label": label, "rank": rank})
        task = ClassificationTask({"classes": self._classes(results)}, self.topk)
        scorer = RowScorer(plan_rows(order, self.exclude_from_mean, always=True), task)
        records = list(by_condition.values())
        for own in records:
            scorer.add(task.matrix(own).sum(0))
        sums = [task.class_sums(own) for own in records]
        return {
            row.plan.name: {
                "images": sum(len(records[member]) for member in row.plan.members),
                **{key: defined_or_none(row.scores[key]) for key in self._keys},
                "classes": self._by_class(row.plan, [sums[m] for m in row.plan.members], task),
            }
            for row in scorer.scored()
        }

    def _classes(self, results: list) -> list[str]:
        """Their names; without names their numbers, up to the largest label."""
        names = (self.dataset_meta or {}).get("classes")
        return list(names or map(str, range(1 + max(result[2] for result in results))))

    def _by_class(self, row: RowPlan, sums: list, task: ClassificationTask) -> dict:
        scores = class_scores(row, sums, task) if sums else {}
        named = bool((self.dataset_meta or {}).get("classes"))
        return {name: value for name, value in scores.items() if named or value is not None}

    def _table(self, rows: Mapping[str, dict], counted: Sequence[str]) -> str:
        table = PrettyTable(["condition", *self._keys, "images"], align="r")
        table.align["condition"] = "l"
        left_out = [name for name in rows if name in self.exclude_from_mean]
        title = MEAN_ROW + (f" without {', '.join(left_out)}" if left_out else "")
        mean, pooled = rows[MEAN_ROW], rows[EVERYTHING]
        lines = [*self._kept["conditions"].items(), (title, mean), (EVERYTHING, pooled)]
        for name, row in lines:
            table.add_row([name, *score_texts(row, self._keys), row["images"]])
        scores = {name: rows[name]["top1"] for name in counted}
        return "\n".join([table.get_string(), *undefined_notes({title: counted}, scores)])

    def _add_grid(self, scores: Mapping[str, dict]) -> None:
        grids = {key: severity_grid(scores, key) for key in self._keys}
        if grids["top1"]:
            self._kept["grid"] = grids["top1"]
            for key, grid in grids.items():
                print_log(f"{key}\n{grid_table(grid, key)}", logger="current")

    def _write(self, results: list) -> None:
        text = io.StringIO()
        writer = CsvWriter(text)
        writer.writerow(["condition", "image", "label", "predicted", "score"])
        for condition, image, label, predicted, score, _ in results:
            writer.writerow([condition, image, label, predicted, f"{score:.6f}"])
        path = osp.join(self.output_dir or "", PREDICTIONS)
        replace_text(path, text.getvalue())
        print_log(f"predictions are in '{osp.abspath(path)}'", logger="current")


def _label(sample: Mapping[str, Any]) -> int:
    label = sample.get("gt_label")
    if label is None or torch.as_tensor(label).numel() != 1:
        raise ValueError(
            f"image '{sample.get('img_path')}' has {'no label' if label is None else 'several labels'}; accuracy "
            "needs one (gt_label)"
        )
    return int(label)


def _rounded(value: float | None) -> float:
    return float("nan") if value is None else round(value, 2)
