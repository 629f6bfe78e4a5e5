"""Checkpoints are read without running anything in them, whoever reads, and bad ones get one clear sentence."""

from __future__ import annotations

import builtins
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as upstream

from sympie_seg.upstream.checkpoint_reading import (
    CheckpointError,
    install_safe_checkpoint_loader,
    read_checkpoint,
)

FORCED = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"


class Call:
    """Pickled as a call of a function: what a hostile checkpoint is made of."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.recipe = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.recipe


def genuine() -> dict[str, Any]:
    """What mmengine's runner saves: weights, log history, numpy's numbers."""
    return dict(
        meta=dict(iter=3, seed=np.int64(0)),
        state_dict=torch.nn.Linear(2, 3).state_dict(),
        message_hub=dict(log_scalars={"train/loss": HistoryBuffer([1.0, 3.0], [1, 1])}),
    )


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    """A file that only code in a checkpoint would make; it must be absent after the test."""
    path = tmp_path / "executed"
    yield path
    assert not path.exists(), "code in the checkpoint was run"


@pytest.fixture
def touch(marker: Path, tmp_path: Path) -> Path:
    """A checkpoint that calls ``os.system``."""
    return save(tmp_path, Call(os.system, f"touch {marker}"))


@pytest.fixture
def restored() -> Iterator[None]:
    """Put mmengine's module and loaders, and torch's list of allowed classes, back after the test."""
    functions, schemes = dict(vars(upstream)), dict(CheckpointLoader._schemes)
    allowed = torch.serialization.get_safe_globals()
    yield
    vars(upstream).clear()
    vars(upstream).update(functions)
    CheckpointLoader._schemes = schemes
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(allowed)


def save(folder: Path, content: Any) -> Path:
    path = folder / "iter_3.pth"
    torch.save(dict(state_dict={}, extra=content), path)
    return path


def load(path: Path | str) -> Any:
    """Load as every part of mmengine does."""
    return CheckpointLoader.load_checkpoint(str(path), map_location="cpu")


def unsafe_reader(file: Any, map_location: Any = None, weights_only: bool | None = None) -> Any:
    """What onedl-mmengine 0.10.12 reads by: whatever was refused is read once more, unsafely."""
    with torch.serialization.safe_globals([getattr, np.ndarray, np.dtype, HistoryBuffer]):
        try:
            return torch.load(file, map_location=map_location, weights_only=True)
        except pickle.UnpicklingError:
            return torch.load(file, map_location=map_location, weights_only=False)


class TestGenuine:
    @pytest.mark.parametrize("reader", [read_checkpoint, load])
    def test_loads(self, tmp_path: Path, reader: Callable[[Path], Any]):
        saved = genuine()
        torch.save(saved, tmp_path / "a.pth")
        loaded = reader(tmp_path / "a.pth")
        assert torch.equal(loaded["state_dict"]["weight"], saved["state_dict"]["weight"])
        assert loaded["message_hub"]["log_scalars"]["train/loss"].mean() == 2.0
        assert loaded["meta"] == saved["meta"]

    @pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int32, np.uint32, np.float32])
    def test_numbers_of_numpy(self, tmp_path: Path, kind: type):
        array = np.arange(3).astype(kind)
        loaded = read_checkpoint(save(tmp_path, array))["extra"]
        assert loaded.dtype == array.dtype and np.array_equal(loaded, array)

    def test_home_folder_and_map_location(self, tmp_path: Path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        torch.save(genuine(), tmp_path / "a.pth")
        assert read_checkpoint("~/a.pth", "meta")["state_dict"]["weight"].is_meta

    def test_the_log_names_the_backend(self):
        assert CheckpointLoader._get_checkpoint_loader("a.pth").__name__ == "load_from_local"
        assert CheckpointLoader._get_checkpoint_loader("https://a").__name__ == "load_from_http"


class TestHostile:
    def test_system(self, touch: Path):
        with pytest.raises(CheckpointError) as caught:
            load(touch)
        assert str(caught.value) == (
            f"'{touch}' asks for `posix.system`, which no checkpoint of mmengine needs: it would run code. Nothing "
            "was run. Do not use the file; get it again from its source, with nothing but weights in it"
        )
        assert isinstance(caught.value.__cause__, pickle.UnpicklingError)

    @pytest.mark.parametrize("function", [eval, exec, __import__, open, setattr])
    def test_builtins(self, tmp_path: Path, marker: Path, function: Callable[..., Any]):
        path = save(tmp_path, Call(function, f"open({str(marker)!r}, 'w')"))
        with pytest.raises(CheckpointError, match=rf"asks for `(io\.)?{function.__name__}`"):
            load(path)

    def test_getattr_chain(self, tmp_path: Path, marker: Path):
        """From an allowed class over its module's globals to ``os.system``."""
        step = Call(getattr, Call(getattr, HistoryBuffer, "mean"), "__globals__")
        chain = Call(getattr, Call(getattr, step, "get"), "__call__")
        with pytest.raises(
            CheckpointError, match=r"asks for `getattr.*__globals__.*Nothing was run"
        ):
            load(save(tmp_path, Call(getattr, chain, f"touch {marker}")))

    def test_without_zip_archive(self, tmp_path: Path, marker: Path):
        """A bare pickle, as torch wrote before 1.6."""
        path = tmp_path / "a.pth"
        path.write_bytes(pickle.dumps(Call(os.system, f"touch {marker}"), protocol=2))
        with pytest.raises(CheckpointError, match=r"asks for `posix\.system`"):
            load(path)

    def test_newest_pickle_protocol(self, tmp_path: Path, marker: Path):
        path = tmp_path / "a.pth"
        path.write_bytes(pickle.dumps(Call(os.system, f"touch {marker}"), protocol=5))
        with pytest.raises(CheckpointError, match="no file of PyTorch"):
            load(path)

    def test_array_of_objects(self, tmp_path: Path, marker: Path):
        array = np.array([Call(os.system, f"touch {marker}")], dtype=object)
        with pytest.raises(CheckpointError, match="asks for"):
            load(save(tmp_path, array))

    @pytest.mark.filterwarnings("ignore")  # TorchScript is deprecated
    def test_torchscript(self, tmp_path: Path):
        path = tmp_path / "a.pth"
        torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), path)
        with pytest.raises(CheckpointError, match="is a TorchScript archive, not a checkpoint"):
            load(path)


