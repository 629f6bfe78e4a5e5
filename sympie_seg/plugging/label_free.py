"""What a config needs to train an enhancer on a folder of pictures without labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from mmengine.config import Config
from mmengine.registry import DATASETS, DefaultScope

from sympie_seg.corruptions.registry import DRIVING_MIX, MOVES_PIXELS, TRAINING
from sympie_seg.datasets.unlabelled import (
    SPLIT_BY,
    Listing,
    Split,
    list_pictures,
    split_pictures,
)
from sympie_seg.datasets.unlabelled.near_duplicates import spread_out
from sympie_seg.plugging.places import kind, pipelines, value_at
from sympie_seg.plugging.training import (
    drop_hooks,
    drop_mixing,
    refuse_unfit,
    set_schedule,
    with_our_keys,
)
from sympie_seg.upstream.config_package import config_folder
from sympie_seg.utils.pictures import upright_size

__all__ = ["SCHEDULE", "UnlabelledFolder", "prepare_label_free"]

SCHEDULE = "_base_/schedules/sympie_label_free.py"
CROP = (384, 512)  # height and width, where the config names no crop of its own
SCALES = (1.0, 2.0)  # relative to the scale at which a picture just covers the crop
_BATCH = {"SyMPIESegDataPreProcessor": 4, "SyMPIEClsDataPreprocessor": 16}
_VALIDATED = 200  # held-out pictures at each validation
_MEASURED = 50  # pictures whose sizes are looked at
_MOST_ENLARGED = 1.5
_SMALL = 10  # fewer held-out pictures choose the best enhancer by chance


@dataclass(frozen=True)
class UnlabelledFolder:
    """A folder of pictures to train on.

    Attributes:
        folder: where they are; all folders below it are looked into.
        include: globs that a picture must match, if there are any.
        exclude: globs that it must not match.
        holdout: share that is held out for validation.
        by: what stays together: 'folder', 'sequence' or 'file'; None chooses the first that gives two groups.
        crop: height and width of the crops; None takes the config's own, or 384 x 512 where it has none or a
            segmenter's pictures are too small for it.
    """

    folder: str | os.PathLike[str]
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    holdout: float = 0.1
    by: str | None = None
    crop: tuple[int, int] | None = None


def prepare_label_free(
    cfg: dict[str, Any],
    keys: tuple[str, ...],
    images: UnlabelledFolder,
    checkpoint: str | None,
    iterations: int | None,
    save_best: str | None,
) -> list[str]:
    """Change a config in place so that the enhancer is trained without labels and the network is frozen.

    The loss compares the network's prediction on the enhanced corrupted picture with its own on the clean one, and so
    does the validation, on held-out pictures under fixed corruptions.

    Args:
        cfg: the config as nested dicts, with the enhancing data preprocessor.
        keys: keys of the data preprocessor.
        images: the pictures.
        checkpoint: the network's weights.
        iterations: length of the schedule; None: that of ``configs/_base_/schedules/sympie_label_free.py``.
        save_best: the validation metric that chooses ``enhancer_best.pth``; None: 'agreement/mIoU', or
            'agreement/scores' for a classifier.

    Returns:
        What the user should know, a sentence each.

    Raises:
        FileNotFoundError: if the folder is missing or holds no picture.
        ValueError: if the network cannot be trained this way or nothing can be held out; the message says why.
    """
    refuse_unfit(cfg, keys)
    preprocessor = value_at(cfg, keys)
    _refuse_rgb(preprocessor)
    listing = list_pictures(images.folder, images.include, images.exclude)
    split, notes = _choose_split(images, listing)
    crop = images.crop
    if crop is None:
        paths = [os.path.join(listing.root, path) for path in listing.pictures]
        crop, about_crop = _choose_crop(cfg, preprocessor, paths)
        notes += about_crop
    preprocessor["two_step"] = dict(keep=0.9, weight=0.5)
    preprocessor["label_free"] = dict(temperature=1.0)
    notes += [*drop_mixing(cfg, preprocessor), *drop_hooks(cfg)]
    _set_data(cfg, preprocessor, images, split, crop)
    by_scores = _classifies(preprocessor)
    best = save_best or ("agreement/scores" if by_scores else "agreement/mIoU")
    set_schedule(cfg, Config.fromfile(config_folder() / SCHEDULE).to_dict(), iterations, best)
    cfg.update(runner_type="FrozenNetworkRunner", frozen_checkpoint=checkpoint)
    if cfg.get("sync_bn") is not None:
        cfg["sync_bn"] = None
    return notes


def _refuse_rgb(preprocessor: dict[str, Any]) -> None:
    if preprocessor.get("input_order") == "rgb":
        raise ValueError(
            "the config's own pipelines load RGB (input_order='rgb'), but those of --images load BGR, and a data "
            "preprocessor has one order: use LoadImageFromFile with its default backend in the config first"
        )


def _choose_split(images: UnlabelledFolder, listing: Listing) -> tuple[Split, list[str]]:
    """Find what can be held out."""
    last = list(SPLIT_BY)[-1]
    for by in SPLIT_BY if images.by is None else (images.by,):
        split = Split("val", images.holdout, by)
        try:
            held_out, _ = split_pictures(listing.pictures, split)
        except ValueError:
            if by in (images.by, last):
                raise
            continue
        break
    share = len(held_out) / len(listing.pictures)
    notes = [
        f"{len(listing.pictures)} pictures, of which {len(held_out)} ({share:.0%}, by {by}) are held out for validation"
    ]
    if left_out := listing.describe_left_out():
        notes.append(f"left out: {left_out}")
    if len(held_out) < _SMALL:
        notes.append(
            f"{len(held_out)} held-out pictures are few to choose the best enhancer by: hold out more (--holdout, "
            "--split-by)"
        )
    if by == "file" and images.by is None:
        notes.append(
            "all pictures seem to be of one folder and one sequence, so single files are held out: scenes may be in "
            "both parts (the training's log names pictures that look alike)"
        )
    if share > 2 * images.holdout:
        notes.append(
            f"the smallest {by} is {share:.0%} of the pictures; --split-by sequence or file holds out fewer"
        )
    return split, notes


def _set_data(
    cfg: dict[str, Any],
    preprocessor: dict[str, Any],
    images: UnlabelledFolder,
    split: Split,
    crop: tuple[int, int],
) -> None:
    """Put the pictures in the place of the config's training and validation data."""
    dataset: dict[str, Any] = dict(type="UnlabelledImages", data_root=os.fspath(images.folder))
    for option in ("include", "exclude"):
        if globs := getattr(images, option):
            dataset[option] = [globs] if isinstance(globs, str) else list(globs)
    dataset.update(_meta_options(cfg))
    pack = _pack(cfg, preprocessor)
    parts = dict(holdout=split.holdout, by=split.by, seed=split.seed)
    train, val = (dict(cfg.get(f"{part}_dataloader") or {}) for part in ("train", "val"))
    val = val or dict(train)
    train["dataset"] = dict(
        dataset,
        split=dict(part="train", **parts),
        pipeline=_pipeline(crop, pack, fixed=False, driving=not _classifies(preprocessor)),
    )
    train["sampler"] = dict(type="InfiniteSampler", shuffle=True)
    val["dataset"] = dict(
        dataset,
        split=dict(part="val", **parts),
        limit=_VALIDATED,
        test_mode=True,
        pipeline=_pipeline(crop, pack, fixed=True),
    )
    val["sampler"] = dict(type="DefaultSampler", shuffle=False)
    for loader in (train, val):
        loader.pop("batch_sampler", None)
        loader["batch_size"] = _BATCH[kind(preprocessor)]
        loader.setdefault("num_workers", 2)
        loader["persistent_workers"] = loader["num_workers"] > 0
    cfg.update(
        train_dataloader=train,
        val_dataloader=val,
        val_evaluator=dict(type="CleanAgreement"),
        val_cfg=dict(type="ValLoop"),
    )
    if preprocessor.get("size") is not None:
        preprocessor["size"] = crop  # padding to another size would be wasted


