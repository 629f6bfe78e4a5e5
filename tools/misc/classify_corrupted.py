"""Top-1 accuracy and KL divergence of a classifier on corrupted images, alone and behind enhancers.

    python tools/misc/classify_corrupted.py configs/label_free/squeezenet_photos-c.py CHECKPOINT \
        --enhancers general cityscapes --every 2 [--json FILE]

The config's test set is a SeverityGridDataset with the condition 'clean'. KL: the mean divergence from the bare
network's prediction on the clean image to the prediction on the corrupted (and enhanced) one, in nats. The mean is
over all corruptions and severities; its 95 % interval is that of a paired bootstrap over the images.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.registry import init_default_scope
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.cli.common import read_config, thin_out
from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.conditions import build_test_set
from sympie_seg.comparison.enhancers import EnhancerChoice
from sympie_seg.comparison.network import NetworkUnderTest
from sympie_seg.utils.tables import markdown_table

CHUNK = 16
ALONE = "alone"


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="of a classifier")
    parser.add_argument("checkpoint", help="its weights")
    parser.add_argument("--enhancers", nargs="+", default=["general"], help="files or short names")
    parser.add_argument("--every", type=int, default=1, help="only every Nth image")
    parser.add_argument("--include", help="globs of class folders instead of the config's")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    cfg = read_config(args.config)
    if args.include:
        cfg.test_dataloader.dataset.dataset.include = args.include
    init_default_scope(cfg.get("default_scope", "mmpretrain"))
    thin_out(cfg, args.every)
    network = NetworkUnderTest(cfg, args.checkpoint)
    hits, divergences, names = measure(network, build_test_set(cfg.test_dataloader), args.enhancers)
    rows = summarize(hits, divergences, names)
    images = next(iter(hits.values())).shape[0]
    print(f"{Path(args.config).name}, {images} images\n\n{table(rows)}")
    if args.json:
        met = {
            choice.source: choice.trained_through(network.fingerprint)
            for choice in map(EnhancerChoice, args.enhancers, args.enhancers, args.enhancers)
        }
        told = dict(images=images, trained_through=met, rows=rows)
        args.json.write_text(json.dumps(told, indent=1))


@torch.no_grad()
def measure(
    network: NetworkUnderTest, dataset: Any, enhancers: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[str]]:
    """Classify every image under every condition.

    Returns:
        By enhancer (and 'alone') the hits and the divergences, (images, conditions), and the names of the conditions,
        of which the first is 'clean'.
    """
    names = [part.condition for part in dataset.datasets]
    if names[0] != "clean":
        raise ValueError(
            f"the first condition must be 'clean', got '{names[0]}': set clean=True in the grid"
        )
    fronts = {ALONE: network.plain} | {name: network.put_in_front(name) for name in enhancers}
    hits: dict[str, list] = {name: [] for name in fronts}
    divergences: dict[str, list] = {name: [] for name in fronts}
    started = time.monotonic()
    for index in range(len(dataset.datasets[0])):
        samples = [part[index] for part in dataset.datasets]
        label = int(samples[0]["data_samples"].gt_label)
        clean: Tensor | None = None
        for name, front in fronts.items():
            scores = classify(network, front, samples)
            clean = scores[0] if clean is None else clean  # the bare network comes first
            hits[name].append((scores.argmax(1) == label).double().numpy())
            divergences[name].append((clean.exp() * (clean - scores)).sum(1).double().numpy())
        if index % 10 == 9:
            print(
                f"{index + 1} images, {time.monotonic() - started:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    return (
        {name: np.stack(rows) for name, rows in hits.items()},
        {name: np.stack(rows) for name, rows in divergences.items()},
        names,
    )


def classify(network: NetworkUnderTest, front: Any, samples: Sequence[dict]) -> Tensor:
    """Log-probabilities (N, classes) of samples behind a data preprocessor."""
    network.model.data_preprocessor = front
    chunks = []
    for start in range(0, len(samples), CHUNK):
        part = samples[start : start + CHUNK]
        data = dict(
            inputs=[sample["inputs"] for sample in part],
            data_samples=[sample["data_samples"] for sample in part],
        )
        inputs = front(data, False)["inputs"]
        chunks.append(network.model(inputs, mode="tensor").float().log_softmax(1).cpu())
    return torch.cat(chunks)


def summarize(
    hits: dict[str, np.ndarray], divergences: dict[str, np.ndarray], names: Sequence[str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Figures by enhancer and row: 'clean', each corruption over its severities, and the 'mean' with its interval."""
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        groups.setdefault(name.rpartition("-")[0] or name, []).append(index)
    groups["mean"] = list(range(1, len(names)))
    draws = Bootstrap()
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for enhancer in hits:
        rows[enhancer] = {}
        for row, columns in groups.items():
            own, bare = (100 * hits[key][:, columns].mean(1) for key in (enhancer, ALONE))
            gain = own - bare
            rows[enhancer][row] = {
                "top1": float(own.mean()),
                "gain": float(gain.mean()),
                "interval": draws.mean_interval(gain),
                "kl": float(divergences[enhancer][:, columns].mean()),
            }
    return rows


def table(rows: dict[str, dict[str, dict[str, Any]]]) -> str:
    """A Markdown table: top-1 and KL alone, then both with each enhancer."""
    others = [name for name in rows if name != ALONE]
    named = [f"{Path(name).stem}: {score}" for name in others for score in ("top-1", "KL")]
    lines = []
    for row, bare in rows[ALONE].items():
        cells = [row if row != "mean" else "**mean**", f"{bare['top1']:.2f}", f"{bare['kl']:.3f}"]
        for name in others:
            scores = rows[name][row]
            low, high = scores["interval"]
            cells += [f"{scores['gain']:+.2f} ({low:+.2f} .. {high:+.2f})", f"{scores['kl']:.3f}"]
        lines.append(cells)
    return markdown_table(["", "top-1 alone", "KL alone", *named], lines)


if __name__ == "__main__":
    main()
