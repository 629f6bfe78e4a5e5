"""Names, order and error messages of the corruption registry."""

from __future__ import annotations

import numpy as np
import pytest

from sympie_seg.corruptions import CORRUPTIONS, GROUPS, TRAINING, corrupt

IMAGENET_C = (
    "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow",
    "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression",
)  # fmt: skip
EXTRA = ("speckle_noise", "gaussian_blur", "spatter", "saturate")
COLOUR = ("darken", "sunset", "night", "white_point")

IMAGE = np.full((8, 8, 3), 100, np.uint8)
RNG = np.random.default_rng(0)


def test_names_in_order() -> None:
    assert GROUPS["imagenet_c"] == IMAGENET_C
    assert (*IMAGENET_C, *EXTRA, *COLOUR) == TRAINING and len(TRAINING) == 23
    assert [len(GROUPS[name]) for name in ("imagenet_c_bar", "driving")] == [10, 8]
    assert tuple(CORRUPTIONS) == tuple(name for group in GROUPS.values() for name in group)
    assert len(CORRUPTIONS) == 15 + 4 + 4 + 10 + 8


def test_corrupt_calls_the_function_of_that_name() -> None:
    for name, function in CORRUPTIONS.items():
        expected = function(IMAGE, 4, np.random.default_rng(3))
        np.testing.assert_array_equal(corrupt(IMAGE, name, 4, np.random.default_rng(3)), expected)


def test_every_function_says_where_it_is_from() -> None:
    for name in (*TRAINING, *GROUPS["imagenet_c_bar"]):
        function = CORRUPTIONS[name]
        assert "Source: " in (function.__doc__ or "")


@pytest.mark.parametrize("name", ["fgo", None, ["fog"]])
def test_unknown_name_lists_what_exists(name: object) -> None:
    with pytest.raises(
        ValueError, match=r"unknown corruption .*gaussian_noise.*white_point.*sparkles.*driving_fog"
    ):
        corrupt(IMAGE, name, 1, RNG)


@pytest.mark.parametrize("severity", [-1, 6, 2.0, True, "3", None])
def test_unknown_severity_lists_what_exists(severity: object) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1, 2, 3, 4, 5\], got"):
        corrupt(IMAGE, "fog", severity, RNG)


def test_functions_refuse_severity_zero() -> None:
    with pytest.raises(ValueError, match=r"\[1, 2, 3, 4, 5\], got 0"):
        CORRUPTIONS["fog"](IMAGE, 0, RNG)


def test_numpy_integer_is_a_severity() -> None:
    assert (corrupt(IMAGE, "darken", np.int64(1), RNG) == 50).all()


@pytest.mark.parametrize("severity", [0, 1])
@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        ([[0]], TypeError, "numpy array.*list"),
        (np.zeros((8, 8, 3), np.float32), TypeError, "uint8.*float32"),
        (np.zeros((8, 8), np.uint8), ValueError, r"\(8, 8\).*grey"),
        (np.zeros((8, 8, 4), np.uint8), ValueError, r"\(8, 8, 4\)"),
        (np.zeros((0, 8, 3), np.uint8), ValueError, r"\(0, 8, 3\)"),
    ],
)
def test_wrong_images(image: object, error: type, message: str, severity: int) -> None:
    with pytest.raises(error, match=message):
        corrupt(image, "fog", severity, RNG)
