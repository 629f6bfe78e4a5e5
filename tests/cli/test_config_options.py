"""What --cfg-options may say, and configs that cannot be read."""

from __future__ import annotations

import argparse
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from sympie_seg.cli.common import add_config_options, load_config, read_config
from sympie_seg.cli.config_options import _CHOICES, check_choices, check_numbers, override, settings


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    add_config_options(parser)
    return parser.parse_args(words)


def test_pairs_are_read_as_mmengine_reads_them() -> None:
    words = ["a=1", "b.c=[1,(2,x)]", "d=None", "e=x=y", "f=0.5", "g=True"]
    expected = {"a": 1, "b.c": [1, (2, "x")], "d": None, "e": "x=y", "f": 0.5, "g": True}
    assert parse(["c.py", "--cfg-options", *words]).cfg_options == expected == settings(words)
    assert settings([]) == {}


@pytest.mark.parametrize("word", ["model", "=3", "a=[1,2", "a={'b':(1,2)}"])
def test_a_word_that_is_no_pair_is_shown(word: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["c.py", "--cfg-options", "x=1", word])
    message = capsys.readouterr().err
    assert ended.value.code == 2 and "argument --cfg-options" in message and word in message
    with pytest.raises(ValueError, match="argument --cfg-options") as refused:
        settings([word])
    # What is no pair at all is told before its value is read.
    is_pair = word.partition("=")[0] and "=" in word
    assert ("expected KEY=VALUE, got" in str(refused.value)) == (not is_pair)


@pytest.mark.parametrize("option", ["parts.9.size=3", "parts.x.size=3"])
def test_a_key_that_does_not_fit_is_named(option: str) -> None:
    key, _, value = option.partition("=")
    cfg = Config(dict(parts=[dict(size=1)], model=dict(depth=18)))
    with pytest.raises(SystemExit) as ended:
        override(cfg, {"model.depth": 50, key: int(value)})
    message = str(ended.value.code)
    assert message.startswith(f"error: --cfg-options {option} does not fit the config: ")
    assert "\n" not in message and "[" not in message  # not the whole list


def test_keys_that_fit_change_the_config() -> None:
    cfg = Config(dict(parts=[dict(size=1)], model=dict(type="A", depth=18)))
    override(cfg, {"parts.0.size": 3, "model._delete_": True, "model.type": "B"})
    assert cfg.to_dict() == dict(parts=[dict(size=3)], model=dict(type="B"))


WRONG: list[tuple[str, Any, str]] = [
    ("train_dataloader.batch_size", "two", "a whole number of at least 1"),
    ("test_dataloader.batch_size", 0, "a whole number of at least 1"),
    ("val_dataloader.num_workers", -1, "a whole number of at least 0"),
    ("train_dataloader.prefetch_factor", 0, "a whole number of at least 1"),
    ("train_cfg.max_iters", "40k", "a whole number of at least 1"),
    ("train_cfg.max_iters", 0.5, "a whole number of at least 1"),
    ("train_cfg.max_iters", 2.5, "a whole number of at least 1"),
    ("train_cfg.max_epochs", True, "a whole number of at least 1"),
    ("train_cfg.val_interval", 0, "a whole number of at least 1"),
    ("train_cfg.val_begin", "x", "a whole number of at least 0"),
    ("optim_wrapper.accumulative_counts", 0, "a whole number of at least 1"),
    ("optim_wrapper.optimizer.lr", "fast", "a number"),
    ("optim_wrapper.optimizer.weight_decay", True, "a number"),
    ("optim_wrapper.clip_grad.max_norm", "x", "a number"),
    ("model.decode_head.num_classes", "all", "a whole number"),
    ("model.data_preprocessor.enhancer.thumbnail_resize", "big", "a whole number of at least 1"),
    ("model.data_preprocessor.enhancer.thumbnail_crop", 0, "a whole number of at least 1"),
    ("model.head.loss.loss_weight", "heavy", "a number"),
    ("param_scheduler.0.begin", "x", "a number"),
    ("param_scheduler.0.end", "x", "a number"),
    ("param_scheduler.0.eta_min", "x", "a number"),
    ("param_scheduler.0.power", "x", "a number"),
    ("param_scheduler.0.start_factor", "x", "a number"),
    ("optim_wrapper.optimizer.momentum", "x", "a number"),
    ("default_hooks.checkpoint.interval", "often", "a whole number"),
    ("randomness.seed", "abc", "a whole number of at least 0"),
]


def config_with(key: str, value: Any) -> Config:
    cfg = Config(dict(param_scheduler=[dict(type="PolyLR")]))
    cfg.merge_from_dict({key: value})
    return cfg


@pytest.mark.parametrize(("key", "value", "expected"), WRONG)
def test_texts_and_small_counts_are_refused(key: str, value: Any, expected: str) -> None:
    with pytest.raises(SystemExit) as ended:
        check_numbers(config_with(key, value))
    assert ended.value.code == (
        f"error: the config has {key}={value!r}: expected {expected}; "
        f"change it there or with --cfg-options {key}=NUMBER"
    )


