"""Whether files are whole and hold what they should."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sympie_seg.datasets.preparation.image_files import (
    Check,
    FaultKind,
    check_file,
    truncation,
)
from sympie_seg.datasets.preparation.layouts import CAMVID, CITYSCAPES

Write = Callable[..., Path]
TRAIN_IDS = CITYSCAPES.label_values


def noise(*shape: int) -> np.ndarray:
    return np.random.randint(0, 256, shape, np.uint8)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_whole_and_cut_off(write: Write, name: str) -> None:
    path = write(name, noise(30, 40, 3))
    assert truncation(path) == ""
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0\0")
    assert truncation(path) == ""
    for size in (len(whole) - 2, len(whole) // 2, 12):
        path.write_bytes(whole[:size])
        assert truncation(path) == "is cut off"
    path.write_bytes(b"")
    assert truncation(path) == "is empty"
    path.write_bytes(b"<html>404</html>" * 20)
    assert truncation(path) == "is no picture (its first bytes are those of no known format)"
    assert truncation(path.with_name("none.png")).startswith("cannot be read (No such file")


def test_damage_inside_is_found_by_reading_all(write: Write) -> None:
    path = write("a.png", noise(60, 60, 3))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    path.write_bytes(data)
    assert check_file(Check(path)) is None
    fault = check_file(Check(path, decode=True))
    assert fault is not None
    reason = "is damaged inside (the checksum of its part b'IDAT' does not match)"
    assert (fault.path, fault.kind, fault.reason) == (path, FaultKind.BROKEN, reason)
    assert check_file(Check(path, whole=True)) == fault


def test_whole_files_have_no_fault(write: Write) -> None:
    image = write("a.jpg", noise(5, 4, 3))
    label = write("a.png", np.array([[0, 18, 255, 3]] * 5, np.uint8))
    assert check_file(Check(image, decode=True)) is None
    assert check_file(Check(label, TRAIN_IDS, decode=True, image=image)) is None


def test_label_ids_in_place_of_train_ids(write: Write) -> None:
    path = write("a.png", np.array([[7, 23, 26, 33]], np.uint8))
    assert check_file(Check(path, TRAIN_IDS)) is None
    fault = check_file(Check(path, TRAIN_IDS, decode=True))
    assert fault is not None and fault.kind is FaultKind.LABEL_IDS
    assert fault.reason == "holds labelIds (values 23, 26, 33), not trainIds"


@pytest.mark.parametrize(
    ("values", "pixels", "shown"),
    [
        (TRAIN_IDS, np.array([[3, 26, 200]], np.uint8), "26, 200"),
        (CAMVID.label_values, np.array([[11, 12, 255]], np.uint8), "12, 255"),
    ],
)
def test_values_that_are_no_classes(
    write: Write, values: frozenset[int], pixels: np.ndarray, shown: str
) -> None:
    fault = check_file(Check(write("a.png", pixels), values, decode=True))
    assert fault is not None and fault.kind is FaultKind.CONTENT
    assert fault.reason == f"holds values that are no classes: {shown}"


@pytest.mark.parametrize("decode", [False, True])
def test_sixteen_bits(write: Write, decode: bool) -> None:
    """mmseg keeps the lower 8 bits: 259 would be read as class 3."""
    fault = check_file(Check(write("a.png", np.array([[3, 259]], np.uint16)), TRAIN_IDS, decode))
    assert fault is not None and fault.kind is FaultKind.CONTENT
    assert fault.reason == "has 16 bits a pixel; class numbers have 8"


@pytest.mark.parametrize("decode", [False, True])
def test_colour_labels_are_seen_even_without_decoding_all(write: Write, decode: bool) -> None:
    colour = check_file(Check(write("c.png", noise(3, 4, 3)), CAMVID.label_values, decode))
    grey = check_file(Check(write("g.png", np.ones((3, 4, 3), np.uint8)), TRAIN_IDS, decode))
    assert colour is not None and grey is not None
    assert colour.kind is grey.kind is FaultKind.COLOUR
    assert colour.reason.startswith("is a colour picture")
    assert grey.reason.startswith("is grey, but has several channels")


def test_label_of_another_size(write: Write) -> None:
    check = Check(write("l.png"), TRAIN_IDS, decode=True, image=write("i.png", noise(8, 12, 3)))
    fault = check_file(check)
    assert fault is not None and fault.reason == "is 6 x 4, its image 12 x 8"


@pytest.mark.parametrize(("bits", "mode"), [(2, "L"), (4, "L")])
def test_few_bits_are_refused(write: Write, bits: int, mode: str) -> None:
    """Pillow, and mmseg with it, stretches 4 bits to 0..255."""
    path = write("a.png")
    pixels = Image.fromarray(np.zeros((4, 6), np.uint8 if mode == "L" else bool))
    pixels.save(path, bits=bits)
    if path.read_bytes()[24] != bits:
        pytest.skip("this Pillow writes 8 bits")
    fault = check_file(Check(path, TRAIN_IDS))
    assert fault is not None and f"grey with {bits} bits" in fault.reason


@pytest.mark.parametrize("suffix", [".bmp", ".tif", ".webp", ".ppm", ".jp2"])
def test_images_of_every_kind_that_is_loaded(write: Write, suffix: str) -> None:
    assert check_file(Check(write(f"a{suffix}", noise(45, 40, 3)), decode=True)) is None


def test_turned_images(write: Write, tmp_path: Path) -> None:
    """The loader turns an image as its camera noted; the label has the size that comes out."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(8, 12, 3)).save(tmp_path / "i.jpg", exif=exif)
    label = write("l.png", np.zeros((12, 8), np.uint8))
    assert check_file(Check(label, TRAIN_IDS, decode=True, image=tmp_path / "i.jpg")) is None


def test_jpeg_labels_are_refused(write: Write) -> None:
    path = write("a.jpg").rename(write("b.png"))
    fault = check_file(Check(path, TRAIN_IDS))
    assert fault is not None and "labels must be PNG" in fault.reason
