"""Every shipped classification config: it reads, its parts build, and what it says about itself is consistent."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import HOOKS, DefaultScope

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")

from mmpretrain.registry import METRICS, MODELS, TRANSFORMS
from mmpretrain.structures import DataSample

from sympie_seg.corruptions import TRAINING
from sympie_seg.enhancer import IMAGENET_MEAN, IMAGENET_STD, SyMPIE, save_enhancer
from sympie_seg.models.enhancers import NoEnhancer

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "configs/classification"
# Those in robustness/ only test: test_robustness_configs.py.
CONFIGS = sorted(
    str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.py") if "robustness" not in p.parts
)
# Those whose network segments: an enhancer that was trained on classification.
SEGMENTING = [n for n in CONFIGS if n.endswith(("_camvid-day.py", "_cs2acdc.py"))]
CLASSIFYING = [name for name in CONFIGS if name not in SEGMENTING]
TRAINING_CONFIGS = [name for name in CLASSIFYING if Path(name).name.startswith("sympie_")]


def read(name: str) -> Config:
    return Config.fromfile(FOLDER / name)


@pytest.fixture
def mmpretrain_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        yield


def leaves(dataset: dict) -> list[dict]:
    """The datasets of a config that have a pipeline."""
    parts = dataset.get("datasets") or ([dataset.dataset] if "dataset" in dataset else [])
    return [leaf for part in parts for leaf in leaves(part)] if parts else [dataset]


def build_model(cfg: Config, tmp_path: Path) -> Any:
    """The model, with a fresh file in place of an enhancer file that is not there."""
    own = cfg.model.data_preprocessor
    if isinstance(own.get("enhancer"), str):
        own.enhancer = str(tmp_path / "enhancer.pth")
        save_enhancer(own.enhancer, SyMPIE(thumbnail_resize=64, thumbnail_crop=64))
    return MODELS.build(cfg.model)


@pytest.mark.parametrize("name", CLASSIFYING)
def test_parts_build(name: str, mmpretrain_scope: None, tmp_path: Path) -> None:
    cfg = read(name)
    assert cfg.default_scope == "mmpretrain"
    assert cfg.custom_imports.imports == ["sympie_seg", "sympie_seg.classification"]
    model = build_model(cfg, tmp_path)
    assert type(model).__name__ == "ImageClassifier"
    for part in ("train", "val", "test"):
        for leaf in leaves(cfg[f"{part}_dataloader"].dataset):
            Compose(leaf.pipeline)
            assert len(leaf.get("classes", range(1000))) == cfg.model.head.num_classes
    for hook in [*cfg.get("custom_hooks", []), *cfg.default_hooks.values()]:
        if hook.type != "ConditionClsVisualizationHook":  # wants a visualizer that is running
            HOOKS.build(hook)
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        METRICS.build(evaluator)


@pytest.mark.parametrize("name", TRAINING_CONFIGS)
def test_trains_two_steps_and_logs_what_the_paper_logs(name: str) -> None:
    cfg = read(name)
    own = cfg.model.data_preprocessor
    assert own.type == "SyMPIEClsDataPreprocessor" and own.to_rgb
    assert own.two_step == dict(keep=0.9, weight=0.5)
    assert own.enhancer.init == ("random" if name == "sympie_resnet50_imagenet.py" else "identity")
    assert cfg.runner_type == "FrozenNetworkRunner" and cfg.frozen_checkpoint
    assert cfg.optim_wrapper.clip_tensor_norm == 1.0 and cfg.model.head.cal_acc
    hooks = {hook.type: hook for hook in cfg.custom_hooks}
    assert hooks["EnhancerFileHook"].save_best == "accuracy/top1"
    assert {"InputAccuracyHook", "EnhancementVisualizationHook"} <= hooks.keys()
    (corruption,) = [
        s for s in cfg.train_dataloader.dataset.pipeline if s.type == "RandomCorruption"
    ]
    # One of 23, severity 0 to 5: the defaults.
    assert corruption == dict(type="RandomCorruption", keep_clean=True) and len(TRAINING) == 23
    assert "clean_img" in TRANSFORMS.build(cfg.train_dataloader.dataset.pipeline[-1]).meta_keys
    (corruption,) = [s for s in cfg.val_dataloader.dataset.pipeline if s.type == "RandomCorruption"]
    assert corruption.seed == 0
    for leaf in leaves(cfg.test_dataloader.dataset):
        assert leaf.data_prefix != cfg.train_dataloader.dataset.data_prefix
        assert "condition" in TRANSFORMS.build(leaf.pipeline[-1]).meta_keys


def test_the_papers_schedule_is_the_default() -> None:
    cfg = read("sympie_resnet50_imagenet.py")
    assert cfg.optim_wrapper.optimizer == dict(type="Adam", lr=1e-3)
    assert cfg.train_cfg.max_iters == 50000 and cfg.train_dataloader.batch_size == 48
    (schedule,) = cfg.param_scheduler
    assert (schedule.type, schedule.eta_min, schedule.end) == ("CosineAnnealingLR", 0, 50000)
    steps = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
    assert steps["RandomResizedCrop"].scale == 224
    leaf = leaves(cfg.test_dataloader.dataset)[0]
    steps = {step.type: step for step in leaf.pipeline}
    assert steps["ResizeEdge"].scale == 232 and steps["CenterCrop"].crop_size == 224
    assert cfg.model.backbone.depth == 50 and cfg.get("sync_bn") is None


@pytest.fixture
def enhancer_file(tmp_path: Path) -> Path:
    """An enhancer that changes what it sees."""
    torch.manual_seed(0)
    enhancer = SyMPIE(thumbnail_resize=64, thumbnail_crop=64)
    with torch.no_grad():
        enhancer.nem.out.bias[9:12] = torch.tensor([0.5, -0.3, 0.2])
        enhancer.nem.out.weight.normal_(0, 0.05)
    save_enhancer(tmp_path / "enhancer.pth", enhancer)
    return tmp_path / "enhancer.pth"


def enhanced_by_hand(file: Path, image: torch.Tensor) -> torch.Tensor:
    """A raw BGR image behind the enhancer, raw again."""
    mean, std = (255 * torch.tensor(v).view(3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
    with torch.no_grad():
        enhanced = SyMPIE.from_checkpoint(file).eval()(((image.flip(0).float() - mean) / std)[None])
    return (enhanced[0] * std + mean).flip(0)


def in_front_and_by_hand(registry: Any, cfg: Config, file: Path, sample: Any) -> list[Any]:
    """Predictions of the config's model with the file, and of the stock one for the image enhanced by hand."""
    image = torch.randint(0, 256, (3, 64, 96), dtype=torch.uint8)
    cfg.model.data_preprocessor.enhancer = str(file)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        own = registry.build(cfg.model).eval()
        if hasattr(own, "head"):  # mmpretrain's start gives every class the same score
            torch.nn.init.normal_(own.head.fc.weight)
        stock = copy.deepcopy(own)
        stock.data_preprocessor.enhancer = NoEnhancer()
    predictions = []
    for model, pixels in (
        (own, image), (stock, enhanced_by_hand(file, image)), (stock, image),
    ):  # fmt: skip
        data = dict(inputs=[pixels], data_samples=[copy.deepcopy(sample)])
        predictions.append(model.test_step(data)[0])
    return predictions


