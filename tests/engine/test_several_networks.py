"""A training through two networks: files, resuming, validation, the loss in eval mode."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import Runner

import sympie_seg.classification  # noqa: F401
from sympie_seg.enhancer import load_enhancer

ENHANCER = dict(type="SyMPIE", thumbnail_resize=48, thumbnail_crop=44)
META_KEYS = (
    "img_path", "ori_shape", "img_shape", "pad_shape", "corruption", "severity", "clean_img", "clean_map",
)  # fmt: skip
FILES = ("enhancer_last.pth", "enhancer_teacher.pth", "enhancer_best.pth")
ITERATIONS = 12


class Killed(Exception):
    """Stands for SIGKILL: nothing of the run is executed afterwards."""


class At(Hook):
    """Does something in the middle of an iteration."""

    def __init__(self, iteration: int, action: Callable[[], None]) -> None:
        self.iteration, self.action = iteration, action

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        if batch_idx == self.iteration:
            self.action()


def kill() -> None:
    raise Killed


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def segmenter() -> dict:
    return dict(
        type="mmseg.EncoderDecoder",
        data_preprocessor=dict(type="SegDataPreProcessor", size_divisor=8, mean=[120] * 3, std=[60] * 3),
        backbone=dict(type="DeepLabV2ResNet", depth=18, base_channels=8, norm_cfg=dict(type="BN")),
        decode_head=dict(
            type="FCNHead", in_channels=64, in_index=3, channels=8, num_convs=1, num_classes=5, concat_input=False,
            norm_cfg=dict(type="BN"), align_corners=False,
        ),
        train_cfg=dict(),
        test_cfg=dict(mode="whole"),
    )  # fmt: skip


def classifier() -> dict:
    return dict(
        type="TorchNetwork", task="classification", factory="torchvision.models:squeezenet1_0",
        factory_args=dict(num_classes=7), mean=[120] * 3, std=[60] * 3, max_pixel_value=255,
    )  # fmt: skip


@pytest.fixture(scope="session")
def frozen_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Weights of both networks."""
    folder, paths = tmp_path_factory.mktemp("networks"), []
    for scope, config in (("mmseg", segmenter()), ("mmpretrain", classifier())):
        torch.manual_seed(3)
        with DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(config)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "conv_seg" in name or "classifier" in name:
                    parameter.normal_(0, 0.5)
        paths.append(str(folder / f"{scope}.pth"))
        torch.save(dict(state_dict=model.state_dict()), paths[-1])
    return paths


def dataset(root: Path, crop: tuple[int, int], pack: str, fixed: bool) -> dict:
    seed = dict(seed=0) if fixed else {}
    corruption = dict(type="RandomCorruption", keep_clean=True, count=(1, 2), **seed)
    if fixed:
        corruption["names"] = ["gaussian_noise", "fog"]
    return dict(
        type="UnlabelledImages", data_root=str(root / "img"), early_check=0, duplicate_check=0, test_mode=fixed,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="RandomScaleCrop", scale_range=(0.8, 1.2), crop_size=crop, **seed),
            corruption,
            dict(type=pack, meta_keys=META_KEYS),
        ],
    )  # fmt: skip


def parts(root: Path, fixed: bool) -> list[dict]:
    return [
        dict(dataset=dataset(root, (48, 64), "mmseg.PackSegInputs", fixed), count=1),
        dict(dataset=dataset(root, (44, 44), "mmpretrain.PackInputs", fixed), count=2),
    ]


@pytest.fixture
def config(
    runner_config: Callable[..., Config], toy_data: Path, frozen_files: list[str]
) -> Callable[..., Config]:
    """Twelve iterations with a checkpoint after every third and a validation after every fourth."""

    def make(name: str, **changes: Any) -> Config:
        made = runner_config(name, experiment_name=f"{name}_{os.urandom(4).hex()}")
        made.frozen_checkpoint = frozen_files
        made.model = dict(
            type="FrozenNetworks",
            data_preprocessor=dict(
                type="SharedEnhancement", enhancer=ENHANCER, two_step=True, label_free=True
            ),
            networks=[
                dict(name="streets", model=segmenter()),
                dict(name="photos", model=classifier(), weight=0.5),
            ],
        )
        made.train_dataloader = dict(
            batch_size=1, num_workers=0, collate_fn=dict(type="network_mix_collate"),
            sampler=dict(type="InfiniteSampler"), dataset=dict(type="NetworkMix", parts=parts(toy_data, False)),
        )  # fmt: skip
        made.val_dataloader = made.test_dataloader = dict(
            batch_size=2, num_workers=0, sampler=dict(type="DefaultSampler", shuffle=False),
            dataset=dict(type="NetworkSequence", parts=parts(toy_data, True)),
        )  # fmt: skip
        made.val_evaluator = made.test_evaluator = dict(type="CleanAgreement")
        made.train_cfg = dict(type="IterBasedTrainLoop", max_iters=ITERATIONS, val_interval=4)
        made.default_hooks.checkpoint.update(interval=3, max_keep_ckpts=1)
        made.custom_hooks = [dict(type="EnhancerFileHook", interval=3, save_best="agreement/mean")]
        made.optim_wrapper.paramwise_cfg = dict(custom_keys={"nem.out": dict(lr_mult=0.2)})
        made.merge_from_dict(changes)
        return made

    return make


