"""A tiny comparison, made in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import META_KEYS, ConditionMixin

META = dict(classes=list("abcde"), palette=[[i * 50] * 3 for i in range(5)])


@DATASETS.register_module(force=True)
class ToyConditionDataset(ConditionMixin, BaseSegDataset):
    """The toy images under a condition."""

    METAINFO = META


def part(root: Path, condition: str, size: tuple[int, int] = (64, 48), **more: Any) -> dict:
    """Config of the toy images at a size (width, height), all of them under one condition."""
    resize = dict(type="Resize", scale=size, keep_ratio=False)
    pack = dict(type="PackSegInputs", meta_keys=META_KEYS)
    steps = [dict(type="LoadImageFromFile"), resize, dict(type="LoadAnnotations"), pack]
    options = dict(
        type="ToyConditionDataset", condition=condition, data_root=str(root), img_suffix=".png",
        data_prefix=dict(img_path="img", seg_map_path="ann"), seg_map_suffix=".png", pipeline=steps,
    )  # fmt: skip
    return {**options, **more}


@pytest.fixture
def toy_part() -> Callable[..., dict]:
    """Hand out :func:`part`."""
    return part


@pytest.fixture
def comparison_config(
    runner_config: Callable[..., Config], toy_data: Path
) -> Callable[..., Config]:
    """Make the config of a comparison: 'clean' and 'small', six images each, at two sizes."""

    def make(parts: list[dict] | None = None, **changes: Any) -> Config:
        config = runner_config("compare")
        parts = parts or [part(toy_data, "clean"), part(toy_data, "small", (48, 32))]
        config.test_dataloader.dataset = dict(type="ConcatDataset", datasets=parts)
        config.test_dataloader.batch_size = 4
        config.test_evaluator = dict(type="ConditionIoUMetric", exclude_from_mean=["clean"])
        config.merge_from_dict(changes)
        return config

    return make
