"""SyMPIE takes the fast path where that is right, and only there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.enhancer.fast import pipeline


class Probe:
    """Counts the calls of the fast warp."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls, real = 0, pipeline.warp_planes

        def counted(*args: object) -> None:
            self.calls += 1
            real(*args)

        monkeypatch.setattr(pipeline, "warp_planes", counted)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    return Probe(monkeypatch)


@pytest.fixture
def enhancer() -> SyMPIE:
    module = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
    with torch.no_grad():
        module.nem.out.weight.normal_(0, 0.05)
    return module.eval()


def plain(enhancer: SyMPIE, images: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    enhancer.fast = False
    try:
        return enhancer(images)
    finally:
        enhancer.fast = True


@torch.no_grad()
def test_a_batch_and_a_sequence_take_it(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(3, 3, 50, 70)
    expected = plain(enhancer, batch)
    assert probe.calls == 0 and (expected - batch).abs().mean() > 0.01
    torch.testing.assert_close(enhancer(batch), expected, rtol=0, atol=1e-4)
    assert probe.calls == 1
    images = [batch[0], batch[1, :, 3:40], batch[2]]
    enhanced = enhancer(images)
    assert probe.calls == 3, "one warp for each size"
    for got, wanted in zip(enhanced, plain(enhancer, images), strict=True):
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-4)


@torch.no_grad()
def test_estimate_and_enhance_take_it_alone(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(2, 3, 50, 70)
    parameters = enhancer.estimate(batch)
    enhancer.fast = False
    expected = enhancer.estimate(batch)
    enhancer.fast = True
    torch.testing.assert_close(parameters.to_vector(), expected.to_vector(), rtol=0, atol=1e-5)
    torch.testing.assert_close(
        enhancer.enhance(batch, parameters), enhancer.dwm(batch, parameters), rtol=0, atol=1e-4
    )
    assert probe.calls == 1


def _with_hook(enhancer: SyMPIE) -> SyMPIE:
    enhancer.dwm.register_forward_hook(lambda module, inputs, output: output + 1)
    return enhancer


class Brighter(SyMPIE):
    """A user's own enhancer."""

    def enhance(self, images: Tensor, parameters: WarpParameters) -> Tensor:
        return super().enhance(images, parameters) + 1


def _subclass(enhancer: SyMPIE) -> SyMPIE:
    other = Brighter(thumbnail_resize=48, thumbnail_crop=44).eval()
    other.fast = True
    other.dwm = nn.Sequential()  # any module with its own ideas
    other.dwm.forward = lambda images, parameters: images
    return other


CHANGED: dict[str, Callable[[SyMPIE], SyMPIE]] = {
    "training": lambda enhancer: enhancer.train(),
    "a training DWM": lambda enhancer: enhancer.dwm.train() and enhancer,
    "a hook": _with_hook,
    "another DWM": _subclass,
    "float64": lambda enhancer: enhancer.double(),
    "switched off": lambda enhancer: setattr(enhancer, "fast", False) or enhancer,
}


@pytest.mark.parametrize("change", CHANGED)
@torch.no_grad()
def test_changed_modules_do_it_their_own_way(change: str, enhancer: SyMPIE, probe: Probe) -> None:
    enhancer = CHANGED[change](enhancer)
    dtype = enhancer.nem.out.weight.dtype
    enhancer(torch.randn(2, 3, 50, 70, dtype=dtype))
    assert probe.calls == 0


@pytest.mark.parametrize("kind", ["float64", "channels last", "needs gradient"])
def test_other_images_take_the_plain_path(kind: str, enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(2, 3, 50, 70)
    enhancer.requires_grad_(False)
    if kind == "float64":
        batch, enhancer = batch.double(), enhancer.double()
    elif kind == "channels last":
        batch = batch.contiguous(memory_format=torch.channels_last)
    else:
        batch.requires_grad_()
    result = enhancer(batch)
    assert probe.calls == 0 and result.dtype == batch.dtype
    assert result.requires_grad == batch.requires_grad
    if kind == "channels last":
        assert result.is_contiguous(memory_format=torch.channels_last)


def test_gradients_take_the_plain_path(enhancer: SyMPIE, probe: Probe) -> None:
    enhancer(torch.randn(1, 3, 50, 70)).sum().backward()
    assert probe.calls == 0 and enhancer.nem.out.weight.grad.abs().sum() > 0
    with torch.no_grad():
        parameters = enhancer.estimate(torch.randn(1, 3, 50, 70))
    vector = parameters.to_vector().requires_grad_()
    enhancer.enhance(torch.randn(1, 3, 50, 70), WarpParameters.from_vector(vector)).sum().backward()
    assert probe.calls == 0 and vector.grad.abs().sum() > 0


@torch.no_grad()
def test_counters_and_tracers_see_the_plain_operations(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(1, 3, 50, 70)
    with FlopCounterMode(display=False) as counter:
        enhancer(batch)
    warp_macs = batch.numel() // 3 * (9 + 3 * 25)
    assert counter.get_total_flops() > 2 * warp_macs and probe.calls == 0
    traced = torch.jit.trace(enhancer, batch, check_trace=False)
    torch.testing.assert_close(traced(batch), plain(enhancer, batch))
    assert probe.calls == 0
    exported = torch.export.export(enhancer, (batch,)).module()
    torch.testing.assert_close(exported(batch), plain(enhancer, batch))
    assert probe.calls == 0


@torch.inference_mode()
def test_inference_mode_and_autocast(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(1, 3, 50, 70)
    torch.testing.assert_close(enhancer(batch), plain(enhancer, batch), rtol=0, atol=1e-4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got, expected = enhancer(batch), plain(enhancer, batch)
        assert got.dtype == torch.float32
        torch.testing.assert_close(got, expected, rtol=0, atol=0.05)  # NEM itself is bfloat16's
    assert probe.calls == 2


@torch.no_grad()
def test_what_is_not_finite_is_refused(enhancer: SyMPIE) -> None:
    batch = torch.randn(2, 3, 50, 70)
    batch[1, 0, 20, 30] = float("nan")
    with pytest.raises(FloatingPointError, match=r"image\(s\) \[1\] of a batch of 2"):
        enhancer(batch)
