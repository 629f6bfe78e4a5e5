"""Weather corruptions with ImageNet-C's constants (Hendrycks and Dietterich, 2019)."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.blur import motion_kernel

FOG_AMOUNT_AND_DECAY = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))


def plasma_fractal(size: int, decay: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Grow a cloud by the diamond-square algorithm on a torus.

    Args:
        size: Side of the map, a power of two.
        decay: How fast finer detail fades: uniform noise of amplitude ``1 / decay**2`` relative to
            the level before (ImageNet-C scales both the noise and its range, hence the square).
        rng: Source of the noise.

    Returns:
        float32, shape (size, size), with minimum 0 and maximum 1 (all 0 where size is 1).
    """
    cloud = np.zeros((1, 1), dtype=np.float32)
    amplitude = 1.0
    while len(cloud) < size:
        cloud = _refine(cloud, amplitude, rng)
        amplitude /= decay**2
    cloud -= cloud.min()
    result: NDArray[np.float32] = cloud / max(float(cloud.max()), float(np.finfo(np.float32).tiny))
    return result


def _refine(
    corners: NDArray[np.float32], amplitude: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Double the resolution: first the centres of the squares, then the middles of their sides."""
    side = len(corners)
    noise = rng.random((3, side, side), dtype=np.float32)
    noise -= 0.5
    noise *= 2 * amplitude
    below = np.roll(corners, -1, axis=0)
    right = np.roll(corners, -1, axis=1)
    centres = (corners + below + right + np.roll(below, -1, axis=1)) / 4 + noise[0]
    fine = np.empty((2 * side, 2 * side), dtype=np.float32)
    fine[::2, ::2] = corners
    fine[1::2, 1::2] = centres
    fine[1::2, ::2] = (corners + below + centres + np.roll(centres, 1, axis=1)) / 4 + noise[1]
    fine[::2, 1::2] = (corners + right + centres + np.roll(centres, 1, axis=0)) / 4 + noise[2]
    return fine


@corruption
def fog(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Add a random cloud, then scale back so that the brightest value could stay where it was.

    Source: ImageNet-C. Differs on purpose in two ways: the cloud is generated at the next power of
    two of the longer side (ImageNet-C: always 256, too small for street scenes) and cropped; the
    result is rounded, not truncated. Not albumentations' ``RandomFog``, which draws discs.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the cloud.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    amount, decay = FOG_AMOUNT_AND_DECAY[severity - 1]
    height, width = image.shape[:2]
    size = 1 << (max(height, width) - 1).bit_length()
    cloud = plasma_fractal(size, decay, rng)[:height, :width]
    brightest = float(image.max()) / 255
    gain = brightest / (brightest + amount)
    haze = cv2.merge([cloud * np.float32(255 * amount * gain)] * 3)
    result: Image = cv2.addWeighted(image.astype(np.float32), gain, haze, 1, 0, dtype=cv2.CV_8U)
    return result


BRIGHTNESS_SHIFT = (0.1, 0.2, 0.3, 0.4, 0.5)


@corruption
def brightness(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Raise the value of HSV, hue and saturation kept.

    Source: ImageNet-C. Computed by OpenCV in float: its uint8 HSV has only 180 hues. Differs in
    that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the change is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    hsv = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 2] = np.minimum(hsv[..., 2] + BRIGHTNESS_SHIFT[severity - 1], 1)
    result: Image = cv2.multiply(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), (255,) * 4, dtype=cv2.CV_8U)
    return result


class SnowSetting(NamedTuple):
    """One severity of :func:`snow`; densities relative to a full scale of 1."""

    mean: float
    deviation: float
    zoom: float
    threshold: float
    radius: int
    sigma: int
    of_image: float


SNOW_SETTINGS = (
    SnowSetting(0.1, 0.3, 3, 0.5, 10, 4, 0.8),
    SnowSetting(0.2, 0.3, 2, 0.5, 12, 4, 0.7),
    SnowSetting(0.55, 0.3, 4, 0.9, 12, 8, 0.7),
    SnowSetting(0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
    SnowSetting(0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
)
SNOW_ANGLES = (-135.0, -45.0)


def _flakes(
    height: int, width: int, setting: SnowSetting, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw enlarged noise, keep its peaks, smear them along the fall.

    Returns:
        uint8, shape (height, width).
    """
    rows, columns = (math.ceil(side / setting.zoom) for side in (height, width))
    noise = rng.standard_normal((rows, columns), dtype=np.float32)
    noise *= 255 * setting.deviation
    noise += 255 * setting.mean
    # First and last cells lie on the first and last pixels of the enlarged layer, which may be a
    # pixel larger than the image, as in ImageNet-C.
    enlarged = np.rint(np.array([columns, rows]) * setting.zoom)
    step_x, step_y = np.array([columns - 1, rows - 1]) / np.maximum(enlarged - 1, 1)
    layer = cv2.warpAffine(
        noise,
        np.array([[step_x, 0, 0], [0, step_y, 0]]),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    _, layer = cv2.threshold(layer, 255 * setting.threshold, 0, cv2.THRESH_TOZERO)
    kernel, anchor = motion_kernel(setting.radius, setting.sigma, rng.uniform(*SNOW_ANGLES))
    return _smear(np.clip(layer, 0, 255), kernel, anchor)


_ROWS_AT_ONCE = 64


def _smear(
    layer: NDArray[np.float32], kernel: NDArray[np.float32], anchor: tuple[int, int]
) -> NDArray[np.uint8]:
    """Correlate with a kernel that is 0 but for a line, border pixels repeated.

    OpenCV's filter takes large kernels by a Fourier transform: several times slower than adding up
    two dozen shifted copies, some rows at a time so that they stay in the processor's cache.

    Args:
        layer: Values in 0..255, shape (H, W).
        kernel: Weights.
        anchor: Column and row of the weight of the pixel itself.

    Returns:
        uint8, shape (H, W), rounded.
    """
    height, width = layer.shape
    left, top = anchor
    bottom, right = kernel.shape[0] - 1 - top, kernel.shape[1] - 1 - left
    padded = cv2.copyMakeBorder(layer, top, bottom, left, right, cv2.BORDER_REPLICATE)
    total = np.zeros_like(layer)
    taps = [(row, column, float(kernel[row, column])) for row, column in np.argwhere(kernel)]
    for start in range(0, height, _ROWS_AT_ONCE):
        part = total[start : start + _ROWS_AT_ONCE]
        for row, column, weight in taps:
            first = start + row
            shifted = padded[first : first + len(part), column : column + width]
            cv2.scaleAdd(shifted, weight, part, dst=part)
    result: NDArray[np.uint8] = cv2.convertScaleAbs(total)
    return result


@corruption
def snow(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Whiten the image, then add a layer of falling flakes and the same layer upside down.

    Source: ImageNet-C; constants from imagecorruptions-imaug 1.1.5. Differs in that the result is
    rounded, not truncated. Not albumentations' ``RandomSnow``, which draws no flakes.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the flakes.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    setting = SNOW_SETTINGS[severity - 1]
    height, width = image.shape[:2]
    flakes = _flakes(height, width, setting, rng)
    flakes = cv2.add(flakes, cv2.rotate(flakes, cv2.ROTATE_180))
    # x -> a x + (1 - a) max(x, 1.5 grey + .5) is max(x, a x + (1 - a) (1.5 grey + .5)).
    white = (1 - setting.of_image) * (1.5 * np.arange(256) + 127.5)
    haze = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), white.astype(np.float32))
    haze = cv2.add(haze, flakes, dtype=cv2.CV_32F)
    whitened = cv2.addWeighted(
        image.astype(np.float32), setting.of_image, cv2.merge([haze] * 3), 1, 0, dtype=cv2.CV_8U
    )
    result: Image = cv2.max(whitened, cv2.add(image, cv2.merge([flakes] * 3)))
    return result


class SpatterSetting(NamedTuple):
    """One severity of :func:`spatter`; heights of the liquid relative to a full scale of 1.

    ``strength`` is the opacity of the thickest water, or the sigma that rounds patches of mud.
    """

    mean: float
    deviation: float
    sigma: int
    threshold: float
    strength: float


SPATTER_SETTINGS = (
    SpatterSetting(0.65, 0.3, 4, 0.69, 0.6),
    SpatterSetting(0.65, 0.3, 3, 0.68, 0.6),
    SpatterSetting(0.65, 0.3, 2, 0.68, 0.5),
    SpatterSetting(0.65, 0.3, 1, 0.65, 1.5),
    SpatterSetting(0.67, 0.4, 1, 0.65, 1.5),
)
SPATTER_MUD_FROM = 4
WATER_COLOUR = (175, 238, 238)
MUD_COLOUR = (63, 42, 20)


def _smoothed(layer: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Convolve with a Gaussian, cut off at 4 standard deviations, border pixels repeated."""
    size = 2 * int(4 * sigma + 0.5) + 1
    result: NDArray[np.float32] = cv2.GaussianBlur(
        layer, (size, size), sigma, borderType=cv2.BORDER_REPLICATE
    )
    return result


def _liquid_noise(
    shape: tuple[int, int], setting: SpatterSetting, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw noise that is normal once it is smoothed."""
    if setting.sigma == 1:
        noise = rng.standard_normal(shape, dtype=np.float32)
        return noise * np.float32(setting.deviation)
    # The sum over a wider kernel is normal whatever the noise, and uniform noise is drawn faster.
    noise = rng.random(shape, dtype=np.float32)
    noise -= 0.5
    return noise * np.float32(math.sqrt(12) * setting.deviation)


def _water_opacity(liquid: NDArray[np.float32], strength: float) -> NDArray[np.float32]:
    """Light drops from one side, by the distance to their rims.

    Args:
        liquid: Height of the water, 0..255 and 0 where there is none, shape (H, W).
        strength: Opacity where it is greatest.

    Returns:
        float32, shape (H, W), in 0..strength.
    """
    drops = np.clip(liquid, 0, 255).astype(np.uint8)
    distance = cv2.distanceTransform(255 - cv2.Canny(drops, 50, 150), cv2.DIST_L2, 5)
    relief = cv2.blur(np.minimum(distance, 20), (3, 3)).astype(np.uint8)
    slope = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], dtype=np.float32)
    relief = cv2.blur(cv2.filter2D(cv2.equalizeHist(relief), cv2.CV_8U, slope), (3, 3))
    opacity = cv2.multiply(drops, relief, dtype=cv2.CV_32F)
    # Few pixels may have no drop at all: then the image stays as it is.
    returned: NDArray[np.float32] = opacity * np.float32(strength / max(float(opacity.max()), 1.0))
    return returned


