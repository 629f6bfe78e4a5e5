"""Data URIs hold the pictures they say."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from PIL import Image

from sympie_seg.report.parameter_svg import parameter_svgs
from sympie_seg.report.pictures import label_uri, photo_uri

PALETTE = [(10, 20, 30), (200, 100, 50)]


def decode(uri: str) -> np.ndarray:
    head, data = uri.split(",", 1)
    assert head in ("data:image/png;base64", "data:image/jpeg;base64")
    return np.asarray(Image.open(BytesIO(base64.b64decode(data))).convert("RGB"))


def test_label_maps_keep_their_exact_colours() -> None:
    labels = np.array([[0, 1, 255], [1, 0, -1]])
    expected = [[PALETTE[0], PALETTE[1], (0, 0, 0)], [PALETTE[1], PALETTE[0], (0, 0, 0)]]
    assert np.array_equal(decode(label_uri(labels, PALETTE, 100)), expected)


def test_shrinking_mixes_no_classes() -> None:
    labels = np.random.default_rng(0).integers(0, 2, (40, 80))
    small = decode(label_uri(labels, PALETTE, 20))
    assert small.shape == (10, 20, 3)
    assert {tuple(colour) for colour in small.reshape(-1, 3)} == set(PALETTE)


def test_more_than_256_colours() -> None:
    palette = [(i % 256, i // 256, 7) for i in range(300)]
    labels = np.arange(300).reshape(15, 20)
    assert np.array_equal(decode(label_uri(labels, palette, 100)).reshape(-1, 3), palette)


def test_photographs_are_rgb_and_shrunk() -> None:
    photo = np.zeros((60, 120, 3), np.uint8)
    photo[..., 0] = 200
    back = decode(photo_uri(photo, 40))
    assert back.shape == (20, 40, 3)
    assert np.abs(back.astype(int) - photo[0, 0]).max() < 12
    assert decode(photo_uri(photo[:, :, ::-1], 500)).shape == (60, 120, 3)


def test_parameters_as_drawings() -> None:
    values = [0.1 * i for i in range(37)]
    drawings = dict(parameter_svgs(values))
    assert list(drawings) == ["C_M", "C_S", "K"]
    assert [d.count("<rect") for d in drawings.values()] == [9, 3, 25]
    assert "row 1, column 3: 1.1000" in drawings["C_S"] and ">1.10<" in drawings["C_S"]
    small = parameter_svgs(values, cell=12)[2][1]
    assert "<text" not in small and "row 5, column 5: 3.6000" in small
