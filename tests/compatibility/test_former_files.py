"""What the commit before the redesign wrote is read by this one, and what it began is completed by this one."""

from __future__ import annotations

import csv
import io
import json
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config

from sympie_seg.cli.main import main
from sympie_seg.comparison.records import config_digests
from sympie_seg.comparison.result import read_result, write_result
from sympie_seg.enhancer import SyMPIE, load_enhancer, save_enhancer
from sympie_seg.report.markdown import csv_table, markdown
from sympie_seg.streets.writers import write_cityscapes

ROOT = Path(__file__).resolve().parents[2]
# Python 3.11.4 brought the filter; without it these archives, which are our own, unpack all the same.
SAFELY: dict = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
# Not imported: with `--import-mode=importlib` tests have no neighbours.
write_files = runpy.run_path(str(Path(__file__).with_name("write_files.py")))
FORMER, KEPT = write_files["FORMER"], write_files["KEPT"]
# Runs a tool of the checkout that PYTHONPATH begins with, and makes sure of it.
TRAIN = """
import runpy, sys, sympie_seg
assert sympie_seg.__file__.startswith(sys.argv[1]), sympie_seg.__file__
sys.argv = [sys.argv[1] + '/tools/train.py', *sys.argv[2:]]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``work/`` and ``expected/``, as :mod:`write_files` describes them."""
    folder = tmp_path_factory.mktemp("former")
    with tarfile.open(Path(__file__).with_name(write_files["FILES"])) as archive:
        archive.extractall(folder, **SAFELY)
    return folder


def test_an_enhancer_file(files: Path, tmp_path: Path) -> None:
    path = files / "work/enhancer.pth"
    enhancer, provenance = load_enhancer(path)
    assert provenance == {
        "config": "written before the redesign", "scores": {"mIoU": 12.5}, "data": ["streets"],
    }  # fmt: skip
    assert (enhancer.thumbnail_resize, enhancer.thumbnail_crop) == (52, 48)
    with torch.no_grad():
        enhanced = enhancer.eval()(write_files["picture"]()[None])[0].numpy()
    before = np.load(files / "expected/enhanced.npy")
    assert np.abs(before - write_files["picture"]().numpy()).max() > 0.05, "it does something"
    np.testing.assert_allclose(enhanced, before, rtol=0, atol=1e-4)
    save_enhancer(tmp_path / "again.pth", enhancer, provenance)
    mine, theirs = (torch.load(one, weights_only=True) for one in (tmp_path / "again.pth", path))
    assert len(mine.pop("sha256")) == 64, "later than those files, and not asked for"
    same(mine, theirs)
    assert SyMPIE.from_checkpoint(path).config == enhancer.config


def test_a_comparison(files: Path, tmp_path: Path) -> None:
    path = files / "expected/comparison.json"
    result = read_result(path)
    write_result(tmp_path / "again.json", result)
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
    assert markdown(result).strip() == path.with_suffix(".md").read_text("utf-8").strip()
    mine = list(csv.DictReader(csv_table(result).splitlines()))
    assert {line.pop("strength") for line in mine} == {""}, "a later column"
    assert mine == list(csv.DictReader(path.with_suffix(".csv").read_text("utf-8").splitlines()))


