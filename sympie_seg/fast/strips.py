"""The warp on the CPU: row strips that stay in the cache, through OpenCV's vectorised filters.

One pass over memory: a strip of the image is read, mixed and filtered in small buffers, then clipped straight into
the tensor that the network gets. Planes rather than pixels, since the images come and go as (3, H, W).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..enhancer.parameters import KERNEL_SIZE
from .affine import FoldedWarp
from .scratch import scratch
from .workers import run_all

_HALO = KERNEL_SIZE // 2
# Measured at 1920 x 1080: smaller strips repeat more rows at their seams, larger ones leave the cache.
_STRIP_PIXELS = 200_000
_PER_THREAD = 3  # strips at least, while they have some tens of thousands of pixels
_LEAST_PIXELS = 30_000


class WarpJob(NamedTuple):
    """One image to be warped.

    Attributes:
        source: (3, H, W), any real type.
        out: (3, H, W) float32, written to; it may be a part of a larger array.
        folded: what to do.
    """

    source: NDArray
    out: NDArray[np.float32]
    folded: FoldedWarp


class _Strip(NamedTuple):
    job: WarpJob
    first: int
    last: int


def warp_planes(jobs: Sequence[WarpJob], threads: int = 1) -> None:
    """Warp images; all of them share the threads.

    Args:
        jobs: images and where they go.
        threads: how many may compute at the same time, 1 or more.
    """
    strips = [strip for job in jobs for strip in _cut(job, threads)]
    run_all(_warp_strip, strips, min(threads, len(strips)))


def _cut(job: WarpJob, threads: int) -> list[_Strip]:
    height, width = job.source.shape[1:]
    pixels = height * width
    parts = max(pixels / _STRIP_PIXELS, min(pixels / _LEAST_PIXELS, _PER_THREAD * threads), 1)
    edges = np.linspace(0, height, min(round(parts), height) + 1).round().astype(int)
    return [_Strip(job, int(a), int(b)) for a, b in pairwise(edges)]


def _warp_strip(strip: _Strip) -> None:
    source, out, folded = strip.job
    height, width = source.shape[1:]
    halo = 0 if folded.pointwise else _HALO
    top, bottom = max(strip.first - halo, 0), min(strip.last + halo, height)
    shape = (bottom - top, width)
    inner = slice(strip.first - top, strip.last - top)
    planes = _as_float(source[:, top:bottom])
    mixed = scratch.take("mixed", *shape)
    filtered = mixed if folded.pointwise else scratch.take("filtered", *shape)
    for channel in range(3):
        red, green, blue = folded.matrix[channel]
        cv2.addWeighted(planes[0], red, planes[1], green, folded.offset[channel], dst=mixed)
        cv2.scaleAdd(planes[2], blue, mixed, dst=mixed)
        if not folded.pointwise:
            # At the image's edges the border is the method's zeros; at seams it spoils halo rows only.
            cv2.filter2D(
                mixed, -1, folded.kernel, dst=filtered, delta=folded.delta[channel],
                borderType=cv2.BORDER_CONSTANT,
            )  # fmt: skip
        np.clip(
            filtered[inner], folded.low[channel], folded.high[channel],
            out=out[channel, strip.first : strip.last],
        )  # fmt: skip


def _as_float(planes: NDArray) -> NDArray[np.float32]:
    if planes.dtype == np.float32 and all(plane.flags.c_contiguous for plane in planes):
        return planes
    converted = scratch.take("planes", *planes.shape)
    np.copyto(converted, planes, casting="same_kind")
    return converted
