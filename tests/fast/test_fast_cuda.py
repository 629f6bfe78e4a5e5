"""The Triton kernel equals the plain warp: in Triton's interpreter anywhere, on a GPU where there is one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from sympie_seg.enhancer import SyMPIE
from sympie_seg.fast import NORMALIZED, cuda, enhance_pixels

INTERPRETED = """
import torch
from sympie_seg.enhancer import WarpParameters
from sympie_seg.fast import NORMALIZED, PixelFormat, cuda
from sympie_seg.fast.affine import fold
from sympie_seg.fast.pipeline import warp_pixels

torch.manual_seed(0)
assert cuda.works(torch.device("cpu"))
source, target = PixelFormat(rgb=False), PixelFormat((104., 117., 123.), (1., 2., 3.), rgb=False)
for height, width in [(1, 1), (2, 7), (5, 3), (33, 41), (3, 300)]:
    images = [torch.randint(0, 256, (3, height, width), dtype=torch.uint8)]
    images.append(images[0].permute(1, 2, 0).contiguous().permute(2, 0, 1).float())
    vectors = WarpParameters.identity(2).to_vector() + 0.3 * torch.randn(2, 37)
    parameters = WarpParameters.from_vector(vectors)
    expected = warp_pixels(images, parameters, source, target)
    padded = torch.full((2, 3, height + 2, width + 3), 9.0)
    got = padded[:, :, :height, :width]
    for work in zip(images, got, fold(parameters, source, target)):
        cuda.warp_image(*work)
    torch.testing.assert_close(got, expected, rtol=0, atol=5e-4)  # levels are 57 times larger
    assert (padded[:, :, height:] == 9).all() and (padded[..., width:] == 9).all()
image = torch.full((3, 4, 4), float("nan"))
(folded,) = fold(WarpParameters.identity(1), NORMALIZED, NORMALIZED)
cuda.warp_image(image, image, folded)
assert image.isnan().all()
print("equal")
"""


@pytest.mark.slow
def test_the_kernel_in_tritons_interpreter() -> None:
    pytest.importorskip("triton")
    done = subprocess.run(
        [sys.executable, "-c", INTERPRETED],
        capture_output=True, text=True, check=False, env={**os.environ, "TRITON_INTERPRET": "1"},
    )  # fmt: skip
    assert done.stdout.strip() == "equal", done.stderr[-2000:]


def test_a_device_without_compiler_keeps_the_plain_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("no compiler here")

    cuda.works.cache_clear()
    monkeypatch.setattr(cuda, "triton", object())
    monkeypatch.setattr(cuda, "warp_image", fail)
    with pytest.warns(UserWarning, match="no compiler here.*the plain one does"):
        assert not cuda.works(torch.device("cpu"))
    cuda.works.cache_clear()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@torch.no_grad()
def test_on_a_gpu() -> None:
    enhancer = SyMPIE().cuda().eval()
    enhancer.nem.out.weight.normal_(0, 0.02)
    images = torch.randn(2, 3, 300, 401, device="cuda")
    assert cuda.works(images.device)
    got = enhance_pixels(enhancer, list(images), NORMALIZED, NORMALIZED).pixels
    torch.testing.assert_close(got, enhancer(images), rtol=0, atol=1e-3)
