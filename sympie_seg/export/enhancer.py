"""The enhancer as one graph for exported files: any size, any batch, no branch, few passes over the pixels."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.enhancer.dwm import mix_colors
from sympie_seg.enhancer.later_steps import finish_estimate
from sympie_seg.enhancer.normalization import normalized_bounds
from sympie_seg.enhancer.parameters import (
    COLOR_MATRIX,
    COLOR_SHIFT,
    KERNEL,
    KERNEL_SIZE,
    MAX_STRENGTH,
)
from sympie_seg.export.colours import Colours
from sympie_seg.export.filter_each import filter_each, filter_each_in_groups
from sympie_seg.export.thumbnail import thumbnail_of_any_size

__all__ = ["ExportableEnhancer"]


class ExportableEnhancer(nn.Module):
    """Equal to SyMPIE in eval mode between two colour spaces.

    Normalising, shifting, mixing and leaving for another colour space are affine maps of the channels; they are
    joined into one 3 x 3 matrix and one offset per image, so that the pixels are read once before the kernel. (The
    kernel is the same for all channels, so that it commutes with a scale per channel.)

    Args:
        enhancer: a trained SyMPIE; copied.
        source: colour space of the input.
        target: colour space of the output. uint8 is rounded half to even and limited to 0..255. Defaults to None:
            that of the input.
        as_operator: filter with an operator that the ONNX exporter knows; else with what every file can hold.

    The strength is the enhancer's own, unless ``forward`` is given another.
    """

    output_names = ("enhanced", "parameters")
    neutral: Tensor
    into_scale: Tensor
    into_shift: Tensor
    from_scale: Tensor
    from_shift: Tensor
    low: Tensor
    high: Tensor
    darkest: Tensor
    brightest: Tensor

    def __init__(
        self,
        enhancer: SyMPIE,
        source: Colours,
        target: Colours | None = None,
        as_operator: bool = False,
    ) -> None:
        super().__init__()
        target = source if target is None else target
        self.source, self.target = source, target
        frozen = copy.deepcopy(enhancer.nem).cpu().float().eval().requires_grad_(False)
        self.backbone, self.out = frozen.backbone, frozen.out
        self.resize: int = enhancer.thumbnail_resize
        self.crop: int = enhancer.thumbnail_crop
        self.reads_bgr: bool = source.order == "bgr"
        self.writes_bgr: bool = target.order == "bgr"
        self.rounds: bool = target.dtype == "uint8"
        self.as_operator: bool = as_operator
        self.by_index: bool = not as_operator
        self.strength: float = enhancer.strength
        self.refinement: tuple[float, float] | None = enhancer.refinement
        self.dead_zone: tuple[float, float] | None = enhancer.dead_zone
        self.register_buffer("neutral", WarpParameters.identity().to_vector(), persistent=False)
        self._add_colours(source, target)

    def _add_colours(self, source: Colours, target: Colours) -> None:
        imagenet_mean, imagenet_std = (_column(v) for v in Colours.imagenet("rgb").rgb())
        mean, std = (_column(values) for values in source.rgb())
        # normalised = value * into_scale + into_shift, in RGB
        self._keep("into_scale", std / imagenet_std)
        self._keep("into_shift", (mean - imagenet_mean) / imagenet_std)
        for name, bound in zip(("darkest", "brightest"), normalized_bounds(), strict=True):
            self._keep(name, bound)
        mean, std = (_column(values) for values in target.rgb())
        # target value = normalised * from_scale + from_shift, in RGB; black and full intensity limit it
        self._keep("from_scale", imagenet_std / std)
        self._keep("from_shift", ((imagenet_mean - mean) / std), self.writes_bgr)
        self._keep("low", (0 - mean) / std, self.writes_bgr)
        self._keep("high", (255 - mean) / std, self.writes_bgr)

    def _keep(self, name: str, values: Tensor, bgr: bool = False) -> None:
        values = values.flip(0) if bgr else values
        self.register_buffer(name, values.float().contiguous(), persistent=False)

    def forward(self, images: Tensor, strength: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Enhance.

        Args:
            images: shape (N, 3, H, W) in the source's colour space and type.
            strength: float32 of shape (), limited to [0, 2]. Defaults to None: the enhancer's own.

        Returns:
            The enhanced images (N, 3, H, W) in the target's, and the parameters (N, 37) that were applied, which are
            those of ImageNet-normalised RGB whatever the colour spaces. With strength 0 the images keep every bit,
            also beyond black and full intensity, where source and target are one colour space.
        """
        values = images.float()
        parameters = self.moved(self.estimate(values), strength)
        matrix, offset = self.colour_map(parameters)
        pixels = torch.baddbmm(offset, matrix, values.flatten(2))
        mixed = pixels.reshape(values.shape)
        kernels = parameters[:, KERNEL].reshape(-1, KERNEL_SIZE, KERNEL_SIZE)
        filtered = self._filter(mixed, kernels) + self.from_shift
        enhanced = self.limited(filtered)
        kept = images if self.source == self.target else filtered.to(enhanced.dtype)
        if strength is not None:
            enhanced = torch.where(strength == 0, kept, enhanced)
        elif self.strength == 0:
            enhanced = kept.clone()
        return enhanced, parameters

    def moved(self, predicted: Tensor, strength: Tensor | None) -> Tensor:
        """Move the 37 numbers from identity through the prediction, as `WarpParameters.scaled`."""
        if strength is None:
            return predicted if self.strength == 1 else self._towards(predicted, self.strength)
        strength = strength.clamp(0.0, MAX_STRENGTH)
        return torch.where(strength == 1, predicted, self._towards(predicted, strength))

    def _towards(self, predicted: Tensor, strength: float | Tensor) -> Tensor:
        return self.neutral + strength * (predicted - self.neutral)

    def limited(self, values: Tensor) -> Tensor:
        """Limit the target's values to those of black and full intensity; round integers half to even."""
        if self.rounds:
            return values.clamp(0.0, 255.0).round().to(torch.uint8)
        return torch.minimum(torch.maximum(values, self.low), self.high)

    def estimate(self, values: Tensor) -> Tensor:
        """Predict the 37 numbers of each image, shape (N, 37)."""
        # Resampling is an average: normalising the small picture is the same, and cheaper.
        thumbnail = thumbnail_of_any_size(values, self.resize, self.crop, self.by_index)
        thumbnail = thumbnail.flip(1) if self.reads_bgr else thumbnail
        thumbnail = thumbnail * self.into_scale + self.into_shift
        return finish_estimate(
            self._predict(thumbnail),
            thumbnail,
            self.dead_zone,
            self.refinement,
            self._predict,
            self._warp_thumbnail,
        )

    def _predict(self, thumbnail: Tensor) -> Tensor:
        result: Tensor = self.out(self.backbone(thumbnail).mean(dim=(2, 3)))
        return result

    def _warp_thumbnail(self, thumbnail: Tensor, parameters: WarpParameters) -> Tensor:
        """Do what DWM does in eval mode, in normalised RGB."""
        mixed = mix_colors(thumbnail, parameters.color_matrix, parameters.color_shift)
        filtered = self._filter(mixed, parameters.kernel)
        return torch.minimum(torch.maximum(filtered, self.darkest), self.brightest)

    def colour_map(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Join shift, matrix and both changes of colour space: matrix (N, 3, 3) and offset (N, 3, 1)."""
        columns = (
            parameters[:, COLOR_MATRIX].reshape(-1, 3, 3).transpose(1, 2)
        )  # out = columns @ (in + shift)
        shift = parameters[:, COLOR_SHIFT].unsqueeze(2) + self.into_shift.reshape(3, 1)
        scale = self.from_scale.reshape(3, 1)
        matrix = scale * columns * self.into_scale.reshape(1, 3)
        offset = scale * (columns @ shift)
        if self.reads_bgr:
            matrix = matrix.flip(2)
        if self.writes_bgr:
            matrix, offset = matrix.flip(1), offset.flip(1)
        return matrix, offset

    def _filter(self, images: Tensor, kernels: Tensor) -> Tensor:
        if self.as_operator:
            result: Tensor = filter_each(images, kernels)
            return result
        return filter_each_in_groups(images, kernels)


def _column(values: list[float]) -> Tensor:
    """Shape (3, 1, 1), to be broadcast over pixels; float64, to be rounded once."""
    return torch.tensor(values, dtype=torch.float64).reshape(3, 1, 1)
