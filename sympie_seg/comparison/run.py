"""One network behind several enhancers on the same images: record, score, compare."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import torch
from mmengine import dist
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import init_default_scope

from sympie_seg.comparison.activity import VISIBLE, VISIBLE_DEFINITION, ActivityWatch
from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.conditions import ImageGroup, build_test_set, group_images
from sympie_seg.comparison.cost import enhancer_cost, network_cost
from sympie_seg.comparison.enhancers import EnhancerChoice
from sympie_seg.comparison.grid import corruption_grid
from sympie_seg.comparison.network import NetworkUnderTest, with_enhancer_slot
from sympie_seg.comparison.recording import SlowBar, record_images
from sympie_seg.comparison.records import (
    RecordFile,
    files_digest,
    read_records,
    record_folder,
    record_keys,
    usable_key,
)
from sympie_seg.comparison.remaining_images import RemainingImages, remaining_loader
from sympie_seg.comparison.result import (
    FORMAT,
    VERSION,
    BootstrapSetting,
    ComparisonResult,
    Cost,
    Enhancer,
    Network,
    Row,
    VisibleChange,
)
from sympie_seg.comparison.rows import GroupResult, build_rows, group_result
from sympie_seg.datasets import cityscapes_classes
from sympie_seg.enhancer.shipped import better_shipped
from sympie_seg.metrics.tasks import Task, task_of

__all__ = ["FORMAT", "VERSION", "Comparison", "compare"]


@dataclass(eq=False)
class Comparison:
    """What was compared, kept so that examples can be chosen and shown.

    Attributes:
        result: what ``comparison.json`` holds.
        choices: the enhancers, the reference first.
        groups: the images by condition.
        results: for each group by enhancer.
        task: what was scored.
        dataset: the whole test set.
        network: the network.
    """

    result: ComparisonResult
    choices: list[EnhancerChoice]
    groups: list[ImageGroup]
    results: list[dict[str, GroupResult]]
    task: Task
    dataset: Any
    network: NetworkUnderTest


@dataclass(frozen=True)
class Options:
    """How a comparison is made.

    Attributes:
        bootstrap: how intervals are drawn.
        cost_size: (width, height) at which cost is measured; None for not at all.
        mce_baseline: an enhancer's name, or mean errors by corruption; None for the reference.
        title: of the tables; None for one from the config.
        command: the command line, for the record.
    """

    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    cost_size: tuple[int, int] | None = (1024, 512)
    mce_baseline: str | Mapping[str, float] | None = None
    title: str | None = None
    command: str = ""


def compare(
    cfg: Config,
    checkpoint: str,
    choices: Sequence[EnhancerChoice],
    folder: str | os.PathLike[str],
    options: Options | None = None,
) -> Comparison | None:
    """Test a network behind each enhancer and compare with the first.

    Images that have a record in ``folder`` already, from a run that was stopped, are not tested again.

    Args:
        cfg: a test config with an enhancing data preprocessor.
        checkpoint: file or URL of the network.
        choices: the enhancers, the reference first.
        folder: for the records; several processes have to share it.
        options: see :class:`Options`.

    Returns:
        The comparison; None on other ranks than the first.

    Raises:
        FileNotFoundError: if a file or folder is missing, or a folder is empty.
        ValueError: if config, checkpoint, data, prediction or record files cannot be used.
        FloatingPointError: if an enhancer gives NaN or infinite values; the message names the image.
    """
    options = options or Options()
    init_default_scope(cfg.get("default_scope", "mmseg"))
    cfg = with_enhancer_slot(cfg)
    evaluator = _evaluator(cfg)
    dataset = build_test_set(cfg.test_dataloader)
    groups = group_images(dataset, evaluator.get("conditions") or ())
    task = task_of(cfg, dataset.metainfo, evaluator.get("ignore_index", 255))
    network = NetworkUnderTest(cfg, checkpoint)
    images = files_digest(p for g in groups for p in (*g.images, *g.labels) if p)
    cityscapes = tuple(dataset.metainfo.get("classes") or ()) == cityscapes_classes.NAMES
    for note in better_shipped([choice.source for choice in choices], cityscapes):
        print_log(note, logger="current")
    results: list[dict[str, GroupResult]] = [{} for _ in groups]
    for index, choice in enumerate(choices):
        keys = record_keys(cfg, choice.config, network.weights, images, choice.strength)
        key = usable_key(folder, choice.name, keys)
        at = record_folder(folder, choice.name, key)
        title = f"{choice.name} ({index + 1} of {len(choices)})"
        _record(network, dataset, task, choice, at, key, title)
        if dist.is_main_process():
            records = read_records(at, key)
            for group, by_enhancer in zip(groups, results, strict=True):
                by_enhancer[choice.name] = group_result(group, records, task)
    if not dist.is_main_process():
        return None
    rows = build_rows(
        groups, results, task, options.bootstrap, evaluator.get("exclude_from_mean", _CLEAN)
    )
    scoring = evaluator.get("scoring", task.scoring)
    result = _result(cfg, checkpoint, choices, network, task, rows, options, scoring)
    return Comparison(result, list(choices), groups, results, task, dataset, network)


_CLEAN = ("clean",)


def _evaluator(cfg: Config) -> Mapping[str, Any]:
    """The evaluator that knows conditions, or the first."""
    evaluators = cfg.get("test_evaluator") or {}
    evaluators = list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]
    by_condition = [one for one in evaluators if "conditions" in one or "exclude_from_mean" in one]
    result: Mapping[str, Any] = (by_condition or evaluators)[0]
    return result


def _record(
    network: NetworkUnderTest,
    dataset: Any,
    task: Task,
    choice: EnhancerChoice,
    folder: os.PathLike[str],
    key: Mapping[str, str],
    title: str,
) -> None:
    """Test the images that have no record yet; processes share them."""
    done = read_records(folder, key)
    dist.barrier()  # nobody writes before all have read
    remaining = RemainingImages(dataset, [i for i in range(len(dataset)) if i not in done])
    before = f", {len(done)} were tested before" if done else ""
    print_log(f"{title}: {len(remaining)} images to test{before}", logger="current")
    loader = remaining_loader(network.cfg.test_dataloader, remaining, _seed(network.cfg))
    watch = ActivityWatch(network.put_in_front(choice.config, choice.strength), network.plain)
    share = len(range(dist.get_rank(), len(remaining), dist.get_world_size()))
    bar = SlowBar(share) if share and dist.is_main_process() else None
    with RecordFile(folder, key, dist.get_rank()) as records:
        record_images(network.model, loader, task, watch, records, bar)
    watch.stop()
    dist.barrier()


def _seed(cfg: Config) -> int | None:
    return (cfg.get("randomness") or {}).get("seed")


def _result(
    cfg: Config,
    checkpoint: str,
    choices: Sequence[EnhancerChoice],
    network: NetworkUnderTest,
    task: Task,
    rows: list[Row],
    options: Options,
    scoring: str,
) -> ComparisonResult:
    names = [choice.name for choice in choices]
    size, config = options.cost_size, os.path.basename(cfg.filename or "config")
    return ComparisonResult(
        format=FORMAT,
        version=VERSION,
        task=task.name,
        title=options.title or f"{config}, network {os.path.basename(checkpoint)}",
        command=options.command,
        config=str(cfg.filename or ""),
        machine=_machine(),
        date=str(date.today()),
        scoring=scoring,
        metric=task.metrics[0],
        metrics=list(task.metrics),
        network=Network(
            name=_network_name(cfg.model),
            backbone=_backbone_name(cfg.model),
            checkpoint=checkpoint,
            clean=_clean_score(rows, names[0], task.metrics[0]),
            cost=network_cost(network.model, size) if size else None,
            fingerprint=network.fingerprint,
        ),
        classes=list(task.classes),
        palette=[list(colour) for colour in task.palette],
        bootstrap=BootstrapSetting(
            options.bootstrap.resamples, options.bootstrap.level, options.bootstrap.seed
        ),
        visible_change=VisibleChange(VISIBLE, VISIBLE_DEFINITION),
        cost_size=f"{size[0]}x{size[1]}" if size else None,
        enhancers=[
            Enhancer(
                choice.name,
                choice.source,
                _cost(network, choice, size),
                trained_through=choice.trained_through(network.fingerprint),
                strength=network.strength_of(choice.config, choice.strength),
            )
            for choice in choices
        ],
        rows=rows,
        grid=corruption_grid(rows, names, task.metrics, options.mce_baseline or names[0]),
    )


def _clean_score(rows: Sequence[Row], reference: str, metric: str) -> float | None:
    """The network's own score on clean images, if both were tested."""
    clean = next((row for row in rows if row.name == "clean"), None)
    return clean.scores[reference].metrics[metric] if clean and reference == "none" else None


