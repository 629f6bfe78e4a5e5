"""Validation without labels: does the network say the same of the enhanced image as of the clean one?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmengine.model import BaseModel
from mmengine.registry import METRICS
from numpy.typing import NDArray
from prettytable import PrettyTable
from torch import Tensor

from sympie_seg.corruptions.geometry import move_labels
from sympie_seg.corruptions.registry import MOVES_PIXELS
from sympie_seg.models.enhancers.no_enhancer import without_enhancer
from sympie_seg.models.frozen.freezing import network_of
from sympie_seg.models.frozen_networks import FrozenNetworks

__all__ = ["CleanAgreement"]

_ALL = "all"
_KEYS = ("mIoU", "share", "scores")
_MEANS = {"mean": "", "mean_without": " without enhancer"}
_DIGITS = 4  # of percentages: two enhancers of one training may differ by little


@dataclass(frozen=True, eq=False)
class _Prediction:
    """The classes of the pixels (H, W) or of the image (1,), and in classification the scores (K,)."""

    labels: NDArray[np.integer]
    scores: NDArray[np.float32] | None = None

    @property
    def size(self) -> int:
        return self.labels.nbytes + (0 if self.scores is None else self.scores.nbytes)


@dataclass(frozen=True, eq=False)
class _Counts:
    """What two predictions of one image have in common.

    Attributes:
        areas: (3, K) by class: where both say it, where the tested one does, where the clean one does.
        overlap: of the scores, 0..1; None in segmentation.
    """

    areas: NDArray[np.int64]
    overlap: float | None


@METRICS.register_module()
class CleanAgreement(BaseMetric):
    """Agreement of the prediction on the enhanced corrupted image with the frozen network's on the clean image.

    It takes the place of a score against labels where there are none. Samples bring the clean image as ``clean_img``
    (BGR uint8 (H, W, 3), as large as the input: ``RandomCorruption(keep_clean=True)`` or ``KeepClean``), and, where a
    corruption moved pixels, ``clean_map`` (float32 (H, W, 2): column and row that each pixel comes from), by which the
    clean prediction is moved, too; what comes from outside the image does not count. The corruptions must be fixed
    (``RandomCorruption(seed=0)``, or a grid), so that validations can be compared.

    The metrics, in percent, higher is better; each also with ``_without`` for the network without enhancer on the
    same corrupted images, which is what an enhancer has to beat:

    - ``agreement/mIoU``: IoU with the clean prediction, mean over the classes that the clean predictions have.
    - ``agreement/share``: pixels (images in classification) with the same class.
    - ``agreement/scores``: in classification, how much of the two score vectors overlaps (1 minus half the sum of
      absolute differences), mean over images. It moves where the best class does not, so it is the one to choose by.

    For several networks (:class:`~sympie_seg.models.frozen_networks.FrozenNetworks`) the same for each network, as
    ``agreement/<name>/mIoU`` and so on, since they have classes of their own; and ``agreement/mean``, the mean over the
    networks of ``scores`` (classification) or ``mIoU`` (segmentation), to choose ``enhancer_best.pth`` by.

    Where samples have a ``condition``, the same as ``agreement/<condition>/mIoU`` and so on. ::

        val_evaluator = dict(type='CleanAgreement')
        custom_hooks = [dict(type='EnhancerFileHook', save_best='agreement/mIoU')]

    Predictions on clean images, and those without enhancer, are made once per image and kept, as the network is frozen.

    Args:
        baseline (bool): whether to measure the network without enhancer, too. Defaults to True.
        cache_megabytes (float): how much memory the kept predictions may take; others are made again. Defaults to 512.
        **kwargs: ``collect_device`` and ``prefix`` of mmengine's BaseMetric.

    Raises:
        ValueError: while processing, if the runner gave no model, a sample has no ``clean_img`` or one of another size,
            pixels were moved without ``clean_map``, or the model predicts neither label maps nor scores.
    """

    default_prefix = "agreement"

    def __init__(self, baseline: bool = True, cache_megabytes: float = 512, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.baseline, self.cache_bytes = baseline, cache_megabytes * 2**20
        self.model: BaseModel = None  # until the runner gives it
        self._cache: dict[bytes, _Prediction] = {}
        self._cached_bytes = 0
        self._state: Any = None

    def set_model(self, model: BaseModel) -> None:
        """Take the model whose predictions are judged; our runners call this.

        Args:
            model: a segmentor or classifier with an enhancing data preprocessor, not wrapped.
        """
        self.model = model

    @torch.no_grad()
    def process(self, data_batch: Mapping[str, Any], data_samples: Sequence[dict]) -> None:
        """Compare the predictions of a batch.

        Args:
            data_batch (Mapping): 'inputs' and 'data_samples' as the loader gave them.
            data_samples (Sequence[dict]): samples with the predictions on the enhanced images.
        """
        self._check_model()
        self._forget_if_changed()
        batch = zip(data_batch["inputs"], data_batch["data_samples"], data_samples, strict=True)
        for image, raw_sample, sample in batch:
            prediction = _prediction_of(sample)
            clean = self._alone(_clean_image(sample, image), raw_sample)
            labels, counted = _moved(clean.labels, sample)
            reference = _Prediction(labels, clean.scores)
            counts = [_compare(prediction, reference, counted)]
            if self.baseline:
                counts.append(_compare(self._alone(image, raw_sample), reference, counted))
            self.results.append((self._network_name(sample), sample.get("condition"), counts))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Turn the counts of all images into the metrics, and print a table.

        Args:
            results (list): what ``process`` kept, of all ranks.

        Returns:
            dict[str, float]: percentages.
        """
        if not results:
            raise ValueError("no image was compared: the validation set is empty")
        groups: dict[str, list] = {}
        for network, condition, counts in results:
            groups.setdefault(network or _ALL, []).append(counts)
            if condition is not None:
                name = condition if network is None else f"{network}/{condition}"
                groups.setdefault(name, []).append(counts)
        metrics: dict[str, float] = {}
        for name, images in groups.items():
            prefix = "" if name == _ALL else f"{name}/"
            for column, suffix in enumerate(("", "_without") if self.baseline else ("",)):
                scores = _scores([counts[column] for counts in images])
                metrics.update({f"{prefix}{key}{suffix}": v for key, v in scores.items()})
        networks = list(dict.fromkeys(network for network, _, _ in results if network is not None))
        if networks:
            metrics.update(self._means(networks, metrics))
        self._print(groups, metrics)
        return metrics

    def _means(self, networks: Sequence[str], metrics: Mapping[str, float]) -> dict[str, float]:
        """The means over the networks, each with the number that is chosen by for its task."""
        means = {}
        for suffix in ("", "_without") if self.baseline else ("",):
            own = [
                metrics.get(f"{name}/scores{suffix}", metrics[f"{name}/mIoU{suffix}"])
                for name in networks
            ]
            means[f"mean{suffix}"] = round(float(np.mean(own)), _DIGITS)
        return means

    def _network_name(self, sample: Mapping[str, Any]) -> str | None:
        """Name the network that a sample is for; None where there is one network only."""
        if not isinstance(self.model, FrozenNetworks):
            return None
        result: str | None = self.model.names[sample["network"]]
        return result

    def _print(self, groups: Mapping[str, list], metrics: Mapping[str, float]) -> None:
        endings = [f"{key}{suffix}" for suffix in ("", "_without") for key in _KEYS]
        keys = [key for key in endings if any(m.rpartition("/")[2] == key for m in metrics)]
        table = PrettyTable(["images of", *keys, "count"], align="r")
        table.align["images of"] = "l"
        for name, images in groups.items():
            prefix = "" if name == _ALL else f"{name}/"
            values = [metrics.get(f"{prefix}{key}") for key in keys]
            cells = ["" if value is None else f"{value:.2f}" for value in values]
            table.add_row([name, *cells, len(images)])
        means = [f"{metrics[key]:.2f}{text}" for key, text in _MEANS.items() if key in metrics]
        print_log(
            f"agreement with the network's own prediction on the clean image, in percent\n{table}"
            + (f"\nmean over the networks: {', '.join(means)}" if means else ""),
            logger="current",
        )

    def _alone(self, image: Tensor, sample: Any) -> _Prediction:
        """Predict an image (3, H, W) without enhancer, once per image."""
        key = _key(image, sample)
        if key in self._cache:
            return self._cache[key]
        batch = dict(inputs=[image], data_samples=[sample])
        with without_enhancer(self.model.data_preprocessor):
            prediction = _prediction_of(self.model.test_step(batch)[0].to_dict())
        if self._cached_bytes + prediction.size <= self.cache_bytes:
            self._cache[key] = prediction
            self._cached_bytes += prediction.size
        return prediction

    def _check_model(self) -> None:
        if self.model is None:
            raise ValueError(
                "CleanAgreement has no model to ask about the clean images: set runner_type='FrozenNetworkRunner' (or "
                "'ResumableRunner'), whose validation gives it the model"
            )
        if not hasattr(self.model.data_preprocessor, "enhancer"):
            raise ValueError(
                f"the data preprocessor {type(self.model.data_preprocessor).__name__} has no enhancer, so there is "
                "nothing to compare: sympie-seg plug puts one in front of the network"
            )

    def _forget_if_changed(self) -> None:
        """Forget the kept predictions if the network's weights are others now."""
        parts = network_of(self.model).values()
        tensors = chain.from_iterable(chain(p.parameters(), p.buffers()) for p in parts)
        state = [(id(tensor), tensor._version) for tensor in tensors]
        if state != self._state:
            self._cache.clear()
            self._cached_bytes, self._state = 0, state


