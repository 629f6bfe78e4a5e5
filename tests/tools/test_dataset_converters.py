"""The tools in tools/dataset_converters, on tiny trees in the official layouts."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.cli.main import main
from sympie_seg.datasets.preparation import Layout, Part, conversion
from sympie_seg.streets.writers import write_acdc, write_cityscapes, write_dark_zurich

TOOLS = Path(__file__).parents[2] / "tools" / "dataset_converters"
NAMES = ("cityscapes", "acdc", "dark_zurich", "camvid", "nighttime_driving")
CAR, CAR_ID, SKY_ID = 13, 26, 23

Tool = Callable[..., int]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tool]:
    """Load a tool that believes in other published numbers: {(split, condition): number}."""

    def prepared(name: str, numbers: dict[tuple[str, str], int] | None = None) -> Tool:
        module = importlib.import_module(f"sympie_seg.cli.dataset_converters.{name}")
        for attribute, layout in list(vars(module).items()):
            if numbers is not None and isinstance(layout, Layout):
                monkeypatch.setattr(module, attribute, with_numbers(layout, numbers))
        verb = ["convert-dataset", name.replace("_", "-")]
        return lambda *arguments: main([*verb, *(str(argument) for argument in arguments)])

    return prepared


def with_numbers(layout: Layout, numbers: dict[tuple[str, str], int]) -> Layout:
    def changed(part: Part) -> Part:
        count = numbers.get((part.split, part.condition), part.images)
        return replace(part, images=count, references=part.references and count)

    return replace(layout, parts=tuple(changed(part) for part in layout.parts))


def save(path: Path, value: int = 0, shape: tuple[int, ...] = (8, 12)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full(shape, value, np.uint8))
    return path


def values(path: Path) -> list[int]:
    return np.unique(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)).tolist()


def snapshot(root: Path) -> dict[Path, tuple[int, bytes]]:
    """Times and contents of all files: what is written again differs at least in its time."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def cells(table: str, word: str) -> list[str]:
    """The row of the val split that holds a word."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    return next(row for row in rows if "val" in row and word in row)


class TestCityscapes:
    NUMBERS = {("train", ""): 3, ("val", ""): 2, ("test", ""): 1}

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """labelIds for train, polygons for val, dummies for test."""
        root = tmp_path / "cityscapes"
        for (split, _), count in self.NUMBERS.items():
            for index in range(count):
                stem = f"{split}/ulm/ulm_{index:06}_000019"
                save(root / "leftImg8bit" / f"{stem}_leftImg8bit.png", shape=(8, 12, 3))
                labels = root / "gtFine" / f"{stem}_gtFine"
                save(Path(f"{labels}_labelIds.png"), CAR_ID if split != "test" else 3)
                corners = [[0, 0], [11, 0], [11, 7], [0, 7]]
                thing = dict(label="cargroup", polygon=corners)
                text = json.dumps(dict(imgHeight=8, imgWidth=12, objects=[thing]))
                Path(f"{labels}_polygons.json").write_text(text)
                if split == "val":
                    Path(f"{labels}_labelIds.png").unlink()
        return root

    @pytest.fixture
    def run(self, tool: Callable[..., Tool]) -> Tool:
        return tool("cityscapes", self.NUMBERS)

    @staticmethod
    def label(root: Path, index: int = 0, split: str = "train") -> Path:
        name = f"ulm_{index:06}_000019_gtFine_labelTrainIds.png"
        return root / "gtFine" / split / "ulm" / name

    @pytest.mark.parametrize("processes", [1, 2])
    def test_converts_and_then_has_nothing_to_do(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture, processes: int
    ) -> None:
        assert run(root, "--nproc", processes) == 0
        out = capsys.readouterr()
        assert "5 labels were made" in out.out and "5/5" in out.err
        made = sorted(root.rglob("*_labelTrainIds.png"))
        assert len(made) == 5 and not any("test" in path.parts for path in made)
        assert all(values(path) == [CAR] for path in made)
        before = snapshot(root)
        assert run(root, "--nproc", processes, "--deep") == 0
        assert "nothing to write" in capsys.readouterr().out
        assert snapshot(root) == before

    def test_dry_run_writes_nothing_and_says_what(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        before = snapshot(root)
        assert run(root, "--dry-run") == 0
        out = capsys.readouterr().out
        assert "dry run, nothing was written: 5 labels would be made, the first" in out
        assert str(self.label(root)) in out
        assert snapshot(root) == before

    def test_continues_after_a_kill(self, root: Path, run: Tool) -> None:
        """A hidden half of a file is left; labels that are whole are kept."""
        assert run(root, "--nproc", 1) == 0
        label = self.label(root, 1)
        kept = self.label(root).stat().st_mtime_ns
        label.unlink()
        half = label.with_name(f".{label.name}.{'0' * 32}.tmp")
        half.write_bytes(b"\x89PNG")
        assert run(root, "--nproc", 1) == 0
        assert values(label) == [CAR] and not half.exists()
        assert self.label(root).stat().st_mtime_ns == kept

    def test_broken_label_is_made_again(self, root: Path, run: Tool) -> None:
        assert run(root, "--nproc", 1) == 0
        label = self.label(root, 2)
        label.write_bytes(label.read_bytes()[:-6])
        assert run(root, "--nproc", 1) == 0
        assert values(label) == [CAR]

    def test_label_ids_in_place_of_train_ids(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        assert run(root) == 0
        save(self.label(root), SKY_ID)
        assert run(root) == 1
        error = capsys.readouterr().err
        assert "labelTrainIds.png' holds labelIds (values 23), not trainIds" in error
        assert f"convert-dataset cityscapes {root} --overwrite" in error
        assert run(root, "--overwrite") == 0
        assert values(self.label(root)) == [CAR]

    def test_deep_looks_at_every_label(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        assert run(root) == 0
        save(self.label(root, 2), SKY_ID)
        assert run(root) == 0
        assert run(root, "--deep") == 1
        assert "1 with faults" in capsys.readouterr().out

    def test_overwrite_is_not_advised_where_it_did_not_help(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        save(self.label(root), SKY_ID)
        for pattern in ("labelIds.png", "polygons.json"):
            for source in root.glob(f"gtFine/train/ulm/ulm_000000*_{pattern}"):
                source.unlink()
        assert run(root, "--overwrite") == 1
        error = capsys.readouterr().err
        assert "holds labelIds" in error and "--overwrite" not in error
        assert "unpack the archives again" in error

    def test_short_split(self, root: Path, run: Tool, capsys: pytest.CaptureFixture) -> None:
        name = "ulm_000002_000019_leftImg8bit.png"
        (root / "leftImg8bit" / "train" / "ulm" / name).unlink()
        assert run(root) == 1
        out = capsys.readouterr()
        assert "short by 1; 1 labels without image" in out.out
        assert "train: short by 1 (2 found, 3 published)" in out.err
        for needed in (
            "expected:",
            "leftImg8bit_trainvaltest.zip",
            "convert-dataset cityscapes",
            "--subset",
        ):
            assert needed in out.err

    def test_more_images_than_published(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        save(root / "leftImg8bit" / "test" / "bonn" / "extra_leftImg8bit.png")
        assert run(root, "--subset") == 1
        assert "over by 1" in capsys.readouterr().out

    def test_subset(
        self, root: Path, tool: Callable[..., Tool], capsys: pytest.CaptureFixture
    ) -> None:
        run = tool("cityscapes")
        assert run(root) == 1
        assert "short by 2972" in capsys.readouterr().out
        assert run(root, "--subset") == 0
        assert "| subset" in capsys.readouterr().out

    def test_image_without_label(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        for path in root.glob("gtFine/val/ulm/ulm_000001*"):
            path.unlink()
        assert run(root) == 1
        assert "val: 1 images have no label, the first 'ulm/ulm_000001_000019'" in (
            capsys.readouterr().err
        )

    @pytest.mark.parametrize("named", [False, True])
    def test_absent_split(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture, named: bool
    ) -> None:
        """Fine, unless it was asked for."""
        for path in [*root.glob("*/train/ulm/*"), *root.glob("*/test/ulm/*")]:
            path.unlink()
        options = ["--splits", "train", "val"] if named else []
        assert run(root, *options) == int(named)
        out = capsys.readouterr()
        assert "| absent" in out.out
        assert ("train: absent, but named by --splits" in out.err) == named

    def test_other_splits_are_left_alone(self, root: Path, run: Tool) -> None:
        assert run(root, "--splits", "val") == 0
        assert len(list(root.rglob("*_labelTrainIds.png"))) == 2

    @pytest.mark.parametrize(("options", "status"), [((), 0), (("--deep",), 1)])
    def test_image_damaged_inside(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture, options: tuple, status: int
    ) -> None:
        image = next(root.glob("leftImg8bit/val/ulm/*"))
        data = bytearray(image.read_bytes())
        data[41:46] = b"\xff" * 5
        image.write_bytes(data)
        assert run(root, *options) == status
        assert ("is damaged inside" in capsys.readouterr().err) == bool(status)

    @pytest.mark.parametrize(("size", "reason"), [(0, "is empty"), (60, "is cut off")])
    def test_broken_image(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture, size: int, reason: str
    ) -> None:
        image = next(root.glob("leftImg8bit/val/ulm/*"))
        image.write_bytes(image.read_bytes()[:size])
        assert run(root) == 1
        assert f"val: '{image}' {reason}" in capsys.readouterr().err

    def test_broken_source(self, root: Path, run: Tool, capsys: pytest.CaptureFixture) -> None:
        """The other labels are made all the same."""
        polygons = root / "gtFine" / "val" / "ulm" / "ulm_000000_000019_gtFine_polygons.json"
        polygons.write_text(polygons.read_text().replace("cargroup", "zeppelin"))
        assert run(root) == 1
        error = capsys.readouterr().err
        assert "1 labels could not be made" in error
        assert f"'{polygons}' has an object of class 'zeppelin'" in error
        assert len(list(root.rglob("*_labelTrainIds.png"))) == 4

    def test_read_only_data(
        self, root: Path, run: Tool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
    ) -> None:
        """Nothing is even tried to be written where nothing is missing."""
        assert run(root, "--nproc", 1) == 0

        def read_only(*_: object, **__: object) -> None:
            raise OSError(30, "Read-only file system", str(root))

        monkeypatch.setattr(conversion, "write_image", read_only)
        monkeypatch.setattr(conversion, "remove_leftovers", read_only)
        assert run(root, "--nproc", 1) == 0
        self.label(root).unlink()
        capsys.readouterr()
        assert run(root, "--nproc", 1) == 1
        error = capsys.readouterr().err
        assert "Read-only file system" in error
        assert "name a folder that can be written to: --out FOLDER" in error
        assert (
            f"sympie-seg convert-dataset cityscapes {root} --out FOLDER   (the labels go" in error
        )

    def test_labels_go_elsewhere(
        self, root: Path, run: Tool, tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        """Nothing in the root changes; the other folder is a data root, also for this tool."""
        ready = save(self.label(root, 1), SKY_ID - 1)
        before, out = snapshot(root), tmp_path / "labels"
        ready.write_bytes(ready.read_bytes()[:-6])  # damaged: made again
        before[ready] = ready.stat().st_mtime_ns, ready.read_bytes()
        kept = save(self.label(root, 0), CAR)
        before[kept] = kept.stat().st_mtime_ns, kept.read_bytes()
        assert run(root, "--out", out, "--nproc", 1) == 0
        assert f"Cityscapes in '{out}' is ready: 4 labels were made" in capsys.readouterr().out
        assert snapshot(root) == before
        made = sorted(out.glob("gtFine/*/ulm/*_labelTrainIds.png"))
        assert len(made) == 5 and all(values(path) == [CAR] for path in made)
        assert [path.name for path in made if path.is_symlink()] == [kept.name]
        assert len(list((out / "leftImg8bit/train/ulm").iterdir())) == 3
        assert run(root, "--out", out, "--deep") == 0
        assert "nothing to write" in capsys.readouterr().out
        for image in root.glob("*/test/ulm/*"):
            image.unlink()
        assert run(out, "--deep", "--splits", "train", "val") == 0

    def test_elsewhere_may_be_the_root(self, root: Path, run: Tool) -> None:
        assert run(root, "--out", root / ".", "--nproc", 1) == 0
        assert not [path for path in root.rglob("*") if path.is_symlink()]
        assert len(list(root.rglob("*_labelTrainIds.png"))) == 5

    def test_interrupt(
        self, root: Path, run: Tool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(conversion, "write_image", interrupt)
        assert run(root, "--nproc", 1) == 130
        assert "run the same command again" in capsys.readouterr().err
        assert not list(root.rglob("*_labelTrainIds.png"))

    def test_wrong_number_of_processes(self, root: Path, run: Tool) -> None:
        with pytest.raises(SystemExit):
            run(root, "--nproc", 0)


class TestACDC:
    CONDITIONS = ("fog", "night", "rain", "snow")
    NUMBERS = {
        **{("val", condition): 1 + (condition == "night") for condition in CONDITIONS},
        ("val", ""): 5,
    }

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "acdc"
        for drive, condition in enumerate(self.CONDITIONS):
            for index in range(self.NUMBERS["val", condition]):
                stem = f"GOPR{drive:04}/GOPR{drive:04}_frame_{index:06}"
                images = root / "rgb_anon" / condition
                save(images / "val" / f"{stem}_rgb_anon.png")
                save(images / "val_ref" / f"{stem}_rgb_ref_anon.png")
                labels = root / "gt" / condition / "val"
                save(labels / f"{stem}_gt_labelIds.png", CAR_ID)
                save(labels / f"{stem}_gt_labelTrainIds.png", CAR)
        return root

    @pytest.fixture
    def flat(self, root: Path, tmp_path: Path) -> Path:
        """As by rsync from the official tree."""
        flat = tmp_path / "flat"
        for path in [*root.rglob("*_rgb_anon.png"), *root.rglob("*_labelTrainIds.png")]:
            top, _, *remaining = path.relative_to(root).parts
            target = flat / top / Path(*remaining)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        return flat

    @pytest.fixture
    def run(self, tool: Callable[..., Tool]) -> Tool:
        return tool("acdc", self.NUMBERS)

    def test_ready(self, root: Path, run: Tool, capsys: pytest.CaptureFixture) -> None:
        before = snapshot(root)
        assert run(root, "--deep") == 0
        out = capsys.readouterr().out
        assert cells(out, "night") == ["val", "night", "2", "2", "2", "0", "2 / 2", "complete"]
        assert snapshot(root) == before

    def test_makes_missing_labels(self, root: Path, run: Tool) -> None:
        labels = sorted(root.rglob("*_labelTrainIds.png"))
        for label in labels[:3]:
            label.unlink()
        assert run(root, "--nproc", 2) == 0
        assert [values(label) for label in labels] == [[CAR]] * 5

    def test_a_condition_that_is_missing_makes_the_split_incomplete(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        for path in root.glob("*/rain/*/*/*"):
            path.unlink()
        assert run(root) == 1
        assert "val rain: absent, while others of 'val' are there" in capsys.readouterr().err
        assert run(root, "--subset") == 0

    def test_labels_not_unpacked(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        (root / "gt").rename(root / "elsewhere")
        assert run(root) == 1
        error = capsys.readouterr().err
        assert "val night: 2 images have no label" in error and "gt_trainval.zip" in error

    def test_lists_of_an_official_tree(self, root: Path, run: Tool, tmp_path: Path) -> None:
        lists = tmp_path / "lists"
        assert run(root, "--write-lists", lists, "--dry-run") == 0
        assert not lists.exists()
        assert run(root, "--write-lists", lists) == 0
        assert sorted(p.name for p in lists.iterdir()) == [f"{c}_val.txt" for c in self.CONDITIONS]
        night = (lists / "night_val.txt").read_text()
        assert night == "GOPR0001_frame_000000\nGOPR0001_frame_000001\n"
        before = snapshot(lists)
        assert run(root, "--write-lists", lists) == 0
        assert snapshot(lists) == before

    def test_flat_layout(self, flat: Path, run: Tool, capsys: pytest.CaptureFixture) -> None:
        assert run(flat) == 0
        out = capsys.readouterr().out
        assert "flat layout: its folders do not tell conditions apart" in out
        assert "--lists-from" in out and "condition " not in out.splitlines()[2]

    def test_lists_for_a_flat_copy(
        self, root: Path, flat: Path, run: Tool, tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        options = ("--write-lists", tmp_path / "lists")
        assert run(flat, *options) == 1
        assert "no image in ACDC's official tree" in capsys.readouterr().err
        assert run(flat, *options, "--lists-from", root) == 0
        names = [p.name[:-13] for p in flat.glob("rgb_anon/val/GOPR0002/*")]
        assert (tmp_path / "lists" / "rain_val.txt").read_text().split() == names

    def test_flat_copy_of_other_images(
        self, root: Path, flat: Path, run: Tool, tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        for path in flat.glob("*/val/GOPR0002/*"):
            path.rename(path.with_name(path.name.replace("frame", "image")))
        assert run(flat, "--write-lists", tmp_path / "lists", "--lists-from", root) == 1
        assert "val: lists and flat copy differ" in capsys.readouterr().err
        assert not (tmp_path / "lists").exists()

    def test_lists_from_needs_a_place_to_write(self, flat: Path, run: Tool) -> None:
        with pytest.raises(SystemExit):
            run(flat, "--lists-from", flat)


class TestDarkZurich:
    NUMBERS = {("val", "night"): 2}

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        for index in range(2):
            stem = f"GOPR0356_frame_{index:06}"
            save(tmp_path / f"rgb_anon/val/night/GOPR0356/{stem}_rgb_anon.png")
            save(tmp_path / f"rgb_anon/val_ref/day/GOPR0356_ref/{stem}_ref_rgb_anon.png")
            save(tmp_path / f"gt/val/night/GOPR0356/{stem}_gt_labelIds.png", CAR_ID)
        return tmp_path

    def test_references_are_not_counted(
        self, root: Path, tool: Callable[..., Tool], capsys: pytest.CaptureFixture
    ) -> None:
        """Not even one that lies among the images; labels are made for images only."""
        save(root / "rgb_anon/val/night/GOPR0356/GOPR0356_frame_000000_ref_rgb_anon.png")
        assert tool("dark_zurich", self.NUMBERS)(root, "--deep") == 0
        assert cells(capsys.readouterr().out, "val") == [
            "val", "night", "2", "2", "0", "2", "2", "complete",
        ]  # fmt: skip
        made = sorted(root.rglob("*_labelTrainIds.png"))
        assert [values(path) for path in made] == [[CAR], [CAR]]

    def test_root_one_level_too_high(
        self, root: Path, tool: Callable[..., Tool], capsys: pytest.CaptureFixture
    ) -> None:
        assert tool("dark_zurich", self.NUMBERS)(root / "rgb_anon") == 1
        assert f"fix: sympie-seg convert-dataset dark-zurich {root}\n" in (capsys.readouterr().err)


class TestCamVid:
    NUMBERS = {("train", ""): 2, ("val", ""): 1, ("test", ""): 1}

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "CamVid"
        for (split, _), count in self.NUMBERS.items():
            for index in range(count):
                suffix = ".jpg" if split == "val" else ".png"
                save(root / split / f"{index}{suffix}", shape=(8, 12, 3))
                save(root / f"{split}annot" / f"{index}.png", 11)
        return root

    @pytest.fixture
    def run(self, tool: Callable[..., Tool]) -> Tool:
        return tool("camvid", self.NUMBERS)

    def test_ready(self, root: Path, run: Tool) -> None:
        before = snapshot(root)
        assert run(root, "--deep", "--nproc", 2) == 0
        assert snapshot(root) == before

    def test_lists_are_checked(self, root: Path, run: Tool, capsys: pytest.CaptureFixture) -> None:
        line = "/SegNet/CamVid/train/{0}.png /SegNet/CamVid/trainannot/{0}.png\n"
        (root / "train.txt").write_text(line.format(0) + line.format(1))
        assert run(root) == 0
        (root / "train.txt").write_text(line.format(0) + line.format(7))
        assert run(root) == 1
        assert "1 listed images are missing, 1 are not listed" in capsys.readouterr().err

    def test_colour_labels_are_explained(
        self, root: Path, run: Tool, capsys: pytest.CaptureFixture
    ) -> None:
        colour = np.random.randint(0, 255, (8, 12, 3), np.uint8)
        for index in range(2):
            assert cv2.imwrite(str(root / "trainannot" / f"{index}.png"), colour)
        assert run(root) == 1
        out = capsys.readouterr()
        assert "2 with faults" in out.out and out.out.count("is a colour picture") == 2
        assert "replace colour pictures by labels with one channel" in out.err

    def test_values_beyond_void(self, root: Path, run: Tool, capsys: pytest.CaptureFixture) -> None:
        save(root / "valannot" / "0.png", 12)
        assert run(root) == 1
        assert "holds values that are no classes: 12" in capsys.readouterr().err

    def test_size_of_a_label(self, root: Path, run: Tool, capsys: pytest.CaptureFixture) -> None:
        save(root / "valannot" / "0.png", 1, (4, 6))
        assert run(root, "--deep") == 1
        assert "is 6 x 4, its image 12 x 8" in capsys.readouterr().err

    def test_real_camvid(self, real_camvid: Path, tool: Callable[..., Tool]) -> None:
        before = {path: path.stat().st_mtime_ns for path in real_camvid.rglob("*")}
        assert tool("camvid")(real_camvid) == 0
        assert {path: path.stat().st_mtime_ns for path in real_camvid.rglob("*")} == before


class TestNighttimeDriving:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        for index in range(3):
            save(tmp_path / f"leftImg8bit/test/night/{index}_leftImg8bit.png")
            labels = tmp_path / "gtCoarse_daytime_trainvaltest/test/night"
            save(labels / f"{index}_gtCoarse_labelIds.png", CAR_ID)
        return tmp_path

    def test_number_is_not_checked_and_labels_are_made(
        self, root: Path, tool: Callable[..., Tool], capsys: pytest.CaptureFixture
    ) -> None:
        assert tool("nighttime_driving")(root) == 0
        out = capsys.readouterr().out
        assert "not checked" in out and "3 labels were made" in out
        made = sorted(root.rglob("*_gtCoarse_labelTrainIds.png"))
        assert [values(path) for path in made] == [[CAR]] * 3


def test_generated_streets(tmp_path: Path, tool: Callable[..., Tool]) -> None:
    """They have the official layouts, and labels that the converters agree with."""
    size = (64, 32)
    write_cityscapes(tmp_path / "cityscapes", {"val": 2}, size=size)
    write_acdc(tmp_path / "acdc", {"val": 1}, size=size)
    write_dark_zurich(tmp_path / "dark_zurich", 1, size=size)
    labels = {p: cv2.imread(str(p), -1) for p in tmp_path.rglob("*_labelTrainIds.png")}
    assert len(labels) == 7
    for name in ("cityscapes", "acdc", "dark_zurich"):
        run = tool(name)
        assert run(tmp_path / name, "--subset", "--deep", "--nproc", 1) == 0
        assert run(tmp_path / name, "--subset", "--overwrite", "--nproc", 1) == 0
    for path, pixels in labels.items():
        np.testing.assert_array_equal(cv2.imread(str(path), -1), pixels)


@pytest.mark.parametrize("name", NAMES)
def test_wrong_folders(
    name: str, tmp_path: Path, tool: Callable[..., Tool], capsys: pytest.CaptureFixture
) -> None:
    """One message: what is wrong, the expected tree, where to get it, and what fixes it."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "holiday.jpg").touch()
    assert tool(name)(tmp_path / "none") == 1
    assert f"there is no folder '{tmp_path}/none'" in capsys.readouterr().err
    assert tool(name)(tmp_path / "here") == 1
    error = capsys.readouterr().err
    assert error.count("error:") == 1 and "found: holiday.jpg" in error
    for line in ("  expected:\n", "  get it: ", f"{name.replace('_', '-')} {tmp_path}/here"):
        assert line in error


@pytest.mark.parametrize("name", ["cityscapes", "camvid"])
def test_folders_without_files(
    name: str, tmp_path: Path, tool: Callable[..., Tool], capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / ("val" if name == "camvid" else "leftImg8bit/val/ulm")).mkdir(parents=True)
    assert tool(name)(tmp_path) == 1
    assert "no image or label of train, val, test was found" in capsys.readouterr().err


@pytest.mark.slow
def test_as_a_command(tmp_path: Path) -> None:
    """From another folder, without the package being installed there."""
    save(tmp_path / "leftImg8bit/val/ulm/a_leftImg8bit.png")
    save(tmp_path / "gtFine/val/ulm/a_gtFine_labelIds.png", CAR_ID)
    command = [sys.executable, str(TOOLS / "cityscapes.py"), str(tmp_path)]
    short = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert short.returncode == 1 and "short by 499" in short.stdout
    done = subprocess.run([*command, "--subset"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("is ready: nothing to write\n")
    assert values(tmp_path / "gtFine/val/ulm/a_gtFine_labelTrainIds.png") == [CAR]
