"""Test one frozen network behind several enhancers on the same images, and print what each gains.

    python tools/compare.py CONFIG CHECKPOINT --enhancers none clahe gamma enhancer.pth --out results.json

CONFIG is a test config with a SyMPIESegDataPreProcessor and a ConditionIoUMetric; CHECKPOINT holds the network.
Writes JSON (and Markdown beside it) with every metric, and the cost of each enhancer.
"""

from __future__ import annotations

import argparse
import json
import os.path as osp
import platform
import time
from datetime import date
from pathlib import Path
from typing import Any

from _common import add_common_arguments, build_runner, load_config, set_local_rank

# isort: split
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch.utils.flop_counter import FlopCounterMode

CLASSICAL = {
    "none": dict(type="NoEnhancer"),
    "clahe": dict(type="ClaheEnhancer"),
    "gamma": dict(type="GammaEnhancer"),
}


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="test config file path")
    parser.add_argument("checkpoint", help="checkpoint of the frozen network")
    parser.add_argument(
        "--enhancers",
        nargs="+",
        default=["none", "clahe", "gamma"],
        help=f"{', '.join(CLASSICAL)}, or enhancer files; gains are against the first",
    )
    parser.add_argument("--out", help="JSON file to write; a Markdown table goes beside it")
    parser.add_argument(
        "--cost-size",
        type=int,
        nargs=2,
        metavar=("WIDTH", "HEIGHT"),
        default=(1024, 512),
        help="image size at which the cost is measured",
    )
    add_common_arguments(parser)
    args = parser.parse_args()
    set_local_rank(args)
    return args


def with_enhancer(cfg: Config, enhancer: str) -> Config:
    """Copy the config and put an enhancer, by name or file, into its data preprocessor."""
    cfg = Config(cfg.to_dict(), filename=cfg.filename)
    preprocessor = cfg.model.data_preprocessor
    if preprocessor.type != "SyMPIESegDataPreProcessor":
        raise SystemExit(
            f"the config's data preprocessor is {preprocessor.type}, which takes no enhancer; use "
            "type='SyMPIESegDataPreProcessor'"
        )
    preprocessor.two_step = False
    preprocessor.pop("enhancer", None)
    preprocessor.enhancer = CLASSICAL.get(enhancer, enhancer)
    return cfg


def test(cfg: Config, checkpoint: str, enhancer: str) -> dict[str, Any]:
    """Give the metrics of the network behind one enhancer."""
    cfg = with_enhancer(cfg, enhancer)
    cfg.load_from = checkpoint
    name = Path(enhancer).stem
    cfg.work_dir = osp.join(cfg.work_dir, name)
    cfg.experiment_name = f"compare_{name}_{time.time_ns()}"
    runner = build_runner(cfg)
    metrics = runner.test()
    details = [getattr(metric, "last_results", None) for metric in runner.test_evaluator.metrics]
    return dict(metrics=metrics, details=details[0])


@torch.no_grad()
def cost(cfg: Config, enhancer: str, size: tuple[int, int]) -> dict[str, float]:
    """Parameters, GMAC and milliseconds (median of 5, after 2 to warm up) of enhancer and network."""
    init_default_scope("mmseg")
    model = MODELS.build(with_enhancer(cfg, enhancer).model).eval()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    image = torch.randn(1, 3, size[1], size[0], device=device)
    front = model.data_preprocessor.enhancer
    return dict(
        parameters=sum(p.numel() for p in front.parameters()),
        gmac=_gmac(front, image),
        milliseconds=_milliseconds(front, image),
        network_gmac=_gmac(model, image),
        network_milliseconds=_milliseconds(model, image),
    )


def _gmac(module: torch.nn.Module, image: torch.Tensor) -> float:
    with FlopCounterMode(display=False) as counter:
        module(image)
    return counter.get_total_flops() / 2e9


def _milliseconds(module: torch.nn.Module, image: torch.Tensor) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        module(image)
        if image.is_cuda:
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times[2:])[2]


def table(results: dict[str, dict]) -> str:
    """Markdown: a row for each condition, a column for each enhancer, gains against the first."""
    names = list(results)
    first = results[names[0]]["metrics"]
    rows = [key for key in first if key == "mIoU" or key.endswith("/mIoU")]
    header = ["mIoU (%)", *names]
    lines = [" | ".join(header), " | ".join(["---"] * len(header))]
    for key in rows:
        cells = [key.removesuffix("/mIoU") if "/" in key else "all images pooled"]
        for name in names:
            value = results[name]["metrics"][key]
            gain = "" if name == names[0] else f" ({value - first[key]:+.2f})"
            cells.append(f"{value:.2f}{gain}")
        lines.append(" | ".join(cells))
    costs = [results[name]["cost"] for name in names]
    lines.append(" | ".join(["parameters"] + [f"{c['parameters']:,}" for c in costs]))
    lines.append(" | ".join(["GMAC"] + [f"{c['gmac']:.2f}" for c in costs]))
    lines.append(" | ".join(["milliseconds"] + [f"{c['milliseconds']:.1f}" for c in costs]))
    return "\n".join(f"| {line} |" for line in lines)


def main() -> None:
    """Test every enhancer, print and write the comparison."""
    args = parse_args()
    cfg = load_config(args)
    for enhancer in args.enhancers:
        if enhancer not in CLASSICAL and not osp.isfile(enhancer):
            raise SystemExit(f"'{enhancer}' is neither a file nor one of {', '.join(CLASSICAL)}")
    results = {name: test(cfg, args.checkpoint, name) for name in args.enhancers}
    for name, result in results.items():
        result["cost"] = cost(cfg, name, tuple(args.cost_size))
    network = results[args.enhancers[0]]["cost"]
    title = (
        f"{osp.basename(args.config)}, network {osp.basename(args.checkpoint)}, "
        f"{platform.machine()}, {torch.get_num_threads()} threads, {date.today()}; cost at "
        f"{args.cost_size[0]} x {args.cost_size[1]}, where the network takes "
        f"{network['network_gmac']:.1f} GMAC and {network['network_milliseconds']:.0f} ms"
    )
    text = f"{title}\n\n{table(results)}\n"
    print(text)
    if args.out:
        out = Path(args.out)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(dict(title=title, results=results), indent=1))
        out.with_suffix(".md").write_text(text)


if __name__ == "__main__":
    main()
