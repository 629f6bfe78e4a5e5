"""Modules that moved: an old name that is imported raises an ImportError that names the new one.

The names that the documentation showed (:data:`KEPT`) still work, with a DeprecationWarning.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["KEPT", "LEFT", "MOVED", "install"]

#: Old name -> new name. CHANGELOG.md lists them too.
MOVED: dict[str, str] = {
    "sympie_seg.datasets.preparation.progress": "sympie_seg.utils.parallel",
    "sympie_seg.doctor": "sympie_seg.environment",
    "sympie_seg.engine.checkpoint_files": "sympie_seg.engine.resuming.checkpoint_files",
    "sympie_seg.engine.compiling": "sympie_seg.models.frozen.compiling",
    "sympie_seg.engine.condition_cls_visualization_hook": "sympie_seg.engine.hooks.condition_cls_visualization_hook",
    "sympie_seg.engine.condition_visualization_hook": "sympie_seg.engine.hooks.condition_visualization_hook",
    "sympie_seg.engine.enhancement_visualization_hook": "sympie_seg.engine.hooks.enhancement_visualization_hook",
    "sympie_seg.engine.enhancer_file_hook": "sympie_seg.engine.hooks.enhancer_file_hook",
    "sympie_seg.engine.freezing": "sympie_seg.models.frozen.freezing",
    "sympie_seg.engine.frozen_weights": "sympie_seg.models.frozen.frozen_weights",
    "sympie_seg.engine.input_accuracy_hook": "sympie_seg.engine.hooks.input_accuracy_hook",
    "sympie_seg.engine.numbered_draws": "sympie_seg.engine.resuming.numbered_draws",
    "sympie_seg.engine.predict_by_size": "sympie_seg.models.frozen.predict_by_size",
    "sympie_seg.engine.prediction_strip_hook": "sympie_seg.engine.hooks.prediction_strip_hook",
    "sympie_seg.engine.randomness": "sympie_seg.engine.resuming.randomness",
    "sympie_seg.engine.resumable_runner": "sympie_seg.engine.resuming.resumable_runner",
    "sympie_seg.engine.resumable_train_loop": "sympie_seg.engine.resuming.resumable_train_loop",
    "sympie_seg.engine.safe_checkpoint_hook": "sympie_seg.engine.hooks.safe_checkpoint_hook",
    "sympie_seg.engine.shown_pictures": "sympie_seg.engine.hooks.shown_pictures",
    "sympie_seg.engine.split_loss": "sympie_seg.models.frozen.split_loss",
    "sympie_seg.engine.stop_request": "sympie_seg.engine.resuming.stop_request",
    "sympie_seg.engine.synchronized_batch_norm": "sympie_seg.models.frozen.synchronized_batch_norm",
    "sympie_seg.enhance_files": "sympie_seg.enhancing",
    "sympie_seg.enhance_files.command": "sympie_seg.enhancing.run",
    "sympie_seg.enhance_files.jobs": "sympie_seg.utils.jobs",
    "sympie_seg.enhance_files.pictures": "sympie_seg.enhancing.pictures",
    "sympie_seg.enhance_files.progress": "sympie_seg.utils.progress",
    "sympie_seg.enhance_files.record": "sympie_seg.enhancing.record",
    "sympie_seg.enhance_files.videos": "sympie_seg.enhancing.videos",
    "sympie_seg.enhancer.fast.affine": "sympie_seg.fast.affine",
    "sympie_seg.enhancer.fast.conditions": "sympie_seg.fast.conditions",
    "sympie_seg.enhancer.fast.cuda": "sympie_seg.fast.cuda",
    "sympie_seg.enhancer.fast.folded_nem": "sympie_seg.fast.folded_nem",
    "sympie_seg.enhancer.fast.outputs": "sympie_seg.fast.outputs",
    "sympie_seg.enhancer.fast.pipeline": "sympie_seg.fast.pipeline",
    "sympie_seg.enhancer.fast.scratch": "sympie_seg.fast.scratch",
    "sympie_seg.enhancer.fast.strips": "sympie_seg.fast.strips",
    "sympie_seg.enhancer.fast.thumbnail": "sympie_seg.fast.thumbnail",
    "sympie_seg.enhancer.fast.workers": "sympie_seg.fast.workers",
    "sympie_seg.evaluation.activity": "sympie_seg.comparison.activity",
    "sympie_seg.evaluation.before_after": "sympie_seg.visualization.before_after",
    "sympie_seg.evaluation.bootstrap": "sympie_seg.comparison.bootstrap",
    "sympie_seg.evaluation.class_areas": "sympie_seg.metrics.class_areas",
    "sympie_seg.evaluation.condition_accuracy": "sympie_seg.metrics.condition_accuracy",
    "sympie_seg.evaluation.condition_iou_metric": "sympie_seg.metrics.condition_iou_metric",
    "sympie_seg.evaluation.conditions": "sympie_seg.metrics.conditions",
    "sympie_seg.evaluation.corruption_grid": "sympie_seg.comparison.grid",
    "sympie_seg.evaluation.cost": "sympie_seg.comparison.cost",
    "sympie_seg.evaluation.examples": "sympie_seg.report.example_choice",
    "sympie_seg.evaluation.group_results": "sympie_seg.comparison.rows",
    "sympie_seg.evaluation.image_groups": "sympie_seg.comparison.conditions",
    "sympie_seg.evaluation.network_under_test": "sympie_seg.comparison.network",
    "sympie_seg.evaluation.numbers": "sympie_seg.utils.numbers",
    "sympie_seg.evaluation.outputs": "sympie_seg.report.outputs",
    "sympie_seg.evaluation.record_key": "sympie_seg.comparison.records",
    "sympie_seg.evaluation.recording": "sympie_seg.comparison.recording",
    "sympie_seg.evaluation.records": "sympie_seg.comparison.records",
    "sympie_seg.evaluation.remaining_images": "sympie_seg.comparison.remaining_images",
    "sympie_seg.evaluation.rows": "sympie_seg.comparison.rows",
    "sympie_seg.evaluation.severity_grid": "sympie_seg.metrics.severity_grid",
    "sympie_seg.evaluation.stability": "sympie_seg.comparison.stability",
    "sympie_seg.evaluation.tables": "sympie_seg.report.markdown",
    "sympie_seg.evaluation.tasks": "sympie_seg.metrics.tasks",
    "sympie_seg.evaluation.tasks.base": "sympie_seg.metrics.tasks.base",
    "sympie_seg.evaluation.tasks.classification": "sympie_seg.metrics.tasks.classification",
    "sympie_seg.evaluation.tasks.segmentation": "sympie_seg.metrics.tasks.segmentation",
    "sympie_seg.evaluation.transfer": "sympie_seg.comparison.transfer",
    "sympie_seg.evaluation.vizwiz_submission": "sympie_seg.metrics.vizwiz_submission",
    "sympie_seg.extras": "sympie_seg.utils.extras",
    "sympie_seg.file_ends": "sympie_seg.utils.images",
    "sympie_seg.files": "sympie_seg.utils.files",
    "sympie_seg.images": "sympie_seg.utils.images",
    "sympie_seg.models.decode_heads": "sympie_seg.models.heads",
    "sympie_seg.models.decode_heads.deeplabv2_head": "sympie_seg.models.heads.deeplabv2_head",
}

#: Old names that still work -> the modules whose names they give. They go with the next release.
KEPT: dict[str, tuple[str, ...]] = {
    "sympie_seg.enhancer.fast": ("sympie_seg.fast.as_before",),
    "sympie_seg.evaluation": ("sympie_seg.metrics", "sympie_seg.comparison"),
    "sympie_seg.evaluation.comparison": ("sympie_seg.comparison.run",),
    "sympie_seg.evaluation.enhancer_choice": ("sympie_seg.comparison.enhancers",),
    "sympie_seg.evaluation.repeated": ("sympie_seg.comparison.repeated",),
}

#: Modules that left the package -> what to use instead. CHANGELOG.md lists them too.
LEFT: dict[str, str] = {
    "sympie_seg.benchmark": "`python tools/benchmark.py` in a checkout (its parts are in tools/misc/benchmarking)",
    "sympie_seg.plugging.zoo": "`python tools/misc/sweep_zoo.py` in a checkout (its parts are in tools/misc/zoo.py)",
}


def _message(old: str) -> str:
    """Python imports the package of a module first, so that of a package tells what became of its modules too."""
    new = MOVED[old]
    apart = "".join(
        f", and {target} instead of {module}"
        for module, target in MOVED.items()
        if module.startswith(f"{old}.") and target != module.replace(old, new, 1)
    )
    return f"{old} has moved: import {new} instead{apart} (CHANGELOG.md lists all moved modules)"


class _MovedModules(MetaPathFinder, Loader):
    """Answers imports of old names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in LEFT:
            raise ImportError(
                f"{fullname} is no longer part of the package: use {LEFT[fullname]}", name=fullname
            )
        if fullname in MOVED:
            raise ImportError(_message(fullname), name=fullname)
        # As a package, so that old names below it are asked for here too.
        return ModuleSpec(fullname, self, is_package=True) if fullname in KEPT else None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        targets = KEPT[name]
        warnings.warn(
            f"{name} has moved and will go: import {' or '.join(targets)} instead",
            DeprecationWarning,
            stacklevel=2,
        )
        modules = [import_module(target) for target in targets]

        def __getattr__(wanted: str) -> Any:
            for candidate in modules:
                if hasattr(candidate, wanted):
                    return getattr(candidate, wanted)
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")

        module.__getattr__ = __getattr__  # type: ignore[method-assign]  # PEP 562


def install() -> None:
    """Answer imports of old names from now on; a second call changes nothing."""
    if not any(type(finder).__name__ == _MovedModules.__name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, _MovedModules())
