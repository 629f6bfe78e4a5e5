"""A run that was stopped ends as one that was not: byte for byte."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import albumentations
import numpy as np
import pytest
import torch
from mmcv.transforms import BaseTransform
from mmengine.config import Config
from mmengine.hooks import CheckpointHook, Hook
from mmengine.registry import TRANSFORMS
from mmengine.runner import Runner

from sympie_seg.engine import ResumableIterBasedTrainLoop, SafeCheckpointHook
from sympie_seg.engine.resuming.checkpoint_files import latest_complete_checkpoint
from sympie_seg.engine.resuming.stop_request import STOPPED
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.weights import is_complete

pytestmark = pytest.mark.slow

FILES = ("enhancer_last.pth", "enhancer_teacher.pth", "enhancer_best.pth")
ITERATIONS = 7


@TRANSFORMS.register_module()
class DrawsFromEveryState(BaseTransform):
    """Adds noise from Python, NumPy, torch and albumentations; none of it takes a seed."""

    def __init__(self) -> None:
        self.noise = albumentations.Compose([albumentations.GaussNoise(p=1.0)])

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        shift = random.uniform(-9, 9) + np.random.uniform(-9, 9) + float(torch.rand(())) * 9
        image = np.clip(results["img"] + shift, 0, 255).astype(np.uint8)
        results["img"] = self.noise(image=image)["image"]
        return results


class Interrupt(Hook):
    """Does something in the middle of an iteration."""

    def __init__(self, iteration: int, action: Callable[[Runner], None]) -> None:
        self.iteration, self.action = iteration, action
        self.seen: list[str] = []

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        self.seen += [sample.img_path for sample in data_batch["data_samples"]]
        if batch_idx == self.iteration:
            self.action(runner)


class Killed(Exception):
    """Stands for SIGKILL: nothing of the run is executed afterwards."""


def kill(runner: Runner) -> None:
    raise Killed


def terminate(runner: Runner) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def config(runner_config: Callable[..., Config]) -> Callable[..., Config]:
    """Seven iterations with a checkpoint after every second and a validation after every third."""

    def make(name: str, experiment: str | None = None, **changes: Any) -> Config:
        changes = {
            "train_cfg.max_iters": ITERATIONS,
            "train_cfg.val_interval": 3,
            "default_hooks.checkpoint.interval": 2,
            "default_hooks.checkpoint.max_keep_ckpts": 1,
            "custom_hooks": [dict(type="EnhancerFileHook", interval=2)],
            "experiment_name": f"{name}_{experiment}_{os.urandom(4).hex()}",
            **changes,
        }
        made = runner_config(name, **changes)
        pipeline = made.train_dataloader.dataset.pipeline
        pipeline.insert(2, dict(type="DrawsFromEveryState"))
        return made

    return make


def hashes(work_dir: str) -> dict[str, bytes]:
    return {name: (Path(work_dir) / name).read_bytes() for name in FILES}


def run(runner: Runner, *hooks: Hook) -> Runner:
    for hook in hooks:
        runner.register_hook(hook)
    runner.train()
    return runner


@pytest.fixture
def whole(config: Callable, build_runner: Callable) -> dict[str, bytes]:
    """The files of an uninterrupted run."""
    return hashes(run(build_runner(config("whole"))).work_dir)


def test_the_same_command_gives_the_same_files(
    config: Callable, build_runner: Callable, whole: dict
) -> None:
    assert hashes(run(build_runner(config("again"))).work_dir) == whole
    other = build_runner(config("other", **{"randomness.seed": 1}))
    assert hashes(run(other).work_dir) != whole


@pytest.mark.parametrize("iteration", [2, 3, 5, 6])
def test_killed_in_an_iteration(
    iteration: int, config: Callable, build_runner: Callable, whole: dict
) -> None:
    with pytest.raises(Killed):
        run(build_runner(config("killed")), Interrupt(iteration, kill))
    resumed = run(build_runner(config("killed", resume=True)))
    assert hashes(resumed.work_dir) == whole


def test_killed_in_a_validation_whose_checkpoint_was_written(
    config: Callable, build_runner: Callable, whole: dict
) -> None:
    """mmengine would continue without that validation, and could miss the best enhancer."""
    changes = {"default_hooks.checkpoint.interval": 3}
    first = build_runner(config("validation", **changes))
    first.register_hook(
        type("Stop", (Hook,), dict(before_val_epoch=lambda self, runner: kill(runner)))()
    )
    with pytest.raises(Killed):
        first.train()
    assert not (Path(first.work_dir) / "enhancer_best.pth").exists()
    resumed = run(build_runner(config("validation", resume=True, **changes)))
    assert hashes(resumed.work_dir) == whole


def test_workers_may_change(config: Callable, build_runner: Callable, whole: dict) -> None:
    with pytest.raises(Killed):
        run(build_runner(config("workers")), Interrupt(5, kill))
    options = {"train_dataloader.num_workers": 2, "train_dataloader.persistent_workers": True}
    resumed = run(build_runner(config("workers", resume=True, **options)))
    assert hashes(resumed.work_dir) == whole


def test_past_samples_are_not_loaded(config: Callable, build_runner: Callable) -> None:
    everything = Interrupt(-1, kill)
    run(build_runner(config("seen")), everything)
    with pytest.raises(Killed):
        run(build_runner(config("skipping")), Interrupt(5, kill))
    second, loaded = build_runner(config("skipping", resume=True)), []
    hook = Interrupt(-1, kill)
    second.register_hook(hook)
    build = second.build_train_loop

    def watched(loop: Any) -> Any:
        built = build(loop)
        inner = built.dataloader.dataset.dataset
        load = inner.prepare_data
        inner.prepare_data = lambda index: loaded.append(index) or load(index)
        return built

    second.build_train_loop = watched
    second.train()
    assert hook.seen == everything.seen[2 * 4 :]
    assert len(loaded) == len(hook.seen) == 2 * (ITERATIONS - 4)


@pytest.mark.parametrize("sampler", [dict(type="DefaultSampler", shuffle=True)])
def test_samplers_that_end(sampler: dict, config: Callable, build_runner: Callable) -> None:
    options = {
        "train_dataloader.sampler": dict(sampler, _delete_=True),
        "train_dataloader.batch_size": 4,
    }
    for drop_last in (False, True):
        name = f"ends{drop_last}"
        options["train_dataloader.drop_last"] = drop_last
        uninterrupted = hashes(run(build_runner(config(name, **options))).work_dir)
        with pytest.raises(Killed):
            run(build_runner(config(name + "_killed", **options)), Interrupt(5, kill))
        resumed = run(build_runner(config(name + "_killed", resume=True, **options)))
        assert hashes(resumed.work_dir) == uninterrupted


def test_sigterm_finishes_the_iteration_and_saves(
    config: Callable, build_runner: Callable, whole: dict
) -> None:
    former = signal.getsignal(signal.SIGTERM)
    first = build_runner(config("term"))
    with pytest.raises(SystemExit) as stopped:
        run(first, Interrupt(4, terminate))
    assert stopped.value.code == STOPPED == 143
    assert signal.getsignal(signal.SIGTERM) == former
    assert latest_complete_checkpoint(first.work_dir).endswith("iter_5.pth")
    resumed = run(build_runner(config("term", resume=True)))
    assert hashes(resumed.work_dir) == whole


def test_accumulated_gradients_are_never_cut(config: Callable, build_runner: Callable) -> None:
    options = {"optim_wrapper.accumulative_counts": 3}
    with pytest.raises(ValueError, match=r"interval=2 is no multiple of .*=3.*Set it to 3"):
        run(build_runner(config("cut", **options)))
    options["default_hooks.checkpoint.interval"] = 3
    uninterrupted = hashes(run(build_runner(config("sum", **options))).work_dir)
    first = build_runner(config("sum_term", **options))
    with pytest.raises(SystemExit):
        run(first, Interrupt(3, terminate))
    assert latest_complete_checkpoint(first.work_dir).endswith("iter_6.pth")
    resumed = run(build_runner(config("sum_term", resume=True, **options)))
    assert hashes(resumed.work_dir) == uninterrupted


def test_seed_of_the_checkpoint_is_taken_up(config: Callable, build_runner: Callable) -> None:
    """Without a seed in the config mmengine draws one, which the data loader would not learn of."""
    options = {"randomness": dict(seed=None, _delete_=True)}
    whole = build_runner(config("noseed", **options))
    with pytest.raises(Killed):
        run(whole, Interrupt(5, kill))
    seed = whole.seed
    resumed = run(build_runner(config("noseed", resume=True, **options)))
    assert resumed.seed == seed
    same = run(build_runner(config("sameseed", **{"randomness.seed": seed})))
    assert hashes(resumed.work_dir) == hashes(same.work_dir)


@pytest.mark.parametrize("kind", ["mmengine.CheckpointHook", "CheckpointHook"])
def test_mmengines_parts_are_replaced_however_they_are_named(
    kind: Any, config: Callable, build_runner: Callable
) -> None:
    made = config(kind)
    made.default_hooks.checkpoint.type = kind
    made.train_cfg.type = "mmengine.IterBasedTrainLoop"
    runner = build_runner(made)
    runner.register_hook(dict(type=CheckpointHook))  # as mmengine's pure Python configs have it
    assert {type(h) for h in runner.hooks if isinstance(h, CheckpointHook)} == {SafeCheckpointHook}
    assert isinstance(runner.build_train_loop(runner._train_loop), ResumableIterBasedTrainLoop)


def test_epochs(config: Callable, build_runner: Callable) -> None:
    """mmpretrain's habit: checkpoints at the ends of epochs."""

    def by_epoch(name: str, **changes: Any) -> Runner:
        made = config(name, **changes)
        made.train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=3, val_interval=1)
        made.train_dataloader.sampler = dict(type="DefaultSampler", shuffle=True)
        made.default_hooks.checkpoint = dict(type="CheckpointHook", interval=1)
        return build_runner(made)

    uninterrupted = hashes(run(by_epoch("epochs")).work_dir)
    first, stop = by_epoch("epochs_killed"), Interrupt(-1, kill)
    stop.before_train_epoch = lambda runner: kill(runner) if runner.epoch == 2 else None
    with pytest.raises(Killed):
        run(first, stop)
    assert latest_complete_checkpoint(first.work_dir).endswith("epoch_2.pth")
    assert hashes(run(by_epoch("epochs_killed", resume=True)).work_dir) == uninterrupted


