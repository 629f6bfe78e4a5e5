"""The submission of VizWiz-Classification: one category id for each image, among those that count."""

from __future__ import annotations

import json
import os.path as osp
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmengine.registry import METRICS

from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import read_json

__all__ = [
    "VizWizSubmission",
    "check_submission",
    "find_submission_faults",
    "read_submission",
    "write_submission",
]

NAME = "vizwiz_submission.json"


@METRICS.register_module()
class VizWizSubmission(BaseMetric):
    """Write ``{image name: category id}``; the server scores it (EvalAI challenge 1999), as there are no public labels.

    The category is the best of those in the annotation file, whatever the other classes' scores are. Names and
    categories come from the dataset (VizWizClassificationDataset).

    Args:
        output_dir (str): folder for ``vizwiz_submission.json``. Defaults to '.'.
        **kwargs: ``collect_device`` and ``prefix`` of mmengine's BaseMetric.

    Raises:
        ValueError: if the dataset has no categories or images, or the predictions are not those of its images.
    """

    default_prefix = "vizwiz"

    def __init__(self, output_dir: str = ".", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_dir = output_dir

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep (image name, category id) of every image.

        Args:
            data_batch: not used.
            data_samples (Sequence[dict]): samples with ``img_path`` and ``pred_score`` (1000,).
        """
        allowed = torch.tensor(self._from_data_set("category_ids"))
        for sample in data_samples:
            scores = sample["pred_score"]
            if scores.numel() <= int(allowed.max()):
                raise ValueError(
                    f"the network has {scores.numel()} classes, VizWiz-Classification needs the 1000 of ImageNet"
                )
            best = int(allowed[scores[allowed.to(scores.device)].argmax().cpu()])
            self.results.append((osp.basename(sample["img_path"]), best))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Write the file.

        Args:
            results (list): what ``process`` kept, of all ranks.

        Returns:
            dict[str, float]: ``images``, how many were predicted.
        """
        path = osp.join(self.output_dir, NAME)
        names, categories = self._from_data_set("image_names"), self._from_data_set("category_ids")
        write_submission(path, dict(results), names, categories)
        print_log(
            f"the submission is '{osp.abspath(path)}': {len(results)} images, for EvalAI challenge 1999",
            logger="current",
        )
        return {"images": float(len(results))}

    def _from_data_set(self, key: str) -> Sequence:
        value = (self.dataset_meta or {}).get(key)
        if not value:
            raise ValueError(
                f"the test set's metainfo has no {key}; VizWizSubmission goes with VizWizClassificationDataset"
            )
        result: Sequence = value
        return result


def write_submission(
    path: str, predictions: Mapping[str, int], names: Sequence[str], categories: Sequence[int]
) -> None:
    """Write the JSON file, in the order of the annotation file.

    Raises:
        ValueError: if the predictions are not complete and valid.
    """
    faults = find_submission_faults(predictions, names, categories)
    if faults:
        raise ValueError(f"no submission was written: {'; '.join(faults)}")
    text = json.dumps({name: predictions[name] for name in names})
    replace_bytes(path, text.encode())


def find_submission_faults(
    predictions: Any, names: Sequence[str], categories: Sequence[int]
) -> list[str]:
    """Compare predictions with what the annotation file asks for.

    Args:
        predictions: content of the JSON file.
        names: image names that it must hold.
        categories: category ids that it may hold.

    Returns:
        What is wrong, one sentence each; empty if it can be submitted.
    """
    if not isinstance(predictions, Mapping):
        return [f"expected {{image name: category id}}, got {type(predictions).__name__}"]
    faults = []
    wanted, given = set(names), set(predictions)
    for keys, what in (
        (wanted - given, "images are missing"),
        (given - wanted, "names are unknown"),
    ):
        if keys:
            faults.append(f"{len(keys)} {what}, the first '{min(keys, key=str)}'")
    numbers = {
        n: c for n, c in predictions.items() if type(c) is not int or c not in set(categories)
    }
    if numbers:
        name = min(numbers, key=str)
        faults.append(
            f"{len(numbers)} categories are none of the {len(categories)}, the first {numbers[name]!r} of '{name}'"
        )
    return faults


def check_submission(path: str | Path, names: Sequence[str], categories: Sequence[int]) -> None:
    """Refuse a file that cannot be submitted.

    Args:
        path: the JSON file.
        names: image names that it must hold.
        categories: category ids that it may hold.

    Raises:
        ValueError: with what is wrong.
    """
    faults = find_submission_faults(read_submission(path), names, categories)
    if faults:
        raise ValueError(f"'{path}' cannot be submitted: {'; '.join(faults)}")


def read_submission(path: str | Path) -> Any:
    """Read a submission.

    Raises:
        ValueError: if it is no JSON.
    """
    return read_json(path)
