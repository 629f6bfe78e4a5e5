"""NEM and its thumbnail in every variant that was considered for the fast path, in one run, in turns.

    python tools/misc/benchmark_nem.py

- plain: the modules of `sympie_seg.enhancer`, as they are.
- fused: BatchNorm folded by PyTorch's public `fuse_conv_bn_eval`, the stem by strips. This is `sympie_seg.fast`.
- packed: the same with weights packed once by private operations of PyTorch's oneDNN.
- thumbnail, plain and fast: from images as the loader gives them (uint8) and from normalised floats (the API).

One thread. The times are those of the processor, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch import Tensor, nn

from sympie_seg.enhancer import NoiseEstimationModule, make_thumbnail
from sympie_seg.fast import NORMALIZED, PixelFormat
from sympie_seg.fast.affine import to_normalized
from sympie_seg.fast.folded_nem import Convolution, FoldedNem
from sympie_seg.fast.thumbnail import thumbnails_of

Runs = dict[str, Callable[[], Tensor]]


def packed_convolution(conv: nn.Conv2d) -> Convolution:
    """Give a 3x3 convolution whose weights were packed for oneDNN once."""
    one = [1, 1]
    weight, bias = conv.weight.detach().clone(), conv.bias.detach().clone()
    packed = torch.ops.mkldnn._reorder_convolution_weight(weight, one, one, one, 1)
    return lambda x, padding=1: torch.ops.mkldnn._convolution_pointwise(
        x, packed, bias, [padding] * 2, one, one, 1, "none", [], ""
    )


def nem_runs(batch: int) -> Runs:
    """Name every variant of NEM."""
    nem = NoiseEstimationModule("random").eval()
    thumbnails = torch.randn(batch, 3, 224, 224)
    runs: Runs = {"plain": lambda: nem(thumbnails)}
    for name, folded in (("fused", FoldedNem(nem)), ("packed", FoldedNem(nem, packed_convolution))):
        runs[name] = lambda folded=folded: folded(thumbnails)
    return runs


def thumbnail_runs(width: int, height: int, batch: int, dtype: torch.dtype) -> Runs:
    """Name both variants of the thumbnail; the plain one is what the fast path would do without its own."""
    images = [torch.randint(0, 256, (3, height, width), dtype=torch.uint8) for _ in range(batch)]
    source = PixelFormat(rgb=False)
    if dtype == torch.float32:
        images, source = [image.float() / 60 - 2 for image in images], NORMALIZED
    scale, offset = (torch.from_numpy(v).float().view(3, 1, 1) for v in to_normalized(source))

    def plain() -> Tensor:
        small = torch.cat([make_thumbnail(image[None].float()) for image in images])
        return torch.addcmul(offset, small[:, source.order], scale)

    return {"plain": plain, "fast": lambda: thumbnails_of(images, source, 232, 224)}


@torch.inference_mode()
def take_turns(runs: Runs, rounds: int) -> dict[str, float]:
    """Give the middle of each variant's milliseconds on the processor, after two rounds to warm up.

    Raises:
        AssertionError: if a variant gives another result than the first.
    """
    expected = next(iter(runs.values()))()
    for run in runs.values():
        torch.testing.assert_close(run(), expected, rtol=0, atol=1e-4)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 2):
        for name, run in runs.items():
            start = time.process_time()
            run()
            if number >= 2:
                times[name].append(1e3 * (time.process_time() - start))
    return {name: statistics.median(own) for name, own in times.items()}


def line(title: str, times: dict[str, float]) -> str:
    """Give one line: milliseconds, and how many times each takes what the last one takes."""
    last = list(times.values())[-1]
    shown = "   ".join(f"{name} {ms:7.2f} ({ms / last:.2f}x)" for name, ms in times.items())
    return f"{title:34} {shown}"


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args(words)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} thread, ms on the processor")
    for batch in (1, 4):
        print(line(f"NEM, batch {batch}", take_turns(nem_runs(batch), args.rounds)))
    for dtype in (torch.uint8, torch.float32):
        for width, height in ((512, 256), (1024, 512), (1920, 1080)):
            for batch in (1, 4):
                runs = thumbnail_runs(width, height, batch, dtype)
                kind = "uint8" if dtype == torch.uint8 else "float"
                title = f"thumbnail, {kind} {width}x{height}, batch {batch}"
                print(line(title, take_turns(runs, args.rounds)))


if __name__ == "__main__":
    main()
