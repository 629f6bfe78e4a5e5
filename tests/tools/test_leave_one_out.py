"""tools/misc/leave_one_out.py: what each training sees, what tests it, and the table's figures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from mmengine.config import Config


@pytest.fixture(scope="module")
def tool(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("leave_one_out")


def test_each_family_alone_and_all_but_one(tool: ModuleType) -> None:
    assert tool.trainings() == {
        "only SINet": ["sinet"],
        "only CGNet": ["cgnet"],
        "only SqueezeNet+Lite0": ["squeezenet", "lite0"],
        "without SINet": ["cgnet", "squeezenet", "lite0"],
        "without CGNet": ["sinet", "squeezenet", "lite0"],
        "without SqueezeNet+Lite0": ["sinet", "cgnet"],
    }


def test_a_training_has_its_networks_and_none_of_the_images_that_test(
    tool: ModuleType, tmp_path: Path
) -> None:
    tool.training_config(["cgnet", "lite0"], Path("start.pth"), 300).dump(tmp_path / "config.py")
    cfg = Config.fromfile(tmp_path / "config.py")
    assert [network.name for network in cfg.model.networks] == ["cgnet", "lite0"]
    assert cfg.frozen_checkpoint == ["data/networks/cgnet_camvid.pth", None]
    assert cfg.model.data_preprocessor.enhancer == dict(
        type="SyMPIEFromFile", path="start.pth", norm_eval=True, frozen_stem=True
    )
    streets, photographs = cfg.train_dataloader.dataset.parts
    assert streets.dataset.include == ["0016E5_*"] and streets.count == 2
    assert photographs.dataset.exclude == ["n*[6789]"] and photographs.count == 2
    assert cfg.train_cfg.max_iters == cfg.param_scheduler[1].end == 300
    assert cfg.val_dataloader is None and cfg.test_dataloader is None
    (alone,) = tool.training_config(
        ["sinet"], Path("start.pth"), 300
    ).train_dataloader.dataset.parts
    assert alone.count == 4


def test_no_test_frame_is_opened(tool: ModuleType) -> None:
    for config, _ in tool.SEGMENTERS.values():
        parts = tool.segmenter_config(config).test_dataloader.dataset.datasets
        assert [part.condition for part in parts].count("clean") == 1 and len(parts) == 14
        for part in parts:
            assert part.sequences == ("0006R0",) and part.data_prefix.img_path == "train"
    cfg, _ = tool.classifier_config("SqueezeNet")
    assert cfg.test_dataloader.dataset.dataset.include == "n*6"
    assert cfg.test_dataloader.dataset.severities == (3,)


def test_bold_where_the_file_has_met_the_network(tool: ModuleType) -> None:
    cell = tool.Cell
    cells = {
        "A": {
            "one": [cell(20, 1.5, 0.25, 2, True), cell(60, -0.5, -1, 0, True)],
            "two": [cell(20, -2, -3, -1, False), cell(60, 0, 0, 0, None)],
        }
    }
    lines = tool.tables(cells, ["one", "two"]).splitlines()
    assert "| network alone | 20.00 |" in lines and "| network alone | 60.00 |" in lines
    assert "| one | **+1.50** (+0.25 .. +2.00) |" in lines
    assert "| two | -2.00 (-3.00 .. -1.00) |" in lines
    assert "| two | +0.00 (+0.00 .. +0.00)? |" in lines


def test_a_missing_start_is_named(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["leave_one_out.py", "missing.pth"])
    with pytest.raises(SystemExit):
        tool.main()
    assert "there is no file 'missing.pth'" in capsys.readouterr().err
