"""The config of four networks: networks, files and data fit each other, validation has fixed corruptions."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import HOOKS, METRICS, DefaultScope

import sympie_seg.classification  # noqa: F401
from sympie_seg.corruptions import DRIVING_MIX, GROUPS, MOVES_PIXELS, TRAINING

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = [
    "configs/label_free/sympie_four-networks_1xb6-500.py",
    "configs/label_free/sympie_two-networks_1xb6-1000.py",
]


@pytest.fixture(params=CONFIGS)
def cfg(request: pytest.FixtureRequest) -> Config:
    return Config.fromfile(ROOT / request.param)


def corruption(part: dict) -> dict:
    return next(step for step in part.dataset.pipeline if step.type == "RandomCorruption")


def test_one_part_and_one_file_for_each_network(cfg: Config) -> None:
    count = len(cfg.model.networks)
    assert len(cfg.train_dataloader.dataset.parts) == len(cfg.val_dataloader.dataset.parts) == count
    assert len(cfg.frozen_checkpoint) == count
    assert cfg.train_dataloader.collate_fn.type == "network_mix_collate"
    assert len({network.name for network in cfg.model.networks}) == count


def test_all_corruptions_are_trained_on_and_fixed_ones_validated(cfg: Config) -> None:
    for part in cfg.train_dataloader.dataset.parts:
        step = corruption(part)
        if len(cfg.model.networks) == 2:
            assert dict(zip(step.names, step.weights, strict=True)) == DRIVING_MIX
        else:  # made before there was random_appearance
            expected = {*TRAINING, *GROUPS["driving"]} - {"random_appearance"}
            assert set(step.names) == expected and len(step.names) == 30
        assert step.keep_clean and step.get("seed") is None
    for part in cfg.val_dataloader.dataset.parts:
        step = corruption(part)
        assert step.seed == 0 and step.keep_clean and not set(step.names) & set(MOVES_PIXELS)


def test_no_test_frame_is_read(cfg: Config) -> None:
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        for part in loader.dataset.parts:
            root = part.dataset.data_root
            assert "CamVid" not in root or part.dataset.include == ["0006R0_*", "0016E5_*"]


def test_photographs_of_validation_are_held_out(cfg: Config) -> None:
    pairs = zip(cfg.train_dataloader.dataset.parts, cfg.val_dataloader.dataset.parts, strict=True)
    for train, val in pairs:
        assert train.dataset.data_root == val.dataset.data_root
        if "photos" in train.dataset.data_root:
            assert (train.dataset.split.part, val.dataset.split.part) == ("train", "val")
            assert dict(train.dataset.split, part=0) == dict(val.dataset.split, part=0)


def test_parts_build(cfg: Config) -> None:
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        for loader in (cfg.train_dataloader, cfg.val_dataloader):
            for part in loader.dataset.parts:
                Compose(part.dataset.pipeline)
        for hook in cfg.custom_hooks:
            HOOKS.build(hook)
        METRICS.build(cfg.val_evaluator)


def test_recipe(cfg: Config) -> None:
    assert cfg.optim_wrapper.optimizer == dict(type="Adam", lr=1e-4)
    assert cfg.optim_wrapper.paramwise_cfg == dict(custom_keys={"nem.out": dict(lr_mult=0.3)})
    assert cfg.optim_wrapper.precondition_output
    assert cfg.model.data_preprocessor.label_free == dict(temperature=1.0, pixel_weight=1.0)
    warm_up, cosine = cfg.param_scheduler
    length = {4: 500, 2: 1000}[len(cfg.model.networks)]
    assert (warm_up.end, cosine.end, cfg.train_cfg.max_iters) == (40, length, length)
    assert cosine.T_max == length - 40
