"""Crops of a segmentation dataset: which squares are found, and what is written."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.datasets.preparation.corrupted_copy import Tree
from sympie_seg.datasets.preparation.label_crops import (
    TASKS,
    Crop,
    CropJob,
    Frame,
    Part,
    Task,
    find_crops,
    left_out,
    list_frames,
    write_crops,
)

HEIGHT, WIDTH = 120, 160  # smallest object 8, window 24, largest object 40 pixels


def frame(folder: Path, labels: np.ndarray) -> Frame:
    draw = np.random.default_rng(0)
    cv2.imwrite(str(folder / "a.png"), draw.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    cv2.imwrite(str(folder / "b.png"), labels)
    return Frame(folder / "a.png", folder / "b.png")


def test_objects_give_squares_around_their_boxes(tmp_path: Path) -> None:
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[50:70, 60:72] = 5  # 20 x 12: a square of 25 around its middle
    labels[0:16, 0:10] = 5  # in a corner: the square of 20 is moved inside
    labels[100:103, 100:104] = 5  # too small
    labels[30:50, 100] = 5  # a line that covers too little
    crops = find_crops(frame(tmp_path, labels), {"car": 5})
    assert crops == [Crop("car", 0, 0, 20), Crop("car", 47, 53, 25)]


def test_large_areas_give_windows_that_they_fill(tmp_path: Path) -> None:
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[:, 80:] = 3
    crops = find_crops(frame(tmp_path, labels), {"road": 3, "sky": 7})
    assert crops and {crop.name for crop in crops} == {"road"} and {c.side for c in crops} == {24}
    for crop in crops:
        share = (labels[crop.top :, crop.left :][:24, :24] == 3).mean()
        assert share >= 0.6 and crop.left + 24 <= WIDTH and crop.top + 24 <= HEIGHT
    # Steps of 12: lefts 72 (two thirds inside) to 132, tops 0 to 96.
    assert len(crops) == 6 * 9 and min(crop.left for crop in crops) == 72


def test_sizes_grow_with_the_image(tmp_path: Path) -> None:
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[50:70, 60:72] = 5
    (small,) = find_crops(frame(tmp_path, labels), {"car": 5})
    large = find_crops(
        frame(tmp_path, cv2.resize(labels, None, fx=4, fy=4, interpolation=0)), {"car": 5}
    )
    assert [(c.top, c.left, c.side) for c in large] == [(190, 214, 100)]
    assert abs(4 * small.top - 190) <= 4 and 4 * small.side == 100


def test_crops_are_the_images_pixels_and_kept_when_whole(tmp_path: Path) -> None:
    source = frame(tmp_path, np.zeros((HEIGHT, WIDTH), np.uint8))
    job = CropJob(source, (Crop("car", 10, 20, 32), Crop("road", 0, 0, 64)), tmp_path / "out", 32)
    assert write_crops(job) == 2
    image = cv2.imread(str(source.image))
    written = cv2.imread(str(tmp_path / "out/car/a_10_20_32.png"))
    assert np.array_equal(written, image[10:42, 20:52])
    halved = cv2.imread(str(tmp_path / "out/road/a_0_0_64.png")).astype(float)
    means = image[:64, :64].reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert np.abs(halved - means).max() <= 1
    assert write_crops(job) == 0
    cut = tmp_path / "out/car/a_10_20_32.png"
    cut.write_bytes(cut.read_bytes()[:-20])
    assert write_crops(job) == 1 and np.array_equal(cv2.imread(str(cut)), written)


def test_frames_are_chosen_by_sequence_and_step(tmp_path: Path) -> None:
    for folder in ("img", "ann"):
        (tmp_path / folder).mkdir()
        for name in ("A_1", "A_2", "A_3", "B_1"):
            (tmp_path / folder / f"{name}.png").touch()
    tree = Tree("{split}", "ann", ("img",))
    task = Task(tree, {}, dict(even=(Part("img", ("A",), 0, 2),), other=(Part("img", ("B",)),)))
    assert [f.image.stem for f in list_frames(tmp_path, task, "even")] == ["A_1", "A_3"]
    assert [f.label for f in list_frames(tmp_path, task, "other")] == [tmp_path / "ann/B_1.png"]
    (tmp_path / "img/B_2.png").symlink_to(tmp_path / "nothing.png")
    with pytest.raises(FileNotFoundError, match=r"img/B_2.png' is a link to nothing"):
        list_frames(tmp_path, task, "other")
    assert len(list_frames(tmp_path, task, "even")) == 2
    (tmp_path / "img/.DS_Store").touch()
    kept, gone = left_out(tmp_path, task)
    assert ".DS_Store" in kept and "links to nothing ('B_2.png')" in gone
    (tmp_path / "img/B_2.png").unlink()
    (tmp_path / "ann/B_1.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"B_1.png' has no label .*ann/B_1.png"):
        list_frames(tmp_path, task, "other")
    none = Task(tree, {}, dict(x=(Part("img", ("C",)),)))
    with pytest.raises(FileNotFoundError, match="no frame of the sequences"):
        list_frames(tmp_path, none, "x")


@pytest.mark.parametrize("name", TASKS)
def test_no_frame_is_in_two_splits(name: str) -> None:
    """Of the folders' frames, as far as their rules say."""
    parts = [(split, part) for split, own in TASKS[name].splits.items() for part in own]
    for index, (split, one) in enumerate(parts):
        for other_split, other in parts[index + 1 :]:
            if split == other_split or one.folder != other.folder:
                continue
            apart = not set(one.sequences) & set(other.sequences) and "" not in one.sequences
            assert apart or (one.step == other.step and one.start != other.start)
