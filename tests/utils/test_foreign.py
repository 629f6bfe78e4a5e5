"""Whatever a decoder raises about a stranger's file, the user gets one error with the file's name."""

from __future__ import annotations

import json
import lzma
import random
import struct
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sympie_seg.datasets.preparation.polygons import train_ids_from_polygons
from sympie_seg.submission.archives import list_members, read_member
from sympie_seg.utils.foreign import (
    ForeignFileError,
    naming,
    read_json,
    read_json_object,
    read_text,
)

DEEP = "[" * 100_000
TEXTS = [b"", b"{", b'{"a": 1', b"\xff\xfe{}", DEEP.encode(), b"\x00\x01", b'"\xe9"']


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Flip bits, cut, or put something of another type in the place of a value."""
    spoiled = bytearray(data)
    kind = draw.randrange(4)
    at = draw.randrange(len(data))
    if kind == 0:
        spoiled[at] ^= 1 << draw.randrange(8)
    elif kind == 1:
        del spoiled[at:]
    elif kind == 2:
        spoiled[at : at + 40] = bytes(40)
    else:
        spoiled[at : at + draw.randrange(1, 30)] = draw.choice([b"null", b"[]", b"-1e999", b"{}"])
    return bytes(spoiled)


def another_type(content: Any, draw: random.Random) -> Any:
    """Replace, somewhere in JSON's values, one by another of any type, or drop a key."""
    if isinstance(content, dict) and content and draw.random() < 0.9:
        key = draw.choice(list(content))
        if draw.random() < 0.1:
            return {k: v for k, v in content.items() if k != key}
        return {**content, key: another_type(content[key], draw)}
    if isinstance(content, list) and content and draw.random() < 0.9:
        at = draw.randrange(len(content))
        return [*content[:at], another_type(content[at], draw), *content[at + 1 :]]
    return draw.choice([None, [], {}, "text", -1, 1e300, True, [[1]], {"a": 1}])


class TestNaming:
    @pytest.mark.parametrize(
        "error",
        [
            zipfile.BadZipFile("no zip"),
            zlib.error("Error -3"),
            lzma.LZMAError("Corrupt"),
            Image.DecompressionBombError("Image size exceeds"),
            RecursionError("too deep"),
            struct.error("unpack requires"),
            UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
            json.JSONDecodeError("Expecting value", "", 0),
            OSError("image file is truncated"),  # Pillow's: without a number
            OSError(22, "Invalid argument"),  # zipfile's: sent to before the start
            SyntaxError("broken PNG file"),
            KeyError("rows"),
            AttributeError("x"),
            ValueError("of a decoder"),
        ],
        ids=lambda error: f"{type(error).__name__}",
    )
    def test_names_the_file_and_the_error(self, error: Exception) -> None:
        with (
            pytest.raises(ForeignFileError) as raised,
            naming("a/b.zip", "is bad", "copy it again"),
        ):
            raise error
        assert str(raised.value).startswith(f"'a/b.zip' is bad ({type(error).__name__}: ")
        assert str(raised.value).endswith("); copy it again")
        assert raised.value.__cause__ is error

    def test_memory(self) -> None:
        block = naming("a", "cannot be decoded")
        with pytest.raises(ForeignFileError, match="asks for more memory than there is"), block:
            raise MemoryError

    @pytest.mark.parametrize(
        "error",
        [
            PermissionError(13, "Permission denied", "a.png"),
            FileNotFoundError(2, "No such file", "a.png"),
            OSError(5, "Input/output error"),
            ValueError("'a.png' is cut off"),
            KeyboardInterrupt(),
        ],
        ids=lambda error: f"{type(error).__name__}",
    )
    def test_what_is_clear_already_stays(self, error: BaseException) -> None:
        with pytest.raises(type(error)) as raised, naming("a.png", "is bad"):
            raise error
        assert raised.value is error


