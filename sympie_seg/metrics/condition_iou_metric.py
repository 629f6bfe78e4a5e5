"""Mean IoU of a whole test set and of each condition in it."""

from __future__ import annotations

import inspect
import os.path as osp
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmseg.evaluation import IoUMetric
from mmseg.registry import METRICS
from prettytable import PrettyTable
from torch import Tensor

from sympie_seg.metrics.class_areas import area_scores, class_areas, label_map
from sympie_seg.metrics.conditions import (
    ALL,
    MEAN,
    check_names,
    check_once,
    condition_of,
    order_conditions,
)
from sympie_seg.metrics.scorer import (
    EVERYTHING,
    RowScorer,
    class_scores,
    defined_or_none,
    plan_rows,
    score_texts,
    undefined_notes,
)
from sympie_seg.metrics.scorer import MEAN as MEAN_ROW
from sympie_seg.metrics.severity_grid import grid_table, severity_grid
from sympie_seg.metrics.tasks import SegmentationTask
from sympie_seg.utils.images import write_image

__all__ = ["ConditionIoUMetric"]

_SUMMARY = ("mIoU", "mAcc", "aAcc")
_METRICS = ("mIoU", "mDice", "mFscore")  # of mmseg


@METRICS.register_module()
class ConditionIoUMetric(IoUMetric):
    """mmseg's IoUMetric, and the same scores for each condition.

    The condition is read from every sample's ``condition``, which the datasets of sympie_seg write
    and PackSyMPIESegInputs passes on (PackSegInputs where its ``meta_keys`` name it). Every score comes from areas
    summed over images; a mean over classes takes the classes that occur, as in mmseg.

    ``aAcc``, ``mIoU``, ``mAcc`` (all images pooled, in percent) are mmseg's, added up in float64;
    ``<condition>/mIoU``, ``<condition>/mAcc``, ``<condition>/aAcc`` those of one condition, and
    ``mean_over_conditions/mIoU`` is the mean of the conditions' mIoU, and ``all/*`` those of the same conditions pooled
    (where ``exclude_from_mean`` leaves some out; ACDC's "all").

    Attributes:
        last_results (dict, optional): the same unrounded, after an evaluation, on the main rank:
            ``scoring``, ``pooled`` and each of ``conditions`` (``images``, ``mIoU``, ``mAcc``,
            ``aAcc``, and ``IoU`` by class), ``mean_over_conditions``, and ``grid`` (mIoU by corruption and
            severity) where conditions are called such as 'fog-3', which prints a grid too. None stands for the score
            of a class that does not occur.

    Args:
        conditions (Sequence[str], optional): order of the rows; others follow by name. Defaults to
            None.
        exclude_from_mean (Sequence[str]): conditions that the mean over conditions leaves out, such
            as 'clean'. Defaults to ().
        scoring (str): the scoring mode, printed in the titles. Defaults to 'original size (mmseg)'.
        keep_results (bool): accepted since ``sympie-seg test --out`` sets it; has no effect here.
        output_dir (str, optional): write predictions as ``<output_dir>/<condition>/<image>.png``.
            Defaults to None.
        format_only (bool): write predictions only, without labels and scores. Defaults to False.
        **kwargs: as in mmseg's IoUMetric.

    Raises:
        TypeError: if an argument is unknown.
        ValueError: if ``iou_metrics`` names none of mmseg's, ``format_only`` comes without ``output_dir``, or a
            condition is called 'all' or 'mean_over_conditions'; while processing, if an image is scored twice, if a
            sample has no condition, if labels and prediction differ in size, or if a label is no class;
            the message names the image.
    """

    def __init__(
        self,
        conditions: Sequence[str] | None = None,
        exclude_from_mean: Sequence[str] = (),
        scoring: str = "original size (mmseg)",
        keep_results: bool = False,
        **kwargs: Any,
    ) -> None:
        # The parent swallows unknown arguments, so that a misspelt one would have no effect.
        unknown = set(kwargs) - set(inspect.signature(IoUMetric.__init__).parameters)
        if unknown:
            raise TypeError(f"ConditionIoUMetric has no argument {', '.join(sorted(unknown))}")
        super().__init__(**kwargs)
        # The parent would notice after the last image.
        wanted = [self.metrics] if isinstance(self.metrics, str) else self.metrics
        strange = [name for name in wanted if name not in _METRICS]
        if strange:
            raise ValueError(
                f"iou_metrics has no {strange[0]!r}; use one or more of {', '.join(_METRICS)}"
            )
        if self.format_only and not self.output_dir:
            raise ValueError("format_only needs output_dir, the folder for the predictions")
        self.conditions = check_names(conditions)
        self.exclude_from_mean = check_names(exclude_from_mean)
        self.scoring = scoring
        self.last_results: dict[str, Any] | None = None
        self._written: dict[str, str] = {}

    @property
    def _kept(self) -> dict[str, Any]:
        assert self.last_results is not None, "asked for after an evaluation"
        return self.last_results

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep (condition, image, four areas) of every image, and write its prediction if asked to.

        Args:
            data_batch (dict): not used.
            data_samples (Sequence[dict]): samples with ``condition``, ``img_path``,
                ``pred_sem_seg`` and, unless ``format_only``, ``gt_sem_seg``; both maps are integers
                of shape (1, H, W).
        """
        for sample in data_samples:
            condition = condition_of(sample, "PackSegInputs")
            prediction = label_map(sample, "pred_sem_seg")
            if not self.format_only:
                areas = self._areas(sample, prediction)
                self.results.append((condition, sample.get("img_path"), areas))
            if self.output_dir:
                self._write(sample, condition, prediction)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Turn the areas of all images into the metrics, and print the tables.

        Args:
            results (list): what ``process`` kept, of all ranks.

        Returns:
            dict[str, float]: metrics in percent, rounded to two decimals; empty if ``format_only``.
        """
        if self.format_only:
            print_log(f"predictions are in '{osp.abspath(self.output_dir)}'", logger="current")
            return {}
        if not results:
            raise ValueError("no image was scored: the dataset is empty")
        check_once((condition, image) for condition, image, _ in results)
        print_log(f"scored at: {self.scoring}; all conditions pooled", logger="current")
        # mmseg's own table, and the scores that only it knows (mDice, mFscore).
        metrics = super().compute_metrics([areas for _, _, areas in results])
        order = order_conditions(self.conditions, sorted({condition for condition, *_ in results}))
        rows = self._rows(order, [(condition, areas) for condition, _, areas in results])
        self._keep(rows)
        print_log(f"scored at: {self.scoring}\n{self._table(rows)}", logger="current")
        grid = severity_grid(self._kept["conditions"])
        if grid:
            self._kept["grid"] = grid
            print_log(f"scored at: {self.scoring}\n{grid_table(grid)}", logger="current")
        self._add_metrics(metrics, rows)
        result: dict[str, float] = metrics
        return result

    @staticmethod
    def total_area_to_metrics(
        intersect: Tensor,
        union: Tensor,
        predicted: Tensor,
        label: Tensor,
        metrics: Sequence[str] = ("mIoU",),
        nan_to_num: int | None = None,
        beta: int = 1,
    ) -> dict[str, np.ndarray]:
        """Give mmseg's scores as shares; IoU and accuracies are those of our scorer, also in mmseg's table of classes.

        Args:
            intersect (Tensor): areas by class, (K,), summed over images; so are the next three.
            union (Tensor): as above.
            predicted (Tensor): as above.
            label (Tensor): as above.
            metrics (Sequence[str]): as in mmseg's IoUMetric.
            nan_to_num (int, optional): as there.
            beta (int): as there.
        """
        areas = (intersect, union, predicted, label)
        scores = IoUMetric.total_area_to_metrics(*areas, list(metrics), nan_to_num, beta)
        own = area_scores(np.stack([np.asarray(area) for area in areas]), nan_to_num)
        return {name: own[name] / 100 if name in own else value for name, value in scores.items()}

    def _rows(self, order: Sequence[str], results: Sequence[tuple]) -> dict[str, dict[str, Any]]:
        """Score every row of the table, unrounded, in the table's order; None where nothing occurs."""
        task = SegmentationTask(self.dataset_meta, self.ignore_index, self.nan_to_num)
        sums, images = [], []
        for name in order:
            own = [torch.stack(areas).numpy() for condition, areas in results if condition == name]
            sums.append(np.sum(own, axis=0))
            images.append(len(own))
        plan = plan_rows(order, self.exclude_from_mean, always=True)
        scorer = RowScorer(plan, task)
        for areas in sums:
            scorer.add(areas.reshape(-1))
        rows = {}
        for row in scorer.scored():
            members = row.plan.members
            classes = class_scores(row.plan, [sums[m] for m in members], task) if members else {}
            rows[row.plan.name] = {
                "images": sum(images[member] for member in members),
                **{key: defined_or_none(row.scores[key]) for key in _SUMMARY},
                "IoU": classes,
            }
        return rows

    def _keep(self, rows: Mapping[str, dict]) -> None:
        self.last_results = {
            "scoring": self.scoring,
            "pooled": rows[EVERYTHING],
            "conditions": {n: row for n, row in rows.items() if n not in (EVERYTHING, MEAN_ROW)},
            MEAN: rows[MEAN_ROW]["mIoU"],
        }

    def _add_metrics(self, metrics: dict[str, float], rows: Mapping[str, dict]) -> None:
        for key in set(_SUMMARY) & set(metrics):
            metrics[key] = _rounded(rows[EVERYTHING][key])
        for name, score in self._kept["conditions"].items():
            metrics.update({f"{name}/{key}": _rounded(score[key]) for key in _SUMMARY})
        if self._counted(rows):
            metrics[f"{MEAN}/mIoU"] = _rounded(rows[MEAN_ROW]["mIoU"])

    def _counted(self, rows: Mapping[str, dict]) -> list[str]:
        """The conditions that the mean is over."""
        joined = (ALL, EVERYTHING, MEAN_ROW)
        return [n for n in rows if n not in joined and n not in self.exclude_from_mean]

    def _areas(self, sample: Mapping[str, Any], prediction: Tensor) -> tuple[Tensor, ...]:
        return class_areas(sample, prediction, len(self.dataset_meta["classes"]), self.ignore_index)

    def _write(self, sample: Mapping[str, Any], condition: str, prediction: Tensor) -> None:
        image = sample["img_path"]
        stem = osp.splitext(osp.basename(image))[0]
        path = osp.join(self.output_dir, condition, f"{stem}.png")
        if self._written.setdefault(path, image) != image:
            raise ValueError(
                f"'{image}' and '{self._written[path]}' would both be written to '{path}'; give "
                "their datasets different conditions"
            )
        labels = prediction.cpu().numpy() + bool(sample.get("reduce_zero_label"))
        write_image(path, labels.astype(np.uint8))

    def _table(self, rows: Mapping[str, dict]) -> str:
        table = PrettyTable(["condition", *_SUMMARY, "images"], align="r")
        table.align["condition"] = "l"
        left_out = [name for name in rows if name in self.exclude_from_mean]
        title = MEAN_ROW + (f" without {', '.join(left_out)}" if left_out else "")
        for name, row in self._kept["conditions"].items():
            table.add_row([name, *score_texts(row, _SUMMARY), row["images"]])
        mean, pooled = rows[MEAN_ROW], rows[EVERYTHING]
        table.add_row([title, *score_texts(mean, _SUMMARY), mean["images"]])
        table.add_row([EVERYTHING, *score_texts(pooled, _SUMMARY), pooled["images"]])
        scores = {name: row["mIoU"] for name, row in rows.items()}
        return "\n".join(
            [table.get_string(), *undefined_notes({title: self._counted(rows)}, scores)]
        )


def _rounded(value: float | None) -> float:
    return float("nan") if value is None else round(value, 2)
