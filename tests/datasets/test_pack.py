"""The packing steps whose meta_keys need not be written out."""

from __future__ import annotations

import numpy as np
import pytest
from mmengine.registry import TRANSFORMS, DefaultScope
from mmseg.datasets.transforms import PackSegInputs

from sympie_seg.comparison.records import _digest
from sympie_seg.datasets import PackSyMPIESegInputs

# What the configs wrote out before.
SEG_KEYS = (
    "img_path", "seg_map_path", "ori_shape", "img_shape", "pad_shape", "scale_factor", "flip", "flip_direction",
    "reduce_zero_label", "condition", "corruption", "severity", "clean_img", "clean_map",
)  # fmt: skip
CLS_KEYS = (
    "img_path", "sample_idx", "ori_shape", "img_shape", "condition", "corruption", "severity", "clean_img", "clean_map",
)  # fmt: skip


@pytest.fixture
def results() -> dict:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    return dict(
        img=image, gt_seg_map=np.ones((2, 4), np.uint8), img_path="a.png", ori_shape=(2, 4), img_shape=(2, 4),
        condition="fog", corruption="fog", severity=3, clean_img=image + 1, clean_map=None, other=5,
    )  # fmt: skip


def test_segmentation_packs_the_keys_that_configs_wrote_out(results: dict) -> None:
    assert PackSyMPIESegInputs().meta_keys == SEG_KEYS
    ours, by_hand = PackSyMPIESegInputs()(results), PackSegInputs(SEG_KEYS)(results)
    assert ours["inputs"].equal(by_hand["inputs"])
    packed = ours["data_samples"]
    assert packed.metainfo.keys() == by_hand["data_samples"].metainfo.keys()
    assert packed.condition == "fog" and packed.severity == 3
    assert np.array_equal(packed.clean_img, results["clean_img"])
    assert packed.gt_sem_seg.data.equal(by_hand["data_samples"].gt_sem_seg.data)


def test_further_keys_are_added_once(results: dict) -> None:
    step = PackSyMPIESegInputs(meta_keys=["other", "condition"])
    assert step.meta_keys == (*SEG_KEYS, "other")
    assert step(results)["data_samples"].other == 5


def test_classification_packs_the_keys_that_configs_wrote_out(results: dict) -> None:
    mmpretrain = pytest.importorskip("mmpretrain.datasets", reason="pip install -e '.[cls]'")
    import sympie_seg.classification  # noqa: F401

    results["sample_idx"] = 7
    for scope in ("mmpretrain", "mmseg"):
        with DefaultScope.overwrite_default_scope(scope):
            step = TRANSFORMS.build(dict(type="PackSyMPIEInputs", meta_keys=("other",)))
        packed = step(results)["data_samples"]
        by_hand = mmpretrain.PackInputs(meta_keys=CLS_KEYS)(results)["data_samples"]
        assert set(by_hand.metainfo) | {"other"} == set(packed.metainfo)
        assert packed.sample_idx == 7 and np.array_equal(packed.clean_img, results["clean_img"])


def test_records_of_configs_that_wrote_the_keys_out_stay_usable() -> None:
    pairs = (
        ("PackSyMPIESegInputs", "PackSegInputs", SEG_KEYS),
        ("PackSyMPIEInputs", "PackInputs", CLS_KEYS),
    )
    for ours, stock, keys in pairs:
        assert keys[-1] == "clean_map"  # packed later than the configs that wrote the keys out
        before = _digest([dict(pipeline=[dict(type=stock, meta_keys=keys[:-1])])])
        assert _digest([dict(pipeline=[dict(type=ours)])]) == before
        assert _digest([dict(pipeline=[dict(type=ours, meta_keys=["other"])])]) != before
