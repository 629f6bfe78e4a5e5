"""Two processes on the CPU, started with the scripts that a user starts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
FROZEN = "configs/streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
SYMPIE = "configs/streets/sympie_streets_1xb4-400.py"
SMALL = [
    "model.backbone.base_channels=8",
    "model.decode_head.in_channels=64",
    "train_dataloader.batch_size=1",
    "train_cfg.val_interval=4",
    "default_hooks.checkpoint.interval=2",
    "default_hooks.logger.interval=1",
]


def options(data: Path, *more: str) -> list[str]:
    roots = [f"{part}_dataloader.dataset.data_root={data}/cityscapes" for part in ("train", "val")]
    roots.append(f"test_dataloader.dataset.datasets.0.data_root={data}/cityscapes")
    roots += [f"test_dataloader.dataset.datasets.{i}.data_root={data}/acdc" for i in range(1, 5)]
    return ["--cfg-options", *roots, *SMALL, *more]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    own = dict(
        OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", PYTHON=sys.executable, PORT=free_port()
    )
    return {**os.environ, **own, **more}


def script(*command: object, **more: str) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(
        ["bash", *words],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-4000:]
    return output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, run: Callable) -> Path:
    """Streets, a frozen network, and an enhancer trained for four steps by two processes."""
    made = tmp_path_factory.mktemp("ranks")
    data = made / "data"
    sizes = ["--size", 128, 64, "--train", 9, "--val", 3, "--adverse", 1, "--workers", 1]
    run("tools/generate_streets.py", data, *sizes)
    crop = ["train_dataloader.dataset.pipeline.2.scale=(128,64)"]
    crop += ["train_dataloader.dataset.pipeline.3.crop_size=(64,128)"]
    crop += ["model.data_preprocessor.size=(64,128)", "train_cfg.max_iters=1"]
    batch = "train_dataloader.batch_size=2"  # BatchNorm of one image at 1 x 1 cannot train
    run("tools/train.py", FROZEN, "--work-dir", made / "frozen", *options(data, *crop, batch))
    frozen = f"frozen_checkpoint={made}/frozen/iter_1.pth"
    work = ["--work-dir", made / "two"]
    output = script(
        "tools/dist_train.sh", SYMPIE, 2, *work, *options(data, frozen, "train_cfg.max_iters=4")
    )
    assert "NEM keeps 7 plain BatchNorm layers: SyncBatchNorm does not run on the CPU" in output
    return made


def scores(work_dir: Path) -> dict[str, float]:
    (file,) = work_dir.glob("*/*.json")
    content = json.loads(file.read_text())
    return {key: value for key, value in content.items() if not key.endswith("time")}


@pytest.mark.slow
def test_two_processes_score_as_one(folder: Path, run: Callable) -> None:
    """Seven images in batches of two: padded to eight, and the repeated one must not count."""
    checkpoint, arguments = folder / "two/iter_4.pth", options(folder / "data")
    batch = "test_dataloader.batch_size=2"
    out = ["--out", folder / "predictions"]
    script(
        "tools/dist_test.sh",
        SYMPIE,
        checkpoint,
        2,
        "--work-dir",
        folder / "test2",
        *out,
        *arguments,
        batch,
    )
    run("tools/test.py", SYMPIE, checkpoint, "--work-dir", folder / "test1", *arguments)
    together = scores(folder / "test2")
    assert together == scores(folder / "test1")
    assert "fog/mIoU" in together
    assert len(list((folder / "predictions").rglob("*.png"))) == 3 + 4


@pytest.mark.slow
def test_one_process_continues_where_two_stopped(folder: Path) -> None:
    before = torch.load(folder / "two/iter_4.pth", weights_only=True)
    assert before["message_hub"]["runtime_info"]["samples_drawn"] == 2 * 4
    more = options(folder / "data", "train_cfg.max_iters=6")
    output = script(
        "tools/dist_train.sh", SYMPIE, 1, "--resume", "--work-dir", folder / "two", *more
    )
    assert "Passed over 8 samples by number, none was loaded" in output
    after = torch.load(folder / "two/iter_6.pth", weights_only=True)
    assert after["message_hub"]["runtime_info"]["samples_drawn"] == 2 * 4 + 2
    key = "data_preprocessor.enhancer.nem.out.bias"
    assert not torch.equal(after["state_dict"][key], before["state_dict"][key])


@pytest.mark.slow
def test_sigterm_to_torchrun_saves(folder: Path) -> None:
    """As a batch system stops a job: torchrun passes SIGTERM on to ranks and workers."""
    work, log = folder / "term", folder / "term.log"
    frozen = f"frozen_checkpoint={folder}/frozen/iter_1.pth"
    settings = options(
        folder / "data", frozen, "train_cfg.max_iters=1000", "train_dataloader.num_workers=1"
    )
    settings += [
        "default_hooks.checkpoint.interval=1000",
        "custom_hooks=[]",
        "train_cfg.val_interval=1000",
    ]
    command = ["bash", "tools/dist_train.sh", SYMPIE, "2", "--work-dir", str(work), *settings]
    with log.open("w") as file:
        job = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=file, stderr=file)
        deadline = time.monotonic() + 240
        while "[   3/1000]" not in log.read_text():
            assert job.poll() is None and time.monotonic() < deadline, log.read_text()[-4000:]
            time.sleep(0.2)
        job.send_signal(signal.SIGTERM)
        assert job.wait(120) != 0
    (saved,) = work.glob("iter_*.pth")
    assert f"wrote '{saved}'. The same command with --resume continues" in log.read_text()


def test_several_nodes(tmp_path: Path) -> None:
    """What torchrun is told; ``echo`` stands for Python."""
    nodes = dict(NNODES="3", NODE_RANK="2", MASTER_ADDR="head", PORT="1234", PYTHON="echo")
    words = script("tools/dist_train.sh", "CONFIG", "8", "--resume", **nodes).split()
    assert words[:2] == ["-m", "torch.distributed.run"]
    for word in (
        "--nnodes=3",
        "--node_rank=2",
        "--nproc_per_node=8",
        "--master_addr=head",
        "--master_port=1234",
    ):
        assert word in words
    assert words[-4:] == ["CONFIG", "--launcher", "pytorch", "--resume"]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("slurm_train.sh", ["CONFIG", "--resume"]),
        ("slurm_test.sh", ["CONFIG", "CHECKPOINT", "--tta"]),
    ],
)
def test_slurm(tool: str, arguments: list[str], tmp_path: Path) -> None:
    """A stand-in for srun runs what it is given as one node of two."""
    for name, body in (
        ("srun", 'echo "srun: $*" >&2\nwhile [ "$1" != bash ]; do shift; done\nexec "$@"'),
        ("scontrol", 'printf "head\\nsecond\\n"'),
    ):
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (tmp_path / name).chmod(0o755)
    slurm = dict(
        SLURM_NNODES="2", SLURM_NODEID="1", SLURM_JOB_NODELIST="x", PYTHON="echo", PORT="77"
    )
    path = f"{tmp_path}:{os.environ['PATH']}"
    output = script(
        f"tools/{tool}", "gpu", "night", *arguments,
        PATH=path, GPUS="16", GPUS_PER_NODE="8", SRUN_ARGS="--time=1", **slurm,
    )  # fmt: skip
    for word in (
        "-p gpu",
        "--job-name=night",
        "--nodes=2",
        "--gres=gpu:8",
        "--cpus-per-task=40",
        "--time=1",
    ):
        assert word in output, word
    launch = next(line for line in output.splitlines() if line.startswith("-m")).split()
    for word in (
        "--nnodes=2",
        "--node_rank=1",
        "--nproc_per_node=8",
        "--master_addr=head",
        "--master_port=77",
    ):
        assert word in launch
    kind = tool.removeprefix("slurm_").replace(".sh", ".py")
    assert launch[-len(arguments) - 3 :] == [
        str(ROOT / "tools" / kind),
        *arguments,
        "--launcher",
        "pytorch",
    ]
