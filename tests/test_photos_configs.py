"""The tests on photographs, configs/label_free/*_photos-c.py: every cell, no photograph of a training, it builds."""

from __future__ import annotations

import importlib.util
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")

from mmpretrain.registry import METRICS, MODELS

import sympie_seg.classification  # noqa: F401
from sympie_seg.corruptions import GROUPS
from sympie_seg.datasets.imagenet_wnids import WNIDS

FOLDER = Path(__file__).resolve().parents[1] / "configs/label_free"
NEEDS = {"squeezenet_photos-c.py": "torchvision", "lite2_photos-c.py": "efficientnet_lite_pytorch"}


@pytest.mark.parametrize("name", NEEDS)
def test_the_parts_build_and_the_network_classifies(name: str) -> None:
    if importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"pip install {NEEDS[name]}")
    cfg = Config.fromfile(FOLDER / name)
    cfg.model.data_preprocessor.enhancer = dict(type="NoEnhancer")
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        model = MODELS.build(cfg.model).eval()
        METRICS.build(cfg.test_evaluator)
        pipeline = cfg.test_dataloader.dataset.dataset.pipeline
        pipeline[3].update(name="fog", severity=1)  # as the grid does
        Compose(pipeline)
    with torch.no_grad():
        assert model(torch.zeros(1, 3, 224, 224), mode="tensor").shape == (1, 1000)


@pytest.mark.parametrize("name", NEEDS)
def test_the_19_corruptions_on_classes_that_no_training_reads(name: str) -> None:
    grid = Config.fromfile(FOLDER / name).test_dataloader.dataset
    names = [one for family in grid.corruptions for one in GROUPS[family]]
    assert len(set(names)) == 19 and grid.severities == (1, 3, 5) and grid.clean
    trainings = [
        *sorted(FOLDER.glob("sympie_pixels*.py")),
        *sorted(FOLDER.glob("sympie_moments*.py")),
        *sorted(FOLDER.glob("sympie_*-networks_*.py")),
        *sorted(FOLDER.glob("sympie_scenes_*.py")),
        *sorted(FOLDER.glob("sympie_*students_*.py")),
    ]
    assert len(trainings) == 23
    for training in trainings:
        cfg = Config.fromfile(training)
        (excluded,) = cfg.photos.exclude
        own = [w for w in WNIDS if fnmatchcase(w, grid.dataset.include)]
        assert len(own) > 250 and all(fnmatchcase(wnid, excluded) for wnid in own)


@pytest.mark.parametrize(
    "name",
    [
        "looks-four-networks_1xb8-400",
        "looks-students_1xb9-400",
        "looks-exposure-four-networks_1xb8-400",
        "looks-exposure-students_1xb9-400",
    ],
)
def test_looks_come_from_photographs_of_the_training_alone(name: str) -> None:
    cfg = Config.fromfile(FOLDER / f"sympie_{name}.py")
    for part in cfg.train_dataloader.dataset.parts:
        kinds = [step.type for step in part.dataset.pipeline]
        look = kinds.index("RandomHistogramMatching")
        assert kinds[look + 1] == "RandomCorruption"
        step = part.dataset.pipeline[look]
        assert (step.data_root, step.exclude) == (cfg.photos.data_root, cfg.photos.exclude)
        assert step.split == dict(part="train", **cfg.held_out) and step.keep_clean
    for part in cfg.val_dataloader.dataset.parts:
        assert "RandomHistogramMatching" not in [step.type for step in part.dataset.pipeline]


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("exposure-four-networks_1xb8-220", []),
        ("exposure-students_1xb9-220", []),
        ("looks-exposure-four-networks_1xb8-400", ["RandomHistogramMatching"]),
        ("looks-exposure-students_1xb9-400", ["RandomHistogramMatching"]),
    ],
)
def test_exposures_change_before_and_after_every_corruption(name: str, looks: list[str]) -> None:
    cfg = Config.fromfile(FOLDER / f"sympie_{name}.py")
    for part in cfg.train_dataloader.dataset.parts:
        kinds = [step.type for step in part.dataset.pipeline]
        first = kinds.index("RandomExposure")
        wanted = ["RandomExposure", *looks, "RandomCorruption", "NearestExposure"]
        assert kinds[first:-1] == wanted
        assert part.dataset.pipeline[first].keep_clean
    for part in cfg.val_dataloader.dataset.parts:
        kinds = {step.type for step in part.dataset.pipeline}
        assert not {"RandomExposure", "NearestExposure"} & kinds
