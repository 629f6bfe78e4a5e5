"""Classification pipelines find the same transforms."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope

import sympie_seg  # noqa: F401  (registers them)


@pytest.mark.parametrize(
    "config",
    [
        dict(type="Corrupt", name="elastic_transform", severity=3),
        dict(type="RandomCorruption", count=2),
        dict(type="MixedCorruption"),
    ],
    ids=lambda config: config["type"],
)
def test_in_a_pipeline(config: dict, tmp_path: Path) -> None:
    pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
    from mmengine.dataset import Compose
    from mmpretrain.registry import TRANSFORMS

    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        assert type(TRANSFORMS.build(dict(config))).__name__ == config["type"]
        meta = ("img_path", "corruption", "severity")
        pipeline = Compose(
            [dict(type="LoadImageFromFile"), config, dict(type="PackInputs", meta_keys=meta)]
        )
        packed = pipeline(dict(img_path=str(path), gt_label=3))
    assert packed["inputs"].shape == (3, 40, 50)
    assert packed["data_samples"].corruption and packed["data_samples"].gt_label.item() == 3
