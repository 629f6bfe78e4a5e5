"""Kill a small training again and again, resume it each time, and count the enhancers that came out different.

    python tools/misc/kill_campaign.py [--kills 50] [--work-dir work_dirs/kill_campaign]

One uninterrupted training is the reference. Then trainings are killed at random moments and resumed until they
end: by SIGKILL anywhere in the life of the process, by SIGKILL while a checkpoint is half written (the temporary
file is there, the checkpoint is not), and by SIGTERM to the process alone or to its workers too. At the end all three
enhancer files are compared with the reference, byte for byte. The data are generated, the pipeline draws from
Python, NumPy, torch and albumentations in two workers. Exit status 1 if an enhancer differs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import runpy
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch; and forking wants no thread pool
# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2

import sympie_seg  # noqa: F401  (imported once here, so that the forked trainings start at once)

ROOT = Path(__file__).resolve().parents[2]
FROZEN = ROOT / "configs/streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
FILES = ("enhancer_last.pth", "enhancer_teacher.pth", "enhancer_best.pth")
ITERATIONS = 16
PATIENCE = 300  # seconds for one process; far beyond what it needs

CONFIG = """
_base_ = ['{root}/configs/streets/sympie_streets_1xb4-400.py']
frozen_checkpoint = '{frozen}'
model = dict(
    backbone=dict(base_channels=8),
    decode_head=dict(in_channels=64),
    data_preprocessor=dict(enhancer=dict(thumbnail_resize=48, thumbnail_crop=44)),
)
train_dataloader = dict(
    batch_size=2,
    num_workers=2,
    dataset=dict(
        data_root='{data}/cityscapes',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
            dict(type='Albu', transforms=[dict(type='GaussNoise', p=1.0)]),
            dict(type='RandomCorruption', keep_clean=True),
            dict(type='PackSyMPIESegInputs'),
        ],
    ),
)
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(data_root='{data}/cityscapes'))
train_cfg = dict(max_iters={iterations}, val_interval=4)
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end={iterations}, T_max={iterations}, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=2, max_keep_ckpts=1), logger=dict(interval=4))
custom_hooks = [dict(type='EnhancerFileHook', interval=3, save_best='mIoU')]
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(vis_backends=vis_backends)
"""


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50, help="kills that have to hit a live run")
    parser.add_argument(
        "--in-writes", type=int, default=14, help="of them, inside a checkpoint write"
    )
    parser.add_argument("--terms", type=int, default=10, help="of them, by SIGTERM")
    parser.add_argument("--kills-per-run", type=int, default=5, help="kills before a run may end")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/kill_campaign"))
    return parser.parse_args()


@dataclass
class Process:
    """A training in a process group of its own."""

    pid: int
    log: Path

    def ended(self) -> int | None:
        """Exit status, negative for a signal, or None while it lives."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for the end."""
        deadline = time.monotonic() + seconds
        while (status := self.ended()) is None:
            if time.monotonic() > deadline:
                self.kill()
                raise SystemExit(f"a training hung for {seconds} s; see {self.log}")
            time.sleep(0.005)
        return status

    def kill(self) -> None:
        """SIGKILL to the process and its workers."""
        os.killpg(self.pid, signal.SIGKILL)


