"""What a test of mmseg or mmpretrain writes and shows, set in its config (``sympie-seg test``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.evaluator import DumpResults
from mmengine.fileio import dump
from mmengine.runner import Runner

from sympie_seg.utils.scopes import is_classification

__all__ = ["Outputs", "prepare_test", "run_test"]


@dataclass(frozen=True)
class Outputs:
    """What a test writes and shows beside its scores.

    Attributes:
        out: segmentation: folder of the predictions, as PNG files of class indices; classification: a file, .pkl or,
            for metrics, also .json or .yaml.
        out_item: what that file holds: 'pred', 'metrics', or None for 'pred'.
        show: whether painted images are shown in a window.
        show_dir: folder of the painted images.
        wait_time: seconds for which each is shown.
        tta: whether predictions are averaged over augmented images.
    """

    out: str | None = None
    out_item: str | None = None
    show: bool = False
    show_dir: str | None = None
    wait_time: float = 2
    tta: bool = False


def prepare_test(cfg: Config, outputs: Outputs) -> None:
    """Set in the config what is written and shown, before anything is built.

    Args:
        cfg: test config; changed.
        outputs: what is asked for.

    Raises:
        ValueError: if options would write nothing, or the config lacks what they need; the message names both.
    """
    _check_out(cfg, outputs)
    if outputs.show or outputs.show_dir:
        _enable_visualization(cfg, outputs)
    if outputs.tta:
        _enable_tta(cfg)
    if outputs.out is not None and not is_classification(cfg):
        _keep_predictions(cfg, outputs.out)


def run_test(runner: Runner, outputs: Outputs) -> dict[str, float]:
    """Test, and write the file of a classification.

    Args:
        runner: built of a config after :func:`prepare_test`.
        outputs: as there.

    Returns:
        The metrics.
    """
    file = outputs.out if is_classification(runner.cfg) else None
    if file is not None and outputs.out_item != "metrics":
        runner.test_evaluator.metrics.append(DumpResults(out_file_path=file))
    metrics: dict[str, float] = runner.test()
    if file is not None and outputs.out_item == "metrics" and is_main_process():
        dump(metrics, file)
    return metrics


def _check_out(cfg: Config, outputs: Outputs) -> None:
    out, item = outputs.out, outputs.out_item
    if item is not None and (out is None or not is_classification(cfg)):
        raise ValueError("--out-item goes with --out FILE and a classification config")
    if not is_classification(cfg) or out is None:
        return
    endings = (".pkl", ".pickle") + ((".json", ".yaml", ".yml") if item == "metrics" else ())
    if not out.endswith(endings):
        raise ValueError(
            f"--out '{out}' should end in {', '.join(endings)} for {item or 'pred'} (--out-item)"
        )


def _enable_visualization(cfg: Config, outputs: Outputs) -> None:
    """Let the visualisation hook draw."""
    if "visualization" not in cfg.default_hooks:
        raise ValueError(
            "--show and --show-dir need default_hooks.visualization in the config: "
            "visualization=dict(type='SegVisualizationHook')"
        )
    hook = cfg.default_hooks.visualization
    hook["interval"] = 1  # every image; mmseg's default paints one batch in fifty
    if is_classification(cfg):
        shown = dict(show=outputs.show, wait_time=outputs.wait_time, out_dir=outputs.show_dir)
        hook.update(enable=True, **shown)
        return
    hook["draw"] = True
    if outputs.show:
        hook["show"], hook["wait_time"] = True, outputs.wait_time
    if outputs.show_dir:
        hook["show_dir"] = outputs.show_dir
        if hook.type == "SegVisualizationHook":
            hook.type = "ConditionVisualizationHook"


def _enable_tta(cfg: Config) -> None:
    """Wrap the model and change the pipelines: as the config says, or in classification as mmpretrain's tool does."""
    given = cfg.get("tta_pipeline")
    if is_classification(cfg):
        cfg.setdefault("tta_model", dict(type="AverageClsScoreTTA"))
    elif not cfg.get("tta_model") or not given:
        raise ValueError(
            "--tta needs tta_model and tta_pipeline in the config (the paper's scoring mode has none: "
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


def _keep_predictions(cfg: Config, folder: str) -> None:
    """Let every evaluator of segmentation write its predictions."""
    evaluators = cfg.test_evaluator
    for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
        evaluator["output_dir"] = folder
        evaluator["keep_results"] = True