def files(runner: Runner) -> dict[str, bytes]:
    return {name: (Path(runner.work_dir) / name).read_bytes() for name in FILES}


def run(runner: Runner, *hooks: Hook) -> Runner:
    for hook in hooks:
        runner.register_hook(hook)
    runner.train()
    return runner


def test_a_training_from_end_to_end(
    config: Callable, build_runner: Callable, frozen_files: list[str]
) -> None:
    """Frozen weights loaded and unchanged, files written, agreement by network, rates by parameter."""
    hook = dict(type="EvalLossHook", interval=4)
    made = config("whole", **{"train_cfg.max_iters": 4})
    made.custom_hooks.append(hook)
    runner = run(build_runner(made))
    for path, network in zip(frozen_files, runner.model.networks.values(), strict=True):
        state = torch.load(path, weights_only=True)["state_dict"]
        assert all(torch.equal(state[key], value) for key, value in network.state_dict().items())
    enhancer, provenance = load_enhancer(Path(runner.work_dir) / "enhancer_best.pth")
    assert (
        provenance["frozen_checkpoint"] == f"streets: {frozen_files[0]}; photos: {frozen_files[1]}"
    )
    assert float(enhancer.nem.out.weight.abs().sum()) > 0
    log = {key: value.current() for key, value in runner.message_hub.log_scalars.items()}
    own = log["val/agreement/streets/mIoU"], log["val/agreement/photos/scores"]
    assert log["val/agreement/mean"] == pytest.approx(sum(own) / 2, abs=1e-3)
    assert "val/agreement/mIoU" not in log
    assert provenance["validation"] == {"agreement/mean": log["val/agreement/mean"]}
    rates = {g["lr"] for g in runner.optim_wrapper.param_groups}
    assert max(rates) == pytest.approx(5 * min(rates))
    total = log["train/loss1_eval_streets"] + 0.5 * log["train/loss1_eval_photos"]
    assert log["train/loss1_eval"] == pytest.approx(total, rel=1e-5)
    assert log["train/eval_gap"] == pytest.approx(
        100 * (log["train/loss1_eval"] / log["train/loss1"] - 1), rel=1e-4
    )


@pytest.mark.slow
def test_killed_at_ten_iterations(config: Callable, build_runner: Callable) -> None:
    """Also with the hook that measures in eval mode, of which the uninterrupted run knows nothing."""
    whole = files(run(build_runner(config("whole"))))
    for iteration in range(1, 11):
        name = f"killed{iteration}"
        made = config(name)
        made.custom_hooks.append(dict(type="EvalLossHook", interval=1 + iteration % 2, batches=1))
        with pytest.raises(Killed):
            run(build_runner(made), At(iteration, kill))
        assert files(run(build_runner(config(name, resume=True)))) == whole, iteration


@pytest.mark.slow
def test_killed_inside_accumulation(config: Callable, build_runner: Callable) -> None:
    changes = {"optim_wrapper.accumulative_counts": 3}
    whole = files(run(build_runner(config("whole", **changes))))
    stops = ((4, kill, Killed), (7, terminate, SystemExit), (5, terminate, SystemExit))
    for iteration, action, error in stops:
        name = f"killed{iteration}"
        with pytest.raises(error):
            run(build_runner(config(name, **changes)), At(iteration, action))
        assert files(run(build_runner(config(name, resume=True, **changes)))) == whole, iteration


@pytest.mark.slow
def test_workers_load_what_the_main_process_does(config: Callable, build_runner: Callable) -> None:
    short = {"train_cfg.max_iters": 4}
    whole = files(run(build_runner(config("whole", **short))))
    workers = {"train_dataloader.num_workers": 2, "train_dataloader.persistent_workers": True}
    assert files(run(build_runner(config("workers", **short, **workers)))) == whole


@pytest.mark.slow
def test_bfloat16(config: Callable, build_runner: Callable) -> None:
    changes = {"optim_wrapper.type": "Bfloat16OptimWrapper", "train_cfg.max_iters": 4}
    made = config("amp", **changes)
    made.custom_hooks.append(dict(type="EvalLossHook", interval=2, batches=2))
    runner = run(build_runner(made))
    assert torch.isfinite(torch.tensor(runner.message_hub.get_scalar("train/loss").current()))


def test_other_networks_on_resume_are_refused(config: Callable, build_runner: Callable) -> None:
    short = {"train_cfg.max_iters": 3}
    run(build_runner(config("first", **{**short, "train_cfg.val_interval": 3})))
    made = config("first", resume=True)
    made.model.networks = made.model.networks[:1]
    made.train_dataloader.dataset.parts = made.train_dataloader.dataset.parts[:1]
    with pytest.raises(ValueError, match=r"2 networks \(streets, photos\), the config has 1"):
        run(build_runner(made))
    made = config("first", resume=True)
    made.model.networks[1].name = "birds"
    with pytest.raises(ValueError, match=r"same networks in the same order"):
        run(build_runner(made))
