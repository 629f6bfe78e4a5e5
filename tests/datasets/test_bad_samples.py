"""Files that must not be used: found at the start, or named when they are met."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.dataset import ConcatDataset
from mmengine.registry import DefaultScope
from PIL import Image

from sympie_seg.datasets import META_KEYS, BadSampleError, ConditionCityscapesDataset
from sympie_seg.engine.resuming.numbered_draws import Draw, SeededDataset

PREFIX = dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val")
PIPELINE = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomCrop", crop_size=(16, 16)),
    dict(type="PackSegInputs", meta_keys=META_KEYS),
]
FIX = "sympie-seg convert-dataset cityscapes"
COUNT = 30


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


def image_of(root: Path, index: int) -> Path:
    return root / f"leftImg8bit/val/hazel/hazel_{index:06}_leftImg8bit.png"


def label_of(root: Path, index: int) -> Path:
    return root / f"gtFine/val/hazel/hazel_{index:06}_gtFine_labelTrainIds.png"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Thirty images of 24 x 32 with noise, so that their files have an inside."""
    draw = np.random.default_rng(0)
    for index in range(COUNT):
        for path, picture in (
            (image_of(tmp_path, index), draw.integers(0, 256, (24, 32, 3), dtype=np.uint8)),
            (label_of(tmp_path, index), draw.integers(0, 19, (24, 32), dtype=np.uint8)),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(path), picture)
    return tmp_path


def build(root: Path, **options: Any) -> ConditionCityscapesDataset:
    options = dict(data_prefix=PREFIX, pipeline=PIPELINE) | options
    return ConditionCityscapesDataset(data_root=str(root), **options)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(bytes(data))


def rewrite(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    return lambda path: cv2.imwrite(str(path), change(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)))


