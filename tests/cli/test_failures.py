"""What no verb expected ends in one line; faults of our own keep their traceback."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import lzma
import os
import pickle
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from sympie_seg.cli import main as command
from sympie_seg.cli.failures import TRACEBACK, one_line
from sympie_seg.utils.extras import MissingExtraError
from sympie_seg.utils.failures import explained, is_of_memory, of_the_system, told
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import ForeignFileError

SHOWS = " (SYMPIE_SEG_TRACEBACK=1 shows where)"
ROOT = Path(__file__).resolve().parents[2]


def system(number: int, *names: str) -> OSError:
    return OSError(number, os.strerror(number), *names)


def too_deep() -> None:
    too_deep()


def worker_died() -> None:
    from concurrent.futures.process import BrokenProcessPool

    raise BrokenProcessPool("A process in the process pool was terminated abruptly")


FAILURES: dict[str, tuple[Callable[[], object] | BaseException, str]] = {
    "memory": (MemoryError(), "not enough memory (MemoryError); close other programs"),
    "memory of NumPy": (lambda: np.empty(2**60, np.uint8), "not enough memory (MemoryError: Unable to allocate"),
    "memory of torch": (lambda: torch.empty(2**60, dtype=torch.uint8), "not enough memory (RuntimeError: "),
    "memory of a GPU": (torch.cuda.OutOfMemoryError("CUDA out of memory"), "not enough memory (OutOfMemoryError"),
    "memory of oneDNN": (RuntimeError("could not create a primitive"), "not enough memory (RuntimeError: could not"),
    "memory of the system": (system(errno.ENOMEM), "not enough memory (OSError"),
    "threads": (RuntimeError("can't start new thread"), "not enough memory"),
    "recursion": (too_deep, "nested too deeply"),
    "no such file": (lambda: Path("/no/such").read_bytes(), "'/no/such': No such file or directory ("),
    "permission": (system(errno.EACCES, "/a/b"), "'/a/b': Permission denied ("),
    "two files": (OSError(errno.EXDEV, "Invalid link", "a", None, "b"), "'a' -> 'b': Invalid link ("),
    "a full disk": (system(errno.ENOSPC, "/a/b"), "'/a/b': No space left on device; free some space"),
    "open files": (system(errno.EMFILE, "x"), "'x': Too many open files; raise the limit of open files"),
    "Pillow's": (OSError("image file is truncated"), "error: image file is truncated ("),
    "pipe": (BrokenPipeError(errno.EPIPE, "Broken pipe"), "Broken pipe; its reader has gone"),
    "Ctrl-C": (KeyboardInterrupt(), "stopped by Ctrl-C ("),
    "zlib": (lambda: zlib.decompress(b"no"), "a file is damaged (error: Error -3"),
    "struct": (lambda: struct.unpack("<I", b""), "a file is damaged (error: unpack requires"),
    "zip": (zipfile.BadZipFile("Bad CRC-32"), "a file is damaged (BadZipFile: Bad CRC-32)"),
    "lzma": (lambda: lzma.decompress(b"no lzma data"), "a file is damaged (LZMAError: "),
    "pickle": (lambda: pickle.loads(b"no"), "a file is damaged ("),
    "bomb": (Image.DecompressionBombError("large"), "a file is damaged (DecompressionBombError: large)"),
    "encoding": (lambda: b"\xff".decode(), "a text is not in the expected encoding (UnicodeDecodeError"),
    "a worker": (worker_died, "a worker was killed"),
    "shared memory": (
        RuntimeError("unable to write to file </torch_1_2_3>: No space left on device (28)"),
        "a worker has no shared memory left",
    ),
    "a loader's worker": (
        MemoryError("Caught MemoryError in DataLoader worker process 0.\nOriginal Traceback\nMemoryError: all of it"),
        "not enough memory (MemoryError: MemoryError: all of it)",
    ),
    "own": (ForeignFileError("'a.json' is no whole JSON file"), "error: 'a.json' is no whole JSON file ("),
    "own, an extra": (MissingExtraError("x needs mmpretrain"), "error: x needs mmpretrain ("),
}  # fmt: skip


def fail_with(what: Callable[[], object] | BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(args: object) -> None:
        if isinstance(what, BaseException):
            raise what
        what()

    verb = SimpleNamespace(__doc__="A verb.", add_arguments=lambda parser: None, run=run)
    monkeypatch.setattr(command, "_load", lambda _: verb)
    command.main(["doctor"])


@pytest.mark.parametrize("name", FAILURES)
def test_one_line_and_status_1(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    what, text = FAILURES[name]
    with pytest.raises(SystemExit) as ended:
        fail_with(what, monkeypatch)
    message = ended.value.code
    assert isinstance(message, str)  # which Python prints, with status 1
    assert text in message and "\n" not in message
    assert message.startswith("error: ") and message.endswith(
        "(SYMPIE_SEG_TRACEBACK=1 shows where)"
    )
    assert ended.value.__cause__ is None and ended.value.__suppress_context__


FIXES = {
    errno.EMFILE: "raise the limit of open files (ulimit -n 4096), or use fewer workers",
    errno.ENFILE: "close other programs: the whole machine has no more files to open",
    errno.ENOSPC: "free some space, or write to another folder",
    errno.EDQUOT: "free some space, or write to another folder",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f), or write to another file system",
    errno.EROFS: "write to another folder",
    errno.EIO: "check the disk, and copy the files to another one",
    errno.EPIPE: "its reader has gone",
    errno.EAGAIN: "close other programs, or raise the limit of processes (ulimit -u)",
}


@pytest.mark.parametrize("number", FIXES)
def test_the_fix_of_what_the_system_says(number: int) -> None:
    message = os.strerror(number)
    assert explained(system(number, "/a/b")) == f"'/a/b': {message}; {FIXES[number]}"
    assert explained(system(number)) == f"{message}; {FIXES[number]}"
    assert explained(OSError(number, "in words of ours", "/a/b")) == "'/a/b': in words of ours"


def test_names_that_the_system_gives() -> None:
    assert of_the_system(system(errno.EACCES, b"/a\xff")) == "'/a\\udcff': Permission denied"
    assert of_the_system(system(errno.EACCES), "/a/b") == "'/a/b': Permission denied"
    assert of_the_system(system(errno.EACCES, "/c"), "/a/b") == "'/c': Permission denied"
    assert of_the_system(OSError(3)) == "3"
    assert explained(UnicodeEncodeError("ascii", "ü", 0, 1, "none")).startswith(
        "a text is not in the expected encoding (UnicodeEncodeError: "
    )


def test_a_name_that_is_not_utf8() -> None:
    """Libraries that want UTF-8 raise where Python stands for a byte of a name by half a character."""

    def explanation(text: str) -> str:
        with pytest.raises(UnicodeEncodeError) as ended:
            text.encode()
        return explained(ended.value)

    fix = "; rename the file or folder"
    start = "a name that is not UTF-8 cannot be used here: "
    assert explanation("/a/na\udcdf/b") == f"{start}'/a/na\\udcdf/b'{fix}"
    assert explanation("first\na/na\udcdf\nlast") == f"{start}'a/na\\udcdf'{fix}"
    assert told(UnicodeEncodeError("utf-8", "a\udcdf", 1, 2, "no")) == f"{start}'a\\udcdf'{fix}"
    assert len(explanation("x" * 5000 + "\udcdf" + "y" * 5000)) < 450
    assert explanation("\ud800").startswith("a text is not in the expected encoding")


@pytest.mark.parametrize(
    "words",
    [
        *("can't allocate memory", "DefaultCPUAllocator: Cannot allocate memory", "not enough memory"),
        *("CUDA out of memory", "std::bad_alloc", "Insufficient memory", "failed to map segment"),
        *("unable to mmap 8 bytes", "could not create a primitive", "could not create a memory object"),
        *("Failed to allocate 9 bytes", "failed to create thread", "can't start new thread"),
    ],
)  # fmt: skip
def test_words_for_a_lack_of_memory(words: str) -> None:
    assert is_of_memory(RuntimeError(words)) and is_of_memory(ImportError(words))
    foreign = type("error", (Exception,), {"__module__": "cv2"})
    assert is_of_memory(foreign(words))
    assert not is_of_memory(ValueError(words)) and not is_of_memory(KeyError(words))


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("unable to open shared memory object", "a worker has no shared memory left"),
        ("no space in /dev/shm", "a worker has no shared memory left"),
        ("Bus error", "a worker has no shared memory left"),
        ("unable to write to file </torch_1>", "a worker has no shared memory left"),
        ("A process was terminated abruptly", "a worker was killed"),
        ("DataLoader worker (pid 3) is killed by signal: Killed", "a worker was killed"),
        ("DataLoader worker (pid 3) exited", ""),
        ("killed by signal", ""),
    ],
)
def test_words_for_a_worker(words: str, start: str) -> None:
    message = explained(RuntimeError(words))
    assert message.startswith(f"{start} (RuntimeError: {words})") if start else message == ""
    assert explained(TypeError(words)) == ""


def test_zero_asks_for_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRACEBACK, "0")
    with pytest.raises(SystemExit):
        fail_with(system(errno.EIO, "a"), monkeypatch)


def test_what_took_the_memory_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    error = MemoryError()
    with pytest.raises(SystemExit):
        fail_with(error, monkeypatch)
    assert error.__traceback__ is None


@pytest.mark.parametrize("closed", [True, False])
def test_no_output_at_all(closed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Programs without a console have none (Windows), and some close theirs."""
    stream = (tmp_path / "out").open("w")
    stream.close()
    monkeypatch.setattr(sys, "stdout", stream if closed else None)
    with one_line():
        pass
    with pytest.raises(SystemExit, match="not enough memory"), one_line():
        raise MemoryError


