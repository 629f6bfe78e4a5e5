"""VizWiz-Classification: its annotation file, its images, split or flat, and the submission."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import DATASETS
from mmpretrain.structures import DataSample

from sympie_seg.metrics import VizWizSubmission
from sympie_seg.metrics.vizwiz_submission import find_submission_faults

LOAD = [
    dict(type="LoadImageFromFile"),
    dict(type="PackInputs", meta_keys=("img_path", "condition")),
]
NAMES = ("VizWiz_val_00000.jpg", "VizWiz_train_00001.jpg", "VizWiz_test_00002.jpg")


def build(root: Path, **options: Any) -> Any:
    options.setdefault("pipeline", LOAD)
    return DATASETS.build(dict(type="VizWizClassificationDataset", data_root=str(root), **options))


def edit(root: Path, **changes: Any) -> Path:
    file = root / "annotations.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return root


class TestDataSet:
    @pytest.mark.parametrize("split", [True, False])
    def test_split_or_flat(self, split: bool, vizwiz: Callable, tmp_path: Path) -> None:
        ours = build(vizwiz(tmp_path, split))
        assert tuple(Path(ours.get_data_info(i)["img_path"]).name for i in range(3)) == NAMES
        assert ours.metainfo["category_ids"] == (291, 999) and ours.metainfo["image_names"] == NAMES
        sample = ours[1]["data_samples"]
        assert sample.condition == "vizwiz" and "gt_label" not in sample

    def test_images_elsewhere(self, vizwiz: Callable, tmp_path: Path) -> None:
        root = vizwiz(tmp_path / "images").parent
        (root / "images" / "annotations.json").rename(root / "annotations.json")
        assert len(build(root, data_prefix="images")) == 3

    def test_what_is_wrong_is_said(self, vizwiz: Callable, tmp_path: Path) -> None:
        (vizwiz(tmp_path / "a") / "val" / NAMES[0]).unlink()
        (vizwiz(tmp_path / "b") / NAMES[0]).write_bytes(b"x")
        edit(vizwiz(tmp_path / "c"), categories=[dict(id=291, wordnet_id="n01440764")])
        edit(vizwiz(tmp_path / "d"), images=[NAMES[0]] * 2)
        edit(vizwiz(tmp_path / "e"), categories=[dict(id=1000)])
        (vizwiz(tmp_path / "f") / "annotations.json").write_text("[]")
        (vizwiz(tmp_path / "g") / "annotations.json").unlink()
        for folder, words in (
            ("a", r"1 of the 3 images .* are not in .*the first 'VizWiz_val_00000.jpg'. Expected"),
            ("b", r"lies in .* twice, as 'VizWiz_val_00000.jpg' and 'val/VizWiz_val_00000.jpg'"),
            ("c", r"category 291 is 'n01440764', but class 291 of ImageNet-1k is 'n02129165'"),
            ("d", r"lists 1 images more than once"),
            ("e", r"category id 1000 is no class number"),
            ("f", r"is no annotation file of VizWiz-Classification"),
            ("g", r"no annotation file .*annotations.json'. Get it: vizwiz.org"),
        ):
            with pytest.raises((ValueError, FileNotFoundError), match=words):
                build(tmp_path / folder)


def scores(*best: int) -> torch.Tensor:
    """Scores of 1000 classes, the given ones highest, in order."""
    made = torch.zeros(1000)
    for rank, label in enumerate(best):
        made[label] = 0.5 - 0.1 * rank
    return made


class TestSubmission:
    def evaluate(self, folder: Path, names: tuple = NAMES, **meta: Any) -> dict:
        metric = VizWizSubmission(output_dir=str(folder))
        metric.dataset_meta = dict(category_ids=(291, 999), image_names=NAMES) | meta
        evaluator = Evaluator(metric)
        best = [scores(3, 999, 291), scores(291), scores(5)]
        for name, own in zip(names, best, strict=True):
            sample = DataSample(metainfo=dict(img_path=f"/data/val/{name}")).set_pred_score(own)
            evaluator.process([sample])
        return evaluator.evaluate(3)

    def test_is_limited_to_the_categories(self, tmp_path: Path) -> None:
        assert self.evaluate(tmp_path) == {"vizwiz/images": 3}
        written = json.loads((tmp_path / "vizwiz_submission.json").read_text())
        # Class 3 is best for the first image, but does not count.
        assert written == {NAMES[0]: 999, NAMES[1]: 291, NAMES[2]: 291}
        assert list(written) == list(NAMES)

    def test_must_be_complete(self, tmp_path: Path) -> None:
        with pytest.raises(
            ValueError, match=r"1 images are missing, the first 'VizWiz_test_00002.jpg'"
        ):
            self.evaluate(tmp_path, (*NAMES[:2], NAMES[0]))
        assert not list(tmp_path.iterdir())

    def test_needs_its_dataset(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"goes with VizWizClassificationDataset"):
            self.evaluate(tmp_path, category_ids=())

    def test_faults(self) -> None:
        good = dict.fromkeys(NAMES, 291)
        assert find_submission_faults(good, NAMES, (291, 999)) == []
        for changed, words in (
            (
                good | {NAMES[0]: 3},
                "1 categories are none of the 2, the first 3 of 'VizWiz_val_00000.jpg'",
            ),
            (good | {NAMES[0]: "291"}, "the first '291' of"),
            (good | {"x.jpg": 291}, "1 names are unknown, the first 'x.jpg'"),
            ([1], "expected {image name: category id}, got list"),
        ):
            assert words in find_submission_faults(changed, NAMES, (291, 999))[0]