SPOILS = {
    "empty": (image_of, lambda path: path.write_bytes(b""), "is empty"),
    "cut image": (image_of, cut, "is cut off"),
    "cut label": (label_of, cut, "is cut off"),
    "text": (image_of, lambda path: path.write_text("<html>404"), "is no picture"),
    "damaged image": (image_of, flip, "is damaged inside"),
    "damaged label": (label_of, flip, "is damaged inside"),
    "labelIds": (label_of, rewrite(lambda a: np.full_like(a, 26)), "labelIds.*26.*not trainIds"),
    "no class": (label_of, rewrite(lambda a: np.full_like(a, 200)), "200"),
    "size": (label_of, rewrite(lambda a: a[:-2]), "is 32 x 22, its image 32 x 24"),
    "16 bits": (label_of, rewrite(lambda a: a.astype(np.uint16) + 256), "has 16 bits a pixel"),
    "colour": (label_of, rewrite(lambda a: np.dstack([a, a + 1, a])), "colour picture"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_the_first_sample_is_looked_at_when_the_set_is_built(root: Path, name: str) -> None:
    path_of, spoil, words = SPOILS[name]
    path = path_of(root, 0)
    spoil(path)
    with pytest.raises(BadSampleError, match=words) as error:
        build(root)
    assert f"'{path}'" in str(error.value) and f"{FIX} {root}" in str(error.value)
    assert "leftImg8bit/{train,val,test}/<city>" in str(error.value)


@pytest.mark.parametrize("name", ["empty", "cut image", "cut label", "text", "colour", "16 bits"])
def test_the_ends_of_every_file_are_looked_at(root: Path, name: str) -> None:
    path_of, spoil, words = SPOILS[name]
    for index in (11, 12):
        spoil(path_of(root, index))
    with pytest.raises(BadSampleError, match=rf"{words}.*\(1 more such files\)"):
        build(root)


@pytest.mark.parametrize("name", SPOILS)
def test_named_when_it_is_met(root: Path, name: str) -> None:
    """After the set was built, or where nothing was checked then: never a silent wrong label."""
    path_of, spoil, words = SPOILS[name]
    data = build(root, early_check=0)
    spoil(path_of(root, 11))
    assert data[10]["inputs"].shape == (3, 16, 16)
    words = words.replace("labelIds.*26.*not", "26, which are labelIds, not")
    with pytest.raises(BadSampleError, match=words) as error:
        data[11]
    assert f"'{path_of(root, 11)}'" in str(error.value) and f"{FIX} {root}" in str(error.value)


def other_labels(data: bytes) -> Iterator[bytes]:
    """Change one bit such that Pillow still decodes the file, to another label."""
    whole = np.array(Image.open(io.BytesIO(data)))
    for bit in range(8 * len(data) // 2, 8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with suppress(OSError, SyntaxError, ValueError):
            if (np.array(Image.open(io.BytesIO(changed))) != whole).any():
                yield bytes(changed)


def test_one_bit_of_a_label_is_noticed(root: Path) -> None:
    """Pillow compares no checksum: one changed bit may give another label."""
    data = build(root)
    path = label_of(root, 11)
    path.write_bytes(next(other_labels(path.read_bytes())))
    with pytest.raises(
        BadSampleError, match=r"is damaged inside \(the checksum of its part b'IDAT'"
    ):
        data[11]
    with pytest.raises(BadSampleError, match="is damaged inside"):
        build(root, early_check=1)


def test_half_a_jpeg_is_named(tmp_path: Path) -> None:
    """OpenCV fills it up with grey and reports success."""
    root, path = tmp_path, tmp_path / "leftImg8bit/val/a/a_leftImg8bit.jpg"
    path.parent.mkdir(parents=True)
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8))
    options = dict(
        img_suffix=".jpg", data_prefix=dict(img_path=PREFIX["img_path"]), pipeline=PIPELINE[:1]
    )
    data = build(root, **options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert cv2.imread(str(path)).shape == (24, 32, 3)
    with pytest.raises(BadSampleError, match=r"a_leftImg8bit\.jpg' is cut off"):
        data[0]


def test_other_errors_stay_as_they_are(root: Path) -> None:
    data = build(root, pipeline=[*PIPELINE[:2], dict(type="PackSegInputs", meta_keys=("absent",))])
    data.pipeline.transforms.append(lambda results: results["nothing"])
    with pytest.raises(KeyError, match="nothing"):
        data[0]


def test_classes_may_be_chosen(root: Path) -> None:
    """Labels are checked before and after mmseg maps them."""
    data = build(root, metainfo=dict(classes=("road", "car"), palette=[[0, 0, 0], [9, 9, 9]]))
    values = set().union(
        *(set(data[i]["data_samples"].gt_sem_seg.data.unique().tolist()) for i in range(5))
    )
    assert values == {0, 1, 255}


class TestSkipping:
    def draw(self, root: Path, **options: Any) -> tuple[SeededDataset, Path]:
        data = SeededDataset(ConcatDataset([build(root, early_check=0, **options)]))
        bad = image_of(root, 11)
        cut(bad)
        return data, bad

    def test_fatal_unless_told(self, root: Path) -> None:
        data, bad = self.draw(root)
        with pytest.raises(BadSampleError, match=str(bad)):
            data[Draw(11, 5)]

    def test_skipped_by_name_and_the_same_again(self, root: Path, monkeypatch: Any) -> None:
        notes: list[str] = []
        monkeypatch.setattr(
            "sympie_seg.engine.resuming.numbered_draws.print_log",
            lambda text, *_: notes.append(text),
        )
        data, bad = self.draw(root, bad_sample="skip")
        first, second = (data[Draw(11, 5)]["data_samples"].img_path for _ in range(2))
        assert first == second != str(bad)
        assert data[Draw(11, 6)]["data_samples"].img_path != str(bad)
        assert len(notes) == 3
        assert all(f"Skipped, another one is drawn: '{bad}' is cut off" in text for text in notes)

    def test_fatal_in_testing_all_the_same(self, root: Path) -> None:
        data, bad = self.draw(root, bad_sample="skip")
        with pytest.raises(BadSampleError, match=str(bad)):
            data[11]

    def test_ends_where_everything_is_bad(self, root: Path) -> None:
        data, _ = self.draw(root, bad_sample="skip")
        for index in range(COUNT):
            image_of(root, index).write_bytes(b"")
        with pytest.raises(BadSampleError, match="is empty"):
            data[Draw(0, 1)]

    def test_unknown_choice(self, root: Path) -> None:
        with pytest.raises(ValueError, match=r"bad_sample as one of raise, skip, got 'ignore'"):
            build(root, bad_sample="ignore")