class TestDamaged:
    @pytest.mark.parametrize("left", [0, 1, 100, 0.5, -10])
    @pytest.mark.parametrize("zipped", [True, False])
    def test_cut_short(self, tmp_path: Path, left: float, zipped: bool):
        path = tmp_path / "a.pth"
        torch.save(dict(a=torch.zeros(1000)), path, _use_new_zipfile_serialization=zipped)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(left * len(whole)) if left == 0.5 else left])
        with pytest.raises(
            ValueError, match=r"is damaged or cut short.*resume from an earlier"
        ) as caught:
            load(path)
        assert str(path) in str(caught.value) and len(str(caught.value)) < 300

    def test_beginning_of_an_archive(self, tmp_path: Path):
        (tmp_path / "a.pth").write_text("PK\x03\x04")
        with pytest.raises(CheckpointError, match=r"is damaged or cut short \(BadZipFile"):
            load(tmp_path / "a.pth")

    @pytest.mark.parametrize("content", ["<!DOCTYPE html>Not found", "iter_3.pth", "\0" * 500])
    def test_no_file_of_pytorch(self, tmp_path: Path, content: str):
        (tmp_path / "a.pth").write_text(content)
        with pytest.raises(CheckpointError, match="no file of PyTorch"):
            load(tmp_path / "a.pth")

    @pytest.mark.parametrize("reader", [read_checkpoint, load])
    def test_missing(self, tmp_path: Path, reader: Callable[[Path], Any]):
        with pytest.raises(FileNotFoundError, match=r"absent\.pth can not be found"):
            reader(tmp_path / "absent.pth")
        with pytest.raises(FileNotFoundError):
            reader(tmp_path)

    def test_errors_about_the_machine_are_left_alone(self, tmp_path: Path, monkeypatch):
        torch.save(genuine(), tmp_path / "a.pth")
        for error in (PermissionError(13, "denied"), RuntimeError("CUDA error: out of memory")):
            monkeypatch.setattr(torch, "load", lambda *_args, e=error, **_options: throw(e))
            with pytest.raises(type(error)) as caught:
                read_checkpoint(tmp_path / "a.pth")
            assert caught.value is error


@pytest.mark.parametrize("content", [[1, 2], torch.zeros(3), dict(state_dict=[1])])
def test_no_weights_by_name(tmp_path: Path, content: Any):
    """mmengine asks a list for its ``items``; other readers may want whatever is there."""
    path = tmp_path / "other.pth"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"other\.pth' holds no weights by name but a "):
        load(path)
    assert type(read_checkpoint(path)) is type(content)


def throw(error: Exception) -> None:
    raise error


