"""The weights that the project ships: they load safely, and do on real frames what docs/camvid.md says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from sympie_seg.enhancer import SyMPIE, load_enhancer

ROOT = Path(__file__).resolve().parents[1]
ENHANCER = ROOT / "checkpoints/sympie_camvid.pth"
NETWORK = ROOT / "checkpoints/deeplabv2_r18_camvid-day.pth"
CONFIG = ROOT / "configs/camvid/sympie_camvid-day_1xb8-4k.py"


def test_enhancer_is_small_trained_and_says_where_it_comes_from() -> None:
    assert ENHANCER.stat().st_size <= 20e6
    provenance = load_enhancer(ENHANCER)[1]
    assert provenance["kind"] == "last" and provenance["experiment"].startswith("sympie_camvid-day")
    dark = torch.full((1, 3, 180, 240), -1.8) + 0.05 * torch.randn(1, 3, 180, 240)
    with torch.no_grad():
        parameters = SyMPIE.from_checkpoint(ENHANCER).eval().estimate(dark)
    assert float(parameters.distance_to_identity()) > 0.1


@pytest.mark.slow
@pytest.mark.parametrize(("condition", "gain"), [("dusk", 5.0), ("darken", 10.0)])
def test_gain_on_real_frames(
    condition: str, gain: float, real_camvid: Path, build_runner: Callable, tmp_path: Path
) -> None:
    scores = {}
    for enhancer in (dict(type="NoEnhancer"), str(ENHANCER)):
        cfg = Config.fromfile(CONFIG)
        (*_, dataset) = (
            d for d in cfg.test_dataloader.dataset.datasets if d.condition == condition
        )
        dataset.update(data_root=str(real_camvid), indices=list(range(0, 60, 4)))
        cfg.test_dataloader.dataset = dataset
        cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
        cfg.test_evaluator.conditions = (condition,)
        cfg.model.data_preprocessor.pop("enhancer")
        cfg.model.data_preprocessor.update(enhancer=enhancer, two_step=False)
        name = f"{condition}_{len(scores)}"
        cfg.merge_from_dict(
            dict(
                load_from=str(NETWORK),
                work_dir=str(tmp_path / name),
                experiment_name=f"{tmp_path.name}_{name}",
                visualizer=dict(name=f"{tmp_path.name}_{name}"),
            )
        )
        scores[name] = build_runner(cfg).test()[f"{condition}/mIoU"]
    alone, enhanced = scores.values()
    assert enhanced > alone + gain, (alone, enhanced)
