"""Run a network over the images that have no record yet, and write their records."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.utils import ProgressBar

from sympie_seg.comparison.activity import ActivityWatch
from sympie_seg.comparison.records import RecordFile
from sympie_seg.comparison.remaining_images import image_index
from sympie_seg.metrics.tasks import Task

__all__ = ["SlowBar", "record_images"]


def record_images(
    model: BaseModel,
    batches: Iterable[dict[str, Any]],
    task: Task,
    watch: ActivityWatch,
    records: RecordFile,
    bar: ProgressBar | None = None,
) -> None:
    """Test batches and append a record for every image.

    A record holds ``index`` and ``image``, ``size`` (height, width) of what the network gets, what the enhancer did
    (``change``, ``parameters``) and what the task keeps.

    Args:
        model: segmentor or classifier in eval mode.
        batches: from :func:`~sympie_seg.comparison.remaining_images.remaining_loader`.
        task: what to keep.
        watch: of the model's data preprocessor.
        records: where to.
        bar: is moved on.

    Raises:
        FloatingPointError: if an enhancer gives NaN or infinite values; the message names the image.
        ValueError: if an image cannot be scored.
    """
    for batch in batches:
        samples = _tested(model, batch)
        records.append([_record(sample, task, watch) for sample in samples])
        if bar is not None:
            bar.update(len(samples))


class SlowBar(ProgressBar):
    """mmengine's bar on stderr that draws at most once in half a second, for logs that are files."""

    def __init__(self, total: int) -> None:
        self._waiting, self._drawn = 0, 0.0
        super().__init__(total, file=sys.stderr)

    def update(self, num_tasks: int = 1) -> None:
        """Count, and draw if it is time."""
        self._waiting += num_tasks
        last = self.completed + self._waiting >= self.task_num
        if last or time.monotonic() - self._drawn > 0.5:
            super().update(self._waiting)
            self._waiting, self._drawn = 0, time.monotonic()
            if last:
                print(file=self.file)


@torch.no_grad()
def _tested(model: BaseModel, batch: dict[str, Any]) -> list:
    try:
        result: list = model.test_step(batch)
        return result
    except FloatingPointError as error:
        raise FloatingPointError(f"{_culprit(model, batch)}: {error}") from error


def _culprit(model: BaseModel, batch: dict[str, Any]) -> str:
    """Name the first image of a batch that the data preprocessor fails on alone."""
    paths = [str(sample.metainfo.get("img_path")) for sample in batch["data_samples"]]
    for row, path in enumerate(paths):
        alone = {key: value[row : row + 1] for key, value in batch.items()}
        try:
            model.data_preprocessor(alone, False)
        except FloatingPointError:
            return f"'{path}'"
    return f"a batch of '{', '.join(paths)}'"


def _record(sample: Any, task: Task, watch: ActivityWatch) -> dict[str, Any]:
    index = image_index(sample)
    activity = watch.activities.pop(index)
    parameters = activity["parameters"]
    return {
        "index": index,
        "image": sample.metainfo.get("img_path"),
        "size": list(sample.metainfo.get("img_shape", ())[:2]),
        "change": round(activity["change"], 4),
        "parameters": parameters and [round(value, 6) for value in parameters],
        **task.record(sample),
    }
