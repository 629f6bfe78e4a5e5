"""The dead zone: which estimates count, and that every way to enhance does the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sympie_seg.api import enhance
from sympie_seg.enhancer import SyMPIE, WarpParameters, load_enhancer, save_enhancer
from sympie_seg.enhancer.dead_zone import leave_near_identity
from sympie_seg.enhancer.distances import share_by_distance
from sympie_seg.enhancer.loading import forget_inference_options

ALL = (1e3, 1e4)  # nothing lies that far from identity


def away(*distances: float) -> Tensor:
    """Sets of 37 numbers that lie so far from identity."""
    generator = torch.Generator().manual_seed(3)
    steps = torch.randn(len(distances), 37, generator=generator)
    steps = steps / steps.norm(dim=1, keepdim=True) * torch.tensor(distances).unsqueeze(1)
    return WarpParameters.identity(1).to_vector() + steps


def enhancer(dead_zone: tuple[float, float] | None, **options: object) -> SyMPIE:
    """Random weights whose estimates lie about 0.5 from identity."""
    torch.manual_seed(0)
    module = SyMPIE(thumbnail_resize=48, thumbnail_crop=44, dead_zone=dead_zone, **options)  # type: ignore[arg-type]
    nn.init.normal_(module.nem.out.weight, std=0.2)
    return module.eval()


def test_the_share_rises_between_the_distances() -> None:
    parameters = WarpParameters.from_vector(away(0.0, 0.3, 0.35, 0.5, 0.9))
    share = share_by_distance(parameters, (0.3, 0.5))
    torch.testing.assert_close(share, torch.tensor([0, 0, 0.25, 1, 1]), rtol=0, atol=1e-5)


def test_near_ones_become_identity_and_far_ones_keep_every_bit() -> None:
    numbers = away(0.1, 0.4, 0.7)
    result = leave_near_identity(numbers, (0.3, 0.5))
    neutral = WarpParameters.identity(1).to_vector()
    assert torch.equal(result[:1], neutral)
    torch.testing.assert_close(result[1:2], neutral + 0.5 * (numbers[1:2] - neutral))
    assert torch.equal(result[2], numbers[2])


def test_what_is_not_finite_is_passed_on() -> None:
    numbers = away(0.1, 0.2)
    numbers[0, 5] = torch.nan
    assert bool(leave_near_identity(numbers, (0.3, 0.5))[0].isnan().any())


def test_half_precision_stays() -> None:
    result = leave_near_identity(away(0.1, 0.9).half(), (0.3, 0.5))
    assert result.dtype == torch.float16
    assert torch.equal(result[1], away(0.1, 0.9).half()[1])


def test_images_in_the_zone_stay_as_they_are(images: Tensor) -> None:
    module = enhancer(ALL)
    with torch.no_grad():
        torch.testing.assert_close(module(images), images, rtol=0, atol=1e-6)
        module.dead_zone = None
        assert (module(images) - images).abs().max() > 0.1


def test_training_ignores_it(images: Tensor) -> None:
    module, other = enhancer(ALL).train(), enhancer(None).train()
    assert torch.equal(module(images), other(images))


def test_the_first_estimate_tells_and_the_second_starts_from_what_is_left(images: Tensor) -> None:
    module = enhancer((0.3, 1.5), refinement=(0.0, 1e-6))
    with torch.no_grad():
        left = module.estimate(images)
        module.refinement = None
        first = module.estimate(images)
        assert (left.to_vector() - first.to_vector()).abs().max() > 1e-3
        module.dead_zone = ALL
        module.refinement = (0.1, 0.2)
        assert torch.equal(
            module.estimate(images).to_vector(), WarpParameters.identity(3).to_vector()
        )


@pytest.mark.parametrize("dead_zone", [ALL, (0.3, 1.5)])
@pytest.mark.parametrize("refinement", [None, (0.4, 0.9)])
def test_every_way_to_enhance_gives_the_same(
    dead_zone: tuple[float, float],
    refinement: tuple[float, float] | None,
    check_every_way: Callable[[SyMPIE], None],
) -> None:
    check_every_way(enhancer(dead_zone, refinement=refinement))


def test_a_file_keeps_it_and_training_forgets_it(tmp_path: Path) -> None:
    module = enhancer(ALL)
    save_enhancer(tmp_path / "zone.pth", module, {})
    loaded, _ = load_enhancer(tmp_path / "zone.pth")
    assert loaded.dead_zone == ALL and loaded.config["dead_zone"] == list(ALL)
    picture = np.random.default_rng(0).integers(0, 256, (60, 70, 3), dtype=np.uint8)
    assert np.array_equal(enhance(picture, tmp_path / "zone.pth")[0], picture)
    assert forget_inference_options(loaded).dead_zone is None
    assert "dead_zone" not in loaded.config  # earlier releases read the file
    assert not np.array_equal(enhance(picture, loaded)[0], picture)
