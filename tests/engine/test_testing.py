"""What the options of a test set in its config, before anything is built."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mmengine.config import Config
from mmengine.fileio import load

from sympie_seg.engine.mixed_precision import enable_amp
from sympie_seg.engine.testing import Outputs, prepare_test, run_test

PACK = dict(type="PackSegInputs")
LOAD = dict(type="LoadImageFromFile")


def config(scope: str = "mmseg", **others: Any) -> Config:
    leaf = dict(type="A", pipeline=[LOAD, PACK])
    sets = [dict(type="SeverityGridDataset", dataset=dict(leaf)), dict(leaf)]
    return Config(
        dict(
            default_scope=scope,
            model=dict(type="Network"),
            test_dataloader=dict(dataset=dict(type="ConcatDataset", datasets=sets)),
            test_evaluator=[dict(type="One"), dict(type="Two")],
            default_hooks=dict(visualization=dict(type="SegVisualizationHook")),
            **others,
        )
    )


def pipelines(cfg: Config) -> list[Any]:
    grid, alone = cfg.test_dataloader.dataset.datasets
    return [grid.dataset.pipeline, alone.pipeline]


class TestTestTimeAugmentation:
    def test_segmentation_takes_what_the_config_says(self) -> None:
        given = [dict(type="TestTimeAug")]
        cfg = config(tta_pipeline=given, tta_model=dict(type="Averaging"))
        prepare_test(cfg, Outputs(tta=True))
        assert pipelines(cfg) == [given, given]
        assert cfg.model == dict(type="Averaging", module=dict(type="Network"))

    @pytest.mark.parametrize("others", [{}, dict(tta_model=dict(type="A")), dict(tta_pipeline=[])])
    def test_segmentation_without_it_is_refused(self, others: dict) -> None:
        with pytest.raises(ValueError, match="--tta needs tta_model and tta_pipeline"):
            prepare_test(config(**others), Outputs(tta=True))

    def test_classification_mirrors_before_the_last_step(self) -> None:
        cfg = config("mmpretrain")
        prepare_test(cfg, Outputs(tta=True))
        flips = [dict(type="RandomFlip", prob=0.0), dict(type="RandomFlip", prob=1.0)]
        mirrored = [LOAD, dict(type="TestTimeAug", transforms=[flips, [PACK]])]
        assert pipelines(cfg) == [mirrored, mirrored]
        assert cfg.model == dict(type="AverageClsScoreTTA", module=dict(type="Network"))

    def test_nothing_asked_for_changes_nothing(self) -> None:
        cfg = config()
        prepare_test(cfg, Outputs())
        assert cfg.to_dict() == config().to_dict()


class TestPictures:
    def test_segmentation(self) -> None:
        cfg = config()
        prepare_test(cfg, Outputs(show_dir="folder"))
        assert cfg.default_hooks.visualization == dict(
            type="ConditionVisualizationHook", interval=1, draw=True, show_dir="folder"
        )
        cfg = config()
        prepare_test(cfg, Outputs(show=True, wait_time=5))
        assert cfg.default_hooks.visualization == dict(
            type="SegVisualizationHook", interval=1, draw=True, show=True, wait_time=5
        )

    def test_classification(self) -> None:
        cfg = config("mmpretrain")
        prepare_test(cfg, Outputs(show_dir="folder", wait_time=3))
        hook = cfg.default_hooks.visualization
        assert (hook.enable, hook.show, hook.wait_time, hook.out_dir) == (True, False, 3, "folder")

    def test_without_the_hook_it_is_refused(self) -> None:
        cfg = config()
        del cfg.default_hooks["visualization"]
        with pytest.raises(ValueError, match=r"need default_hooks\.visualization"):
            prepare_test(cfg, Outputs(show=True))


class TestPredictions:
    def test_every_evaluator_of_a_segmentation_writes_them(self) -> None:
        cfg = config()
        prepare_test(cfg, Outputs(out="folder"))
        assert [(e.output_dir, e.keep_results) for e in cfg.test_evaluator] == [
            ("folder", True)
        ] * 2

    @pytest.mark.parametrize(
        ("scope", "outputs", "message"),
        [
            ("mmseg", Outputs(out="a.json", out_item="metrics"), "--out-item goes with"),
            ("mmpretrain", Outputs(out_item="pred"), "--out-item goes with"),
            ("mmpretrain", Outputs(out="a.json"), r"should end in .pkl, .pickle for pred"),
            ("mmpretrain", Outputs(out="a", out_item="metrics"), r".json, .yaml, .yml for metrics"),
        ],
    )
    def test_what_would_write_nothing_is_refused(
        self, scope: str, outputs: Outputs, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            prepare_test(config(scope), outputs)

    @pytest.mark.parametrize(
        ("scope", "outputs", "written", "dumped"),
        [
            ("mmpretrain", Outputs(out="out.json", out_item="metrics"), True, 0),
            ("mmpretrain", Outputs(out="out.pkl"), False, 1),
            ("mmpretrain", Outputs(), False, 0),
            ("mmseg", Outputs(out="out.json"), False, 0),
        ],
    )
    def test_the_file_of_a_classification(
        self,
        scope: str,
        outputs: Outputs,
        written: bool,
        dumped: int,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        metrics: list[Any] = []
        runner = SimpleNamespace(
            cfg=config(scope),
            test_evaluator=SimpleNamespace(metrics=metrics),
            test=lambda: {"accuracy/top1": 50.0},
        )
        assert run_test(runner, outputs) == {"accuracy/top1": 50.0}
        assert Path("out.json").exists() is written and len(metrics) == dumped
        if written:
            assert load("out.json") == {"accuracy/top1": 50.0}


class TestMixedPrecision:
    def wrapper(self, kind: str, device: str, monkeypatch: pytest.MonkeyPatch) -> dict:
        monkeypatch.setattr("sympie_seg.engine.mixed_precision.get_device", lambda: device)
        cfg = Config(dict(optim_wrapper=dict(type=kind)))
        enable_amp(cfg)
        return cfg.optim_wrapper.to_dict()

    def test_by_device(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.wrapper("OptimWrapper", "cpu", monkeypatch) == dict(type="Bfloat16OptimWrapper")
        assert self.wrapper("OptimWrapper", "cuda", monkeypatch) == dict(
            type="AmpOptimWrapper", loss_scale="dynamic"
        )
        # One that the config chose itself stays.
        kind = "Bfloat16OptimWrapper"
        assert self.wrapper(kind, "cuda", monkeypatch) == dict(type=kind)

    def test_another_wrapper_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ValueError, match=r"--amp needs .*, the config has 'ApexOptimWrapper'"):
            self.wrapper("ApexOptimWrapper", "cpu", monkeypatch)
