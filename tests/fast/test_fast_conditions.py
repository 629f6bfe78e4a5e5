"""The door to the fast path opens where that is right, and only there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import sympie_seg.enhancer
from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.fast import NORMALIZED, Enhanced, enhance_pixels, pipeline


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


def fast(enhancer: nn.Module, images: Sequence[Tensor], **options: object) -> Enhanced | None:
    return enhance_pixels(enhancer, list(images), NORMALIZED, NORMALIZED, **options)


@torch.no_grad()
def test_a_batch_and_images_of_several_sizes(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(3, 3, 50, 70)
    expected = enhancer(batch)
    assert probe.calls == 0 and (expected - batch).abs().mean() > 0.01
    torch.testing.assert_close(fast(enhancer, batch).pixels, expected, rtol=0, atol=1e-4)
    assert probe.calls == 1
    images = [batch[0], batch[1, :, 3:40], batch[2]]
    for got, wanted in zip(fast(enhancer, images).pixels, enhancer(images), strict=True):
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-4)
    assert probe.calls > 1


@torch.no_grad()
def test_estimating_alone_and_given_parameters(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(2, 3, 50, 70)
    pixels, parameters = enhance_pixels(enhancer, list(batch), NORMALIZED, None)
    assert pixels is None and probe.calls == 0
    expected = enhancer.estimate(batch)
    torch.testing.assert_close(parameters.to_vector(), expected.to_vector(), rtol=0, atol=1e-5)
    other = WarpParameters.from_vector(expected.to_vector() * 0.9)
    got = fast(enhancer, batch, parameters=other)
    assert got.parameters is other and probe.calls == 1
    torch.testing.assert_close(got.pixels, enhancer.dwm(batch, other), rtol=0, atol=1e-4)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("strength", [0.3, 1, 1.4, 2])
@torch.no_grad()
def test_strength_as_in_the_plain_module(strength: float, own: bool, enhancer: SyMPIE) -> None:
    batch = torch.randn(2, 3, 50, 70)
    enhancer.strength = strength if own else 0.7
    got = fast(enhancer, batch, strength=None if own else strength)
    torch.testing.assert_close(got.pixels, enhancer(batch, strength), rtol=0, atol=1e-4)
    expected = enhancer.estimate(batch, 1).scaled(strength)
    torch.testing.assert_close(got.parameters.to_vector(), expected.to_vector(), rtol=0, atol=1e-5)
    assert not torch.allclose(got.pixels, batch, atol=1e-2)


@torch.no_grad()
def test_strength_0_is_left_to_the_plain_module(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(2, 3, 50, 70)
    assert fast(enhancer, batch, strength=0) is None and probe.calls == 0
    _, parameters = enhance_pixels(enhancer, list(batch), NORMALIZED, None, strength=0)
    assert torch.equal(parameters.to_vector(), WarpParameters.identity(2).to_vector())
    with pytest.raises(ValueError, match=r"strength in \[0, 2\], got 2.1"):
        fast(enhancer, batch, strength=2.1)


def _with_hook(enhancer: SyMPIE) -> SyMPIE:
    enhancer.dwm.register_forward_hook(lambda module, inputs, output: output + 1)
    return enhancer


class Brighter(SyMPIE):
    """A user's own enhancer."""

    def enhance(self, images: Tensor, parameters: WarpParameters) -> Tensor:
        return super().enhance(images, parameters) + 1


def _other_dwm(enhancer: SyMPIE) -> SyMPIE:
    enhancer.dwm = nn.Sequential().eval()  # any module with its own ideas
    return enhancer


CHANGED: dict[str, Callable[[SyMPIE], nn.Module]] = {
    "training": lambda enhancer: enhancer.train(),
    "a training DWM": lambda enhancer: enhancer.dwm.train() and enhancer,
    "a hook": _with_hook,
    "another DWM": _other_dwm,
    "a subclass": lambda enhancer: Brighter(thumbnail_resize=48, thumbnail_crop=44).eval(),
    "another module": lambda enhancer: nn.Identity().eval(),
    "float64": lambda enhancer: enhancer.double(),
    "switched off": lambda enhancer: setattr(enhancer, "fast", False) or enhancer,
}


@pytest.mark.parametrize("change", CHANGED)
@torch.no_grad()
def test_changed_modules_do_it_their_own_way(change: str, enhancer: SyMPIE, probe: Probe) -> None:
    assert fast(CHANGED[change](enhancer), torch.randn(2, 3, 50, 70)) is None
    assert probe.calls == 0


