"""Compare an exported file with the original in PyTorch at several sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor

from sympie_seg.enhancer import SyMPIE
from sympie_seg.enhancer.normalization import denormalize, normalize
from sympie_seg.export.colours import Colours
from sympie_seg.utils.tables import markdown_table

__all__ = ["Difference", "check_file", "differences_table", "enhance_as_sympie", "random_images"]

TOLERANCE = 1e-3
Reference = Callable[[Tensor, float | None], dict[str, Tensor]]


@dataclass(frozen=True)
class Difference:
    """What a file gives against the original, for one size.

    Attributes:
        size: 'batch x height x width', and the strength where the file takes one.
        output: name of the output.
        largest: largest absolute difference; for classes the share of pixels of another class.
        share: share of values that differ at all; None where they are floating.
        scale: largest absolute value of the original, at least 1.
        milliseconds: of one run of the file, the best of those made.
    """

    size: str
    output: str
    largest: float
    share: float | None
    scale: float
    milliseconds: float

    @property
    def is_too_large(self) -> bool:
        """Whether it is more than rounding: over one level of uint8, else over a thousandth of the values."""
        if self.output == "enhanced" and self.share is not None:
            return self.largest > 1 or self.share > 1e-2
        return not self.largest <= TOLERANCE * self.scale


def differences_table(differences: Sequence[Difference]) -> str:
    """Markdown table of the differences from PyTorch."""
    lines = []
    for one in differences:
        share = "-" if one.share is None else f"{one.share:.3%}"
        lines.append([one.size, one.output, f"{one.largest:.3g}", share, f"{one.milliseconds:.1f}"])
    head = ["images", "output", "largest difference", "values that differ", "ms"]
    return markdown_table(head, lines)


def check_file(
    run: Callable[..., list[np.ndarray]],
    names: Sequence[str],
    reference: Reference,
    source: Colours,
    shapes: Sequence[tuple[int, int, int]],
    runs: int = 1,
    strengths: Sequence[float | None] = (None,),
) -> list[Difference]:
    """Run a file and the original on the same random images.

    Args:
        run: the file, see ``formats``.
        names: of the file's outputs.
        reference: the original; gives what it has by these names.
        strengths: for each shape; None leaves the file's own.
        source: colour space of the images.
        shapes: (batch, height, width) to check.
        runs: how often to run the file for its time; the best counts.

    Returns:
        One difference per shape and output.
    """
    differences = []
    for shape, strength in product(shapes, strengths):
        images = random_images(source, shape)
        inputs = [images.numpy()]
        size = " x ".join(map(str, shape))
        if strength is not None:
            inputs.append(np.array(strength, np.float32))
            size += f", strength {strength:g}"
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            outputs = dict(zip(names, run(*inputs), strict=True))
            times.append(1e3 * (time.perf_counter() - start))
        for name, expected in reference(images, strength).items():
            if name in outputs:
                differences.append(_difference(size, name, outputs[name], expected, min(times)))
    return differences


def random_images(source: Colours, shape: tuple[int, int, int]) -> Tensor:
    """Smooth shapes under noise, so that thumbnail and kernel both matter; (N, 3, H, W) in the source's space."""
    batch, height, width = shape
    generator = torch.Generator().manual_seed(height * 10007 + width)
    coarse = torch.rand(batch, 3, 5, 7, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")
    noise = torch.rand(batch, 3, height, width, generator=generator)
    levels = (255 * (0.7 * smooth + 0.3 * noise)).clamp(0, 255).round()
    if source.dtype == "uint8":
        return levels.to(torch.uint8)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (source.mean, source.std))
    return (levels - mean) / std


@torch.no_grad()
def enhance_as_sympie(
    enhancer: SyMPIE, images: Tensor, source: Colours, strength: float | None = None
) -> dict[str, Tensor]:
    """Enhance with SyMPIE itself, between the same colour spaces, rounded half to even for uint8."""
    rgb = images.flip(1) if source.order == "bgr" else images
    rgb = normalize(rgb.float() / 255) if source.dtype == "uint8" else rgb
    strength = enhancer.strength if strength is None else strength
    parameters = enhancer.estimate(rgb, strength)
    if strength == 0:
        return {"enhanced": images, "parameters": parameters.to_vector()}
    enhanced = enhancer.enhance(rgb, parameters)
    if source.dtype == "uint8":
        enhanced = (255 * denormalize(enhanced)).clamp(0, 255).round().to(torch.uint8)
    enhanced = enhanced.flip(1) if source.order == "bgr" else enhanced
    return {"enhanced": enhanced, "parameters": parameters.to_vector()}


def _difference(
    size: str, name: str, actual: np.ndarray, expected: Tensor, milliseconds: float
) -> Difference:
    wanted = expected.numpy().astype(np.float64)
    if actual.shape != wanted.shape:
        raise ValueError(f"{name} has shape {actual.shape} instead of {wanted.shape} at {size}")
    apart = np.abs(actual.astype(np.float64) - wanted)
    differing = float((apart > 0).mean())
    share = differing if actual.dtype.kind in "ui" else None
    largest = differing if name == "classes" else float(apart.max())
    scale = 1.0 if name == "classes" else max(1.0, float(np.abs(wanted).max()))
    return Difference(size, name, largest, share, scale, milliseconds)