@pytest.mark.parametrize("key", ["load_from", "frozen_checkpoint", "work_dir"])
def test_numbers_that_are_no_names(key: str) -> None:
    with pytest.raises(SystemExit) as ended:
        check_numbers(config_with(key, 3))
    assert ended.value.code == (
        f"error: the config has {key}=3: expected the name of a file or folder; "
        f"change it there or with --cfg-options {key}=NAME"
    )
    check_numbers(config_with(key, "a.pth"))
    check_numbers(config_with(key, ["a.pth", None]))  # of several networks
    check_numbers(config_with(key, None))


@pytest.mark.parametrize("key", sorted({key for key, *_ in WRONG}))
@pytest.mark.parametrize("value", [1, 1.0, None])
def test_numbers_and_nothing_are_taken(key: str, value: float | None) -> None:
    check_numbers(config_with(key, value))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("optim_wrapper.loss_scale", "dynamic"),
        ("model.batch_size", "two"),
        ("default_hooks.checkpoint.interval", -1),
        ("train_dataloader.num_workers", 0),
        ("train_cfg.max_iters", 4e4),
        ("model.backbone.num_classes", -1),
    ],
)
def test_what_is_no_matter_of_numbers(key: str, value: Any) -> None:
    check_numbers(config_with(key, value))


CHOICES = [
    ("train_dataloader.dataset.pipeline.0.color_type", "nonsense", "'nonsense'", "color, grayscale, unchanged, "),
    ("test_pipeline.1.imdecode_backend", "x", "'x'", "cv2, pillow, tifffile, turbojpeg;"),
    ("val_evaluator.iou_metrics", ["mIoU", "mXou"], "'mXou'", "mIoU, mDice, mFscore;"),
    ("test_evaluator.1.iou_metrics", "mXou", "'mXou'", "mIoU, mDice, mFscore;"),
    ("model.test_cfg.mode", "x", "'x'", "slide, whole, slide_flip;"),
    ("model.networks.0.test_cfg.mode", 3, "3", "slide, whole, slide_flip;"),
]  # fmt: skip


def config_with_lists(key: str, value: Any) -> Config:
    cfg = Config(
        dict(
            train_dataloader=dict(dataset=dict(pipeline=[dict(type="A")])),
            test_pipeline=[dict(type="A"), dict(type="B")],
            test_evaluator=[dict(type="A"), dict(type="B")],
            model=dict(networks=[dict(type="A")]),
        )
    )
    cfg.merge_from_dict({key: value})
    return cfg


@pytest.mark.parametrize(("key", "value", "shown", "choices"), CHOICES)
def test_values_that_libraries_look_up_late(key: str, value: Any, shown: str, choices: str) -> None:
    with pytest.raises(SystemExit) as ended:
        check_choices(config_with_lists(key, value))
    message = str(ended.value.code)
    assert message.startswith(f"error: the config has {key}={shown}: expected one of {choices}")
    assert message.endswith(f"; change it there or with --cfg-options {key}=VALUE")


def test_the_choices_are_those_of_the_libraries() -> None:
    from mmcv.image.io import imread_flags, supported_backends

    assert set(_CHOICES["*.color_type"]) == set(imread_flags)
    assert set(_CHOICES["*.imdecode_backend"]) == set(supported_backends)
    for key, *_ in CHOICES:
        name = next(name for name in _CHOICES if fnmatchcase(key, name))
        for value in (*_CHOICES[name], None, list(_CHOICES[name]), tuple(_CHOICES[name])):
            check_choices(config_with_lists(key, value))


def test_load_config_looks_at_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("train_cfg = dict(max_iters=3)\n")
    assert load_config(parse([str(path)])).train_cfg.max_iters == 3
    with pytest.raises(SystemExit, match=r"train_cfg\.max_iters='x': expected a whole number"):
        load_config(parse([str(path), "--cfg-options", "train_cfg.max_iters=x"]))
    with pytest.raises(
        SystemExit, match=r"model\.test_cfg\.mode='x': expected one of slide, whole"
    ):
        load_config(parse([str(path), "--cfg-options", "model.test_cfg.mode=x"]))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a = dict(\n", "SyntaxError: '(' was never closed"),
        ("a = nothing\n", "NameError: name 'nothing' is not defined"),
        (
            "custom_imports = dict(imports=['nothing_here'])\n",
            "ImportError: Failed to import custom modules",
        ),
        ("raise OSError('x')\n", "OSError: x"),
    ],
)
def test_a_config_that_cannot_be_read_is_named(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(content)
    with pytest.raises(SystemExit) as ended:
        read_config(str(path))
    message = str(ended.value.code)
    assert message.startswith(f"error: the config '{path}' cannot be read: {reason}")
    assert "\n" not in message


def test_missing_configs_are_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        read_config(str(tmp_path / "none.py"))
    assert ended.value.code == f"error: there is no config '{tmp_path}/none.py'"
    child = tmp_path / "child.py"
    child.write_text("_base_ = './base.py'\n")
    with pytest.raises(SystemExit, match=r"error: there is no config '.*base\.py'"):
        read_config(str(child))
    with pytest.raises(SystemExit, match="is a folder: name the config in it"):
        read_config(str(tmp_path))
    (tmp_path / "weights.pth").touch()
    with pytest.raises(SystemExit, match=r"weights\.pth' cannot be read: OSError: Only py/"):
        read_config(str(tmp_path / "weights.pth"))
