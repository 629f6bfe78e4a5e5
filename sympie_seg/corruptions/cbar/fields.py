"""Random fields: coloured noise, Perlin's turbulence and warped plasma."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions.cbar._scale import Field


def coloured_noise(
    shape: tuple[int, int],
    gain: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    rng: np.random.Generator,
) -> Field:
    """Filter white Gaussian noise in the Fourier domain.

    Args:
        shape: Rows and columns.
        gain: Amplitude for each frequency, given in cycles per shorter side.
        rng: Source of the noise.

    Returns:
        float32, of this shape, with standard deviation 1 (0 for a single pixel); the mean is what the gain leaves at 0.
    """
    white = rng.standard_normal(shape, dtype=np.float32)
    rows = np.fft.fftfreq(shape[0])[:, None] * min(shape)
    columns = np.fft.rfftfreq(shape[1]) * min(shape)
    spectrum = np.fft.rfft2(white) * gain(np.hypot(rows, columns)).astype(np.float32)
    noise = np.fft.irfft2(spectrum, s=shape).astype(np.float32, copy=False)
    # A single pixel has no deviation to bring to 1.
    return noise / (float(noise.std()) or 1.0)


def _smooth_step(values: Field) -> Field:
    """Go from 0 to 1 with slope 0 at both ends."""
    return values * values * (3 - 2 * values)


def _along_axis(count: int, spacing: float) -> tuple[NDArray[np.intp], Field]:
    """Find the lattice cell and the place in it, 0 to 1, of each of ``count`` points."""
    positions = np.arange(count) / spacing
    cells = np.floor(positions).astype(np.intp)
    return cells, (positions - cells).astype(np.float32)


def gradient_noise(shape: tuple[int, int], spacing: float, rng: np.random.Generator) -> Field:
    """Draw Perlin's gradient noise: 0 at the points of a lattice, with a random slope at each.

    Interpolates along rows on the lattice's own few rows first, only then between those.

    Args:
        shape: Rows and columns.
        spacing: Side of a lattice cell, in pixels.
        rng: Source of the slopes.

    Returns:
        float32, of this shape, within +-1.1.
    """
    row, down = _along_axis(shape[0], spacing)
    column, right = _along_axis(shape[1], spacing)
    angles = rng.random((row[-1] + 2, column[-1] + 2), dtype=np.float32) * np.float32(2 * math.pi)
    slope_x, slope_y = np.cos(angles), np.sin(angles)
    weight = _smooth_step(right)
    rises = (1 - weight) * right * slope_x[:, column]
    rises += weight * (right - 1) * slope_x[:, column + 1]
    slopes = (1 - weight) * slope_y[:, column] + weight * slope_y[:, column + 1]
    down = down[:, None]
    weight = _smooth_step(down)
    field = (1 - weight) * (rises[row] + down * slopes[row])
    field += weight * (rises[row + 1] + (down - 1) * slopes[row + 1])
    result: Field = 1.5 * field
    return result


def turbulence(
    shape: tuple[int, int], spacing: float, octaves: int, rng: np.random.Generator
) -> Field:
    """Sum the absolute values of gradient noise, each octave twice as fine and half as strong.

    Args:
        shape: Rows and columns.
        spacing: Side of the coarsest lattice cell, in pixels.
        octaves: How many.
        rng: Source of the noise.

    Returns:
        float32, of this shape, at least 0.
    """
    total = np.zeros(shape, dtype=np.float32)
    for octave in range(octaves):
        total += np.abs(gradient_noise(shape, spacing / 2**octave, rng)) / 2**octave
    return total


def plasma(
    shape: tuple[int, int],
    scale: float,
    time: float,
    iterations: int,
    sharpness: float,
) -> Field:
    """Warp the plane by ever finer sine waves, and colour it by sines of where points end up.

    Args:
        shape: Rows and columns.
        scale: Pixels per radian of the coarsest wave.
        time: Phase of all waves.
        iterations: How many waves; each is 1.93 times finer than the one before.
        sharpness: How slowly finer waves fade: their strength falls by ``2.25 - sharpness``.

    Returns:
        float32, shape (rows, columns, 3), within -1..1.
    """
    step = np.float32(1 / scale)
    x = np.broadcast_to(np.arange(shape[1], dtype=np.float32) * step, shape)
    y = np.broadcast_to(np.arange(shape[0], dtype=np.float32)[:, None] * step, shape)
    frequency, slowness, fading = 1.0, 1.0, 1.0
    for _ in range(iterations):
        push_x = np.cos(y * frequency + time / slowness) / fading
        push_y = np.sin(x * frequency + time / slowness) / fading
        x, y = x + push_x - 0.3 * push_y, y + push_y + 0.3 * push_x
        frequency *= 1.93
        slowness *= 1.15
        fading *= 2.25 - sharpness
    green = np.sin((x + y + math.sin(time)) * 0.5)
    return np.stack([np.sin(x - time), green, np.sin(y + time)], axis=-1)
