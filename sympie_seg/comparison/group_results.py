"""The records of one row and one enhancer as arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sympie_seg.comparison.conditions import ImageGroup
from sympie_seg.metrics.tasks import Task

__all__ = ["GroupResult", "group_result"]


@dataclass(frozen=True, eq=False)
class GroupResult:
    """What is left of the records of one row and one enhancer; N images in the row's order.

    Attributes:
        matrix: what the task sums, (N, K).
        class_sums: what scores by class need.
        image_scores: of each image in percent, NaN where it has none, (N,).
        change: mean absolute change of each image in grey levels, (N,).
        parameters: (N, 37), or None.
        sizes: how many images the network got at which (height, width).
    """

    matrix: np.ndarray
    class_sums: np.ndarray
    image_scores: np.ndarray
    change: np.ndarray
    parameters: np.ndarray | None
    sizes: Counter


def group_result(
    group: ImageGroup, records: Mapping[int, dict[str, Any]], task: Task
) -> GroupResult:
    """Gather the records of a row.

    Raises:
        ValueError: if an image has no record.
    """
    absent = [
        image
        for index, image in zip(group.indices, group.images, strict=True)
        if index not in records
    ]
    if absent:
        raise ValueError(
            f"{len(absent)} of {len(group.images)} images of '{group.name}' have no record, the first '{absent[0]}'. "
            "All processes have to write to one folder: put --work-dir on a disk that they share"
        )
    own = [records[index] for index in group.indices]
    scores = [task.image_score(record) for record in own]
    parameters = [record["parameters"] for record in own]
    return GroupResult(
        matrix=task.matrix(own),
        class_sums=task.class_sums(own),
        image_scores=np.array([np.nan if score is None else score for score in scores]),
        change=np.array([record["change"] for record in own]),
        parameters=None if None in parameters else np.array(parameters),
        sizes=Counter(tuple(record["size"]) for record in own),
    )