@corruption
def spatter(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Cover with drops of water (severity 1 to 3) or patches of mud (4 and 5).

    Source: ImageNet-C's extra set; constants from imagecorruptions-imaug 1.1.5. As there, drops
    have the same size in pixels in images of all sizes. Differs in that the result is rounded, not
    truncated. Not albumentations' ``Spatter``, which needs dozens of pixels and other constants.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the drops.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    setting = SPATTER_SETTINGS[severity - 1]
    liquid = _smoothed(_liquid_noise(image.shape[:2], setting, rng), setting.sigma)
    liquid += setting.mean
    if severity < SPATTER_MUD_FROM:
        _, drops = cv2.threshold(255 * liquid, 255 * setting.threshold, 0, cv2.THRESH_TOZERO)
        opacity = _water_opacity(drops, setting.strength)
        water = cv2.merge([opacity * colour for colour in WATER_COLOUR])
        wet: Image = cv2.add(image, water, dtype=cv2.CV_8U)
        return wet
    cover = _smoothed((liquid > setting.threshold).astype(np.float32), setting.strength)
    _, cover = cv2.threshold(cover, 0.8, 0, cv2.THRESH_TOZERO)
    mud = np.full_like(image, MUD_COLOUR)
    result: Image = cv2.blendLinear(image, mud, 1 - cover, cover)
    return result
