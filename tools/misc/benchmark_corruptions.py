"""Time the corruptions of training against the package ``imagecorruptions-imaug`` and print one table.

    pip install imagecorruptions-imaug==1.1.5           # in the extra `dev`
    python tools/misc/benchmark_corruptions.py
    python tools/misc/benchmark_corruptions.py --reference-sizes 224x224 1024x512

Milliseconds per image on one thread, the median of some runs after a first one that is not counted
(it compiles, imports and fills tables). Ours and the reference's take turns, run by run, so that a
busy machine slows both. Severity 3 unless told otherwise. "ratio" is the reference's time over ours.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from collections.abc import Callable
from statistics import fmean, geometric_mean, median

# NumPy's and SciPy's libraries read these when they are imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from prettytable import PrettyTable  # noqa: E402

from sympie_seg.corruptions import CORRUPTIONS, TRAINING, corrupt  # noqa: E402

with contextlib.suppress(ImportError):
    import imagecorruptions

SIZES = ("224x224", "1024x512", "2048x1024")
COLUMNS = ("ours", "reference", "ratio")


def photograph(size: str) -> NDArray[np.uint8]:
    """Return a photograph of a size.

    Args:
        size: "WIDTHxHEIGHT".

    Returns:
        RGB uint8, shape (height, width, 3).
    """
    from skimage import data

    width, height = (int(number) for number in size.split("x"))
    return cv2.resize(data.astronaut(), (width, height), interpolation=cv2.INTER_LINEAR)


def milliseconds(functions: list[Callable[[], object]], budget: float) -> list[float]:
    """Time functions in turns.

    Args:
        functions: What to time.
        budget: Seconds to spend on all of them together; there are at least 3 runs, at most 50.

    Returns:
        The median of each function.
    """
    for function in functions:
        function()
    times: list[list[float]] = [[] for _ in functions]
    end = time.perf_counter() + budget
    while len(times[0]) < 3 or (time.perf_counter() < end and len(times[0]) < 50):
        for function, own in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            own.append(1000 * (time.perf_counter() - start))
    return [median(own) for own in times]


def has_reference(name: str) -> bool:
    """Say whether the reference is installed and has this corruption."""
    return "imagecorruptions" in globals() and name in imagecorruptions.get_corruption_names("all")


def measure(
    name: str, image: NDArray[np.uint8], severity: int, with_reference: bool, budget: float
) -> tuple[float, float | None]:
    """Time one corruption at one size.

    Returns:
        Milliseconds of ours, and of the reference's or None.
    """
    rng = np.random.default_rng(0)
    functions: list[Callable[[], object]] = [lambda: corrupt(image, name, severity, rng)]
    if with_reference and has_reference(name):
        functions.append(
            lambda: imagecorruptions.corrupt(image, corruption_name=name, severity=severity)
        )
    with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink):  # zoom_blur prints
        times = milliseconds(functions, budget)
    return times[0], times[1] if len(times) == 2 else None


def print_summary(results: dict[tuple[str, str], tuple[float, float | None]]) -> None:
    """Print the means over the corruptions, size by size.

    Args:
        results: (name, size) to the times of ours and of the reference.
    """
    for size in dict.fromkeys(size for _, size in results):
        rows = [times for (_, each), times in results.items() if each == size]
        ratios = [theirs / ours for ours, theirs in rows if theirs is not None]
        line = f"{size}: ours {fmean(ours for ours, _ in rows):.1f} ms on average over {len(rows)}"
        if ratios:
            line += f"; ratio {geometric_mean(ratios):.2f} (geometric mean over {len(ratios)})"
        print(line)


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--names",
        nargs="+",
        choices=CORRUPTIONS,
        default=TRAINING,
        metavar="NAME",
        help="default: the 23 of training",
    )
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="WIDTHxHEIGHT (default: three)")
    parser.add_argument(
        "--reference-sizes",
        nargs="*",
        metavar="SIZE",
        help="sizes at which to run the slow reference as well (default: all of --sizes)",
    )
    parser.add_argument("--severity", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="per corruption and size (default: 1)"
    )
    args = parser.parse_args()
    reference_sizes = args.sizes if args.reference_sizes is None else args.reference_sizes

    cv2.setNumThreads(1)
    images = {size: photograph(size) for size in args.sizes}
    table = PrettyTable(["corruption", *(f"{s} {w}" for s in args.sizes for w in COLUMNS)])
    table.align = "r"
    results = {}
    for name in args.names:
        row = [name]
        for size, image in images.items():
            ours, theirs = measure(
                name, image, args.severity, size in reference_sizes, args.seconds
            )
            results[name, size] = ours, theirs
            both = ["-", "-"] if theirs is None else [f"{theirs:.1f}", f"{theirs / ours:.2f}"]
            row += [f"{ours:.2f}", *both]
        table.add_row(row)
    print(f"severity {args.severity}, one thread, milliseconds per image, median of several runs")
    print(table)
    print_summary(results)


if __name__ == "__main__":
    main()
