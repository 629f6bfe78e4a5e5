"""Train the enhancer of the embedded default in several ways and print their tables side by side.

    sympie-seg demo --full                              # once: streets and a frozen network
    python tools/misc/compare_training_modes.py work_dirs/streets/seed1

Rows: float32 with three seeds (their spread is the noise), automatic mixed precision (bfloat16 on a CPU, fp16
and bfloat16 on CUDA), accumulated gradients, and torch.compile. Continues where it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import torch
from prettytable import PrettyTable

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.demos.streets import SYMPIE, data_options

ROOT = Path(__file__).resolve().parents[2]
CONDITIONS = ("clean", "fog", "night", "rain", "snow", "mean_over_conditions")


def modes() -> dict[str, list[str]]:
    """Options of each way to train; the seed is 1 where they name none."""
    half = {"AMP, bfloat16": ["--amp"]}
    if torch.cuda.is_available():
        bfloat16 = ["--amp", "--cfg-options", "optim_wrapper.dtype=bfloat16"]
        half = {"AMP, float16": ["--amp"], "AMP, bfloat16": bfloat16}
    accumulate = ["train_dataloader.batch_size=2", "optim_wrapper.accumulative_counts=2"]
    return {
        **{
            f"float32, seed {seed}": ["--cfg-options", f"randomness.seed={seed}"]
            for seed in (1, 2, 3)
        },
        **half,
        # Twice the iterations, so that as many images are seen in as many steps of the optimiser.
        "accumulated, 2 x 2": ["--twice", "--cfg-options", *accumulate],
        "torch.compile": ["--cfg-options", "compile=True"],
    }


def run(*words: object) -> None:
    """Run one of our tools; stop where it fails."""
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{(done.stdout + done.stderr)[-3000:]}")


def one(name: str, options: list[str], demo: Path, folder: Path, iterations: int) -> dict:
    """Train in one way (unless it is done), test, and give the metrics."""
    # No comma: --cfg-options would take a path with one for a list.
    work = folder / re.sub(r"\W+", "_", name)
    results = work.with_suffix(".json")
    if results.is_file():
        return json.loads(results.read_text())
    flags = [word for word in options if word == "--amp"]
    own = [word for word in options if not word.startswith("--")]
    if "--twice" in options:
        iterations *= 2
    schedule = [
        f"train_cfg.max_iters={iterations}",
        f"param_scheduler.0.end={iterations}",
        f"param_scheduler.0.T_max={iterations}",
        "randomness.seed=1",  # a row's own seed comes later and wins
        f"train_cfg.val_interval={iterations}",
        f"frozen_checkpoint={demo}/frozen/iter_800.pth",
    ]
    common = ["--cfg-options", *data_options(demo / "data"), *schedule]
    run(
        "tools/train.py",
        ROOT / "configs" / SYMPIE,
        "--work-dir",
        work,
        "--resume",
        *flags,
        *common,
        *own,
    )
    tested = work / "test"
    enhancer = f"model.data_preprocessor.enhancer={work}/enhancer_last.pth"
    network = demo / "frozen/iter_800.pth"
    run(
        "tools/test.py", ROOT / "configs" / SYMPIE, network, "--work-dir", tested, *common, enhancer
    )
    (file,) = tested.glob("*/*.json")
    results.write_text(file.read_text())
    return json.loads(results.read_text())


def main() -> None:
    """Train, test and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("demo", type=Path, help="a seed's folder of sympie-seg demo")
    parser.add_argument("--iterations", type=int, default=400)
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/training_modes"))
    args = parser.parse_args()
    demo, folder = args.demo.resolve(), args.work_dir.resolve()
    if not (demo / "frozen/iter_800.pth").is_file():
        raise SystemExit(f"'{demo}' has no frozen/iter_800.pth; run sympie-seg demo --full first")
    folder.mkdir(parents=True, exist_ok=True)
    table = PrettyTable(["mIoU (%)", *CONDITIONS], align="r")
    table.align["mIoU (%)"] = "l"
    for name, options in modes().items():
        metrics = one(name, options, demo, folder, args.iterations)
        table.add_row([name, *(f"{metrics[f'{c}/mIoU']:.2f}" for c in CONDITIONS)])
        print(f"{name} is done", flush=True)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()
    print(f"{args.iterations} steps of 4 images, {device}, {date.today()}\n{table}")


if __name__ == "__main__":
    main()
