"""Configs with the plug-in, made of mmseg's, mmpretrain's and odd ones."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

import sympie_seg
from sympie_seg.plugging import plug_source
from sympie_seg.plugging.sources import find_config

PSPNET = "mmseg::pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024.py"
LEVIR = "mmseg::swin/swin-tiny-patch4-window7_upernet_1xb8-20k_levir-256x256.py"
MIXUP = "mmpretrain::resnet/resnet50_8xb32-mixup_in1k.py"
LOAD, PACK = dict(type="LoadImageFromFile"), dict(type="PackSegInputs")


def network_config(**changes: Any) -> dict:
    """As much of a model as is looked at."""
    preprocessor = dict(type="SegDataPreProcessor", mean=[1.0] * 3, std=[1.0] * 3, bgr_to_rgb=True)
    return dict(type="EncoderDecoder", data_preprocessor=preprocessor) | changes


def small_config(**changes: Any) -> Config:
    """A config with a small network and pipelines."""
    pipeline = [LOAD, dict(type="LoadAnnotations"), dict(type="PhotoMetricDistortion"), PACK]
    loader = dict(batch_size=2, dataset=dict(type="BaseSegDataset", pipeline=pipeline))
    config = dict(
        default_scope="mmseg",
        model=network_config(),
        train_dataloader=loader,
        val_dataloader=copy.deepcopy(loader),
        test_dataloader=copy.deepcopy(loader),
        val_evaluator=dict(type="IoUMetric"),
    )
    return Config(config | changes)


def classifier(cfg: Config) -> dict:
    """The model as a runner makes it; a ViT of the same kind that builds faster."""
    model = cfg.model.to_dict() | dict(data_preprocessor=cfg.data_preprocessor.to_dict())
    if model["backbone"]["type"] == "VisionTransformer":
        model["backbone"]["arch"], model["head"]["in_channels"] = "deit-tiny", 192
    return model


class TestInFrontOfANetwork:
    def test_the_enhancer_for_cityscapes_networks_is_suggested(self) -> None:
        stock = Config.fromfile(find_config(PSPNET).path)
        (note,) = plug_source(stock, "general")[1]
        assert "'cityscapes' was trained for such networks" in note
        assert plug_source(stock, "cityscapes")[1] == []
        assert plug_source(Config.fromfile(find_config(LEVIR).path), "general")[1] == []

    def test_only_the_preprocessor_and_the_import_change(self, enhancer_file: Path) -> None:
        stock = Config.fromfile(find_config(PSPNET).path).to_dict()
        new = sympie_seg.plug(PSPNET, enhancer_file).to_dict()
        assert new.pop("custom_imports") == dict(imports=["sympie_seg"], allow_failed_imports=False)
        preprocessor = new["model"]["data_preprocessor"]
        assert preprocessor.pop("enhancer") == str(enhancer_file)
        assert preprocessor["type"] == "SyMPIESegDataPreProcessor"
        preprocessor["type"] = "SegDataPreProcessor"
        assert new == stock

    def test_original_is_not_touched(self, enhancer_file: Path) -> None:
        cfg = small_config()
        before = copy.deepcopy(cfg.to_dict())
        sympie_seg.plug(cfg, enhancer_file, train=True)
        assert cfg.to_dict() == before

    @pytest.mark.parametrize(
        "options",
        [
            dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True),
            dict(mean=[104.0, 116.7, 122.7], std=[1.0, 1.0, 1.0]),
            dict(mean=[127.5] * 3, std=[127.5] * 3, rgb_to_bgr=True),
            dict(),
        ],
        ids=["rgb", "bgr", "from rgb", "raw"],
    )
    def test_network_gets_what_it_got(
        self, options: dict, identity_file: Path, mmseg_scope: None, batch: Any
    ) -> None:
        preprocessor = dict(type="SegDataPreProcessor", **options)
        cfg = small_config(model=network_config(data_preprocessor=preprocessor))
        new = sympie_seg.plug(cfg, identity_file)
        data = batch(2)
        stock, plugged = (
            MODELS.build(ConfigDict(c.model.data_preprocessor)).eval()(copy.deepcopy(data), False)
            for c in (cfg, new)
        )
        torch.testing.assert_close(plugged["inputs"], stock["inputs"], rtol=0, atol=2e-4)

    def test_wrapped_for_test_time_augmentation(self, enhancer_file: Path) -> None:
        cfg = small_config(model=dict(type="SegTTAModel", module=network_config()))
        new = sympie_seg.plug(cfg, enhancer_file)
        assert new.model.module.data_preprocessor.type == "SyMPIESegDataPreProcessor"
        with pytest.raises(ValueError, match="test-time augmentation"):
            sympie_seg.plug(cfg, enhancer_file, train=True)

    def test_short_names_and_configs_of_enhancers(self) -> None:
        for enhancer in ("clahe", dict(type="ClaheEnhancer")):
            new = sympie_seg.plug(small_config(), enhancer)
            assert new.model.data_preprocessor.enhancer == dict(type="ClaheEnhancer")

    def test_imports_come_after_ours(self, enhancer_file: Path) -> None:
        """mmpretrain needs the repairs that come with sympie_seg."""
        imports = dict(imports="mmpretrain.models", allow_failed_imports=True)
        new = sympie_seg.plug(small_config(custom_imports=imports), enhancer_file)
        assert new.custom_imports.imports == ["sympie_seg", "mmpretrain.models"]
        assert new.custom_imports.allow_failed_imports


class TestSeveralImages:
    """A network that compares two dates reads six channels."""

    def test_channel_order_of_the_loader(self, enhancer_file: Path) -> None:
        new = sympie_seg.plug(LEVIR, enhancer_file)
        assert new.model.data_preprocessor.input_order == "rgb", "GDAL loads RGB"
        with pytest.raises(ValueError, match="several images"):
            sympie_seg.plug(LEVIR, enhancer_file, train=True)

    def test_each_is_enhanced_alone(self, enhancer_file: Path, mmseg_scope: None) -> None:
        cfg = sympie_seg.plug(LEVIR, enhancer_file).model.data_preprocessor
        both = MODELS.build(cfg).eval()
        cfg.update(mean=cfg.mean[:3], std=cfg.std[:3], bgr_to_rgb=False)
        single = MODELS.build(cfg).eval()
        raw = torch.randint(0, 256, (2, 6, 64, 96), dtype=torch.uint8)
        with torch.no_grad():
            joined = both(dict(inputs=list(raw)))["inputs"]
            parts = [single(dict(inputs=list(raw[:, i : i + 3])))["inputs"] for i in (0, 3)]
        torch.testing.assert_close(joined, torch.cat(parts, 1), rtol=0, atol=1e-4)
        plain = (raw.float() - both.mean) / both.std
        assert (joined - plain).abs().max() > 0.1, "the enhancer does something"


class TestChannelOrderOfLoading:
    @pytest.mark.parametrize(
        ("steps", "order"),
        [
            ([LOAD], None),
            ([dict(LOAD, imdecode_backend="tifffile")], "rgb"),
            ([dict(type="LoadSingleRSImageFromFile")], "rgb"),
            ([LOAD, dict(type="NumpyToPIL", to_rgb=True), dict(type="PILToNumpy")], "rgb"),
            ([LOAD, dict(type="NumpyToPIL"), dict(type="PILToNumpy", to_bgr=True)], None),
        ],
    )
    def test_order(self, steps: list, order: str | None, enhancer_file: Path) -> None:
        pipeline = dict(dataset=dict(pipeline=[*steps, PACK]))
        cfg = Config(dict(model=network_config(), test_dataloader=pipeline))
        new = sympie_seg.plug(cfg, enhancer_file)
        assert new.model.data_preprocessor.get("input_order") == order


class TestErrors:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            (dict(model=None), "no model.type"),
            (dict(model=dict(type="EncoderDecoder")), "has no data preprocessor"),
            (dict(model=dict(type="FasterRCNN", data_preprocessor=dict(type="DetDataPreprocessor"))),
             "of type 'DetDataPreprocessor'; an enhancer goes into SegDataPreProcessor"),
            (dict(model=dict(type="X", data_preprocessor=dict(type="SyMPIESegDataPreProcessor"))),
             "already; to change the enhancer: --cfg-options model.data_preprocessor.enhancer=FILE"),
            (dict(test_dataloader=dict(dataset=dict(pipeline=[LOAD, dict(type="Normalize")]))),
             "normalises images itself"),
            (dict(test_dataloader=dict(dataset=dict(pipeline=[dict(LOAD, color_type="grayscale")]))),
             "color_type='grayscale'"),
        ],
    )  # fmt: skip
    def test_config(self, changes: dict, words: str, enhancer_file: Path) -> None:
        with pytest.raises(ValueError, match=words):
            sympie_seg.plug(small_config(**changes), enhancer_file)

    def test_enhancer(self, tmp_path: Path, frozen_file: Path) -> None:
        with pytest.raises(FileNotFoundError, match="no enhancer file at"):
            sympie_seg.plug(small_config(), tmp_path / "none.pth")
        with pytest.raises(ValueError, match="training checkpoint"):
            sympie_seg.plug(small_config(), frozen_file)
        with pytest.raises(ValueError, match="name an enhancer file"):
            sympie_seg.plug(small_config())

    def test_file(self, tmp_path: Path, enhancer_file: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"no config 'nowhere\.py'"):
            sympie_seg.plug("nowhere.py", enhancer_file)
        with pytest.raises(FileNotFoundError, match=r"no config 'mmseg::pspnet/nothing\.py'"):
            sympie_seg.plug("mmseg::pspnet/nothing", enhancer_file)
        (tmp_path / "broken.py").write_text("model = dict(")
        with pytest.raises(ValueError, match="is no config of mmengine"):
            sympie_seg.plug(tmp_path / "broken.py", enhancer_file)


class TestTraining:
    def test_what_is_frozen_and_trained(self) -> None:
        new, notes = plug_source(small_config(sync_bn="torch"), train=True, checkpoint="net.pth")
        assert new.runner_type == "FrozenNetworkRunner" and new.frozen_checkpoint == "net.pth"
        assert new.model.data_preprocessor.two_step == dict(keep=0.9, weight=0.5)
        assert new.model.data_preprocessor.enhancer == dict(type="SyMPIE", init="identity")
        assert new.optim_wrapper.constructor == "EnhancerOptimWrapperConstructor"
        assert new.train_cfg == dict(type="IterBasedTrainLoop", max_iters=20000, val_interval=2000)
        assert new.train_dataloader.batch_size == 8 and new.sync_bn is None
        assert new.custom_hooks[0].save_best == "mIoU"
        assert notes == [
            "the corruptions stand in for PhotoMetricDistortion of the training pipeline"
        ]

    def test_corruptions_stand_where_they_belong(self) -> None:
        edges = dict(type="GenerateEdge", edge_width=4)
        steps = [LOAD, dict(type="LoadAnnotations"), dict(type="RandomCrop", crop_size=(8, 8))]
        steps += [dict(type="PhotoMetricDistortion"), dict(type="Pad", size=(9, 9)), edges, PACK]
        loader = dict(
            batch_size=16, dataset=dict(type="RepeatDataset", dataset=dict(pipeline=steps))
        )
        new = sympie_seg.plug(small_config(train_dataloader=loader), train=True)
        pipeline = new.train_dataloader.dataset.dataset.pipeline
        assert [step.type for step in pipeline] == [
            "LoadImageFromFile", "LoadAnnotations", "RandomCrop", "RandomCorruption", "Pad",
            "GenerateEdge", "PackSegInputs",
        ]  # fmt: skip
        assert {"corruption", "severity", "clean_img", "img_path"} <= set(pipeline[-1].meta_keys)
        assert pipeline[3] == dict(type="RandomCorruption", keep_clean=True)
        assert new.train_dataloader.batch_size == 16
        checked = [step.get("seed") for step in new.val_dataloader.dataset.pipeline]
        assert 0 in checked, "validation meets the same corruptions each time"
        tested = [step.type for step in new.test_dataloader.dataset.pipeline]
        assert "RandomCorruption" not in tested

    def test_a_file_is_the_start_and_no_more(self, enhancer_file: Path, mmseg_scope: None) -> None:
        """A checkpoint of the training must not be outweighed by the file that it began with."""
        new = sympie_seg.plug(small_config(), enhancer_file, train=True)
        preprocessor = MODELS.build(new.model.data_preprocessor)
        bias = preprocessor.enhancer.nem.out.bias
        stored = torch.load(enhancer_file, weights_only=True)["state_dict"]["nem.out.bias"]
        assert torch.equal(bias, stored) and not preprocessor.names_enhancer_file

    def test_length(self) -> None:
        new = sympie_seg.plug(small_config(), train=True, iterations=50)
        assert new.train_cfg.max_iters == new.train_cfg.val_interval == 50
        assert new.param_scheduler[0].T_max == new.param_scheduler[0].end == 50
        assert new.default_hooks.checkpoint.interval == 50

    def test_published_weights(self) -> None:
        new = sympie_seg.plug(PSPNET, train=True)
        assert new.frozen_checkpoint.endswith(
            "pspnet_r50-d8_512x1024_40k_cityscapes_20200605_003338-2966598c.pth"
        )

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            (dict(train_dataloader=None), "nothing to train on"),
            (dict(val_evaluator=dict(type="DepthMetric")), r"give save_best \(--save-best\)"),
            (dict(train_dataloader=dict(dataset=dict(pipeline=[dict(LOAD, to_float32=True), PACK]))),
             "before they can be corrupted"),
        ],
    )  # fmt: skip
    def test_errors(self, changes: dict, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            sympie_seg.plug(small_config(**changes), train=True)


class TestClassification:
    """Configs of mmpretrain state the data preprocessor at the top level."""

    @pytest.mark.parametrize(
        ("name", "size"),
        [
            (MIXUP, 64),
            ("mmpretrain::mobilenet_v3/mobilenet-v3-small_8xb128_in1k.py", 64),
            ("mmpretrain::swin_transformer/swin-tiny_16xb64_in1k.py", 224),
            ("mmpretrain::vision_transformer/vit-base-p16_64xb64_in1k-384px.py", 384),
        ],
    )
    def test_scores_are_those_of_the_stock_model(
        self, name: str, size: int, identity_file: Path
    ) -> None:
        pytest.importorskip("mmpretrain")
        from mmpretrain.registry import MODELS as CLASSIFIERS
        from mmpretrain.structures import DataSample

        image = torch.randint(0, 256, (3, size, size), dtype=torch.uint8)
        scores, state = [], None
        for cfg in (Config.fromfile(find_config(name).path), sympie_seg.plug(name, identity_file)):
            with DefaultScope.overwrite_default_scope("mmpretrain"), torch.no_grad():
                network = CLASSIFIERS.build(ConfigDict(classifier(cfg))).eval()
                state = network.state_dict() if state is None else state
                network.load_state_dict(state, strict=False)
                data = dict(inputs=[image], data_samples=[DataSample()])
                scores.append(network.test_step(data)[0].pred_score)
        assert type(network.data_preprocessor).__name__ == "SyMPIEClsDataPreprocessor"
        torch.testing.assert_close(scores[1], scores[0], rtol=1e-3, atol=1e-6)

    def test_training_mixes_no_images(self) -> None:
        pytest.importorskip("mmpretrain")
        new = sympie_seg.plug(MIXUP, train=True)
        assert not new.model.train_cfg and new.data_preprocessor.to_onehot
        assert new.custom_hooks[0].save_best == "accuracy/top1"
        assert new.train_cfg.type == "IterBasedTrainLoop" and not new.log_processor.by_epoch
        assert new.train_dataloader.sampler == dict(type="InfiniteSampler", shuffle=True)
        steps = [step.type for step in new.train_dataloader.dataset.pipeline]
        assert steps[-2:] == ["RandomCorruption", "PackInputs"]
        assert "sample_idx" in new.train_dataloader.dataset.pipeline[-1].meta_keys
