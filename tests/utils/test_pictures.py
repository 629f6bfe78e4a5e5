"""The one reader of pictures: names, orientation, alpha, damage, limits."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sympie_seg.utils import pictures
from sympie_seg.utils.damage import damage, jpeg_end, kind_of
from sympie_seg.utils.images import write_image
from sympie_seg.utils.labels import decode_labels, read_labels
from sympie_seg.utils.pictures import (
    declared_pixels,
    fault_of_picture,
    read_picture,
    read_rgb,
    upright_size,
)

H, W = 45, 80
Y, X = np.mgrid[:H, :W]
RGB = np.stack([X * 255 // W, Y * 255 // H, (X + Y) * 3 % 256], -1).astype(np.uint8)
ALPHA = (X * 255 // W).astype(np.uint8)
RGBA = np.dstack([RGB, ALPHA])


def encode(pixels: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noisy(height: int = 120, width: int = 160) -> np.ndarray:
    draw = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    smooth = np.stack([x * 200 // width, y * 200 // height, x * y % 200], -1)
    return (smooth + draw.integers(0, 50, smooth.shape)).astype(np.uint8)


class TestNames:
    """A name that is no UTF-8 ends OpenCV with a segmentation fault."""

    @pytest.mark.parametrize("name", [b"stra\xdfe.png", "Straße, naß.png".encode(), b"100%03d.png"])
    def test_any_bytes(self, tmp_path: Path, name: bytes) -> None:
        path = tmp_path / os.fsdecode(name)
        write_image(path, RGB)
        assert np.array_equal(read_picture(path).colours, RGB)
        assert np.array_equal(read_rgb(path), RGB)
        assert fault_of_picture(path) == ""

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
    def test_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.png")
        with pytest.raises(ValueError, match=r"a\.png' is no regular file"):
            read_picture(tmp_path / "a.png")

    def test_missing_and_forbidden_are_not_called_damaged(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"cannot be read \(No such file"):
            read_rgb(tmp_path / "none.png")
        assert fault_of_picture(tmp_path).startswith("is no regular file")


UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, -1)[::-1],
    8: lambda a: np.rot90(a),
}


class TestOrientation:
    @pytest.mark.parametrize("orientation", UPRIGHT)
    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "TIFF lzw"])
    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
    def test_every_note(self, tmp_path: Path, kind: str, mode: str, orientation: int) -> None:
        pixels = {"RGB": RGB, "RGBA": RGBA, "L": RGB[..., 0]}[mode]
        exif = Image.Exif()
        exif[0x0112] = orientation
        options: dict[str, object] = dict(exif=exif)
        if kind.startswith("TIFF"):
            options = dict(tiffinfo={0x0112: orientation})
            if kind.endswith("lzw"):
                options["compression"] = "tiff_lzw"
        if kind == "WEBP":
            options.update(lossless=True, exact=True)
        path = tmp_path / "a"
        path.write_bytes(encode(pixels, kind.split()[0], **options))
        picture, wanted = read_picture(path), UPRIGHT[orientation](pixels)
        if mode == "L":
            wanted = np.repeat(wanted[..., None], 3, 2)
        assert np.array_equal(picture.colours, wanted[..., :3])
        assert (picture.alpha is None) == (mode != "RGBA")
        if mode == "RGBA":
            assert np.array_equal(picture.alpha, wanted[..., 3])
        assert upright_size(path) == wanted.shape[1::-1]

    @pytest.mark.parametrize("orientation", [1, 3, 6])
    def test_sixteen_bits_with_alpha(self, tmp_path: Path, orientation: int) -> None:
        """Pillow cannot write these, so the note is put into the PNG by hand."""
        pixels = RGBA.astype(np.uint16) * 257
        data = cv2.imencode(".png", pixels[..., [2, 1, 0, 3]])[1].tobytes()
        exif = Image.Exif()
        exif[0x0112] = orientation
        content = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
        part = (
            struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
        )
        (tmp_path / "a.png").write_bytes(data[:33] + part + data[33:])
        picture, wanted = read_picture(tmp_path / "a.png"), UPRIGHT[orientation](pixels)
        assert picture.colours.dtype == np.uint16
        assert np.array_equal(picture.colours, wanted[..., :3])
        assert np.array_equal(picture.alpha, wanted[..., 3])


class TestAlpha:
    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("PNG", {}),
            ("TIFF", {}),
            ("TIFF", dict(compression="tiff_lzw")),
            ("TIFF", dict(compression="tiff_adobe_deflate")),
            ("JPEG2000", dict(irreversible=False)),
            ("WEBP", dict(lossless=True, exact=True)),
        ],
    )
    @pytest.mark.parametrize("grey", [False, True])
    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a"])
    def test_colours_under_alpha_are_what_they_were(
        self, tmp_path: Path, kind: str, options: dict, grey: bool, name: str
    ) -> None:
        if grey and kind == "WEBP":
            pytest.skip("WebP has no grey")
        pixels = RGBA[..., [0, 3]] if grey else RGBA
        image = Image.fromarray(pixels, "LA") if grey else Image.fromarray(pixels)
        (tmp_path / name).write_bytes(encode(image, kind, **options))
        picture = read_picture(tmp_path / name)
        wanted = np.repeat(RGB[..., :1], 3, 2) if grey else RGB
        assert np.array_equal(picture.colours, wanted) and np.array_equal(picture.alpha, ALPHA)

    def test_bmp(self, tmp_path: Path) -> None:
        """With masks it has alpha; without, a fourth byte that no header explains is refused."""
        (tmp_path / "a.bmp").write_bytes(cv2.imencode(".bmp", RGBA[..., [2, 1, 0, 3]])[1].tobytes())
        picture = read_picture(tmp_path / "a.bmp")
        assert np.array_equal(picture.colours, RGB) and np.array_equal(picture.alpha, ALPHA)
        (tmp_path / "b.bmp").write_bytes(encode(RGBA, "BMP"))
        with pytest.raises(ValueError, match=r"b\.bmp' has a fourth channel .* save it as PNG"):
            read_picture(tmp_path / "b.bmp")
        (tmp_path / "c.bmp").write_bytes(encode(np.dstack([RGB, ALPHA * 0]), "BMP"))
        assert read_picture(tmp_path / "c.bmp").alpha is None

    def test_transparent_colours(self, tmp_path: Path) -> None:
        image = Image.fromarray(RGB // 64 * 64).convert("P", palette=Image.Palette.ADAPTIVE)
        for kind in ("GIF", "PNG"):
            (tmp_path / kind).write_bytes(encode(image, kind, transparency=0))
            alpha = read_picture(tmp_path / kind).alpha
            assert alpha is not None and set(np.unique(alpha)) == {0, 255}

    def test_multiplied_colours_are_refused(self, tmp_path: Path) -> None:
        data = encode(Image.fromarray(RGBA), "TIFF")
        tag = struct.pack("<HHI", 338, 3, 1)  # ExtraSamples: 2 is alpha, 1 multiplied alpha
        at = data.index(tag) + 8
        (tmp_path / "a.tif").write_bytes(data[:at] + b"\1" + data[at + 1 :])
        with pytest.raises(
            ValueError, match=r"a\.tif' has an alpha channel that cannot be read exactly"
        ):
            read_picture(tmp_path / "a.tif")

    def test_cmyk_has_none(self, tmp_path: Path) -> None:
        (tmp_path / "a.tif").write_bytes(encode(Image.fromarray(RGB).convert("CMYK"), "TIFF"))
        assert read_picture(tmp_path / "a.tif").alpha is None


class TestPng:
    """Every chunk has a checksum: no changed bit goes unnoticed."""

    def test_every_bit_of_a_label(self, tmp_path: Path) -> None:
        labels = np.random.default_rng(0).integers(0, 19, (12, 16), dtype=np.uint8)
        data = cv2.imencode(".png", labels)[1].tobytes()
        assert damage(data) == "" and np.array_equal(decode_labels(data), labels)
        for bit in range(8 * 8, 8 * len(data)):  # behind the signature, without which it is no PNG
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            assert damage(bytes(changed)), bit
        path = tmp_path / "a.png"
        changed = bytearray(data)
        changed[len(data) // 2] ^= 1
        path.write_bytes(changed)
        with pytest.raises(
            ValueError, match=r"a\.png' is damaged inside \(the checksum of its part"
        ):
            read_labels(path)

    def test_parts_that_are_missing(self) -> None:
        data = cv2.imencode(".png", noisy())[1].tobytes()
        begin, end = data.index(b"IDAT") - 4, data.index(b"IEND") - 4
        assert "a part that every PNG has" in damage(data[:begin] + data[end:])
        for length in (len(data) - 1, len(data) - 12, len(data) // 2, 9):
            assert damage(data[:length]) == "is cut off"
        assert damage(data + b"more") == ""


class TestJpeg:
    def test_end(self) -> None:
        """Behind it phones put films, and before it lie the ends of thumbnails."""
        inner = encode(noisy(16, 16), "JPEG")
        exif = Image.Exif()
        exif[0x010E] = "x" * 40
        data = encode(noisy(), "JPEG", exif=exif)
        segment = b"\xff\xe5" + struct.pack(">H", len(inner) + 2) + inner
        data = data[:2] + segment + data[2:]
        for more in (b"", b"Image_UTC_Data1700000000000SEFT" + bytes(5000), inner):
            assert jpeg_end(data + more) == len(data)
            assert damage(data + more) == ""
        for length in (len(data) - 2, len(data) // 2, 2 + len(segment) + 40):
            assert damage(data[:length]) == "is cut off"

    def test_restarts_and_scans(self) -> None:
        for options in (dict(restart_marker_rows=1), dict(progressive=True), dict(quality=100)):
            data = encode(noisy(), "JPEG", **options)
            assert jpeg_end(data) == len(data) and damage(data) == ""

    def test_cmyk(self) -> None:
        assert damage(encode(Image.fromarray(noisy()).convert("CMYK"), "JPEG")) == ""

    @pytest.mark.parametrize("options", [{}, dict(progressive=True), dict(restart_marker_rows=1)])
    def test_half_of_its_data_gone(self, options: dict) -> None:
        """OpenCV and Pillow fill up with grey and say nothing."""
        pytest.importorskip("simplejpeg", reason="a dependency of the package, see setup.py")
        data = encode(noisy(), "JPEG", **options)
        middle = len(data) // 2
        for bad in (
            data[:middle] + b"\xff\xd9",
            data[:middle] + bytes(len(data) - middle - 2) + b"\xff\xd9",
            data[:middle] + bytes(512) + data[middle + 512 :],
        ):
            assert cv2.imdecode(np.frombuffer(bad, np.uint8), 1) is not None
            assert damage(bad).startswith("is damaged inside (")


class TestWebp:
    @pytest.mark.parametrize(
        "options", [dict(quality=80), dict(quality=20), dict(lossless=True), dict(method=0)]
    )
    @pytest.mark.parametrize("flat", [False, True])
    def test_zeroed_blocks(self, options: dict, flat: bool) -> None:
        pixels = np.full((300, 400, 3), 90, np.uint8) if flat else noisy()
        data = encode(pixels, "WEBP", **options)
        assert damage(data) == ""
        assert damage(data + b"more").startswith("is damaged inside (it has 4 bytes more")
        if flat:  # a few bytes
            return
        middle = len(data) // 2
        for bad in (
            data[:middle] + bytes(len(data) - middle),
            data[:middle] + bytes(512) + data[middle + 512 :],
        ):
            assert damage(bad).startswith("is damaged inside"), options
        assert damage(data[:-20]) == "is cut off"

    def test_with_alpha_and_orientation(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        assert damage(encode(RGBA, "WEBP", exif=exif)) == ""


class TestOthers:
    @pytest.mark.parametrize("kind", ["BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF"])
    def test_cut_off(self, kind: str, tmp_path: Path) -> None:
        data = encode(noisy(), kind)
        (tmp_path / "a").write_bytes(data)
        assert fault_of_picture(tmp_path / "a") == ""
        (tmp_path / "a").write_bytes(data[: len(data) * 2 // 3])
        assert fault_of_picture(tmp_path / "a")

    @pytest.mark.parametrize("kind", ["JPEG2000", "AVIF", "GIF"])
    def test_half_zeroed(self, kind: str, tmp_path: Path) -> None:
        data = encode(noisy(), kind)
        (tmp_path / "a").write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
        assert fault_of_picture(tmp_path / "a")

    def test_text_and_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(b"<html>403 Forbidden</html>" * 9)
        assert "no picture that is known" in fault_of_picture(tmp_path / "a.png")
        (tmp_path / "a.png").write_bytes(b"")
        assert fault_of_picture(tmp_path / "a.png") == "is empty"

    def test_kinds(self) -> None:
        for name, kind in (("PNG", "PNG"), ("PPM", "PNM"), ("AVIF", "AVIF"), ("WEBP", "WebP")):
            assert kind_of(encode(RGB, name)[:16]) == kind
        assert kind_of(b"PK\3\4" + bytes(12)) == kind_of(b"") == ""


class TestLimits:
    def test_declared_pixels(self, tmp_path: Path) -> None:
        """A header of 30 bytes must not take gigabytes."""
        data = bytearray(cv2.imencode(".png", RGB)[1].tobytes())
        data[16:24] = struct.pack(">II", 100_000, 100_000)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        (tmp_path / "a.png").write_bytes(data)
        for read in (read_picture, read_rgb):
            with pytest.raises(
                ValueError, match=r"a\.png' declares 100000 x 100000 pixels; up to 268"
            ):
                read(tmp_path / "a.png")

    @pytest.mark.parametrize(
        "head",
        [
            b"P7\nWIDTH 100000\nHEIGHT 90000\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
            b"P7\nHEIGHT 90000\nWIDTH 100000\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
            b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 90000 +X 100000\n",
            b"PF\n100000 90000\n-1.0\n",
            b"P6\n100000 90000\n255\n",
            b"BM" + struct.pack("<IIIIiiHHIIIIII", 0, 0, 54, 40, 100_000, 90_000, 1, 24, *6 * [0]),
        ],
    )
    def test_declared_pixels_of_other_kinds(self, tmp_path: Path, head: bytes) -> None:
        path = tmp_path / "a.picture"
        path.write_bytes(head + bytes(99))
        assert declared_pixels(path) == 9_000_000_000
        with pytest.raises(ValueError, match="declares 100000 x 90000 pixels; up to 268"):
            read_rgb(path)

    def test_more_than_pillow_takes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        write_image(tmp_path / "a.png", RGBA)
        assert np.array_equal(read_picture(tmp_path / "a.png").alpha, ALPHA)
        monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
        with pytest.raises(ValueError, match="declares 80 x 45 pixels"):
            read_picture(tmp_path / "a.png")
