"""NEM in eval mode without its waste: BatchNorm folded, and strips that stay in the cache.

The module and its state dict stay as they are; what is derived from it is kept beside it and made again as soon as a
weight or statistic changes. `tools/misc/benchmark_nem.py` compares this with packed weights (private operations of
PyTorch's oneDNN), which it once used.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..enhancer.nem import NoiseEstimationModule, ResidualBlock
from .conditions import has_hooks

# Pooled rows of a strip: the stem's 64 channels of 56 x 224 pixels stay in the cache.
_STEM_ROWS = 14
Convolution = Callable[..., Tensor]
_SAMPLES = 61  # of each tensor, compared at every call: an edit of `weight.data` moves no counter


def predict(nem: nn.Module, thumbnails: Tensor) -> Tensor:
    """Do what ``nem(thumbnails)`` does in eval mode, without gradients, faster where that is possible.

    Args:
        nem: a `NoiseEstimationModule`, or anything in its place, which is then called itself.
        thumbnails: (N, 3, h, w) float32, ImageNet-normalised RGB.

    Returns:
        Shape (N, 37).
    """
    tensors = _tensors(nem) if _foldable(nem, thumbnails) else []
    if not tensors or any(t.dtype != torch.float32 or t.device.type != "cpu" for t in tensors):
        result: Tensor = nem(thumbnails)
        return result
    folded = _known.get(nem)
    if folded is None or folded.outdated(tensors):
        folded = _known[nem] = FoldedNem(cast("NoiseEstimationModule", nem))
    return folded(thumbnails)


def convolution(conv: nn.Conv2d) -> Convolution:
    """Give a 3x3 convolution as a function of the images and the padding, with weights of its own."""
    weight = _channels_last(conv.weight.detach().clone())
    bias = None if conv.bias is None else conv.bias.detach().clone()
    return lambda x, padding=1: F.conv2d(x, weight, bias, padding=padding)


class FoldedNem:
    """The folded weights of one module at one moment.

    Args:
        nem: the module, with weights in float32 on the CPU.
        make: turns a layer into a function, as `convolution` does; the benchmark tries others.
    """

    @torch.no_grad()
    def __init__(
        self,
        nem: NoiseEstimationModule,
        make: Callable[[nn.Conv2d], Convolution] = convolution,
    ) -> None:
        tensors = _tensors(nem)
        self._versions = _versions(tensors)
        self._views = [_few(tensor) for tensor in tensors]
        self._samples = torch.cat(self._views)
        stem, norm, _, *blocks = nem.backbone
        stem, norm = cast("nn.Conv2d", stem), cast("nn.BatchNorm2d", norm)
        self._stem = make(fuse_conv_bn_eval(stem, norm))
        self._blocks = [_FoldedBlock(cast("ResidualBlock", block), make) for block in blocks]
        self._out = weakref.ref(nem.out)

    def outdated(self, tensors: list[Tensor]) -> bool:
        """Whether the module, which has these tensors now, has changed since."""
        if _versions(tensors) != self._versions:
            return True
        return not torch.equal(torch.cat(self._views), self._samples)

    @torch.no_grad()
    def __call__(self, thumbnails: Tensor) -> Tensor:
        """Predict 37 numbers per thumbnail."""
        pooled = [self._pooled_stem(image) for image in thumbnails.split(1)]
        x = _channels_last(torch.cat(pooled))
        for index, block in enumerate(self._blocks):
            x = block(x if index == 0 else _pool(x))
        out = self._out()
        assert out is not None  # the module that was asked for holds it
        result: Tensor = out(x.mean(dim=(2, 3)))
        return result

    def _pooled_stem(self, image: Tensor) -> Tensor:
        """Stem, BatchNorm, ReLU and the first pooling, by strips of rows.

        Pooled row p reads rows 4p - 1 to 4p + 3 of the stem, which reads one row more on either side.
        """
        height = image.shape[2]
        padded = _channels_last(F.pad(image, (1, 1, 1, 1)))  # row r of the image is row r + 1
        strips = []
        for first in range(0, (height + 1) // 4, _STEM_ROWS):
            last = min(first + _STEM_ROWS, (height + 1) // 4)
            top, bottom = max(4 * first - 1, 0), min(4 * last, height)
            rows = self._stem(_channels_last(padded[:, :, top : bottom + 2]), padding=0).relu_()
            if first > 0 and 4 * last > height:
                rows = F.pad(rows, (0, 0, 0, 1))
            # Below an upper strip no pooled row reaches the padding that comes with the one above.
            strips.append(F.avg_pool2d(rows, 5, stride=4, padding=(int(first == 0), 1)))
        return torch.cat(strips, dim=2)


class _FoldedBlock:
    def __init__(self, block: ResidualBlock, make: Callable[[nn.Conv2d], Convolution]) -> None:
        self._conv1 = make(block.conv1)
        # Not folded: the block's output needs what goes into this BatchNorm too.
        self._scale, self._shift = (part.view(1, -1, 1, 1) for part in _affine(block.bn1))
        self._conv2 = make(fuse_conv_bn_eval(block.conv2, block.bn2))

    def __call__(self, pooled: Tensor) -> Tensor:
        x0 = self._conv1(pooled)
        inner = torch.addcmul(self._shift, x0, self._scale).relu_()
        return x0.add_(self._conv2(inner).relu_())


def _pool(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 5, stride=4, padding=1)


def _affine(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None and variance is not None  # NEM's BatchNorm keeps them
    scale = norm.weight.double() / (variance.double() + norm.eps).sqrt()
    shift = norm.bias.double() - mean.double() * scale
    return scale.float(), shift.float()


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _foldable(nem: nn.Module, thumbnails: Tensor) -> bool:
    """Whether this is the method's own module, doing its own forward in float32 on the CPU."""
    return (
        type(nem) is NoiseEstimationModule
        and [type(part) for part in nem.modules()] == _parts()
        and not any(part.training or has_hooks(part) for part in nem.modules())
        and thumbnails.device.type == "cpu"
        and thumbnails.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and nem._compiled_call_impl is None
    )


def _tensors(nem: nn.Module) -> list[Tensor]:
    """List weights and statistics, without BatchNorm's counters."""
    return [*nem.parameters(), *(b for b in nem.buffers() if b.is_floating_point())]


def _versions(tensors: list[Tensor]) -> list[tuple[int, int]]:
    return [(t.data_ptr(), 0 if t.is_inference() else t._version) for t in tensors]


def _few(tensor: Tensor) -> Tensor:
    """Give a view of some numbers that are spread over the tensor, of either memory format."""
    tensor = tensor.detach()
    if not tensor.is_contiguous() and tensor.dim() == 4:
        tensor = tensor.movedim(1, -1)
    return tensor.reshape(-1)[:: max(tensor.numel() // _SAMPLES, 1)]


@lru_cache
def _parts() -> list[type]:
    """Give the types of the module's parts, in order."""
    with torch.device("meta"):  # draws no random numbers
        return [type(part) for part in NoiseEstimationModule().modules()]


_known: weakref.WeakKeyDictionary[nn.Module, FoldedNem] = weakref.WeakKeyDictionary()