@torch.no_grad()
def test_a_bare_module_is_the_plain_method(enhancer: SyMPIE, probe: Probe) -> None:
    """Bit for bit, and nothing in `enhancer` imports `fast`."""
    batch = torch.randn(2, 3, 50, 70)
    parameters = enhancer.estimate(batch)
    assert torch.equal(enhancer(batch), enhancer.dwm(batch, parameters)) and probe.calls == 0
    for file in Path(sympie_seg.enhancer.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []  # fmt: skip
            assert not any("fast" in name.split(".") for name in names), file


@pytest.mark.parametrize("kind", ["float64", "four channels", "none", "needs gradient"])
def test_other_images_take_the_plain_path(kind: str, enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(2, 3, 50, 70)
    enhancer.requires_grad_(False)
    if kind == "float64":
        batch = batch.double()
    elif kind == "four channels":
        batch = torch.randn(2, 4, 50, 70)
    elif kind == "none":
        batch = batch[:0]
    else:
        batch.requires_grad_()
    assert fast(enhancer, batch) is None and probe.calls == 0


def test_gradients_take_the_plain_path(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(1, 3, 50, 70)
    assert fast(enhancer, batch) is None
    enhancer.requires_grad_(False)
    vector = enhancer.estimate(batch).to_vector().requires_grad_()
    assert fast(enhancer, batch, parameters=WarpParameters.from_vector(vector)) is None
    assert probe.calls == 0


def test_another_number_or_type_of_parameters_is_for_the_plain_module(enhancer: SyMPIE) -> None:
    with torch.no_grad():
        batch = torch.randn(2, 3, 50, 70)
        assert fast(enhancer, batch, parameters=WarpParameters.identity(1)) is None
        double = WarpParameters.identity(2, dtype=torch.float64)
        assert fast(enhancer, batch, parameters=double) is None


@torch.no_grad()
def test_counters_and_tracers_see_the_plain_operations(enhancer: SyMPIE, probe: Probe) -> None:
    enhancer.requires_grad_(False)
    batch = torch.randn(1, 3, 50, 70)
    with FlopCounterMode(display=False) as counter:
        assert fast(enhancer, batch) is None
        enhancer(batch)
    warp_macs = batch.numel() // 3 * (9 + 3 * 25)
    assert counter.get_total_flops() > 2 * warp_macs and probe.calls == 0

    def traced(images: Tensor) -> Tensor:
        assert fast(enhancer, images) is None
        return enhancer(images)

    recorded = torch.jit.trace(traced, batch, check_trace=False)
    torch.testing.assert_close(recorded(batch), enhancer(batch))
    assert probe.calls == 0


@torch.inference_mode()
def test_inference_mode_and_autocast(enhancer: SyMPIE, probe: Probe) -> None:
    batch = torch.randn(1, 3, 50, 70)
    torch.testing.assert_close(fast(enhancer, batch).pixels, enhancer(batch), rtol=0, atol=1e-4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got, expected = fast(enhancer, batch).pixels, enhancer(batch)
        assert got.dtype == torch.float32
        torch.testing.assert_close(got, expected, rtol=0, atol=0.05)  # NEM itself is bfloat16's
    assert probe.calls == 2


@torch.no_grad()
def test_what_is_not_finite_is_refused(enhancer: SyMPIE) -> None:
    batch = torch.randn(2, 3, 50, 70)
    batch[1, 0, 20, 30] = float("nan")
    with pytest.raises(FloatingPointError, match=r"image\(s\) \[1\] of a batch of 2"):
        fast(enhancer, batch)


@torch.no_grad()
def test_the_old_name_works_and_warns(enhancer: SyMPIE, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sympie_seg.enhancer.fast", raising=False)
    with pytest.warns(DeprecationWarning, match="enhancer.fast has moved") as caught:
        from sympie_seg.enhancer.fast import applies, warp_pixels
        from sympie_seg.enhancer.fast import enhance_pixels as before
    assert caught[0].filename == __file__
    assert warp_pixels is pipeline.warp_pixels
    batch = torch.randn(2, 3, 50, 70)
    assert applies(enhancer, list(batch))
    got = before(enhancer, list(batch), NORMALIZED, NORMALIZED)
    assert torch.equal(got, fast(enhancer, batch).pixels)
    with pytest.raises(ImportError, match=r"import sympie_seg\.fast\.pipeline instead"):
        import sympie_seg.enhancer.fast.pipeline  # noqa: F401
