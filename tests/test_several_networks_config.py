"""The config of four networks: networks, files and data fit each other, validation has fixed corruptions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import HOOKS, METRICS, DefaultScope

import sympie_seg.classification  # noqa: F401
from sympie_seg.corruptions import DRIVING_MIX, GROUPS, MOVES_PIXELS, TRAINING

ROOT = Path(__file__).resolve().parents[1]
BEFORE_APPEARANCE = {*TRAINING, *GROUPS["driving"]} - {"random_appearance"}
MORE_APPEARANCE = {**DRIVING_MIX, "random_appearance": 35.0}
LOOKS_OF_PHOTOGRAPHS = {**dict.fromkeys(TRAINING, 1.0), "random_appearance": 6.0}
#: Config -> iterations, rate, and the corruptions of streets and of photographs.
CONFIGS: dict[str, tuple[int, float, Collection[str], Collection[str]]] = {
    "sympie_four-networks_1xb6-500": (500, 1e-4, BEFORE_APPEARANCE, BEFORE_APPEARANCE),
    "sympie_two-networks_1xb6-1000": (1000, 1e-4, DRIVING_MIX, ()),
    "sympie_scenes_1xb6-900": (900, 1e-4, DRIVING_MIX, DRIVING_MIX),
    "sympie_four-networks_1xb8-1000": (1000, 1e-4, DRIVING_MIX, TRAINING),
    "sympie_four-networks_1xb8-300": (300, 1e-4, DRIVING_MIX, TRAINING),
    "sympie_four-networks_1xb9-900": (900, 1e-4, MORE_APPEARANCE, LOOKS_OF_PHOTOGRAPHS),
    "sympie_four-networks_1xb9-800": (800, 1e-4, MORE_APPEARANCE, LOOKS_OF_PHOTOGRAPHS),
    "sympie_four-networks_1xb10-600": (600, 1e-4, MORE_APPEARANCE, LOOKS_OF_PHOTOGRAPHS),
    "sympie_exposure-four-networks_1xb10-600": (600, 1e-4, MORE_APPEARANCE, LOOKS_OF_PHOTOGRAPHS),
    "sympie_exposure-four-networks_1xb10-500": (500, 1e-4, MORE_APPEARANCE, LOOKS_OF_PHOTOGRAPHS),
    "sympie_looks-four-networks_1xb8-400": (400, 1e-4, DRIVING_MIX, TRAINING),
    "sympie_looks-exposure-four-networks_1xb8-400": (400, 1e-4, DRIVING_MIX, TRAINING),
    "sympie_exposure-four-networks_1xb8-220": (220, 1e-4, DRIVING_MIX, TRAINING),
    "sympie_students_1xb9-650": (650, 1e-4, DRIVING_MIX, DRIVING_MIX),
    "sympie_three-students_1xb9-450": (450, 1e-4, DRIVING_MIX, DRIVING_MIX),
    "sympie_looks-students_1xb9-400": (400, 1e-4, DRIVING_MIX, DRIVING_MIX),
    "sympie_looks-exposure-students_1xb9-400": (400, 1e-4, DRIVING_MIX, DRIVING_MIX),
    "sympie_exposure-students_1xb9-220": (220, 1e-4, DRIVING_MIX, DRIVING_MIX),
    "sympie_appearance-students_1xb9-240": (240, 1e-4, MORE_APPEARANCE, MORE_APPEARANCE),
}

#: Those whose divergence is bounded, so that lost pixels decide less.
SKEWED = {
    "sympie_four-networks_1xb8-300",
    "sympie_four-networks_1xb9-900",
    "sympie_four-networks_1xb9-800",
    "sympie_four-networks_1xb10-600",
    "sympie_exposure-four-networks_1xb10-600",
    "sympie_exposure-four-networks_1xb10-500",
    "sympie_three-students_1xb9-450",
}


@pytest.fixture(params=CONFIGS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cfg(name: str) -> Config:
    return Config.fromfile(ROOT / "configs" / "label_free" / f"{name}.py")


def corruption(part: dict) -> dict:
    return next(step for step in part.dataset.pipeline if step.type == "RandomCorruption")


def test_one_part_and_one_file_for_each_network(cfg: Config) -> None:
    count = len(cfg.model.networks)
    assert len(cfg.train_dataloader.dataset.parts) == len(cfg.val_dataloader.dataset.parts) == count
    assert len(cfg.frozen_checkpoint) == count
    assert cfg.train_dataloader.collate_fn.type == "network_mix_collate"
    assert len({network.name for network in cfg.model.networks}) == count


def test_all_corruptions_are_trained_on_and_fixed_ones_validated(name: str, cfg: Config) -> None:
    _, _, of_streets, of_photographs = CONFIGS[name]
    for part in cfg.train_dataloader.dataset.parts:
        step = corruption(part)
        expected = of_photographs if "photos" in part.dataset.data_root else of_streets
        assert set(step.names) == set(expected) and len(step.names) == len(expected)
        if isinstance(expected, Mapping):
            assert dict(zip(step.names, step.weights, strict=True)) == expected
        assert step.keep_clean and step.get("seed") is None and 0 in step.severities
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


def test_scenes_are_photographs_for_the_networks_of_streets() -> None:
    cfg = Config.fromfile(ROOT / "configs" / "label_free" / "sympie_scenes_1xb6-900.py")
    roots = [part.dataset.data_root for part in cfg.train_dataloader.dataset.parts]
    assert roots == ["data/CamVid/train"] * 2 + ["data/photos"] * 2
    streets, scenes = cfg.model.networks[:2], cfg.model.networks[2:]
    assert [one.model for one in streets] == [one.model for one in scenes]
    assert cfg.frozen_checkpoint[:2] == cfg.frozen_checkpoint[2:]


@pytest.mark.parametrize(
    ("name", "counts", "exposures"),
    [
        ("sympie_four-networks_1xb9-900", [2, 1, 2, 4], ["RandomExposure", "NearestExposure"]),
        ("sympie_four-networks_1xb9-800", [3, 1, 1, 4], []),
        ("sympie_four-networks_1xb10-600", [3, 1, 1, 5], ["RandomExposure", "NearestExposure"]),
    ],
)
def test_the_trainings_of_general_show_lite0_most(
    name: str, counts: list[int], exposures: list[str]
) -> None:
    cfg = Config.fromfile(ROOT / "configs" / "label_free" / f"{name}.py")
    assert [network.name for network in cfg.model.networks][3] == "lite0"
    parts = cfg.train_dataloader.dataset.parts
    assert [part["count"] for part in parts] == counts
    for part, own in zip(parts, [[], [], exposures, exposures], strict=True):
        steps = [step for step in part.dataset.pipeline if "Exposure" in step.type]
        assert [step.type for step in steps] == own
        if own:
            first, last = steps
            assert first.keep_clean and tuple(last.exposure) == (0.5, 1.3)


@pytest.mark.parametrize(
    ("iterations", "darkest"), [(600, [0.4, 0.6, 0.5, 0.5]), (500, [0.3, 0.3, 0.5, 0.5])]
)
def test_streets_of_general_get_exposures_as_photographs_do(
    iterations: int, darkest: list[float]
) -> None:
    file = f"sympie_exposure-four-networks_1xb10-{iterations}.py"
    cfg = Config.fromfile(ROOT / "configs" / "label_free" / file)
    parts = cfg.train_dataloader.dataset.parts
    assert [part["count"] for part in parts] == [2, 2, 1, 5]
    for part, least in zip(parts, darkest, strict=True):
        kinds = [step.type for step in part.dataset.pipeline]
        assert kinds[3:6] == ["RandomExposure", "RandomCorruption", "NearestExposure"]
        assert part.dataset.pipeline[3].keep_clean
        assert part.dataset.pipeline[5].exposure[0] == least
    for part in parts[:2]:
        assert tuple(part.dataset.pipeline[3].exposure) == (0.25, 1.3)


def test_pixels_count_a_fifth_for_the_classifiers_of_general() -> None:
    own, former = (
        Config.fromfile(ROOT / "configs" / "label_free" / f"sympie_four-networks_{name}.py")
        for name in ("1xb10-600", "1xb9-900")
    )
    weights = {one.name: one.get("pixel_weight") for one in own.model.networks}
    assert weights == dict(sinet=None, cgnet=None, squeezenet=0.2, lite0=0.2)
    for one, before in zip(own.model.networks, former.model.networks, strict=True):
        assert {key: value for key, value in one.items() if key != "pixel_weight"} == before


def test_parts_build(cfg: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):  # RandomHistogramMatching lists its photographs when it is built
        folder = tmp_path / "data" / "photos" / f"n{number:08}"
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / "photo.png"), np.full((4, 4, 3), number, np.uint8))
    monkeypatch.chdir(tmp_path)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        for loader in (cfg.train_dataloader, cfg.val_dataloader):
            for part in loader.dataset.parts:
                Compose(part.dataset.pipeline)
        for hook in cfg.custom_hooks:
            HOOKS.build(hook)
        METRICS.build(cfg.val_evaluator)


def test_recipe(name: str, cfg: Config) -> None:
    length, rate, *_ = CONFIGS[name]
    assert cfg.optim_wrapper.optimizer == dict(type="Adam", lr=rate)
    assert cfg.optim_wrapper.paramwise_cfg == dict(custom_keys={"nem.out": dict(lr_mult=0.3)})
    assert cfg.optim_wrapper.precondition_output
    skew = dict(skew=0.1) if name in SKEWED else {}
    pixels = 0.5 if name == "sympie_four-networks_1xb9-800" else 1.0
    assert cfg.model.data_preprocessor.label_free == dict(
        temperature=1.0, pixel_weight=pixels, **skew
    )
    warm_up, cosine = cfg.param_scheduler
    assert (warm_up.end, cosine.end, cfg.train_cfg.max_iters) == (40, length, length)
    assert cosine.T_max == length - 40
