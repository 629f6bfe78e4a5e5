"""Enhance images with PyTorch, NumPy and nothing else: no config, no mmseg.

::

    image (uint8 0..255, uint16 0..65535 or floating 0..1; RGB or BGR; NumPy HWC or torch CHW)
      -> RGB, ImageNet-normalised, float32 -> NEM -> 37 numbers, moved by the strength -> DWM -> what came in

SyMPIE takes the fast path (`sympie_seg.fast`) where it applies, equal to the plain one within 1e-4: 8-bit images from
bytes to bytes in one pass, others for the estimate, and for the warp where their planes lie apart.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from sympie_seg.enhancer import SyMPIE, load_enhancer
from sympie_seg.enhancer.normalization import denormalize, normalize
from sympie_seg.enhancer.parameters import WarpParameters, check_finite, check_strength
from sympie_seg.enhancer.shipped import resolve_enhancer, shipped_enhancer
from sympie_seg.fast import NORMALIZED, PixelFormat, enhance_pixels
from sympie_seg.utils.generated_code import without_onednn_if_it_fails

__all__ = ["default_enhancer", "enhance", "estimate"]

Image: TypeAlias = "np.ndarray | Tensor"
Images = TypeVar("Images", np.ndarray, Tensor, list, tuple)
OneImage = TypeVar("OneImage", np.ndarray, Tensor)
EnhancerLike: TypeAlias = "str | os.PathLike[str] | nn.Module | None"

ORDERS = ("rgb", "bgr")
_SCALES = {torch.uint8: 255.0, torch.uint16: 65535.0}
_OVERSHOOT = 1e-3  # of floating images: a cubic resize leaves [0, 1] by more, a rounding by less


def enhance(
    images: Images,
    enhancer: EnhancerLike = None,
    *,
    order: str = "rgb",
    device: torch.device | str | None = None,
    parameters: WarpParameters | None = None,
    strength: float | None = None,
) -> tuple[Images, WarpParameters | None]:
    """Enhance one image, a batch, or a list of images of any sizes.

    Args:
        images: NumPy (H, W, 3) or (N, H, W, 3), torch (3, H, W) or (N, 3, H, W), or a list or tuple of single
            images. uint8 in 0..255, uint16 in 0..65535, or any floating type in [0, 1].
        enhancer: an enhancer file; the short name of a shipped one ('general', 'cityscapes', 'camvid'); or a module
            that maps ImageNet-normalised RGB to the same, such as :class:`~sympie_seg.enhancer.SyMPIE`, used in eval
            mode and left as it was. Defaults to None: the file of :func:`default_enhancer`.
        order: of the colours, 'rgb' or 'bgr' (OpenCV's), going in and coming out. Defaults to 'rgb'.
        device: where to compute with an enhancer file. Defaults to None: where the images are. A module computes
            where it is.
        parameters: use these instead of estimating; one set per image. Defaults to None.
        strength: how far the parameters, estimated or given, are followed, in [0, 2]: 0 returns the images bit for
            bit, 1 applies them as they are, 2 goes twice as far from identity. Defaults to None: the enhancer's own
            (1 unless its file says otherwise) for what is estimated, 1 for what is given.

    Returns:
        The enhanced images, in the type, layout, dtype, order and on the device of the input, and the
        parameters that were applied, one set per image, where they were computed (None for a module without
        ``estimate``). Computed in float32; integers are rounded half to even, every value is limited to its range.
        uint8 images take the fast path (:func:`sympie_seg.fast.enhance_pixels`) where it applies: within 1e-4 of the
        plain modules in normalised units, so that a value close to the middle of two levels may round the other way.

    Raises:
        FileNotFoundError: if the enhancer file is missing, or none was named and the shipped one is not there.
        FloatingPointError: if the prediction is not finite.
        TypeError: if images are of another type.
        ValueError: if a shape, a value, the order, the strength or the enhancer file is not as above, or the enhancer
            is none that takes a strength.

    Example:
        >>> from sympie_seg.enhancer import SyMPIE
        >>> image = np.zeros((60, 80, 3), np.uint8)
        >>> enhanced, parameters = enhance(image, SyMPIE(thumbnail_resize=48, thumbnail_crop=48))
        >>> enhanced.shape, enhanced.dtype, len(parameters)
        ((60, 80, 3), dtype('uint8'), 1)
    """
    module = _module(enhancer, device, images)
    strength = _strength_of(module, strength, parameters)
    with torch.no_grad(), without_onednn_if_it_fails(), _in_eval_mode(module):
        device = _device_of(module, images)
        if parameters is not None:
            weight = next(module.parameters(), torch.empty(0))
            parameters = parameters.to(weight.device, torch.float32).scaled(strength)
        levels = None if strength == 0 else _levels(images, order, device)
        if levels is not None:
            source = PixelFormat(rgb=order == "rgb")
            fast = enhance_pixels(
                module, levels, source, source, strength=strength, parameters=parameters
            )
            if fast is not None and fast.pixels is not None:
                return _from_levels(fast.pixels, images), fast.parameters
        normalized = _normalized(images, order, device)
        if parameters is None:
            parameters = _estimate(module, normalized, strength)
        if strength == 0:
            return _copied(images), parameters
        enhanced = (
            module(normalized) if parameters is None else _warp(module, normalized, parameters)
        )
        return _restored(enhanced, images, order), parameters


def estimate(
    images: Images,
    enhancer: EnhancerLike = None,
    *,
    order: str = "rgb",
    device: torch.device | str | None = None,
    strength: float | None = None,
) -> WarpParameters:
    """Predict the 37 numbers of every image, and change nothing; arguments and errors as for :func:`enhance`.

    Raises:
        TypeError: also if the enhancer is a module without ``estimate``.
    """
    module = _module(enhancer, device, images)
    strength = _strength_of(module, strength, None)
    with torch.no_grad(), without_onednn_if_it_fails(), _in_eval_mode(module):
        device = _device_of(module, images)
        levels = _levels(images, order, device)
        if levels is not None:
            source = PixelFormat(rgb=order == "rgb")
            fast = enhance_pixels(module, levels, source, None, strength=strength)
            if fast is not None:
                return fast.parameters
        parameters = _estimate(module, _normalized(images, order, device), strength)
    if parameters is None:
        raise TypeError(f"{type(module).__name__} estimates no parameters; only SyMPIE does")
    return parameters


def default_enhancer() -> Path:
    """Give the enhancer that is used where none is named: 'general' of the shipped ones.

    Raises:
        FileNotFoundError: if it is neither in the installed package nor in the checkout.
    """
    return shipped_enhancer()


def _module(enhancer: EnhancerLike, device: torch.device | str | None, images: Images) -> nn.Module:
    if isinstance(enhancer, nn.Module):
        if device is not None:
            raise ValueError("device goes with an enhancer file; move the module instead")
        return enhancer
    path = default_enhancer() if enhancer is None else resolve_enhancer(enhancer)
    first = images[0] if isinstance(images, (list, tuple)) and images else images
    if device is None:
        device = first.device if isinstance(first, Tensor) else "cpu"
    if not path.is_file():
        return load_enhancer(path)[0]  # raises
    about = path.stat()
    return _loaded(path.resolve(), about.st_mtime_ns, about.st_size, str(device))


@functools.lru_cache(maxsize=2)
def _loaded(path: Path, changed: int, size: int, device: str) -> nn.Module:
    """Keep what was loaded: a loop over images calls `enhance` with the same file again and again."""
    return load_enhancer(path, device)[0].eval()


@contextmanager
def _in_eval_mode(module: nn.Module) -> Iterator[None]:
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _device_of(module: nn.Module, images: Images) -> torch.device:
    for tensor in (*module.parameters(), *module.buffers()):
        return tensor.device
    first = images[0] if isinstance(images, (list, tuple)) and images else images
    return first.device if isinstance(first, Tensor) else torch.device("cpu")


def _strength_of(
    module: nn.Module, given: float | None, parameters: WarpParameters | None
) -> float:
    """Give the strength to apply, and refuse one that the module does not take."""
    if given is not None:
        if not isinstance(module, SyMPIE):
            raise ValueError(
                f"{type(module).__name__} takes no strength, only SyMPIE does; leave strength out"
            )
        return check_strength(given)
    return module.strength if isinstance(module, SyMPIE) and parameters is None else 1.0


def _estimate(
    module: nn.Module, normalized: Tensor | list[Tensor], strength: float
) -> WarpParameters | None:
    fast = enhance_pixels(module, list(normalized), NORMALIZED, None, strength=strength)
    if fast is not None:
        return fast.parameters
    estimate = getattr(module, "estimate", None)
    if estimate is None:
        return None
    # A subclass's own estimate need not know of the strength.
    options = (
        {"strength": strength} if isinstance(module, SyMPIE) and strength != module.strength else {}
    )
    parameters: WarpParameters = estimate(normalized, **options)
    check_finite(parameters)
    return parameters


def _warp(
    module: nn.Module, normalized: Tensor | list[Tensor], parameters: WarpParameters
) -> Tensor | Sequence[Tensor]:
    # Pixels that lie side by side, as NumPy has them, keep the plain warp: bit for bit what earlier releases gave.
    if isinstance(normalized, list) or normalized.is_contiguous():
        images = list(normalized)
        fast = enhance_pixels(module, images, NORMALIZED, NORMALIZED, parameters=parameters)
        if fast is not None and fast.pixels is not None:
            return fast.pixels
    enhancer: Any = module  # any module with SyMPIE's methods
    result: Tensor | Sequence[Tensor] = enhancer.enhance(normalized, parameters)
    return result


def _levels(images: Images, order: str, device: torch.device) -> list[Tensor] | None:
    """Give the single images (3, H, W) where all are uint8, as they lie in memory; None where one is not."""
    _check_order(order)
    several = isinstance(images, (list, tuple))
    singles: Any = images if several else [images]
    levels: list[Tensor] = []
    for image in singles:
        planes = _channels_first(image, (3,) if several else (3, 4))
        if planes.dtype != torch.uint8:
            return None
        levels += [planes.to(device)] if planes.dim() == 3 else list(planes.to(device))
    return levels


def _from_levels(pixels: Tensor | list[Tensor], images: Images) -> Images:
    """Round grey levels (3, H, W), one for each single image, and give them as the images came."""
    if isinstance(images, (list, tuple)):
        pairs = zip(pixels, images, strict=True)
        rounded = [_round_one(one, image) for one, image in pairs]
        return rounded if isinstance(images, list) else tuple(rounded)
    batch = pixels if isinstance(pixels, Tensor) else torch.stack(pixels)
    return _round_one(batch, images)


def _round_one(levels: Tensor, image: OneImage) -> OneImage:
    whole = levels.round_().to(torch.uint8)
    if isinstance(image, Tensor):
        return whole.reshape(image.shape).to(image.device)
    return whole.movedim(-3, -1).contiguous().reshape(image.shape).cpu().numpy()


def _check_order(order: str) -> None:
    if order not in ORDERS:
        raise ValueError(f"expected order to be one of {ORDERS}, got {order!r}")


def _normalized(images: Images, order: str, device: torch.device) -> Tensor | list[Tensor]:
    """Give a batch (N, 3, H, W), or a list of (3, H, W) for a list or tuple."""
    _check_order(order)
    if not isinstance(images, (list, tuple)):
        return _normalize_one(images, (3, 4), order, device)
    singles = [_normalize_one(image, (3,), order, device) for image in images]
    return [image[0] for image in singles]


def _normalize_one(
    image: Image, dimensions: Sequence[int], order: str, device: torch.device
) -> Tensor:
    channels_first = _channels_first(image, dimensions)
    batch = channels_first if channels_first.dim() == 4 else channels_first.unsqueeze(0)
    scale = _scale(batch)
    values = batch.to(device).float() / scale
    if batch.is_floating_point():
        _check_range(values)
    return normalize(values.flip(1) if order == "bgr" else values)


def _channels_first(image: Image, dimensions: Sequence[int]) -> Tensor:
    """See an image or a batch as (..., 3, H, W)."""
    if isinstance(image, np.ndarray):
        expected = "(H, W, 3)" + (" or (N, H, W, 3)" if 4 in dimensions else " in a list")
        fits = image.ndim in dimensions and image.shape[-1] == 3
    elif isinstance(image, Tensor):
        expected = "(3, H, W)" + (" or (N, 3, H, W)" if 4 in dimensions else " in a list")
        fits = image.dim() in dimensions and image.shape[-3] == 3
    else:
        raise TypeError(f"expected NumPy arrays or torch tensors, got {type(image).__name__}")
    if not fits:
        raise ValueError(
            f"expected colour images of shape {expected} as {type(image).__name__}, got "
            f"{tuple(image.shape)}; repeat a grey image three times, take an alpha channel off first"
        )
    if isinstance(image, Tensor):
        return image
    # A copy where strides are negative, as after image[..., ::-1]; the byte order must be the machine's.
    native = np.ascontiguousarray(image, image.dtype.newbyteorder("="))
    if (
        not native.flags.writeable
    ):  # a memory map or a frozen array: torch would warn, though nothing is written
        native = native.copy()
    return torch.from_numpy(native).movedim(-1, -3)


def _scale(image: Tensor) -> float:
    if image.is_floating_point():
        return 1.0
    if image.dtype not in _SCALES:
        raise TypeError(
            f"expected uint8 (0..255), uint16 (0..65535) or floating values in [0, 1], got {image.dtype}"
        )
    return _SCALES[image.dtype]


def _check_range(values: Tensor) -> None:
    if values.numel() == 0:
        return
    low, high = float(values.min()), float(values.max())
    if not (low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT):  # NaN is neither
        raise ValueError(
            f"expected floating images in [0, 1], got values from {low:g} to {high:g}; divide 0..255 by 255, take "
            "a normalisation back, or use SyMPIE itself, which takes ImageNet-normalised images"
        )


def _copied(images: Images) -> Images:
    if isinstance(images, (list, tuple)):
        copies = [_copied(image) for image in images]
        return copies if isinstance(images, list) else tuple(copies)
    return images.clone() if isinstance(images, Tensor) else images.copy()


def _restored(enhanced: Tensor | Sequence[Tensor], images: Images, order: str) -> Images:
    if not isinstance(images, (list, tuple)):
        assert isinstance(enhanced, Tensor)  # a list is what a list gives
        return _restore_one(enhanced, images, order)
    pairs = zip(enhanced, images, strict=True)
    restored = [_restore_one(one.unsqueeze(0), image, order) for one, image in pairs]
    return restored if isinstance(images, list) else tuple(restored)


def _restore_one(enhanced: Tensor, image: OneImage, order: str) -> OneImage:
    values = denormalize(enhanced)
    values = values.flip(1) if order == "bgr" else values
    dtype = _torch_dtype(image)
    scale = _SCALES.get(dtype, 1.0)
    values = (values * scale).clamp(0, scale)
    values = (values if dtype.is_floating_point else values.round()).to(dtype)
    if isinstance(image, Tensor):
        return values.reshape(image.shape).to(image.device)
    pixels = values.movedim(1, -1).contiguous().reshape(image.shape)
    return pixels.cpu().numpy().astype(image.dtype, copy=False)


def _torch_dtype(image: Image) -> torch.dtype:
    if isinstance(image, Tensor):
        return image.dtype
    return torch.from_numpy(np.empty(0, image.dtype.newbyteorder("="))).dtype
