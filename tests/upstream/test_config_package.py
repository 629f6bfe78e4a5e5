"""Configs may inherit ours by ``sympie_seg::``; ``mmseg::`` works as before."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.config import Config
from mmseg.registry import MODELS

from sympie_seg.cli.common import read_config
from sympie_seg.upstream import config_package
from sympie_seg.upstream.config_package import MOVED_CONFIGS, config_folder, make_configs_known

ROOT = Path(__file__).resolve().parents[2]
STREETS = "streets/sympie_streets_1xb4-400.py"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Config]:
    """Read a config of the given text, in a folder that holds nothing else."""

    def parse(text: str) -> Config:
        (tmp_path / "mine.py").write_text(text)
        return Config.fromfile(tmp_path / "mine.py")

    return parse


class TestOurs:
    @pytest.mark.parametrize("name", ["sympie_cs2acdc.py", STREETS, "_base_/default_runtime.py"])
    def test_is_the_config_of_the_checkout(self, read: Callable[[str], Config], name: str):
        inherited = read(f"_base_ = ['sympie_seg::{name}']")
        assert inherited.to_dict() == Config.fromfile(ROOT / "configs" / name).to_dict()

    def test_changes_and_base_variables(self, read: Callable[[str], Config]):
        config = read(
            f"_base_ = 'sympie_seg::{STREETS}'\n"
            "train_cfg = dict(max_iters=7)\nmine = {{_base_.test_pipeline}}\ntotal = _base_.max_iters\n"
        )
        assert config.train_cfg == dict(type="IterBasedTrainLoop", max_iters=7, val_interval=100)
        assert config.total == 400 and config.mine[-1] == dict(type="PackSyMPIESegInputs")

    def test_no_scope_is_added(self, read: Callable[[str], Config]):
        """Our classes are mmseg's to find; a scope 'sympie_seg' would be found nowhere."""
        config = read(f"_base_ = 'sympie_seg::{STREETS}'\nmine = _base_.model")
        assert config.default_scope == "mmseg"
        assert "_scope_" not in config.pretty_text

    def test_beside_other_bases(self, read: Callable[[str], Config]):
        bases = [
            "sympie_seg::_base_/models/deeplabv2_r18-d8-w32.py",
            "mmseg::_base_/schedules/schedule_20k.py",
        ]
        config = read(f"_base_ = {bases}")
        assert config.train_cfg.max_iters == 20000
        assert config.model.backbone.type == "DeepLabV2ResNet"

    def test_unknown_name(self, read: Callable[[str], Config]):
        with pytest.raises(FileNotFoundError, match=r"did you mean sympie_seg::sympie_cs2acdc\.py"):
            read("_base_ = 'sympie_seg::sympie_cs2adcd.py'")
        with pytest.raises(FileNotFoundError, match=r"no config 'qqq'; see '.*configs'"):
            read("_base_ = 'sympie_seg::qqq'")


class TestMmseg:
    def test_plugged_with_our_preprocessor(self, read: Callable[[str], Config], mmseg_scope: None):
        config = read(
            "_base_ = 'mmseg::fcn/fcn_r50-d8_4xb2-40k_cityscapes-512x1024.py'\n"
            "model = dict(pretrained=None, data_preprocessor=dict(\n"
            "    type='SyMPIESegDataPreProcessor', enhancer=dict(type='SyMPIE')))\n"
        )
        preprocessor = MODELS.build(config.model.data_preprocessor)
        assert type(preprocessor).__name__ == "SyMPIESegDataPreProcessor"
        assert config.model.decode_head.type == "FCNHead"

    def test_unknown_packages_are_refused_as_before(self, read: Callable[[str], Config]):
        with pytest.raises(AssertionError, match="does not support to load nobody"):
            read("_base_ = 'nobody::a/b.py'")


class TestWhere:
    def test_wheel_goes_first(self, tmp_path: Path, monkeypatch):
        package = tmp_path / "sympie_seg"
        monkeypatch.setattr(config_package, "_PACKAGE", package)
        with pytest.raises(FileNotFoundError, match="install it again"):
            config_folder()
        for folder in (tmp_path / "configs", package / ".mim/configs"):
            (folder / "_base_").mkdir(parents=True)
            (folder / "_base_/default_runtime.py").touch()
            assert config_folder() == folder

    def test_twice_wraps_once(self):
        make_configs_known()
        first = Config._get_cfg_path
        make_configs_known()
        assert Config._get_cfg_path is first

    def test_it_is_the_import_that_makes_the_name_known(self, tmp_path: Path):
        """``custom_imports`` in the config itself is read too late; the docs say so."""
        (tmp_path / "mine.py").write_text(
            f"_base_ = 'sympie_seg::{STREETS}'\ncustom_imports = dict(imports=['sympie_seg'])\n"
        )
        code = "from mmengine.config import Config; Config.fromfile('mine.py'); print('read')"
        for prefix, works in (("", False), ("import sympie_seg; ", True)):
            command = [
                sys.executable,
                "-W",
                "ignore",
                "-c",
                f"import sys; sys.path.insert(0, {str(ROOT)!r}); {prefix}{code}",
            ]
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert (done.returncode == 0) == works, done.stderr
            assert ("read" in done.stdout) == works


@pytest.mark.parametrize(("old", "new"), MOVED_CONFIGS.items())
def test_a_config_that_moved_names_its_successor(read: Callable[[str], Config], old: str, new: str):
    assert (ROOT / "configs" / new).is_file() and not (ROOT / "configs" / old).exists()
    with pytest.raises(FileNotFoundError, match=rf"has moved: use sympie_seg::{re.escape(new)}"):
        read(f"_base_ = 'sympie_seg::{old}'")
    with pytest.raises(SystemExit, match=rf"has moved: use 'x/configs/{re.escape(new)}'"):
        read_config(f"x/configs/{old}")
    row = f"| `configs/{old}` | `configs/{new}` |"
    assert row in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
