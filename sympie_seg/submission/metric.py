"""Predictions of a test split, written as its server wants them, from inside ``sympie-seg test``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmseg.registry import METRICS

from sympie_seg.datasets.cityscapes_classes import NAMES
from sympie_seg.submission.servers import CONFIDENCE, get_server
from sympie_seg.submission.writer import write_prediction

__all__ = ["SubmissionWriter"]


@METRICS.register_module()
class SubmissionWriter(BaseMetric):
    """Writes predictions into the folders of a test server; there are no labels, so there are no scores.

    ``sympie-seg submission write`` packs the folder, ``sympie-seg submission check`` checks it.

    Args:
        server (str): 'acdc', 'dark_zurich' or 'cityscapes'.
        output_dir (str, optional): folder for the predictions; ``sympie-seg test --out`` sets it.
        invalid_below (float): Dark Zurich: pixels whose largest probability is lower are declared invalid.
            Defaults to 0 (none).
        format_only (bool): there for mmseg's habit; cannot be False. Defaults to True.
        keep_results (bool): accepted since ``sympie-seg test --out`` sets it; has no effect here.
        **kwargs: as in mmengine's BaseMetric.

    Raises:
        ValueError: if an option cannot be used; while processing, if two images would get one file, or a class is
            not one of Cityscapes' 19.
    """

    def __init__(
        self,
        server: str,
        output_dir: str | None = None,
        invalid_below: float = 0.0,
        format_only: bool = True,
        keep_results: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.server = get_server(server)
        if not output_dir:
            raise ValueError(
                "output_dir is missing, the folder for the predictions: sympie-seg test --out FOLDER"
            )
        if not format_only:
            raise ValueError(
                f"{self.server.title}'s test labels are not public: format_only must be True"
            )
        self.output_dir, self.invalid_below = Path(output_dir), invalid_below
        self._written: dict[str, str] = {}

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Write the predictions of a batch.

        Args:
            data_batch (dict): not used.
            data_samples (Sequence[dict]): samples with ``img_path``, ``pred_sem_seg`` (1, H, W) and, for Dark Zurich,
                ``seg_logits`` (C, H, W).
        """
        wants_confidence = any(folder.kind == CONFIDENCE for folder in self.server.folders)
        for sample in data_samples:
            image = str(sample["img_path"])
            stem = Path(image).stem
            if self._written.setdefault(stem, image) != image:
                raise ValueError(
                    f"'{image}' and '{self._written[stem]}' would both be '{stem}.png'"
                )
            prediction = sample["pred_sem_seg"]["data"][0]
            if prediction.max() >= len(NAMES):
                raise ValueError(
                    f"class {int(prediction.max())} was predicted for '{image}'; {self.server.title} has the 19 "
                    "classes of Cityscapes"
                )
            confidence = _confidence(sample) if wants_confidence else None
            train_ids = prediction.byte().cpu().numpy()
            write_prediction(
                self.output_dir, self.server, stem, train_ids, confidence, self.invalid_below
            )
            self.results.append(stem)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Say where the predictions are."""
        print_log(
            f"{len(set(results))} predictions for {self.server.title} are in '{self.output_dir}'; pack and check them: "
            f"sympie-seg submission write {self.server.name} {self.output_dir} OUT.zip --data DATA",
            logger="current",
        )
        return {}


def _confidence(sample: dict) -> Any:
    """The largest probability at every pixel, (H, W) in 0..1."""
    if "seg_logits" not in sample:
        raise ValueError(
            "the samples hold no seg_logits, from which confidence/ is made; run without --tta"
        )
    logits = sample["seg_logits"]["data"].float()
    return torch.softmax(logits, 0).amax(0).cpu().numpy()
