"""The configs of the paper's classifiers: they read, their parts build, they name what makes their weights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from torch import nn

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")

from mmpretrain.registry import HOOKS, METRICS, MODELS, TRANSFORMS

from sympie_seg.cli.verbs import VERBS
from sympie_seg.corruptions import GROUPS
from sympie_seg.enhancer import SyMPIE, save_enhancer
from sympie_seg.models.conversion import ARCHITECTURES

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted((ROOT / "configs" / "classification" / "robustness").glob("*.py"))


@pytest.fixture(autouse=True)
def _mmpretrain_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        yield


@pytest.fixture(scope="module")
def enhancer(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("enhancer") / "enhancer.pth"
    save_enhancer(path, SyMPIE(init="identity"), {})
    return str(path)


def test_the_papers_classifiers_are_there() -> None:
    names = {path.stem for path in CONFIGS}
    backbones = [
        "resnet18",
        "resnet34",
        "resnet50-v1",
        "resnet50-v2",
        "vgg13",
        "vgg13bn",
        "vgg16",
        "vgg16bn",
    ]
    backbones += [
        "mobilenet-v3-large-v1",
        "mobilenet-v3-large-v2",
        "vit-base-p16",
        "swin-tiny",
        "clip-resnet50",
    ]
    backbones += [f"resnet50-{name}" for name in ("augmix", "pixmix", "prime", "hybridaugment")]
    assert {f"sympie_{name}_imagenet-c" for name in backbones} <= names
    others = ("imagenet-c-bar", "imagenet-c-mixed", "vizwiz")
    assert {f"sympie_resnet50-v2_{name}" for name in others} <= names


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_parts_build(path: Path, enhancer: str) -> None:
    """The networks themselves are built in tests/models/conversion, from the same files."""
    cfg = Config.fromfile(path)
    assert cfg.default_scope == "mmpretrain" and cfg.runner_type == "FrozenNetworkRunner"
    assert cfg.custom_imports.imports == ["sympie_seg", "sympie_seg.classification"]
    cfg.model.data_preprocessor.enhancer = enhancer
    built = MODELS.build(cfg.model.data_preprocessor)
    assert (
        type(built).__name__ == "SyMPIEClsDataPreprocessor" and cfg.model.data_preprocessor.to_rgb
    )
    METRICS.build(cfg.test_evaluator)
    for kind in {hook.type for hook in cfg.default_hooks.values()}:
        assert HOOKS.get(kind) is not None, kind
    dataset = cfg.test_dataloader.dataset
    for part in (
        dataset,
        dataset.get("dataset"),
        dataset.get("clean"),
        *dataset.get("datasets", ()),
    ):
        if part and "pipeline" in part:
            Compose(part.pipeline)
            assert "condition" in TRANSFORMS.build(part.pipeline[-1]).meta_keys


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_names_the_command_that_makes_its_weights(path: Path) -> None:
    cfg, text = Config.fromfile(path), path.read_text()
    match = re.search(r"sympie-seg convert-model (\S+) (\S+) (?:FILE )?(\S+)", text)
    (converters,) = [verb.verbs for verb in VERBS if verb.name == "convert-model"]
    assert match[1] in {verb.name for verb in converters} and cfg.frozen_checkpoint == match[3]
    if "torchvision" in match[1]:
        base = Config.fromfile(
            ROOT / "configs" / "_base_" / "models" / ARCHITECTURES[match[2]].config
        )
        assert cfg.model.backbone == base.model.backbone and cfg.model.head == base.model.head


def test_imagenet_c_is_its_15_corruptions() -> None:
    dataset = Config.fromfile(CONFIGS[0]).test_dataloader.dataset
    assert dataset.corruptions == "imagenet_c" and len(GROUPS["imagenet_c"]) == 15
    assert list(dataset.severities) == [1, 2, 3, 4, 5] and dataset.clean.data_prefix == "val"


def test_clip_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    for layer in (nn.Linear, nn.Conv2d):
        monkeypatch.setattr(layer, "reset_parameters", lambda self: None)
    cfg = Config.fromfile(next(p for p in CONFIGS if "clip" in p.stem))
    cfg.model.data_preprocessor.pop("enhancer")
    model = MODELS.build(cfg.model)
    assert model.head.text_features.shape == (1000, 1024)
    mean = [255 * value for value in (0.48145466, 0.4578275, 0.40821073)]
    assert model.data_preprocessor.mean.flatten().tolist() == pytest.approx(mean, rel=1e-6)