def _cost(
    network: NetworkUnderTest, choice: EnhancerChoice, size: tuple[int, int] | None
) -> Cost | None:
    if size is None:
        return None
    in_front = network.put_in_front(choice.config, choice.strength)
    return enhancer_cost(in_front, network.plain, size)


def _machine() -> str:
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return f"{platform.machine()}, {torch.get_num_threads()} threads, {device}"


def _network_name(model: Mapping[str, Any]) -> str:
    head = model.get("decode_head") or model.get("head") or {}
    head = head[-1] if isinstance(head, (list, tuple)) else head
    return " + ".join(str(part.get("type")) for part in (model, head) if part.get("type"))


def _backbone_name(model: Mapping[str, Any]) -> str:
    if "factory" in model:
        return _factory_name(model)
    backbone = model.get("backbone") or {}
    depth = backbone.get("depth") or backbone.get("arch")
    width = backbone.get("base_channels")
    name = (
        f"{backbone.get('type', 'unknown')}{f'-{depth}' if isinstance(depth, (int, str)) else ''}"
    )
    return f"{name}, width {width}" if width else name


def _factory_name(model: Mapping[str, Any]) -> str:
    """Name a TorchNetwork: its factory, and the architecture that the factory was asked for."""
    arguments = model.get("factory_args") or {}
    keys = ("model_name", "arch", "encoder_name", "pretrained_model_name_or_path")
    asked = [str(arguments[key]) for key in keys if arguments.get(key)]
    return " ".join([str(model["factory"]).rsplit(":", 1)[-1], *asked])
