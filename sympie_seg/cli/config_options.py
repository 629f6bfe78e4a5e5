"""What ``--cfg-options`` may say: pairs KEY=VALUE that fit the config, with numbers and choices where they belong."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from mmengine.config import Config, DictAction

from sympie_seg.utils.dotted_keys import dotted_items

__all__ = ["SettingsAction", "check_choices", "check_numbers", "override", "settings"]

_WHOLE: dict[str, int | None] = {
    "*_dataloader.batch_size": 1,
    "*_dataloader.num_workers": 0,
    "*_dataloader.prefetch_factor": 1,
    "train_cfg.max_iters": 1,
    "train_cfg.max_epochs": 1,
    "train_cfg.val_interval": 1,
    "train_cfg.val_begin": 0,
    "optim_wrapper.accumulative_counts": 1,
    "randomness.seed": 0,
    "model.*.thumbnail_*": 1,
    "model.*num_classes": None,  # some backbones take 0 or -1 for no classes
    "default_hooks.*.interval": None,  # -1: never
}
"""Keys whose values are whole numbers, and the least of each."""
_ANY = (
    *("optim_wrapper.optimizer.lr", "optim_wrapper.optimizer.weight_decay"),
    *(
        "optim_wrapper.optimizer.momentum",
        "optim_wrapper.clip_grad.max_norm",
        "model.*.loss_weight",
    ),
    *("param_scheduler.*.begin", "param_scheduler.*.end", "param_scheduler.*.eta_min"),
    *("param_scheduler.*.power", "param_scheduler.*.start_factor"),
)

_CHOICES = {
    "*.color_type": (
        *("color", "grayscale", "unchanged"),
        *("color_ignore_orientation", "grayscale_ignore_orientation"),
    ),
    "*.imdecode_backend": ("cv2", "pillow", "tifffile", "turbojpeg"),
    "*evaluator*.iou_metrics": ("mIoU", "mDice", "mFscore"),
    "model.*test_cfg.mode": ("slide", "whole", "slide_flip"),
}
"""Keys whose values mmcv and mmseg look up late (after the last image of a validation), and the values they have."""

_TEXTS = ("load_from", "frozen_checkpoint", "work_dir")

# What mmengine raises where a key does not fit.
_UNFIT = (KeyError, TypeError, AttributeError, ValueError, IndexError, AssertionError)


class SettingsAction(DictAction):
    """mmengine's action for ``--cfg-options``; a word without ``=`` is an error that shows the word."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Add the pairs to those that stand there.

        Raises:
            argparse.ArgumentError: if a word is no pair, or its brackets do not close.
        """
        words = [values] if isinstance(values, str) else list(values or [])
        for word in words:
            key, equals, _ = str(word).partition("=")
            if not (key and equals):
                raise argparse.ArgumentError(self, f"expected KEY=VALUE, got '{word}'")
        try:
            super().__call__(parser, namespace, words, option_string)
        except RecursionError:
            raise argparse.ArgumentError(self, f"{' '.join(words)}: cannot be read") from None
        except (AssertionError, ValueError) as error:
            raise argparse.ArgumentError(self, f"{' '.join(words)}: {error}") from None


def settings(words: Sequence[str]) -> dict[str, Any]:
    """Read the pairs of a command line.

    Raises:
        ValueError: as :class:`SettingsAction`.
    """
    namespace = argparse.Namespace(options=None)
    action = SettingsAction(["--cfg-options"], "options")
    try:
        action(argparse.ArgumentParser(), namespace, list(words))
    except argparse.ArgumentError as error:
        raise ValueError(str(error)) from None
    return namespace.options or {}


def override(cfg: Config, options: dict[str, Any]) -> None:
    """Change a config as ``--cfg-options`` says.

    Args:
        cfg: to change.
        options: values by dotted keys.

    Raises:
        SystemExit: if a key does not fit the config, such as the tenth of three parts.
    """
    before = cfg.to_dict()
    try:
        cfg.merge_from_dict(options)
    except _UNFIT as error:
        wrong = [key for key, value in options.items() if not _fits(before, key, value)]
        message = str(error.args[0] if error.args else error).partition(" [")[0]
        shown = f"{wrong[0]}={options[wrong[0]]}" if wrong else ", ".join(options)
        raise SystemExit(
            f"error: --cfg-options {shown} does not fit the config: {message}"
        ) from error


def _fits(content: dict[str, Any], key: str, value: Any) -> bool:
    try:
        Config(content).merge_from_dict({key: value})
    except _UNFIT:
        return False
    return True


def check_numbers(cfg: Config) -> None:
    """Refuse a text where a number belongs, a number where a name belongs, and counts that are too small.

    PyTorch and mmengine would notice after minutes, or end in a comparison of a text with a number.

    Raises:
        SystemExit: with the key, the value and what is expected.
    """
    for key, value in dotted_items(cfg.to_dict()):
        if value is None or isinstance(value, (dict, list, tuple)):
            continue
        whole = next((name for name in _WHOLE if fnmatchcase(key, name)), None)
        if whole is not None:
            if not _is_whole(value, _WHOLE[whole]):
                least = _WHOLE[whole]
                bound = "" if least is None else f" of at least {least}"
                _refuse(key, value, f"a whole number{bound}")
        elif key in _TEXTS and not isinstance(value, str):
            _refuse(key, value, "the name of a file or folder", "NAME")
        elif isinstance(value, (str, bool)) and any(fnmatchcase(key, name) for name in _ANY):
            _refuse(key, value, "a number")


def check_choices(cfg: Config) -> None:
    """Refuse a value that its library would look for only at work, and not find.

    Raises:
        SystemExit: with the key, the value and what is expected.
    """
    for key, value in dotted_items(cfg.to_dict()):
        name = next((name for name in _CHOICES if fnmatchcase(key, name)), None)
        if name is None or value is None:
            continue
        several = isinstance(value, (list, tuple))
        if strange := [one for one in (value if several else [value]) if one not in _CHOICES[name]]:
            _refuse(key, strange[0], f"one of {', '.join(_CHOICES[name])}", "VALUE")


def _is_whole(value: Any, least: int | None) -> bool:
    if isinstance(value, (str, bool)) or (isinstance(value, float) and not value.is_integer()):
        return False
    return least is None or not isinstance(value, (int, float)) or value >= least


def _refuse(key: str, value: Any, expected: str, word: str = "NUMBER") -> None:
    raise SystemExit(
        f"error: the config has {key}={value!r}: expected {expected}; "
        f"change it there or with --cfg-options {key}={word}"
    )
