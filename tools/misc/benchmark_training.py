"""Measure the speed of two-step training, against the same without what it saves.

    python tools/misc/benchmark_training.py --out training.json

In one run and in turns, for each batch size: our step (both steps' losses in one backward pass, no gradients for the
frozen network's weights); the two steps in separate passes with those gradients left on; and either of the two alone.
Then our step with several processes (gloo), which share the cores. Needs no data.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)

# isort: split
import torch
from benchmarking.rounds import median, median_ratio, take_turns
from benchmarking.training import STEPS, build_model, make_batch, training_steps
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from torch.profiler import ProfilerActivity, profile

from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.tables import markdown_table

CONFIG = Path(__file__).resolve().parents[2] / "configs/streets/sympie_streets_1xb4-400.py"


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", default=str(CONFIG), help="config of a two-step training")
    parser.add_argument("--size", type=int, nargs=2, default=(256, 128), metavar=("W", "H"))
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--processes", type=int, default=2, help="1: leave this part out")
    parser.add_argument("--threads", type=int, help="PyTorch's threads; all cores if not given")
    parser.add_argument("--seconds", type=float, default=15.0, help="for each batch size")
    parser.add_argument("--out", help="JSON file to write")
    return parser.parse_args()


def measure_batch(cfg: Config, batch: int, args: argparse.Namespace) -> dict[str, Any]:
    """Images per second of every kind of step at one batch size, in turns."""
    model = build_model(cfg.model)
    data = make_batch(batch, *args.size, _classes(cfg))
    times = take_turns(training_steps(model, cfg.optim_wrapper, data), args.seconds)
    return {
        "batch": batch,
        "rounds": len(times["ours"]),
        "images_per_second": {name: 1000 * batch / median(times[name]) for name in STEPS},
        "ratios": {name: median_ratio(times[name], times["ours"]) for name in STEPS},
    }


def profile_step(cfg: Config, batch: int, args: argparse.Namespace) -> list[tuple[str, float]]:
    """Give the operations on which our step spends most time, in percent."""
    model = build_model(cfg.model)
    step = training_steps(model, cfg.optim_wrapper, make_batch(batch, *args.size, _classes(cfg)))[
        "ours"
    ]
    step()
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        step()
    events = sorted(recorded.key_averages(), key=lambda event: -event.self_cpu_time_total)
    total = sum(event.self_cpu_time_total for event in events)
    return [(event.key, 100 * event.self_cpu_time_total / total) for event in events[:6]]


def measure_processes(batch: int, args: argparse.Namespace) -> float:
    """Images per second of all processes together, each with its share of the threads."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "speed"
        torch.multiprocessing.spawn(
            _one_process, (batch, args, out, f"file://{folder}/meeting"), args.processes
        )
        return float(out.read_text())


def _one_process(rank: int, batch: int, args: argparse.Namespace, out: Path, meeting: str) -> None:
    cfg = _load(args)
    torch.set_num_threads(max(_threads(args) // args.processes, 1))
    torch.distributed.init_process_group("gloo", meeting, rank=rank, world_size=args.processes)
    torch.manual_seed(0)
    model = build_model(cfg.model)
    wrapped = MMDistributedDataParallel(model, device_ids=None, broadcast_buffers=False)
    optimizer = build_optim_wrapper(wrapped, cfg.optim_wrapper)
    data = make_batch(batch, *args.size, _classes(cfg))
    # The same number of rounds everywhere, since every step waits for all.
    run = {"step": lambda: wrapped.train_step(data, optimizer)}
    times = take_turns(run, seconds=0, least=5)["step"]
    if rank == 0:
        out.write_text(str(1000 * batch * args.processes / median(times)))
    torch.distributed.destroy_process_group()


def _load(args: argparse.Namespace) -> Config:
    init_default_scope("mmseg")
    return Config.fromfile(args.config)


def _classes(cfg: Config) -> int:
    return cfg.model.decode_head.num_classes


def _threads(args: argparse.Namespace) -> int:
    return args.threads or os.cpu_count() or 1


def _table(result: dict[str, Any]) -> str:
    head = ["images/s", *(f"batch {entry['batch']}" for entry in result["batches"])]
    rows = []
    for name in STEPS:
        cells = [
            f"{entry['images_per_second'][name]:.2f} ({entry['ratios'][name]:.2f}x the time)"
            for entry in result["batches"]
        ]
        rows.append([name, *cells])
    if result["processes"]["count"] > 1:
        name = f"ours, {result['processes']['count']} processes of this batch (gloo)"
        speeds = result["processes"]["images_per_second"]
        rows.append([name, *(f"{speed:.2f}" for speed in speeds)])
    return markdown_table(head, rows)


def main() -> None:
    """Measure, print and write."""
    args = parse_args()
    torch.set_num_threads(_threads(args))
    cfg = _load(args)
    torch.manual_seed(0)
    result: dict[str, Any] = {
        "command": f"python tools/misc/benchmark_training.py {' '.join(sys.argv[1:])}".strip(),
        "machine": f"{platform.machine()}, {_threads(args)} threads, torch {torch.__version__}",
        "date": str(date.today()),
        "size": f"{args.size[0]}x{args.size[1]}",
        "batches": [measure_batch(cfg, batch, args) for batch in args.batches],
        "profile": profile_step(cfg, args.batches[-1], args),
    }
    speeds = [measure_processes(b, args) for b in args.batches] if args.processes > 1 else []
    result["processes"] = {"count": args.processes, "images_per_second": speeds}
    print(f"{result['machine']}; {result['date']}; {result['size']}\n\n{_table(result)}\n")
    print("our step's time: " + ", ".join(f"{n} {p:.0f} %" for n, p in result["profile"]))
    if args.out:
        replace_bytes(args.out, json.dumps(result, indent=1).encode())


if __name__ == "__main__":
    main()
