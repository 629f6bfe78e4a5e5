"""Corruptions that move pixels move the labels too; several on one image; the copy on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from sympie_seg.corruptions.mixture import draw_mixture, image_mixture
from sympie_seg.corruptions.registry import CORRUPTIONS, MOVES_PIXELS, corrupt
from sympie_seg.datasets.preparation.corrupted_dataset import checked_manifest
from sympie_seg.datasets.preparation.image_files import truncation
from sympie_seg.datasets.transforms import Corrupt, MixedCorruption, RandomCorruption

TOOL = Path(__file__).resolve().parents[2] / "tools/make_corrupted_dataset.py"
# What the images val/0.png, val/1.png, ... get with seed 0, in the order of application.
MIXTURES = [
    (("sunset", 4), ("darken", 3)),
    (("saturate", 2), ("fog", 1), ("shot_noise", 4)),
    (("pixelate", 4), ("sunset", 5)),
    (("shot_noise", 3), ("impulse_noise", 2), ("contrast", 5)),
    (("defocus_blur", 5), ("frost", 2), ("zoom_blur", 4)),
    (("white_point", 5), ("spatter", 1)),
]


def checkerboard(cell: int = 16, size: tuple[int, int] = (96, 128)) -> np.ndarray:
    rows, columns = np.indices(size) // cell
    return ((rows + columns) % 2).astype(np.uint8)


def results_of(labels: np.ndarray | None, index: int = 0, **more: Any) -> dict:
    board = checkerboard() if labels is None else cv2.resize(labels, (128, 96), interpolation=0)
    image = np.repeat((board * 200)[..., None], 3, 2)
    made = dict(img=image, img_path=f"/data/set/val/{index}.png", data_root="/data/set", **more)
    return made if labels is None else dict(made, gt_seg_map=labels)


class TestMovedLabels:
    @pytest.mark.parametrize("name", MOVES_PIXELS)
    @pytest.mark.parametrize("severity", [1, 5])
    def test_labels_follow_the_image(self, name: str, severity: int) -> None:
        labels = checkerboard()
        results = Corrupt(name, severity).transform(results_of(labels))
        moved, image = results["gt_seg_map"], results["img"][..., 0]
        assert moved.dtype == np.uint8 and set(np.unique(moved)) == {0, 1}
        assert (moved != labels).mean() > 0.005, "nothing moved"
        # Where the image is not in between two cells, it says which class is there now.
        certain = (image < 40) | (image > 160)
        assert certain.mean() > 0.5
        assert ((image > 100) == moved)[certain].mean() > 0.99
        assert ((image > 100) == labels)[certain].mean() < ((image > 100) == moved)[certain].mean()

    def test_labels_of_another_size(self) -> None:
        """As where the image was resized before, and the label is scored at its own size."""
        small = Corrupt("elastic_transform", 5).transform(results_of(checkerboard()))["gt_seg_map"]
        large = Corrupt("elastic_transform", 5).transform(results_of(checkerboard(32, (192, 256))))[
            "gt_seg_map"
        ]
        assert large.shape == (192, 256)
        again = cv2.resize(large, (128, 96), interpolation=cv2.INTER_NEAREST)
        agree, unmoved = (again == small).mean(), (checkerboard() == small).mean()
        assert agree > 0.94 and 1 - agree < 0.7 * (1 - unmoved)

    def test_labels_must_be_there_before(self) -> None:
        results = results_of(None, seg_map_path="label.png")
        with pytest.raises(ValueError, match="put LoadAnnotations before the corruption"):
            Corrupt("elastic_transform", 2).transform(results)

    def test_without_labels_there_is_nothing_to_move(self) -> None:
        assert "gt_seg_map" not in Corrupt("elastic_transform", 2).transform(results_of(None))

    @pytest.mark.parametrize("name", ["fog", "glass_blur", "motion_blur"])
    def test_others_leave_labels_alone(self, name: str) -> None:
        labels = checkerboard()
        assert Corrupt(name, 5).transform(results_of(labels))["gt_seg_map"] is labels


class TestMixed:
    def test_is_what_it_says(self) -> None:
        for index in range(8):
            results = MixedCorruption().transform(results_of(None, index))
            names, severities = results["corruption"].split("+"), results["severity"]
            assert 2 <= len(names) == len(severities) <= 3 and len(set(names)) == len(names)
            step = results_of(None, index)
            for name, severity in zip(names, severities, strict=True):
                step = Corrupt(name, severity).transform(step)
            assert np.array_equal(step["img"], results["img"])

    def test_the_same_again_and_another_for_another_seed(self) -> None:
        first, second = (MixedCorruption().transform(results_of(None))["img"] for _ in range(2))
        assert np.array_equal(first, second)
        drawn = {
            MixedCorruption(seed=s).transform(results_of(None))["corruption"] for s in range(6)
        }
        assert len(drawn) == 6

    def test_draws_are_uniform(self) -> None:
        rng, names = np.random.default_rng(0), list(CORRUPTIONS)[:6]
        drawn = [draw_mixture(names, rng, (1, 2), (1, 5)) for _ in range(3000)]
        counts = [sum(name in dict(steps) for steps in drawn) for name in names]
        # 1.5 of 6 names each time.
        assert all(abs(count - 750) < 5 * 24 for count in counts)
        assert abs(sum(len(steps) == 1 for steps in drawn) - 1500) < 5 * 28

    def test_each_corruption_at_most_once(self) -> None:
        """As many as there are names: a draw with replacement would repeat one nearly always."""
        rng, names = np.random.default_rng(0), ["fog", "snow", "jpeg", "frost", "contrast"]
        for _ in range(50):
            drawn = [name for name, _ in draw_mixture(names, rng, counts=(5,))]
            assert sorted(drawn) == sorted(names)

    def test_the_benchmark_stays_what_it_is(self) -> None:
        """The -mixed benchmarks are drawn with seed 0: other draws would make another benchmark."""
        assert len(MIXTURES) == 6
        drawn = []
        for index in range(len(MIXTURES)):
            results = MixedCorruption(seed=0).transform(results_of(None, index))
            steps = zip(results["corruption"].split("+"), results["severity"], strict=True)
            drawn.append(tuple(steps))
        assert drawn == MIXTURES

    def test_a_copy_on_disk_draws_the_same_by_default(self) -> None:
        names = MixedCorruption().names
        drawn = [image_mixture(0, f"val/{index}.png", names) for index in range(len(MIXTURES))]
        assert drawn == MIXTURES

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (dict(names=["fogg"]), "unknown corruption 'fogg'"),
            (dict(names=["fog"]), r"counts between 1 and the number of names \(1\)"),
            (dict(severities=(7,)), "severities"),
            (dict(counts=(0,)), "counts between 1"),
        ],
    )
    def test_bad_options(self, options: dict, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            MixedCorruption(**options)


class TestSeveralInTraining:
    def test_as_many_as_asked_for(self) -> None:
        several, seen = RandomCorruption(count=(1, 3), severities=(1, 2)), set()
        for index in range(40):
            results = several.transform(results_of(None, index))
            names = results["corruption"].split("+")
            severities = np.atleast_1d(results["severity"])
            assert len(names) == len(severities) == len(set(names)) and set(severities) <= {1, 2}
            seen.add(len(names))
        assert seen == {1, 3}

    def test_weights_hold(self) -> None:
        names = ["fog", "darken", "contrast"]
        never = RandomCorruption(names=names, weights=(1, 1, 0), count=2)
        drawn = [never.transform(results_of(None, i))["corruption"] for i in range(20)]
        assert set(drawn) == {"fog+darken", "darken+fog"}
        with pytest.raises(
            ValueError, match="count between 1 and the 2 names that can be drawn, got 3"
        ):
            RandomCorruption(names=names, weights=(1, 1, 0), count=3)

    def test_one_is_as_it_was(self) -> None:
        """Published runs depend on it."""
        np.random.seed(5)
        first = RandomCorruption(names=["fog", "shot_noise"]).transform(results_of(None))
        np.random.seed(5)
        rng = np.random.default_rng(int(np.random.randint(0, 2**64, dtype=np.uint64)))
        name = ["fog", "shot_noise"][rng.choice(2, p=[0.5, 0.5])]
        severity = int(rng.integers(6))
        wanted = corrupt(results_of(None)["img"][..., ::-1].copy(), name, severity, rng)
        assert (first["corruption"], first["severity"]) == (name, severity)
        assert np.array_equal(first["img"], wanted[..., ::-1])


@pytest.mark.parametrize(
    ("contents", "parts", "wrong"),
    [
        ({"fog": {"severities": [1], "splits": [{}]}}, {}, r"contents\['fog'\]\.splits\[0\]"),
        ({"fog": {"severities": ["1"], "splits": []}}, {}, r"contents\['fog'\]\.severities\[0\]"),
        ({"fog": {"severities": 3, "splits": []}}, {}, r"contents\['fog'\]\.severities"),
        ({"mixed": {"severities": [], "splits": [], "names": [{}]}}, {}, r"\.names\[0\]"),
        ({"fog": {"severities": []}}, {}, r"no contents\['fog'\]\.splits"),
        ({"fog": []}, {}, r"contents\['fog'\]"),
        ([], {}, "contents"),
        ({}, {"fog/1/val": {}}, r"parts\['fog/1/val'\]"),
        ({}, {"fog/1/val": "done"}, "complete or unfinished"),
        ({}, 3, "parts"),
    ],
)
def test_manifests_with_other_values_are_refused(
    contents: Any, parts: Any, wrong: str, tmp_path: Path
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(dict(contents=contents, parts=parts)))
    with pytest.raises(ValueError, match=rf"manifest\.json' is no manifest.*{wrong}.*delete it"):
        checked_manifest(path)


@pytest.mark.slow
class TestCopyOnDisk:
    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        draw = np.random.default_rng(0)
        for city in ("hazel", "rowan"):
            for folder, kind in (
                ("leftImg8bit", "leftImg8bit"),
                ("gtFine", "gtFine_labelTrainIds"),
            ):
                path = tmp_path / f"source/{folder}/val/{city}/{city}_0_{kind}.png"
                path.parent.mkdir(parents=True)
                cv2.imwrite(
                    str(path),
                    draw.integers(0, 19, (24, 32, 3 if folder[0] == "l" else 1), dtype=np.uint8),
                )
        return tmp_path / "source"

    def tool(self, *words: object, fails: bool = False) -> str:
        command = [sys.executable, str(TOOL), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def test_pixels_are_those_of_the_transform(self, source: Path, tmp_path: Path) -> None:
        out, options = tmp_path / "out", ["--layout", "cityscapes", "--names", "shot_noise", "fog"]
        output = self.tool(source, out, *options, "--severities", 2, 5)
        assert f"{out}: 8 images written, 0 were there" in output
        below = "leftImg8bit/val/rowan/rowan_0_leftImg8bit.png"
        for name, severity in (("shot_noise", 2), ("fog", 5)):
            image = cv2.imread(str(source / below))
            results = dict(img=image, img_path=str(source / below), data_root=str(source))
            wanted = Corrupt(name, severity).transform(results)["img"]
            written = cv2.imread(str(out / name / str(severity) / below))
            assert np.array_equal(written, wanted)
        label = out / "fog/5/gtFine/val/hazel/hazel_0_gtFine_labelTrainIds.png"
        assert label.read_bytes() == (source / label.relative_to(out / "fog/5")).read_bytes()
        record = json.loads((out / "manifest.json").read_text())
        assert record["complete"] and record["seed"] == 0 and record["opencv"] == cv2.__version__
        assert record["contents"]["fog"] == dict(severities=[2, 5], splits=["val"])

    def test_survives_sigkill(self, source: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        for index in range(1, 40):
            below = "leftImg8bit/val/hazel/hazel_{}_leftImg8bit.png"
            (source / below.format(index)).write_bytes((source / below.format(0)).read_bytes())
        options = ["--layout", "cityscapes", "--names", "glass_blur", "fog", "--nproc", "2"]
        command = [sys.executable, str(TOOL), str(source), str(out), *options]
        job = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while len(list(out.rglob("*_leftImg8bit.png"))) < 30:
            assert job.poll() is None
            time.sleep(0.01)
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        there = list(out.rglob("*_leftImg8bit.png"))
        assert 30 <= len(there) < 410 and not any(truncation(path) for path in there)
        assert json.loads((out / "manifest.json").read_text())["complete"] is False
        output = self.tool(source, out, *options)
        assert f"{410 - len(there)} images written, {len(there)} were there" in output
        assert json.loads((out / "manifest.json").read_text())["complete"] is True

    def test_continues_and_makes_again_what_is_cut(self, source: Path, tmp_path: Path) -> None:
        out, options = (
            tmp_path / "out",
            ["--layout", "cityscapes", "--names", "contrast", "--severities", 1],
        )
        self.tool(source, out, *options)
        cut = out / "contrast/1/leftImg8bit/val/hazel/hazel_0_leftImg8bit.png"
        whole = cut.read_bytes()
        cut.write_bytes(whole[:-9])
        assert "1 images written, 1 were there" in self.tool(source, out, *options)
        assert cut.read_bytes() == whole
        assert "holds a copy with seed 0, asked for is 1" in self.tool(
            source, out, *options, "--seed", 1, fails=True
        )

    def test_completion_is_kept_by_name_and_severity(self, source: Path, tmp_path: Path) -> None:
        """A copy that was stopped is not complete because another one in the same folder is."""
        out, options = tmp_path / "out", ["--layout", "cityscapes", "--severities", 1]
        label = source / "gtFine/val/rowan/rowan_0_gtFine_labelTrainIds.png"
        image = source / "leftImg8bit/val/rowan/rowan_0_leftImg8bit.png"
        whole = image.read_bytes()
        image.write_bytes(whole[:-20])
        output = self.tool(source, out, *options, "--names", "fog", fails=True)
        assert f"'{image}' is cut off" in output
        image.write_bytes(whole)
        output = self.tool(source, out, *options, "--names", "contrast")
        assert "not complete yet, of other runs: 1 parts (fog/1/val)" in output
        record = json.loads((out / "manifest.json").read_text())
        assert record["parts"] == {"fog/1/val": "unfinished", "contrast/1/val": "complete"}
        assert record["complete"] is False
        self.tool(source, out, *options, "--names", "fog")
        record = json.loads((out / "manifest.json").read_text())
        assert set(record["parts"].values()) == {"complete"} and record["complete"] is True
        assert label.is_file() and not (out / ".sympie_seg.lock").exists()

    def test_mixtures_of_other_corruptions_are_refused(self, source: Path, tmp_path: Path) -> None:
        options = [source, tmp_path / "out", "--layout", "cityscapes", "--mixed", "--names", "fog"]
        self.tool(*options, "contrast", "darken")
        output = self.tool(*options, "contrast", "pixelate", fails=True)
        assert "with --names fog contrast darken, asked for is fog contrast pixelate" in output

    def test_manifest_of_a_release_with_one_flag(self, source: Path, tmp_path: Path) -> None:
        out, options = tmp_path / "out", ["--layout", "cityscapes", "--severities", 1]
        self.tool(source, out, *options, "--names", "contrast")
        record = json.loads((out / "manifest.json").read_text())
        del record["parts"]
        record["contents"]["fog"] = dict(severities=[1, 2], splits=["val"])
        (out / "manifest.json").write_text(json.dumps(record))
        output = self.tool(source, out, *options, "--names", "contrast")
        assert "not complete yet, of other runs: 2 parts (fog/1/val, fog/2/val)" in output

    def test_mixed_is_that_of_the_transform(self, source: Path, tmp_path: Path) -> None:
        out, names = tmp_path / "out", ["fog", "darken", "contrast", "pixelate"]
        self.tool(source, out, "--layout", "cityscapes", "--mixed", "--names", *names)
        below = "leftImg8bit/val/hazel/hazel_0_leftImg8bit.png"
        results = dict(
            img=cv2.imread(str(source / below)), img_path=str(source / below), data_root=str(source)
        )
        wanted = MixedCorruption(names=names).transform(results)["img"]
        assert np.array_equal(cv2.imread(str(out / "mixed" / below)), wanted)

    def test_labels_are_moved_where_pixels_are(self, source: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        names = ["--names", "elastic_transform", "fog"]
        self.tool(source, out, "--layout", "cityscapes", *names, "--severities", 5)
        label = "gtFine/val/rowan/rowan_0_gtFine_labelTrainIds.png"
        below = "leftImg8bit/val/rowan/rowan_0_leftImg8bit.png"
        before = cv2.imread(str(source / label), cv2.IMREAD_UNCHANGED)
        results = dict(
            img=cv2.imread(str(source / below)), img_path=str(source / below), data_root=str(source)
        )
        wanted = Corrupt("elastic_transform", 5).transform(dict(results, gt_seg_map=before))
        assert np.array_equal(cv2.imread(str(out / "elastic_transform/5" / below)), wanted["img"])
        moved = cv2.imread(str(out / "elastic_transform/5" / label), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(moved, wanted["gt_seg_map"]) and (moved != before).any()
        assert not (out / "elastic_transform/5/gtFine/val").is_symlink()
        assert (out / "fog/5/gtFine/val").is_symlink()
        (out / "elastic_transform/5" / label).unlink()
        output = self.tool(source, out, "--layout", "cityscapes", *names, "--severities", 5)
        assert "1 images written, 3 were there" in output
        assert (out / "elastic_transform/5" / label).is_file()

    @pytest.mark.parametrize(
        ("layout", "below"), [("imagenet", "n01440764/a.JPEG"), ("camvid", "val/a.jpg")]
    )
    def test_other_layouts(self, layout: str, below: str, tmp_path: Path) -> None:
        inside = f"val/{below}" if layout == "imagenet" else below
        photo = cv2.GaussianBlur(
            np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8), (9, 9), 0
        )
        for path, picture in ((inside, photo), ("valannot/a.png", photo[..., 0] // 32)):
            (tmp_path / "source" / path).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(tmp_path / "source" / path), picture)
        self.tool(
            tmp_path / "source",
            tmp_path / "out",
            "--layout",
            layout,
            "--names",
            "pixelate",
            "--severities",
            3,
        )
        written = cv2.imread(str(tmp_path / "out/pixelate/3" / below))
        assert written.shape == (40, 48, 3)
        assert (tmp_path / "out/pixelate/3/valannot/a.png").is_file() == (layout == "camvid")

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--names", "fogg"], "unknown corruption 'fogg'"),
            (["--severities", "6"], r"--severities has [6]; there are 1 to 5"),
            (["--splits", "dev"], "cityscapes has train, val, test"),
            (["--splits", "train"], "leftImg8bit/train' does not exist"),
        ],
    )
    def test_bad_options(self, words: list, message: str, source: Path, tmp_path: Path) -> None:
        output = self.tool(source, tmp_path / "out", "--layout", "cityscapes", *words, fails=True)
        assert message in output and "Traceback" not in output
        assert not (tmp_path / "out").exists()


def test_corrupt_takes_all_names() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    for name in CORRUPTIONS:
        out = corrupt(image, name, 3, np.random.default_rng(1))
        assert out.shape == image.shape and out.dtype == np.uint8
