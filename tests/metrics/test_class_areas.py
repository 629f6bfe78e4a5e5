"""Scores from areas, against mmseg's own formula; bad maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmseg.evaluation import IoUMetric

from sympie_seg.metrics.class_areas import area_scores, class_areas

CLASSES = 6


def some_areas(*shape: int) -> np.ndarray:
    draw = np.random.default_rng(0)
    both = draw.integers(0, 50, (*shape, CLASSES)).astype(float)
    predicted = both + draw.integers(0, 50, both.shape)
    label = both + draw.integers(0, 50, both.shape)
    for kind in (both, predicted, label):
        kind[..., 2] = 0  # nowhere
    both[..., 4] = predicted[..., 4] = 0  # never predicted
    label[..., 5] = both[..., 5] = 0  # never labelled
    return np.stack([both, predicted + label - both, predicted, label], axis=-2)


def test_equal_to_mmseg_for_many_sums_at_once() -> None:
    areas = some_areas(3, 4)
    scores = area_scores(areas)
    for index in np.ndindex(3, 4):
        kinds = [torch.from_numpy(kind) for kind in areas[index]]
        expected = IoUMetric.total_area_to_metrics(*kinds)
        assert scores["aAcc"][index] == pytest.approx(100 * expected["aAcc"])
        assert scores["mIoU"][index] == pytest.approx(100 * np.nanmean(expected["IoU"]))
        assert scores["mAcc"][index] == pytest.approx(100 * np.nanmean(expected["Acc"]))
        np.testing.assert_allclose(scores["IoU"][index], 100 * expected["IoU"])


def test_nothing_labelled_has_no_score() -> None:
    scores = area_scores(np.zeros((4, CLASSES)))
    assert all(np.isnan(value).all() for value in scores.values())


def sample(labels: torch.Tensor) -> dict:
    return dict(gt_sem_seg=dict(data=labels[None]), img_path="a.png", seg_map_path="a_label.png")


def test_ignored_pixels_count_nowhere() -> None:
    labels = torch.tensor([[0, 1, 255], [255, 1, 1]])
    prediction = torch.tensor([[0, 0, 5], [1, 1, 1]])
    both, union, predicted, label = class_areas(sample(labels), prediction, CLASSES, 255)
    assert both.tolist()[:2] == [1, 2] and predicted.tolist()[:2] == [2, 2]
    assert label.tolist()[:2] == [1, 3] and union.tolist()[:2] == [2, 3]
    assert both.dtype == torch.float64 and predicted[5] == 0


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (torch.zeros(2, 3, dtype=torch.long), r"prediction \(2, 2\) and labels \(2, 3\) differ"),
        (torch.full((2, 2), 26), r"0..5 or 255 \(ignored\), found 26 in 'a_label.png'"),
        (torch.full((2, 2), -1), "found -1 in 'a_label.png' .image 'a.png'."),
    ],
)
def test_bad_labels_are_named(labels: torch.Tensor, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        class_areas(sample(labels), torch.zeros(2, 2, dtype=torch.long), CLASSES, 255)