class TestJson:
    @pytest.mark.parametrize("data", TEXTS, ids=range(len(TEXTS)))
    def test_damaged(self, data: bytes, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        path.write_bytes(data)
        for read in (read_json, read_json_object):
            with pytest.raises(
                ForeignFileError, match=r"x\.json' is no whole JSON file \(.*; fix$"
            ):
                read(path, "fix")

    def test_mark_of_windows(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
        assert read_json_object(tmp_path / "x.json") == {"a": 1}
        assert read_text(tmp_path / "x.json") == '{"a": 1}'

    def test_no_object(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text("[1]")
        with pytest.raises(ForeignFileError, match=r"x\.json' holds a list, expected an object"):
            read_json_object(tmp_path / "x.json")

    def test_no_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def denied(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied", "x.json")

        monkeypatch.setattr(Path, "read_text", denied)
        with pytest.raises(PermissionError):
            read_json(tmp_path / "x.json")


def polygons(**changes: Any) -> dict[str, Any]:
    square = [[2, 2], [30, 2], [30, 20], [2, 20]]
    return {
        "imgHeight": 32, "imgWidth": 64, "objects": [dict(label="road", polygon=square)], **changes,
    }  # fmt: skip


class TestPolygons:
    def read(self, content: Any, path: Path) -> np.ndarray:
        path.write_text(json.dumps(content))
        return train_ids_from_polygons(path)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            (dict(imgHeight=10**6, imgWidth=10**6), "declares 1000000 x 1000000 pixels, more than"),
            (dict(imgHeight=-5), "expected a height and a width of whole numbers"),
            (dict(imgHeight=3.5), "expected a height and a width of whole numbers"),
            (dict(objects=[dict(label="car", polygon=[[0, 1e300], [1, 1]])]), "farther than 32767"),
            (dict(objects=[dict(label="car", polygon=[[0, float("nan")], [1, 1]])]), "no number"),
            (dict(objects=[dict(label="car", polygon=[[40000, 1], [1, 1]])]), "farther than 32767"),
            (dict(objects=[dict(label="car", polygon=[[1, 2]] * 600_000)]), "600000 corners, more"),
            (dict(objects=[dict(label="car", polygon=[[1, 2, 3]])]), "is no polygon file"),
            (dict(objects=[dict(label="car", polygon=["ab"])]), "is no polygon file"),
            (dict(objects=None), "is no polygon file"),
        ],
    )
    def test_bounds(self, changes: dict, words: str, tmp_path: Path) -> None:
        begin = time.perf_counter()
        with pytest.raises(ValueError) as raised:
            self.read(polygons(**changes), tmp_path / "a_polygons.json")
        assert words in str(raised.value) and "a_polygons.json'" in str(raised.value)
        assert time.perf_counter() - begin < 5

    def test_any_damage_is_named(self, tmp_path: Path) -> None:
        path, draw = tmp_path / "a_polygons.json", random.Random(0)
        for _ in range(300):
            content = another_type(polygons(), draw)
            try:
                self.read(content, path)
            except ValueError as error:
                assert "a_polygons.json'" in str(error), content


class TestArchives:
    def pack(self, path: Path, method: int, name: str = "a/b.png") -> Path:
        data = np.random.default_rng(0).integers(0, 9, 4000).astype(np.uint8).tobytes()
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr(zipfile.ZipInfo(name), data, method)
        return path

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_any_damage_is_a_value_error(self, method: int, tmp_path: Path) -> None:
        path, draw = self.pack(tmp_path / "a.zip", method), random.Random(method)
        whole, expected = path.read_bytes(), read_member(path, "a/b.png")
        refused = 0
        for number in range(200):
            path = tmp_path / f"{number}.zip"  # archives are kept open by name
            path.write_bytes(damaged(whole, draw))
            try:
                names = list_members(path)
                members = [read_member(path, name) for name in names]
            except ValueError as error:
                assert "\n" not in str(error)
                refused += 1
            else:
                assert members in ([expected], [])
            path.unlink()
        assert refused > 150

    def test_backslashes(self, tmp_path: Path) -> None:
        path = self.pack(tmp_path / "w.zip", zipfile.ZIP_STORED, "a_b.png")
        path.write_bytes(path.read_bytes().replace(b"a_b.png", b"a\\b.png"))
        assert list_members(path) == ["a/b.png"]
        assert len(read_member(path, "a/b.png")) == 4000

    def test_a_member_that_would_fill_the_memory(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("b.png", b"")
        data = (tmp_path / "a.zip").read_bytes()
        at = data.index(b"PK\x01\x02")
        data = data[: at + 24] + struct.pack("<I", 1 << 30) + data[at + 28 :]
        (tmp_path / "a.zip").write_bytes(data)
        with pytest.raises(ValueError, match="declares 1073741824 bytes, more than 268435456"):
            read_member(tmp_path / "a.zip", "b.png")

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_a_member_that_expands_without_a_bound(self, method: int, tmp_path: Path) -> None:
        """zipfile bounds what Deflate gives, and nothing else: 4 kB of bzip2 make gigabytes."""
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
            archive.writestr("b.png", bytes(10**7))
        with pytest.raises(ValueError, match=r"is packed by (bzip2|LZMA); only Deflate is read"):
            read_member(tmp_path / "a.zip", "b.png")
