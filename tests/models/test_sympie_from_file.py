"""A file as the start of a training: its weights, and thumbnails of another size."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sympie_seg.enhancer import SyMPIE, save_enhancer
from sympie_seg.models.enhancers import SyMPIEFromFile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_enhancer(tmp_path / "start.pth", SyMPIE(init="random", strength=1.5))
    return tmp_path / "start.pth"


def test_keeps_weights_and_size_but_not_the_strength(file: Path) -> None:
    enhancer = SyMPIEFromFile(file)
    assert enhancer.strength == 1
    assert (enhancer.thumbnail_resize, enhancer.thumbnail_crop) == (232, 224)


def test_reads_smaller_thumbnails_with_the_same_weights(file: Path) -> None:
    whole, small = SyMPIEFromFile(file).eval(), SyMPIEFromFile(file, 112, 112).eval()
    assert (small.thumbnail_resize, small.thumbnail_crop, small.strength) == (112, 112, 1)
    thumbnail = torch.rand(1, 3, 112, 112)
    with torch.no_grad():
        assert torch.equal(small.estimate(thumbnail).to_vector(), whole.nem(thumbnail))


def test_a_size_that_cannot_be_used_is_named(file: Path) -> None:
    with pytest.raises(ValueError, match=r"got crop 224 and resize 112"):
        SyMPIEFromFile(file, thumbnail_resize=112)
