"""Every Nth image of a test set, whatever it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS

import sympie_seg  # noqa: F401  (registration)
from sympie_seg.datasets.severity_grid import SeverityGridDataset
from sympie_seg.datasets.thinning import keep_every


@pytest.fixture
def part(tmp_path: Path, mmseg_scope: None) -> dict[str, Any]:
    """Five images of a folder."""
    for number in range(5):
        path = tmp_path / f"street{number}.png"
        cv2.imwrite(str(path), np.full((8, 9, 3), number, np.uint8))
    steps = [dict(type="LoadImageFromFile")]
    return dict(type="UnlabelledImages", data_root=str(tmp_path), pipeline=steps)


def numbers(dataset: Any) -> list[str]:
    paths = [dataset.get_data_info(index)["img_path"] for index in range(len(dataset))]
    return [Path(path).stem for path in paths]


KEPT = ["street0", "street2", "street4"]


def test_one_set(part: dict[str, Any]) -> None:
    keep_every(part, 1)
    assert "indices" not in part
    keep_every(part, 2)
    assert numbers(DATASETS.build(part)) == KEPT


@pytest.mark.parametrize("kind", ["SeverityGridDataset", SeverityGridDataset])
def test_sets_in_sets(part: dict[str, Any], kind: Any) -> None:
    """A grid counts in each of its cells; only the grid knows its cells."""
    corrupted = {**part, "pipeline": [*part["pipeline"], dict(type="Corrupt")]}
    grid = dict(type=kind, dataset=corrupted, corruptions="fog", severities=[1, 5])
    whole = dict(type="ConcatDataset", datasets=[{**part}, grid])
    keep_every(whole, 2)
    single, cells = DATASETS.build(whole).datasets
    assert [numbers(own) for own in (single, *cells.datasets)] == [KEPT] * 3
