"""What a config needs to train an enhancer in front of its frozen network."""

from __future__ import annotations

import copy
from typing import Any

from mmengine.config import Config

from sympie_seg.datasets import META_KEYS
from sympie_seg.plugging.places import kind, pipelines, value_at
from sympie_seg.upstream.config_package import config_folder

__all__ = [
    "PHOTOMETRIC",
    "corrupted",
    "drop_hooks",
    "drop_mixing",
    "prepare_training",
    "refuse_unfit",
    "set_schedule",
    "with_our_keys",
]

SCHEDULE = "_base_/schedules/sympie_1gpu_20k.py"
BATCH = 8  # images a step, as in that schedule

PHOTOMETRIC = frozenset(
    (
        "AutoAugment", "AutoContrast", "Brightness", "CLAHE", "ColorJitter", "ColorTransform", "Contrast", "Equalize",
        "GaussianBlur", "Invert", "Lighting", "PhotoMetricDistortion", "Posterize", "RandAugment", "RandomErasing",
        "RandomGrayscale", "Sharpness", "Solarize", "SolarizeAdd",
    )
)  # fmt: skip
"""Augmentations that change pixels and not places: in training an enhancer the corruptions stand in for them."""

# What may follow the corruption: padding is not to be corrupted, and edges are made of labels that may move.
_OURS = ("PackSyMPIESegInputs", "PackSyMPIEInputs")  # keep all that our parts read
PACKING = ("PackSegInputs", "PackInputs", *_OURS)
"""The steps that end a pipeline."""
_LAST = ("Pad", "GenerateEdge", "Collect", *PACKING)
_KEPT_FOR_PICTURES = "clean_img"
_SCORES = {"IoUMetric": "mIoU", "ConditionIoUMetric": "mIoU", "Accuracy": "accuracy/top1"}


def prepare_training(
    cfg: dict[str, Any],
    keys: tuple[str, ...],
    checkpoint: str | None,
    iterations: int | None,
    save_best: str | None,
) -> list[str]:
    """Change a config in place so that the enhancer is trained and the network is frozen.

    Args:
        cfg: the config as nested dicts, with the enhancing data preprocessor.
        keys: keys of the data preprocessor.
        checkpoint: the network's weights.
        iterations: length of the schedule; None: that of ``configs/_base_/schedules/sympie_1gpu_20k.py``.
        save_best: the validation metric that chooses ``enhancer_best.pth``; None: by the evaluator's type.

    Returns:
        What was left out of the original's training, a sentence each.

    Raises:
        ValueError: if the network cannot be trained this way; the message says why.
    """
    refuse_unfit(cfg, keys)
    if cfg.get("train_dataloader") is None:
        raise ValueError(
            "the config has no train_dataloader, so there is nothing to train on: give pictures without labels "
            "(images=FOLDER, --images FOLDER)"
        )
    preprocessor = value_at(cfg, keys)
    preprocessor["two_step"] = dict(keep=0.9, weight=0.5)
    notes = [*drop_mixing(cfg, preprocessor), *_corrupt_training(cfg)]
    notes += drop_hooks(cfg)
    best = _best_score(cfg, save_best)
    schedule = Config.fromfile(config_folder() / SCHEDULE).to_dict()
    set_schedule(cfg, schedule, iterations, best)
    cfg.update(runner_type="FrozenNetworkRunner", frozen_checkpoint=checkpoint)
    if cfg.get("sync_bn") is not None:
        cfg["sync_bn"] = None
    return notes


