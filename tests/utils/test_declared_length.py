"""Bytes too many in formats without a checksum."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, features

from sympie_seg.utils.damage import damage
from sympie_seg.utils.declared_length import surplus
from sympie_seg.utils.pictures import fault_of_picture, read_picture, read_rgb

DRAW = np.random.default_rng(3)
RGB = DRAW.integers(
    1, 256, (13, 21, 3), dtype=np.uint8
)  # odd sizes: rows of BMP and Sun raster are filled up
EXTRA = b"\x01\x80\xff\x07"


def pillow(kind: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(RGB).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def opencv(suffix: str, pixels: np.ndarray = RGB, *options: int) -> bytes:
    done, data = cv2.imencode(suffix, pixels, list(options))
    assert done
    return data.tobytes()


GREY, DEEP = RGB[..., 0].copy(), RGB.astype(np.uint16) * 257
NUMBERS = b" ".join(b"%d" % n for n in RGB.ravel())
PROFILE = b"profile" * 9
EXIF = Image.Exif()
EXIF.get_ifd(0x8769)[0x9286] = b"a comment of a camera"
EXIF[0x010F] = "a maker"


def bmp_with_profile() -> bytes:
    """A BMP of version 5: its profile stands behind the pixels."""
    whole = opencv(".bmp")
    pixels = whole[54:]
    start = 14 + 124
    head = (
        struct.pack("<IiiHHIIiiII", 124, 21, 13, 1, 24, 0, len(pixels), 0, 0, 0, 0).ljust(56, b"\0")
        + b"DEBM"
    )
    head = head.ljust(112, b"\0") + struct.pack("<II", 124 + len(pixels), len(PROFILE))
    length = start + len(pixels) + len(PROFILE)
    return (
        b"BM"
        + struct.pack("<IHHI", length, 0, 0, start)
        + head.ljust(124, b"\0")
        + pixels
        + PROFILE
    )


def sun_raster() -> bytes:
    rows = b"".join(row.tobytes() + b"\0" for row in RGB[..., ::-1])
    return struct.pack(">8I", 0x59A66A95, 21, 13, 24, len(rows), 1, 0, 0) + rows


WHOLE = {
    "BMP": opencv(".bmp"),
    "BMP, grey": opencv(".bmp", GREY),
    "BMP, black and white": pillow("BMP", "1"),
    "BMP, 32 bits": pillow("BMP", "RGBA"),
    "BMP with a profile": bmp_with_profile(),
    "PPM": opencv(".ppm"),
    "PPM, 16 bits": opencv(".ppm", DEEP),
    "PPM with a comment": b"P6\n# of a camera\n21 13\n255\n" + RGB.tobytes(),
    "PPM, text": b"P3\n21 13 255\n" + NUMBERS + b"\n",
    "PGM": opencv(".pgm", GREY),
    "PBM": pillow("PPM", "1"),
    "PAM": opencv(".pam"),
    "TIFF": pillow("TIFF"),
    "TIFF, 16 bits": opencv(".tiff", DEEP, cv2.IMWRITE_TIFF_COMPRESSION, 1),
    "TIFF, LZW": opencv(".tiff"),
    "TIFF, Deflate": pillow("TIFF", compression="tiff_adobe_deflate"),
    "TIFF, big": pillow("TIFF", big_tiff=True),
    "TIFF of a camera": pillow("TIFF", exif=EXIF, icc_profile=PROFILE, description="fog"),
    "Sun raster": sun_raster(),
    "WebP": pillow("WEBP", quality=70),
    "WebP, lossless": pillow("WEBP", lossless=True),
}
if features.check("jpg_2000"):
    WHOLE["JPEG 2000"] = pillow("JPEG2000")
if features.check("avif"):
    WHOLE["AVIF"] = pillow("AVIF")


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_have_none(name: str, tmp_path: Path) -> None:
    assert damage(WHOLE[name]) == ""
    path = tmp_path / "a.picture"
    path.write_bytes(WHOLE[name])
    if name not in ("BMP, black and white", "PBM"):
        assert read_rgb(path).shape == RGB.shape


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
@pytest.mark.parametrize("extra", [EXTRA, EXTRA * 40])
def test_inserted_bytes_are_noticed(name: str, share: float, extra: bytes, tmp_path: Path) -> None:
    """Among the pixels and behind them."""
    whole = WHOLE[name]
    at = round(len(whole) * share)
    path = tmp_path / "inserted.picture"
    path.write_bytes(whole[:at] + extra + whole[at:])
    assert fault_of_picture(path)
    with pytest.raises(ValueError, match=r"inserted\.picture"):
        read_rgb(path)


def test_the_number_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    path.write_bytes(WHOLE["BMP"][:90] + EXTRA + WHOLE["BMP"][90:])
    reason = "is damaged inside (it has 4 bytes more than its header declares)"
    assert fault_of_picture(path) == reason


@pytest.mark.parametrize("kind", ["BMP", "TIFF"])
def test_zeros_that_fill_up_a_word_are_none(kind: str) -> None:
    assert surplus(WHOLE[kind] + b"\0\0", kind) == 0
    assert surplus(WHOLE[kind] + bytes(4), kind) == 4
    assert surplus(WHOLE[kind] + b"\0\1", kind) == 2


def test_pages_that_are_filled_up(tmp_path: Path) -> None:
    """Pillow fills each of several pages; they are refused for their number, not as damage."""
    path = tmp_path / "a.tif"
    pages = [Image.fromarray(RGB[:11]), Image.fromarray(RGB[:10])]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    whole = path.read_bytes()
    assert len(whole) % 16 == 0 and whole.endswith(bytes(8))
    assert surplus(whole, "TIFF") == 0 and damage(whole) == ""
    assert surplus(whole + bytes(16), "TIFF") > 15 and surplus(whole + b"\1", "TIFF") > 0
    with pytest.raises(ValueError, match=r"a\.tif' holds 2 pictures"):
        read_picture(path)


def test_several_pixmaps_in_a_file() -> None:
    """Netpbm allows them; the first would be read without a word."""
    assert surplus(WHOLE["PPM"] * 2, "PNM") == len(WHOLE["PPM"])


def test_a_text_may_end_with_blanks() -> None:
    assert surplus(WHOLE["PPM, text"] + b" \n\n", "PNM") == 0
    assert surplus(WHOLE["PPM, text"] + b"# end 1\n", "PNM") == 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_what_may_stand_behind_the_end_of_others(kind: str) -> None:
    assert damage(pillow(kind) + b"\0" * 20) == ""


@pytest.mark.parametrize("name", WHOLE)
def test_any_header_is_read_without_a_fault(name: str) -> None:
    """What cannot be read is no matter of lengths; nothing else is raised, and nothing hangs."""
    draw = np.random.default_rng(5)
    for _ in range(60):
        data = bytearray(WHOLE[name])
        for at in draw.integers(0, min(len(data), 300), 4):
            data[at] = draw.integers(0, 256)
        kinds = ("BMP", "PNM", "TIFF", "Sun raster", "WebP", "AVIF", "JPEG 2000")
        assert all(surplus(bytes(data), kind) >= 0 for kind in kinds)
        assert all(surplus(bytes(data[: len(data) // 2]), kind) >= 0 for kind in kinds)


# Written by hand, since no library here writes them


def bmp_of_os2() -> bytes:
    """A header of 12 bytes."""
    pixels = opencv(".bmp")[54:]
    start = 14 + 12
    head = struct.pack("<IHHHH", 12, 21, 13, 1, 24)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + head + pixels


def bmp_from_the_top() -> bytes:
    """A height below zero: the first row comes first."""
    whole = bytearray(opencv(".bmp", RGB[::-1].copy()))
    whole[22:26] = struct.pack("<i", -13)
    return bytes(whole)


def bmp_of_runs(declares: bool) -> bytes:
    """Run lengths: only the header knows how long the pixels are, and need not say it."""
    rows = b"".join(
        b"".join(bytes([1, value]) for value in row) + b"\0\0" for row in GREY[::-1].tolist()
    )
    rows += b"\0\1"
    colours = b"".join(bytes([n, n, n, 0]) for n in range(256))
    start = 14 + 40 + len(colours)
    size = len(rows) if declares else 0
    head = struct.pack("<IiiHHIIiiII", 40, 21, 13, 1, 8, 1, size, 0, 0, 256, 0)
    length = struct.pack("<IHHI", start + len(rows), 0, 0, start)
    return b"BM" + length + head + colours + rows


def tiff(order: str, below: int = 0) -> bytes:
    """Grey and not packed; with a tag that points to another directory behind the pixels, or the next one there."""
    pixels = GREY.tobytes()
    entries = [(256, 3, 21), (257, 3, 13), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 0)]
    entries += [(277, 3, 1), (278, 3, 13), (279, 4, len(pixels))] + [(below, 4, 0)] * (below > 1)
    start = 8 + 2 + 12 * len(entries) + 4
    behind = start + len(pixels)
    offsets = {273: start, below: behind}
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(entries))
    for tag, kind, value in entries:
        value = offsets.get(tag, value)
        head += struct.pack(f"{order}HHI", tag, kind, 1)
        head += struct.pack(f"{order}I" if kind == 4 else f"{order}Hxx", value)
    head += struct.pack(f"{order}I", behind if below == 1 else 0)
    other = struct.pack(f"{order}HHHIII", 1, 305, 2, 9, behind + 18, 0) + b"software\0"
    return head + pixels + (other if below else b"")


def sun_raster_of_runs() -> bytes:
    whole = bytearray(sun_raster())
    whole[20:24] = struct.pack(">I", 2)
    return bytes(whole)


def sun_raster_with_colours() -> bytes:
    rows = b"".join(row.tobytes() + b"\0" for row in GREY)
    head = struct.pack(">8I", 0x59A66A95, 21, 13, 8, len(rows), 1, 1, 768)
    return head + bytes(range(256)) * 3 + rows


BY_HAND = {
    "BMP": [bmp_of_os2(), bmp_from_the_top(), bmp_of_runs(True), bmp_of_runs(False)],
    "TIFF": [tiff("<"), tiff(">"), tiff("<", 1), tiff(">", 330), tiff("<", 34665), tiff("<", 34853)],
    "Sun raster": [sun_raster_with_colours()],
    "PNM": [
        b"P2\n21 13 # a comment\n255\n" + b" ".join(b"%d" % n for n in GREY.ravel()) + b"\n",
        b"P2 21 13 255\n9 # nine\n" + b" ".join(b"%d" % n for n in GREY.ravel()[1:]) + b"\n",
        b"P5 21 13 65535\n" + GREY.astype(">u2").tobytes(),
        b"P6 21 13 256\n" + RGB.astype(">u2").tobytes(),
        b"P7\nWIDTH 21\nHEIGHT 13\nDEPTH 1\nMAXVAL 65535\nTUPLTYPE GRAYSCALE\nENDHDR\n" + DEEP[..., 0].tobytes(),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "whole"), [(kind, one) for kind, files in BY_HAND.items() for one in files]
)
def test_rarer_headers(kind: str, whole: bytes) -> None:
    assert surplus(whole, kind) == 0
    assert surplus(whole + EXTRA, kind) == len(EXTRA)
    assert damage(whole) == ""


@pytest.mark.parametrize("whole", [*BY_HAND["BMP"], *BY_HAND["TIFF"]])
def test_those_by_hand_are_right(whole: bytes) -> None:
    pixels = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR)
    is_in_colours = whole in (bmp_of_os2(), bmp_from_the_top())
    assert np.array_equal(pixels, RGB if is_in_colours else GREY[..., None].repeat(3, axis=2))


def test_headers_that_do_not_tell() -> None:
    """Packed by run lengths, or digits without blanks: the decoder has to notice."""
    assert surplus(sun_raster_of_runs() + EXTRA, "Sun raster") == 0
    assert surplus(b"P1 2 2\n0110" + EXTRA, "PNM") == 0
    assert surplus(b"P7\nWIDTH 2\n" + EXTRA, "PNM") == 0
    assert surplus(b"P9 2 2\n", "PNM") == 0
    assert surplus(WHOLE["BMP"][:20], "BMP") == 0
    assert surplus(WHOLE["BMP"] + EXTRA, "JPEG") == 0


def test_directories_in_a_circle_end() -> None:
    whole = bytearray(tiff("<", 1))
    last = len(whole) - 9 - 4  # where the second directory names the next one
    whole[last : last + 4] = struct.pack("<I", 8)
    assert surplus(bytes(whole), "TIFF") == 0 and surplus(bytes(whole) + EXTRA, "TIFF") == 4


@pytest.mark.parametrize("length", [0, 1, 7])
def test_boxes_of_long_and_open_length(length: int) -> None:
    """1: the length is in the next eight bytes; 0: up to the end; below 8: no box."""
    box = struct.pack(">I4sQ", length, b"jp2c", 20) + b"data"
    head = struct.pack(">I4sI", 12, b"jP  ", 0x0D0A870A)
    wanted = {0: 0, 1: 2, 7: len(box) + 2}[length]
    assert surplus(head + box + b"\1\2", "JPEG 2000") == wanted
    assert surplus(b"\xff\x4f\xff\x51" + box, "JPEG 2000") == 0, "a bare code stream has no boxes"


def test_chunks_of_odd_length_are_filled_up() -> None:
    whole = b"RIFF" + struct.pack("<I", 5) + b"WEBPx\0"
    assert surplus(whole, "WebP") == 0
    assert surplus(whole + EXTRA, "WebP") == 4
