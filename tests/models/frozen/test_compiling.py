"""torch.compile of the parts; the eager backend stands for the real one, which takes a minute."""

from __future__ import annotations

from collections.abc import Callable

import torch

from sympie_seg.models.frozen.compiling import compile_parts


def test_training_is_the_same(runner_config: Callable, build_runner: Callable) -> None:
    plain = build_runner(runner_config("plain"))
    plain.train()
    compiled = build_runner(runner_config("compiled", compile=dict(backend="eager")))
    compiled.train()
    assert compiled.model.data_preprocessor.enhancer.nem._compiled_call_impl is not None
    assert compiled.model.backbone._compiled_call_impl is not None
    wanted = plain.model.state_dict()
    got = compiled.model.state_dict()
    assert wanted.keys() == got.keys()
    for key, value in wanted.items():
        torch.testing.assert_close(got[key], value, rtol=1e-3, atol=1e-4)


def test_what_there_is_is_compiled(enhanced_network: Callable) -> None:
    two = enhanced_network(dict(two_step=True))
    assert compile_parts(two, backend="eager") == ["NEM", "the teacher's NEM", "backbone"]
    none = enhanced_network(dict(enhancer=dict(type="NoEnhancer")))
    assert compile_parts(none, backend="eager") == ["backbone"]
