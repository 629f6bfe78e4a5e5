"""The second estimate: two warps as one, when it counts, and that every way to enhance does the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sympie_seg.api import enhance
from sympie_seg.enhancer import SyMPIE, WarpParameters, load_enhancer, save_enhancer, warp
from sympie_seg.enhancer.loading import forget_inference_options
from sympie_seg.enhancer.refinement import compose, refine
from sympie_seg.enhancer.thumbnail import make_thumbnail

ALWAYS = (0.0, 1e-6)


def near_identity(count: int, size: float, seed: int) -> WarpParameters:
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, 37, generator=generator)
    return WarpParameters.from_vector(WarpParameters.identity(count).to_vector() + size * noise)


def enhancer(refinement: tuple[float, float] | None = ALWAYS) -> SyMPIE:
    """Random weights whose estimates lie about 0.5 from identity."""
    module = SyMPIE(thumbnail_resize=48, thumbnail_crop=44, refinement=refinement)
    nn.init.normal_(module.nem.out.weight, std=0.2)
    return module.eval()


def test_colours_of_two_warps_are_joined_exactly() -> None:
    images = torch.randn(2, 3, 5, 6, dtype=torch.float64)
    first, second = (near_identity(2, 0.1, seed).to(dtype=torch.float64) for seed in (1, 2))
    centre = torch.zeros(2, 5, 5, dtype=torch.float64)
    centre[:, 2, 2] = torch.tensor([0.7, 1.4])
    first = WarpParameters(first.color_matrix, first.color_shift, centre)
    second = WarpParameters(second.color_matrix, second.color_shift, centre.flip(0))
    joined = warp(images, compose(first, second))
    torch.testing.assert_close(joined, warp(warp(images, first), second))


def test_small_kernels_are_joined_exactly_inside_the_image() -> None:
    """Two kernels of 3x3 make one of 5x5, which a set of parameters holds."""
    images = torch.randn(2, 3, 12, 12, dtype=torch.float64)
    sets = []
    for seed in (3, 4):
        parameters = near_identity(2, 0.1, seed).to(dtype=torch.float64)
        kernel = torch.zeros_like(parameters.kernel)
        kernel[:, 1:4, 1:4] = parameters.kernel[:, 1:4, 1:4]
        sets.append(WarpParameters(parameters.color_matrix, parameters.color_shift, kernel))
    joined = warp(images, compose(*sets))
    inside = (..., slice(4, -4), slice(4, -4))
    torch.testing.assert_close(joined[inside], warp(warp(images, sets[0]), sets[1])[inside])


def test_wide_kernels_keep_the_sum_of_both() -> None:
    first, second = near_identity(4, 0.05, 5), near_identity(4, 0.05, 6)
    kernel = compose(first, second).kernel
    expected = first.kernel.sum((1, 2)) * second.kernel.sum((1, 2))
    torch.testing.assert_close(kernel.sum((1, 2)), expected)


def test_identity_changes_neither_side() -> None:
    parameters, neutral = near_identity(3, 0.1, 7), WarpParameters.identity(3)
    for joined in (compose(parameters, neutral), compose(neutral, parameters)):
        torch.testing.assert_close(joined.to_vector(), parameters.to_vector())


@pytest.mark.parametrize(
    ("place", "share"), [(0.0, 0.0), (0.5, 0.0), (0.75, 0.25), (1.5, 1.0), (2.0, 1.0)]
)
def test_the_second_estimate_counts_by_the_distance_of_the_first(
    place: float, share: float
) -> None:
    """Distances below 0.5 keep the first estimate, above 1.5 the second counts in full."""
    neutral = WarpParameters.identity(1).to_vector()
    first = neutral.clone()
    first[:, 9] += place  # one number of the shift
    second = neutral.clone()
    second[:, 10] += 0.3
    seen = []

    def predict(thumbnails: Tensor) -> Tensor:
        seen.append(thumbnails)
        return second

    thumbnails = torch.zeros(1, 3, 44, 44)
    result = refine(first, thumbnails, (0.5, 1.5), predict, warp)
    expected = first.clone()
    expected[:, 10] += share * 0.3
    torch.testing.assert_close(result, expected)
    if share == 0:
        assert torch.equal(result, first) and not seen
    else:
        assert torch.equal(seen[0], warp(thumbnails, WarpParameters.from_vector(first)))


def test_each_image_of_a_batch_has_its_own_share() -> None:
    first = WarpParameters.identity(3).to_vector()
    first[1, 9] += 2
    asked = []

    def predict(thumbnails: Tensor) -> Tensor:
        asked.append(len(thumbnails))
        return WarpParameters.identity(len(thumbnails)).to_vector() + 0.01

    result = refine(first, torch.zeros(3, 3, 44, 44), (0.5, 1.0), predict, warp)
    assert asked == [1]
    assert torch.equal(result[[0, 2]], first[[0, 2]]) and not torch.equal(result[1], first[1])


@pytest.mark.parametrize("what", ["grey", "no sum", "not a number"])
def test_what_cannot_be_undone_stays_alone(what: str) -> None:
    parameters = near_identity(1, 0.3, 8)
    vector = parameters.to_vector()
    if what == "grey":
        vector[:, :9] = 1 / 3  # every channel becomes the mean
    elif what == "no sum":
        vector[:, 12:] = 0
    else:
        vector[:, 0] = torch.nan
    result = refine(vector, torch.zeros(1, 3, 44, 44), ALWAYS, lambda x: vector, warp)
    torch.testing.assert_close(result, vector, rtol=0, atol=0, equal_nan=True)


def test_the_enhancer_estimates_twice_outside_training(images: Tensor) -> None:
    module = enhancer()
    thumbnails = make_thumbnail(images, 48, 44)
    with torch.no_grad():
        first = WarpParameters.from_vector(module.nem(thumbnails))
        second = WarpParameters.from_vector(module.nem(module.dwm(thumbnails, first)))
        expected = compose(first, second).to_vector()
        torch.testing.assert_close(module.estimate(images).to_vector(), expected)
        alone = first.to_vector()
        assert (expected - alone).abs().max() > 0.01
        module.refinement = None
        assert torch.equal(module.estimate(images).to_vector(), alone)


def test_training_ignores_it(images: Tensor) -> None:
    module, other = enhancer(), enhancer(None)
    other.load_state_dict(module.state_dict())
    module.train()
    other.train()
    assert torch.equal(module(images), other(images))


def test_strength_moves_through_the_joined_numbers(images: Tensor) -> None:
    module = enhancer()
    with torch.no_grad():
        whole = module.estimate(images, strength=1)
        half = module.estimate(images, strength=0.5).to_vector()
        torch.testing.assert_close(half, whole.scaled(0.5).to_vector())
        assert torch.equal(module(images, strength=0), images)


def test_gradients_reach_the_images(images: Tensor) -> None:
    module = enhancer().requires_grad_(False)
    images.requires_grad_(True)
    module(images).square().sum().backward()
    assert images.grad is not None and bool(images.grad.isfinite().all())


@pytest.mark.parametrize("refinement", [ALWAYS, (0.3, 0.9)])
def test_every_way_to_enhance_gives_the_same(
    refinement: tuple[float, float], check_every_way: Callable[[SyMPIE], None]
) -> None:
    check_every_way(enhancer(refinement))


def test_under_autocast_the_numbers_stay_near(images: Tensor) -> None:
    module = enhancer()
    with torch.no_grad():
        exact = module.estimate(images).to_vector()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            near = module.estimate(images).to_vector().float()
    torch.testing.assert_close(near, exact, rtol=0, atol=0.05)


def test_a_file_keeps_it_and_training_forgets_it(tmp_path: Path) -> None:
    module = enhancer((0.25, 0.5))
    save_enhancer(tmp_path / "refined.pth", module, {})
    loaded, _ = load_enhancer(tmp_path / "refined.pth")
    assert loaded.refinement == (0.25, 0.5) and loaded.config["refinement"] == [0.25, 0.5]
    assert forget_inference_options(loaded).refinement is None
    assert "refinement" not in loaded.config  # earlier releases read the file
    picture = np.random.default_rng(0).integers(0, 256, (60, 70, 3), dtype=np.uint8)
    refined, _ = enhance(picture, tmp_path / "refined.pth")
    module.refinement = None
    once, _ = enhance(picture, module)
    assert not np.array_equal(refined, once)
