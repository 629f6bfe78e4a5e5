"""Turn a config of mmseg or mmpretrain into the same with an enhancer in front of the network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from mmengine.config import Config

from sympie_seg.datasets import cityscapes_classes
from sympie_seg.enhancer import load_enhancer
from sympie_seg.enhancer.shipped import better_shipped
from sympie_seg.models.enhancers import CLASSICAL
from sympie_seg.plugging.label_free import UnlabelledFolder, prepare_label_free
from sympie_seg.plugging.places import PLUGGED, find_preprocessor, input_order, value_at
from sympie_seg.plugging.sources import ConfigSource, find_config, read_config
from sympie_seg.plugging.training import prepare_training
from sympie_seg.plugging.writing import write_config

__all__ = ["plug", "plug_source", "plug_to_file"]


def plug(
    cfg: Config | dict | str | os.PathLike[str],
    enhancer: str | os.PathLike[str] | dict | None = None,
    train: bool = False,
    checkpoint: str | None = None,
    iterations: int | None = None,
    save_best: str | None = None,
    images: str | os.PathLike[str] | UnlabelledFolder | None = None,
) -> Config:
    """Put an enhancer in front of the network of any mmseg or mmpretrain config.

    The data preprocessor becomes the one with an enhancer; its mean, std, channel order and padding stay as the config
    has them, and so does everything else: a checkpoint of the network loads as before. Where the pipeline
    loads RGB instead of mmcv's BGR, ``input_order`` says so.

    Args:
        cfg: a config, its path, or a name such as
            ``'mmseg::pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024.py'``; not changed.
        enhancer: an enhancer file, a short name such as 'clahe', or the config of a registered enhancer. May be left
            out for training, which then starts from identity.
        train: whether to prepare training, too: the network is frozen, the enhancer is trained in two steps with the
            schedule of ``configs/_base_/schedules/sympie_1gpu_20k.py`` on the config's own training images under
            random corruptions, and validated on its validation images under fixed ones. An enhancer file is where
            training starts.
        checkpoint: weights of the network to be frozen, for training. Defaults to None: what the library publishes
            for a config that is given by its name, else the config's ``load_from``.
        iterations: length of the training. Defaults to None: 20 000, or 1000 with ``images``.
        save_best: the validation metric that chooses ``enhancer_best.pth``. Defaults to None: 'mIoU' or
            'accuracy/top1'; with ``images`` 'agreement/mIoU' or 'agreement/scores'.
        images: a folder of pictures without labels to train and validate on, in place of the config's own images
            and labels (docs/own-images.md). Defaults to None.

    Returns:
        A new config.

    Raises:
        FileNotFoundError: if the config or the enhancer file is missing, or the folder holds no picture.
        ValueError: if this is no config of these libraries, it has no data preprocessor that is known, or an
            enhancer already; or the enhancer file is wrong.

    Example:
        >>> cfg = plug('mmseg::segformer/segformer_mit-b0_8xb1-160k_cityscapes-1024x1024.py', 'enhancer.pth')
        >>> model = init_model(cfg, 'segformer_b0.pth')  # mmseg.apis
    """
    source = None
    if isinstance(cfg, (str, os.PathLike)):
        source = find_config(cfg)
        cfg = read_config(source)
    if train and checkpoint is None and source is not None:
        checkpoint = source.published_weights()
    return plug_source(cfg, enhancer, train, checkpoint, iterations, save_best, images)[0]


def plug_source(
    cfg: Config | dict,
    enhancer: str | os.PathLike[str] | dict | None = None,
    train: bool = False,
    checkpoint: str | None = None,
    iterations: int | None = None,
    save_best: str | None = None,
    images: str | os.PathLike[str] | UnlabelledFolder | None = None,
) -> tuple[Config, list[str]]:
    """As :func:`plug`, for a config that is read already; also gives notes: what was left out, a better enhancer."""
    if images is not None and not train:
        raise ValueError("images (--images) are for training: set train=True (--train)")
    cfg = cfg if isinstance(cfg, Config) else Config(cfg)
    new = cfg.to_dict()
    keys, name = find_preprocessor(new)
    preprocessor = _ensure(new, keys)
    preprocessor["type"] = PLUGGED[name]
    preprocessor["enhancer"] = _enhancer(enhancer, train)
    order = input_order(new)
    if order is not None:
        preprocessor["input_order"] = order
    new["custom_imports"] = _with_import(new.get("custom_imports"))
    if train:
        checkpoint = checkpoint or new.get("load_from")
        if images is None:
            notes = prepare_training(new, keys, checkpoint, iterations, save_best)
        else:
            folder = images if isinstance(images, UnlabelledFolder) else UnlabelledFolder(images)
            notes = prepare_label_free(new, keys, folder, checkpoint, iterations, save_best)
    else:
        notes = better_shipped([enhancer], cityscapes_classes.are_tested(new))
    return Config(new, filename=cfg.filename), notes


def plug_to_file(
    path: str | os.PathLike[str],
    cfg: Config,
    source: ConfigSource,
    name: str,
    enhancer: str | None = None,
    train: bool = False,
    checkpoint: str | None = None,
    iterations: int | None = None,
    save_best: str | None = None,
    images: UnlabelledFolder | None = None,
) -> list[str]:
    """Write the plugged config; it inherits the one that it comes from where that can be.

    Args:
        path: file to write.
        cfg: the config as it was read, with the user's changes.
        source: where it lies.
        name: what the user calls it, for the comment at the top.
        enhancer: this and the others as for :func:`plug`.
        train: as for :func:`plug`.
        checkpoint: as for :func:`plug`.
        iterations: as for :func:`plug`.
        save_best: as for :func:`plug`.
        images: as for :func:`plug`.

    Returns:
        Notes for the user.

    Raises:
        OSError: if a file is missing or the new one cannot be written.
        ValueError: as :func:`plug`.
    """
    if train and checkpoint is None:
        checkpoint = source.published_weights()
    new, notes = plug_source(cfg, enhancer, train, checkpoint, iterations, save_best, images)
    comment = f"{name} with an enhancer in front of the network; written by sympie-seg plug."
    reason = write_config(path, new, source, comment)
    if reason is not None:
        notes = [*notes, f"a full config was written: {reason}"]
    if train and new.frozen_checkpoint is None:
        missing = (
            "set frozen_checkpoint, the network's weights, before training (--checkpoint FILE)"
        )
        notes = [*notes, missing]
    return notes


def _ensure(cfg: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    parent = value_at(cfg, tuple(keys[:-1])) if len(keys) > 1 else cfg
    if not isinstance(parent.get(keys[-1]), dict):
        parent[keys[-1]] = {}
    result: dict[str, Any] = parent[keys[-1]]
    return result


def _enhancer(enhancer: str | os.PathLike[str] | dict | None, train: bool) -> str | dict:
    """Check the enhancer and give what the config says of it."""
    if enhancer is None:
        if not train:
            raise ValueError("name an enhancer file (enhancer=FILE, --enhancer FILE)")
        return dict(type="SyMPIE", init="identity")
    if isinstance(enhancer, dict):
        return dict(enhancer)
    path = os.fspath(enhancer)
    if path in CLASSICAL:
        return dict(CLASSICAL[path])
    load_enhancer(path)
    # In training a file is the start only: where the config names it, it would outweigh what was trained.
    return dict(type="SyMPIEFromFile", path=path) if train else path


def _with_import(imports: dict[str, Any] | None) -> dict[str, Any]:
    """Import sympie_seg first: what comes after may need its repairs."""
    imports = dict(imports or {})
    names = imports.get("imports") or []
    names = [names] if isinstance(names, str) else list(names)
    others = [name for name in names if name != "sympie_seg"]
    return dict(
        imports=["sympie_seg", *others],
        allow_failed_imports=imports.get("allow_failed_imports", False),
    )
