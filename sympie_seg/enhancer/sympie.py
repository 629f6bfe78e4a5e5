"""SyMPIE, the whole enhancer: thumbnail, NEM and DWM in one module."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from .dwm import DifferentiableWarpingModule
from .files import read_enhancer
from .nem import MIN_THUMBNAIL, NoiseEstimationModule
from .parameters import WarpParameters, check_finite, check_strength
from .recording import is_recorded
from .thumbnail import make_thumbnail

MAX_THUMBNAIL = 4096  # a file that declares more would fill the memory

Images = TypeVar("Images", Tensor, Sequence[Tensor])
"""A batch (N, 3, H, W), or a sequence of images (3, H, W) whose sizes may differ."""


class SyMPIE(nn.Module):
    """Enhance images for a frozen network behind: estimate 37 numbers per image, then warp by them.

    NEM reads one thumbnail per image, DWM applies its prediction at full resolution. In eval mode the result is
    clamped to valid colours; in training it is not. This is the method as method.md writes it;
    `sympie_seg.fast.enhance_pixels` computes the same in less time.

    Args:
        init: start of NEM, "identity" or "random"; see `NoiseEstimationModule`.
        thumbnail_resize: short side of the resized image, in pixels, 4096 at most.
        thumbnail_crop: side of the thumbnail cut out of it, in pixels, 43 at least.
        strength: how far the prediction is followed, in [0, 2]: 0 returns the images bit for bit, 1 applies the
            prediction, 2 goes twice as far from identity. Also an attribute. Training ignores it (takes 1).

    Raises:
        ValueError: if an argument lies outside its range.

    Example:
        >>> enhancer = SyMPIE().eval()
        >>> enhancer(torch.zeros(1, 3, 300, 400)).shape
        torch.Size([1, 3, 300, 400])
    """

    def __init__(
        self,
        init: str = "identity",
        thumbnail_resize: int = 232,
        thumbnail_crop: int = 224,
        strength: float = 1.0,
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
        self.strength = strength
        self.nem = NoiseEstimationModule(init)
        self.dwm = DifferentiableWarpingModule()

    @property
    def strength(self) -> float:
        """How far the prediction is followed outside training, in [0, 2]."""
        return self._strength

    @strength.setter
    def strength(self, strength: float) -> None:
        self._strength = check_strength(strength)

    @property
    def config(self) -> dict[str, Any]:
        """Keyword arguments that build the same module (with fresh weights)."""
        config = {
            "init": self.init,
            "thumbnail_resize": self.thumbnail_resize,
            "thumbnail_crop": self.thumbnail_crop,
        }
        # Left out where it is 1, so that releases before 0.2 read the file too.
        return config if self.strength == 1 else {**config, "strength": self.strength}

    @classmethod
    def from_checkpoint(
        cls, path: str | os.PathLike[str], map_location: torch.device | str = "cpu"
    ) -> SyMPIE:
        """Read an enhancer; accepts what `load_enhancer` accepts and raises the same errors."""
        return read_enhancer(cls, path, map_location)[0]

    def forward(self, images: Images, strength: float | None = None) -> Images:
        """Estimate and warp.

        Args:
            images: ImageNet-normalised RGB, a batch (N, 3, H, W) or a sequence of (3, H, W).
            strength: instead of the module's own. Defaults to None: the module's own, in training 1.

        Returns:
            The enhanced images, in the same normalised space: a batch for a batch, a list for a sequence. With
            strength 0 the images themselves, not clamped.

        Raises:
            FloatingPointError: in eval mode, if the prediction is not finite.
            TypeError: if images are not floating tensors.
            ValueError: if a shape is not as above.
        """
        strength = self._strength_for(strength)
        parameters = self.estimate(images, strength)
        if not self.training and not is_recorded():
            check_finite(parameters)
        if strength == 0:  # identity would still clamp
            return images if isinstance(images, Tensor) else cast("Images", list(images))
        return self.enhance(images, parameters)

    def estimate(self, images: Images, strength: float | None = None) -> WarpParameters:
        """Predict the parameters of every image, moved by the strength; NEM runs once, whatever the sizes.

        Args:
            images: as for `forward`.
            strength: as for `forward`.

        Returns:
            One set of parameters per image.
        """
        if len(images) == 0 and not isinstance(images, Tensor):
            weight = self.nem.out.weight
            return WarpParameters.identity(0, weight.device, weight.dtype)
        prediction = self.nem(self._thumbnails(images))
        return WarpParameters.from_vector(prediction).scaled(self._strength_for(strength))

    def enhance(self, images: Images, parameters: WarpParameters) -> Images:
        """Apply given parameters as they are; images of equal size are warped together.

        Args:
            images: as for `forward`.
            parameters: one set per image.

        Returns:
            As `forward`.
        """
        if isinstance(images, Tensor):
            result: Images = self.dwm(images, parameters)
            return result
        return cast("Images", warp_sequence(self.dwm, images, parameters))

    def _strength_for(self, strength: float | None) -> float:
        if strength is not None:
            return check_strength(strength)
        return 1.0 if self.training else self.strength

    def _thumbnails(self, images: Tensor | Sequence[Tensor]) -> Tensor:
        size = (self.thumbnail_resize, self.thumbnail_crop)
        if isinstance(images, Tensor):
            return make_thumbnail(images, *size)
        check_sequence(images)
        return torch.cat([make_thumbnail(image.unsqueeze(0), *size) for image in images])

    def extra_repr(self) -> str:
        """Show the arguments when printed."""
        return ", ".join(f"{name}={value!r}" for name, value in self.config.items())


def warp_sequence(
    warp: nn.Module, images: Sequence[Tensor], parameters: WarpParameters
) -> list[Tensor]:
    """Warp images (3, H, W) of any sizes; those of equal size go together.

    Raises:
        ValueError: if there is not one set of parameters per image.
    """
    if len(images) != len(parameters):
        raise ValueError(
            f"expected one set of parameters per image, got {len(parameters)} sets "
            f"for {len(images)} images"
        )
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, image in enumerate(images):
        groups.setdefault(tuple(image.shape), []).append(index)
    enhanced: dict[int, Tensor] = {}
    for indices in groups.values():
        batch = torch.stack([images[index] for index in indices])
        enhanced |= zip(indices, warp(batch, parameters[indices]), strict=True)
    return [enhanced[index] for index in range(len(images))]


def check_sequence(images: Sequence[Tensor]) -> None:
    """Check the types and shapes of a sequence.

    Raises:
        TypeError: if one is no tensor.
        ValueError: if one is not (3, H, W).
    """
    for index, image in enumerate(images):
        if not isinstance(image, Tensor):
            raise TypeError(f"expected tensors, got {type(image).__name__} at position {index}")
        if image.dim() != 3:
            raise ValueError(
                f"expected images of shape (3, H, W) in a sequence, got {tuple(image.shape)} "
                f"at position {index}; pass a batch (N, 3, H, W) as one tensor"
            )
