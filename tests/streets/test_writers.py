"""Files: layouts, names, contents, repeated and interrupted runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.streets import (
    SceneKey,
    apply_condition,
    render_scene,
    write_acdc,
    write_cityscapes,
    write_dark_zurich,
)
from sympie_seg.streets.files import is_complete_png
from sympie_seg.streets.manifest import close_manifest, open_manifest
from sympie_seg.streets.writers import acdc_jobs, cityscapes_jobs, dark_zurich_jobs
from sympie_seg.utils.images import write_image

SIZE = (64, 32)
REPO = Path(__file__).resolve().parents[2]


def listing(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return image[..., ::-1] if image.ndim == 3 else image


class TestLayouts:
    def test_cityscapes(self, tmp_path):
        assert write_cityscapes(tmp_path, {"train": 1, "val": 1}, size=SIZE) == 2
        stem = r"(train/alder/alder|val/hazel/hazel)_000000_000019"
        names = listing(tmp_path)
        assert len(names) == 6
        for name in names:
            assert re.fullmatch(
                rf"leftImg8bit/{stem}_leftImg8bit\.png"
                rf"|gtFine/{stem}_gtFine_(labelIds|labelTrainIds)\.png",
                name,
            )

    def test_acdc(self, tmp_path):
        write_acdc(tmp_path, {"val": 1}, size=SIZE)
        names = listing(tmp_path)
        assert len(names) == 4 * 4
        sequence = r"(GOPR\d{4}|GP\d{6})"
        for name in names:
            assert re.fullmatch(
                rf"rgb_anon/(fog|night|rain|snow)/val/{sequence}/\2_frame_\d{{6}}_rgb_anon\.png"
                rf"|rgb_anon/(fog|night|rain|snow)/val_ref/{sequence}/\4_frame_\d{{6}}_rgb_ref_anon\.png"
                rf"|gt/(fog|night|rain|snow)/val/{sequence}/\6_frame_\d{{6}}"
                r"_gt_(labelTrainIds|labelIds)\.png",
                name,
            ), name

    def test_dark_zurich(self, tmp_path):
        write_dark_zurich(tmp_path, 1, size=SIZE)
        frame = "GOPR0356_frame_000001"
        assert listing(tmp_path) == [
            f"gt/val/night/GOPR0356/{frame}_gt_labelIds.png",
            f"gt/val/night/GOPR0356/{frame}_gt_labelTrainIds.png",
            f"rgb_anon/val/night/GOPR0356/{frame}_rgb_anon.png",
            f"rgb_anon/val_ref/day/GOPR0356_ref/{frame}_ref_rgb_anon.png",
        ]

    def test_long_acdc_splits_change_their_sequence(self, tmp_path):
        jobs = acdc_jobs(tmp_path, {"train": 60})
        sequences = {job.image.parent.name for job in jobs if job.condition == "fog"}
        assert sequences == {"GOPR0475", "GP010475", "GP020475"}

    def test_no_path_and_no_scene_twice(self, tmp_path):
        counts = {"train": 80, "val": 80}
        jobs = cityscapes_jobs(tmp_path / "a", counts) + acdc_jobs(tmp_path / "b", counts)
        jobs += dark_zurich_jobs(tmp_path / "c", 80)
        assert len({job.key for job in jobs}) == len({job.image for job in jobs}) == len(jobs)

    def test_unknown_split(self, tmp_path):
        with pytest.raises(ValueError, match="train, val"):
            write_acdc(tmp_path, {"test": 1})


class TestContents:
    def test_files_hold_the_scene(self, tmp_path):
        write_acdc(tmp_path, {"val": 1}, seed=4, size=SIZE)
        for condition in ("fog", "snow"):
            scene = render_scene(SceneKey(4, "acdc", "val", condition, 0), SIZE)
            images, labels = tmp_path / "rgb_anon" / condition, tmp_path / "gt" / condition
            (image,) = images.glob("val/*/*_rgb_anon.png")
            (reference,) = images.glob("val_ref/*/*_rgb_ref_anon.png")
            (train_ids,) = labels.glob("val/*/*_gt_labelTrainIds.png")
            (label_ids,) = labels.glob("val/*/*_gt_labelIds.png")
            np.testing.assert_array_equal(read(image), apply_condition(scene, condition))
            np.testing.assert_array_equal(read(reference), scene.image)
            np.testing.assert_array_equal(read(train_ids), scene.label_train_ids)
            np.testing.assert_array_equal(read(label_ids), scene.label_ids)

    def test_images_do_not_depend_on_how_many_there_are(self, tmp_path):
        write_cityscapes(tmp_path / "few", {"val": 1}, size=SIZE)
        write_cityscapes(tmp_path / "many", {"train": 1, "val": 2}, size=SIZE)
        for name in listing(tmp_path / "few"):
            assert (tmp_path / "few" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()


class TestRepeatedRuns:
    def test_complete_files_are_kept(self, tmp_path):
        write_dark_zurich(tmp_path, 1, size=SIZE)
        times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}
        assert write_dark_zurich(tmp_path, 1, size=SIZE) == 0
        assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}

    def test_cut_or_missing_files_are_made_again(self, tmp_path):
        write_dark_zurich(tmp_path, 1, size=SIZE)
        cut, gone = sorted(tmp_path.rglob("*.png"))[1:3]
        wanted = cut.read_bytes(), gone.read_bytes()
        cut.write_bytes(wanted[0][:-20])
        gone.unlink()
        assert write_dark_zurich(tmp_path, 1, size=SIZE) == 1
        assert (cut.read_bytes(), gone.read_bytes()) == wanted

    def test_failed_write_leaves_nothing(self, tmp_path, monkeypatch):
        def fail(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            write_image(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
        assert listing(tmp_path) == []

    def test_complete_means_of_the_right_size(self, tmp_path):
        write_image(tmp_path / "a.png", np.zeros((4, 6), np.uint8))
        assert is_complete_png(tmp_path / "a.png", (6, 4))
        assert not is_complete_png(tmp_path / "a.png", (4, 6))
        assert not is_complete_png(tmp_path / "b.png", (6, 4))


class TestManifest:
    def test_counts_never_shrink(self, tmp_path):
        close_manifest(tmp_path, open_manifest(tmp_path, 0, SIZE), {"val": 5})
        close_manifest(tmp_path, open_manifest(tmp_path, 0, SIZE), {"val": 2})
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        assert manifest["counts"] == {"val": 5} and manifest["complete"] is True

    @pytest.mark.parametrize(("seed", "size"), [(1, SIZE), (0, (32, 64))])
    def test_another_collection_is_refused(self, tmp_path, seed, size):
        open_manifest(tmp_path, 0, SIZE)
        with pytest.raises(ValueError, match="choose another folder"):
            open_manifest(tmp_path, seed, size)

    @pytest.mark.parametrize("counts", ["[]", '{"val": "5"}', '{"val": -1}', '{"val": true}'])
    def test_counts_that_are_none_are_named_before_the_work(self, tmp_path, counts):
        open_manifest(tmp_path, 0, SIZE)
        path = tmp_path / "manifest.json"
        path.write_text(path.read_text().replace('"counts": {}', f'"counts": {counts}'))
        with pytest.raises(
            ValueError, match=r"manifest\.json' is no manifest of generated streets"
        ):
            open_manifest(tmp_path, 0, SIZE)


@pytest.mark.slow
def test_tool(tmp_path):
    command = [sys.executable, "tools/generate_streets.py", str(tmp_path), "--size", "64", "32"]
    command += ["--train", "1", "--val", "1", "--adverse", "1", "--workers", "2"]
    subprocess.run(command, cwd=REPO, check=True, capture_output=True)
    assert len(listing(tmp_path)) == 2 * 3 + 4 * 4 + 4 + 1
    again = subprocess.run(command, cwd=REPO, check=True, capture_output=True, text=True)
    assert "0 scenes written, 7 were complete" in again.stdout
    command += ["--seed", "9"]
    other = subprocess.run(command, cwd=REPO, check=False, capture_output=True, text=True)
    assert other.returncode != 0 and "choose another folder" in other.stderr
