"""One run per folder, and a killed run locks nobody out."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sympie_seg.utils import run_lock
from sympie_seg.utils.run_lock import NAME, FolderInUseError, only_run_in, rank_of

FILE = Path(run_lock.__file__)
# The module alone: importing the package takes seconds.
HOLD = f"""
import importlib.util, sys, os, time
spec = importlib.util.spec_from_file_location("run_lock", {str(FILE)!r})
module = importlib.util.module_from_spec(spec)
sys.modules["run_lock"] = module
spec.loader.exec_module(module)
with module.only_run_in(sys.argv[1], "training"):
    reader, writer = os.pipe()
    child = os.fork() if "fork" in sys.argv else 1
    if child == 0:
        os.write(writer, b"x")  # the hook that runs after a fork has run
    else:
        if "fork" in sys.argv:
            os.read(reader, 1)
        print("held", flush=True)
    time.sleep(30)
"""


@pytest.fixture
def other(tmp_path: Path) -> Any:
    """Start another process that holds a folder."""
    started = []

    def start(*words: str) -> subprocess.Popen:
        command = [sys.executable, "-c", HOLD, str(tmp_path), *words]
        job = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        started.append(job)
        assert job.stdout.readline() == "held\n"
        return job

    yield start
    for job in started:
        with suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        job.stdout.close()


@pytest.fixture(params=[True, False], ids=["flock", "no flock"])
def flock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With the kernel's locks, and on a file system that has none."""

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    if not request.param:
        monkeypatch.setattr(run_lock, "_lock", refuse)
    return request.param


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the other process forks")
class TestTwoRuns:
    def test_the_other_one_is_named(self, flock: bool, other: Any, tmp_path: Path) -> None:
        job = other()
        with (
            pytest.raises(
                FolderInUseError,
                match=rf"'{tmp_path}' is in use by another run: training, process {job.pid} on "
                rf"{socket.gethostname()}, since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\. Wait for it",
            ),
            only_run_in(tmp_path, "training"),
        ):
            pytest.fail("both hold it")

    def test_a_killed_run_locks_nobody_out(self, flock: bool, other: Any, tmp_path: Path) -> None:
        job = other()
        job.kill()
        job.wait()
        assert (tmp_path / NAME).is_file()
        with only_run_in(tmp_path, "training"):
            assert json.loads((tmp_path / NAME).read_text())["pid"] == os.getpid()
        assert not (tmp_path / NAME).exists()

    def test_nor_does_a_worker_that_outlives_it(self, other: Any, tmp_path: Path) -> None:
        job = other("fork")
        job.kill()
        job.wait()
        with only_run_in(tmp_path, "training"):
            pass


class TestAlone:
    def test_is_free_afterwards(self, flock: bool, tmp_path: Path) -> None:
        for _ in range(2):
            with only_run_in(tmp_path / "new", "a comparison"):
                assert (tmp_path / "new" / NAME).is_file()
            assert not list((tmp_path / "new").iterdir())
        with pytest.raises(KeyError), only_run_in(tmp_path, "a comparison"):
            raise KeyError
        assert not (tmp_path / NAME).exists()

    def test_a_number_that_another_process_has_got(self, tmp_path: Path, monkeypatch: Any) -> None:
        """Without flock: the process with this number started later than the one that was killed."""
        monkeypatch.setattr(run_lock, "_kernel_lock", lambda *_: False)
        mine = run_lock._myself("training")
        if mine.started is None:
            pytest.skip("this system does not tell when a process started")
        text = dict(vars(mine), pid=os.getppid(), started=1)
        (tmp_path / NAME).write_text(json.dumps(text))
        with only_run_in(tmp_path, "training"):
            pass

    def test_another_machine_without_flock(self, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr(run_lock, "_kernel_lock", lambda *_: False)
        text = dict(vars(run_lock._myself("training")), host="elsewhere")
        (tmp_path / NAME).write_text(json.dumps(text))
        lock = only_run_in(tmp_path, "training")
        with (
            pytest.raises(FolderInUseError, match=r"on elsewhere, .*If that process is gone"),
            lock,
        ):
            pass

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"what": 1}', "\0\0"])
    def test_a_file_that_says_nothing(self, flock: bool, text: str, tmp_path: Path) -> None:
        (tmp_path / NAME).write_text(text)
        with only_run_in(tmp_path, "training"):
            pass


class TestDistributed:
    @pytest.mark.parametrize(
        ("launcher", "variable"),
        [("pytorch", "RANK"), ("slurm", "SLURM_PROCID"), ("mpi", "OMPI_COMM_WORLD_RANK")],
    )
    def test_ranks(self, launcher: str, variable: str, monkeypatch: Any) -> None:
        monkeypatch.setenv(variable, "3")
        assert rank_of(launcher) == 3 and rank_of("none") == 0

    def test_the_first_process_holds_it_for_all(self, tmp_path: Path) -> None:
        with only_run_in(tmp_path, "training", rank=0), only_run_in(tmp_path, "training", rank=1):
            assert (tmp_path / NAME).is_file()
