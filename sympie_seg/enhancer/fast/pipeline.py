"""The whole enhancer in one go: pixels as the loader gives them in, the network's own input out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..parameters import WarpParameters, check_finite
from . import cuda
from .affine import PixelFormat, fold
from .folded_nem import predict
from .outputs import OutputMemory
from .strips import WarpJob, warp_planes
from .thumbnail import thumbnails_of

if TYPE_CHECKING:
    from ..sympie import SyMPIE

_outputs = OutputMemory()


def enhance_pixels(
    enhancer: SyMPIE,
    images: Sequence[Tensor],
    source: PixelFormat,
    target: PixelFormat,
    size: tuple[int, int] | None = None,
    pad_value: float = 0,
) -> Tensor:
    """Enhance images and give them as the network wants them, within 1e-4 of the plain way.

    Args:
        enhancer: in eval mode; see `applies`.
        images: (3, H, W) each, of any real type, on one device; sizes may differ if `size` is given.
        source: format of their pixels.
        target: format of the result's.
        size: height and width of the result; images are padded at the right and at the bottom.
        pad_value: of the padding, in the result's units.

    Returns:
        Shape (N, 3, H, W), float32.

    Raises:
        FloatingPointError: if the prediction is not finite.
    """
    parameters = estimate_pixels(enhancer, images, source)
    check_finite(parameters)
    return warp_pixels(images, parameters, source, target, size, pad_value)


def estimate_pixels(
    enhancer: SyMPIE, images: Sequence[Tensor], source: PixelFormat
) -> WarpParameters:
    """Predict the parameters of every image; arguments as of `enhance_pixels`."""
    size = (enhancer.thumbnail_resize, enhancer.thumbnail_crop)
    thumbnails = thumbnails_of(images, source, *size)
    return WarpParameters.from_vector(predict(enhancer.nem, thumbnails))


def warp_pixels(
    images: Sequence[Tensor],
    parameters: WarpParameters,
    source: PixelFormat,
    target: PixelFormat,
    size: tuple[int, int] | None = None,
    pad_value: float = 0,
) -> Tensor:
    """Warp and clamp images by given parameters; arguments and result as of `enhance_pixels`."""
    height, width = images[0].shape[1:] if size is None else size
    shape, device = (len(images), 3, height, width), images[0].device
    on_cpu = device.type == "cpu"
    batch = _outputs.take(*shape) if on_cpu else torch.empty(shape, device=device)
    inner = [_padded(out, image, pad_value) for out, image in zip(batch, images, strict=True)]
    folded = fold(parameters, source, target)
    if on_cpu:
        arrays = ([x.detach().numpy() for x in part] for part in (images, inner))
        warp_planes(list(map(WarpJob, *arrays, folded)), torch.get_num_threads())
    else:
        for work in zip(images, inner, folded, strict=True):
            cuda.warp_image(*work)
    return batch


def _padded(out: Tensor, image: Tensor, pad_value: float) -> Tensor:
    """Fill what lies beyond the image, and give the part for the image."""
    rows, columns = image.shape[1:]
    out[:, rows:].fill_(pad_value)
    out[:, :rows, columns:].fill_(pad_value)
    return out[:, :rows, :columns]


def release_memory() -> None:
    """Give back the memory that waits to be used again for results; what is held stays."""
    _outputs.clear()
