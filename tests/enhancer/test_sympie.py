"""Tests of the whole enhancer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from sympie_seg.enhancer import SyMPIE, WarpParameters, make_thumbnail, warp
from sympie_seg.enhancer.normalization import normalize, normalized_bounds


def small_enhancer(init: str = "random") -> SyMPIE:
    """Make an enhancer with a small thumbnail, for speed."""
    return SyMPIE(init=init, thumbnail_resize=100, thumbnail_crop=96)


def random_images(*shape: int) -> Tensor:
    return normalize(torch.rand(*shape))


class TestBatch:
    @pytest.mark.parametrize("batch", [0, 1, 5])
    def test_identity_start_returns_the_input(self, batch: int) -> None:
        images = random_images(batch, 3, 51, 77)
        enhancer = small_enhancer("identity").eval()
        result = images
        for _ in range(5):
            result = enhancer(result)
        torch.testing.assert_close(result, images, rtol=0, atol=1e-6)

    def test_reads_the_thumbnail_and_warps_the_image(self) -> None:
        enhancer, images = small_enhancer().eval(), random_images(2, 3, 120, 150)
        with torch.no_grad():
            vector = enhancer.nem(make_thumbnail(images, 100, 96))
            result = enhancer(images)
        expected = warp(images, WarpParameters.from_vector(vector), clamp=True)
        torch.testing.assert_close(result, expected)

    def test_default_thumbnail(self) -> None:
        images = random_images(1, 3, 260, 300)
        enhancer = SyMPIE(init="random").eval()
        with torch.no_grad():
            expected = enhancer.nem(make_thumbnail(images, 232, 224))
            torch.testing.assert_close(enhancer.estimate(images).to_vector(), expected)

    def test_clamps_in_eval_only(self) -> None:
        enhancer, images = small_enhancer("identity"), torch.full((2, 3, 60, 60), 9.0)
        assert enhancer.train()(images).max() > 8
        assert torch.equal(enhancer.eval()(images), normalized_bounds()[1].expand(2, 3, 60, 60))

    def test_enhance_replays_parameters(self) -> None:
        enhancer, images = small_enhancer().eval(), random_images(2, 3, 64, 80)
        with torch.no_grad():
            assert torch.equal(
                enhancer.enhance(images, enhancer.estimate(images)), enhancer(images)
            )

    def test_gradient_reaches_all_weights_and_the_image(self) -> None:
        enhancer, images = small_enhancer(), random_images(2, 3, 96, 96).requires_grad_()
        enhancer(images).square().mean().backward()
        assert all(parameter.grad is not None for parameter in enhancer.parameters())
        assert images.grad.isfinite().all()

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_autocast_stays_close(self, dtype: torch.dtype) -> None:
        enhancer, images = small_enhancer().eval(), random_images(2, 3, 96, 120)
        with torch.no_grad():
            expected = enhancer(images)
            with torch.autocast("cpu", dtype):
                result = enhancer(images)
        assert result.dtype == torch.float32
        torch.testing.assert_close(result, expected, rtol=0, atol=0.05)

    def test_double(self) -> None:
        images = random_images(1, 3, 60, 60).double()
        assert small_enhancer().double().eval()(images).dtype == torch.float64


class TestSequence:
    def test_different_sizes_equal_one_by_one(self) -> None:
        enhancer = small_enhancer().eval()
        sizes = [(50, 70), (96, 96), (50, 70), (130, 60)]
        images = [random_images(3, *size) for size in sizes]
        with torch.no_grad():
            results = enhancer(images)
            singles = [enhancer(image[None])[0] for image in images]
        assert isinstance(results, list)
        for result, single in zip(results, singles, strict=True):
            torch.testing.assert_close(result, single, rtol=1e-5, atol=1e-5)

    def test_equal_sizes_equal_the_batch(self) -> None:
        enhancer, images = small_enhancer().eval(), random_images(3, 3, 70, 50)
        with torch.no_grad():
            torch.testing.assert_close(torch.stack(enhancer(list(images))), enhancer(images))
            torch.testing.assert_close(torch.stack(enhancer(tuple(images))), enhancer(images))

    def test_nem_runs_once(self) -> None:
        enhancer, batches = small_enhancer(), []
        enhancer.nem.register_forward_hook(lambda _, args, __: batches.append(len(args[0])))
        enhancer([random_images(3, 50, 60), random_images(3, 60, 50), random_images(3, 50, 60)])
        assert batches == [3]

    def test_gradients_flow(self) -> None:
        enhancer = small_enhancer()
        results = enhancer([random_images(3, 50, 60), random_images(3, 60, 50)])
        sum(result.mean() for result in results).backward()
        assert enhancer.nem.backbone[0].weight.grad.norm() > 0

    def test_empty(self) -> None:
        assert small_enhancer().eval()([]) == []


class TestErrors:
    def test_not_finite(self) -> None:
        enhancer, images = small_enhancer().eval(), random_images(2, 3, 60, 60)
        images[1, 0, 30, 30] = float("nan")
        with pytest.raises(FloatingPointError, match=r"image\(s\) \[1\]"):
            enhancer(images)

    def test_training_does_not_look_at_values(self) -> None:
        images = torch.full((2, 3, 96, 96), float("nan"))
        assert small_enhancer().train()(images).isnan().all()

    @pytest.mark.parametrize(
        ("images", "error", "words"),
        [
            (torch.zeros(3, 60, 60), ValueError, "N, 3, H, W"),
            ([torch.zeros(1, 3, 60, 60)], ValueError, "position 0"),
            ([torch.zeros(3, 60, 60), "b.png"], TypeError, "str at position 1"),
            ([torch.zeros(1, 60, 60)], ValueError, "N, 3, H, W"),
        ],
    )
    def test_other_images(self, images: object, error: type[Exception], words: str) -> None:
        with pytest.raises(error, match=words):
            small_enhancer()(images)

    def test_other_number_of_parameters(self) -> None:
        with pytest.raises(ValueError, match="1 sets for 2 images"):
            small_enhancer().enhance([torch.zeros(3, 9, 9)] * 2, WarpParameters.identity(1))

    @pytest.mark.parametrize(("resize", "crop"), [(100, 42), (90, 96)])
    def test_thumbnail_sizes(self, resize: int, crop: int) -> None:
        with pytest.raises(ValueError, match=f"crop {crop} and resize {resize}"):
            SyMPIE(thumbnail_resize=resize, thumbnail_crop=crop)


class TestModule:
    def test_config_rebuilds(self) -> None:
        enhancer = small_enhancer()
        assert SyMPIE(**enhancer.config).config == enhancer.config
        assert SyMPIE().config == {
            "init": "identity",
            "thumbnail_resize": 232,
            "thumbnail_crop": 224,
        }

    def test_state_is_that_of_nem(self) -> None:
        assert all(key.startswith("nem.") for key in SyMPIE().state_dict())

    def test_from_checkpoint(self, tmp_path: Path) -> None:
        enhancer = small_enhancer()
        torch.save(enhancer.nem.state_dict(), tmp_path / "sympie.pth")
        loaded = SyMPIE.from_checkpoint(tmp_path / "sympie.pth")
        thumbnail = torch.randn(1, 3, 96, 96)
        assert torch.equal(loaded.eval().nem(thumbnail), enhancer.eval().nem(thumbnail))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "record",
    [
        lambda module, images: torch.jit.trace(module, images),
        lambda module, images: torch.export.export(module, (images,)).module(),
    ],
    ids=["trace", "export"],
)
def test_recording(record: Callable[[SyMPIE, Tensor], Callable[[Tensor], Tensor]]) -> None:
    enhancer, images = small_enhancer().eval(), random_images(1, 3, 60, 90)
    with torch.no_grad():
        recorded = record(enhancer, images)
        other = random_images(1, 3, 60, 90)
        torch.testing.assert_close(recorded(other), enhancer(other))


@pytest.mark.filterwarnings("ignore")
def test_export_follows_height_and_width() -> None:
    enhancer, dynamic = small_enhancer().eval(), torch.export.Dim.DYNAMIC
    program = torch.export.export(
        enhancer, (random_images(1, 3, 128, 256),), dynamic_shapes=({2: dynamic, 3: dynamic},)
    )
    images = random_images(1, 3, 140, 333)
    with torch.no_grad():
        torch.testing.assert_close(program.module()(images), enhancer(images))
