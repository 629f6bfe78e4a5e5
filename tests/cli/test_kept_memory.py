"""The verbs that run a network on the CPU keep the memory that they free; with a GPU they leave the allocator alone."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

import pytest
from mmengine.config import Config

from sympie_seg.cli import common, main
from sympie_seg.cli import test as test_verb
from sympie_seg.cli import train as train_verb


class Reached(Exception):
    """The network would run now."""


def stop(*_: Any, **__: Any) -> None:
    raise Reached


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    found: list[None] = []
    monkeypatch.setattr(common, "keep_freed_memory", lambda: found.append(None))
    return found


@pytest.mark.parametrize("gpu", [False, True])
class TestBeforeTheNetworkRuns:
    def test_in_train_and_test(
        self, gpu: bool, calls: list[None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(common, "is_cuda_available", lambda: gpu)
        monkeypatch.setattr(test_verb, "prepare_test", lambda *_: None)
        for verb in (train_verb, test_verb):
            monkeypatch.setattr(verb, "load_config", lambda _: Config())
            monkeypatch.setattr(verb, "build_runner", stop)
        monkeypatch.setattr(train_verb, "only_run", lambda *_: nullcontext())
        for words in (["train", "c.py"], ["test", "c.py", "w.pth"]):
            calls.clear()
            with pytest.raises(Reached):
                main.main(words)
            assert len(calls) == (not gpu), words

    def test_in_the_verbs_that_compare(
        self, gpu: bool, calls: list[None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(common, "is_cuda_available", lambda: gpu)
        common.run_or_stop(lambda _: None, argparse.Namespace())
        assert len(calls) == (not gpu)
