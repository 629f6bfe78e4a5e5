"""What the verbs share that work on a config: their options, the config, the runner, the work dir."""

from __future__ import annotations

import argparse
import os
import os.path as osp
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from mmengine.config import Config
from mmengine.device import is_cuda_available
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import RUNNERS

from sympie_seg.cli.config_options import SettingsAction, check_choices, check_numbers, override
from sympie_seg.cli.usage_error import UsageError
from sympie_seg.datasets.thinning import keep_every
from sympie_seg.enhancer.shipped import SHIPPED, resolve_enhancer
from sympie_seg.upstream.config_package import successor_of
from sympie_seg.utils.allocator import keep_freed_memory
from sympie_seg.utils.extras import MissingExtraError, require_mmpretrain
from sympie_seg.utils.failures import whole_message
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.origins import is_on_purpose
from sympie_seg.utils.phases import PhaseError
from sympie_seg.utils.run_lock import FolderInUseError, only_run_in, rank_of

_PROBE = ".writable"


@contextmanager
def to_continue() -> Iterator[None]:
    """For verbs that skip what is finished: end a step that failed or was stopped in a line that says so.

    Raises:
        SystemExit: with that line.
    """
    try:
        yield
    except PhaseError as error:
        raise SystemExit(f"error: {error}\n\nRun the same command again to continue") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped; run the same command again to continue") from None


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that mmseg's tools have in common."""
    parser.add_argument("--work-dir", help="the dir to save logs, models and metrics")
    add_config_options(parser)
    parser.add_argument(
        "--launcher",
        choices=["none", "pytorch", "slurm", "mpi"],
        default="none",
        help="job launcher",
    )
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0)


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add --cfg-options, and what :func:`load_config` reads where a verb has no such option."""
    parser.set_defaults(launcher="none", work_dir=None, local_rank=0)
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=SettingsAction,
        help="override settings of the config: key=value pairs, for example model.test_cfg.mode=slide "
        'key="[a,b]" key="[(a,b),(c,d)]"; no white space',
    )


def load_config(args: argparse.Namespace) -> Config:
    """Read the config; the work dir comes from the command line, the config or the config's name.

    Args:
        args: with those of :func:`add_common_arguments` or :func:`add_config_options`, and ``config``, a path.

    Raises:
        SystemExit: if the config cannot be read, an option does not fit it, or a value is none of those there are; see
            :func:`read_config` and :mod:`sympie_seg.cli.config_options`.
    """
    os.environ.setdefault(
        "LOCAL_RANK", str(args.local_rank)
    )  # some launchers give it as an argument
    cfg = read_config(args.config)
    cfg.launcher = args.launcher
    if args.cfg_options is not None:
        override(cfg, args.cfg_options)
    check_numbers(cfg)
    check_choices(cfg)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get("work_dir") is None:
        stem = osp.splitext(osp.basename(args.config))[0]
        cfg.work_dir = osp.join("./work_dirs", stem)
    return cfg


def read_config(path: str) -> Config:
    """Read a config as mmengine does.

    Raises:
        SystemExit: if it needs mmpretrain and that is not installed, with the command that installs it; if it has
            moved, with its new path; or if it is missing or no config, with what is wrong.
    """
    successor = None if osp.exists(path) else successor_of(path)
    if successor is not None:
        raise SystemExit(f"error: '{path}' has moved: use '{successor}'")
    if osp.isdir(path):
        raise SystemExit(f"error: '{path}' is a folder: name the config in it")
    try:
        return Config.fromfile(path)
    except FileNotFoundError as error:  # the config, or its base
        missing = error.filename or path
        raise SystemExit(f"error: there is no config '{missing}'") from None
    except Exception as error:  # a config is a program: it may raise anything
        try:
            # Of a base that is named 'mmpretrain::...'.
            if isinstance(error, ModuleNotFoundError) and "mmpretrain" in str(error):
                require_mmpretrain(f"'{path}'")
        except MissingExtraError as missing_extra:
            raise SystemExit(f"error: {missing_extra}") from None
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise SystemExit(f"error: the config '{path}' cannot be read: {reason}") from error


def named_files(words: list[str]) -> dict[str, str]:
    """Split the words NAME=FILE of an option; a file may be the short name of a shipped enhancer.

    Raises:
        ValueError: if a name is missing or given twice, or a file does not exist.
    """
    files: dict[str, str] = {}
    for word in words:
        name, _, file = word.partition("=")
        if not name or not file or name in files or name == "none":
            raise ValueError(
                f"'{word}': expected NAME=FILE, each name once (and none called 'none')"
            )
        file = str(resolve_enhancer(file))
        if not osp.isfile(file):
            raise ValueError(
                f"'{word}': there is no file '{file}', and no shipped enhancer of that name ({', '.join(SHIPPED)})"
            )
        files[name] = file
    return files


def add_every_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option whose value :func:`thin_out` takes."""
    parser.add_argument(
        "--every", type=int, default=1, metavar="N",
        help="test only every Nth image of each test set (quicker; the tables say how many there were)",
    )  # fmt: skip


