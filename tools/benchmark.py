"""Measure the plug-in: operations, milliseconds, memory; against plain PyTorch, a memory copy and the frozen network.

    python tools/benchmark.py --out benchmark.json

Every stage is measured in three variants, in turns: fast (what the plug-in does), plain (PyTorch's shift and matrix
product, one grouped convolution for the batch) and one by one (the same, image after image). Needs no data.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

# The package, also from a checkout that was not installed, and what the benchmarks share.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(1, str(Path(__file__).resolve().parent / "misc"))

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)

# isort: split
import cv2
import torch
from benchmarking import Subject, count_operations, goals, measure_size, tables
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from sympie_seg.enhancer import NUM_PARAMETERS, SyMPIE, load_enhancer
from sympie_seg.utils.files import replace_bytes

NETWORK = Path(__file__).resolve().parents[1] / "configs/_base_/models/deeplabv2_r50-d8.py"


def parse_args(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=_size,
        metavar="WxH",
        default=[(512, 256), (1024, 512), (1920, 1080)],
    )
    parser.add_argument("--batches", nargs="+", type=_positive, default=[1, 4])
    parser.add_argument(
        "--threads", type=_positive, help="PyTorch's threads; all cores if not given"
    )
    parser.add_argument(
        "--devices",
        nargs="+",
        choices=["cpu", "cuda"],
        help="CPU, and CUDA where present, if not given",
    )
    parser.add_argument("--enhancer", help="enhancer file; random weights if not given (as fast)")
    parser.add_argument("--network", default=str(NETWORK), help="config of the frozen network")
    parser.add_argument("--no-network", action="store_true", help="leave the network out")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="for the rounds of each image size"
    )
    parser.add_argument("--out", help="JSON file to write")
    return parser.parse_args(words)


def build_subject(args: argparse.Namespace, device: str) -> Subject:
    """Build the plug-in with and without its fast path, and the network behind it."""
    init_default_scope("mmseg")
    model = Config.fromfile(args.network).model
    options = {**model.data_preprocessor, "type": "SyMPIESegDataPreProcessor"}
    torch.manual_seed(0)
    weights = load_enhancer(args.enhancer)[0] if args.enhancer else _busy_enhancer()
    modules = []
    for fast in (True, False):
        enhancer = SyMPIE(**weights.config)
        enhancer.load_state_dict(weights.state_dict())
        module = MODELS.build({**options, "enhancer": enhancer, "fast": fast})
        modules.append(module.to(device).eval())
    network = None if args.no_network else MODELS.build(model).to(device).eval()
    return Subject(modules[0], modules[1], network, device)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Count and time everything."""
    if args.threads:
        torch.set_num_threads(args.threads)
    devices = args.devices or (["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
    subjects = [build_subject(args, device) for device in devices]
    enhancer, network = subjects[0].plain.enhancer, subjects[0].network
    operations = [
        {"size": size, **count_operations(enhancer, network, *size)} for size in args.sizes
    ]
    cases = []
    for subject in subjects:
        for size in args.sizes:
            cases += measure_size(subject, *size, args.batches, args.seconds)
    return {
        "format": "sympie_seg.benchmark",
        "version": 1,
        "command": f"python tools/benchmark.py {' '.join(sys.argv[1:])}".strip(),
        "machine": _machine(),
        "date": str(date.today()),
        "parameters": {
            "enhancer": _parameters(enhancer),
            "network": network and _parameters(network),
        },
        "operations": operations,
        "cases": cases,
    }


def _busy_enhancer() -> SyMPIE:
    """Give random weights under which no entry of a kernel is 0, which would be skipped."""
    enhancer = SyMPIE()
    with torch.no_grad():
        enhancer.nem.out.bias.add_(0.05 * torch.randn(NUM_PARAMETERS))
        enhancer.nem.out.weight.normal_(0, 0.02)
    return enhancer


def _parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _machine() -> str:
    cuda = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    versions = f"torch {torch.__version__}, OpenCV {cv2.__version__}"
    return f"{platform.machine()}, {torch.get_num_threads()} threads{cuda}, {versions}"


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT such as 1024x512, got {text!r}")
    return int(width), int(height)


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a number of 1 or more, got {text!r}")
    return int(text)


def main() -> None:
    """Measure, print and write."""
    args = parse_args()
    try:
        result = measure(args)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(str(error)) from None
    result["goals"] = [
        {"goal": name, "value": value, "reached": reached} for name, value, reached in goals(result)
    ]
    print(tables(result), end="\n\n")
    for goal in result["goals"]:
        print(
            f"{'reached' if goal['reached'] else 'MISSED '}  {goal['value']:9.3g}  {goal['goal']}"
        )
    if args.out:
        replace_bytes(args.out, json.dumps(result, indent=1).encode())


if __name__ == "__main__":
    main()