def refuse_unfit(cfg: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Refuse networks in front of which no enhancer can be trained.

    Raises:
        ValueError: with the reason.
    """
    if "module" in keys:
        raise ValueError(
            "the model is wrapped for test-time augmentation: plug the config without the wrapper to train"
        )
    if kind(cfg["model"]) == "DepthEstimator":
        raise ValueError(
            "depth estimators can be tested, not trained: corruptions that move pixels do not move depth labels, and "
            "the label-free loss compares classes"
        )
    if len(value_at(cfg, keys).get("mean") or [0] * 3) != 3:
        raise ValueError("the network reads several images at once; it can be tested, not trained")


def corrupted(
    pipeline: list[dict[str, Any]], **options: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """Copy a pipeline with RandomCorruption in it: behind all that moves pixels, before padding and packing.

    Args:
        pipeline: of a dataset; its images must be uint8 there.
        **options: of RandomCorruption.

    Returns:
        The pipeline, and the names of the photometric augmentations that were left out.

    Raises:
        ValueError: if the images are no uint8 by then.
    """
    steps = copy.deepcopy([step for step in pipeline if kind(step) not in PHOTOMETRIC])
    dropped = [kind(step) for step in pipeline if kind(step) in PHOTOMETRIC]
    floats = [kind(step) for step in steps if step.get("to_float32")]
    if floats:
        raise ValueError(
            f"{floats[0]}(to_float32=True) makes images float before they can be corrupted: take it out"
        )
    position = len(steps)
    while position and kind(steps[position - 1]) in _LAST:
        position -= 1
    steps.insert(position, dict(type="RandomCorruption", **options))
    for step in steps:
        if kind(step) in ("PackSegInputs", "PackInputs"):
            step["meta_keys"] = with_our_keys(step)
    return steps, dropped


def with_our_keys(pack: dict[str, Any]) -> tuple[str, ...]:
    """Give the ``meta_keys`` of a packing step, and those that say what a corruption did."""
    keys = pack.get("meta_keys")
    if keys is None and kind(pack) == "PackInputs":
        from mmpretrain.datasets import PackInputs

        keys = PackInputs.DEFAULT_META_KEYS
    return tuple(
        dict.fromkeys((*(keys or META_KEYS), "corruption", "severity", _KEPT_FOR_PICTURES))
    )


def _corrupt_training(cfg: dict[str, Any]) -> list[str]:
    """Corrupt the images of training, and those of validation always alike."""
    left_out = set()
    for part, options in (("train", dict(keep_clean=True)), ("val", dict(seed=0))):
        loader = cfg.get(f"{part}_dataloader")
        for pipeline in pipelines(loader):
            if any(kind(step) in PACKING for step in pipeline):
                pipeline[:], dropped = corrupted(pipeline, **options)
                left_out.update(dropped)
    loader = cfg["train_dataloader"]
    loader["batch_size"] = max(BATCH, loader.get("batch_size", 1))
    loader["sampler"] = dict(type="InfiniteSampler", shuffle=True)
    loader.pop("batch_sampler", None)
    names = ", ".join(sorted(left_out))
    return [f"the corruptions stand in for {names} of the training pipeline"] if left_out else []


def drop_mixing(cfg: dict[str, Any], preprocessor: dict[str, Any]) -> list[str]:
    """Take mixup and CutMix out: two images under two corruptions are no image that a camera gives."""
    model, options = cfg["model"], None
    if kind(preprocessor) == "SyMPIEClsDataPreprocessor":
        options = preprocessor.pop("batch_augments", None) or (model.get("train_cfg") or {}).get(
            "augments"
        )
    if not options:
        return []
    if model.get("train_cfg"):
        model["train_cfg"].pop("augments", None)
        model["train_cfg"].pop("probs", None)
    preprocessor["to_onehot"] = True  # mixing had switched it on, and the loss may ask for it
    return ["batch augments (mixing of images) are left out"]


def drop_hooks(cfg: dict[str, Any]) -> list[str]:
    """Custom hooks are the original training's: averaged or re-estimated weights of a network that is frozen now."""
    names = [kind(hook) for hook in cfg.get("custom_hooks") or ()]
    return (
        [f"custom hooks of the network's own training are left out: {', '.join(names)}"]
        if names
        else []
    )


def _best_score(cfg: dict[str, Any], save_best: str | None) -> str:
    if save_best is not None:
        return save_best
    evaluators = cfg.get("val_evaluator") or ()
    evaluators = [evaluators] if isinstance(evaluators, dict) else evaluators
    for evaluator in evaluators:
        if kind(evaluator) in _SCORES:
            return _SCORES[kind(evaluator)]
    if cfg.get("val_dataloader") is None:
        return "mIoU"  # never asked for: nothing is validated
    raise ValueError(
        f"which validation metric chooses the best enhancer? The evaluators {[kind(e) for e in evaluators]} are none "
        f"of {', '.join(_SCORES)}: give save_best (--save-best)"
    )


def set_schedule(
    cfg: dict[str, Any], ours: dict[str, Any], iterations: int | None, save_best: str
) -> None:
    """Put our schedule, optimiser and hooks in place of the original's.

    Args:
        cfg: the config as nested dicts, changed in place.
        ours: a config of ``configs/_base_/schedules``; its parts may be changed.
        iterations: another length; a warm-up takes at most a tenth of it.
        save_best: the validation metric that chooses ``enhancer_best.pth``.
    """
    iterations = iterations or ours["max_iters"]
    for key in ("optim_wrapper", "param_scheduler", "train_cfg"):
        cfg[key] = ours[key]
    cfg["train_cfg"]["max_iters"] = iterations
    cfg["train_cfg"]["val_interval"] = min(iterations, cfg["train_cfg"]["val_interval"])
    *warm_ups, cosine = cfg["param_scheduler"]
    start = 0
    for warm_up in warm_ups:
        start = min(warm_up["end"], iterations // 10)
        warm_up.update(end=start)
    cosine.update(begin=start, end=iterations, T_max=iterations - start)
    if start == 0:  # too short to warm up
        cfg["param_scheduler"] = [cosine]
    hooks = ours["default_hooks"]
    del hooks["visualization"]  # the original's, if it has one: it fits its task
    if shown := (cfg.get("default_hooks") or {}).get("visualization"):
        hooks["visualization"] = shown
    hooks["checkpoint"]["interval"] = min(iterations, hooks["checkpoint"]["interval"])
    cfg["default_hooks"] = hooks
    cfg["custom_hooks"] = ours["custom_hooks"]
    for hook in cfg["custom_hooks"]:
        if kind(hook) == "EnhancerFileHook":
            hook["save_best"] = save_best
    cfg["log_processor"] = {**(cfg.get("log_processor") or {}), "by_epoch": False}
