"""The runner as the tools build it, on six small images."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from torch import Tensor

from sympie_seg.enhancer import load_enhancer
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.split_loss import split_loss

NO_ENHANCER = "data_preprocessor."


def state(runner: Runner, part: str = "") -> dict[str, Tensor]:
    return {k: v.clone() for k, v in runner.model.state_dict().items() if k.startswith(part)}


def assert_equal(got: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert got and got.keys() == wanted.keys()
    different = [key for key in wanted if not torch.equal(got[key], wanted[key])]
    assert not different, different[:5]


def assert_network_is(got: dict[str, Tensor], frozen_file: Path) -> None:
    wanted = torch.load(frozen_file, weights_only=True)["state_dict"]
    wanted = {k: v for k, v in wanted.items() if not k.startswith(NO_ENHANCER)}
    assert_equal({k: v for k, v in got.items() if not k.startswith(NO_ENHANCER)}, wanted)


def test_training_moves_the_enhancer_and_nothing_of_the_network(
    runner_config: Callable, build_runner: Callable, frozen_file: Path
) -> None:
    runner = build_runner(runner_config())
    start = state(runner, "data_preprocessor.enhancer.")
    runner.train()
    assert runner.iter == 3
    assert_network_is(state(runner), frozen_file)
    after = state(runner, "data_preprocessor.enhancer.")
    assert not torch.equal(
        after["data_preprocessor.enhancer.nem.out.bias"],
        start["data_preprocessor.enhancer.nem.out.bias"],
    )


def test_nothing_is_initialised_or_downloaded(
    runner_config: Callable, build_runner: Callable, frozen_file: Path
) -> None:
    pretrained = dict(type="Pretrained", checkpoint="https://example.invalid/imagenet.pth")
    runner = build_runner(runner_config(**{"model.backbone.init_cfg": pretrained}))

    def refuse() -> None:
        raise AssertionError("init_weights was called")

    runner.model.init_weights = refuse
    runner.train()
    assert_network_is(state(runner), frozen_file)


def test_training_without_frozen_weights_stops(
    runner_config: Callable, build_runner: Callable
) -> None:
    with pytest.raises(ValueError, match="frozen_checkpoint is not set"):
        build_runner(runner_config(frozen_checkpoint=None)).train()


def test_resume_brings_back_student_teacher_and_optimiser(
    runner_config: Callable, build_runner: Callable, frozen_file: Path
) -> None:
    first = build_runner(runner_config("resumed"))
    first.train()
    wanted, moments = state(first), first.optim_wrapper.state_dict()["state"]
    # The checkpoint holds the network: a resumed run needs no other file.
    options = {"resume": True, "experiment_name": "resumed_again", "frozen_checkpoint": None}
    second = build_runner(runner_config("resumed", **options))
    second.train()
    assert second.iter == 3
    assert_equal(state(second), wanted)
    assert_network_is(state(second), frozen_file)
    resumed = second.optim_wrapper.state_dict()["state"]
    assert len(moments) == len(resumed) > 0
    for key, moment in moments.items():
        assert torch.equal(resumed[key]["exp_avg"], moment["exp_avg"])
    teacher = {k: v for k, v in wanted.items() if "teacher" in k}
    student = {k.replace(".teacher.module.", ".enhancer."): v for k, v in teacher.items()}
    assert any(not torch.equal(wanted[k], v) for k, v in student.items() if k in wanted)


def test_resume_continues_training(runner_config: Callable, build_runner: Callable) -> None:
    first = build_runner(runner_config("longer"))
    first.train()
    options = {"resume": True, "experiment_name": "longer_again", "train_cfg.max_iters": 5}
    second = build_runner(runner_config("longer", **options))
    second.train()
    assert second.iter == 5
    key = "data_preprocessor.enhancer.nem.out.bias"
    assert not torch.equal(state(second)[key], state(first)[key])


def test_bfloat16_autocast(
    enhanced_network: Callable, batch: Callable, perturbed: Callable
) -> None:
    """mmengine's AmpOptimWrapper wants a GPU; the step inside of it is the same."""
    model = split_loss(freeze_network(enhanced_network(dict(two_step=True))))
    perturbed(model.data_preprocessor.enhancer)
    optimizer = dict(type="Adam", lr=1e-3)
    kind = "EnhancerOptimWrapperConstructor"
    wrapper = build_optim_wrapper(
        model, dict(type="OptimWrapper", constructor=kind, optimizer=optimizer)
    )
    before = {k: v.clone() for k, v in model.state_dict().items()}
    model.train()
    with torch.autocast("cpu", torch.bfloat16):
        log_vars = model.train_step(batch(2), wrapper)
    assert log_vars["loss"].isfinite()
    after = model.state_dict()
    for key, value in after.items():
        assert value.dtype == before[key].dtype and value.isfinite().all(), key
        if not key.startswith("data_preprocessor."):
            assert torch.equal(value, before[key]), key
    moved = "data_preprocessor.enhancer.nem.out.weight"
    assert not torch.equal(after[moved], before[moved])


