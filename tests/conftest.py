"""Shared by the tests of models, engine and tools: small networks, data and configs."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmseg.registry import MODELS, RUNNERS
from mmseg.structures import SegDataSample
from torch import nn

import sympie_seg  # noqa: F401  (repairs and registration)
from sympie_seg.enhancer import SyMPIE, save_enhancer

torch.set_num_threads(1)

CLASSES = 5
RGB = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True)
ENHANCER = dict(type="SyMPIE", thumbnail_resize=48, thumbnail_crop=44)
BROWSER_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
META_KEYS = (
    "img_path",
    "ori_shape",
    "img_shape",
    "pad_shape",
    "scale_factor",
    "flip",
    "flip_direction",
)


@pytest.fixture(autouse=True)
def _seed_everything() -> None:
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def load_tool() -> Callable[[str], ModuleType]:
    """Import a file of ``tools/misc`` by its name, as a new module each time."""

    def load(name: str) -> ModuleType:
        file = Path(__file__).resolve().parents[1] / f"tools/misc/{name}.py"
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec and spec.loader
        module = sys.modules[name] = importlib.util.module_from_spec(spec)  # dataclasses ask there
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def mmseg_scope() -> Iterator[None]:
    """Let names without scope mean mmseg's classes, and nothing beyond the test."""
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


