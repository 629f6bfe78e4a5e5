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

from sympie_seg.metrics.class_areas import class_areas, label_map
from sympie_seg.metrics.conditions import (
    ALL,
    MEAN,
    check_names,
    check_once,
    condition_of,
    order_conditions,
)
from sympie_seg.metrics.severity_grid import grid_table, severity_grid
from sympie_seg.utils.images import write_image
from sympie_seg.utils.numbers import shown

__all__ = ["ConditionIoUMetric"]

_SUMMARY = ("mIoU", "mAcc", "aAcc")


@METRICS.register_module()
class ConditionIoUMetric(IoUMetric):
    """mmseg's IoUMetric, and the same scores for each condition.

    The condition is read from every sample's ``condition``, which the data sets of sympie_seg write
    and PackSegInputs passes on where its ``meta_keys`` name it. Every score comes from areas summed
    over images; a mean over classes takes the classes that occur, as in mmseg.

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
        keep_results (bool): accepted since ``tools/test.py --out`` sets it; has no effect here.
        output_dir (str, optional): write predictions as ``<output_dir>/<condition>/<image>.png``.
            Defaults to None.
        format_only (bool): write predictions only, without labels and scores. Defaults to False.
        **kwargs: as in mmseg's IoUMetric.

    Raises:
        TypeError: if an argument is unknown.
        ValueError: if ``format_only`` comes without ``output_dir`` or a condition is called 'all' or
            'mean_over_conditions'; while processing, if an image is scored twice, if a sample
            has no condition, if labels and prediction differ in size, or if a label is no class;
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
        if self.format_only and not self.output_dir:
            raise ValueError("format_only needs output_dir, the folder for the predictions")
        self.conditions = check_names(conditions)
        self.exclude_from_mean = check_names(exclude_from_mean)
        self.scoring = scoring
        self.last_results: dict[str, Any] | None = None
        self._written: dict[str, str] = {}

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
            raise ValueError("no image was scored: the data set is empty")
        check_once((condition, image) for condition, image, _ in results)
        results = [(condition, areas) for condition, _, areas in results]
        print_log(f"scored at: {self.scoring}; all conditions pooled", logger="current")
        metrics = super().compute_metrics([areas for _, areas in results])
        found = sorted({condition for condition, _ in results})
        order = order_conditions(self.conditions, found)
        scores = {name: self._scores(results, name) for name in order}
        mean = self._mean(scores)
        pooled = self._scores(results)
        counted = [(name, areas) for name, areas in results if name not in self.exclude_from_mean]
        if 0 < len(counted) < len(results):
            # What ACDC calls "all": its conditions pooled, without the clear images tested beside them.
            scores[ALL] = self._scores(counted)
        self.last_results = {
            "scoring": self.scoring, "pooled": pooled, "conditions": scores, MEAN: mean,
        }  # fmt: skip
        table = self._table(scores, pooled, mean)
        print_log(f"scored at: {self.scoring}\n{table}", logger="current")
        grid = severity_grid(scores)
        if grid:
            self.last_results["grid"] = grid
            print_log(f"scored at: {self.scoring}\n{grid_table(grid)}", logger="current")
        for name, score in scores.items():
            metrics.update({f"{name}/{key}": _rounded(score[key]) for key in _SUMMARY})
        if mean is not None:
            metrics[f"{MEAN}/mIoU"] = _rounded(mean)
        return metrics

    def _areas(self, sample: Mapping[str, Any], prediction: Tensor) -> tuple[Tensor, ...]:
        return class_areas(sample, prediction, len(self.dataset_meta["classes"]), self.ignore_index)

    def _write(self, sample: Mapping[str, Any], condition: str, prediction: Tensor) -> None:
        image = sample["img_path"]
        stem = osp.splitext(osp.basename(image))[0]
        path = osp.join(self.output_dir, condition, f"{stem}.png")
        if self._written.setdefault(path, image) != image:
            raise ValueError(
                f"'{image}' and '{self._written[path]}' would both be written to '{path}'; give "
                "their data sets different conditions"
            )
        labels = prediction.cpu().numpy() + bool(sample.get("reduce_zero_label"))
        write_image(path, labels.astype(np.uint8))

    def _scores(self, results: list, name: str | None = None) -> dict[str, Any]:
        """Scores in percent, unrounded, of one condition or (None) of all images."""
        areas = [areas for condition, areas in results if name in (None, condition)]
        total = [torch.stack(kind).sum(0) for kind in zip(*areas, strict=True)]
        scores = self.total_area_to_metrics(*total, ["mIoU"], self.nan_to_num)
        iou, accuracy = scores["IoU"] * 100, scores["Acc"] * 100
        per_class = zip(self.dataset_meta["classes"], iou, strict=True)
        return {
            "images": len(areas),
            "mIoU": _nanmean(iou),
            "mAcc": _nanmean(accuracy),
            "aAcc": _nanmean(scores["aAcc"] * 100),
            "IoU": {label: _nanmean(value) for label, value in per_class},
        }

    def _mean(self, scores: Mapping[str, dict]) -> float | None:
        names = [name for name in scores if name not in self.exclude_from_mean and name != ALL]
        values = [scores[name]["mIoU"] for name in names if scores[name]["mIoU"] is not None]
        return float(np.mean(values)) if values else None

    def _table(self, scores: Mapping[str, dict], pooled: dict, mean: float | None) -> str:
        table = PrettyTable(["condition", *_SUMMARY, "images"], align="r")
        table.align["condition"] = "l"
        for name, score in scores.items():
            table.add_row([name, *(shown(score[key]) for key in _SUMMARY), score["images"]])
        left_out = [name for name in scores if name in self.exclude_from_mean]
        title = "mean over conditions" + (f" without {', '.join(left_out)}" if left_out else "")
        table.add_row([title, shown(mean), "", "", ""])
        row = (shown(pooled[key]) for key in _SUMMARY)
        table.add_row(["all images pooled", *row, pooled["images"]])
        return table.get_string()


def _nanmean(values: np.ndarray) -> float | None:
    """The mean of what is not NaN, or None."""
    values = np.atleast_1d(values)
    occurring = values[~np.isnan(values)]
    return float(occurring.mean()) if occurring.size else None


def _rounded(value: float | None) -> float:
    return float("nan") if value is None else round(value, 2)
