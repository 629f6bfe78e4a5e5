"""The moments of an image judge any 37 numbers as its pixels do."""

from __future__ import annotations

import pytest
import torch

from sympie_seg.enhancer import WarpParameters, warp
from sympie_seg.enhancer.patch_moments import PatchMoments, patch_moments, remaining_difference


def everywhere(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Every place at which a patch fits, once."""
    height, width = image.shape[1:]
    positions = torch.cartesian_prod(torch.arange(height - 4), torch.arange(width - 4))
    return positions[:, 0], positions[:, 1]


def joined(parts: list[PatchMoments]) -> PatchMoments:
    return PatchMoments(*(torch.cat(field) for field in zip(*parts, strict=True)))


def test_the_difference_is_that_of_the_warped_pixels() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(3, 3, 12, 17, generator=generator)
    clean = torch.randn(3, 3, 12, 17, generator=generator)
    numbers = WarpParameters.identity(3).to_vector()
    numbers = numbers + 0.3 * torch.randn(3, 37, generator=generator)
    moments = joined(
        [patch_moments(i, c, *everywhere(i)) for i, c in zip(images, clean, strict=True)]
    )
    warped = warp(images, WarpParameters.from_vector(numbers))
    inside = (
        slice(None),
        slice(None),
        slice(2, -2),
        slice(2, -2),
    )  # patches that leave the image do not count
    red, green, blue = (warped - clean)[inside].unbind(1)
    lightness = (red + green + blue).square() / 3
    colour = (red - blue).square() / 2 + (red - 2 * green + blue).square() / 6
    expected = ((lightness + 9 * colour) / 3).mean((1, 2)).add(1e-4).sqrt()
    torch.testing.assert_close(
        remaining_difference(numbers, moments), expected, rtol=1e-4, atol=1e-4
    )


def test_identity_leaves_nothing_of_an_image_that_is_clean() -> None:
    image = torch.randn(3, 9, 9, generator=torch.Generator().manual_seed(1))
    moments = patch_moments(image, image, *everywhere(image))
    difference = remaining_difference(WarpParameters.identity(1).to_vector(), moments)
    torch.testing.assert_close(difference, torch.tensor([0.01]), rtol=0, atol=2e-3)


def test_grey_differences_are_in_units_of_the_normalised_space() -> None:
    image = torch.randn(3, 9, 9, generator=torch.Generator().manual_seed(1))
    moments = patch_moments(image, image + 0.7, *everywhere(image))
    difference = remaining_difference(WarpParameters.identity(1).to_vector(), moments)
    torch.testing.assert_close(difference, torch.tensor([0.7]), rtol=0, atol=2e-3)


def test_gradient_descends_to_the_gain_of_a_darkened_image() -> None:
    """x / 4 in grey levels is undone by a gain of 4 and a shift; both come out of the moments."""
    clean = torch.rand(3, 20, 20, generator=torch.Generator().manual_seed(2)) * 4 - 2
    dark = clean / 4 - 1.5
    moments = patch_moments(dark, clean, *everywhere(dark))
    numbers = WarpParameters.identity(1).to_vector().requires_grad_()
    optimizer = torch.optim.Adam([numbers])
    for step in range(800):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / 800)
        optimizer.zero_grad()
        loss = remaining_difference(numbers, moments).sum()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.03
    gain = WarpParameters.from_vector(numbers.detach())
    gains = gain.color_matrix[0].diagonal() * gain.kernel.sum()
    torch.testing.assert_close(gains, torch.full((3,), 4.0), rtol=0, atol=0.1)
    warped = warp(dark[None], WarpParameters.from_vector(numbers.detach()))[..., 2:-2, 2:-2]
    torch.testing.assert_close(warped, clean[None, :, 2:-2, 2:-2], rtol=0, atol=0.1)


def test_bfloat16_autocast_does_not_round_it() -> None:
    image = torch.randn(3, 9, 9, generator=torch.Generator().manual_seed(3))
    moments = patch_moments(image, image * 0.5, *everywhere(image))
    numbers = WarpParameters.identity(1).to_vector() * 1.003
    plain = remaining_difference(numbers, moments)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(remaining_difference(numbers, moments), plain)


@pytest.mark.parametrize(
    "sizes", [((3, 9, 9), (3, 9, 8)), ((3, 4, 9), (3, 4, 9)), ((9, 9), (9, 9))]
)
def test_sizes_that_hold_no_patch_are_refused(sizes: tuple) -> None:
    image, clean = (torch.zeros(size) for size in sizes)
    with pytest.raises(ValueError, match="two images"):
        patch_moments(
            image, clean, torch.zeros(1, dtype=torch.long), torch.zeros(1, dtype=torch.long)
        )
