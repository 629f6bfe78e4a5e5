"""A Cityscapes network in CamVid's classes."""

from __future__ import annotations

import pytest
import torch
from mmengine.config import ConfigDict
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from sympie_seg.datasets import CamVidDataset
from sympie_seg.datasets.class_mappings import class_indices

# sky building pole road pavement tree sign fence car pedestrian bicyclist, in Cityscapes' order of 19 classes.
WANTED = [3, 4, 1, 1, 7, 2, 6, 6, 5, 5, 0, 9, 10, 8, 8, 8, 8, 10, 10]


def network(**test_cfg: object) -> ConfigDict:
    return ConfigDict(
        type="ClassMappedEncoderDecoder",
        class_mapping="cityscapes_to_camvid",
        data_preprocessor=dict(type="SegDataPreProcessor"),
        backbone=dict(type="SINetEncoder"),
        decode_head=dict(type="SINetHead"),
        test_cfg=test_cfg or dict(mode="whole"),
    )


def test_every_class_has_its_place() -> None:
    assert class_indices("cityscapes_to_camvid") == WANTED
    assert set(WANTED) == set(range(len(CamVidDataset.METAINFO["classes"])))


@pytest.mark.parametrize(
    "test_cfg", [dict(mode="whole"), dict(mode="slide", crop_size=(128, 128), stride=(64, 64))]
)
def test_predicts_the_mapped_class_of_the_networks_own(mmseg_scope: None, test_cfg: dict) -> None:
    model = MODELS.build(network(**test_cfg)).eval()
    plain_config = network(**test_cfg)
    plain_config.type = "EncoderDecoder"
    del plain_config.class_mapping
    plain = MODELS.build(plain_config).eval()
    plain.load_state_dict(model.state_dict(), strict=True)
    image = torch.randn(1, 3, 128, 192)
    samples = [
        SegDataSample(
            metainfo=dict(ori_shape=(128, 192), img_shape=(128, 192), pad_shape=(128, 192))
        )
    ]
    with torch.no_grad():
        own = plain.predict(image, [samples[0].clone()])[0].pred_sem_seg.data
        mapped = model.predict(image, samples)[0]
    assert mapped.seg_logits.data.shape == (11, 128, 192)
    if test_cfg["mode"] == "whole":
        assert torch.equal(mapped.pred_sem_seg.data, torch.tensor(WANTED)[own])
    assert len(own.unique()) > 2


def test_unknown_mappings_and_other_heads_are_refused(mmseg_scope: None) -> None:
    config = network()
    config.class_mapping = "cityscapes_to_kitti"
    with pytest.raises(ValueError, match="there are: cityscapes_to_camvid"):
        MODELS.build(config)
    config = network()
    config.decode_head = dict(type="SINetHead", num_classes=18, in_channels=(18, 60, 168))
    with pytest.raises(ValueError, match=r"maps 19 classes, decode_head\.num_classes is 18"):
        MODELS.build(config)
