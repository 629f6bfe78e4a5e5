"""Test a segmentor, with or without enhancer; the interface is mmseg's tools/test.py."""

from __future__ import annotations

import argparse

from _common import add_common_arguments, build_runner, load_config, set_local_rank
from mmengine.config import Config


def parse_args() -> argparse.Namespace:
    """Parse mmseg's arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="test config file path")
    parser.add_argument(
        "checkpoint",
        help="checkpoint file: a full one, or the frozen network's together with "
        "--cfg-options model.data_preprocessor.enhancer=FILE",
    )
    parser.add_argument("--out", help="directory for the predictions, as PNG with class indices")
    parser.add_argument("--show", action="store_true", help="show prediction results")
    parser.add_argument("--show-dir", help="directory where painted images are saved")
    parser.add_argument("--wait-time", type=float, default=2, help="the interval of show (s)")
    parser.add_argument("--tta", action="store_true", help="test time augmentation")
    add_common_arguments(parser)
    args = parser.parse_args()
    set_local_rank(args)
    return args


def enable_visualization(cfg: Config, args: argparse.Namespace) -> None:
    """Let the visualisation hook draw."""
    if "visualization" not in cfg.default_hooks:
        raise SystemExit(
            "--show and --show-dir need default_hooks.visualization in the config: "
            "visualization=dict(type='SegVisualizationHook')"
        )
    hook = cfg.default_hooks.visualization
    hook["draw"] = True
    hook["interval"] = 1  # every image; mmseg's default paints one batch in fifty
    if args.show:
        hook["show"], hook["wait_time"] = True, args.wait_time
    if args.show_dir:
        hook["show_dir"] = args.show_dir
        if hook.type == "SegVisualizationHook":
            hook.type = "ConditionVisualizationHook"


def enable_tta(cfg: Config) -> None:
    """Wrap the model and change the pipeline as the config says."""
    if not cfg.get("tta_model") or not cfg.get("tta_pipeline"):
        raise SystemExit(
            "--tta needs tta_model and tta_pipeline in the config (the paper's scoring mode has none: "
            "it sums the image and its mirror image already)"
        )
    dataset = cfg.test_dataloader.dataset
    parts = dataset.datasets if "datasets" in dataset else [dataset]
    for part in parts:
        part.pipeline = cfg.tta_pipeline
    cfg.model = dict(**cfg.tta_model, module=cfg.model)


def keep_predictions(cfg: Config, folder: str) -> None:
    """Let every evaluator write its predictions."""
    evaluators = cfg.test_evaluator
    for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
        evaluator["output_dir"] = folder
        evaluator["keep_results"] = True


def main() -> None:
    """Build the runner and test."""
    args = parse_args()
    cfg = load_config(args)
    cfg.load_from = args.checkpoint
    if args.show or args.show_dir:
        enable_visualization(cfg, args)
    if args.tta:
        enable_tta(cfg)
    if args.out is not None:
        keep_predictions(cfg, args.out)
    build_runner(cfg).test()


if __name__ == "__main__":
    main()
