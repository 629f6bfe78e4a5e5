"""What is measured at one image size: every stage in every variant, in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from benchmarking.memory import peak_megabytes
from benchmarking.rounds import median, median_ratio, take_turns
from sympie_seg.enhancer import SyMPIE, WarpParameters, make_thumbnail
from sympie_seg.fast import NORMALIZED, PixelFormat
from sympie_seg.fast.folded_nem import predict
from sympie_seg.fast.pipeline import warp_pixels
from sympie_seg.fast.thumbnail import thumbnails_of

__all__ = ["STAGES", "VARIANTS", "Subject", "measure_size"]

STAGES = ("thumbnail", "NEM", "DWM", "plug-in")
VARIANTS = ("fast", "plain", "one by one")
Runs = dict[str, Callable[[], object]]


@dataclass
class Subject:
    """What is measured.

    Attributes:
        fast: the data preprocessor, as it is used.
        plain: the same with ``fast=False``: shift and matrix product (``baddbmm``), then one grouped ``F.conv2d``
            for the whole batch.
        network: the frozen network, or None.
        device: "cpu" or "cuda".
    """

    fast: nn.Module
    plain: nn.Module
    network: nn.Module | None
    device: str


@torch.inference_mode()
def measure_size(
    subject: Subject, width: int, height: int, batches: Sequence[int], seconds: float
) -> list[dict[str, Any]]:
    """Measure all batch sizes of one image size together, so that they can be compared.

    Args:
        subject: what is measured.
        width: of the images.
        height: of the images.
        batches: numbers of images.
        seconds: about how long the rounds may take.

    Returns:
        One entry per batch size: ``stages`` (stage, variant, ``ms`` and ``peak_mb``; ``ratio`` of a variant to the
        fast one), ``copy_ms`` of the float image, ``largest_difference`` of fast and plain in normalised units,
        ``network_ms`` of one image, and ``per_image_ratio`` (time per image of the first batch size over this one's).
    """
    runs = {
        batch: _runs(subject, _images(batch, width, height, subject.device)) for batch in batches
    }
    joined = {f"{batch} {name}": run for batch in batches for name, run in runs[batch].items()}
    times = take_turns(joined, seconds)
    entries = [
        _entry(subject.device, batch, runs[batch], times, width, height) for batch in batches
    ]
    network = _network_times(subject, width, height) if subject.network is not None else None
    for entry, batch in zip(entries, batches, strict=True):
        pictures = _images(batch, width, height, subject.device)
        entry["largest_difference"] = _difference(subject, pictures)
        entry["network_ms"] = network and median(network)
        first, own = (times[f"{b} fast plug-in"] for b in (batches[0], batch))
        entry["per_image_ratio"] = median_ratio(first, own) * batch / batches[0]
    return entries


def _entry(
    device: str, batch: int, runs: Runs, times: dict, width: int, height: int
) -> dict[str, Any]:
    stages: dict[str, Any] = {}
    for stage in STAGES:
        fast = times[f"{batch} fast {stage}"]
        stages[stage] = {}
        for variant in VARIANTS:
            own = times[f"{batch} {variant} {stage}"]
            stages[stage][variant] = {
                "ms": median(own),
                "least_ms": min(own),
                "ratio": median_ratio(own, fast),
                "peak_mb": peak_megabytes(runs[f"{variant} {stage}"], device),
            }
    return {
        "device": device,
        "width": width,
        "height": height,
        "batch": batch,
        "rounds": len(times[f"{batch} copy"]),
        "copy_ms": median(times[f"{batch} copy"]),
        "stages": stages,
    }


def _images(batch: int, width: int, height: int, device: str) -> list[Tensor]:
    """Give images of 8 bits, as the loader does; noise, since no variant looks at what they show."""
    generator = torch.Generator().manual_seed(0)
    shape = (3, height, width)
    return [
        torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator).to(device)
        for _ in range(batch)
    ]


def _runs(subject: Subject, raw: list[Tensor]) -> Runs:
    """Name everything that is timed for one batch."""
    enhancer: SyMPIE = subject.plain.enhancer
    source, target = PixelFormat(rgb=False), subject.fast.network_format()
    batch = torch.stack([subject.plain._to_normalized(image) for image in raw])
    parameters = enhancer.estimate(batch)
    thumbnails = make_thumbnail(batch, enhancer.thumbnail_resize, enhancer.thumbnail_crop)
    copied = torch.empty_like(batch)
    runs = _plain_runs(subject.plain, raw, batch, thumbnails, parameters)
    runs["copy"] = partial(copied.copy_, batch)
    sizes = (enhancer.thumbnail_resize, enhancer.thumbnail_crop)
    runs["fast thumbnail"] = partial(thumbnails_of, raw, source, *sizes)
    runs["fast NEM"] = partial(predict, subject.fast.enhancer.nem, thumbnails)
    runs["fast DWM"] = partial(warp_pixels, raw, parameters, source, target)
    runs["fast plug-in"] = partial(subject.fast, {"inputs": raw})
    return runs


def _plain_runs(
    preprocessor: nn.Module,
    raw: list[Tensor],
    batch: Tensor,
    thumbnails: Tensor,
    parameters: WarpParameters,
) -> Runs:
    enhancer: SyMPIE = preprocessor.enhancer
    sizes = (enhancer.thumbnail_resize, enhancer.thumbnail_crop)

    def one_by_one(run: Callable, *inputs: Any) -> list:
        return [run(*image) for image in zip(*inputs, strict=True)]

    singles = batch.split(1), thumbnails.split(1), list(parameters)
    return {
        "plain thumbnail": partial(make_thumbnail, batch, *sizes),
        "plain NEM": partial(enhancer.nem, thumbnails),
        "plain DWM": partial(enhancer.dwm, batch, parameters),
        "plain plug-in": partial(preprocessor, {"inputs": raw}),
        "one by one thumbnail": lambda: one_by_one(lambda x: make_thumbnail(x, *sizes), singles[0]),
        "one by one NEM": lambda: one_by_one(enhancer.nem, singles[1]),
        "one by one DWM": lambda: one_by_one(enhancer.dwm, singles[0], singles[2]),
        "one by one plug-in": lambda: one_by_one(lambda x: preprocessor({"inputs": [x]}), raw),
    }


def _difference(subject: Subject, raw: list[Tensor]) -> float:
    """Give the largest difference of the fast and the plain plug-in, in ImageNet-normalised units."""
    got, expected = (module({"inputs": raw})["inputs"] for module in (subject.fast, subject.plain))
    form = subject.fast.network_format()
    std = got.new_tensor(form.std).view(3, 1, 1) / got.new_tensor(NORMALIZED.std)[form.order].view(
        3, 1, 1
    )
    return float(((got - expected) * std).abs().max())


def _network_times(subject: Subject, width: int, height: int) -> list[float]:
    image = torch.randn(1, 3, height, width, device=subject.device)
    times = take_turns({"network": partial(subject.network, image)}, seconds=0, least=2)
    return times["network"]
