"""Label maps: the right numbers or a refusal by name, by every reader of the project alike."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sympie_seg.datasets.preparation.corrupted_copy import CopyJob, run_copy
from sympie_seg.datasets.preparation.image_files import Check, check_file
from sympie_seg.datasets.preparation.label_ids import TRAIN_ID_OF_LABEL_ID, train_ids_from_label_ids
from sympie_seg.submission.inspection import decode
from sympie_seg.utils.labels import LabelError, LabelFault, decode_labels, read_labels

LABELS = np.arange(12, dtype=np.uint8).reshape(3, 4).repeat(3, 0).repeat(3, 1)
COLOURS = [0, 0, 0, *[value for i in range(255) for value in (i, 255 - i, 3 * i % 256)]]


def as_png(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def palette(bits: int = 8) -> bytes:
    image = Image.fromarray(LABELS & np.uint8(2**bits - 1)).convert("P")
    image.putpalette(COLOURS)
    return as_png(image, bits=bits)


def grey(bits: int) -> bytes:
    """Grey of 1, 2 or 4 bits, which Pillow does not write."""

    def part(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows, each = LABELS & (2**bits - 1), 8 // bits
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % each))).reshape(len(rows), -1, each)
    packed = (padded << (bits * np.arange(each - 1, -1, -1))).sum(-1).astype(np.uint8)
    lines = b"".join(b"\0" + row.tobytes() for row in packed)
    header = struct.pack(">2I5B", rows.shape[1], rows.shape[0], bits, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header)
    return start + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(LABELS).save(buffer, "JPEG")
    return buffer.getvalue()


GREY = Image.fromarray(LABELS)
RIGHT = {
    "grey": (as_png(GREY), 8),
    "palette": (palette(), 8),
    "palette of 4 bits": (palette(4), 4),
    "palette of 1 bit": (palette(1), 1),
    "grey of 1 bit": (grey(1), 1),
    "with a transparent class": (as_png(GREY, transparency=3), 8),
}
REFUSED = {
    "grey with alpha": (as_png(Image.merge("LA", (GREY, GREY))), "COLOUR", "is grey, but has several channels"),
    "RGB grey": (as_png(GREY.convert("RGB")), "COLOUR", "is grey, but has several channels"),
    "RGB colour": (
        as_png(Image.open(io.BytesIO(palette())).convert("RGB")), "COLOUR", "is a colour picture; a label has one"),
    "RGBA": (as_png(Image.open(io.BytesIO(palette())).convert("RGBA")), "COLOUR", "is a colour picture"),
    "16 bits": (as_png(Image.fromarray(LABELS.astype(np.uint16))), "DEPTH", "has 16 bits a pixel"),
    "grey of 2 bits": (grey(2), "DEPTH", "is grey with 2 bits a pixel"),
    "grey of 4 bits": (grey(4), "DEPTH", "is grey with 4 bits a pixel"),
    "JPEG": (jpeg(), "FORMAT", "is a JPEG file"),
    "text": (b"no picture at all, but long enough for a header", "FORMAT", "is no PNG file"),
    "empty": (b"", "DAMAGED", "is empty"),
    "half": (as_png(GREY)[:60], "DAMAGED", "is cut off"),
    "header only": (as_png(GREY)[:20], "DAMAGED", "is cut off"),
}  # fmt: skip


def copied(path: Path) -> np.ndarray:
    """What a corrupted copy makes of a label whose pixels do not move."""
    image, target = path.with_name("image.png"), path.with_name("copy.png")
    Image.new("RGB", LABELS.shape[::-1]).save(image)
    run_copy(
        CopyJob(image, path.with_name("out.png"), "a.png", (("fog", 1),), 0, label=(path, target))
    )
    return np.asarray(Image.open(target))


@pytest.mark.parametrize("name", RIGHT)
def test_right_numbers(name: str, tmp_path: Path) -> None:
    data, bits = RIGHT[name]
    expected, path = LABELS & (2**bits - 1), tmp_path / "label.png"
    path.write_bytes(data)
    for labels in (read_labels(path), decode(data), copied(path)):
        assert labels.dtype == np.uint8 and np.array_equal(labels, expected)
    assert np.array_equal(train_ids_from_label_ids(path), TRAIN_ID_OF_LABEL_ID[expected])
    assert check_file(Check(path, frozenset(range(12)), decode=True)) is None


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(name: str, tmp_path: Path) -> None:
    data, kind, words = REFUSED[name]
    path = tmp_path / "label.png"
    path.write_bytes(data)
    for read in (read_labels, train_ids_from_label_ids, copied):
        with pytest.raises(ValueError) as raised:
            read(path)
        assert str(raised.value).startswith(f"'{path}' {words}")
    with pytest.raises(LabelError) as raised:
        decode_labels(data)
    assert raised.value.kind is LabelFault[kind]
    fault = check_file(Check(path, frozenset(range(256)), decode=True))
    assert fault.reason.startswith("is no picture" if name == "text" else words)


def test_submissions_may_have_16_bits() -> None:
    values = np.array([[0, 65535], [256, 7]], np.uint16)
    assert np.array_equal(decode(as_png(Image.fromarray(values))), values)


def test_flipped_bits_never_give_another_label() -> None:
    """Of a class map with structure: Pillow alone reads every seventh as another map."""
    draw = random.Random(0)
    labels = (
        np.random.default_rng(0)
        .integers(0, 19, (16, 16))
        .astype(np.uint8)
        .repeat(8, 0)
        .repeat(8, 1)
    )
    whole, refused = as_png(Image.fromarray(labels)), 0
    for _ in range(500):
        data = bytearray(whole)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        try:
            assert np.array_equal(decode_labels(bytes(data)), labels)
        except LabelError:
            refused += 1
    assert refused > 490


def test_a_size_that_nobody_has() -> None:
    data = bytearray(as_png(GREY))
    data[16:24] = struct.pack(">2I", 1 << 20, 1 << 20)
    with pytest.raises(LabelError, match="declares 1048576 x 1048576 pixels"):
        decode_labels(bytes(data))
