"""Frost, with textures that are generated instead of photographs.

ImageNet-C mixes in crops of six photographs of frost. Here each is replaced by a texture of
crystals with the photograph's mean colour, standard deviation of each channel and roughness, grown
from a fixed seed on first use.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption, saturate_uint8

FROST_IMAGE_AND_TEXTURE = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))


class FrostLook(NamedTuple):
    """What a texture should look like, on average over crops of 224 pixels.

    Attributes:
        mean: Mean of each channel.
        deviation: Standard deviation of each channel within a crop.
        gradient: Mean square of the difference of neighbours (both directions added), relative to
            the variance within a crop.
        octaves: Share of the variance in detail of 2, 4, 8, 16, 32 pixels and in the rest; the
            finest detail (1 pixel) takes what ``gradient`` asks for.
    """

    mean: tuple[int, int, int]
    deviation: tuple[int, int, int]
    gradient: float
    octaves: tuple[float, ...]


# Measured on the photographs at the size at which ImageNet-C crops them. Two of the six are equal.
_WHITE = FrostLook((198, 202, 211), (19, 20, 20), 0.61, (0.12, 0.10, 0.08, 0.06, 0.06, 0.50))
FROST_LOOKS = (
    FrostLook((78, 148, 165), (23, 14, 13), 0.65, (0.06, 0.04, 0.05, 0.07, 0.10, 0.60)),
    _WHITE,
    _WHITE,
    FrostLook((144, 159, 171), (25, 25, 27), 0.96, (0.15, 0.10, 0.06, 0.04, 0.06, 0.45)),
    FrostLook((101, 113, 125), (35, 35, 34), 0.77, (0.12, 0.12, 0.10, 0.08, 0.05, 0.40)),
    FrostLook((70, 90, 98), (31, 37, 43), 0.50, (0.10, 0.09, 0.09, 0.12, 0.14, 0.35)),
)
_TEXTURE_SHAPE = (480, 720)
_SEED = 20190327
# The directions of the needles are 60 degrees apart, as in ice.
_NEEDLE_ANGLES = (15.0, 75.0, 135.0)
_NEEDLE_LENGTH_AND_WIDTH = (2.4, 0.7)


def _needles(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw crystals about a pixel wide: where three fields of streaks cross, the highest wins.

    Returns:
        float32 of this shape, with mean 0 and standard deviation 1.
    """
    length, width = _NEEDLE_LENGTH_AND_WIDTH
    rows, columns = np.mgrid[-7:8, -7:8]
    field: NDArray[np.float32] | None = None
    for angle in _NEEDLE_ANGLES:
        cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        along, across = columns * cosine + rows * sine, rows * cosine - columns * sine
        kernel = np.exp(-0.5 * ((along / length) ** 2 + (across / width) ** 2))
        noise = rng.standard_normal(shape, dtype=np.float32)
        streaks = cv2.filter2D(noise, -1, kernel.astype(np.float32))
        field = streaks if field is None else np.maximum(field, streaks)
    assert field is not None  # there are angles
    return _standardise(field)


def _standardise(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shift and scale to mean 0 and standard deviation 1."""
    result: NDArray[np.float32] = (field - field.mean()) / field.std()
    return result


def _roughness(field: NDArray[np.float32]) -> float:
    """Mean square of the difference of neighbours, both directions added."""
    return sum(float((np.diff(field, axis=axis) ** 2).mean()) for axis in (0, 1))


def _tile_variance(field: NDArray[np.float32]) -> float:
    """Mean variance within the 2 x 3 square tiles of a texture, which are about as large as crops."""
    tiles = field.reshape(2, field.shape[0] // 2, 3, field.shape[1] // 3)
    return float(tiles.var(axis=(1, 3)).mean())


def _crystals(look: FrostLook, rng: np.random.Generator) -> NDArray[np.float32]:
    """Sum needles of all sizes, so that variance and roughness within crops are as wanted.

    Returns:
        float32, of the texture's shape, with mean 0 in the middle and mean variance 1 in the tiles.
    """
    height, width = _TEXTURE_SHAPE
    field = np.zeros(_TEXTURE_SHAPE, dtype=np.float32)
    for octave, share in enumerate(look.octaves, start=1):
        small = (height >> octave, width >> octave)
        large = cv2.resize(_needles(small, rng), (width, height), interpolation=cv2.INTER_CUBIC)
        field += math.sqrt(share) * _standardise(large)
    fine = _needles(_TEXTURE_SHAPE, rng)
    # Solve for the share of the finest needles: roughness and variance both add up.
    excess_coarse = look.gradient * _tile_variance(field) - _roughness(field)
    excess_fine = _roughness(fine) - look.gradient * _tile_variance(fine)
    share = excess_coarse / (excess_coarse + excess_fine)
    field = math.sqrt(1 - share) * field + math.sqrt(share) * fine
    # Most crops have most of the middle in them.
    field -= field[height // 4 : -height // 4, width // 4 : -width // 4].mean()
    return field / math.sqrt(_tile_variance(field))


@functools.cache
def frost_texture(index: int) -> Image:
    """Grow one of the six textures, the same every time.

    Args:
        index: 0..5.

    Returns:
        RGB uint8, shape (480, 720, 3), not writable.
    """
    look = FROST_LOOKS[index]
    field = _crystals(look, np.random.default_rng((_SEED, index)))
    texture = saturate_uint8(field[..., None] * np.array(look.deviation) + np.array(look.mean))
    texture.setflags(write=False)
    return texture


@corruption
def frost(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Mix in a random crop of a texture of frost.

    Source: ImageNet-C; weights of image and texture from imagecorruptions-imaug 1.1.5. Differs on
    purpose: the textures are generated (with the colours, contrast and roughness of the six
    photographs there), crops are also mirrored, and the result is rounded, not truncated. As there,
    a texture smaller than the image is enlarged.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the texture's number and place.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    texture = frost_texture(int(rng.integers(len(FROST_LOOKS))))
    crop = _random_crop(texture, image.shape[:2], rng)
    of_image, of_texture = FROST_IMAGE_AND_TEXTURE[severity - 1]
    result: Image = cv2.addWeighted(image, of_image, crop, of_texture, 0)
    return result


# A little larger than it need be, so that a crop of the full height still has a choice of place.
_MARGIN = 1.1


def _random_crop(texture: Image, shape: tuple[int, int], rng: np.random.Generator) -> Image:
    """Cut a random piece out of a texture, at its own scale or as much larger as needed.

    Only the piece is enlarged, not the whole texture.
    """
    height, width = shape
    scale = max(1.0, _MARGIN * height / texture.shape[0], _MARGIN * width / texture.shape[1])
    rows, columns = math.ceil(height / scale), math.ceil(width / scale)
    top = int(rng.integers(texture.shape[0] - rows, endpoint=True))
    left = int(rng.integers(texture.shape[1] - columns, endpoint=True))
    piece = texture[top : top + rows, left : left + columns]
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    if (rows, columns) == (height, width):
        return np.ascontiguousarray(piece)
    result: Image = cv2.resize(
        np.ascontiguousarray(piece), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return result
