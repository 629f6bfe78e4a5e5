"""Fog that thickens with distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.driving.air import extinction, see_through
from sympie_seg.corruptions.driving.light import to_light, to_pixels
from sympie_seg.corruptions.driving.patches import draw_patches
from sympie_seg.corruptions.driving.scene import draw_horizon, row_depths

#: Metres of meteorological optical range; fog is what leaves less than 1000 m (WMO).
FOG_VISIBILITY = (400.0, 240.0, 150.0, 95.0, 60.0)
FOG_AIR = (0.55, 0.75)
FOG_TINT = 0.03
FOG_UNEVENNESS = 0.25
FOG_BANK = (0.25, 0.7)


def _check_depth(depth: NDArray[np.floating], shape: tuple[int, int]) -> None:
    """Raise unless ``depth`` holds a distance for each pixel."""
    if not isinstance(depth, np.ndarray) or depth.shape != shape:
        raise ValueError(
            f"expected a depth map of shape {shape}, got {getattr(depth, 'shape', type(depth))}"
        )
    # Written so that NaN is refused as well; infinity is what the sky may have.
    if not (depth >= 0).all():
        raise ValueError("expected depths of at least 0 metres, got negative ones or NaN")


@corruption
def driving_fog(
    image: Image,
    severity: int,
    rng: np.random.Generator,
    *,
    depth: NDArray[np.floating] | None = None,
) -> Image:
    """See the picture through fog that is denser the further away things are.

    Koschmieder's law in linear light with an optical range of 400, 240, 150, 95 or 60 m. Without a
    depth map a row's distance is that of a flat road, and everything above the horizon is far.
    Drawn: the horizon, the light of the fog and its banks (extinction within +-25 %). Not
    albumentations' ``add_fog``, which draws discs regardless of distance and blurs all.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of horizon, light and banks.
        depth: Distances in metres, at least 0, infinite allowed, shape (H, W).

    Returns:
        RGB uint8, shape (H, W, 3).

    Raises:
        TypeError: If the image is no uint8 array.
        ValueError: If a shape is wrong, the severity does not exist, or a depth is negative or NaN.
    """
    height, width = image.shape[:2]
    horizon = draw_horizon(rng)
    if depth is None:
        depth = row_depths(height, horizon)
    else:
        _check_depth(depth, (height, width))
    air = rng.uniform(*FOG_AIR) * (1 + rng.uniform(-FOG_TINT, FOG_TINT) * np.array([-1, 0, 1]))
    banks = draw_patches(height, width, FOG_BANK, rng)
    banks *= 2 * FOG_UNEVENNESS
    banks += 1 - FOG_UNEVENNESS
    banks *= extinction(FOG_VISIBILITY[severity - 1])
    return to_pixels(see_through(to_light(image), banks * depth, air))
