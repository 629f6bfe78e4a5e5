"""Checkpoints of mmengine load under ``weights_only``; checkpoints that want to run code do not."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner import CheckpointLoader, save_checkpoint

from sympie_seg.upstream.safe_loading import history_statistic


def mmengine_checkpoint() -> dict[str, Any]:
    """What mmengine's runner saves: weights, optimiser, log history with numpy inside."""
    hub = MessageHub("test_safe_loading")
    for step in range(3):
        hub.update_scalar("train/loss", torch.tensor(float(step)))
        hub.update_scalar("train/time", np.float64(step))
        hub.update_info("iter", np.int64(step))
    layer = torch.nn.Linear(2, 3)
    optimizer = torch.optim.AdamW(layer.parameters())
    return dict(
        meta=dict(iter=3, seed=0, dataset_meta=dict(classes=("road", "car"))),
        state_dict=layer.state_dict(),
        optimizer=optimizer.state_dict(),
        message_hub=hub.state_dict(),
    )


class Call:
    """Pickled as a call of a function: what a hostile checkpoint is made of."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.recipe = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.recipe


def refused(content: Any, file: Path) -> None:
    """Save a checkpoint and see mmengine's loader refuse it."""
    torch.save(dict(state_dict=dict(), extra=content), file)
    with pytest.raises((pickle.UnpicklingError, ValueError)):
        CheckpointLoader.load_checkpoint(str(file), map_location="cpu")


class TestMmengineCheckpoints:
    def test_loads(self, tmp_path: Path):
        saved = mmengine_checkpoint()
        file = tmp_path / "iter_3.pth"
        save_checkpoint(saved, str(file))
        loaded = CheckpointLoader.load_checkpoint(str(file), map_location="cpu")
        assert torch.equal(loaded["state_dict"]["weight"], saved["state_dict"]["weight"])
        assert loaded["meta"] == saved["meta"]
        losses = loaded["message_hub"]["log_scalars"]["train/loss"]
        assert isinstance(losses, HistoryBuffer)
        assert losses.data[0].tolist() == [0.0, 1.0, 2.0]
        assert (losses.mean(), losses.current(), losses.statistics("max")) == (1.0, 2.0, 2.0)
        assert loaded["message_hub"]["runtime_info"]["iter"] == 2

    def test_loads_explicitly_weights_only(self, tmp_path: Path):
        file = tmp_path / "iter_3.pth"
        save_checkpoint(mmengine_checkpoint(), str(file))
        assert "message_hub" in torch.load(file, weights_only=True)

    @pytest.mark.parametrize("package", [b"numpy.core", b"numpy._core"])
    def test_loads_what_either_numpy_wrote(self, tmp_path: Path, package: bytes):
        """numpy 1 calls its module numpy.core, numpy 2 numpy._core."""
        ours, theirs = tmp_path / "ours.pth", tmp_path / "theirs.pth"
        save_checkpoint(mmengine_checkpoint(), str(ours))
        with zipfile.ZipFile(ours) as source, zipfile.ZipFile(theirs, "w") as target:
            for name in source.namelist():
                content = source.read(name)
                if name.endswith("data.pkl"):
                    content = content.replace(b"numpy.core.", b"numpy._core.")
                    assert b"cnumpy._core.multiarray\n" in content
                    content = content.replace(b"numpy._core.", package + b".")
                target.writestr(name, content)
        loaded = CheckpointLoader.load_checkpoint(str(theirs), map_location="cpu")
        assert loaded["message_hub"]["log_scalars"]["train/time"].current() == 2.0


class TestHostileCheckpoints:
    def test_system_call(self, tmp_path: Path):
        marker = tmp_path / "executed"
        refused(Call(os.system, f"touch {marker}"), tmp_path / "evil.pth")
        assert not marker.exists()

    @pytest.mark.parametrize("function", [eval, exec, __import__])
    def test_builtins(self, tmp_path: Path, function: Callable[..., Any]):
        marker = tmp_path / "executed"
        refused(Call(function, f"open({str(marker)!r}, 'w')"), tmp_path / "evil.pth")
        assert not marker.exists()

    @pytest.mark.parametrize("name", ["__init__", "__subclasses__", "statistics", "_set_default"])
    def test_other_attributes_of_history_buffer(self, tmp_path: Path, name: str):
        refused(Call(getattr, HistoryBuffer, name), tmp_path / "evil.pth")

    def test_getattr_chain(self, tmp_path: Path):
        """From an allowed class to the globals of its module, and so to any function."""
        marker = tmp_path / "executed"
        module_globals = Call(getattr, Call(getattr, HistoryBuffer, "mean"), "__globals__")
        opened = Call(getattr, Call(getattr, module_globals, "get"), "__call__")
        refused(Call(getattr, opened, f"touch {marker}"), tmp_path / "evil.pth")
        refused(module_globals, tmp_path / "evil.pth")
        assert not marker.exists()

    @pytest.mark.parametrize("owner", [np.ndarray, np.dtype])
    def test_other_allowed_classes(self, tmp_path: Path, owner: type):
        refused(Call(getattr, owner, "__new__"), tmp_path / "evil.pth")


class TestHistoryStatistic:
    @pytest.mark.parametrize("name", ["min", "max", "mean", "current"])
    def test_gives_the_statistics(self, name: str):
        assert history_statistic(HistoryBuffer, name) is getattr(HistoryBuffer, name)

    @pytest.mark.parametrize(
        ("owner", "name"),
        [
            (HistoryBuffer, "__globals__"),
            (HistoryBuffer, "__init__"),
            (HistoryBuffer, "register_statistics"),
            (HistoryBuffer, ""),
            (HistoryBuffer.mean, "__globals__"),
            (HistoryBuffer(), "mean"),
            (os, "system"),
            (np.ndarray, "mean"),
            (type("Child", (HistoryBuffer,), {}), "mean"),
        ],
    )
    def test_refuses_everything_else(self, owner: Any, name: str):
        with pytest.raises(ValueError, match="damaged or tries to run code"):
            history_statistic(owner, name)

    def test_the_real_getattr_is_not_allowed(self):
        allowed = torch.serialization.get_safe_globals()
        functions = [entry[0] if isinstance(entry, tuple) else entry for entry in allowed]
        assert all(function is not getattr for function in functions)
        assert (history_statistic, "builtins.getattr") in allowed
