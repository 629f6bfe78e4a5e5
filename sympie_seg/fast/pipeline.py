"""The whole enhancer in one go: pixels as the loader gives them in, the network's own input out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from ..enhancer.later_steps import finish_estimate
from ..enhancer.parameters import WarpParameters, check_finite
from ..enhancer.sympie import SyMPIE
from . import cuda
from .affine import PixelFormat, fold
from .conditions import applies, is_free
from .folded_nem import predict
from .outputs import OutputMemory
from .strips import WarpJob, warp_planes
from .thumbnail import thumbnails_of

_outputs = OutputMemory()


class Enhanced(NamedTuple):
    """What the fast path gives.

    Attributes:
        pixels: (N, 3, H, W) float32, or a list of (3, H, W) where sizes differ; None if only the parameters were
            asked for.
        parameters: one set per image, with the strength in them.
    """

    pixels: Tensor | list[Tensor] | None
    parameters: WarpParameters


def enhance_pixels(
    enhancer: nn.Module,
    images: Sequence[Tensor],
    source: PixelFormat,
    target: PixelFormat | None,
    *,
    size: tuple[int, int] | None = None,
    pad_value: float = 0,
    strength: float | None = None,
    parameters: WarpParameters | None = None,
) -> Enhanced | None:
    """Enhance images and give them as the network wants them, within 1e-4 of the plain way in normalised units.

    Args:
        enhancer: any module; see `applies` for those that go fast.
        images: (3, H, W) each, of any real type, on one device; sizes may differ.
        source: format of their pixels.
        target: format of the result's; None to estimate only.
        size: height and width of the result; images are padded at the right and at the bottom. Defaults to None:
            no padding.
        pad_value: of the padding, in the result's units.
        strength: instead of the enhancer's own, in [0, 2].
        parameters: use these as they are (no strength) instead of estimating; one set per image.

    Returns:
        None where the plain modules have to do it: where the fast path does not apply, or the strength is 0.

    Raises:
        FloatingPointError: if the prediction is not finite.
        ValueError: if the strength lies outside its range.
    """
    if not applies(enhancer, images):
        return None
    if parameters is None:
        enhancer = cast("SyMPIE", enhancer)
        strength = enhancer.strength if strength is None else strength
        if strength == 0 and target is not None:  # identity would still clamp, and round
            return None
        parameters = estimate_pixels(enhancer, images, source).scaled(strength)
        check_finite(parameters)
    elif not _fits(parameters, images):
        return None
    if target is None:
        return Enhanced(None, parameters)
    if size is None and len({image.shape for image in images}) > 1:
        pixels: Tensor | list[Tensor] = [
            warp_pixels([image], own, source, target)[0]
            for image, own in zip(images, parameters, strict=True)
        ]
    else:
        pixels = warp_pixels(images, parameters, source, target, size, pad_value)
    return Enhanced(pixels, parameters)


def estimate_pixels(
    enhancer: SyMPIE, images: Sequence[Tensor], source: PixelFormat
) -> WarpParameters:
    """Predict the parameters of every image, before any strength; arguments as of `enhance_pixels`."""
    size = (enhancer.thumbnail_resize, enhancer.thumbnail_crop)
    thumbnails = thumbnails_of(images, source, *size)
    estimate = partial(predict, enhancer.nem)
    numbers = finish_estimate(
        estimate(thumbnails),
        thumbnails,
        enhancer.dead_zone,
        enhancer.refinement,
        estimate,
        enhancer.dwm,
    )
    return WarpParameters.from_vector(numbers)


def warp_pixels(
    images: Sequence[Tensor],
    parameters: WarpParameters,
    source: PixelFormat,
    target: PixelFormat,
    size: tuple[int, int] | None = None,
    pad_value: float = 0,
) -> Tensor:
    """Warp and clamp images by given parameters; arguments as of `enhance_pixels`; the result is one batch."""
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


def _fits(parameters: WarpParameters, images: Sequence[Tensor]) -> bool:
    """Whether the plain modules would take these parameters, without gradients."""
    return (
        len(parameters) == len(images)
        and parameters.kernel.dtype == torch.float32
        and is_free(parameters.tensors())
    )


def _padded(out: Tensor, image: Tensor, pad_value: float) -> Tensor:
    """Fill what lies beyond the image, and give the part for the image."""
    rows, columns = image.shape[1:]
    out[:, rows:].fill_(pad_value)
    out[:, :rows, columns:].fill_(pad_value)
    return out[:, :rows, :columns]


def release_memory() -> None:
    """Give back the memory that waits to be used again for results; what is held stays."""
    _outputs.clear()
