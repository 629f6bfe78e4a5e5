"""The warp on CUDA: one Triton kernel, uint8 in and the network's input out.

Each program makes a row of pixels in all three channels. It filters before it mixes, which is cheaper; so that the
border is the method's (zeros after mixing), it also adds up the kernel's entries that fall inside the image, and
multiplies the offset by their sum.

No GPU has run this kernel: it was tested in Triton's interpreter only.

`works` therefore compares it on every device with the plain warp, once, before it is used; where it fails for whatever
reason, the plain modules do the work.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

import torch
from torch import Tensor

from ..enhancer.dwm import warp
from ..enhancer.parameters import WarpParameters
from .affine import NORMALIZED, FoldedWarp, fold

try:
    import triton
    import triton.language as tl
except ImportError:  # not on every platform
    triton = None

_BLOCK = 256


@lru_cache
def works(device: torch.device) -> bool:
    """Whether the kernel compiles on this device and equals the plain warp there within 1e-4."""
    if triton is None:
        return False
    try:
        return _equals_the_plain_warp(device)
    except Exception as error:  # whatever a compiler may raise
        warnings.warn(
            f"the fast warp does not run on {device} ({type(error).__name__}: {error}); the plain one does",
            stacklevel=2,
        )
        return False


def warp_image(image: Tensor, out: Tensor, folded: FoldedWarp) -> None:
    """Warp one image.

    Args:
        image: (3, H, W), any real type and strides.
        out: (3, H, W) float32 on the same device, any strides; written to.
        folded: what to do.
    """
    height, width = image.shape[1:]
    grid = (triton.cdiv(height * width, _BLOCK),)
    table = _table(folded).to(image.device)
    _warp_kernel[grid](
        image, out, table, height, width, *image.stride(), *out.stride(), BLOCK=_BLOCK
    )


def _table(folded: FoldedWarp) -> Tensor:
    """Join all numbers: matrix 0..8, offset 9..11, kernel 12..36, delta 37..39, low 40..42, high 43..45."""
    parts = (folded.matrix, folded.offset, folded.kernel, folded.delta, folded.low, folded.high)
    return torch.cat([torch.from_numpy(part).flatten().float() for part in parts])


def _equals_the_plain_warp(device: torch.device) -> bool:
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(3, 9, 70, generator=generator)
    vector = WarpParameters.identity(1).to_vector()
    parameters = WarpParameters.from_vector(vector + 0.3 * torch.randn(1, 37, generator=generator))
    out = torch.empty(3, 9, 70, device=device)
    (folded,) = fold(parameters, NORMALIZED, NORMALIZED)
    warp_image(image.to(device), out, folded)
    expected = warp(image[None], parameters, clamp=True)[0]
    return bool((out.cpu() - expected).abs().max() <= 1e-4)


if triton is not None:

    @triton.jit
    def _warp_kernel(  # type: ignore[no-untyped-def]  # Triton reads what annotations there are as types of its own
        image, out, table, height, width,
        in_plane, in_row, in_column, out_plane, out_row, out_column, BLOCK: tl.constexpr,
    ):  # fmt: skip
        pixel = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        row, column = pixel // width, pixel % width
        red = tl.zeros((BLOCK,), tl.float32)
        green = tl.zeros((BLOCK,), tl.float32)
        blue = tl.zeros((BLOCK,), tl.float32)
        covered = tl.zeros((BLOCK,), tl.float32)
        for tap in tl.static_range(25):
            y, x = row + (tap // 5 - 2), column + (tap % 5 - 2)
            inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            weight = tl.load(table + 12 + tap)
            address = image + y * in_row + x * in_column
            red += weight * tl.load(address, mask=inside, other=0).to(tl.float32)
            green += weight * tl.load(address + in_plane, mask=inside, other=0).to(tl.float32)
            blue += weight * tl.load(address + 2 * in_plane, mask=inside, other=0).to(tl.float32)
            covered += tl.where(inside, weight, 0.0)
        for channel in tl.static_range(3):
            first = table + 3 * channel
            mixed = tl.load(first) * red + tl.load(first + 1) * green + tl.load(first + 2) * blue
            value = mixed + tl.load(table + 9 + channel) * covered + tl.load(table + 37 + channel)
            low, high = tl.load(table + 40 + channel), tl.load(table + 43 + channel)
            # Not minimum and maximum, which would make a bound of NaN.
            value = tl.where(value < low, low, tl.where(value > high, high, value))
            address = out + channel * out_plane + row * out_row + column * out_column
            tl.store(address, value, mask=row < height)
