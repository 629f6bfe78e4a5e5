"""num_workers=0 with settings of workers is put right, with a note."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from mmengine.config import ConfigDict
from torch.utils.data import TensorDataset

from sympie_seg.engine.resuming import loader_settings
from sympie_seg.engine.resuming.loader_settings import workable
from sympie_seg.engine.resuming.resumable_runner import ResumableRunner


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(loader_settings, "print_log", lambda text, **_: texts.append(text))
    return texts


@pytest.mark.parametrize(
    ("settings", "left_out"),
    [
        (dict(num_workers=0, persistent_workers=True), "persistent_workers"),
        (dict(num_workers=0, prefetch_factor=2), "prefetch_factor"),
        (
            dict(num_workers=0, persistent_workers=True, prefetch_factor=2),
            "persistent_workers and prefetch_factor",
        ),
    ],
)
def test_what_only_workers_have(settings: dict, left_out: str, notes: list[str]) -> None:
    before = dict(settings)
    assert workable(settings) == dict(num_workers=0)
    assert settings == before
    verb = "are" if " and " in left_out else "is"
    assert notes == [
        f"num_workers=0 has no workers, so {left_out} of this data loader {verb} not used"
    ]


@pytest.mark.parametrize(
    "settings",
    [
        dict(num_workers=2, persistent_workers=True),
        dict(num_workers=0, persistent_workers=False),
        dict(batch_size=1),
        None,
        "a loader that was built",
    ],
)
def test_others_stay(settings: Any, notes: list[str]) -> None:
    assert workable(settings) is settings
    assert not notes


def test_the_runner_builds_it(notes: list[str]) -> None:
    config = ConfigDict(
        batch_size=2,
        num_workers=0,
        persistent_workers=True,
        dataset=TensorDataset(torch.zeros(4, 1)),
        sampler=dict(type="DefaultSampler", shuffle=False),
    )
    assert len(ResumableRunner.build_dataloader(config)) == 2
    assert len(notes) == 1
