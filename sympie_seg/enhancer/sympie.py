"""SyMPIE, the whole enhancer: thumbnail, NEM and DWM in one module."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from .distances import check_distances
from .dwm import DifferentiableWarpingModule
from .files import read_enhancer
from .later_steps import finish_estimate
from .nem import MIN_THUMBNAIL, NoiseEstimationModule
from .parameters import WarpParameters, check_finite, check_strength
from .recording import is_recorded
from .sequences import Images, make_thumbnails, warp_all
from .thumbnail import CROP, RESIZE

MAX_THUMBNAIL = 4096  # a file that declares more would fill the memory


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
        refinement: whether NEM estimates a second time, on what the first estimate makes of the thumbnail: two
            distances of the first estimate from identity, from which on the second counts, and counts in full
            (:func:`~sympie_seg.enhancer.refinement.refine`). Also an attribute. Training ignores it. Defaults to None:
            it estimates once, as in the paper.
        dead_zone: two distances of the estimate from identity: up to the first the image stays as it is, from the
            second on the estimate counts in full (:func:`~sympie_seg.enhancer.dead_zone.leave_near_identity`). Also an
            attribute. Training ignores it. Defaults to None: every estimate counts, as in the paper.

    Raises:
        TypeError: if refinement or dead_zone is no pair of numbers.
        ValueError: if an argument lies outside its range.

    Example:
        >>> enhancer = SyMPIE().eval()
        >>> enhancer(torch.zeros(1, 3, 300, 400)).shape
        torch.Size([1, 3, 300, 400])
    """

    def __init__(
        self,
        init: str = "identity",
        thumbnail_resize: int = RESIZE,
        thumbnail_crop: int = CROP,
        strength: float = 1.0,
        refinement: Sequence[float] | None = None,
        dead_zone: Sequence[float] | None = None,
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
        self.refinement = refinement
        self.dead_zone = dead_zone
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
    def refinement(self) -> tuple[float, float] | None:
        """From which distances on a second estimate counts outside training, or None."""
        return self._refinement

    @refinement.setter
    def refinement(self, refinement: Sequence[float] | None) -> None:
        self._refinement = check_distances(refinement, "refinement")

    @property
    def dead_zone(self) -> tuple[float, float] | None:
        """Between which distances from identity an estimate begins to count outside training, or None."""
        return self._dead_zone

    @dead_zone.setter
    def dead_zone(self, dead_zone: Sequence[float] | None) -> None:
        self._dead_zone = check_distances(dead_zone, "dead_zone")

    @property
    def config(self) -> dict[str, Any]:
        """Keyword arguments that build the same module (with fresh weights)."""
        config: dict[str, Any] = {
            "init": self.init,
            "thumbnail_resize": self.thumbnail_resize,
            "thumbnail_crop": self.thumbnail_crop,
        }
        # Left out where they change nothing, so that earlier releases read the file too.
        if self.strength != 1:
            config["strength"] = self.strength
        if self.refinement is not None:
            config["refinement"] = list(self.refinement)
        if self.dead_zone is not None:
            config["dead_zone"] = list(self.dead_zone)
        return config

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
        """Predict the parameters of every image, moved by the strength; NEM takes all in one batch, whatever the sizes.

        Args:
            images: as for `forward`.
            strength: as for `forward`.

        Returns:
            One set of parameters per image.
        """
        if len(images) == 0 and not isinstance(images, Tensor):
            weight = self.nem.out.weight
            return WarpParameters.identity(0, weight.device, weight.dtype)
        thumbnails = make_thumbnails(images, self.thumbnail_resize, self.thumbnail_crop)
        prediction = self.nem(thumbnails)
        if not self.training:
            prediction = finish_estimate(
                prediction, thumbnails, self.dead_zone, self.refinement, self.nem, self.dwm
            )
        return WarpParameters.from_vector(prediction).scaled(self._strength_for(strength))

    def enhance(self, images: Images, parameters: WarpParameters) -> Images:
        """Apply given parameters as they are; images of equal size are warped together.

        Args:
            images: as for `forward`.
            parameters: one set per image.

        Returns:
            As `forward`.
        """
        return warp_all(self.dwm, images, parameters)

    def _strength_for(self, strength: float | None) -> float:
        if strength is not None:
            return check_strength(strength)
        return 1.0 if self.training else self.strength

    def extra_repr(self) -> str:
        """Show the arguments when printed."""
        return ", ".join(f"{name}={value!r}" for name, value in self.config.items())
