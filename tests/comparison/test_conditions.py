"""Rows of the table: from the datasets, whatever their paths look like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mmengine.dataset import BaseDataset, ConcatDataset

from sympie_seg.comparison.conditions import build_test_set, group_images


class Listed(BaseDataset):
    """A dataset of given entries; its class name goes into the table."""

    def __init__(self, entries: list[dict], **attributes: Any) -> None:
        self.entries = entries
        super().__init__(
            lazy_init=True,
            data_root=attributes.pop("data_root", "root"),
            data_prefix=dict(img_path="img/val"),
        )
        for name, value in attributes.items():
            setattr(self, name, value)
        self.full_init()

    def load_data_list(self) -> list[dict]:
        return self.entries


class NightRoadsDataset(Listed):
    pass


def entries(*names: str, condition: str | None = None) -> list[dict]:
    made = [dict(img_path=f"root/night/{n}.png", seg_map_path=f"root/gt/{n}.png") for n in names]
    return [dict(entry, condition=condition) if condition else entry for entry in made]


def test_condition_from_the_entries_never_from_the_path() -> None:
    whole = ConcatDataset(
        [
            Listed(entries("a", "b", condition="fog")),
            NightRoadsDataset(entries("c", condition="clean"), split="test"),
            Listed(entries("d", condition="fog"), sequences=("S1",)),
        ]
    )
    clean, fog = group_images(whole, ["clean"])
    assert (clean.dataset, clean.name, clean.splits) == ("NightRoads", "clean", ["test"])
    assert (fog.dataset, fog.name) == ("Listed", "fog")
    assert fog.splits == ["val", "val (S1)"]
    assert fog.indices == [0, 1, 3] and clean.indices == [2]
    assert fog.images == ["root/night/a.png", "root/night/b.png", "root/night/d.png"]
    assert fog.labels[2] == "root/gt/d.png"


def test_equal_conditions_of_two_datasets_are_two_rows() -> None:
    parts = [
        Listed(entries("a", condition="night")),
        NightRoadsDataset(entries("b", condition="night")),
    ]
    groups = group_images(ConcatDataset(parts))
    assert [(group.dataset, group.name) for group in groups] == [
        ("Listed", "night"),
        ("NightRoads", "night"),
    ]


def test_a_dataset_without_conditions_is_one_row() -> None:
    (group,) = group_images(Listed(entries("a", "b")))
    assert group.name == "all images" and len(group.images) == 2


def test_generated_streets_are_called_so(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    (group,) = group_images(Listed(entries("a"), data_root=str(tmp_path / "cityscapes")))
    assert group.dataset == "generated streets"


def test_a_listed_condition_without_image_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"no image of condition 'rain', 'snow', which test_evaluator\.conditions"
    ):
        group_images(Listed(entries("a", condition="fog")), ["fog", "rain", "snow"])


def test_an_image_twice_in_a_row_is_named() -> None:
    parts = [Listed(entries("a", "b", condition="fog")), Listed(entries("b", condition="fog"))]
    with pytest.raises(
        ValueError, match=r"'root/night/b\.png' was scored twice under the condition 'fog'"
    ):
        group_images(ConcatDataset(parts))


def test_an_empty_folder_is_named(tmp_path: Path, mmseg_scope: None) -> None:
    (tmp_path / "img").mkdir()
    dataset = dict(
        type="BaseSegDataset", data_root=str(tmp_path), data_prefix=dict(img_path="img", seg_map_path="img"),
        metainfo=dict(classes=["a"], palette=[[0, 0, 0]]), pipeline=[],
    )  # fmt: skip
    with pytest.raises(ValueError, match=f"holds no image: look at data_root.*{tmp_path}"):
        build_test_set(dict(dataset=dataset))