def _key(image: Tensor, sample: Any) -> bytes:
    """Name an image by its pixels and by the size of its prediction."""
    pixels = np.ascontiguousarray(image.cpu().numpy())
    digest = hashlib.blake2b(pixels.data, digest_size=16)
    digest.update(repr((pixels.shape, sample.get("ori_shape"), sample.get("network"))).encode())
    return digest.digest()


def _prediction_of(sample: Mapping[str, Any]) -> _Prediction:
    if "pred_sem_seg" in sample:
        labels = sample["pred_sem_seg"]["data"].squeeze(0).cpu().numpy()
        return _Prediction(labels.astype(np.uint8 if labels.max(initial=0) < 256 else np.uint16))
    if "pred_score" in sample:
        scores = sample["pred_score"].float().cpu().numpy()
        return _Prediction(np.array([scores.argmax()], np.int32), scores)
    raise ValueError(
        f"the model's prediction for '{sample.get('img_path')}' has neither pred_sem_seg (segmentation) nor pred_score "
        "(classification)"
    )


def _clean_image(sample: Mapping[str, Any], image: Tensor) -> Tensor:
    """Give the clean image of a sample as (3, H, W)."""
    clean = sample.get("clean_img")
    if clean is None:
        raise ValueError(
            f"image '{sample.get('img_path')}' has no clean_img: set keep_clean=True in RandomCorruption (or put "
            "KeepClean before other corruptions) and pack with PackSyMPIESegInputs or PackSyMPIEInputs (or add "
            "'clean_img' to the meta_keys of PackSegInputs or PackInputs)"
        )
    clean = np.ascontiguousarray(np.asarray(clean).transpose(2, 0, 1))
    if clean.shape != tuple(image.shape):
        raise ValueError(
            f"the clean image of '{sample.get('img_path')}' is {clean.shape}, the corrupted one {tuple(image.shape)}: "
            "put what resizes, crops, flips or pads before the corruption"
        )
    return torch.from_numpy(clean)


