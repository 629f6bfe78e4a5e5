"""From labelIds to trainIds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sympie_seg.datasets.preparation.label_ids import (
    TRAIN_ID_OF_LABEL_ID,
    train_ids_from_label_ids,
)

Write = Callable[..., Path]
CLASSES = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]


def test_the_19_classes_and_nothing_else() -> None:
    assert TRAIN_ID_OF_LABEL_ID[CLASSES].tolist() == list(range(19))
    assert (np.delete(TRAIN_ID_OF_LABEL_ID, CLASSES) == 255).all()


def test_converts_all_label_ids(write: Write) -> None:
    label_ids = np.array([[*range(34), 255]], np.uint8)
    train_ids = train_ids_from_label_ids(write("ids.png", label_ids))
    assert train_ids.dtype == np.uint8
    expected = [CLASSES.index(i) if i in CLASSES else 255 for i in range(34)]
    assert train_ids.tolist() == [[*expected, 255]]


def test_reads_the_numbers_of_a_palette_image(tmp_path: Path) -> None:
    """Not its colours, which OpenCV would give."""
    image = Image.fromarray(np.full((2, 3), 26, np.uint8), mode="P")
    image.putpalette([5] * 768)
    image.save(tmp_path / "palette.png")
    assert (train_ids_from_label_ids(tmp_path / "palette.png") == 13).all()


@pytest.mark.parametrize("value", [34, 128, 254])
def test_other_values_are_no_label_ids(write: Write, value: int) -> None:
    path = write("ids.png", np.full((2, 3), value, np.uint8))
    with pytest.raises(ValueError, match=rf"ids\.png' holds the value {value}; labelIds are 0"):
        train_ids_from_label_ids(path)


def test_colour_pictures_are_no_label_ids(write: Write) -> None:
    path = write("ids.png", np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ValueError, match=r"ids\.png' is grey, but has several channels"):
        train_ids_from_label_ids(path)


def test_cut_off_file_is_named(write: Write) -> None:
    path = write("ids.png", np.random.randint(0, 33, (40, 40), np.uint8))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"ids\.png' is cut off"):
        train_ids_from_label_ids(path)
