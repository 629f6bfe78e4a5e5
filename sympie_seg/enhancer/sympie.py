"""SyMPIE, the whole enhancer: thumbnail, NEM and DWM in one module."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from .dwm import DifferentiableWarpingModule
from .fast.affine import NORMALIZED
from .fast.conditions import applies, is_free, is_recorded
from .fast.pipeline import estimate_pixels, warp_pixels
from .nem import MIN_THUMBNAIL, NoiseEstimationModule
from .parameters import WarpParameters, check_finite
from .thumbnail import make_thumbnail

MAX_THUMBNAIL = 4096  # a file that declares more would fill the memory

Images = TypeVar("Images", Tensor, Sequence[Tensor])
"""A batch (N, 3, H, W), or a sequence of images (3, H, W) whose sizes may differ."""


class SyMPIE(nn.Module):
    """Enhance images for a frozen network behind.

    NEM reads one thumbnail per image, DWM applies its prediction at full resolution. In eval
    mode the result is clamped to valid colours; in training it is not.

    In eval mode without gradients, float32 images on the CPU take a fast path (`enhancer.fast`), equal to the
    plain one within 1e-4. Set the attribute `fast` to False to do without it.

    Args:
        init: start of NEM, "identity" or "random"; see `NoiseEstimationModule`.
        thumbnail_resize: short side of the resized image, in pixels, 4096 at most.
        thumbnail_crop: side of the thumbnail cut out of it, in pixels, 43 at least.

    Raises:
        ValueError: if an argument lies outside its range.

    Example:
        >>> enhancer = SyMPIE().eval()
        >>> enhancer(torch.zeros(1, 3, 300, 400)).shape
        torch.Size([1, 3, 300, 400])
    """

    def __init__(
        self, init: str = "identity", thumbnail_resize: int = 232, thumbnail_crop: int = 224
    ) -> None:
        super().__init__()
        if not MIN_THUMBNAIL <= thumbnail_crop <= thumbnail_resize <= MAX_THUMBNAIL:
            raise ValueError(
                f"expected {MIN_THUMBNAIL} <= thumbnail_crop <= thumbnail_resize <= {MAX_THUMBNAIL}, "
                f"got crop {thumbnail_crop} and resize {thumbnail_resize}"
            )
        self.init = init
        self.thumbnail_resize = thumbnail_resize
        self.thumbnail_crop = thumbnail_crop
        self.fast = True
        self.nem = NoiseEstimationModule(init)
        self.dwm = DifferentiableWarpingModule()

    @property
    def config(self) -> dict[str, Any]:
        """Keyword arguments that build the same module (with fresh weights)."""
        return {
            "init": self.init,
            "thumbnail_resize": self.thumbnail_resize,
            "thumbnail_crop": self.thumbnail_crop,
        }

    @classmethod
    def from_checkpoint(
        cls, path: str | os.PathLike[str], map_location: torch.device | str = "cpu"
    ) -> SyMPIE:
        """Read an enhancer; accepts what `load_enhancer` accepts and raises the same errors."""
        from .files import load_enhancer  # here, since files.py builds SyMPIE

        return load_enhancer(path, map_location)[0]

    def forward(self, images: Images) -> Images:
        """Estimate and warp.

        Args:
            images: ImageNet-normalised RGB, a batch (N, 3, H, W) or a sequence of (3, H, W).

        Returns:
            The enhanced images, in the same normalised space: a batch for a batch, a list for a
            sequence.

        Raises:
            FloatingPointError: in eval mode, if the prediction is not finite.
            TypeError: if images are not floating tensors.
            ValueError: if a shape is not as above.
        """
        parameters = self.estimate(images)
        if not self.training and not is_recorded():
            check_finite(parameters)
        return self.enhance(images, parameters)

    def estimate(self, images: Images) -> WarpParameters:
        """Predict the parameters of every image; NEM runs once, whatever the sizes.

        Args:
            images: as for `forward`.

        Returns:
            One set of parameters per image.
        """
        if len(images) == 0 and not isinstance(images, Tensor):
            weight = self.nem.out.weight
            return WarpParameters.identity(0, weight.device, weight.dtype)
        if self._goes_fast(images):
            return estimate_pixels(self, list(images), NORMALIZED)
        return WarpParameters.from_vector(self.nem(self._thumbnails(images)))

    def enhance(self, images: Images, parameters: WarpParameters) -> Images:
        """Apply given parameters; images of equal size are warped together.

        Args:
            images: as for `forward`.
            parameters: one set per image.

        Returns:
            As `forward`.
        """
        if isinstance(images, Tensor):
            return self._warp(images, parameters)
        if len(images) != len(parameters):
            raise ValueError(
                f"expected one set of parameters per image, got {len(parameters)} sets "
                f"for {len(images)} images"
            )
        enhanced: list[Tensor | None] = [None] * len(images)
        for indices in _group_by_size(images):
            batch = torch.stack([images[index] for index in indices])
            for index, image in zip(indices, self._warp(batch, parameters[indices]), strict=True):
                enhanced[index] = image
        return cast("Images", enhanced)

    def _warp(self, batch: Tensor, parameters: WarpParameters) -> Tensor:
        free = is_free(parameters.tensors()) and parameters.kernel.dtype == torch.float32
        matches = len(parameters) == len(batch) and batch.is_contiguous()
        if free and matches and self._goes_fast(batch):
            return warp_pixels(list(batch), parameters, NORMALIZED, NORMALIZED)
        return self.dwm(batch, parameters)

    def _goes_fast(self, images: Tensor | Sequence[Tensor]) -> bool:
        floating = all(
            isinstance(image, Tensor) and image.dtype == torch.float32 for image in images
        )
        return floating and applies(self, list(images))

    def _thumbnails(self, images: Tensor | Sequence[Tensor]) -> Tensor:
        size = (self.thumbnail_resize, self.thumbnail_crop)
        if isinstance(images, Tensor):
            return make_thumbnail(images, *size)
        _check_sequence(images)
        return torch.cat([make_thumbnail(image.unsqueeze(0), *size) for image in images])

    def extra_repr(self) -> str:
        """Show the arguments when printed."""
        return ", ".join(f"{name}={value!r}" for name, value in self.config.items())


def _group_by_size(images: Sequence[Tensor]) -> list[list[int]]:
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, image in enumerate(images):
        groups.setdefault(tuple(image.shape), []).append(index)
    return list(groups.values())


def _check_sequence(images: Sequence[Tensor]) -> None:
    for index, image in enumerate(images):
        if not isinstance(image, Tensor):
            raise TypeError(f"expected tensors, got {type(image).__name__} at position {index}")
        if image.dim() != 3:
            raise ValueError(
                f"expected images of shape (3, H, W) in a sequence, got {tuple(image.shape)} "
                f"at position {index}; pass a batch (N, 3, H, W) as one tensor"
            )
