"""The plan of the embedded default: what it runs, in which order, with options that the tools have."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from mmengine.config import Config

import sympie_seg  # noqa: F401  (knows the bases of configs)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_of_streets", ROOT / "tools/demo.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def options_of(phase) -> dict[str, str]:
    words = phase.command[phase.command.index("--cfg-options") + 1 :]
    return dict(word.split("=", 1) for word in words)


def test_quick_is_the_default(demo: ModuleType) -> None:
    assert demo.parse_args([]).size is demo.QUICK
    assert str(demo.parse_args([]).work_dir) == "work_dirs/quickstart"
    assert demo.parse_args(["--full"]).size is demo.FULL
    assert str(demo.parse_args(["--full", "--work-dir", "x"]).work_dir) == "x"


def test_quick_takes_at_most_ten_minutes(demo: ModuleType, tmp_path: Path) -> None:
    assert sum(phase.seconds for phase in demo.plan(tmp_path, 1, demo.QUICK)) <= 600


def test_full_is_what_the_table_of_three_seeds_was_made_with(
    demo: ModuleType, tmp_path: Path
) -> None:
    """400 + 60 + 4 x 40 scenes; 800 and 400 iterations; 4 x (60 + 160) passes."""
    assert [phase.steps for phase in demo.plan(tmp_path, 1, demo.FULL)] == [620, 800, 400, 880]


def test_options_fit_the_configs(demo: ModuleType, tmp_path: Path) -> None:
    """Every option names something in the config, and no part of a schedule keeps the config's own length."""
    draw, network, enhancer, test = demo.plan(tmp_path, 3, demo.QUICK)
    for phase, path in ((network, demo.FROZEN), (enhancer, demo.SYMPIE)):
        cfg = Config.fromfile(path)
        for name in options_of(phase):
            value = cfg
            for part in name.split("."):
                value = value[int(part)] if isinstance(value, list) else value[part]
        cfg.merge_from_dict({k: int(v) if v.isdigit() else v for k, v in options_of(phase).items()})
        assert cfg.train_cfg.max_iters == cfg.train_cfg.val_interval == phase.steps
        assert cfg.param_scheduler[-1].end == phase.steps
        assert cfg.randomness.seed == 3
    assert str(tmp_path / "frozen/iter_300.pth") in test.command
    assert "--seed" in draw.command


def test_done_steps_are_seen(demo: ModuleType, tmp_path: Path) -> None:
    def done() -> list[bool]:
        return [phase.is_done for phase in demo.plan(tmp_path, 1, demo.QUICK)]

    assert done() == [False] * 4
    for folder in ("data", "frozen", "sympie"):
        (tmp_path / folder).mkdir()
    counts = {"cityscapes/train": 200, "cityscapes/val": 30, "acdc/val (per condition)": 29}
    manifest = tmp_path / "data/manifest.json"
    for text in ("", "[]", "{}", json.dumps(dict(counts=counts, complete=True))):
        manifest.write_text(text)
        assert not done()[0]
    counts["acdc/val (per condition)"] = 30
    manifest.write_text(json.dumps(dict(counts=counts, complete=False)))
    assert not done()[0]
    manifest.write_text(json.dumps(dict(counts=counts, complete=True)))
    (tmp_path / "frozen/iter_300.pth").touch()
    assert done() == [True, True, False, False]
    (tmp_path / "sympie/iter_200.pth").touch()
    (tmp_path / "comparison.json").touch()
    assert done() == [True] * 4