class TestCheckpointFiles:
    def test_a_cut_checkpoint_is_passed_over(
        self, config: Callable, build_runner: Callable, whole: dict, caplog: Any
    ) -> None:
        keep = {"default_hooks.checkpoint.max_keep_ckpts": 2}
        first = build_runner(config("cut", **keep))
        with pytest.raises(Killed):
            run(first, Interrupt(5, kill))
        newest = Path(first.work_dir) / "iter_4.pth"
        newest.write_bytes(newest.read_bytes()[:-1000])
        assert latest_complete_checkpoint(first.work_dir).endswith("iter_2.pth")
        resumed = run(build_runner(config("cut", resume=True, **keep)))
        assert hashes(resumed.work_dir) == whole

    def test_a_flipped_bit_is_noticed(self, tmp_path: Path) -> None:
        path = tmp_path / "iter_1.pth"
        torch.save(dict(state_dict=dict(weight=torch.ones(1000))), path)
        assert is_complete(path)
        data = bytearray(path.read_bytes())
        data[data.index(torch.ones(4).numpy().tobytes()) + 100] ^= 1
        path.write_bytes(bytes(data))
        assert not is_complete(path)
        assert latest_complete_checkpoint(str(tmp_path)) is None

    def test_the_named_one_goes_first_even_if_the_folder_moved(self, tmp_path: Path) -> None:
        for step in (20, 5):  # an older, longer run left iter_20
            torch.save(dict(a=1), tmp_path / f"iter_{step}.pth")
        os.utime(tmp_path / "iter_20.pth", ns=(1, 1))
        replace_bytes(tmp_path / "last_checkpoint", b"/elsewhere/iter_20.pth\n")
        assert latest_complete_checkpoint(str(tmp_path)).endswith("iter_20.pth")
        (tmp_path / "last_checkpoint").write_text("")  # killed while mmengine wrote it
        assert latest_complete_checkpoint(str(tmp_path)).endswith("iter_5.pth")

    def test_the_outdated_one_goes_after_the_new_one_is_there(
        self, config: Callable, build_runner: Callable, monkeypatch: Any
    ) -> None:
        runner = build_runner(config("order"))
        folder, before = Path(runner.work_dir), []
        save = type(runner).save_checkpoint

        def watched(self: Runner, *args: Any, **kwargs: Any) -> None:
            before.append(sorted(p.name for p in folder.glob("iter_*.pth")))
            save(self, *args, **kwargs)

        monkeypatch.setattr(type(runner), "save_checkpoint", watched)
        runner.train()
        assert before == [[], ["iter_2.pth"], ["iter_4.pth"], ["iter_6.pth"]]
        assert [p.name for p in folder.glob("iter_*.pth")] == ["iter_7.pth"]

    def test_a_full_disk_leaves_the_last_good_one(
        self, config: Callable, build_runner: Callable, monkeypatch: Any
    ) -> None:
        runner = build_runner(config("full", **{"train_cfg.val_interval": 100}))

        def full(descriptor: int) -> None:
            if runner.iter == 3:
                raise OSError(28, "No space left on device")

        monkeypatch.setattr("sympie_seg.utils.files.os.fsync", full)
        with pytest.raises(
            OSError, match=r"(?s)No space left.*last good checkpoint is '.*iter_2.pth'"
        ) as raised:
            runner.train()
        assert raised.value.errno == 28
        folder = Path(runner.work_dir)
        assert [p.name for p in folder.glob("*iter_*")] == ["iter_2.pth"]
        assert is_complete(folder / "iter_2.pth")

    def test_damaged_file_by_name(
        self, config: Callable, build_runner: Callable, tmp_path: Path
    ) -> None:
        path = tmp_path / "broken.pth"
        torch.save(dict(state_dict={}), path)
        path.write_bytes(path.read_bytes()[:-50])
        runner = build_runner(config("named", resume=True, load_from=str(path)))
        with pytest.raises(ValueError, match=r"broken\.pth' is damaged or cut short"):
            runner.train()


def test_nan_loss_stops_before_anything_is_written(
    config: Callable, build_runner: Callable, monkeypatch: Any
) -> None:
    runner = build_runner(config("nan"))

    def poison(runner: Runner) -> None:
        head = runner.model.decode_head.conv_seg
        head.weight.data.fill_(float("nan"))

    with pytest.raises(
        FloatingPointError, match=r"loss is nan at iteration 4 .*\.png.*iter_2\.pth.*lr"
    ):
        run(runner, Interrupt(3, poison))
    folder = Path(runner.work_dir)
    assert [p.name for p in folder.glob("iter_*")] == ["iter_2.pth"]
    assert is_complete(folder / "iter_2.pth")


def test_versions_commit_and_seed_are_logged(config: Callable, build_runner: Callable) -> None:
    runner = run(build_runner(config("logged")))
    (log,) = Path(runner.work_dir).glob("*/*.log")
    text = log.read_text()
    for wanted in (
        "sympie_seg: ",
        "(commit ",
        "mmsegmentation",
        "albumentations: ",
        "seed: 0",
        "max_iters=7",
    ):
        assert wanted in text, wanted