@pytest.mark.parametrize("name", FAILURES)
def test_the_traceback_on_request(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRACEBACK, "1")
    what, _ = FAILURES[name]
    with pytest.raises(BaseException) as ended:
        fail_with(what, monkeypatch)
    assert not isinstance(ended.value, SystemExit)
    assert ended.traceback[-1].name in (
        "run",
        "<lambda>",
        "too_deep",
        "worker_died",
        "decompress",
        "open",
    )


@pytest.mark.parametrize(
    "what",
    [
        lambda: None + 1,
        lambda: {}["key"],
        lambda: object().name,  # type: ignore[attr-defined]
        lambda: [][1],
        lambda: 1 / 0,
        AssertionError("x"),
        NotImplementedError("x"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("operands could not be broadcast together"),
        json.JSONDecodeError("x", "y", 0),
    ],
)
def test_faults_of_our_own_keep_their_traceback(
    what: Callable[[], object] | BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Exception) as ended:
        fail_with(what, monkeypatch)
    assert explained(ended.value) == ""
    assert ended.traceback[-1].name in ("run", "<lambda>")


@pytest.mark.parametrize(
    "left", [SystemExit(3), SystemExit("error: 'a.png' is cut off"), SystemExit(None)]
)
def test_named_errors_stay_as_they_are(left: SystemExit, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as ended:
        fail_with(left, monkeypatch)
    assert ended.value is left


def test_our_own_messages_about_a_disk_stay_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        SystemExit,
        match=r"error: could not write '.*/file/a': .*Free some space, or write to another folder \(SYM",
    ):
        fail_with(lambda: replace_bytes(tmp_path / "file/a", b""), monkeypatch)


def started(code: str, at_once: bool = False, **options: object) -> subprocess.CompletedProcess:
    """A new interpreter whose doctor prints or fails as told; output is written at once or from a buffer."""
    lines = (
        "import sys; from types import SimpleNamespace as N; from sympie_seg.cli import main as m",
        f"def run(args):\n    {code}",
        "m._load = lambda verb: N(__doc__='', add_arguments=lambda p: None, run=run)",
        "sys.exit(m.main(['doctor']))",
    )
    start = (  # as sympie_seg_cli.py does, which imports nothing else
        "import sys; from importlib.util import find_spec, module_from_spec as new\n"
        "sys.modules['sympie_seg'] = new(find_spec('sympie_seg'))"
    )
    return subprocess.run(
        [sys.executable, "-c", "\n".join((start, *lines))],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONUNBUFFERED": "1" * at_once}, **options,
    )  # fmt: skip


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
@pytest.mark.parametrize("at_once", [True, False])
def test_output_to_a_full_disk(at_once: bool) -> None:
    with open("/dev/full", "w") as full:
        done = started("print('much')", at_once, stdout=full)
    # Python names no file where it writes at once.
    name = "" if at_once else "'standard output': "
    fix = "free some space, or write to another folder"
    assert done.stderr == f"error: {name}No space left on device; {fix}{SHOWS}\n"
    assert done.returncode == 1


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("length", [1, 100_000])
def test_the_reader_of_the_output_has_gone(length: int, at_once: bool) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = started(f"print('much ' * {length})", at_once, stdout=writing)
    finally:
        os.close(writing)
    assert "Broken pipe; its reader has gone (" in done.stderr
    assert done.stderr.count("\n") == 1 and done.returncode == 1


def test_ctrl_c() -> None:
    # A suite that a shell script starts in the background inherits that SIGINT is ignored.
    code = "import os, signal as s; s.signal(s.SIGINT, s.default_int_handler); os.kill(os.getpid(), s.SIGINT)"
    done = started(code, stdout=subprocess.PIPE)
    assert done.stderr == "error: stopped by Ctrl-C (SYMPIE_SEG_TRACEBACK=1 shows where)\n"
    assert done.returncode == 1


def test_what_verbs_catch_themselves() -> None:
    """A RuntimeError may be a lack of memory; what they named stays as it is."""
    assert told(RuntimeError("can't start new thread")).startswith("there is not enough memory")
    for named in (
        RuntimeError("a size of 0"),
        ValueError("out of memory"),
        system(errno.ENOENT, "a"),
    ):
        assert told(named) == str(named)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_log_on_a_full_disk_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Python prints a traceback for every line that a handler cannot write."""
    log = logging.Logger("full")
    handler = logging.FileHandler("/dev/full")
    log.addHandler(handler)

    def say() -> None:
        log.warning("a")
        log.warning("b")

    fail_with(say, monkeypatch)
    line = "note: the log cannot be written: '/dev/full': No space left on device; free some space"
    err = capsys.readouterr().err
    assert err.startswith(line) and err.count("\n") == 1
    log.warning("%d", "no number")  # a fault of our own keeps its traceback
    assert "Traceback" in capsys.readouterr().err
    with contextlib.suppress(OSError):
        handler.close()