def start(config: Path, work_dir: Path) -> Process:
    """Fork ``tools/train.py CONFIG --work-dir DIR --resume``."""
    log = work_dir.with_suffix(".log")
    pid = os.fork()
    if pid:
        return Process(pid, log)
    os.setpgid(0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    status = 1
    try:
        sys.argv = ["train.py", str(config), "--work-dir", str(work_dir), "--resume"]
        runpy.run_path(str(ROOT / "tools/train.py"), run_name="__main__")
        status = 0
    except SystemExit as leave:
        status = int(leave.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)
    raise AssertionError("unreachable")


def half_written(work_dir: Path) -> list[str]:
    """Temporary files of checkpoints."""
    return [p.name for p in work_dir.glob(".iter_*.tmp")] if work_dir.is_dir() else []


def kill_anywhere(run: Process, life: float, draw: random.Random) -> bool:
    """SIGKILL at a moment of a whole life; whether it was still alive."""
    time.sleep(draw.uniform(0, life))
    return _kill(run)


def kill_in_write(run: Process, work_dir: Path, draw: random.Random) -> bool:
    """SIGKILL while one of the next checkpoints is half written; whether it really was."""
    skip, seen = draw.randrange(3), set()
    while run.ended() is None:
        fresh = [name for name in half_written(work_dir) if name not in seen]
        if fresh and skip:
            seen.update(fresh)
            skip -= 1
        elif fresh:
            time.sleep(draw.uniform(0, 0.01))
            return _kill(run) and bool(set(fresh) & set(half_written(work_dir)))
    return False


def terminate(run: Process, life: float, draw: random.Random) -> bool:
    """SIGTERM to the process, or to its workers too; whether it ended by it."""
    time.sleep(draw.uniform(0.3, 1) * life)
    if run.ended() is not None:
        return False
    send = os.killpg if draw.random() < 0.5 else os.kill
    send(run.pid, signal.SIGTERM)
    return run.wait() != 0


def _kill(run: Process) -> bool:
    run.kill()
    return run.wait() == -signal.SIGKILL


def hashes(work_dir: Path) -> dict[str, str]:
    """SHA-256 of the enhancer files."""
    return {name: hashlib.sha256((work_dir / name).read_bytes()).hexdigest() for name in FILES}


def prepare(folder: Path) -> Path:
    """Generate streets, train a network for two iterations, and write the config."""
    data, frozen = folder / "data", folder / "frozen"
    tool = [sys.executable, ROOT / "tools/generate_streets.py", data, "--size", 64, 32]
    counts = ["--train", 24, "--val", 4, "--adverse", 1, "--workers", 1]
    subprocess.run([str(word) for word in [*tool, *counts]], check=True, stdout=subprocess.DEVNULL)
    options = [
        *(f"{part}_dataloader.dataset.data_root={data}/cityscapes" for part in ("train", "val")),
        "train_dataloader.dataset.pipeline.2.scale=(64,32)",
        "train_dataloader.dataset.pipeline.3.crop_size=(32,64)",
        "model.data_preprocessor.size=(32,64)",
        "model.backbone.base_channels=8",
        "model.decode_head.in_channels=64",
        "train_cfg.max_iters=2",
    ]
    tool = [sys.executable, ROOT / "tools/train.py", FROZEN, "--work-dir", frozen, "--cfg-options"]
    subprocess.run([str(word) for word in [*tool, *options]], check=True, capture_output=True)
    config = folder / "small.py"
    network = frozen / "iter_2.pth"
    config.write_text(CONFIG.format(root=ROOT, data=data, frozen=network, iterations=ITERATIONS))
    return config


def main() -> None:
    """Run the campaign."""
    args = parse_args()
    cv2.setNumThreads(0)
    folder, draw = args.work_dir.resolve(), random.Random(args.seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = prepare(folder)
    began = time.monotonic()
    if start(config, folder / "reference").wait() != 0:
        raise SystemExit(f"the uninterrupted training failed; see {folder}/reference.log")
    life, wanted = time.monotonic() - began, hashes(folder / "reference")
    print(f"reference: {ITERATIONS} iterations in {life:.1f} s, {wanted}", flush=True)
    plan = ["write"] * args.in_writes + ["term"] * args.terms
    plan += ["any"] * (args.kills - len(plan))
    draw.shuffle(plan)
    done, missed, ended, different, number = dict(write=0, term=0, any=0), 0, 0, 0, 0
    while plan:
        number += 1
        work_dir, kills = folder / f"run{number}", 0
        while plan and kills < args.kills_per_run:
            kind, run = plan[-1], start(config, work_dir)
            if kind == "write":
                hit = kill_in_write(run, work_dir, draw)
            elif kind == "term":
                hit = terminate(run, life, draw)
            else:
                hit = kill_anywhere(run, life, draw)
            if hit:
                plan.pop()
                done[kind] += 1
                kills += 1
            else:
                missed += 1
                if all((work_dir / f).exists() for f in ("last_checkpoint", *FILES)):
                    break  # it had ended before the kill
        status = start(config, work_dir).wait()
        ended += 1
        if status != 0 or hashes(work_dir) != wanted:
            different += 1
            print(f"run {number}: DIFFERENT (exit status {status}), see {work_dir}.log", flush=True)
        else:
            print(f"run {number}: the same enhancer after {kills} kills", flush=True)
            shutil.rmtree(work_dir)
    print(
        f"{sum(done.values())} kills ({done['write']} inside a checkpoint write, {done['term']} SIGTERM, "
        f"{done['any']} SIGKILL anywhere; {missed} missed) of {ended} trainings in "
        f"{time.monotonic() - began:.0f} s: {different} ended in a different enhancer"
    )
    raise SystemExit(1 if different else 0)


if __name__ == "__main__":
    main()
