"""Write the files of this folder with the code of FORMER, the commit before the redesign (issue 15).

    git worktree add --detach ../former 08b6b92
    PYTHONPATH=../former python tests/compatibility/write_files.py ../former tests/compatibility

FILES.tar.xz then holds ``work/``, where ``sympie-seg compare`` was stopped after its second enhancer had begun, and
``expected/``: what FORMER gives when it ends that comparison, and its picture of the enhancer. Names in ``work/`` are
relative, times are fixed and weights have few different values, so that the archive works anywhere and is small.
DIGESTS holds, for each of FORMER's configs, the part of the key of its records that the config decides.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import torch

FORMER = "08b6b92e78f4f540394e40bbfd27874b695874b0"
FILES = "written_by_08b6b92.tar.xz"
DIGESTS = "config_digests_08b6b92.json"
CONFIG = "configs/streets/sympie_streets_1xb4-400.py"
TIME = 1_700_000_000
KEPT = 2
"""Records of the second enhancer that its file has when it is stopped; half of a third follows."""
NARROW = ("model.backbone.base_channels=4", "model.decode_head.in_channels=32")
HERE = ("test_dataloader.num_workers=0", "test_dataloader.persistent_workers=False")
ROOTS = (
    "test_dataloader.dataset.datasets.0.data_root=cityscapes",
    *(f"test_dataloader.dataset.datasets.{number}.data_root=acdc" for number in range(1, 5)),
)


def compare_words(checkout: Path | str) -> list[str]:
    """Give the arguments of compare, from inside ``work/``."""
    return [
        str(Path(checkout) / CONFIG), "network.pth", "--enhancers", "none", "enhancer.pth", "--work-dir", ".",
        "--no-cost", "--no-report", "--resamples", "100", "--cfg-options", *HERE, *ROOTS, *NARROW,
    ]  # fmt: skip


def few_values(module: torch.nn.Module) -> None:
    """Replace weights by few different values, which compress well, of the size that they start with."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                steps = (torch.arange(parameter.numel()) * 7919 % 13 - 6).view_as(parameter) / 6
                parameter.copy_(steps / parameter[0].numel() ** 0.5)


def picture() -> torch.Tensor:
    """Give an image to enhance, in [-2, 2]."""
    rows, columns = torch.meshgrid(torch.arange(24), torch.arange(32), indexing="ij")
    return torch.stack([(rows * a + columns * b) % 17 / 4 - 2 for a, b in ((1, 2), (3, 1), (2, 5))])


def _write_enhancer(folder: Path) -> None:
    from sympie_seg.enhancer import SyMPIE, save_enhancer

    enhancer = SyMPIE("random", thumbnail_resize=52, thumbnail_crop=48)
    few_values(enhancer)
    with torch.no_grad():
        enhancer.nem.out.weight.mul_(0.25)
        identity = SyMPIE().nem.out.bias
        enhancer.nem.out.bias.copy_(identity + (torch.arange(37) % 5 - 2) / 64)
    provenance = {
        "config": "written before the redesign",
        "scores": {"mIoU": 12.5},
        "data": ["streets"],
    }
    save_enhancer(folder / "work/enhancer.pth", enhancer, provenance)
    with torch.no_grad():
        enhanced = enhancer.eval()(picture()[None])[0]
    np.save(folder / "expected/enhanced.npy", enhanced.numpy())


def _write_network(path: Path, checkout: Path) -> None:
    from mmengine.config import Config
    from mmengine.registry import DefaultScope
    from mmseg.registry import MODELS

    import sympie_seg  # noqa: F401  (registration)

    config = Config.fromfile(checkout / CONFIG)
    config.merge_from_dict({key: int(value) for key, value in (one.split("=") for one in NARROW)})
    with DefaultScope.overwrite_default_scope("mmseg"):
        state = MODELS.build(config.model).state_dict()
    state = {name: one for name, one in state.items() if not name.startswith("data_preprocessor.")}
    for name, weight in state.items():
        if weight.dim() > 1:  # random, so that the predicted class varies; few values, to be small
            weight.copy_(torch.randint(-2, 3, weight.shape) / weight[0].numel() ** 0.5)
        if "running_mean" in name:
            weight.copy_(torch.randint(-1, 2, weight.shape) / 4)
    torch.save(state, path)


def _write_streets(folder: Path) -> None:
    from sympie_seg.streets.writers import write_acdc, write_cityscapes

    write_cityscapes(folder / "cityscapes", {"val": 2}, size=(64, 32))
    write_acdc(folder / "acdc", {"val": 1}, size=(64, 32))
    for path in folder.rglob("*"):
        os.utime(path, (TIME, TIME))


def _stop(records: Path) -> None:
    """Cut the file off as a kill in the middle of a line does."""
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join(lines[: KEPT + 1]) + lines[KEPT + 1][:40])


def _write_digests(checkout: Path, path: Path) -> None:
    from mmengine.config import Config
    from sympie_seg.evaluation.record_key import record_key

    import sympie_seg.classification  # noqa: F401  (registration)

    digests = {}
    for config in sorted((checkout / "configs").rglob("*.py")):
        cfg = None if "_base_" in config.parts else Config.fromfile(config)
        if cfg is not None and cfg.get("test_dataloader"):
            key = record_key(cfg, dict(type="NoEnhancer"), "none", "none")
            digests[config.relative_to(checkout).as_posix()] = key["config"]
    path.write_text(json.dumps(digests, indent=1) + "\n")


def main() -> None:
    """Write FILES and DIGESTS."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="of FORMER")
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    checkout = args.checkout.resolve()
    _write_digests(checkout, args.out / DIGESTS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("work", "expected"):
            (folder / part).mkdir()
        torch.manual_seed(0)
        _write_enhancer(folder)
        _write_network(folder / "work/network.pth", checkout)
        _write_streets(folder / "work")
        words = [sys.executable, checkout / "tools/compare.py", *compare_words(checkout)]
        subprocess.run(list(map(str, words)), cwd=folder / "work", check=True)
        for suffix in ("json", "md", "csv"):
            shutil.move(folder / f"work/comparison.{suffix}", folder / "expected")
        (records,) = folder.glob("work/records/enhancer-*/rank0.jsonl")
        _stop(records)
        for log in folder.glob("work/20*"):
            shutil.rmtree(log)
        with tarfile.open(args.out / FILES, "w:xz", preset=9) as archive:
            for part in ("work", "expected"):
                archive.add(folder / part, part)


if __name__ == "__main__":
    main()
