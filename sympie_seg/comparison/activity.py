"""What an enhancer did to each image: its 37 numbers, and how far the pixels moved; watched from outside.

Hooks on the data preprocessor and on NEM see what comes out; the same raw images through the preprocessor with
NoEnhancer say what the network would have got. So this does not depend on how an enhancer works inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn

from sympie_seg.comparison.remaining_images import image_index
from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.models.data_preprocessors.grey_levels import grey_levels

__all__ = ["VISIBLE", "VISIBLE_DEFINITION", "ActivityWatch"]

VISIBLE = 2.0
VISIBLE_DEFINITION = (
    f"an image counts as visibly changed where the mean absolute change over its pixels and channels, as the network "
    f"gets it, is above {VISIBLE:g} of 255 grey levels"
)


class ActivityWatch:
    """Watches a data preprocessor while a model tests.

    Args:
        preprocessor: the one that enhances.
        plain: the same without enhancer.

    Attributes:
        activities (dict): by image index: ``change`` (mean absolute change in grey levels) and ``parameters`` (37
            numbers, or None for an enhancer that has none). The caller takes them out.
        pictures (dict): by image index, (plain, enhanced) RGB images (3, H, W) in grey levels, where
            ``keep_pictures`` is set.
    """

    def __init__(self, preprocessor: nn.Module, plain: nn.Module) -> None:
        self.preprocessor, self.plain = preprocessor, plain
        self.activities: dict[int, dict[str, Any]] = {}
        self.pictures: dict[int, tuple[Tensor, Tensor]] = {}
        self.keep_pictures = False
        self._vectors: list[Tensor] = []
        hooks = [preprocessor.register_forward_hook(self._after)]
        nem = getattr(preprocessor.enhancer, "nem", None)
        if isinstance(nem, nn.Module):
            hooks.append(nem.register_forward_hook(self._after_nem))
        self._hooks = hooks

    def stop(self) -> None:
        """Take the hooks away."""
        for hook in self._hooks:
            hook.remove()

    def _after_nem(self, module: nn.Module, inputs: Any, output: Tensor) -> None:
        self._vectors.append(output.detach())

    @torch.no_grad()
    def _after(self, module: nn.Module, arguments: tuple, output: dict[str, Any]) -> None:
        vectors, self._vectors = self._vectors, []
        data = arguments[0]
        plain = grey_levels(self.plain, self.plain(data, False)["inputs"])
        enhanced = grey_levels(self.preprocessor, output["inputs"])
        parameters = self._parameters(vectors, plain)
        for row, sample in enumerate(output["data_samples"]):
            # Without padding.
            height, width = sample.metainfo.get("img_shape", plain.shape[-2:])[:2]
            before, after = (images[row, :, :height, :width] for images in (plain, enhanced))
            vector = None if parameters is None else parameters[row]
            _check_finite(sample, after, vector)
            index = image_index(sample)
            self.activities[index] = {
                "change": float((after - before).abs().mean()),
                "parameters": None if vector is None else vector.tolist(),
            }
            if self.keep_pictures:
                self.pictures[index] = (before, after)

    def _parameters(self, vectors: list[Tensor], plain: Tensor) -> Tensor | None:
        """The applied parameters of every image (N, 37); estimated again where NEM was not called as a module."""
        enhancer = cast("nn.Module", self.preprocessor.enhancer)
        joined = torch.cat(vectors) if vectors else None
        if joined is not None and joined.shape[0] == len(plain):
            predicted = WarpParameters.from_vector(joined.float())
            return predicted.scaled(_strength_of(enhancer)).to_vector()
        estimate: Callable[..., WarpParameters] | None = getattr(enhancer, "estimate", None)
        if estimate is None:
            return None
        mean, std = (getattr(self.preprocessor, name) for name in ("norm_mean", "norm_std"))
        parameters = estimate((plain - mean) / std).to_vector().float()
        self._vectors = []
        return parameters


def _strength_of(enhancer: nn.Module) -> float:
    return enhancer.strength if isinstance(enhancer, SyMPIE) else 1.0


def _check_finite(sample: Any, enhanced: Tensor, vector: Tensor | None) -> None:
    for what, values in (("parameters", vector), ("output", enhanced)):
        if values is not None and not bool(torch.isfinite(values).all()):
            raise FloatingPointError(
                f"the enhancer's {what} for '{sample.metainfo.get('img_path')}' hold NaN or infinite values. Usual "
                "causes: training diverged, or float16 overflowed (use bfloat16 or float32)"
            )
