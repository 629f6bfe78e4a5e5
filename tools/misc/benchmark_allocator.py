"""Measure what it gives a training or a test on the CPU to keep the memory that it frees (docs/speed.md).

    python tools/misc/benchmark_allocator.py                                  # 2 minutes, needs no data
    python tools/misc/benchmark_allocator.py --size 512 384 --batches 4 --rounds 5
    python tools/misc/benchmark_allocator.py --task test --size 1024 512 --batches 1

Processes with and without `sympie_seg.utils.allocator.keep_freed_memory` take turns; each makes the same two-step
training steps, or predicts the same enhanced images. Printed: milliseconds of a step, pages asked of the system in a
step, and the largest memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)

# isort: split
import torch
from benchmarking.rounds import median, median_ratio, take_turns
from benchmarking.training import build_model, make_batch, training_steps
from mmengine.config import Config
from mmengine.registry import init_default_scope

from sympie_seg.utils.allocator import keep_freed_memory
from sympie_seg.utils.tables import markdown_table

CONFIG = Path(__file__).resolve().parents[2] / "configs/streets/sympie_streets_1xb4-400.py"
KEPT, LEFT = "keeps memory", "gives it back"


def parse_args(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", default=str(CONFIG), help="config of a two-step training")
    parser.add_argument("--task", choices=["train", "test"], default="train", help="of a step")
    parser.add_argument("--size", type=int, nargs=2, default=(512, 256), metavar=("W", "H"))
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--threads", type=int, help="PyTorch's threads; all cores if not given")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each kind")
    parser.add_argument("--steps", type=int, default=5, help="in each process, after two more")
    parser.add_argument("--kind", choices=[KEPT, LEFT], help=argparse.SUPPRESS)
    return parser.parse_args(words)


def measure(args: argparse.Namespace, batch: int) -> dict[str, float]:
    """Make steps in this process."""
    if args.kind == KEPT and not keep_freed_memory():
        raise SystemExit("error: the allocator is not glibc's, or a MALLOC_* variable is set")
    torch.set_num_threads(args.threads or os.cpu_count() or 1)
    torch.manual_seed(0)
    init_default_scope("mmseg")
    cfg = Config.fromfile(args.config)
    data = make_batch(batch, *args.size, cfg.model.decode_head.num_classes)
    model = build_model(cfg.model)
    if args.task == "test":
        step: Callable[[], object] = partial(model.eval().test_step, data)
    else:
        step = training_steps(model, cfg.optim_wrapper, data)["ours"]
    step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    times = take_turns({"step": step}, seconds=0, least=args.steps)["step"]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "ms": median(times),
        "pages": (usage.ru_minflt - before) / (len(times) + 1),  # take_turns warms up with one more
        "gib": usage.ru_maxrss / 2**20,
    }


def in_a_process(words: Sequence[str], kind: str, batch: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, *words, "--kind", kind, "--batches", str(batch)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    result: dict[str, Any] = json.loads(out.splitlines()[-1])
    return result


def main() -> None:
    """Measure and print."""
    args = parse_args()
    if args.kind:
        print(json.dumps(measure(args, args.batches[0])))
        return
    rows = []
    for batch in args.batches:
        found: dict[str, list[dict[str, Any]]] = {KEPT: [], LEFT: []}
        for _ in range(args.rounds):
            for kind, results in found.items():
                results.append(in_a_process(sys.argv[1:], kind, batch))
        ratio = median_ratio(*([one["ms"] for one in found[kind]] for kind in (LEFT, KEPT)))
        for kind, results in found.items():
            ms, pages, gib = (
                median([one[key] for one in results]) for key in ("ms", "pages", "gib")
            )
            times = f"{ratio:.2f}x" if kind == LEFT else "1"
            rows.append([str(batch), kind, f"{ms:.0f}", times, f"{pages:,.0f}", f"{gib:.2f}"])
    threads = args.threads or os.cpu_count()
    print(f"{platform.machine()}, {threads} threads, torch {torch.__version__}, {date.today()}")
    print(markdown_table(["batch", "", "ms a step", "time", "pages a step", "largest GiB"], rows))


if __name__ == "__main__":
    main()