@pytest.mark.usefixtures("restored")
class TestUpstreamFallsBack:
    def test_the_fallback_does_run_code(self, tmp_path: Path):
        """The next tests mean something: what is replaced here is dangerous."""
        executed = tmp_path / "executed"
        unsafe_reader(save(tmp_path, Call(os.system, f"touch {executed}")))
        assert executed.exists()

    def test_local_files(self, touch: Path):
        CheckpointLoader.register_scheme("", unsafe_reader, force=True)
        install_safe_checkpoint_loader()
        with pytest.raises(CheckpointError, match=r"posix\.system"):
            load(touch)

    def test_the_function_that_the_fork_shares(self, touch: Path, monkeypatch):
        """``open-mmlab://`` reads a file in MMENGINE_HOME by the module's ``_safe_torch_load``."""
        upstream._safe_torch_load = unsafe_reader
        install_safe_checkpoint_loader()
        for choice in (None, False, True):
            with pytest.raises(CheckpointError, match=r"posix\.system"):
                upstream._safe_torch_load(str(touch), "cpu", weights_only=choice)
        monkeypatch.setattr(upstream, "get_external_models", lambda: {"net": touch.name})
        monkeypatch.setenv("MMENGINE_HOME", str(touch.parent))
        with pytest.raises(CheckpointError, match=r"posix\.system"):
            load("open-mmlab://net")

    def test_classes_that_the_fork_takes_away_come_back(self, tmp_path: Path):
        torch.save(genuine(), tmp_path / "a.pth")
        unsafe_reader(tmp_path / "a.pth")
        assert HistoryBuffer not in torch.serialization.get_safe_globals()
        assert load(tmp_path / "a.pth")["meta"]["iter"] == 3

    @pytest.mark.parametrize(
        "entry", [getattr, (getattr, "builtins.getattr"), (eval, "builtins.eval")]
    )
    def test_allowed_builtins_stay_out(self, tmp_path: Path, marker: Path, entry: Any):
        """The fork allows the real ``getattr`` while it reads."""
        torch.serialization.add_safe_globals([entry])
        chain = Call(getattr, Call(getattr, HistoryBuffer, "mean"), "__globals__")
        for content in (chain, Call(eval, f"open({str(marker)!r}, 'w')")):
            with pytest.raises(CheckpointError, match="Nothing was run"):
                load(save(tmp_path, content))
        assert entry in torch.serialization.get_safe_globals(), "the list is as it was"

    def test_installing_twice_changes_nothing(self):
        install_safe_checkpoint_loader()
        first = dict(CheckpointLoader._schemes)
        install_safe_checkpoint_loader()
        assert first == dict(CheckpointLoader._schemes)


class TestDownloads:
    @pytest.fixture
    def downloaded(self, tmp_path: Path, monkeypatch) -> Callable[[Path], str]:
        """Pretend that a file was downloaded: torch.hub finds it in its folder."""
        monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(torch.hub, "_hub_dir", None)
        folder = Path(torch.hub.get_dir()) / "checkpoints"
        folder.mkdir(parents=True)

        def keep(path: Path) -> str:
            path.rename(folder / path.name)
            return f"https://nowhere.invalid/{path.name}"

        return keep

    def test_forced_by_the_environment(
        self, touch: Path, downloaded: Callable[[Path], str], monkeypatch
    ):
        monkeypatch.setenv(FORCED, "1")
        with pytest.raises(CheckpointError, match=r"asks for `posix\.system`"):
            load(downloaded(touch))

    def test_genuine(self, tmp_path: Path, downloaded: Callable[[Path], str]):
        assert load(downloaded(save(tmp_path, 5)))["extra"] == 5

    def test_no_weights_by_name(self, tmp_path: Path, downloaded: Callable[[Path], str]):
        torch.save([1], tmp_path / "list.pth")
        with pytest.raises(CheckpointError, match="holds no weights by name but a list"):
            load(downloaded(tmp_path / "list.pth"))

    @pytest.mark.parametrize("scheme", ["https", "torchvision", "open-mmlab", "mmcls"])
    def test_hostile(
        self, touch: Path, downloaded: Callable[[Path], str], monkeypatch, scheme: str
    ):
        """mmengine's own loader hands them to torch.hub, which reads with ``weights_only=False``."""
        address = downloaded(touch)
        for table in ("get_torchvision_models", "get_external_models", "get_mmcls_models"):
            monkeypatch.setattr(upstream, table, lambda: {"net": address})
        with pytest.raises(CheckpointError, match=r"asks for `posix\.system`") as caught:
            load(address if scheme == "https" else f"{scheme}://net")
        assert address in str(caught.value) and "iter_3.pth)" in str(caught.value)


class TestForcedByTheEnvironment:
    @pytest.fixture(autouse=True)
    def forced(self, monkeypatch):
        monkeypatch.setenv(FORCED, "1")

    def test_files_are_read_safely_all_the_same(self, touch: Path, tmp_path: Path):
        with pytest.raises(CheckpointError, match=r"posix\.system"):
            load(touch)
        torch.save(genuine(), tmp_path / "a.pth")
        assert load(tmp_path / "a.pth")["meta"]["iter"] == 3

    @pytest.mark.parametrize(
        "path", ["open-mmlab://net", "mmcls://net", "s3://bucket/a.pth", "pavi://a"]
    )
    def test_other_loaders_refuse(self, path: str):
        with pytest.raises(CheckpointError, match=f"is not read while {FORCED} is set"):
            load(path)

    def test_contradiction_is_not_blamed_on_the_file(self, tmp_path: Path, monkeypatch):
        monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
        torch.save(genuine(), tmp_path / "a.pth")
        with pytest.raises(RuntimeError, match="Only one of"):
            load(tmp_path / "a.pth")


def test_no_function_of_builtins_is_allowed():
    allowed = torch.serialization.get_safe_globals()
    entries = [entry[0] if isinstance(entry, tuple) else entry for entry in allowed]
    functions = [entry for entry in entries if not isinstance(entry, type)]
    assert [f for f in functions if getattr(builtins, f.__name__, None) is f] == []
