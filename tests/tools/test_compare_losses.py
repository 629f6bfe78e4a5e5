"""tools/misc/compare_losses.py: trainings that differ in their loss alone, and the table's figures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from mmengine.config import Config

from sympie_seg.models.frozen.label_free import LabelFree


@pytest.fixture(scope="module")
def tool(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("compare_losses")


@pytest.mark.parametrize("network", ["CGNet", "DeepLabV2-R18"])
def test_the_trainings_differ_in_their_loss_alone(
    tool: ModuleType, network: str, tmp_path: Path
) -> None:
    configs = {}
    for loss in tool.LOSSES:
        file = tmp_path / f"{loss}.py"
        tool.training_config(network, loss, Path("start.pth"), 150).dump(file)
        configs[loss] = Config.fromfile(file)
    losses = {
        loss: cfg.model.data_preprocessor.pop("label_free", None) for loss, cfg in configs.items()
    }
    first, second, third = (cfg.pretty_text for cfg in configs.values())
    assert first == second == third
    assert losses["supervised"] is None
    assert LabelFree(**losses["label-free"]).supervised_weight == 0
    assert LabelFree(**losses["both"]).supervised_weight == LabelFree(**losses["both"]).weight == 1
    cfg = configs["both"]
    assert cfg.model.data_preprocessor.two_step == dict(keep=0.9, weight=0.5)
    assert cfg.model.data_preprocessor.enhancer == dict(
        type="SyMPIEFromFile", path="start.pth", norm_eval=True, frozen_stem=True
    )
    assert cfg.model.backbone.type == ("CGNet" if network == "CGNet" else "DeepLabV2ResNet")
    assert cfg.train_dataloader.dataset.sequences == ("0016E5",)
    assert cfg.param_scheduler[1].end == cfg.train_cfg.max_iters == 150
    assert cfg.optim_wrapper.optimizer.lr == 1e-4


def test_mean_over_the_seeds_beside_each(tool: ModuleType) -> None:
    def gain(value: float) -> dict[str, float]:
        return dict(value=value, low=value - 1, high=value + 1)

    gains = {f"{loss}-{seed}": gain(number + seed)
             for number, loss in enumerate(tool.LOSSES) for seed in tool.SEEDS}  # fmt: skip
    row = dict(alone=20.0, gains=dict(gains, start=gain(0.5)))
    lines = tool.table({"A": {"mean over conditions": row, "clean": row}}).splitlines()
    assert (
        lines[2]
        == "| A | mean over conditions | 20.00 | the start | +0.50 | +0.50 (-0.50 .. +1.50) |"
    )
    assert "| label-free | +2.00 | +1.00 (+0.00 .. +2.00), +2.00 (+1.00 .. +3.00)," in lines[4]
    assert len(lines) == 2 + 2 * 4


def test_a_missing_start_is_named(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["compare_losses.py", "missing.pth"])
    with pytest.raises(SystemExit):
        tool.main()
    assert "there is no file 'missing.pth'" in capsys.readouterr().err
