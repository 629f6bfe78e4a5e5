"""A dataset over any folder of pictures: what is listed, what is held out, what is refused."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS, DefaultScope

import sympie_seg  # noqa: F401  (registers them)
from sympie_seg.datasets import BadSampleError, UnlabelledImages
from sympie_seg.datasets.unlabelled import Split, list_pictures, split_pictures
from sympie_seg.datasets.unlabelled.near_duplicates import look_alikes, near_in_order
from sympie_seg.engine.resuming.numbered_draws import Draw, SeededDataset

LOAD = dict(type="LoadImageFromFile")


def picture(seed: int, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    """Random blocks, which no other seed resembles."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(blocks, size[::-1], interpolation=cv2.INTER_CUBIC)


def write(path: Path, seed: int = 0, **more: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture(seed, **more))
    return path


def sequences(root: Path, names: dict[str, int]) -> Path:
    """Write ``<name>_<number>.png``: name -> how many."""
    for name, count in names.items():
        for index in range(count):
            write(root / f"{name}_{index:05}.png", seed=1000 * ord(name[0]) + index)
    return root


def built(root: Path, **options: Any) -> UnlabelledImages:
    options.setdefault("duplicate_check", 0)
    return UnlabelledImages(data_root=str(root), pipeline=[LOAD], **options)


def names(dataset: UnlabelledImages) -> list[str]:
    root = dataset.data_root
    return [
        os.path.relpath(dataset.get_data_info(i)["img_path"], root) for i in range(len(dataset))
    ]


class TestListing:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "pictures"
        for name in ("b/c/2.PNG", "b/1.jpg", "a.JPEG", "Ünï 雪.bmp", "z.webp", "z.tif", "z.ppm"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            suffix = Path(name).suffix.lower()
            (root / name).write_bytes(cv2.imencode(suffix, picture(1))[1].tobytes())
        for name in ("._a.JPEG", ".DS_Store", "Thumbs.db", "notes.txt", "b/.hidden.png"):
            (root / name).write_bytes(b"x")
        write(root / ".cache/3.png")
        write(root / "__MACOSX/4.png")
        (root / "link.png").symlink_to(root / "a.JPEG")
        (root / "loop").symlink_to(root)
        (root / "nothing.png").symlink_to(root / "absent.png")
        return root

    def test_finds_pictures_in_any_case_and_counts_the_rest(self, root: Path) -> None:
        listing = list_pictures(root)
        assert listing.pictures == [
            "a.JPEG", "b/1.jpg", "b/c/2.PNG", "z.ppm", "z.tif", "z.webp", "Ünï 雪.bmp",
        ]  # fmt: skip
        assert {kind: sorted(paths) for kind, paths in listing.left_out.items()} == {
            "links to a folder around them": ["loop"],
            "links to nothing": ["nothing.png"],
            "links to pictures that are listed": ["link.png"],
            "hidden": [".cache", "b/.hidden.png"],
            "of an operating system or an editor": [
                ".DS_Store", "._a.JPEG", "Thumbs.db", "__MACOSX",
            ],
            "of other kinds": ["notes.txt"],
        }  # fmt: skip
        assert "hidden: 2 ('.cache', ...)" in listing.describe_left_out()

    def test_links_to_other_folders_are_followed(self, root: Path, tmp_path: Path) -> None:
        before = list_pictures(root).pictures
        write(tmp_path / "elsewhere/5.png")
        (root / "c").symlink_to(tmp_path / "elsewhere")
        (root / "d").symlink_to(tmp_path / "elsewhere")  # the same pictures once more
        listing = list_pictures(root)
        assert set(listing.pictures) - set(before) == {"c/5.png"}
        assert listing.left_out["links to pictures that are listed"] == ["d/5.png", "link.png"]

    def test_all_of_them_load(self, root: Path) -> None:
        dataset = built(root)
        assert len(dataset) == 7
        shapes = {dataset[index]["img"].shape for index in range(7)}
        assert shapes == {(40, 60, 3)}

    @pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
    def test_a_name_that_is_no_utf_8(self, tmp_path: Path) -> None:
        data = cv2.imencode(".png", picture(0))[1].tobytes()
        with open(os.fsencode(tmp_path) + b"/caf\xe9.png", "wb") as file:
            file.write(data)
        assert built(tmp_path)[0]["img"].shape == (40, 60, 3)
        os.truncate(os.fsencode(tmp_path) + b"/caf\xe9.png", 100)
        with pytest.raises(BadSampleError, match=r"caf\\udce9.png' is cut off"):
            built(tmp_path)

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            (dict(include="0006R0_*"), ["train/0006R0_1.png", "val/0006R0_2.png"]),
            (dict(include=["val", "0016*"]), ["train/0016E5_1.png", "val/0006R0_2.png"]),
            (dict(include="train/*"), ["train/0006R0_1.png", "train/0016E5_1.png"]),
            (dict(exclude="0006R0_*"), ["train/0016E5_1.png"]),
            (dict(include="0006R0_*", exclude="val/*"), ["train/0006R0_1.png"]),
        ],
    )
    def test_globs(self, options: dict, expected: list[str], tmp_path: Path) -> None:
        for name in ("train/0006R0_1", "train/0016E5_1", "val/0006R0_2"):
            write(tmp_path / f"{name}.png")
        assert names(built(tmp_path, **options)) == expected

    def test_nothing_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"no-such' does not exist; set data_root"):
            built(tmp_path / "no-such")
        with pytest.raises(FileNotFoundError, match="it holds nothing at all"):
            built(tmp_path)
        (tmp_path / "a.txt").write_text("x")
        with pytest.raises(FileNotFoundError, match=r"left out: of other kinds: 1 \('a.txt'\)"):
            built(tmp_path)
        path = write(tmp_path / "a.png")
        with pytest.raises(NotADirectoryError, match="is a file; set data_root to the folder"):
            built(path)
        with pytest.raises(FileNotFoundError, match=r"none of the 1 pictures .* include='b\*'"):
            built(tmp_path, include="b*")
        with pytest.raises(TypeError, match="expected include as a glob or a list of globs, got 3"):
            built(tmp_path, include=3)


