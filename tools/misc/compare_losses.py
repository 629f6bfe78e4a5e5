"""Train with labels, without, and with both, through two networks on CamVid with three seeds: the table of losses.

    sympie-seg train configs/label_free/sympie_moments-identity_1xb16-1600.py --amp
    python tools/misc/compare_losses.py work_dirs/sympie_moments-identity_1xb16-1600/enhancer_last.pth --amp

CGNet and our DeepLabV2-R18 are frozen. Every training starts from the file given, has the same steps, images (CamVid's
sequence 0016E5) and corruptions, and differs in its loss alone: the network's own with labels ('supervised', as in the
paper), the divergence from its prediction on the clean image with the pixel term ('label-free'), or their sum
('both'). 0006R0 judges, clean and under 13 corruptions; no test frame is opened.

Prints a Markdown table: for each network and loss the mean gain over the seeds, and that of each seed with its 95 %
interval over the images. Writes it to WORK_DIR/losses.md. The same command continues a run that was stopped.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import fmean
from typing import Any

from leave_one_out import ROOT, SEGMENTERS, keep, run, segmenter_config
from mmengine.config import Config

from sympie_seg.utils.tables import markdown_table

LOSSES: dict[str, dict[str, float] | None] = {
    "supervised": None,
    "label-free": dict(temperature=1.0, pixel_weight=1.0),
    "both": dict(temperature=1.0, pixel_weight=1.0, supervised_weight=1.0),
}
NETWORKS = {"CGNet": 3, "DeepLabV2-R18": 4}
"""With the images of a step."""
SEEDS = (0, 1, 2)
WARM_UP = 20


def training_config(network: str, loss: str, start: Path, iterations: int) -> Config:
    """The labelled CamVid training of the half-size DeepLabV2, for this network, with this loss."""
    cfg = Config.fromfile(ROOT / SEGMENTERS["DeepLabV2-R18"][0])
    if network == "CGNet":
        cgnet = Config.fromfile(ROOT / "configs/_base_/models/cgnet_camvid.py").model
        preprocessor = dict(cgnet.data_preprocessor, type="SyMPIESegDataPreProcessor")
        cfg.model = dict(cgnet, data_preprocessor=preprocessor)
    cfg.frozen_checkpoint = SEGMENTERS[network][1]
    own = cfg.model.data_preprocessor
    own.enhancer = dict(type="SyMPIEFromFile", path=str(start), norm_eval=True, frozen_stem=True)
    own.two_step = dict(keep=0.9, weight=0.5)
    if LOSSES[loss] is not None:
        own.label_free = LOSSES[loss]
    loader = cfg.train_dataloader
    loader.batch_size = NETWORKS[network]
    loader.dataset.sequences = ("0016E5",)
    if network == "CGNet":
        steps = {step.type: step for step in loader.dataset.pipeline}
        steps["Resize"].scale, steps["RandomCrop"].crop_size = (480, 360), (256, 256)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
    cfg.train_cfg = dict(type="IterBasedTrainLoop", max_iters=iterations)
    cfg.optim_wrapper.optimizer = dict(type="Adam", lr=1e-4)
    cfg.optim_wrapper.precondition_output = True
    cfg.optim_wrapper.paramwise_cfg = dict(custom_keys={"nem.out": dict(lr_mult=0.3)})
    cosine = dict(begin=WARM_UP, end=iterations, T_max=iterations - WARM_UP, eta_min=0)
    cfg.param_scheduler = [
        dict(type="LinearLR", start_factor=1 / WARM_UP, begin=0, end=WARM_UP, by_epoch=False),
        dict(type="CosineAnnealingLR", by_epoch=False, **cosine),
    ]
    cfg.custom_hooks = [dict(type="EnhancerFileHook", interval=iterations)]
    return cfg


def train(network: str, loss: str, seed: int, args: argparse.Namespace) -> Path:
    """Train, or continue, or take the finished file."""
    name = f"{loss}-{seed}"
    work = args.work_dir / network / name
    kept = args.work_dir / network / "files" / f"{name}.pth"
    if not kept.is_file():
        work.mkdir(parents=True, exist_ok=True)
        config = work / "config.py"
        training_config(network, loss, args.start.resolve(), args.iterations).dump(config)
        options = ("--cfg-options", f"randomness.seed={seed}")
        run("tools/train.py", config, "--work-dir", work, "--resume", *args.amp, *options)
        keep(work / "enhancer_last.pth", kept)
    return kept


def measure(network: str, args: argparse.Namespace) -> dict[str, Any]:
    """The rows of transfer.json: the start and all files of one network in front of it."""
    files = {"start": args.start.resolve()}
    for seed in SEEDS:  # by seed, so that a run cut short has whole seeds
        for loss in LOSSES:
            files[f"{loss}-{seed}"] = train(network, loss, seed, args)
    if args.train_only:
        return {}
    out = args.work_dir / network / "test"
    out.mkdir(parents=True, exist_ok=True)
    config, checkpoint = SEGMENTERS[network]
    segmenter_config(config).dump(out / "network.py")
    enhancers = [f"{name}={file}" for name, file in files.items()]
    options = ["--work-dir", out, "--every", args.every, "--enhancers", *enhancers]
    run("tools/transfer.py", *options, "--networks", f"{network}={out / 'network.py'}:{checkpoint}")
    rows: dict[str, Any] = json.loads((out / "transfer.json").read_text())["rows"][network]
    return rows


def table(rows: dict[str, dict[str, Any]]) -> str:
    """By network, row and loss: the mean gain over the seeds, and each with its interval."""
    lines = []
    for network, by_row in rows.items():
        for row in ("mean over conditions", "clean"):
            alone = f"{by_row[row]['alone']:.2f}"
            gains = by_row[row]["gains"]
            lines.append([network, row, alone, "the start", *_cells([gains["start"]])])
            for loss in LOSSES:
                own = [gains[f"{loss}-{seed}"] for seed in SEEDS]
                lines.append(["", "", "", loss, *_cells(own)])
    return markdown_table(["network", "row", "alone", "loss", "gain", "of each training"], lines)


def _cells(gains: list[dict[str, float]]) -> list[str]:
    each = (f"{one['value']:+.2f} ({one['low']:+.2f} .. {one['high']:+.2f})" for one in gains)
    return [f"{fmean(one['value'] for one in gains):+.2f}", ", ".join(each)]


def main() -> None:
    """Train, test and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("start", type=Path, help="enhancer file that every training continues")
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--iterations", type=int, default=150, help="of each training")
    parser.add_argument("--every", type=int, default=17, help="only every Nth frame")
    parser.add_argument("--amp", action="store_const", const=("--amp",), default=())
    parser.add_argument("--train-only", action="store_true", help="test later, same command")
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/losses"))
    args = parser.parse_args()
    if not args.start.is_file():
        parser.error(f"there is no file '{args.start}'; train it with the first command above")
    if args.iterations <= WARM_UP:
        parser.error(f"--iterations must be above {WARM_UP}, the length of the warm-up")
    args.work_dir = args.work_dir.resolve()
    rows = {network: measure(network, args) for network in args.networks}
    if args.train_only:
        return
    text = table(rows)
    (args.work_dir / "losses.md").write_text(f"{text}\n")
    print(text)


if __name__ == "__main__":
    main()