class TestTheTestedEnhancer:
    """``Runner.test`` never calls ``init_weights``; a silent identity is the trap."""

    def test_untrained_is_refused(
        self, runner_config: Callable, build_runner: Callable, frozen_file: Path
    ) -> None:
        runner = build_runner(runner_config(load_from=str(frozen_file)))
        with pytest.raises(ValueError, match=r"the enhancer is untrained.*enhancer=FILE"):
            runner.test()

    def test_named_file_takes_precedence(
        self,
        runner_config: Callable,
        build_runner: Callable,
        frozen_file: Path,
        enhancer_file: Path,
    ) -> None:
        options = {
            "load_from": str(frozen_file),
            "model.data_preprocessor.enhancer": str(enhancer_file),
        }
        runner = build_runner(runner_config(**options))
        runner.test()
        wanted = load_enhancer(enhancer_file)[0].state_dict()
        assert_equal(runner.model.data_preprocessor.enhancer.state_dict(), wanted)
        assert str(enhancer_file) in runner.model.data_preprocessor.enhancer_source

    def test_full_checkpoint_brings_its_enhancer(
        self, runner_config: Callable, build_runner: Callable
    ) -> None:
        trained = build_runner(runner_config("trained"))
        trained.train()
        path = Path(trained.work_dir) / "iter_3.pth"
        runner = build_runner(runner_config("tested", load_from=str(path)))
        runner.test()
        part = "data_preprocessor.enhancer."
        assert_equal(state(runner, part), state(trained, part))

    def test_half_a_network_is_refused(
        self, runner_config: Callable, build_runner: Callable, frozen_file: Path, tmp_path: Path
    ) -> None:
        half = torch.load(frozen_file, weights_only=True)
        half["state_dict"].pop("backbone.conv1.weight")
        torch.save(half, tmp_path / "half.pth")
        runner = build_runner(runner_config(load_from=str(tmp_path / "half.pth")))
        with pytest.raises(ValueError, match=r"half\.pth' does not fit the network"):
            runner.test()


@pytest.mark.slow
def test_two_gloo_ranks_end_with_one_enhancer(
    runner_config: Callable, frozen_file: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.py"
    runner_config("ranks", launcher="pytorch").dump(config)
    script = Path(__file__).with_name("rank.py")
    root = Path(__file__).resolve().parents[2]
    environment = dict(
        os.environ, OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", PYTHONPATH=str(root)
    )
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2"]
    done = subprocess.run(
        [*launch, "--standalone", script, config, tmp_path],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    ranks = [torch.load(tmp_path / f"rank{r}.pth", weights_only=True) for r in (0, 1)]
    # They saw different images, so equal weights mean that they talked to one another.
    assert ranks[0]["seen"] != ranks[1]["seen"]
    assert_equal(ranks[0]["state"], ranks[1]["state"])
    assert_network_is(ranks[0]["state"], frozen_file)
    assert ranks[0]["state"]["data_preprocessor.enhancer.nem.out.weight"].abs().max() > 0
