"""Training of NEM alone: which 37 numbers undo a corruption, learnt without a network and without a pixel of output."""

from __future__ import annotations

from typing import Any

from mmengine.model import BaseDataPreprocessor, BaseModel
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.enhancer.patch_moments import PatchMoments, remaining_difference

__all__ = ["NEMPretraining", "ThumbnailPreprocessor", "check_thumbnail_sizes"]


@MODELS.register_module()
class ThumbnailPreprocessor(BaseDataPreprocessor):
    """Moves the batch to the device and holds the enhancer, where the other data preprocessors have it too.

    Args:
        enhancer (dict | nn.Module): a SyMPIE, or the config of one (``SyMPIEFromFile``).

    Raises:
        TypeError: if it is another enhancer, which has no NEM.
    """

    def __init__(self, enhancer: dict | nn.Module) -> None:
        super().__init__()
        self.enhancer = MODELS.build(enhancer) if isinstance(enhancer, dict) else enhancer
        if not isinstance(self.enhancer, SyMPIE):
            raise TypeError(f"NEMPretraining trains SyMPIE, got {type(self.enhancer).__name__}")
        self.teacher = None  # one step: what comes out is never enhanced again here
        self.strength_is_given = False


@MODELS.register_module()
class NEMPretraining(BaseModel):
    """Trains NEM by the difference that its numbers leave between the corrupted and the clean image.

    The loss is the mean over the images of :func:`~sympie_seg.enhancer.patch_moments.remaining_difference`, which needs
    the moments that :class:`~sympie_seg.datasets.PackPatchMoments` packs. DWM never runs, so an image costs what NEM
    costs on its thumbnail, whatever its size. A root mean square for each image weighs a dark image by what is left to
    do on it; a mean over all pixels hardly sees the gain that a dark or flat image needs.

    Args:
        data_preprocessor (dict): a :class:`ThumbnailPreprocessor` with the enhancer.
    """

    def __init__(self, data_preprocessor: dict | nn.Module) -> None:
        super().__init__(data_preprocessor=data_preprocessor)

    def forward(
        self,
        thumbnail: Tensor,
        thumbnail_sizes: Tensor,
        second: Tensor,
        cross: Tensor,
        energy: Tensor,
        mode: str = "loss",
        **kwargs: Any,
    ) -> dict[str, Tensor]:
        """Give the loss of a batch of N images, and as ``untouched`` what it is without enhancer.

        Args:
            thumbnail: (N, 3, h, w).
            thumbnail_sizes: (N, 2), the resize and crop that made each.
            second: (N, 76, 76).
            cross: (N, 76, 3).
            energy: (N,).
            mode: "loss"; there is nothing to predict.
            **kwargs: what else a batch holds; not used.

        Raises:
            ValueError: for another mode, or if the loader makes the thumbnails in another way than the enhancer.
        """
        if mode != "loss":
            raise ValueError(
                "NEMPretraining only trains; evaluate its enhancer file in front of a network"
            )
        enhancer = self.data_preprocessor.enhancer
        check_thumbnail_sizes(thumbnail_sizes, enhancer)
        numbers = enhancer.nem(thumbnail)
        moments = PatchMoments(second, cross, energy)
        identity = WarpParameters.identity(len(numbers), numbers.device).to_vector()
        return {
            "loss": remaining_difference(numbers, moments).mean(),
            # Logged only: batches differ much in how strongly they are corrupted.
            "untouched": remaining_difference(identity, moments).mean(),
        }


def check_thumbnail_sizes(packed: Tensor, enhancer: SyMPIE) -> None:
    """Refuse thumbnails that the enhancer would not see in use.

    Args:
        packed: (N, 2), the ``thumbnail_sizes`` of a batch.
        enhancer: that reads the thumbnails.

    Raises:
        ValueError: with the sizes of both.
    """
    own = (enhancer.thumbnail_resize, enhancer.thumbnail_crop)
    made = tuple(packed[0].tolist())
    if made != own:
        raise ValueError(
            f"PackPatchMoments makes thumbnails with thumbnail_resize={made[0]}, thumbnail_crop={made[1]}, the "
            f"enhancer with {own[0]} and {own[1]}: give both the same"
        )