def thin_out(cfg: Config, every: int) -> None:
    """Leave every Nth image in each test set of a config.

    Raises:
        ValueError: if the number is below 1.
    """
    if every < 1:
        raise ValueError(f"--every must be at least 1, got {every}")
    if every > 1:
        init_default_scope(cfg.get("default_scope", "mmseg"))
    keep_every(cfg.test_dataloader.dataset, every)


def build_runner(cfg: Config) -> Runner:
    """Build the runner that the config names; else one whose checkpoints are whole and whose resuming is exact.

    Raises:
        SystemExit: if the work dir cannot be written to.
    """
    check_work_dir(cfg.work_dir)
    cfg.setdefault("runner_type", "ResumableRunner")
    return RUNNERS.build(cfg)


def check_work_dir(folder: str) -> None:
    """Stop before anything is loaded if nothing could be saved.

    Raises:
        SystemExit: with the option to change.
    """
    # One name for all runs: what a killed one left of it, the next one removes.
    probe = osp.join(folder, _PROBE)
    try:
        replace_bytes(probe, b"")
        with suppress(FileNotFoundError):  # another process of this run was quicker
            os.remove(probe)
        _remove_former_probes(folder)
    except OSError as error:
        raise SystemExit(
            f"error: the work dir '{folder}' cannot be written to: {error.strerror}\n"
            "Name another one: --work-dir FOLDER"
        ) from None


def _remove_former_probes(folder: str) -> None:
    """Remove what killed runs of earlier releases left of their own probes; a live one lasts for milliseconds."""
    for path in Path(folder).glob(f"{_PROBE}.*"):
        status = path.lstat()
        if path.suffix[1:].isdigit() and status.st_size == 0 and time.time() - status.st_mtime > 60:
            path.unlink(missing_ok=True)


@contextmanager
def only_run(cfg: Config, what: str) -> Iterator[None]:
    """Hold the work dir; the first process of a distributed run does so for all.

    Raises:
        SystemExit: if another run holds it, with its host, process and start.
    """
    check_work_dir(cfg.work_dir)
    with ExitStack() as stack:
        try:
            stack.enter_context(only_run_in(cfg.work_dir, what, rank_of(cfg.launcher)))
        except FolderInUseError as error:
            raise SystemExit(f"error: {error.strerror} (--work-dir)") from None
        yield


def command_line() -> str:
    """The command line of this process, as a user would write it again."""
    script, *words = sys.argv
    start = (
        ["sympie-seg"]
        if Path(script).stem in ("sympie-seg", "sympie_seg_cli")
        else ["python", script]
    )
    return shlex.join([*start, *words])


def keep_memory_without_gpu() -> None:
    """Let the process keep the memory that it frees, where the network runs on the CPU (docs/speed.md)."""
    if not is_cuda_available():
        keep_freed_memory()


def in_one_process(args: argparse.Namespace) -> None:
    """Refuse a launcher.

    Raises:
        UsageError: if one is given.
    """
    if args.launcher != "none":
        raise UsageError("this verb runs in one process: leave --launcher out")


def run_or_stop(run: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> None:
    """Run a verb that compares networks and resumes; the message says in one line what is wrong with its input.

    Without a GPU the process keeps the memory that it frees (:func:`keep_memory_without_gpu`).

    Raises:
        SystemExit: with that line, or with what to do after Ctrl-C.
    """
    keep_memory_without_gpu()
    try:
        run(args)
    except (ValueError, OSError, FloatingPointError, MissingExtraError) as error:
        if isinstance(error, ValueError) and not is_on_purpose(error):
            raise
        raise SystemExit(f"error: {whole_message(error)}") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command continues from the finished images") from None
