"""The options that are two distances from identity: what is refused, with the option's name."""

from __future__ import annotations

import pytest
import torch

from sympie_seg.enhancer import SyMPIE


@pytest.fixture(params=["refinement", "dead_zone"])
def option(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("value", [0.5, "ab", (1,), (0.1, 0.2, 0.3), (True, 2), ("0", "1")])
def test_no_pair_of_numbers_is_refused(option: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"expected {option} as two numbers or None"):
        SyMPIE(**{option: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [(0.5, 0.5), (1, 0.5), (-0.1, 1), (0, torch.inf), (torch.nan, 1)])
def test_distances_that_cannot_be_are_refused(option: str, value: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=rf"{option}=\(low, high\) with 0 <= low < high"):
        SyMPIE(**{option: value})  # type: ignore[arg-type]
