"""The tools as functions to be called in a forked process, and what is known about what each writes."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faults.processes import tree_of
from faults.world import CONFIG, NARROW, ROOT, World
from sympie_seg.cli.main import main as sympie_seg
from sympie_seg.utils.pictures import fault_of_picture
from sympie_seg.utils.videos import fault_of_video

__all__ = [
    "COMMANDS",
    "OTHERS",
    "VOLATILE",
    "Command",
    "command",
    "half_files",
    "leftovers",
    "results",
]

VOLATILE = re.compile(
    r"\.log$|1xb4-400\.py$|\.sympie_seg\.lock$|vis_data|\.jsonl$|(^|/)20\d{6}_\d{6}"
)
"""Names of what a run appends to, of what is named by the time, and of the copy of the config that mmengine writes."""
_PICTURES = (".png", ".jpg", ".tif", ".webp", ".bmp", ".gif", ".jp2", ".avif", ".ppm")

Words = Callable[[World, Path], list[object]]


@dataclass(frozen=True)
class Command:
    """A verb with its arguments.

    Attributes:
        name: for the table.
        verb: of ``sympie-seg``.
        words: its arguments, from the world and the folder to write to.
        quick: whether it takes well under a second.
    """

    name: str
    verb: str
    words: Words
    quick: bool = True

    def call(self, world: World, out: Path) -> Callable[[], object]:
        """What to run in a forked process."""
        return program(self.verb, self.words(world, out))


def program(verb: str, words: list[object]) -> Callable[[], object]:
    """A verb of ``sympie-seg`` with its arguments, as a function without arguments."""
    texts = [*verb.split(), *map(str, words)]

    def start() -> object:
        sys.argv = ["sympie-seg", *texts]
        return sympie_seg(texts)

    return start


def _options(world: World, *more: str) -> list[object]:
    root = world.streets
    words = [f"test_dataloader.dataset.datasets.0.data_root={root}/cityscapes"]
    words += [f"test_dataloader.dataset.datasets.{i}.data_root={root}/acdc" for i in range(1, 5)]
    words += [f"{p}_dataloader.dataset.data_root={root}/cityscapes" for p in ("train", "val")]
    for part in ("train", "val", "test"):
        words += [
            f"{part}_dataloader.num_workers=0",
            f"{part}_dataloader.persistent_workers=False",
        ]
    return ["--cfg-options", *words, *(f"{k}={v}" for k, v in NARROW.items()), *more]


def _training(world: World, out: Path) -> list[object]:
    small = [
        *("train_dataloader.batch_size=2", "train_cfg.max_iters=4", "train_cfg.val_interval=2"),
        *("default_hooks.checkpoint.interval=2", "model.data_preprocessor.enhancer.thumbnail_resize=48"),
        *("model.data_preprocessor.enhancer.thumbnail_crop=44", f"frozen_checkpoint={world.network}"),
    ]  # fmt: skip
    return [CONFIG, "--work-dir", out, "--resume", *_options(world, *small)]


def _compare(world: World, out: Path) -> list[object]:
    enhancers = ["--enhancer", "none", "gamma", world.enhancer]
    settings = ["--no-cost", "--resamples", 40, "--work-dir", out]
    return [CONFIG, world.network, *enhancers, *settings, *_options(world)]


def _transfer(world: World, out: Path) -> list[object]:
    networks = ["--networks", f"A={CONFIG}:{world.network}"]
    enhancers = ["--enhancers", f"A={world.enhancer}"]
    return [*networks, *enhancers, "--work-dir", out, *_options(world)]


def _stability(world: World, out: Path) -> list[object]:
    enhancers = ["--enhancers", f"a={world.enhancer}", "--times", 2]
    return [CONFIG, world.network, *enhancers, "--work-dir", out, *_options(world)]


def _visualize(world: World, out: Path) -> list[object]:
    images = world.streets / "cityscapes/leftImg8bit/val"
    narrow = ["--cfg-options", *(f"{k}={v}" for k, v in NARROW.items())]
    return [CONFIG, world.network, images, out, "--enhancer", world.enhancer, *narrow]


def _test(world: World, out: Path) -> list[object]:
    enhancer = f"model.data_preprocessor.enhancer={world.enhancer}"
    where = ["--work-dir", out / "work", "--out", out / "predictions"]
    return [CONFIG, world.network, *where, *_options(world, enhancer)]


def _enhance(world: World, out: Path) -> list[object]:
    record = ["--parameters", out.with_name(f"{out.name}.csv")]
    return [world.pictures, out, "--enhancer", world.enhancer, *record]


def _corrupted(world: World, out: Path) -> list[object]:
    words = [world.camvid, out, "--layout", "camvid", "--splits", "train", "val", "--nproc", 1]
    return [*words, "--names", "contrast", "elastic_transform", "--severities", 1, 5]


def _converter(world: World, out: Path) -> list[object]:
    return [world.unconverted, "--subset", "--nproc", 1, "--out", out]


def _submission(world: World, out: Path) -> list[object]:
    words = ["write", "acdc", world.acdc_test / "predictions", out / "acdc.zip"]
    return [*words, "--data", world.acdc_test / "data", "--subset"]


def _crops(world: World, out: Path) -> list[object]:
    most = ["--most", "train=3", "val=2", "test=2"]
    return ["cityscapes", world.blocks, out, "--size", 16, *most, "--nproc", 1]


def _streets(world: World, out: Path) -> list[object]:
    counts = ["--train", 3, "--val", 2, "--adverse", 1, "--workers", 1]
    return [out, "--size", 64, 32, *counts]


def _lists(world: World, out: Path) -> list[object]:
    return [world.streets / "acdc", "--subset", "--splits", "val", "--write-lists", out]


def _plug(world: World, out: Path) -> list[object]:
    plain = ROOT / "configs/streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
    return [plain, "--enhancer", world.enhancer, "-o", out / "plugged.py", "--force"]


def _export(world: World, out: Path) -> list[object]:
    return ["--enhancer", world.enhancer, "--out", out / "enhancer.onnx", "--sizes", "48x64"]


def _browse(world: World, out: Path) -> list[object]:
    return [CONFIG, "--output-dir", out, "--number", 3, *_options(world)]


def _sheet(world: World, out: Path) -> list[object]:
    image = world.pictures / "picture0.png"
    return [out / "sheet.png", "--image", image, "--names", "fog", "contrast", "--width", 40]


def _report(world: World, out: Path) -> list[object]:
    return [world.comparison, "-o", out / "report.html"]


def _convert(world: World, out: Path) -> list[object]:
    return ["mobilenet_v3_large", world.published, out / "converted.pth"]


COMMANDS = (
    Command("enhance", "enhance", _enhance),
    Command("corrupted copy", "make-corrupted-dataset", _corrupted),
    Command("Cityscapes converter", "convert-dataset cityscapes", _converter),
    Command("ACDC lists", "convert-dataset acdc", _lists),
    Command("crops", "convert-dataset crops", _crops),
    Command("generated streets", "generate-streets", _streets),
    Command("submission", "submission", _submission),
    Command("contact sheet", "corruption-contact-sheet", _sheet),
    Command("plug", "plug", _plug, quick=False),
    Command("visualize", "visualize", _visualize, quick=False),
    Command("browse", "browse-dataset", _browse, quick=False),
    Command("test", "test", _test, quick=False),
    Command("compare", "compare", _compare, quick=False),
    Command("transfer", "transfer", _transfer, quick=False),
    Command("stability", "stability", _stability, quick=False),
    Command("export", "export", _export, quick=False),
    Command("train", "train", _training, quick=False),
)
"""The tools that write files, and :data:`OTHERS`; the order decides which trial has which."""
OTHERS = (
    Command("report", "report", _report),
    Command("published weights", "convert-model torchvision-to-mmpretrain", _convert, quick=False),
)
"""Those that were added later and have trials of their own. A demo is a run of several of the others."""


def command(name: str) -> Command:
    """The command of a name."""
    return next(one for one in (*COMMANDS, *OTHERS) if one.name == name)


def results(out: Path) -> dict[str, bytes]:
    """What a run wrote, without what is named by the time and what it appends to."""
    return {name: data for name, data in tree_of(out).items() if not VOLATILE.search(name)}


def half_files(out: Path, reference: dict[str, bytes]) -> list[str]:
    """Files under their final names that are neither what a whole run writes, nor whole by themselves."""
    return [
        name
        for name, data in results(out).items()
        if not any(part.startswith(".") for part in name.split("/"))
        and data != reference.get(name)
        and not (out / name).is_symlink()
        and _fault(out / name, data)
    ]


def leftovers(out: Path) -> list[str]:
    """Temporary files and folders that are still there."""
    marks = (".tmp", ".partial", ".writable")
    return [name for name in tree_of(out) if any(mark in name for mark in marks)]


def _fault(path: Path, data: bytes) -> str:
    """What is wrong with a file, by its suffix; empty where nothing is."""
    suffix = path.suffix.lower()
    if suffix in _PICTURES:
        return fault_of_picture(path)
    if suffix == ".avi":
        return fault_of_video(path)
    try:
        if suffix == ".json":
            json.loads(data)
        elif suffix in (".zip", ".pth"):
            return zipfile.ZipFile(io.BytesIO(data)).testzip() or ""
        elif suffix == ".html":
            return "" if b"</html>" in data[-20:] else "has no end"
        elif suffix == ".svg":
            return "" if b"</svg>" in data[-20:] else "has no end"
        elif suffix in (".csv", ".md", ".txt", ".py"):
            return "" if data.endswith(b"\n") else "has no end"
    except Exception as error:
        return str(error) or type(error).__name__
    return "" if data else "is empty"
