"""The condition on its way from the dataset to the metric, and Cityscapes' files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.dataset import ConcatDataset
from mmengine.registry import DefaultScope
from mmseg.datasets.transforms import PackSegInputs
from mmseg.registry import DATASETS

import sympie_seg  # noqa: F401  registers the datasets
from sympie_seg.datasets import META_KEYS, ConditionCityscapesDataset, conditions
from sympie_seg.datasets.conditions import check_condition

CITY = "hazel/hazel_000000_000019"
PREFIX = dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val")
PIPELINE = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs", meta_keys=META_KEYS),
]


def write(path: Path, value: int = 3, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (6, 8, 3) if channels == 3 else (6, 8)
    assert cv2.imwrite(str(path), np.full(shape, value, np.uint8))


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


@pytest.fixture
def cityscapes(tmp_path: Path) -> Path:
    """Two images and their labels, in a folder whose name is another condition."""
    root = tmp_path / "night" / "cityscapes"
    for name in (CITY, "rowan/rowan_000000_000019"):
        write(root / "leftImg8bit" / "val" / f"{name}_leftImg8bit.png", 120, channels=3)
        write(root / "gtFine" / "val" / f"{name}_gtFine_labelTrainIds.png")
        write(root / "gtFine" / "val" / f"{name}_gtFine_labelIds.png", 11)
    return root


def build(root: Path, **options: Any) -> ConditionCityscapesDataset:
    return ConditionCityscapesDataset(data_root=str(root), **({"data_prefix": PREFIX} | options))


class TestLeftOut:
    def test_a_link_to_nothing(self, cityscapes: Path) -> None:
        """mmengine leaves it out without a word."""
        link = cityscapes / "leftImg8bit/val/hazel/hazel_000001_000019_leftImg8bit.png"
        link.symlink_to(cityscapes / "nothing.png")
        with pytest.raises(FileNotFoundError, match=r"1 files .*links to nothing.*hazel_000001"):
            build(cityscapes)

    def test_what_systems_leave_is_named(
        self, cityscapes: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        notes: list[str] = []
        monkeypatch.setattr(conditions, "print_log", lambda text, **_: notes.append(text))
        folder = cityscapes / "leftImg8bit/val"
        (folder / "hazel/._hazel_000000_000019_leftImg8bit.png").touch()
        (folder / "hazel/notes.heic").touch()
        write(folder / ".ipynb_checkpoints/x_000000_000019_leftImg8bit.png", 120, channels=3)
        assert len(build(cityscapes)) == 2
        assert any(
            line.startswith(f"2 left out in '{folder}': of an operating system or an editor (")
            for line in notes
        )
        assert any("not read here; convert them ('hazel/notes.heic')" in line for line in notes)


class TestCondition:
    def test_reaches_the_sample(self, cityscapes: Path) -> None:
        packed = build(cityscapes, condition="dusk", pipeline=PIPELINE)[0]["data_samples"]
        assert packed.metainfo["condition"] == "dusk"
        assert "corruption" not in packed.metainfo  # absent keys are left out, not an error
        assert packed.gt_sem_seg.data.unique().tolist() == [3]

    def test_is_clean_unless_told(self, cityscapes: Path) -> None:
        assert build(cityscapes)[0]["condition"] == "clean"

    def test_none_writes_none(self, cityscapes: Path) -> None:
        assert "condition" not in build(cityscapes, condition=None)[0]

    def test_entries_know_their_root(self, cityscapes: Path) -> None:
        assert build(cityscapes)[0]["data_root"] == str(cityscapes)

    def test_corruption_and_severity_reach_the_sample(self, cityscapes: Path) -> None:
        corrupt = dict(type="Corrupt", name="contrast", severity=4)
        pipeline = [*PIPELINE[:2], corrupt, PIPELINE[2]]
        meta = build(cityscapes, pipeline=pipeline)[0]["data_samples"].metainfo
        assert (meta["condition"], meta["corruption"], meta["severity"]) == ("clean", "contrast", 4)

    def test_differs_within_a_concatenation(self, cityscapes: Path) -> None:
        parts = [build(cityscapes, condition=name) for name in ("fog", "night")]
        both = ConcatDataset(parts)
        assert [both[index]["condition"] for index in range(4)] == ["fog", "fog", "night", "night"]

    def test_is_kept_in_a_subset(self, cityscapes: Path) -> None:
        assert [item["condition"] for item in build(cityscapes, indices=1)] == ["clean"]

    def test_meta_keys_begin_with_mmsegs(self) -> None:
        own = PackSegInputs().meta_keys
        assert (*own, "condition", "corruption", "severity") == META_KEYS

    def test_builds_from_a_config(self, cityscapes: Path) -> None:
        config = dict(type="ConditionCityscapesDataset", data_root=str(cityscapes))
        assert len(DATASETS.build(config | dict(data_prefix=PREFIX, condition="fog"))) == 2

    @pytest.mark.parametrize("name", ["fog", "gaussian_noise", "severity-3", "v1.5", "дождь"])
    def test_names(self, name: str) -> None:
        assert check_condition(name) == name

    @pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "a b", None, 3])
    def test_rejects_other_names(self, name: object) -> None:
        with pytest.raises(ValueError, match="expected condition as a name"):
            check_condition(name)

    def test_the_dataset_rejects_them_too(self, cityscapes: Path) -> None:
        with pytest.raises(ValueError, match="expected condition as a name"):
            build(cityscapes, condition="a/b")


class TestFiles:
    def test_lists_images_with_their_train_ids(self, cityscapes: Path) -> None:
        entries = [build(cityscapes)[index] for index in range(2)]
        for entry in entries:
            image, label = entry["img_path"], entry["seg_map_path"]
            assert label.endswith("_gtFine_labelTrainIds.png")
            assert Path(image).name.split("_")[0] == Path(label).name.split("_")[0]
            assert Path(label).is_file()

    def test_needs_no_labels_where_none_are_asked_for(self, cityscapes: Path) -> None:
        entry = build(cityscapes, data_prefix=dict(img_path="leftImg8bit/val"))[0]
        assert "seg_map_path" not in entry

    def test_takes_a_list_of_names(self, cityscapes: Path) -> None:
        (cityscapes / "names.txt").write_text(f"{CITY}\n")
        assert len(build(cityscapes, ann_file="names.txt")) == 1

    def test_lazy_sets_check_nothing(self, tmp_path: Path) -> None:
        assert build(tmp_path / "nowhere", lazy_init=True).metainfo["classes"][0] == "road"

    @pytest.mark.parametrize(
        ("spoil", "words"),
        [
            (lambda root: root.rename(root.parent / "x"), ["img_path", "does not exist"]),
            (lambda root: (root / "gtFine").rename(root / "x"), ["seg_map_path", "does not exist"]),
            (lambda root: _remove(root, "*_leftImg8bit.png"), ["no image '*_leftImg8bit.png'"]),
            (lambda root: _remove(root, "rowan*TrainIds.png"), ["1 of 2", "no label", "rowan"]),
            (
                lambda root: _remove(root, "*TrainIds.png"),
                ["2 of 2", "convert-dataset cityscapes"],
            ),
        ],
        ids=["root", "labels", "empty", "one label", "no trainIds"],
    )
    def test_what_is_missing_is_named(
        self, cityscapes: Path, spoil: Callable[[Path], Any], words: list[str]
    ) -> None:
        spoil(cityscapes)
        with pytest.raises(FileNotFoundError) as error:
            build(cityscapes)
        for word in [*words, "data_root", "leftImg8bit/{train,val,test}/<city>"]:
            assert word in str(error.value)

    def test_a_listed_name_without_image_is_named(self, cityscapes: Path) -> None:
        (cityscapes / "names.txt").write_text(f"{CITY}\nhazel/hazel_000000_000020\n")
        with pytest.raises(FileNotFoundError, match=r"1 of 2 .* no image file.*000020"):
            build(cityscapes, ann_file="names.txt")


def _remove(root: Path, pattern: str) -> None:
    for path in root.rglob(pattern):
        path.unlink()