def _pipeline(
    crop: tuple[int, int], pack: dict[str, Any], fixed: bool, driving: bool = False
) -> list[dict[str, Any]]:
    """Load, crop, mirror, corrupt and pack; where ``fixed``, a picture always gives the same.

    With ``driving``, the corruptions are those that the shipped enhancers train on.
    """
    scaled: dict[str, Any] = dict(
        type="RandomScaleCrop", scale_range=SCALES, crop_size=crop, relative_to="crop"
    )
    corruption: dict[str, Any] = dict(type="RandomCorruption", keep_clean=True)
    steps = [scaled, dict(type="RandomFlip", prob=0.5), corruption]
    if driving:
        corruption.update(names=list(DRIVING_MIX), weights=list(DRIVING_MIX.values()), count=(1, 2))
    if fixed:
        scaled["seed"] = corruption["seed"] = 0
        # Pixels that stay where they are can be compared one by one.
        corruption["names"] = [name for name in TRAINING if name not in MOVES_PIXELS]
        steps = [scaled, corruption]
    return [dict(type="LoadImageFromFile"), *steps, dict(pack)]


def _pack(cfg: dict[str, Any], preprocessor: dict[str, Any]) -> dict[str, Any]:
    """The config's own packing step, with the meta keys that loss and validation read."""
    name = "PackInputs" if _classifies(preprocessor) else "PackSegInputs"
    loaders = [cfg.get(f"{part}_dataloader") for part in ("train", "val", "test")]
    steps = [step for loader in loaders for pipeline in pipelines(loader) for step in pipeline]
    ours = "PackSyMPIEInputs" if _classifies(preprocessor) else "PackSyMPIESegInputs"
    own = next((step for step in steps if kind(step) in (name, ours)), dict(type=name))
    if kind(own) == ours:
        return dict(own)
    return dict(type=name, meta_keys=tuple(dict.fromkeys((*with_our_keys(own), "clean_map"))))


