"""As a user: generate streets, train a network, freeze it, train SyMPIE in front of it, test."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sympie_seg.corruptions import CORRUPTIONS
from sympie_seg.enhancer import load_enhancer

pytestmark = pytest.mark.slow

FROZEN = "configs/streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
SYMPIE = "configs/streets/sympie_streets_1xb4-400.py"
MARKER = f"sympie_seg_evil_{os.getpid()}"


class Evil:
    """Creates a file when it is unpickled."""

    def __reduce__(self) -> tuple:
        return os.system, (f"touch /tmp/{MARKER}",)


NARROW = ["model.backbone.base_channels=8", "model.decode_head.in_channels=64"]


def options(data: Path, *more: str) -> list[str]:
    roots = [f"{part}_dataloader.dataset.data_root={data}/cityscapes" for part in ("train", "val")]
    roots.append(f"test_dataloader.dataset.datasets.0.data_root={data}/cityscapes")
    for index in range(1, 5):
        roots.append(f"test_dataloader.dataset.datasets.{index}.data_root={data}/acdc")
    return ["--cfg-options", *roots, *NARROW, *more]


def metrics(work_dir: Path) -> dict[str, float]:
    (file,) = work_dir.glob("*/*.json")
    scores = json.loads(file.read_text())
    return {key: value for key, value in scores.items() if not key.endswith("time")}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, run: Callable) -> Path:
    """A folder with data, a frozen network (iter_2.pth) and a trained enhancer."""
    folder = tmp_path_factory.mktemp("user")
    data = folder / "data"
    sizes = ["--size", 128, 64, "--train", 8, "--val", 3, "--adverse", 2, "--workers", 1]
    run("tools/generate_streets.py", data, *sizes)
    short = ["train_dataloader.batch_size=2", "train_cfg.max_iters=2", "train_cfg.val_interval=2"]
    crop = "train_dataloader.dataset.pipeline.3.crop_size=(64,128)"
    small = ["train_dataloader.dataset.pipeline.2.scale=(128,64)", crop]
    small.append("model.data_preprocessor.size=(64,128)")
    work = ["--work-dir", folder / "frozen"]
    run("tools/train.py", FROZEN, *work, *options(data, *short, *small))
    frozen = f"frozen_checkpoint={folder}/frozen/iter_2.pth"
    work = ["--work-dir", folder / "sympie"]
    run("tools/train.py", SYMPIE, *work, *options(data, *short, frozen))
    return folder


def test_training_writes_enhancers_and_leaves_the_network_alone(
    trained: Path, run: Callable
) -> None:
    before = torch.load(trained / "frozen/iter_2.pth", weights_only=True)["state_dict"]
    after = torch.load(trained / "sympie/iter_2.pth", weights_only=True)["state_dict"]
    assert before and all(torch.equal(after[key], value) for key, value in before.items())
    for name in ("last", "best", "teacher"):
        _enhancer, provenance = load_enhancer(trained / f"sympie/enhancer_{name}.pth")
        assert provenance["kind"] == name
    last, _ = load_enhancer(trained / "sympie/enhancer_last.pth")
    for key, value in last.state_dict().items():
        assert torch.equal(after[f"data_preprocessor.enhancer.{key}"], value)
    assert last.nem.out.weight.abs().max() > 0, "nothing was trained"


def test_full_checkpoint_and_frozen_with_file_score_the_same(trained: Path, run: Callable) -> None:
    data, out = trained / "data", trained / "predictions"
    full = ["--work-dir", trained / "full", "--out", out, "--show-dir", trained / "painted"]
    run("tools/test.py", SYMPIE, trained / "sympie/iter_2.pth", *full, *options(data))
    enhancer = f"model.data_preprocessor.enhancer={trained}/sympie/enhancer_last.pth"
    parts = ["--work-dir", trained / "parts"]
    run("tools/test.py", SYMPIE, trained / "frozen/iter_2.pth", *parts, *options(data, enhancer))
    scores = metrics(trained / "full")
    assert scores == metrics(trained / "parts")
    assert {"mIoU", "fog/mIoU", "night/mIoU", "all/mIoU", "mean_over_conditions/mIoU"} <= set(
        scores
    )
    files = sorted(out.rglob("*.png"))
    assert len(files) == 3 + 4 * 2
    assert {file.parent.name for file in files} == {"clean", "fog", "night", "rain", "snow"}
    assert all(cv2.imread(str(f), cv2.IMREAD_UNCHANGED).shape == (64, 128) for f in files)
    assert len(list((trained / "painted").rglob("*.png"))) == 3 + 4 * 2


def test_tta_keeps_the_conditions_apart(trained: Path, run: Callable) -> None:
    work = ["--work-dir", trained / "tta", "--tta"]
    run("tools/test.py", SYMPIE, trained / "sympie/iter_2.pth", *work, *options(trained / "data"))
    scores = metrics(trained / "tta")
    assert {"clean/mIoU", "fog/mIoU", "snow/mIoU", "mean_over_conditions/mIoU"} <= set(scores)


@pytest.mark.parametrize("tta", [[], ["--tta"]])
def test_any_batch_size_where_test_sets_differ_in_size(
    tta: list, trained: Path, run: Callable
) -> None:
    """ACDC is smaller than Cityscapes: batches of 4 hold 3 clean images and one of fog."""
    small = trained / "small"
    if not small.is_dir():
        sizes = ["--size", 96, 48, "--train", 0, "--val", 0, "--adverse", 2, "--workers", 1]
        run("tools/generate_streets.py", small, *sizes)
    other = [f"test_dataloader.dataset.datasets.{i}.data_root={small}/acdc" for i in range(1, 5)]
    scores = {}
    for batch in (1, 4):
        folder = trained / f"mixed{batch}{bool(tta)}"
        more = [*other, f"test_dataloader.batch_size={batch}"]
        out = ["--work-dir", folder, "--out", folder / "out", "--show-dir", folder / "painted"]
        run(
            "tools/test.py",
            SYMPIE,
            trained / "sympie/iter_2.pth",
            *out,
            *tta,
            *options(trained / "data", *more),
        )
        scores[batch] = metrics(folder)
        for kind in ("out", "painted"):
            files = list((folder / kind).rglob("*.png"))
            assert len(files) == 3 + 4 * 2
        shapes = {
            cv2.imread(str(f), cv2.IMREAD_UNCHANGED).shape for f in (folder / "out").rglob("*.png")
        }
        assert shapes == {(64, 128), (48, 96)}
    # Sums of a batch are added in another order; a pixel in many thousands may tip over.
    assert scores[4] == pytest.approx(scores[1], abs=0.05)
    assert "snow/mIoU" in scores[1]


def test_browse_shows_the_first_draws_of_the_training(trained: Path, run: Callable) -> None:
    data, folder = trained / "data", trained / "browse"
    words = ["--output-dir", folder, "--number", 5, *options(data)]
    output = run("tools/browse_dataset.py", SYMPIE, *words)
    assert f"5 pictures of the train pipeline are in '{folder}'" in output
    names = sorted(p.name for p in folder.iterdir())
    assert len(names) == 5
    for index, name in enumerate(names):
        number, corruption, severity = re.fullmatch(r"(\d{4})_(\w+)_([0-5])\.png", name).groups()
        assert int(number) == index and corruption in CORRUPTIONS and 0 <= int(severity) <= 5
        # Clean, corrupted and labelled, side by side under a caption.
        assert cv2.imread(str(folder / name)).shape == (64 + 22, 3 * 128, 3)
    again = trained / "browse_again"
    run("tools/browse_dataset.py", SYMPIE, "--output-dir", again, "--number", 5, *options(data))
    for name in names:
        assert (again / name).read_bytes() == (folder / name).read_bytes()
    tested = trained / "browse_test"
    run(
        "tools/browse_dataset.py", SYMPIE, "--phase", "test", "--output-dir", tested, *options(data)
    )
    assert len(list(tested.iterdir())) == 3 + 4 * 2


class TestClearMessages:
    """What a user reads where something is wrong, and what must not have happened."""

    def test_work_dir_that_cannot_be_written(self, trained: Path, run: Callable) -> None:
        (trained / "a_file").write_text("")
        work = trained / "a_file" / "below"
        output = run(
            "tools/train.py", SYMPIE, "--work-dir", work, *options(trained / "data"), fails=True
        )
        assert (
            f"the work dir '{work}' cannot be written to" in output
            and "--work-dir FOLDER" in output
        )
        assert "Traceback" not in output

    def test_label_ids_where_train_ids_belong(self, trained: Path, run: Callable) -> None:
        root = trained / "label_ids" / "cityscapes"
        shutil.copytree(trained / "data/cityscapes", root)
        for path in root.rglob("*_gtFine_labelTrainIds.png"):
            cv2.imwrite(str(path), np.full((64, 128), 26, np.uint8))
        frozen = f"frozen_checkpoint={trained}/frozen/iter_2.pth"
        work = ["--work-dir", trained / "ids"]
        output = run("tools/train.py", SYMPIE, *work, *options(root.parent, frozen), fails=True)
        assert "holds labelIds (values 26), not trainIds" in output
        assert f"sympie-seg convert-dataset cityscapes {root}" in output

    def test_bad_image_in_the_middle_of_training(self, trained: Path, run: Callable) -> None:
        root = trained / "bad_image" / "cityscapes"
        shutil.copytree(trained / "data/cityscapes", root)
        bad = sorted(root.glob("leftImg8bit/train/*/*.png"))[:4]
        for path in bad:
            path.write_bytes(path.read_bytes()[:-30])
        changes = [f"frozen_checkpoint={trained}/frozen/iter_2.pth", "train_cfg.max_iters=4"]
        changes += ["train_dataloader.batch_size=2", "train_dataloader.dataset.early_check=0"]
        words = options(root.parent, *changes)
        output = run("tools/train.py", SYMPIE, "--work-dir", trained / "fatal", *words, fails=True)
        assert (
            "' is cut off. Expected leftImg8bit/" in output
            and "convert-dataset cityscapes" in output
        )
        words.append("train_dataloader.dataset.bad_sample=skip")
        output = run("tools/train.py", SYMPIE, "--work-dir", trained / "skipping", *words)
        skipped = set(re.findall(r"Skipped, another one is drawn: '(\S+)' is cut off", output))
        assert skipped and skipped <= {str(path) for path in bad}
        assert (trained / "skipping/enhancer_last.pth").is_file()

    @pytest.mark.parametrize(
        ("spoil", "words"),
        [
            (lambda file: file.write_bytes(file.read_bytes()[:-99]), "damaged or cut short"),
            (lambda file: torch.save(Evil(), file), "would run code. Nothing was run"),
        ],
        ids=["cut", "code"],
    )
    def test_checkpoint_that_must_not_be_used(
        self, spoil: Callable, words: str, trained: Path, run: Callable
    ) -> None:
        bad, marker = trained / "bad.pth", Path("/tmp") / MARKER
        shutil.copy(trained / "sympie/iter_2.pth", bad)
        spoil(bad)
        marker.unlink(missing_ok=True)
        work = ["--work-dir", trained / "bad_checkpoint"]
        output = run("tools/test.py", SYMPIE, bad, *work, *options(trained / "data"), fails=True)
        assert words in output and str(bad) in output
        assert not marker.exists()

    def test_checkpoint_of_another_network(self, trained: Path, run: Callable) -> None:
        """mmengine would warn, continue, and score random weights; for a plain network too."""
        other = ["model.backbone.base_channels=16", "model.decode_head.in_channels=128"]
        for config, extra in ((SYMPIE, []), (FROZEN, [])):
            words = options(trained / "data", *other, *extra)
            work = ["--work-dir", trained / "other_network"]
            output = run(
                "tools/test.py", config, trained / "frozen/iter_2.pth", *work, *words, fails=True
            )
            assert (
                "iter_2.pth' does not fit the network" in output and "have another shape" in output
            )

    def test_enhancer_of_another_shape(self, trained: Path, run: Callable) -> None:
        content = torch.load(trained / "sympie/enhancer_last.pth", weights_only=True)
        state = content["state_dict"]
        key = next(key for key in state if key.endswith("out.weight"))
        state[key] = state[key][:36]
        torch.save(content, trained / "short.pth")
        enhancer = f"model.data_preprocessor.enhancer={trained}/short.pth"
        words = ["--work-dir", trained / "shape", *options(trained / "data", enhancer)]
        output = run("tools/test.py", SYMPIE, trained / "frozen/iter_2.pth", *words, fails=True)
        assert "short.pth: expected" in output and "got (36, 512)" in output


def test_missing_weights_stop_the_run_and_name_the_fix(trained: Path, run: Callable) -> None:
    data = trained / "data"
    absent = options(data, "frozen_checkpoint=absent.pth")
    output = run("tools/train.py", SYMPIE, "--work-dir", trained / "x", *absent, fails=True)
    assert "frozen_checkpoint 'absent.pth' does not exist" in output
    work = ["--work-dir", trained / "y"]
    network = trained / "frozen/iter_2.pth"
    output = run("tools/test.py", SYMPIE, network, *work, *options(data), fails=True)
    assert (
        "the enhancer is untrained" in output and "model.data_preprocessor.enhancer=FILE" in output
    )
