"""Time `sympie_seg.enhance` on one NumPy picture: the fast path, the plain modules, and one estimate alone, in turns.

The picture is noise, so that the shipped `general` estimates twice; "once" is the fast path without that, "left"
where the dead zone leaves the picture as it is.

python tools/misc/benchmark_api.py
python tools/misc/benchmark_api.py --sizes 1920x1080 1024x512 --rounds 9
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.api import enhance
from sympie_seg.enhancer import load_enhancer
from sympie_seg.utils.tables import markdown_table


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", default=["1920x1080", "1024x512", "480x360"])
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args(arguments)
    modules = {}
    for name in ("fast", "plain"):
        modules[name] = load_enhancer("general")[0].eval()
        modules[name].fast = name == "fast"
    modules["once"] = load_enhancer("general")[0].eval()
    modules["once"].refinement = None
    modules["left"] = load_enhancer("general")[0].eval()
    modules["left"].dead_zone = (1e3, 1e4)
    compared = [("plain", "fast"), ("fast", "once"), ("left", "once")]
    lines = []
    for size in args.sizes:
        width, height = map(int, size.split("x"))
        image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
        results = {name: enhance(image, module)[0].astype(int) for name, module in modules.items()}
        apart = np.abs(results["fast"] - results["plain"])
        rounds = [
            {name: timed(partial(enhance, image, module)) for name, module in modules.items()}
            for _ in range(args.rounds)
        ]
        times = [f"{median(one[name] for one in rounds):.0f}" for name in modules]
        ratios = [f"{median(one[a] / one[b] for one in rounds):.2f}x" for a, b in compared]
        differ = f"{100 * (apart > 0).mean():.4f} % by {apart.max()}"
        lines.append([size, *times, *ratios, differ])
    print(f"{torch.get_num_threads()} threads, milliseconds, middle of {args.rounds} rounds")
    ratio_heads = [f"{a} / {b}" for a, b in compared]
    heads = ["uint8, NumPy", *modules, *ratio_heads, "fast and plain differ"]
    print(markdown_table(heads, lines))


if __name__ == "__main__":
    main()
