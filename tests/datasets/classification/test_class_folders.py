"""Class folders, ImageNet, ImageNet-C and its kin: classes, conditions, and what is said where a tree is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mmpretrain.datasets
import numpy as np
import pytest
from mmengine.registry import DATASETS
from mmpretrain.datasets.categories import IMAGENET_CATEGORIES

from sympie_seg.corruptions import GROUPS, corrupt, image_seed
from sympie_seg.datasets.bad_samples import BadSampleError
from sympie_seg.datasets.classification.corruption_trees import BENCHMARKS
from sympie_seg.datasets.imagenet_wnids import WNID_LABELS, WNIDS

LABELS = {"n01440764": 0, "n02129165": 291, "n15075141": 999}
META = ("img_path", "condition", "corruption", "severity")
LOAD = [dict(type="LoadImageFromFile"), dict(type="PackInputs", meta_keys=META)]


def build(type: str, root: Path, **options: Any) -> Any:
    return DATASETS.build(dict(type=type, data_root=str(root), **({"pipeline": LOAD} | options)))


class TestWnids:
    def test_published_places(self) -> None:
        """Ids and names that many pages show side by side, at both ends and between."""
        known = {
            0: "n01440764 tench",
            1: "n01443537 goldfish",
            281: "n02123045 tabby",
            291: "n02129165 lion",
        }
        known |= {
            207: "n02099601 golden retriever",
            404: "n02690373 airliner",
            817: "n04285008 sports car",
        }
        known |= {954: "n07753592 banana", 999: "n15075141 toilet tissue"}
        for label, both in known.items():
            wnid, name = both.split(" ", 1)
            assert WNIDS[label] == wnid and name in IMAGENET_CATEGORIES[label]

    def test_are_sorted_and_whole(self) -> None:
        assert len(WNIDS) == 1000 == len(set(WNIDS)) and list(WNIDS) == sorted(WNIDS)
        assert WNID_LABELS[WNIDS[500]] == 500


class TestClassFolders:
    def test_lists_what_mmpretrain_lists(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "data", ("cat", "dog"))
        ours = build("ConditionClassFolderDataset", root, condition="dusk")
        theirs = mmpretrain.datasets.CustomDataset(data_root=str(root))
        assert len(ours) == len(theirs) == 4 and ours.CLASSES == theirs.CLASSES
        for index in range(4):
            entry = ours.get_data_info(index)
            assert entry.pop("condition") == "dusk" and entry.pop("data_root") == str(root)
            assert entry == theirs.get_data_info(index)
        assert ours[0]["data_samples"].condition == "dusk"

    def test_files_and_folders_of_systems_are_no_samples(
        self, classes: Callable, tmp_path: Path, jpeg: bytes
    ) -> None:
        """A network disk's thumbnails, an archive's leftovers, and what is hidden."""
        root = classes(tmp_path / "data", ("cat", "dog"))
        for name in ("__MACOSX/cat/a.jpg", "@eaDir/a.jpg", "cat/@eaDir/a.jpg", "cat/._b.jpg"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(jpeg)
        (root / ".ipynb_checkpoints").mkdir()
        ours = build("ConditionClassFolderDataset", root)
        assert ours.CLASSES == ["cat", "dog"] or ours.CLASSES == ("cat", "dog")
        assert len(ours) == 4

    def test_named_classes_decide_on_the_numbers(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "data", ("cat", "dog"))
        ours = build("ConditionClassFolderDataset", root, classes=["dog", "cat"])
        assert [ours.get_data_info(i)["gt_label"] for i in range(4)] == [1, 1, 0, 0]
        with pytest.raises(ValueError, match=r"1 of 3 missing, the first 'fox'"):
            build("ConditionClassFolderDataset", root, classes=["dog", "cat", "fox"])

    def test_annotation_file(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "data", ("cat", "dog"))
        (root / "list.txt").write_text("dog/ILSVRC2012_val_00000001.JPEG 7\n")
        ours = build("ConditionClassFolderDataset", root, ann_file="list.txt", condition="clean")
        assert len(ours) == 1 and int(ours[0]["data_samples"].gt_label) == 7

    def test_sets_of_one_folder_share_their_lists(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "data", ("cat", "dog"))
        a, b = (build("ConditionClassFolderDataset", root, condition=c) for c in ("x", "y"))
        swapped = build("ConditionClassFolderDataset", root, classes=["dog", "cat"])
        part = build("ConditionClassFolderDataset", root, indices=[3])
        assert a.data_bytes is b.data_bytes and a.data_bytes is not swapped.data_bytes
        assert (a.get_data_info(0)["condition"], b.get_data_info(0)["condition"]) == ("x", "y")
        assert len(part) == 1 and part.get_data_info(0)["gt_label"] == 1
        assert swapped.get_data_info(0)["gt_label"] == 1

    def test_files_that_are_cut_off(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "data", ("cat", "dog"))
        bad = root / "dog" / "ILSVRC2012_val_00000001.JPEG"
        whole = bad.read_bytes()
        bad.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(BadSampleError, match=r"dog/ILSVRC2012_val_00000001.JPEG' is cut off"):
            build("ConditionClassFolderDataset", root)
        late = build("ConditionClassFolderDataset", root, early_check=0)
        assert late[0]["inputs"].shape == (3, 20, 24)
        with pytest.raises(BadSampleError, match=r"is cut off. Expected .*set data_root"):
            late[3]

    def test_an_odd_end_is_no_fault(self, classes: Callable, tmp_path: Path) -> None:
        """Some JPEG files of ImageNet have something behind their end."""
        root = classes(tmp_path / "data", ("cat", "dog"))
        odd = root / "cat" / "ILSVRC2012_val_00000000.JPEG"
        odd.write_bytes(odd.read_bytes() + bytes(200))
        assert build("ConditionClassFolderDataset", root)[0]["inputs"].shape == (3, 20, 24)

    def test_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(
            FileNotFoundError, match=r"nowhere' \(data_root \+ data_prefix\) does not"
        ):
            build("ConditionClassFolderDataset", tmp_path / "nowhere")


class TestImageNet:
    def test_numbers_come_from_the_ids(self, classes: Callable, tmp_path: Path) -> None:
        """mmpretrain would refuse a part, and number it 0, 1, 2 without class names."""
        root = classes(tmp_path / "imagenet" / "val").parent
        ours = build("ConditionImageNetDataset", root, data_prefix="val", subset=True)
        labels = {
            Path(e["img_path"]).parent.name: e["gt_label"]
            for e in map(ours.get_data_info, range(6))
        }
        assert labels == LABELS and ours.CLASSES == IMAGENET_CATEGORIES
        assert ours[0]["data_samples"].condition == "clean"

    def test_missing_classes(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "val")
        with pytest.raises(
            ValueError, match=r"lacks 997 of the 1000 class folders, the first 'n01443537'"
        ):
            build("ConditionImageNetDataset", root)

    def test_one_folder_too_high(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "imagenet" / "val").parent
        with pytest.raises(
            ValueError, match=r"holds 'val' \(data_prefix='val'\?\), where folders called by"
        ):
            build("ConditionImageNetDataset", root)

    def test_an_empty_class(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "val")
        (root / "n01443537").mkdir()
        with pytest.raises(
            FileNotFoundError, match=r"1 class folders .* hold no image, the first 'n01443537'"
        ):
            build("ConditionImageNetDataset", root, subset=True)


class TestImageNetC:
    @pytest.mark.parametrize(
        ("benchmark", "corruption", "folder"),
        [
            ("imagenet-c", "fog", "fog"),
            ("imagenet-c", "fog", "weather/fog"),
            ("imagenet-c", "speckle_noise", "extra/speckle_noise"),
            ("imagenet-c-bar", "perlin_noise", "perlin_noise"),
            ("imagenet-c-bar", "concentric_sine_waves", "cocentric_sine_waves"),
            ("imagenet-c-bar", "concentric_sine_waves", "all/concentric_sine_waves"),
        ],
    )
    def test_layouts(
        self, benchmark: str, corruption: str, folder: str, classes: Callable, tmp_path: Path
    ) -> None:
        classes(tmp_path / folder / "3")
        options = dict(benchmark=benchmark, corruption=corruption, severity=3, subset=True)
        ours = build("ImageNetCDataset", tmp_path, **options)
        assert len(ours) == 6
        sample = ours[2]["data_samples"]
        assert sample.condition == f"{corruption}-3" and int(sample.gt_label) == 291
        assert f"{folder}/3/n02129165" in sample.img_path

    def test_a_part_is_no_benchmark(self, classes: Callable, tmp_path: Path) -> None:
        classes(tmp_path / "fog" / "3", WNIDS, count=1)
        with pytest.raises(
            ValueError, match=r"holds 1000 images, ImageNet-C has 50000: it was not unpacked"
        ):
            build("ImageNetCDataset", tmp_path, corruption="fog", severity=3)

    def test_more_than_published_is_no_subset(
        self, classes: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = replace(BENCHMARKS["imagenet-c"], images=5)
        monkeypatch.setitem(BENCHMARKS, "imagenet-c", known)
        classes(tmp_path / "fog" / "3")
        with pytest.raises(ValueError, match="holds 6 images, ImageNet-C has 5: it holds others"):
            build("ImageNetCDataset", tmp_path, corruption="fog", severity=3, subset=True)

    def test_says_what_was_found(self, classes: Callable, tmp_path: Path) -> None:
        classes(tmp_path / "fog" / "3")
        for options, words in (
            (
                dict(corruption="snow", severity=1),
                r"no folder of snow \('snow'\) in .*, which holds fog\. Expected",
            ),
            (dict(corruption="fog", severity=4), r"no severity 4 in .*fog', which holds 3\."),
            (
                dict(corruption="mist", severity=4),
                r"ImageNet-C has no corruption 'mist'; it has: gaussian_noise",
            ),
            (
                dict(corruption="fog", severity=3, benchmark="c"),
                r"expected benchmark as one of imagenet-c,",
            ),
        ):
            with pytest.raises((ValueError, FileNotFoundError), match=words):
                build("ImageNetCDataset", tmp_path, subset=True, **options)

    def test_a_severity_without_images(self, tmp_path: Path) -> None:
        (tmp_path / "fog" / "3" / "n01440764").mkdir(parents=True)
        with pytest.raises(FileNotFoundError, match=r"no image .* in the class folders of .*fog/3"):
            build("ImageNetCDataset", tmp_path, corruption="fog", severity=3, subset=True)
        (tmp_path / "fog" / "4").mkdir()
        with pytest.raises(ValueError, match=r"fog/4' holds no folder, where folders called by"):
            build("ImageNetCDataset", tmp_path, corruption="fog", severity=4, subset=True)

    def test_two_copies(self, classes: Callable, tmp_path: Path) -> None:
        classes(tmp_path / "fog" / "3")
        classes(tmp_path / "weather" / "fog" / "3")
        with pytest.raises(ValueError, match=r"fog is in several folders of .*: fog, weather/fog"):
            build("ImageNetCDataset", tmp_path, corruption="fog", severity=3, subset=True)


class TestImageNetCMixed:
    @pytest.mark.parametrize(
        ("folders", "conditions"),
        [
            ([""], ["mixed"]),
            (["1", "2"], ["severity-1", "severity-2"]),
            (["fog_snow/1", "noise/fog/2"], ["fog_snow-1", "noise-fog-2"]),
        ],
    )
    def test_finds_any_depth(
        self, folders: list, conditions: list, classes: Callable, tmp_path: Path
    ) -> None:
        for folder in folders:
            classes(tmp_path / "mixed" / folder)
        ours = build("ImageNetCMixedDataset", tmp_path / "mixed", subset=True)
        assert len(ours) == 6 * len(folders)
        assert [part[0]["data_samples"].condition for part in ours.datasets] == conditions

    def test_nothing_found(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        with pytest.raises(FileNotFoundError, match=r"no folder called by a WordNet id"):
            build("ImageNetCMixedDataset", tmp_path)


class TestSeverityGrid:
    def test_on_the_fly(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "val")
        pipeline = [LOAD[0], dict(type="Corrupt", seed=5), LOAD[1]]
        part = dict(
            type="ConditionImageNetDataset", data_root=str(root), subset=True, pipeline=pipeline
        )
        grid = DATASETS.build(
            dict(
                type="SeverityGridDataset",
                dataset=part,
                corruptions=["colour", "fog"],
                severities=[2, 5],
                clean=True,
            )
        )
        names = [*GROUPS["colour"], "fog"]
        conditions = ["clean", *(f"{n}-{s}" for n in names for s in (2, 5))]
        assert [d.condition for d in grid.datasets] == conditions and len(grid) == 6 * 11
        sample = grid[len(grid) - 1]
        meta = sample["data_samples"].metainfo
        assert (meta["condition"], meta["corruption"], meta["severity"]) == ("fog-5", "fog", 5)
        clean = grid[5]["inputs"].permute(1, 2, 0).numpy()[..., ::-1]
        key = "n15075141/ILSVRC2012_val_00000001.JPEG"
        rng = np.random.default_rng(image_seed(5, key, "fog", 5))
        expected = corrupt(np.ascontiguousarray(clean), "fog", 5, rng)[..., ::-1]
        assert np.array_equal(sample["inputs"].permute(1, 2, 0).numpy(), expected)
        assert grid.datasets[0].data_bytes is grid.datasets[-1].data_bytes

    def test_every_second_image_of_some_classes(self, classes: Callable, tmp_path: Path) -> None:
        root = classes(tmp_path / "val")
        pipeline = [LOAD[0], dict(type="Corrupt", seed=5), LOAD[1]]
        part = dict(
            type="ConditionImageNetDataset", data_root=str(root), subset=True, pipeline=pipeline
        )
        grid = dict(type="SeverityGridDataset", corruptions="fog", severities=[1], clean=True)

        def listed(**options: Any) -> list[list[tuple[str, int]]]:
            whole = DATASETS.build({**grid, "dataset": {**part, **options}, "every": 2})
            every = [[d.get_data_info(i) for i in range(len(d))] for d in whole.datasets]
            return [[(Path(e["img_path"]).parent.name, e["gt_label"]) for e in d] for d in every]

        assert listed() == [list(LABELS.items())] * 2
        chosen = [("n02129165", 291), ("n15075141", 999)]
        assert listed(include="n*5") == [[chosen[0]]] * 2
        assert listed(include=("n02*", "n15*")) == [chosen] * 2
        with pytest.raises(
            FileNotFoundError, match=r"none of the 3 class folders .* include=\('x\*',\)"
        ):
            listed(include="x*")
        with pytest.raises(ValueError, match=r"every must be at least 1, got 0"):
            DATASETS.build({**grid, "dataset": part, "every": 0})

    def test_of_a_published_tree(self, classes: Callable, tmp_path: Path) -> None:
        for folder in (
            "noise/shot_noise/1",
            "noise/shot_noise/2",
            "blur/zoom_blur/1",
            "blur/zoom_blur/2",
        ):
            classes(tmp_path / "c" / folder)
        val = classes(tmp_path / "val")
        part = dict(
            type="ImageNetCDataset", data_root=str(tmp_path / "c"), subset=True, pipeline=LOAD
        )
        clean = dict(
            type="ConditionImageNetDataset", data_root=str(val), subset=True, pipeline=LOAD
        )
        grid = DATASETS.build(
            dict(
                type="SeverityGridDataset", dataset=part, corruptions=["zoom_blur", "shot_noise"], severities=[1, 2],
                clean=clean,
            )
        )  # fmt: skip
        conditions = ["clean", "zoom_blur-1", "zoom_blur-2", "shot_noise-1", "shot_noise-2"]
        assert [d[0]["data_samples"].condition for d in grid.datasets] == conditions
        with pytest.raises(ValueError, match=r"clean=True needs dict"):
            DATASETS.build(
                dict(type="SeverityGridDataset", dataset=part, corruptions="fog", clean=True)
            )
        with pytest.raises(ValueError, match=r"expected severities from 1 to 5"):
            DATASETS.build(
                dict(type="SeverityGridDataset", dataset=part, corruptions="fog", severities=[0])
            )