@pytest.fixture(scope="session")
def real_camvid() -> Path:
    """The folder of the real CamVid; the test is skipped where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared/data/CamVid"
    folder = Path(os.environ.get("SYMPIE_CAMVID", beside))
    if not folder.is_dir():
        pytest.skip(f"no CamVid in {folder}; set SYMPIE_CAMVID to its folder")
    return folder


@pytest.fixture(scope="session")
def shared_networks() -> Path:
    """The folder of published networks, or a skip."""
    folder = Path(__file__).resolve().parents[2] / "shared/data/networks"
    if not folder.is_dir():
        pytest.skip(f"the published networks are not at '{folder}'")
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Callable[..., Any]]:
    """Start Debian's Chromium, headless, with more flags; skipped where there is none, a failure in CI."""
    missing = pytest.fail if os.environ.get("SYMPIE_REQUIRE_BROWSER") == "1" else pytest.skip
    path = shutil.which("chromium")
    if path is None:
        missing("no chromium: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("no playwright: pip install playwright (its own browsers are not needed)")
    with sync_playwright() as play:
        started = []

        def start(*flags: str) -> Any:
            arguments = [*BROWSER_FLAGS, *flags]
            started.append(
                play.chromium.launch(executable_path=path, headless=True, args=arguments)
            )
            return started[-1]

        yield start
        for browser in started:
            browser.close()


def network_config(**changes: Any) -> dict:
    """A ResNet-18 of width 8 with BatchNorm and Dropout in its head, all of it random."""
    config = dict(
        type="EncoderDecoder",
        data_preprocessor=dict(type="SegDataPreProcessor", size_divisor=1, **RGB),
        backbone=dict(type="DeepLabV2ResNet", depth=18, base_channels=8, norm_cfg=dict(type="BN")),
        decode_head=dict(
            type="FCNHead", in_channels=64, in_index=3, channels=8, num_convs=1, num_classes=CLASSES,
            concat_input=False, dropout_ratio=0.5, norm_cfg=dict(type="BN"), align_corners=False,
            loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
        ),
        train_cfg=dict(),
        test_cfg=dict(mode="whole"),
    )  # fmt: skip
    config.update(changes)
    return config


def make_decisive(network: nn.Module) -> nn.Module:
    """Give the head weights under which the predicted class varies from pixel to pixel."""
    with torch.no_grad():
        # Not the enhancer's: a trained one must stay as its file has it.
        parts = [*network.backbone.modules(), *network.decode_head.modules()]
        for module in parts:
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        network.decode_head.conv_seg.weight.normal_(0, 1)
    return network


@pytest.fixture
def network(mmseg_scope: None) -> Callable[..., nn.Module]:
    """Build :func:`network_config` with changes."""

    def build(**changes: Any) -> nn.Module:
        return make_decisive(MODELS.build(ConfigDict(network_config(**changes))))

    return build


@pytest.fixture
def enhanced_network(mmseg_scope: None) -> Callable[..., nn.Module]:
    """Build the network with the enhancing data preprocessor; its options come first."""

    def build(preprocessor: dict | None = None, **changes: Any) -> nn.Module:
        options = dict(type="SyMPIESegDataPreProcessor", size_divisor=1, enhancer=ENHANCER, **RGB)
        options.update(preprocessor or {})
        changes["data_preprocessor"] = options
        return make_decisive(MODELS.build(ConfigDict(network_config(**changes))))

    return build


def perturb(enhancer: nn.Module, scale: float = 0.02) -> nn.Module:
    """Move an identity start away, so that every weight has an effect and a gradient."""
    with torch.no_grad():
        enhancer.nem.out.weight.normal_(0, scale)
        enhancer.nem.out.bias.add_(scale * torch.randn_like(enhancer.nem.out.bias))
    return enhancer


@pytest.fixture
def perturbed() -> Callable[..., nn.Module]:
    """Hand out :func:`perturb`."""
    return perturb


@pytest.fixture
def batch() -> Callable[..., dict]:
    """Make raw batches: uint8 images and samples with labels, some of them ignored."""

    def make(count: int = 2, size: Any = (64, 96), ignored: bool = True) -> dict:
        sizes = [size] * count if isinstance(size, tuple) else size
        inputs = [torch.randint(0, 256, (3, *s), dtype=torch.uint8) for s in sizes]
        return dict(inputs=inputs, data_samples=[make_sample(s, ignored) for s in sizes])

    return make


def make_sample(size: tuple[int, int], ignored: bool = True) -> SegDataSample:
    """A sample with random labels; a corner of a size that is random too is ignored."""
    labels = torch.randint(0, CLASSES, (1, *size))
    if ignored:
        rows, columns = (int(torch.randint(1, side, ())) for side in size)
        labels[:, :rows, :columns] = 255
    sample = SegDataSample(gt_sem_seg=PixelData(data=labels))
    sample.set_metainfo(
        dict(img_path="a.png", ori_shape=size, img_shape=size, pad_shape=size, flip=False)
    )
    return sample


@pytest.fixture(scope="session")
def toy_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six images of 48 x 64 with labels, as PNG: ``img/`` and ``ann/``."""
    root, draw = tmp_path_factory.mktemp("toy"), np.random.default_rng(0)
    for folder in ("img", "ann"):
        (root / folder).mkdir()
    for index in range(6):
        labels = cv2.resize(
            draw.integers(0, CLASSES, (6, 8), dtype=np.uint8), (64, 48), interpolation=0
        )
        image = (labels[..., None] * 40 + draw.integers(0, 60, (48, 64, 3))).astype(np.uint8)
        cv2.imwrite(str(root / "img" / f"{index}.png"), image)
        cv2.imwrite(str(root / "ann" / f"{index}.png"), labels)
    return root


@pytest.fixture(scope="session")
def frozen_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the network as mmengine writes it."""
    path = tmp_path_factory.mktemp("frozen") / "frozen.pth"
    with DefaultScope.overwrite_default_scope("mmseg"):
        torch.manual_seed(1)
        state = make_decisive(MODELS.build(ConfigDict(network_config()))).state_dict()
    torch.save(dict(state_dict=state, meta={}), path)
    return path


@pytest.fixture(scope="session")
def enhancer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A standalone enhancer file whose enhancer does something."""
    path = tmp_path_factory.mktemp("enhancer") / "enhancer.pth"
    torch.manual_seed(2)
    save_enhancer(path, perturb(SyMPIE(thumbnail_resize=48, thumbnail_crop=44)), dict(note="toy"))
    return path


@pytest.fixture
def runner_config(toy_data: Path, frozen_file: Path, tmp_path: Path) -> Callable[..., Config]:
    """Make the config of a FrozenNetworkRunner on the toy data; keywords override keys."""

    def make(name: str = "run", **changes: Any) -> Config:
        config = Config(_toy_config(toy_data, frozen_file, tmp_path / name))
        config.merge_from_dict(changes)
        return config

    return make


@pytest.fixture
def build_runner(mmseg_scope: None) -> Callable[[Config], Runner]:
    """Build a runner as the tools do."""
    return lambda config: (
        RUNNERS.build(config) if "runner_type" in config else Runner.from_cfg(config)
    )


def _toy_config(data: Path, frozen: Path, work_dir: Path) -> dict:
    preprocessor = dict(
        type="SyMPIESegDataPreProcessor", size_divisor=1, enhancer=ENHANCER, two_step=True, **RGB
    )
    load = [dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")]
    pack = dict(type="PackSegInputs", meta_keys=META_KEYS)
    dataset = dict(
        type="BaseSegDataset",
        metainfo=dict(classes=list("abcde"), palette=[[i * 50] * 3 for i in range(CLASSES)]),
        data_root=str(data),
        data_prefix=dict(img_path="img", seg_map_path="ann"),
        img_suffix=".png",
        seg_map_suffix=".png",
    )
    train = dict(dataset, pipeline=[*load, dict(type="RandomFlip", prob=0.5), pack])
    test = dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type="DefaultSampler", shuffle=False),
        dataset=dict(dataset, pipeline=[*load, pack]),
    )
    # mmengine keeps its hubs by name, and names them by the second otherwise.
    name = str(work_dir).replace("/", "_")
    return dict(
        runner_type="FrozenNetworkRunner",
        default_scope="mmseg",
        frozen_checkpoint=str(frozen),
        work_dir=str(work_dir),
        experiment_name=name,
        model=network_config(data_preprocessor=preprocessor),
        train_dataloader=dict(
            batch_size=2, num_workers=0, sampler=dict(type="InfiniteSampler"), dataset=train
        ),
        val_dataloader=test,
        test_dataloader=test,
        val_evaluator=dict(type="IoUMetric"),
        test_evaluator=dict(type="IoUMetric"),
        test_pipeline=[load[0], pack],
        train_cfg=dict(type="IterBasedTrainLoop", max_iters=3, val_interval=100),
        val_cfg=dict(type="ValLoop"),
        test_cfg=dict(type="TestLoop"),
        optim_wrapper=dict(
            type="OptimWrapper",
            constructor="EnhancerOptimWrapperConstructor",
            optimizer=dict(type="Adam", lr=1e-3),
            clip_tensor_norm=1.0,
        ),
        default_hooks=dict(
            logger=dict(type="LoggerHook", interval=1, log_metric_by_epoch=False),
            checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=100),
        ),
        log_processor=dict(by_epoch=False),
        visualizer=dict(
            type="SegLocalVisualizer",
            vis_backends=[dict(type="LocalVisBackend")],
            name=name,
        ),
        env_cfg=dict(dist_cfg=dict(backend="gloo")),
        randomness=dict(seed=0),
    )
