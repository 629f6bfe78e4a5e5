"""NEM's BatchNorm is synchronised, and nothing else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.synchronized_batch_norm import synchronize_batch_norm


def layers(module: nn.Module, kind: type) -> int:
    return sum(type(m) is kind for m in module.modules())


def test_on_the_cpu_it_stays_plain(
    enhanced_network: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    path = "sympie_seg.models.frozen.synchronized_batch_norm.print_log"
    monkeypatch.setattr(path, lambda text, **_: notes.append(text))
    model = enhanced_network(dict(two_step=True))
    assert not synchronize_batch_norm(model.data_preprocessor)
    assert layers(model, nn.SyncBatchNorm) == 0
    assert "NEM keeps 7 plain BatchNorm layers: SyncBatchNorm does not run on the CPU" in notes[0]


def test_with_cuda_only_the_student_is_converted(
    enhanced_network: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    model = freeze_network(enhanced_network(dict(two_step=True)))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    own = model.data_preprocessor
    assert synchronize_batch_norm(own)
    assert layers(own.enhancer, nn.SyncBatchNorm) == 7 and layers(own.enhancer, nn.BatchNorm2d) == 0
    assert layers(own.teacher, nn.BatchNorm2d) == 7
    assert (
        layers(model.backbone, nn.SyncBatchNorm) == layers(model.decode_head, nn.SyncBatchNorm) == 0
    )
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(value, after[key]) for key, value in before.items())
    # In eval mode, as the file is used, it is plain arithmetic and runs anywhere.
    monkeypatch.undo()
    own.enhancer.eval()
    images = torch.rand(2, 3, 48, 48)
    own.teacher.reset(own.enhancer)
    torch.testing.assert_close(own.enhancer(images), own.teacher(images))


def test_without_batch_norm_there_is_nothing_to_do(enhanced_network: Callable) -> None:
    model = enhanced_network(dict(enhancer=dict(type="NoEnhancer")))
    assert not synchronize_batch_norm(model.data_preprocessor)


def test_sync_bn_of_the_config_is_refused(runner_config: Callable, build_runner: Callable) -> None:
    with pytest.raises(ValueError, match=r"sync_bn='torch' would convert the frozen network"):
        build_runner(runner_config(sync_bn="torch"))
