"""Displacement maps of the corruption that moves pixels, for the image and for its labels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import check_severity

Map = NDArray[np.float32]

ELASTIC_ALPHA = (12.5, 16.25, 21.25, 25.0, 30.0)
_RANGE_PER_HEIGHT = 0.005
_SIGMA_PER_SIDE = 0.01
_TRUNCATE = 3
_OUTSIDE = -1e6
# Below this sigma, in cells, noise interpolated from a coarse grid would show the grid.
_MIN_COARSE_SIGMA = 2.0


def elastic_maps(
    height: int, width: int, severity: int, rng: np.random.Generator
) -> tuple[Map, Map]:
    """Draw the map of :func:`~sympie_seg.corruptions.digital.elastic_transform`.

    Pixel (row, column) of the result comes from ``(map_y[row, column], map_x[row, column])`` of the
    input, which may lie outside (there the image is reflected). The displacement is uniform noise
    smoothed by a Gaussian whose sigma is 1 % of each side, so it is 1 to 3 pixels at any size and
    varies more slowly in larger images. In large images the noise lives on a coarser grid, with the
    variance that the smoothed fine noise would have.

    Args:
        height: Rows of the image.
        width: Columns of the image.
        severity: 1..5.
        rng: Source of the displacement.

    Returns:
        ``map_x`` and ``map_y``, float32, shape (height, width), as :func:`cv2.remap` takes them.

    Raises:
        ValueError: If a side is not positive or the severity does not exist.
    """
    check_severity(severity)
    if height < 1 or width < 1:
        raise ValueError(f"expected sides of at least 1 pixel, got {height} x {width}")
    reach = height * _RANGE_PER_HEIGHT * ELASTIC_ALPHA[severity - 1]
    map_x = _smooth_noise(height, width, reach, rng)
    map_y = _smooth_noise(height, width, reach, rng)
    map_x += np.arange(width, dtype=np.float32)
    map_y += np.arange(height, dtype=np.float32)[:, None]
    return map_x, map_y


def _smooth_noise(height: int, width: int, reach: float, rng: np.random.Generator) -> Map:
    """Smooth uniform noise within +-reach by a Gaussian of 1 % of each side."""
    cells, sigmas, gain = [], [], 1.0
    for side in (height, width):
        sigma = side * _SIGMA_PER_SIDE
        step = max(1, int(sigma / _MIN_COARSE_SIGMA))
        cells.append(-(-side // step))
        sigmas.append(sigma / step)
        # Each cell stands for the mean of that many independent pixels.
        gain /= np.sqrt(step)
    noise = rng.random(cells, dtype=np.float32)
    noise -= 0.5
    noise *= 2 * reach * gain
    size = [2 * int(_TRUNCATE * sigma + 0.5) + 1 for sigma in sigmas]
    # A sigma of 0 would make OpenCV choose its own; where size is 1, sigma does not matter.
    smooth = cv2.GaussianBlur(
        noise,
        (size[1], size[0]),
        sigmaX=sigmas[1],
        sigmaY=sigmas[0],
        borderType=cv2.BORDER_REFLECT,
    )
    if smooth.shape == (height, width):
        return np.asarray(smooth)
    result: Map = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_CUBIC)
    return result


def joined_map(before: Map | None, map_x: Map, map_y: Map) -> Map:
    """Say where the pixels of an image come from after one more move.

    Args:
        before: the map of the moves before, as this function gives it, or None for the first one.
        map_x: Column that each pixel comes from, float32, shape (H, W).
        map_y: Row that each pixel comes from, float32, shape (H, W).

    Returns:
        Float32, shape (H, W, 2): column and row in the first image; far outside of it for pixels that a move took from
        outside.
    """
    move = np.stack([map_x, map_y], axis=-1)
    if before is None:
        return move
    result: Map = cv2.remap(
        before,
        map_x,
        map_y,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(_OUTSIDE, _OUTSIDE),
    )
    return result


def move_labels(labels: NDArray[np.integer], map_x: Map, map_y: Map) -> NDArray[np.integer]:
    """Move a label map as the image was moved, by nearest neighbour.

    Args:
        labels: Any integer type, shape (H, W).
        map_x: Column that each pixel comes from, float32, shape (H, W).
        map_y: Row that each pixel comes from, float32, shape (H, W).

    Returns:
        A new array of the same type and shape, with only values that ``labels`` has.

    Raises:
        TypeError: If the labels are no integers.
        ValueError: If they are not (H, W), or the maps have another shape.
    """
    if not isinstance(labels, np.ndarray) or not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"expected an array of integers, got {getattr(labels, 'dtype', labels)}")
    if labels.ndim != 2 or labels.size == 0:
        raise ValueError(f"expected labels of shape (H, W), got {labels.shape}")
    if not map_x.shape == map_y.shape == labels.shape:
        raise ValueError(
            f"expected maps of shape {labels.shape} as the labels, got {map_x.shape}, {map_y.shape}"
        )
    # OpenCV has no 32 and 64 bit integers here, but moves any number of channels: halves travel
    # together, because nearest neighbour computes nothing.
    part = np.dtype(np.uint8 if labels.itemsize == 1 else np.uint16)
    parts = np.ascontiguousarray(labels).view(part).reshape(*labels.shape, -1)
    moved = cv2.remap(parts, map_x, map_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
    returned: NDArray[np.integer] = moved.reshape(labels.shape[0], -1).view(labels.dtype)
    return returned