def test_a_half_done_comparison(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Nothing that has a record is tested again, and the scores are those of the former code."""
    work = tmp_path / "work"
    shutil.copytree(files / "work", work, copy_function=shutil.copy2)
    monkeypatch.chdir(work)
    before = {path: path.read_bytes() for path in work.glob("records/*/rank0.jsonl")}
    main(["compare", *write_files["compare_words"](ROOT)])
    message = capsys.readouterr()
    text = message.out + message.err
    assert "none (1 of 2): 0 images to test, 6 were tested before" in text
    assert f"enhancer (2 of 2): {6 - KEPT} images to test, {KEPT} were tested before" in text
    for path, content in before.items():
        whole = content[: content.rindex(b"\n") + 1]
        assert path.read_bytes().startswith(whole) and path.read_bytes().count(b"\n") == 1 + 6
    mine, former = (
        json.loads(path.read_text()) for path in (work / "comparison.json", files / "expected/comparison.json")
    )  # fmt: skip
    assert [row["name"] for row in mine["rows"]] == [row["name"] for row in former["rows"]]
    for own, other in zip(mine["rows"], former["rows"], strict=True):
        assert own["scores"]["none"] == other["scores"]["none"]
        # Another processor may round otherwise, and a pixel tip over.
        for metric in former["metrics"]:
            assert own["scores"]["enhancer"][metric] == pytest.approx(
                other["scores"]["enhancer"][metric], abs=0.2
            )


# What the CHANGELOG says of them: moved, or one SeverityGridDataset now, whose comparisons start again.
MOVED = (
    "configs/deeplabv2/deeplabv2_r18-d8-w32_1xb8-2500_camvid-day-240x180.py",
    "configs/deeplabv2/deeplabv2_r50-d8_4xb2-40k_cityscapes-512x512.py",
)
STARTED_AGAIN = {
    f"configs/corruptions/sympie_{name}-c.py" for name in ("camvid", "cityscapes", "streets")
}


@pytest.mark.slow
def test_records_of_every_config_are_found() -> None:
    """The config's part of the key that the former commit gave to records is one of those that are looked for."""
    pytest.importorskip("mmpretrain", reason="some configs are mmpretrain's")
    former = json.loads(Path(__file__).with_name(write_files["DIGESTS"]).read_text())
    assert len(former) > 60 and former.keys() >= {*MOVED, *STARTED_AGAIN}
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert all(f"`{name}`" in changelog for name in MOVED)
    assert "half-done comparisons of these start again" in changelog
    lost = {
        name
        for name, digest in former.items()
        if name not in MOVED and digest not in config_digests(Config.fromfile(ROOT / name))
    }
    assert lost == STARTED_AGAIN


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The former commit's code, from the history; skipped where there is none, as in an archive or a shallow clone."""
    git = [
        "git",
        "-C",
        str(ROOT),
        "archive",
        "--format=tar",
        FORMER,
        "sympie_seg",
        "tools",
        "configs",
    ]
    try:
        done = subprocess.run(git, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(
            f"commit {FORMER[:12]} is not at hand: no git, no history or a shallow one ({error})"
        )
    folder = tmp_path_factory.mktemp("code")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, **SAFELY)
    return folder


def train(checkout: Path, work: Path, files: Path, data: Path, *more: str) -> None:
    """Train four iterations with a checkpoint after every second."""
    options = [
        "train_cfg.max_iters=4", "train_cfg.val_interval=4", "default_hooks.checkpoint.interval=2",
        "default_hooks.checkpoint.max_keep_ckpts=5", f"frozen_checkpoint={files}/work/network.pth",
        *(f"{part}_dataloader.{setting}" for part in ("train", "val") for setting in (
            "batch_size=2", "num_workers=0", "persistent_workers=False", f"dataset.data_root={data}")),
        *write_files["NARROW"],
    ]  # fmt: skip
    words = [
        sys.executable,
        "-c",
        TRAIN,
        checkout,
        checkout / write_files["CONFIG"],
        "--work-dir",
        work,
    ]
    environment = dict(
        os.environ, PYTHONPATH=f"{checkout}{os.pathsep}{checkout / 'tools'}", OMP_NUM_THREADS="1",
        CUDA_VISIBLE_DEVICES="",
    )  # fmt: skip
    done = subprocess.run(
        [str(word) for word in [*words, *more, "--cfg-options", *options]],
        cwd=checkout, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def same(mine: Any, theirs: Any, path: str = "") -> None:
    """Compare what checkpoints hold, tensors bit by bit."""
    assert type(mine) is type(theirs), path
    if isinstance(mine, torch.Tensor):
        assert mine.dtype == theirs.dtype and torch.equal(mine, theirs), path
    elif isinstance(mine, dict):
        assert list(mine) == list(theirs), path
        for key, value in mine.items():
            same(value, theirs[key], f"{path}.{key}")
    elif isinstance(mine, (list, tuple)):
        assert len(mine) == len(theirs), path
        for index, value in enumerate(mine):
            same(value, theirs[index], f"{path}[{index}]")
    else:
        assert mine == theirs, path


@pytest.mark.slow
def test_a_training(files: Path, former: Path, tmp_path: Path) -> None:
    """Its iter_2.pth, resumed by this commit, ends in the bytes in which the former commit ends."""
    data, whole, resumed = tmp_path / "streets", tmp_path / "whole", tmp_path / "resumed"
    write_cityscapes(data, {"train": 5, "val": 2}, size=(64, 64))
    train(former, whole, files, data)
    resumed.mkdir()
    for name in ("iter_2.pth", "enhancer_last.pth"):
        shutil.copy2(whole / name, resumed)
    train(ROOT, resumed, files, data, "--resume")
    mine, theirs = (
        torch.load(folder / "iter_4.pth", map_location="cpu", weights_only=False)
        for folder in (resumed, whole)
    )
    start = torch.load(whole / "iter_2.pth", map_location="cpu", weights_only=False)
    assert mine["meta"]["iter"] == theirs["meta"]["iter"] == 4
    name = "data_preprocessor.enhancer.nem.out.weight"
    assert not torch.equal(start["state_dict"][name], theirs["state_dict"][name]), "it trained"
    for part in ("state_dict", "optimizer", "param_schedulers"):
        same(mine[part], theirs[part], part)
    for name in ("enhancer_last.pth", "enhancer_best.pth"):
        (own, _), (other, _) = load_enhancer(resumed / name), load_enhancer(whole / name)
        same(own.state_dict(), other.state_dict(), name)
    assert (resumed / "enhancer_last.pth").stat().st_mtime > (whole / "iter_4.pth").stat().st_mtime
