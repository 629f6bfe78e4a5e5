"""No painted picture overwrites another."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from mmseg.visualization import SegLocalVisualizer

from sympie_seg.engine import ConditionVisualizationHook


def sample(path: Path, condition: str | None, size: tuple[int, int]) -> SegDataSample:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((24, 32, 3), 90, np.uint8))
    made = SegDataSample(pred_sem_seg=PixelData(data=torch.zeros(1, *size, dtype=torch.long)))
    made.set_metainfo(dict(img_path=str(path), **({"condition": condition} if condition else {})))
    return made


def test_names(tmp_path: Path) -> None:
    visualizer = SegLocalVisualizer.get_instance(f"names{tmp_path.name}")
    visualizer.dataset_meta = dict(classes=("road",), palette=[[255, 0, 0]])
    hook = ConditionVisualizationHook(show_dir=str(tmp_path / "out"), draw=True, interval=1)
    hook._visualizer = visualizer
    size = (24, 32)
    outputs = [
        sample(tmp_path / "a/1.png", "fog", size),
        sample(tmp_path / "b/1.png", "night", size),
        sample(tmp_path / "c/1.png", "night", size),
        sample(tmp_path / "x/c/1.png", "night", size),
        sample(tmp_path / "a/2.png", None, (12, 16)),
    ]
    for _ in range(2):  # once more, as a padded batch does
        hook.after_test_iter(SimpleNamespace(iter=0), 0, {}, outputs)
    names = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.png")}
    last = f"night/{str(tmp_path).replace('/', '_')}_x_c_1.png"
    assert names == {"fog/1.png", "night/1.png", "night/c_1.png", last, "2.png"}
    assert cv2.imread(str(tmp_path / "out/2.png")).shape == (12, 16, 3)
