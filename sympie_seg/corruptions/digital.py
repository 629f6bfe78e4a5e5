"""Digital corruptions with ImageNet-C's constants (Hendrycks and Dietterich, 2019)."""

from __future__ import annotations

import cv2
import numpy as np

from sympie_seg.corruptions._common import Image, apply_curves, corruption
from sympie_seg.corruptions.geometry import elastic_maps

CONTRAST_FACTOR = (0.4, 0.3, 0.2, 0.1, 0.05)


@corruption
def contrast(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Shrink the distance of each value to its channel's mean.

    Source: ImageNet-C. Differs in that the result is rounded, not truncated. Not albumentations'
    contrast, which is about the mean of the grey image.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the change is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    mean = np.array(cv2.mean(image)[:3])
    values = np.arange(256)[:, None]
    return apply_curves(image, (values - mean) * CONTRAST_FACTOR[severity - 1] + mean)


SATURATE_FACTOR_AND_SHIFT = ((0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2))


@corruption
def saturate(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Scale and shift the saturation of HSV: paler at severity 1 and 2, garish from 3 on.

    Source: ImageNet-C's extra set. As there, exact grey counts as red and takes on red where the
    shift is not 0. Differs in that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the change is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    factor, shift = SATURATE_FACTOR_AND_SHIFT[severity - 1]
    hsv = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * factor + shift, 0, 1)
    result: Image = cv2.multiply(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), (255,) * 4, dtype=cv2.CV_8U)
    return result


JPEG_QUALITY = (25, 18, 15, 10, 7)


@corruption
def jpeg_compression(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Write and read back as a JPEG of low quality.

    Source: ImageNet-C (there through Pillow). Not albumentations' ``ImageCompression``: it hands
    RGB to OpenCV as if it were BGR, so red and blue swap their weights in the luminance.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the change is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY[severity - 1]))
    result: Image = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return result


PIXELATE_SCALE = (0.6, 0.5, 0.4, 0.3, 0.25)


@corruption
def pixelate(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Shrink by averaging, then enlarge by repeating pixels.

    Source: ImageNet-C (there Pillow's box filter both ways). Differs in that OpenCV's area filter
    weighs pixels by how much of them the box covers, where Pillow rounds the box's ends.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the change is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    scale = PIXELATE_SCALE[severity - 1]
    small_size = (max(1, int(width * scale)), max(1, int(height * scale)))
    small = cv2.resize(image, small_size, interpolation=cv2.INTER_AREA)
    result: Image = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return result


@corruption
def elastic_transform(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Move each pixel by a smooth random displacement of 1 to 3 pixels.

    Source: ImageNet-C; constants from imagecorruptions-imaug 1.1.5 (no affine part, as there). The
    labels can be moved alike: :mod:`sympie_seg.corruptions.geometry`. Differs in that the result is
    rounded, not truncated, and that positions are rounded to 1/32 pixel. Not albumentations'
    ``ElasticTransform``: its noise has one sigma for both axes.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the displacement.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    map_x, map_y = elastic_maps(height, width, severity, rng)
    result: Image = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return result
