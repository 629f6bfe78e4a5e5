"""tools/compare.py as a user runs it: killed and started again, in two processes, on classifiers, on bad input."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from sympie_seg.streets.writers import write_acdc, write_cityscapes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "configs/streets/sympie_streets_1xb4-400.py"
HERE = ["test_dataloader.num_workers=0", "test_dataloader.persistent_workers=False"]
NARROW = {"model.backbone.base_channels": 8, "model.decode_head.in_channels": 64}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven streets and a network with random weights."""
    folder = tmp_path_factory.mktemp("compare")
    write_cityscapes(folder / "cityscapes", {"val": 3}, size=(128, 64))
    write_acdc(folder / "acdc", {"val": 2}, size=(128, 64))
    config = Config.fromfile(ROOT / CONFIG)
    config.merge_from_dict(NARROW)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmseg"):
        torch.save(MODELS.build(config.model).state_dict(), folder / "network.pth")
    return folder


def command(folder: Path, enhancers: list[object], *more: object, options: tuple = ()) -> list[str]:
    roots = [f"test_dataloader.dataset.datasets.0.data_root={folder}/cityscapes"]
    roots += [f"test_dataloader.dataset.datasets.{i}.data_root={folder}/acdc" for i in range(1, 5)]
    words = [
        "tools/compare.py",
        CONFIG,
        folder / "network.pth",
        "--enhancer",
        *enhancers,
        "--cost-size",
        64,
        32,
        *more,
    ]
    narrow = [f"{key}={value}" for key, value in NARROW.items()]
    return [str(word) for word in [*words, "--cfg-options", *HERE, *roots, *narrow, *options]]


def start(words: list[str], **more: str) -> subprocess.Popen:
    environment = dict(os.environ, OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", **more)
    return subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )  # fmt: skip


def content(work: Path) -> dict:
    return json.loads((work / "comparison.json").read_text())


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def test_killed_resumed_and_in_two_processes(folder: Path, enhancer_file: Path) -> None:
    names = ["none", "nlm", enhancer_file]
    one, two = folder / "one", folder / "two"
    words = command(
        folder,
        names,
        "--work-dir",
        one,
        "--resamples",
        200,
        options=("test_dataloader.batch_size=1",),
    )
    killed = start(words)
    deadline = time.monotonic() + 600
    while killed.poll() is None and time.monotonic() < deadline:
        records_file = list(one.glob("records/nlm-*/rank0.jsonl"))
        if records_file and lines_in(records_file[0]) > 3:
            break
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    (path,) = one.glob("records/nlm-*/rank0.jsonl")
    kept = lines_in(path) - 1
    assert 3 <= kept < 11, "it was to be killed in the middle"
    assert not (one / "comparison.json").exists()
    output, _ = start(words).communicate()
    assert "none (1 of 3): 0 images to test, 11 were tested before" in output
    assert f"nlm (2 of 3): {11 - kept} images to test, {kept} were tested before" in output
    assert (one / "comparison.html").is_file() and "visibly changed" in output

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = command(
        folder, names, "--work-dir", two, "--resamples", 200, "--no-report", "--launcher", "pytorch",
        options=("test_dataloader.batch_size=2",),
    )  # fmt: skip
    torchrun = ["-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={port}"]
    output, _ = start([*torchrun, *words]).communicate()
    assert (two / "comparison.json").is_file(), output[-3000:]
    for records in two.glob("records/*"):
        counts = [lines_in(path) - 1 for path in sorted(records.glob("rank*.jsonl"))]
        assert counts == [6, 5], "each image once"
    for alone, together in zip(content(one)["rows"], content(two)["rows"], strict=True):
        assert alone["images"] == together["images"]
        for name in ("none", "nlm", "enhancer"):
            mine, theirs = (row["scores"][name] for row in (alone, together))
            # Sums of a batch are added in another order; a pixel may tip over.
            assert [mine[m] for m in ("mIoU", "mAcc", "aAcc")] == pytest.approx(
                [theirs[m] for m in ("mIoU", "mAcc", "aAcc")], abs=0.05
            )
    with open(one / "comparison.csv", newline="") as file:
        records_file = Counter(line["row"] for line in csv.DictReader(file) if not line["class"])
    conditions = {"clean", "fog", "night", "rain", "snow"}
    assert set(records_file) == conditions | {"all", "all images pooled", "mean over conditions"}
    assert set(records_file.values()) == {3 * 3}, "three enhancers, three scores"


