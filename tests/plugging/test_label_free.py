"""Configs that train on a folder of pictures without labels."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.config import Config

import sympie_seg
from sympie_seg.cli.main import main
from sympie_seg.corruptions import DRIVING_MIX, MOVES_PIXELS
from sympie_seg.plugging import plug_source
from sympie_seg.plugging.label_free import CROP, UnlabelledFolder
from sympie_seg.plugging.sources import find_config, read_config
from sympie_seg.plugging.writing import write_config

ROOT = Path(__file__).resolve().parents[2]
PSPNET = "mmseg::pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024.py"
MIXUP = "mmpretrain::resnet/resnet50_8xb32-mixup_in1k.py"


def small_config(**changes: Any) -> Config:
    preprocessor = dict(
        type="SegDataPreProcessor", mean=[1.0] * 3, std=[1.0] * 3, bgr_to_rgb=True, size=(9, 9)
    )
    pipeline = [
        dict(type="LoadImageFromFile"),
        dict(type="LoadAnnotations"),
        dict(type="RandomCrop", crop_size=(32, 48)),
        dict(type="PackSegInputs"),
    ]
    loader = dict(
        batch_size=2, num_workers=0, dataset=dict(type="CityscapesDataset", pipeline=pipeline)
    )
    config = dict(
        default_scope="mmseg",
        model=dict(type="EncoderDecoder", data_preprocessor=preprocessor),
        train_dataloader=loader,
        val_dataloader=copy.deepcopy(loader),
        test_dataloader=copy.deepcopy(loader),
        val_evaluator=dict(type="IoUMetric"),
        test_evaluator=dict(type="IoUMetric"),
    )
    return Config(config | changes)


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[..., Path]:
    """Write ``<name>_<number>.png`` for names and counts."""

    def make(size: tuple[int, int] = (40, 60), **counts: int) -> Path:
        folder = tmp_path / "pictures"
        for name, count in counts.items():
            for index in range(count):
                path = folder / f"{name.replace('__', '/')}_{index:03}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), np.zeros((*size, 3), np.uint8))
        return folder

    return make


def plugged(folder: Path, config: Config | None = None, **options: Any) -> tuple[Config, list[str]]:
    images = UnlabelledFolder(folder, **options)
    return plug_source(config or small_config(), train=True, checkpoint="net.pth", images=images)


class TestConfig:
    def test_what_is_trained_and_how(self, pictures: Callable) -> None:
        folder = pictures(a__x=20, b__x=20)
        new, notes = plugged(folder)
        assert new.runner_type == "FrozenNetworkRunner" and new.frozen_checkpoint == "net.pth"
        preprocessor = new.model.data_preprocessor
        assert preprocessor.label_free == dict(temperature=1.0)
        assert preprocessor.two_step == dict(keep=0.9, weight=0.5)
        assert preprocessor.size == (32, 48), "crops are not padded"
        wrapper = new.optim_wrapper
        assert wrapper.optimizer == dict(type="Adam", lr=1e-4) and wrapper.clip_tensor_norm == 1.0
        assert (
            wrapper.paramwise_cfg == dict(custom_keys={"nem.out": dict(lr_mult=0.3)})
            and wrapper.precondition_output
        )
        warm_up, cosine = new.param_scheduler
        assert (warm_up.type, warm_up.begin, warm_up.end) == ("LinearLR", 0, 40)
        assert (cosine.begin, cosine.end, cosine.T_max, cosine.eta_min) == (40, 1000, 960, 0)
        assert new.train_cfg == dict(type="IterBasedTrainLoop", max_iters=1000, val_interval=200)
        assert new.custom_hooks[0].save_best == "agreement/mIoU"
        assert new.val_evaluator == dict(type="CleanAgreement")
        assert new.test_evaluator == dict(type="IoUMetric"), "testing stays the config's own"
        assert notes[0] == "40 pictures, of which 20 (50%, by folder) are held out for validation"

    def test_data(self, pictures: Callable) -> None:
        folder = pictures(a=5, b=5)
        new, _ = plugged(folder, exclude="b_004*")
        train, val = new.train_dataloader, new.val_dataloader
        for loader, part in ((train, "train"), (val, "val")):
            dataset = loader.dataset
            assert dataset.type == "UnlabelledImages" and dataset.data_root == str(folder)
            assert dataset.split == dict(part=part, holdout=0.1, by="sequence", seed=0)
            assert dataset.exclude == ["b_004*"] and dataset.classes_of == "CityscapesDataset"
            assert loader.batch_size == 4 and loader.persistent_workers is False
            assert {"clean_img", "clean_map", "img_path", "corruption"} <= set(
                dataset.pipeline[-1].meta_keys
            )
            assert len(set(dataset.pipeline[-1].meta_keys)) == len(dataset.pipeline[-1].meta_keys)
        assert train.sampler == dict(type="InfiniteSampler", shuffle=True)
        assert val.sampler == dict(type="DefaultSampler", shuffle=False)
        kinds = [step.type for step in train.dataset.pipeline]
        assert kinds == [
            "LoadImageFromFile",
            "RandomScaleCrop",
            "RandomFlip",
            "RandomCorruption",
            "PackSegInputs",
        ]
        corruption = train.dataset.pipeline[3]
        assert dict(zip(corruption.names, corruption.weights, strict=True)) == DRIVING_MIX
        assert corruption.keep_clean and tuple(corruption["count"]) == (1, 2)
        crop, fixed = val.dataset.pipeline[1:3]
        assert crop.seed == fixed.seed == 0 and fixed.keep_clean
        assert "RandomFlip" not in [step.type for step in val.dataset.pipeline]
        assert len(fixed.names) == 22 and not set(fixed.names) & set(MOVES_PIXELS)

    def test_length(self, pictures: Callable) -> None:
        folder = pictures(a=5, b=5)
        new = sympie_seg.plug(small_config(), train=True, images=folder, iterations=60)
        warm_up, cosine = new.param_scheduler
        assert (warm_up.end, cosine.begin, cosine.T_max, cosine.end) == (6, 6, 54, 60)
        assert new.train_cfg.val_interval == new.default_hooks.checkpoint.interval == 60
        (cosine,) = sympie_seg.plug(
            small_config(), train=True, images=folder, iterations=5
        ).param_scheduler
        assert (cosine.begin, cosine.T_max) == (0, 5), "too short to warm up"

    def test_chosen_metric(self, pictures: Callable) -> None:
        new = sympie_seg.plug(
            small_config(), train=True, images=pictures(a=5, b=5), save_best="agreement/share"
        )
        assert new.custom_hooks[0].save_best == "agreement/share"

    def test_classifier(self, pictures: Callable) -> None:
        pytest.importorskip("mmpretrain")
        images = pictures(a=5, b=5, size=(20, 20))
        new = sympie_seg.plug(MIXUP, train=True, images=images)
        steps = new.train_dataloader.dataset.pipeline
        assert steps[-1].type == "PackInputs" and "sample_idx" in steps[-1].meta_keys
        assert steps[1].crop_size == (224, 224), (
            "a classifier keeps its size, whatever the pictures'"
        )
        assert new.train_dataloader.batch_size == 16
        assert new.train_dataloader.dataset.classes_of == "ImageNet"
        assert new.custom_hooks[0].save_best == "agreement/scores"
        assert new.data_preprocessor.label_free == dict(temperature=1.0)

    def test_no_training_data_are_needed(self, pictures: Callable) -> None:
        new, _ = plugged(
            pictures(a=5, b=5, size=(400, 600)),
            small_config(train_dataloader=None, val_dataloader=None, val_evaluator=None),
        )
        assert new.train_dataloader.dataset.pipeline[1].crop_size == (9, 9), "padded to that"
        assert new.train_dataloader.num_workers == 2 and new.val_dataloader.persistent_workers

    @pytest.mark.parametrize("config", [PSPNET, MIXUP])
    def test_written_config_reads_back(
        self, config: str, pictures: Callable, tmp_path: Path
    ) -> None:
        pytest.importorskip(config.split("::")[0])
        source = find_config(config)
        new, _ = plugged(pictures(a=5, b=5), read_config(source, imports=False))
        assert write_config(tmp_path / "new.py", new, source, "Test.") is None, "it inherits"
        read = Config.fromfile(tmp_path / "new.py", import_custom_modules=False)
        assert read.train_dataloader.dataset.type == "UnlabelledImages"
        assert "ann_file" not in read.train_dataloader.dataset


class TestCrops:
    def test_small_pictures_are_not_blown_up(self, pictures: Callable) -> None:
        """A config that trains on 512 x 1024, and CamVid-sized frames."""
        folder = pictures(a=3, b=3, size=(360, 480))
        new, notes = plugged(folder, read_config(find_config(PSPNET), imports=False))
        assert new.train_dataloader.dataset.pipeline[1].crop_size == CROP
        assert new.model.data_preprocessor.size == CROP
        assert any("enlarged 2.1 times or more" in note and "--crop" in note for note in notes)

    def test_large_pictures_keep_the_configs_crop(self, pictures: Callable) -> None:
        folder = pictures(a=3, b=3, size=(512, 1000))
        new, notes = plugged(folder, read_config(find_config(PSPNET), imports=False))
        assert new.train_dataloader.dataset.pipeline[1].crop_size == (512, 1024)
        assert not any("enlarged" in note for note in notes)

    def test_ones_own(self, pictures: Callable) -> None:
        new, _ = plugged(pictures(a=3, b=3), crop=(16, 24))
        assert new.val_dataloader.dataset.pipeline[1].crop_size == (16, 24)


class TestHoldingOut:
    @pytest.mark.parametrize(
        ("counts", "by"),
        [(dict(a__x=3, b__x=3), "folder"), (dict(x=3, y=3), "sequence"), (dict(x=6), "file")],
    )
    def test_the_first_that_gives_two_groups(
        self, counts: dict, by: str, pictures: Callable
    ) -> None:
        new, notes = plugged(pictures(**counts))
        assert new.train_dataloader.dataset.split.by == by
        assert any("scenes may be in both parts" in note for note in notes) == (by == "file")

    def test_few_pictures_are_said(self, pictures: Callable) -> None:
        _, notes = plugged(pictures(a=30, b=3), holdout=0.1)
        assert any("3 held-out pictures are few" in note for note in notes)
        _, notes = plugged(pictures(c=33), include="c*", by="file", holdout=0.5)
        assert not any("few" in note for note in notes)

    def test_what_was_asked_for_is_not_replaced(self, pictures: Callable) -> None:
        with pytest.raises(ValueError, match="all 3 pictures are of one folder"):
            plugged(pictures(a=3), by="folder")
        with pytest.raises(ValueError, match=r"all 1 pictures are of one file"):
            plugged(pictures(z=1), include="z*")


class TestRefused:
    def test_rgb(self, pictures: Callable) -> None:
        loader = small_config().train_dataloader.to_dict()
        loader["dataset"]["pipeline"].insert(1, dict(type="PILToNumpy"))
        with pytest.raises(ValueError, match=r"load RGB.*those of --images load BGR"):
            plugged(pictures(a=3, b=3), small_config(train_dataloader=loader))

    def test_depth(self, pictures: Callable) -> None:
        model = small_config().model.to_dict() | dict(type="DepthEstimator")
        with pytest.raises(ValueError, match="the label-free loss compares classes"):
            plugged(pictures(a=3, b=3), small_config(model=model))

    def test_without_training(self, pictures: Callable, enhancer_file: Path) -> None:
        with pytest.raises(ValueError, match=r"images \(--images\) are for training"):
            sympie_seg.plug(small_config(), enhancer_file, images=pictures(a=3))

    def test_no_pictures(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="no picture in"):
            plugged(tmp_path)


class TestCommand:
    """sympie-seg plug in this process."""

    @pytest.fixture
    def command(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
        (tmp_path / "network.py").write_text(small_config().pretty_text)

        def start(*words: object) -> None:
            out = tmp_path / "new.py"
            main(["plug", str(tmp_path / "network.py"), *map(str, words), "-o", str(out)])

        return start

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["net.pth", "--enhancer", "clahe"], "a checkpoint is for --train"),
            (["--enhancer", "clahe", "--images", "x"], "--images is for training"),
            (["--train", "--holdout", "0.2"], "--holdout is for --images FOLDER"),
            (["--train", "--crop", "8", "8"], "--crop is for --images FOLDER"),
            (["a.pth", "--train", "--checkpoint", "b.pth"], "two checkpoints: a.pth and"),
            (["a.pth", "--train", "--images", "no-such"], "folder 'no-such' does not exist"),
        ],
    )
    def test_options_that_do_not_fit(
        self, words: list[str], message: str, command: Callable, capsys: pytest.CaptureFixture
    ) -> None:
        with pytest.raises(SystemExit) as stopped:
            command(*words)
        printed = stopped.value.code if isinstance(stopped.value.code, str) else ""
        assert message in capsys.readouterr().err + printed

    def test_options_reach_the_config(
        self, command: Callable, pictures: Callable, tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        images = pictures(a=4, b=4, c=4)
        command("net.pth", "--train", "--images", images, "--include", "a_*", "b_*", "--exclude", "b_003*",
                "--holdout", "0.5", "--split-by", "file", "--crop", 16, 24)  # fmt: skip
        output = capsys.readouterr().out
        assert "7 pictures, of which" in output and "by file" in output
        new = Config.fromfile(tmp_path / "new.py", import_custom_modules=False)
        dataset = new.train_dataloader.dataset
        assert new.frozen_checkpoint == "net.pth"
        assert dataset.include == ["a_*", "b_*"] and dataset.exclude == ["b_003*"]
        assert dataset.split == dict(part="train", holdout=0.5, by="file", seed=0)
        assert tuple(dataset.pipeline[1].crop_size) == (16, 24)