def _classifies(preprocessor: dict[str, Any]) -> bool:
    return kind(preprocessor) == "SyMPIEClsDataPreprocessor"


def _choose_crop(
    cfg: dict[str, Any], preprocessor: dict[str, Any], pictures: Sequence[str]
) -> tuple[tuple[int, int], list[str]]:
    """The size at which the config trains; ours where a segmenter's pictures would have to be blown up for it."""
    own = _own_crop(cfg, preprocessor)
    if own is None:
        return CROP, []
    enlarged = _enlargement(own, pictures)
    if (
        _classifies(preprocessor)
        or enlarged <= _MOST_ENLARGED
        or _enlargement(CROP, pictures) >= enlarged
    ):
        return own, []
    note = (
        f"half of the pictures would be enlarged {enlarged:.1f} times or more to fill the config's crops of {own[0]} x "
        f"{own[1]}, so crops are {CROP[0]} x {CROP[1]} (--crop HEIGHT WIDTH for another size)"
    )
    return CROP, [note]


def _enlargement(crop: tuple[int, int], pictures: Sequence[str]) -> float:
    """By how much the median picture is scaled to cover a crop; 1 where no size can be read."""
    factors = []
    for path in spread_out(pictures, _MEASURED):
        size = upright_size(path)
        if size is None:
            continue  # the dataset says what is wrong with it
        width, height = size
        factors.append(max(crop[0] / height, crop[1] / width))
    return median(factors) if factors else 1.0


def _own_crop(cfg: dict[str, Any], preprocessor: dict[str, Any]) -> tuple[int, int] | None:
    """The size at which the config trains, else that to which it pads."""
    sizes = []
    for pipeline in pipelines(cfg.get("train_dataloader")):
        for step in pipeline:
            size = step.get("crop_size")
            if kind(step) == "RandomResizedCrop":
                size = step.get("scale", size)
            sizes.append(size)
    sizes.append(preprocessor.get("size"))
    for size in sizes:
        size = (size, size) if isinstance(size, int) else tuple(size or ())
        if len(size) == 2 and all(isinstance(side, int) and side > 0 for side in size):
            return size
    return None


def _meta_options(cfg: dict[str, Any]) -> dict[str, Any]:
    """Where the class names and colours of the network's own dataset come from, for pictures of predictions."""
    for part in ("train_dataloader", "val_dataloader", "test_dataloader"):
        for dataset in _datasets(cfg.get(part)):
            if (dataset.get("metainfo") or {}).get("classes"):
                return dict(metainfo=dataset["metainfo"])
            name = dataset.get("type")
            if isinstance(name, str) and _has_classes(name, cfg.get("default_scope")):
                return dict(classes_of=name)
    return {}


def _datasets(config: Any) -> list[dict[str, Any]]:
    """Every dataset below a loader that has a pipeline of its own."""
    if isinstance(config, (list, tuple)):
        return [dataset for item in config for dataset in _datasets(item)]
    if not isinstance(config, dict):
        return []
    own = [config] if "pipeline" in config else []
    return own + [
        dataset for key, v in config.items() if key != "pipeline" for dataset in _datasets(v)
    ]


def _has_classes(name: str, scope: str | None) -> bool:
    with (
        DefaultScope.overwrite_default_scope(scope or "mmseg"),
        DATASETS.switch_scope_and_registry(None) as registry,
    ):
        dataset = registry.get(name)
    return bool((getattr(dataset, "METAINFO", None) or {}).get("classes"))