def test_label_ids_are_named_in_one_line(folder: Path, run: Callable) -> None:
    """Found by a worker of the loader, in the middle of the run; the start looked at no label."""
    bad = folder / "bad"
    write_cityscapes(bad / "cityscapes", {"val": 2}, size=(128, 64))
    (path,) = sorted(bad.rglob("*_gtFine_labelTrainIds.png"))[1:]
    cv2.imwrite(str(path), np.full((64, 128), 26, np.uint8))
    words = command(folder, ["none"], "--work-dir", bad / "work", options=(
        f"test_dataloader.dataset.datasets.0.data_root={bad}/cityscapes", "test_dataloader.num_workers=1",
        "test_dataloader.dataset.datasets.0.early_check=0",
    ))  # fmt: skip
    output, _ = start(words).communicate()
    last = output.strip().splitlines()[-1]
    assert f"'{path}' holds the values 26, which are labelIds, not trainIds" in last
    assert "Traceback" not in output


CLASSIFIER = """
custom_imports = dict(imports=['sympie_seg', 'sympie_seg.classification'])
default_scope = 'mmpretrain'
data_preprocessor = dict(
    type='SyMPIEClsDataPreprocessor', mean=[123.7, 116.3, 103.5], std=[58.4, 57.1, 57.4], to_rgb=True)
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNet', depth=18, base_channels=8, stem_channels=8),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=6, in_channels=64, loss=dict(type='CrossEntropyLoss')))
meta_keys = ('img_path', 'ori_shape', 'img_shape', 'condition')
test_dataloader = dict(
    batch_size=5, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(type='ConcatDataset', datasets=[
        dict(type='ConditionClassFolderDataset', data_root='ROOT', data_prefix='val', condition=condition, pipeline=[
            dict(type='LoadImageFromFile'), *steps, dict(type='PackInputs', meta_keys=meta_keys)])
        for condition, steps in [
            ('clean', []),
            *[(f'contrast-{s}', [dict(type='Corrupt', name='contrast', severity=s, seed=0)]) for s in (1, 5)]]
    ]))
test_evaluator = dict(type='ConditionAccuracy', exclude_from_mean=['clean'])
test_cfg = dict()
"""


def test_a_classifier(tmp_path: Path, run: Callable, enhancer_file: Path) -> None:
    pytest.importorskip("mmpretrain", reason="needs mmpretrain")
    import sympie_seg.classification  # noqa: F401

    draw = np.random.default_rng(0)
    for label in range(6):
        for number in range(4):
            path = tmp_path / f"photos/val/c{label}/{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), draw.integers(0, 60 + 30 * label, (48, 48, 3), dtype=np.uint8))
    config = tmp_path / "classifier.py"
    config.write_text(CLASSIFIER.replace("ROOT", str(tmp_path / "photos")))
    model = Config.fromfile(config).model
    torch.manual_seed(3)
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        network = MODELS.build(dict(model, _scope_="mmpretrain"))
    with torch.no_grad():
        network.head.fc.weight.normal_(0, 20)
    torch.save(network.state_dict(), tmp_path / "network.pth")
    (tmp_path / "alexnet.csv").write_text("corruption,error\ncontrast,80\n")
    names, work = ["none", "gamma", enhancer_file], tmp_path / "work"
    run("tools/compare.py", config, tmp_path / "network.pth", "--work-dir", work, "--enhancers", *names,
        "--mce-baseline", tmp_path / "alexnet.csv", "--resamples", 100)  # fmt: skip
    comparison = content(work)
    assert comparison["task"] == "classification" and comparison["metric"] == "top1"
    assert comparison["classes"] == [f"c{label}" for label in range(6)]
    rows = {row["name"]: row for row in comparison["rows"]}
    assert rows["clean"]["dataset"] == "photos" and rows["all"]["members"] == [
        "contrast-1",
        "contrast-5",
    ]
    own = rows["contrast-5"]["scores"]["gamma"]
    assert own["top1"] == pytest.approx(np.mean(list(own["classes"].values()))), (
        "four images a class"
    )
    assert own["top1"] <= own["top5"] <= 100
    grid = comparison["grid"]
    assert grid["values"]["gamma"] == [
        [rows[f"contrast-{s}"]["scores"]["gamma"]["top1"] for s in (1, 5)]
    ]
    assert grid["summary"]["gamma"]["mCE"] == pytest.approx(
        100 * (100 - np.mean(grid["values"]["gamma"])) / 80
    )
    assert len(rows["clean"]["activity"]["enhancer"]["parameters"]) == 37
    assert "top5" in (work / "comparison.md").read_text() and (work / "comparison.html").is_file()
    # mmengine's own test loop and the metric by condition.
    tested = tmp_path / "tested"
    text = config.read_text().replace(
        "to_rgb=True", "to_rgb=True, enhancer=dict(type='GammaEnhancer')"
    )
    config.write_text(f"{text}runner_type = 'FrozenNetworkRunner'\n")
    run("tools/test.py", config, tmp_path / "network.pth", "--work-dir", tested)
    (file,) = tested.glob("*/*.json")
    scores = json.loads(file.read_text())
    for row in ("clean", "contrast-1", "contrast-5", "all"):
        for metric in ("top1", "top5"):
            assert rows[row]["scores"]["gamma"][metric] == pytest.approx(
                scores[f"{row}/{metric}"], abs=0.01
            )
