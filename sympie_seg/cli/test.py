"""Test a segmentor or a classifier, with or without enhancer; the interface is mmseg's and mmpretrain's."""

from __future__ import annotations

import argparse
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.evaluator import DumpResults
from mmengine.fileio import dump

from sympie_seg.cli.common import add_common_arguments, build_runner, load_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add mmseg's arguments."""
    parser.add_argument("config", help="test config file path")
    parser.add_argument(
        "checkpoint",
        help="checkpoint file: a full one, or the frozen network's together with "
        "--cfg-options model.data_preprocessor.enhancer=FILE",
    )
    parser.add_argument(
        "--out",
        help="segmentation: directory for the predictions, as PNG with class indices; classification: file "
        "(.pkl, with --out-item metrics also .json)",
    )
    parser.add_argument(
        "--out-item",
        choices=["metrics", "pred"],
        help="classification: what --out holds (default: pred, the predictions)",
    )
    parser.add_argument("--show", action="store_true", help="show prediction results")
    parser.add_argument("--show-dir", help="directory where painted images are saved")
    parser.add_argument("--wait-time", type=float, default=2, help="the interval of show (s)")
    parser.add_argument("--tta", action="store_true", help="test time augmentation")
    add_common_arguments(parser)


def enable_visualization(cfg: Config, args: argparse.Namespace) -> None:
    """Let the visualisation hook draw."""
    if "visualization" not in cfg.default_hooks:
        raise SystemExit(
            "error: --show and --show-dir need default_hooks.visualization in the config: "
            "visualization=dict(type='SegVisualizationHook')"
        )
    hook = cfg.default_hooks.visualization
    hook["interval"] = 1  # every image; mmseg's default paints one batch in fifty
    if is_classification(cfg):
        hook.update(enable=True, show=args.show, wait_time=args.wait_time, out_dir=args.show_dir)
        return
    hook["draw"] = True
    if args.show:
        hook["show"], hook["wait_time"] = True, args.wait_time
    if args.show_dir:
        hook["show_dir"] = args.show_dir
        if hook.type == "SegVisualizationHook":
            hook.type = "ConditionVisualizationHook"


def enable_tta(cfg: Config) -> None:
    """Wrap the model and change the pipelines: as the config says, or in classification as mmpretrain's tool does."""
    given = cfg.get("tta_pipeline")
    if is_classification(cfg):
        cfg.setdefault("tta_model", dict(type="AverageClsScoreTTA"))
    elif not cfg.get("tta_model") or not given:
        raise SystemExit(
            "error: --tta needs tta_model and tta_pipeline in the config (the paper's scoring mode has none: "
            "it sums the image and its mirror image already)"
        )
    for part in _leaves(cfg.test_dataloader.dataset):
        part.pipeline = given or _mirrored(part.pipeline)
    cfg.model = dict(**cfg.tta_model, module=cfg.model)


def _leaves(dataset: Config) -> list[Config]:
    """The datasets with a pipeline in a ConcatDataset, a SeverityGridDataset, or alone."""
    parts = dataset.get("datasets") or ([dataset.dataset] if "dataset" in dataset else [])
    return [leaf for part in parts for leaf in _leaves(part)] if parts else [dataset]


def _mirrored(pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A pipeline that gives every image and its mirror image."""
    *steps, pack = pipeline
    flips = [dict(type="RandomFlip", prob=prob) for prob in (0.0, 1.0)]
    return [*steps, dict(type="TestTimeAug", transforms=[flips, [pack]])]


def is_classification(cfg: Config) -> bool:
    """Whether the config is one of mmpretrain's."""
    return bool(cfg.get("default_scope") == "mmpretrain")


def keep_predictions(cfg: Config, folder: str) -> None:
    """Let every evaluator of segmentation write its predictions."""
    evaluators = cfg.test_evaluator
    for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
        evaluator["output_dir"] = folder
        evaluator["keep_results"] = True


def check_out(cfg: Config, args: argparse.Namespace) -> None:
    """Refuse combinations of --out and --out-item that would write nothing, before anything is tested.

    Raises:
        SystemExit: with what is expected.
    """
    if args.out_item is not None and (args.out is None or not is_classification(cfg)):
        raise SystemExit("error: --out-item goes with --out FILE and a classification config")
    if not is_classification(cfg) or args.out is None:
        return
    kinds = (".pkl", ".pickle") + ((".json", ".yaml", ".yml") if args.out_item == "metrics" else ())
    if not args.out.endswith(kinds):
        raise SystemExit(
            f"error: --out '{args.out}' should end in {', '.join(kinds)} for {args.out_item or 'pred'} (--out-item)"
        )


def run(args: argparse.Namespace) -> None:
    """Build the runner and test."""
    cfg = load_config(args)
    check_out(cfg, args)
    cfg.load_from = args.checkpoint
    classified = args.out if is_classification(cfg) else None
    if args.show or args.show_dir:
        enable_visualization(cfg, args)
    if args.tta:
        enable_tta(cfg)
    if args.out is not None and classified is None:
        keep_predictions(cfg, args.out)
    runner = build_runner(cfg)
    if classified and args.out_item != "metrics":
        runner.test_evaluator.metrics.append(DumpResults(out_file_path=classified))
    metrics = runner.test()
    if classified and args.out_item == "metrics" and is_main_process():
        dump(metrics, classified)
