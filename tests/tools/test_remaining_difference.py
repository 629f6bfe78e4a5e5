"""tools/misc/remaining_difference.py: the known difference of darkened pictures, untouched and behind enhancers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from sympie_seg.enhancer import SyMPIE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("remaining_difference")


@pytest.fixture
def loader(tool: ModuleType, tmp_path: Path, mmseg_scope: None) -> Config:
    """Pictures of one colour each, half of them untouched, the others inverted by a corruption of known size."""
    for index in range(20):
        grey = np.full((64, 64, 3), 128, np.uint8)
        cv2.imwrite(str(tmp_path / f"{index:02}.png"), grey)
    cfg = Config.fromfile(ROOT / "configs/label_free/sympie_moments_1xb16-3000.py")
    dataset = dict(
        type="UnlabelledImages",
        data_root=str(tmp_path),
        split=dict(part="train", holdout=0.5, by="file"),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="RandomCorruption", names=["darken"], severities=[0, 5], keep_clean=True),
            dict(type="PackPatchMoments", points=50),
        ],
    )
    cfg.train_dataloader.dataset = dataset
    cfg.train_dataloader.update(num_workers=0, persistent_workers=False, batch_size=4)
    return tool.held_out(cfg)


def test_rows_are_the_images_as_they_are_and_each_enhancer(
    tool: ModuleType, loader: Config
) -> None:
    assert loader.dataset.split.part == "val"
    torch.manual_seed(0)
    same, brighter = SyMPIE().eval(), SyMPIE().eval()
    with torch.no_grad():
        brighter.nem.out.bias[9:12] += 1.0  # the colour shift, of all images alike
    halfway = SyMPIE(strength=0.5).eval()
    halfway.load_state_dict(brighter.state_dict())
    per_image = tool.differences(loader, dict(same=same, brighter=brighter, halfway=halfway), 10, 1)
    assert per_image.shape == (4, 10)
    assert torch.allclose(per_image[0], per_image[1], atol=1e-5)
    clean = per_image[0] < tool.UNTOUCHED
    assert 0 < clean.sum() < 10
    # A shift by 1 in each channel is a grey difference of 1, by half the strength of 0.5.
    assert torch.allclose(per_image[2][clean], torch.tensor(1.0), atol=1e-3)
    assert torch.allclose(per_image[3][clean], torch.tensor(0.5), atol=1e-3)
    assert (per_image[0][~clean] > 0.5).all()


def test_means_over_all_and_over_clean_images(tool: ModuleType) -> None:
    per_image = torch.tensor([[0.01, 0.01, 1.0, 2.0], [0.1, 0.3, 0.5, 0.7]])
    lines = tool.table(per_image, ["general"]).splitlines()
    assert lines[0] == "|  | all (4 images) | clean (2) |"
    assert lines[2:] == ["| untouched | 0.755 | 0.010 |", "| general | 0.400 | 0.200 |"]