@pytest.mark.parametrize("name", SEGMENTING)
def test_a_classification_enhancer_in_front_of_a_segmentor(name: str, enhancer_file: Path) -> None:
    from mmseg.registry import MODELS as SEGMENTORS
    from mmseg.structures import SegDataSample

    cfg = read(name)
    assert cfg.default_scope == "mmseg" and isinstance(cfg.model.data_preprocessor.enhancer, str)
    sample = SegDataSample(metainfo=dict(ori_shape=(64, 96), img_shape=(64, 96)))
    own, by_hand, plain = in_front_and_by_hand(SEGMENTORS, cfg, enhancer_file, sample)
    logits = own.seg_logits.data
    torch.testing.assert_close(logits, by_hand.seg_logits.data, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(logits, plain.seg_logits.data, atol=1e-2)


@pytest.mark.parametrize("name", [n for n in CLASSIFYING if "segmentation-enhancer" in n])
def test_a_segmentation_enhancer_in_front_of_a_classifier(name: str, enhancer_file: Path) -> None:
    cfg = read(name)
    assert isinstance(cfg.model.data_preprocessor.enhancer, str)
    own, by_hand, plain = in_front_and_by_hand(MODELS, cfg, enhancer_file, DataSample())
    torch.testing.assert_close(own.pred_score, by_hand.pred_score, rtol=1e-3, atol=1e-5)
    assert not torch.allclose(own.pred_score, plain.pred_score, atol=1e-5)
