"""Every shipped config: it reads, its parts build, and what it says about itself is consistent."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.registry import HOOKS, METRICS
from mmseg.registry import MODELS, TRANSFORMS

from sympie_seg.corruptions import DRIVING_MIX
from sympie_seg.enhancer.shipped import CITYSCAPES, SHIPPED, better_shipped

ROOT = Path(__file__).resolve().parents[1]
# Classification, several networks and students have tests of their own: test_classification_configs.py,
# test_several_networks_config.py and test_student_configs.py.
SEVERAL_NETWORKS = ("-networks_", "_scenes_", "students_", "student_")
CONFIGS = sorted(
    str(p.relative_to(ROOT))
    for p in (ROOT / "configs").rglob("*.py")
    if not {"_base_", "classification"} & set(p.parts)
    and not any(word in p.name for word in SEVERAL_NETWORKS)
    and not p.name.endswith("photos-c.py")
)
# The trainings by pixels alone run no network and validate nothing; they have a test of their own.
PIXELS = {
    "configs/label_free/sympie_pixels_thumbnail-112_1xb16-4400.py": (112, 112, 4400),
    "configs/label_free/sympie_pixels_1xb8-800.py": (232, 224, 800),
}
# NEM alone: no network at all.
MOMENTS = "configs/label_free/sympie_moments_1xb16-3000.py"
# Files that another config writes, or docs/WEIGHTS.md's commands.
TRAINED_FIRST = {
    f"work_dirs/{Path(MOMENTS).stem}/enhancer_last.pth",
    "work_dirs/third-cityscapes.pth",
    "work_dirs/ninth.pth",
    "work_dirs/eleventh.pth",
    "work_dirs/twelfth.pth",
}
FROM_IDENTITY = "configs/label_free/sympie_moments-identity_1xb16-1600.py"
NO_NETWORK = {*PIXELS, MOMENTS, FROM_IDENTITY}
SYMPIE = [name for name in CONFIGS if "sympie" in Path(name).name and name not in NO_NETWORK]
# Test splits without public labels: predictions are written, not scored. Label-free trainings have no labels at all.
SCORED = [n for n in SYMPIE if "test-server" not in n and "label_free" not in n]
each_config = pytest.mark.parametrize("name", CONFIGS)
each_sympie = pytest.mark.parametrize("name", SYMPIE)
each_scored = pytest.mark.parametrize("name", SCORED)


def read(name: str) -> Config:
    return Config.fromfile(ROOT / name)


def datasets(cfg: Config) -> list[dict]:
    """All datasets of a config, the parts of a ConcatDataset one by one."""
    collected = []
    for part in ("train", "val", "test"):
        if cfg.get(f"{part}_dataloader") is None:
            continue
        collected += parts(cfg[f"{part}_dataloader"].dataset)
    return collected


def parts(dataset: dict) -> list[dict]:
    """The datasets in a ConcatDataset, every cell of a grid, or the one itself."""
    if dataset.type != "SeverityGridDataset":
        return dataset.datasets if "datasets" in dataset else [dataset]
    cells = [(name, severity) for name in dataset.corruptions for severity in (1, 2, 3, 4, 5)]
    names = ["clean"] * dataset.clean + [f"{name}-{severity}" for name, severity in cells]
    return [ConfigDict(dataset.dataset, condition=name) for name in names]


def test_there_are_configs() -> None:
    assert len(SYMPIE) >= 7 and len(CONFIGS) > len(SYMPIE)


@each_config
def test_needs_no_more_than_custom_imports(name: str) -> None:
    assert "sympie_seg" in read(name).custom_imports.imports


@each_config
def test_parts_build(name: str, mmseg_scope: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    cfg = read(name)
    start = cfg.model.data_preprocessor.get("enhancer")
    if isinstance(start, dict) and str(start.get("path")).startswith("work_dirs"):
        start.path = CITYSCAPES  # continues a file that is trained first
    model = MODELS.build(cfg.model)
    if name not in {MOMENTS, FROM_IDENTITY}:
        assert model.decode_head.num_classes == model.out_channels
    for dataset in datasets(cfg):
        Compose(dataset.pipeline)
    if cfg.get("tta_pipeline"):
        Compose(cfg.tta_pipeline)
    for hook in cfg.get("custom_hooks", []):
        HOOKS.build(hook)
    if name not in NO_NETWORK:
        METRICS.build(cfg.test_evaluator)


def test_enhancers_that_configs_name_are_shipped_ones_and_fit_the_network() -> None:
    """By short name, which is found wherever the package is; Cityscapes networks get the file for them."""
    named = {}
    paths = (path for path in (ROOT / "configs").rglob("*.py") if "_base_" not in path.parts)
    for path in sorted(paths):
        cfg = Config.fromfile(path)
        given = cfg.get("model", {}).get("data_preprocessor", {}).get("enhancer")
        file = given if isinstance(given, str) else (given or {}).get("path")
        if file is not None and not file.startswith("work_dirs"):
            named[path.name] = file
            head = cfg.model.get("decode_head", {})
            has_cityscapes_classes = head.get("num_classes") == 19
            assert file in SHIPPED, f"{path.name} names {file}"
            assert not better_shipped([file], has_cityscapes_classes), f"{path.name} names {file}"
    night = [name for name in named if name.startswith("pspnet")]
    assert len(night) == 6 and {named[name] for name in night} == {CITYSCAPES}
    assert set(named.values()) == set(SHIPPED)


@pytest.mark.parametrize("name", PIXELS)
def test_pixels_alone_run_no_network(name: str) -> None:
    own, (resize, crop, _) = read(name).model.data_preprocessor, PIXELS[name]
    assert own.label_free == dict(weight=0, pixel_weight=1.0) and own.two_step is False
    assert (own.enhancer.thumbnail_resize, own.enhancer.thumbnail_crop) == (resize, crop)


def test_moments_keep_the_statistics_of_the_file() -> None:
    cfg = read(MOMENTS)
    own = cfg.model.data_preprocessor.enhancer
    assert own.norm_eval and own.frozen_stem
    assert cfg.runner_type == "ResumableRunner" and cfg.optim_wrapper.precondition_output
    for part in cfg.train_dataloader.dataset.datasets:
        *_, corruption, pack = part.pipeline
        assert corruption.keep_clean and pack.type == "PackPatchMoments"


def test_the_start_of_leave_one_out_has_met_nothing_that_judges() -> None:
    cfg = read(FROM_IDENTITY)
    assert cfg.model.data_preprocessor.enhancer == dict(type="SyMPIE", init="identity")
    streets, photographs = cfg.train_dataloader.dataset.datasets
    assert streets.include == ["0016E5_*"] and photographs.exclude == ["n*[6789]"]
    assert cfg.train_cfg.max_iters == cfg.param_scheduler[1].end == 1600


@pytest.mark.parametrize(
    ("name", "length"), [*((n, v[2]) for n, v in PIXELS.items()), (MOMENTS, 3000)]
)
def test_trainings_without_a_network_read_no_test_image(name: str, length: int) -> None:
    cfg = read(name)
    assert cfg.val_dataloader is None
    streets, photographs = cfg.train_dataloader.dataset.datasets
    assert streets.include == ["0006R0_*", "0016E5_*"] and photographs.exclude == ["n*[789]"]
    assert photographs.split.part == "train"
    assert cfg.max_iters == cfg.train_cfg.max_iters == cfg.param_scheduler[1].end == length


def test_the_second_pixel_training_continues_the_first() -> None:
    first, second = (read(name) for name in PIXELS)
    assert first.model.data_preprocessor.enhancer.path in SHIPPED
    path = Path(second.model.data_preprocessor.enhancer.path)
    assert path.parts[-2:] == (Path(next(iter(PIXELS))).stem, "enhancer_last.pth")


def test_the_papers_schedule_has_one_rate() -> None:
    wrapper = read("configs/sympie_cs2acdc_paper-schedule.py").optim_wrapper
    assert wrapper.optimizer.lr == 1e-3
    assert "paramwise_cfg" not in wrapper and not wrapper.get("precondition_output")


@each_sympie
def test_trains_two_steps_from_identity_unless_it_is_the_papers(name: str) -> None:
    cfg = read(name)
    own = cfg.model.data_preprocessor
    assert cfg.runner_type == "FrozenNetworkRunner" and cfg.frozen_checkpoint
    assert own.two_step == (False if "one-step" in name else dict(keep=0.9, weight=0.5))
    if own.enhancer.type == "SyMPIEFromFile":  # a second stage continues a shipped enhancer
        assert any(
            word in name
            for word in (
                "photometric",
                "sympie_cityscapes",
                "sinet-appearance",
                "sinet-exposure",
                "sinet-target-gains",
            )
        )
        assert own.enhancer.path in {*TRAINED_FIRST, *SHIPPED}
    else:
        assert own.enhancer.init == ("random" if "paper-schedule" in name else "identity")
    assert cfg.optim_wrapper.clip_tensor_norm == 1.0


def test_recipe_of_the_main_config() -> None:
    """The numbers behind the published results: another crop or rate is another experiment."""
    cfg = read("configs/sympie_cs2acdc.py")
    steps = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
    assert steps["Resize"].scale == (1024, 1024) and steps["Resize"].keep_ratio
    assert steps["RandomCrop"].crop_size == (512, 512)
    assert steps["RandomCrop"].cat_max_ratio == 0.75 and steps["RandomFlip"].prob == 0.5
    assert list(steps).index("RandomCrop") < list(steps).index("RandomCorruption")
    assert dict(steps["RandomCorruption"]) == dict(type="RandomCorruption", keep_clean=True)
    assert cfg.train_dataloader.batch_size == 8
    assert dict(cfg.model.data_preprocessor.two_step) == dict(keep=0.9, weight=0.5)
    assert dict(cfg.optim_wrapper.optimizer) == dict(type="Adam", lr=3e-4)
    assert cfg.optim_wrapper.precondition_output
    assert cfg.optim_wrapper.paramwise_cfg == dict(custom_keys={"nem.out": dict(lr_mult=0.3)})
    assert cfg.train_cfg.max_iters == 20_000 and cfg.train_cfg.val_interval == 2000
    (schedule,) = cfg.param_scheduler
    assert schedule.type == "CosineAnnealingLR" and schedule.eta_min == 0
    assert (schedule.begin, schedule.end, schedule.T_max) == (0, 20_000, 20_000)


@each_sympie
def test_best_is_chosen_on_corrupted_source_data(name: str) -> None:
    cfg = read(name)
    train, val = cfg.train_dataloader.dataset, cfg.val_dataloader.dataset
    assert val.data_root == train.data_root
    assert val.get("sequences") == train.get("sequences")
    kinds = [step.type for step in val.pipeline]
    assert "RandomCorruption" in kinds and val.pipeline[kinds.index("RandomCorruption")].seed == 0


@each_scored
def test_every_condition_is_scored_and_the_mode_is_named(name: str) -> None:
    cfg = read(name)
    tests = parts(cfg.test_dataloader.dataset)
    tested = {dataset.condition for dataset in tests}
    assert tested == set(cfg.test_evaluator.conditions)
    mirrored = bool(cfg.model.get("test_cfg", {}).get("mirror"))
    assert mirrored == ("paper" in cfg.test_evaluator.scoring)
    for dataset in tests:
        kinds = [step.type for step in dataset.pipeline]
        assert mirrored == ("ScoreAtThisSize" in kinds)
        assert "condition" in TRANSFORMS.build(dataset.pipeline[-1]).meta_keys


def test_camvid_trains_on_no_tested_frame() -> None:
    cfg = read(next(name for name in SYMPIE if "camvid" in name))
    trained = set(cfg.train_dataloader.dataset.sequences)
    tested = {s for d in cfg.test_dataloader.dataset.datasets for s in d.sequences}
    assert tested == {"0001TP", "Seq05VD"} and not trained & tested
    corruptions = next(
        step for step in cfg.train_dataloader.dataset.pipeline if step.type == "RandomCorruption"
    )
    assert not {"zoom_blur", "pixelate"} & set(corruptions.names)


@pytest.mark.parametrize("name", [n for n in SYMPIE if "test-server" in n])
def test_test_splits_are_predicted_without_labels_at_their_own_size(name: str) -> None:
    cfg = read(name)
    assert cfg.test_evaluator.type == "SubmissionWriter" and cfg.test_evaluator.format_only
    for dataset in cfg.test_dataloader.dataset.datasets:
        kinds = [step.type for step in dataset.pipeline]
        assert not {"LoadAnnotations", "ScoreAtThisSize"} & set(kinds)
        assert "test" in (dataset.get("split") or dataset.data_prefix.img_path)


def test_shipped_enhancers_train_on_the_driving_mix() -> None:
    corruption = read("configs/label_free/sympie_cityscapes.py").corruption
    assert dict(zip(corruption.names, corruption.weights, strict=True)) == DRIVING_MIX
    assert tuple(corruption["count"]) == (1, 2)


def test_half_of_the_draws_of_the_cityscapes_file_are_random_appearance() -> None:
    cfg = read("configs/label_free/sympie_sinet-appearance_1xb4-1000.py")
    (corruption,) = [
        s for s in cfg.train_dataloader.dataset.pipeline if s.type == "RandomCorruption"
    ]
    weights = dict(zip(corruption.names, corruption.weights, strict=True))
    assert weights == {**DRIVING_MIX, "random_appearance": 35.0}
    assert 0.45 < 35 / sum(weights.values()) < 0.5
    assert cfg.train_cfg.max_iters == cfg.param_scheduler[-1].end == 1000


def test_dark_pictures_need_not_be_brighter_than_those_of_cityscapes() -> None:
    own = read("configs/label_free/sympie_sinet-exposure_1xb4-1000.py").train_dataloader.dataset
    former = read(
        "configs/label_free/sympie_sinet-appearance_1xb4-1000.py"
    ).train_dataloader.dataset
    load, crop, flip, exposure, corruption, nearest, pack = own.pipeline
    assert [load, crop, flip, corruption, pack] == former.pipeline
    assert (exposure.type, tuple(exposure.exposure)) == ("RandomExposure", (0.25, 1.3))
    assert exposure.keep_clean and corruption.keep_clean
    assert (nearest.type, tuple(nearest.exposure)) == ("NearestExposure", (0.4, 1.15))


def test_the_target_has_the_colour_cast_of_cityscapes() -> None:
    own = read("configs/label_free/sympie_sinet-target-gains_1xb4-1000.py")
    former = read("configs/label_free/sympie_sinet-exposure_1xb4-1000.py")
    assert own.train_dataloader == former.train_dataloader
    options = dict(own.model.data_preprocessor.label_free)
    red, green, blue = options.pop("target_gains")
    assert options == former.model.data_preprocessor.label_free
    # Green is stronger by as much as in Cityscapes' published means, 73.16, 82.91 and 72.39.
    assert green / red == pytest.approx(82.91 / 73.16, rel=0.01)
    assert green / blue == pytest.approx(82.91 / 72.39, rel=0.02)


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("configs/streets/sympie_streets_1xb4-400.py", 3e-4),
        ("configs/camvid/sympie_camvid-day_1xb8-4k.py", 6e-4),
        ("configs/label_free/sympie_sinet_camvid-day_1xb4-1500.py", 1e-4),
        ("configs/label_free/sympie_cityscapes-appearance.py", 1e-4),
        ("configs/label_free/sympie_sinet-appearance_1xb4-1000.py", 8e-5),
        ("configs/label_free/sympie_sinet-exposure_1xb4-1000.py", 8e-5),
        ("configs/label_free/sympie_sinet-target-gains_1xb4-1000.py", 8e-5),
        ("configs/label_free/sympie_two-networks_1xb6-1000.py", 1e-4),
        ("configs/label_free/sympie_scenes_1xb6-900.py", 1e-4),
        ("configs/label_free/sympie_four-networks_1xb8-1000.py", 1e-4),
        ("configs/label_free/sympie_four-networks_1xb9-900.py", 1e-4),
        ("configs/label_free/sympie_four-networks_1xb9-800.py", 1e-4),
        ("configs/label_free/sympie_four-networks_1xb10-600.py", 1e-4),
        ("configs/label_free/sympie_exposure-four-networks_1xb10-600.py", 1e-4),
        ("configs/label_free/sympie_exposure-four-networks_1xb10-500.py", 1e-4),
        (MOMENTS, 1.5e-4),
        (FROM_IDENTITY, 3e-4),
    ],
)
def test_rates_behind_published_tables(name: str, rate: float) -> None:
    assert read(name).optim_wrapper.optimizer.lr == rate
