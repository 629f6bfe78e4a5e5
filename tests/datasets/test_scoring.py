"""The two sizes at which predictions can be scored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS, TRANSFORMS

import sympie_seg  # noqa: F401  registers the transform
from sympie_seg.datasets.transforms import ScoreAtThisSize

HEIGHT, WIDTH = 54, 96  # 1080 x 1920 in small
SIZE = (36, 64)  # after a resize to longer side 64
RESIZE = dict(type="Resize", scale=(64, 64), keep_ratio=True, interpolation="area")
LOAD, LABELS = dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")
SCORE, PACK = dict(type="ScoreAtThisSize"), dict(type="PackSegInputs")


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


@pytest.fixture
def entry(tmp_path: Path) -> dict[str, Any]:
    """An image and labels of alternating columns 3 and 250, where mixing would give new values."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    labels = np.where(np.arange(WIDTH) % 2, 250, 3).astype(np.uint8)[None].repeat(HEIGHT, 0)
    assert cv2.imwrite(str(tmp_path / "image.png"), image)
    assert cv2.imwrite(str(tmp_path / "labels.png"), labels)
    return dict(
        img_path=str(tmp_path / "image.png"),
        seg_map_path=str(tmp_path / "labels.png"),
        reduce_zero_label=False,
        seg_fields=[],
    )


def test_papers_mode_resizes_image_by_area_and_labels_to_nearest(entry: dict[str, Any]) -> None:
    image, labels = cv2.imread(entry["img_path"]), cv2.imread(entry["seg_map_path"], -1)
    results = Compose([LOAD, LABELS, RESIZE, SCORE])(entry)
    assert results["ori_shape"] == results["img_shape"] == results["img"].shape[:2] == SIZE
    assert np.array_equal(results["img"], cv2.resize(image, SIZE[::-1], None, 0, 0, cv2.INTER_AREA))
    assert set(np.unique(results["gt_seg_map"])) == {3, 250}
    rows = np.arange(SIZE[0]) * HEIGHT // SIZE[0]
    columns = np.arange(SIZE[1]) * WIDTH // SIZE[1]
    assert np.array_equal(results["gt_seg_map"], labels[rows][:, columns])


def test_mmsegs_mode_stays_as_it_is(entry: dict[str, Any]) -> None:
    results = Compose([LOAD, RESIZE, LABELS])(entry)
    assert results["ori_shape"] == results["gt_seg_map"].shape == (HEIGHT, WIDTH)
    assert results["img_shape"] == SIZE


@pytest.mark.parametrize(
    ("pipeline", "size"),
    [([LOAD, LABELS, RESIZE, SCORE, PACK], SIZE), ([LOAD, RESIZE, LABELS, PACK], (HEIGHT, WIDTH))],
    ids=["paper", "mmseg"],
)
def test_predictions_have_the_size_of_the_labels(
    entry: dict[str, Any], pipeline: list[dict], size: tuple[int, int]
) -> None:
    """The whole way through mmseg's post-processing."""
    packed = Compose(pipeline)(entry)
    head = dict(type="DeepLabV2Head", in_channels=64, in_index=3, num_classes=3, align_corners=True)
    backbone = dict(type="DeepLabV2ResNet", depth=18, base_channels=8)
    config = dict(
        type="EncoderDecoder",
        data_preprocessor=dict(type="SegDataPreProcessor"),
        backbone=backbone,
        decode_head=head,
        test_cfg=dict(mode="whole"),
    )
    model = MODELS.build(ConfigDict(config)).eval()
    batch = dict(inputs=[packed["inputs"]], data_samples=[packed["data_samples"]])
    with torch.no_grad():
        result = model.test_step(batch)[0]
    assert result.pred_sem_seg.data.shape == result.gt_sem_seg.data.shape == (1, *size)


def test_labels_of_another_size_are_an_error(entry: dict[str, Any]) -> None:
    with pytest.raises(
        ValueError, match=r"size \(36, 64\).*got \(54, 96\) for '.*image.png'.*before"
    ):
        Compose([LOAD, RESIZE, LABELS, SCORE])(entry)


def test_images_without_labels_pass(entry: dict[str, Any]) -> None:
    assert Compose([LOAD, RESIZE, SCORE])(entry)["ori_shape"] == SIZE


def test_is_registered() -> None:
    transform = TRANSFORMS.build(SCORE)
    assert isinstance(transform, ScoreAtThisSize)
    assert repr(transform) == "ScoreAtThisSize()"