class TestParts:
    PATHS = tuple(f"{s}_{i:04}.png" for s in ("A", "B", "C", "D") for i in range(10))

    @pytest.mark.parametrize("seed", range(5))
    def test_no_group_is_in_both_parts(self, seed: int) -> None:
        split = dict(by="sequence", holdout=0.25, seed=seed)
        val, train = split_pictures(self.PATHS, Split("val", **split))
        assert sorted((*val, *train)) == sorted(self.PATHS) and len(val) == 10
        assert len({path[0] for path in val}) == 1 and not {p[0] for p in val} & {
            p[0] for p in train
        }
        assert split_pictures(self.PATHS, Split("train", **split)) == (train, val)
        assert split_pictures(self.PATHS[::-1], Split("val", **split))[0] == val[::-1]

    def test_another_seed_holds_others_out(self) -> None:
        parts = [split_pictures(self.PATHS, Split("val", 0.25, "sequence", s))[0] for s in range(8)]
        assert len({tuple(part) for part in parts}) > 1

    @pytest.mark.parametrize(
        ("path", "by", "group"),
        [
            ("0016E5_00390.jpg", "sequence", "./0016E5"),
            ("v/aachen_000000_000019_leftImg8bit.png", "sequence", "v/aachen_000000"),
            ("GOPR0475_frame_000247_rgb_anon.png", "sequence", "./GOPR0475_frame"),
            ("0006R0_f00930.png", "sequence", "./0006R0"),
            ("a/frame0001.png", "sequence", "a/frame"),
            ("a/000123.png", "sequence", "a/"),
            ("beach.jpg", "sequence", "./beach"),
            ("beach (12).jpg", "sequence", "./beach"),
            ("a/b/1.jpg", "folder", "a/b"),
            ("1.jpg", "folder", "."),
            ("a/1.jpg", "file", "a/1.jpg"),
        ],
    )
    def test_groups(self, path: str, by: str, group: str) -> None:
        assert Split(by=by).group_of(path) == group

    def test_a_pattern_of_ones_own(self) -> None:
        assert Split(pattern=r"(cam\d)").group_of("2024/x_cam3_1.png") == "cam3"
        assert Split(pattern=r"cam\d").group_of("2024/x_cam3_1.png") == "cam3"
        with pytest.raises(ValueError, match=r"split.pattern='\(cam\)' is not found in 'a.png'"):
            Split(pattern="(cam)").group_of("a.png")
        with pytest.raises(ValueError, match="is no regular expression"):
            Split(pattern="(")

    def test_large_groups_hold_out_the_smallest(self) -> None:
        paths = [f"A_{i}.png" for i in range(90)] + [f"B_{i}.png" for i in range(60)]
        val, _ = split_pictures(paths, Split("val", 0.1, "sequence"))
        assert {path[0] for path in val} == {"B"}

    def test_one_group_cannot_be_split(self) -> None:
        with pytest.raises(
            ValueError, match=r"all 2 pictures are of one folder \('.'\).*'sequence' or 'file'"
        ):
            split_pictures(["a.png", "b.png"], Split())

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (dict(part="test"), "expected split.part as one of train, val, got 'test'"),
            (dict(by="video"), "expected split.by as one of folder, sequence, file, got 'video'"),
            (dict(holdout=0), "expected split.holdout above 0 and at most 0.5, got 0"),
            (dict(holdout=0.6), "at most 0.5, got 0.6"),
        ],
    )
    def test_wrong_options(self, options: dict, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            Split.from_options(options)
        with pytest.raises(TypeError, match="split has no option 'bye'; it has part, holdout, by"):
            Split.from_options(dict(bye="folder"))


class TestDataset:
    def test_parts_of_one_folder(self, tmp_path: Path) -> None:
        sequences(tmp_path, {"A": 6, "B": 4})
        split = dict(by="sequence", holdout=0.4)
        val, train = (built(tmp_path, split=dict(split, part=part)) for part in ("val", "train"))
        assert sorted(names(val) + names(train)) == sorted(os.listdir(tmp_path))
        assert {name[0] for name in names(val)} == {"B"} and {n[0] for n in names(train)} == {"A"}

    def test_limit_spreads_out(self, tmp_path: Path) -> None:
        sequences(tmp_path, {"A": 6})
        assert names(built(tmp_path, limit=3)) == ["A_00000.png", "A_00002.png", "A_00004.png"]
        with pytest.raises(ValueError, match="expected limit as a number from 1"):
            built(tmp_path, limit=0)

    def test_entries_and_names_of_classes(self, tmp_path: Path) -> None:
        sequences(tmp_path, {"A": 1})
        with DefaultScope.overwrite_default_scope("mmseg"):
            dataset = built(tmp_path, condition="fog", classes_of="CityscapesDataset")
        assert dataset.metainfo["classes"][0] == "road" and len(dataset.metainfo["palette"]) == 19
        entry = dataset.get_data_info(0)
        assert entry["condition"] == "fog" and entry["data_root"] == str(tmp_path)
        with (
            pytest.raises(ValueError, match="classes_of='BaseSegDataset' is no registered dataset"),
            DefaultScope.overwrite_default_scope("mmseg"),
        ):
            built(tmp_path, classes_of="BaseSegDataset")

    @pytest.mark.parametrize("scope", ["mmseg", "mmpretrain"])
    def test_both_libraries_find_it(self, scope: str, tmp_path: Path) -> None:
        pytest.importorskip(scope)
        sequences(tmp_path, {"A": 2})
        crop = dict(type="RandomScaleCrop", scale_range=(1, 2), crop_size=(32, 48))
        corrupt = dict(type="RandomCorruption", keep_clean=True)
        pack = dict(
            type="PackSegInputs" if scope == "mmseg" else "PackInputs",
            meta_keys=("img_path", "clean_img"),
        )
        with DefaultScope.overwrite_default_scope(scope):
            dataset = DATASETS.build(
                dict(
                    type="UnlabelledImages",
                    data_root=str(tmp_path),
                    pipeline=[LOAD, crop, corrupt, pack],
                )
            )
            packed = dataset[0]
        assert packed["inputs"].shape == (3, 32, 48)
        assert packed["data_samples"].clean_img.shape == (32, 48, 3)

    def test_no_folder_is_said(self) -> None:
        with pytest.raises(
            ValueError, match="UnlabelledImages needs data_root, a folder of pictures"
        ):
            UnlabelledImages()

    def test_in_a_grid_of_corruptions(self, tmp_path: Path) -> None:
        sequences(tmp_path, {"A": 2})
        steps = [LOAD, dict(type="KeepClean"), dict(type="Corrupt")]
        pack = dict(type="PackSegInputs", meta_keys=("condition", "clean_img"))
        dataset = dict(type="UnlabelledImages", data_root=str(tmp_path), pipeline=[*steps, pack])
        with DefaultScope.overwrite_default_scope("mmseg"):
            grid = DATASETS.build(
                dict(
                    type="SeverityGridDataset",
                    corruptions=["fog"],
                    severities=(1, 5),
                    dataset=dataset,
                )
            )
            packed = [grid[index] for index in range(4)]
        samples = [one["data_samples"] for one in packed]
        assert [sample.condition for sample in samples] == ["fog-1", "fog-1", "fog-5", "fog-5"]
        assert (samples[0].clean_img == samples[2].clean_img).all()
        assert (packed[0]["inputs"] != packed[2]["inputs"]).any()


class TestBadFiles:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        sequences(tmp_path, {"A": 4})
        (tmp_path / "empty.png").touch()
        whole = cv2.imencode(".jpg", picture(5))[1].tobytes()
        (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
        (tmp_path / "text.webp").write_text("no picture, whatever its name says")
        return tmp_path

    def test_are_named_all_at_once(self, root: Path) -> None:
        with pytest.raises(BadSampleError) as error:
            built(root)
        text = str(error.value)
        for name, reason in (
            ("empty.png", "is empty"), ("half.jpg", "is cut off"), ("text.webp", "cannot be decoded by OpenCV"),
        ):  # fmt: skip
            assert f"{name}' {reason}" in text
        assert "bad_sample='skip'" in text

    def test_are_left_out_on_request(self, root: Path) -> None:
        dataset = built(root, bad_sample="skip", early_check=100)
        assert [name[0] for name in names(dataset)] == ["A"] * 4

    def test_a_later_one_is_skipped_in_training_and_fatal_elsewhere(self, root: Path) -> None:
        dataset = built(root, bad_sample="skip", early_check=100)
        (root / names(dataset)[1]).write_bytes(b"")
        drawn = SeededDataset(dataset)[Draw(1, 7)]
        assert drawn["img"].shape == (40, 60, 3)
        with pytest.raises(BadSampleError, match=r"A_00001\.png' is empty"):
            dataset[1]

    def test_no_check_on_request(self, root: Path) -> None:
        dataset = built(root, early_check=0)
        assert len(dataset) == 7
        with pytest.raises(BadSampleError, match=r"text\.webp' cannot be decoded"):
            dataset[6]

    def test_nothing_left(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").touch()
        with pytest.raises(BadSampleError, match="no picture is left"):
            built(tmp_path, bad_sample="skip")

    def test_bytes_behind_the_end_of_a_jpeg_are_fine(self, tmp_path: Path) -> None:
        """Phones write them."""
        data = cv2.imencode(".jpg", picture(5))[1].tobytes()
        (tmp_path / "a.jpg").write_bytes(data + bytes(1000))
        assert built(tmp_path)[0]["img"].shape == (40, 60, 3)


class TestNearDuplicates:
    @pytest.fixture
    def warned(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        texts: list[str] = []

        def keep(text: str, logger: object = None, level: int = logging.INFO) -> None:
            if level == logging.WARNING:
                texts.append(text)

        monkeypatch.setattr("sympie_seg.datasets.unlabelled.dataset.print_log", keep)
        return texts

    def test_a_copy_in_the_other_part(self, tmp_path: Path, warned: list[str]) -> None:
        sequences(tmp_path, {"A": 6, "B": 4})
        copy = cv2.resize(cv2.imread(str(tmp_path / "A_00003.png")), (45, 30))
        cv2.imwrite(str(tmp_path / "B_00009.jpg"), copy, [cv2.IMWRITE_JPEG_QUALITY, 60])
        split = dict(by="sequence", holdout=0.5, part="val")
        dataset = built(tmp_path, split=split, duplicate_check=64)
        assert dataset.duplicates == {"inside": [], "between": [("B_00009.jpg", "A_00003.png")]}
        (text,) = warned
        assert (
            "1 of 5 pictures that were compared look almost like another one of the other part"
            in text
        )
        assert "'B_00009.jpg' and 'A_00003.png'" in text and "now 'sequence'" in text

    def test_frames_of_one_scene_in_one_part(self, tmp_path: Path, warned: list[str]) -> None:
        sequences(tmp_path, {"A": 5})
        for index in range(3):
            frame = np.roll(picture(9, (80, 120)), index, axis=1)
            cv2.imwrite(str(tmp_path / f"scene_{index}.png"), frame)
        dataset = built(tmp_path, duplicate_check=64)
        assert len(dataset.duplicates["inside"]) == 2 and "less variety than files" in warned[0]

    def test_different_pictures_are_no_duplicates(self, tmp_path: Path, warned: list[str]) -> None:
        sequences(tmp_path, {"A": 20, "B": 10})
        for grey in (0, 100, 200):  # walls without a mark show too little to compare
            ramp = np.linspace(grey, grey + 9, 60).round().astype(np.uint8)
            cv2.imwrite(
                str(tmp_path / f"wall_{grey}.png"), np.tile(ramp[None, :, None], (40, 1, 3))
            )
        built(tmp_path, split=dict(by="sequence", part="val"), duplicate_check=64)
        built(tmp_path, duplicate_check=64)
        assert not warned

    def test_the_number_of_files_read_is_bounded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sequences(tmp_path, {"A": 40, "B": 40})
        seen: set[str] = set()
        module = "sympie_seg.datasets.unlabelled.near_duplicates.fingerprint"
        monkeypatch.setattr(module, lambda path: seen.add(path))
        built(tmp_path, split=dict(by="sequence", part="val", holdout=0.5), duplicate_check=8)
        assert 8 <= len(seen) <= 32

    def test_helpers(self, tmp_path: Path) -> None:
        assert near_in_order(["b"], ["a", "c", "d"]) == ["a", "c"]
        assert near_in_order(["c"], ["a", "b", "c", "d", "e"]) == ["b", "d"]
        paths = [str(write(tmp_path / f"{i}.png", seed=3)) for i in range(2)]
        assert look_alikes(paths, paths) == [(paths[1], paths[0])], "each pair once"
        assert look_alikes([], paths) == []


def test_photographs() -> None:
    """Different photographs of scikit-image are no duplicates."""
    pytest.importorskip("skimage")
    from skimage import data

    files = [str(p) for p in sorted(Path(data.__file__).parent.glob("*.[pj][np]g"))]
    names = [tuple(Path(p).stem for p in pair) for pair in look_alikes(files, files)]
    if len(files) < 5:
        pytest.skip("this scikit-image brings fewer than five pictures")
    assert all(one.split("_")[0] == other.split("_")[0] for one, other in names)