def _moved(
    labels: NDArray[np.integer], sample: Mapping[str, Any]
) -> tuple[NDArray[np.integer], NDArray[np.bool_] | None]:
    """Move a clean label map as the corruption moved the pixels; also give which pixels count (None: all)."""
    if labels.ndim < 2:
        return labels, None  # one class for the image, wherever its pixels are
    moves = sample.get("clean_map")
    if moves is None:
        _check_nothing_moved(sample)
        return labels, None
    moves = np.asarray(moves, np.float32)
    if moves.shape != (*labels.shape, 2):
        raise ValueError(
            f"clean_map of '{sample.get('img_path')}' is {moves.shape}, the prediction {labels.shape}: validate at the "
            "size of the network's input (RandomScaleCrop or ScoreAtThisSize set it)"
        )
    map_x, map_y = (np.ascontiguousarray(moves[..., axis]) for axis in (0, 1))
    height, width = labels.shape
    inside = (map_x >= 0) & (map_x <= width - 1) & (map_y >= 0) & (map_y <= height - 1)
    return move_labels(labels, map_x, map_y), inside


def _check_nothing_moved(sample: Mapping[str, Any]) -> None:
    names = str(sample.get("corruption") or "").split("+")
    severities = sample.get("severity")
    severities = severities if isinstance(severities, (list, tuple)) else [severities] * len(names)
    moving = [n for n, s in zip(names, severities, strict=False) if n in MOVES_PIXELS and s]
    if moving:
        raise ValueError(
            f"{moving[0]} moved the pixels of '{sample.get('img_path')}', and the sample does not say where to: add "
            "'clean_map' to meta_keys (RandomCorruption writes it; PackSyMPIESegInputs packs it), or validate without "
            "this corruption (names=[...])"
        )


def _compare(
    prediction: _Prediction, reference: _Prediction, counted: NDArray[np.bool_] | None
) -> _Counts:
    if prediction.labels.shape != reference.labels.shape:
        raise ValueError(
            f"the two predictions of one image differ in size: {prediction.labels.shape} and {reference.labels.shape}"
        )
    mine, clean = prediction.labels.ravel(), reference.labels.ravel()
    if counted is not None:
        mine, clean = mine[counted.ravel()], clean[counted.ravel()]
    classes = 1 + max(int(mine.max(initial=0)), int(clean.max(initial=0)))
    areas = [
        np.bincount(labels, minlength=classes) for labels in (mine[mine == clean], mine, clean)
    ]
    overlap = None
    if prediction.scores is not None and reference.scores is not None:
        overlap = 1 - float(np.abs(prediction.scores - reference.scores).sum()) / 2
    return _Counts(np.stack(areas), overlap)


def _scores(images: Sequence[_Counts]) -> dict[str, float]:
    """Percentages over all images."""
    areas = np.zeros((3, max(counts.areas.shape[1] for counts in images)), np.int64)
    for counts in images:
        areas[:, : counts.areas.shape[1]] += counts.areas
    both, predicted, clean = areas
    occurs = clean > 0
    iou = both[occurs] / (predicted + clean - both)[occurs]
    scores = {
        "mIoU": float(iou.mean()) if occurs.any() else float("nan"),
        "share": float(both.sum() / max(clean.sum(), 1)),
    }
    overlaps = [counts.overlap for counts in images if counts.overlap is not None]
    if overlaps:
        scores["scores"] = float(np.mean(overlaps))
    return {key: round(100 * value, _DIGITS) for key, value in scores.items()}
