"""The enhancer files and the pictures that a training leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from sympie_seg.engine import EnhancementVisualizationHook, EnhancerFileHook
from sympie_seg.enhancer import SyMPIE, WarpParameters, load_enhancer, save_enhancer
from sympie_seg.models.frozen.fingerprint import network_fingerprint


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_enhancer(path)[0].state_dict()


def assert_equal(got: dict, wanted: dict) -> None:
    assert got and got.keys() == wanted.keys()
    assert all(torch.equal(got[key], wanted[key]) for key in wanted)


@pytest.fixture
def trained(runner_config: Callable, build_runner: Callable) -> Runner:
    """Three iterations with both hooks, TensorBoard on."""
    hooks = [
        dict(type="EnhancerFileHook", interval=2),
        dict(type="EnhancementVisualizationHook", interval=2),
    ]
    backends = [dict(type="LocalVisBackend"), dict(type="TensorboardVisBackend")]
    runner = build_runner(
        runner_config("hooks", custom_hooks=hooks, **{"visualizer.vis_backends": backends})
    )
    runner.train()
    return runner


def hook(runner: Runner, kind: type) -> EnhancerFileHook:
    (own,) = [h for h in runner.hooks if isinstance(h, kind)]
    return own


def test_last_and_teacher_are_those_of_the_end(trained: Runner) -> None:
    folder, own = Path(trained.work_dir), trained.model.data_preprocessor
    assert_equal(weights(folder / "enhancer_last.pth"), own.enhancer.state_dict())
    assert_equal(weights(folder / "enhancer_teacher.pth"), own.teacher.module.state_dict())
    provenance = load_enhancer(folder / "enhancer_last.pth")[1]
    assert provenance["iteration"] == 3 and provenance["seed"] == 0
    assert provenance["frozen_checkpoint"] == trained.cfg.frozen_checkpoint
    assert provenance["networks"] == [network_fingerprint(trained.model)]
    # mmengine validates once more at the end.
    assert load_enhancer(folder / "enhancer_best.pth")[1]["validation"]["mIoU"] > 0


def test_best_is_written_where_the_validation_improves(trained: Runner) -> None:
    files, own = hook(trained, EnhancerFileHook), trained.model.data_preprocessor.enhancer
    path = Path(trained.work_dir) / "enhancer_best.pth"
    seen = []
    for score in (60.0, 50.0, 60.0, 70.0):
        with torch.no_grad():
            own.nem.out.bias.add_(1)
        files.after_val_epoch(trained, {"mIoU": score})
        seen.append(float(weights(path)["nem.out.bias"][0] - own.nem.out.bias.detach()[0]))
    assert seen == pytest.approx([0, -1, -2, 0])
    assert load_enhancer(path)[1]["validation"] == {"mIoU": 70.0}


def test_best_needs_its_metric(trained: Runner) -> None:
    with pytest.raises(KeyError, match="save_best='mIoU' is none of the validation metrics"):
        hook(trained, EnhancerFileHook).after_val_epoch(trained, {"mAcc": 1.0})


def test_a_resumed_run_knows_the_best_score(trained: Runner) -> None:
    files = hook(trained, EnhancerFileHook)
    files.after_val_epoch(trained, {"mIoU": 50.0})
    path = Path(trained.work_dir) / "enhancer_best.pth"
    kept = path.read_bytes()
    trained.message_hub.runtime_info.pop("best_enhancer_score")
    trained._resume = True
    files.before_train(trained)
    files.after_val_epoch(trained, {"mIoU": 40.0})
    assert path.read_bytes() == kept


def test_tensorboard_shows_images_and_parameters(trained: Runner) -> None:
    (folder,) = Path(trained.work_dir).glob("*/vis_data")
    events = EventAccumulator(str(folder), size_guidance=dict(images=0)).Reload()
    wanted = {"image/2_corrupted", "image/3_enhanced", "image/4_enhanced_by_teacher"}
    wanted |= {"parameters/C_M", "parameters/C_S", "parameters/K"}
    assert set(events.Tags()["images"]) == wanted
    assert [e.step for e in events.Images("image/3_enhanced")] == [0, 2]
    picture = events.Images("image/2_corrupted")[0].encoded_image_string
    shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    data = Path(trained.cfg.train_dataloader.dataset.data_root) / "img"
    originals = [cv2.imread(str(f)) for f in sorted(data.glob("*.png"))]
    flipped = [np.ascontiguousarray(o[:, ::-1]) for o in originals]
    assert any(np.array_equal(shown, o) for o in originals + flipped), "colours or values changed"
    assert {"loss1", "loss2", "loss"} <= set(events.Tags()["scalars"])
    on_disk = cv2.imread(str(folder / "vis_image/image/2_corrupted_0.png"))
    assert np.array_equal(on_disk, shown), "mmengine's local backend makes no folders"


def test_the_clean_original_is_shown_where_the_pipeline_keeps_it() -> None:
    shown = {}

    class Stub:
        def __init__(self, **attributes: object) -> None:
            self.__dict__.update(attributes)

    image = torch.zeros(3, 4, 6)
    recorded = dict(input=image, enhanced=image, parameters=WarpParameters.identity(1))
    runner = Stub(
        iter=7,
        model=Stub(data_preprocessor=Stub(recorded=recorded)),
        visualizer=Stub(
            add_image=lambda name, picture, step: shown.update({name: (picture, step)})
        ),
        message_hub=Stub(update_scalar=lambda name, value: shown.update({name: float(value)})),
    )
    clean = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    EnhancementVisualizationHook().after_train_iter(
        runner, 0, dict(data_samples=[{"clean_img": clean}])
    )
    picture, step = shown["image/1_original"]
    assert step == 7 and np.array_equal(picture, clean[..., ::-1]), "BGR as loaded, RGB as shown"
    assert shown["train/distance_to_identity"] == 0
    kernel = shown["parameters/K"][0]
    assert kernel.shape == (160, 160, 3)
    red, _, blue = kernel[66, 66].astype(int)  # beside the number
    assert red > blue + 100 and tuple(kernel[0, 0]) == (255, 255, 255)


@pytest.mark.parametrize(
    ("before", "added"), [(dict(networks=["first"]), ["first"]), (dict(), ["unknown"])]
)
def test_a_training_from_a_file_keeps_the_networks_of_that_file(
    before: dict, added: list[str], runner_config: Callable, build_runner: Callable, tmp_path: Path
) -> None:
    save_enhancer(tmp_path / "start.pth", SyMPIE(), before)
    config = runner_config("start", **{"train_cfg.max_iters": 1})
    config.model.data_preprocessor.enhancer = dict(
        type="SyMPIEFromFile", path=str(tmp_path / "start.pth")
    )
    config.custom_hooks = [dict(type="EnhancerFileHook", interval=1)]
    runner = build_runner(config)
    runner.train()
    networks = load_enhancer(Path(runner.work_dir) / "enhancer_last.pth")[1]["networks"]
    assert networks == sorted([*added, network_fingerprint(runner.model)])


@pytest.mark.parametrize(
    ("by_type", "given", "kept"), [(True, None, 1.0), (False, None, 1.0), (False, 1.3, 1.3)]
)
def test_a_training_from_a_file_forgets_the_strength_of_that_file(
    by_type: bool,
    given: float | None,
    kept: float,
    runner_config: Callable,
    build_runner: Callable,
    tmp_path: Path,
) -> None:
    """It was chosen for other weights; the numbers that are trained are the plain ones either way."""
    path = tmp_path / "start.pth"
    save_enhancer(path, SyMPIE(strength=0.4, refinement=(0.5, 0.9), dead_zone=(0.2, 0.4)))
    config = runner_config("start", **{"train_cfg.max_iters": 1})
    start = dict(type="SyMPIEFromFile", path=str(path)) if by_type else str(path)
    config.model.data_preprocessor.enhancer = start
    config.model.data_preprocessor.strength = given
    config.custom_hooks = [dict(type="EnhancerFileHook", interval=1)]
    runner = build_runner(config)
    runner.train()
    for name in ("last", "teacher", "best"):
        written = load_enhancer(Path(runner.work_dir) / f"enhancer_{name}.pth")[0]
        assert written.strength == kept, name
        assert written.refinement is None and written.dead_zone is None, name
