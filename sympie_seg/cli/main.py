"""The command ``sympie-seg``; to import it needs the standard library only (see ``sympie_seg_cli.py``)."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from inspect import cleandoc
from types import ModuleType

from sympie_seg.cli.failures import one_line
from sympie_seg.cli.usage_error import UsageError
from sympie_seg.cli.verbs import VERBS, Needs, Verb
from sympie_seg.utils.generated_code import may_write_code, use_onednn
from sympie_seg.utils.output import print_anything
from sympie_seg.version import __version__

__all__ = ["main", "make_parser"]


def main(words: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        words: what follows ``sympie-seg`` on the command line. Defaults to that of this process.

    Returns:
        The exit status: 0 unless the verb says otherwise.

    Raises:
        SystemExit: with one line for what the verb did not expect and is no fault of ours; see
            :mod:`sympie_seg.cli.failures`.
    """
    print_anything()
    words = list(sys.argv[1:] if words is None else words)
    with one_line():
        options = make_parser(words).parse_args(words)
        try:
            return options.run(options) or 0
        except UsageError as error:
            options.parser.error(str(error))  # exits
    return 1


def make_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Describe the command line.

    Args:
        words: of the command line. The module of the verb that they name is imported and describes its options; the
            other verbs have their name and one line of help.
    """
    parser = argparse.ArgumentParser(
        prog="sympie-seg",
        description="SyMPIE: a small enhancer in front of a frozen network. Each verb has a --help of its own.",
    )
    parser.add_argument("--version", action="version", version=f"sympie-seg {__version__}")
    _add_verbs(parser, VERBS, words)
    return parser


def _add_verbs(
    parser: argparse.ArgumentParser, verbs: Sequence[Verb], words: Sequence[str]
) -> None:
    commands = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title="verbs")
    # What stands before the verb are options without a value (--version, --help).
    index = next((n for n, word in enumerate(words) if not word.startswith("-")), len(words))
    for verb in verbs:
        own = commands.add_parser(verb.name, help=verb.help, description=verb.help)
        if words[index : index + 1] != [verb.name]:
            continue
        if verb.verbs:
            _add_verbs(own, verb.verbs, words[index + 1 :])
        else:
            _describe(own, _load(verb))


def _describe(parser: argparse.ArgumentParser, module: ModuleType) -> None:
    parser.description = cleandoc(module.__doc__ or "")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    module.add_arguments(parser)
    parser.set_defaults(run=module.run, parser=parser)


def _load(verb: Verb) -> ModuleType:
    """Import a verb's module after what it needs.

    Raises:
        SystemExit: if mmseg is needed and cannot be imported.
    """
    if verb.one_core:
        # Before anything is imported that reads it: the workers process one file each, on one core each.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    if verb.needs is not Needs.NOTHING:
        _import_package(verb)
    _do_without_onednn_where_it_fails()
    return import_module(f"sympie_seg.cli.{verb.module}")


def _do_without_onednn_where_it_fails() -> None:
    if may_write_code() or importlib.util.find_spec("torch") is None:
        return
    use_onednn(False)
    print(
        "note: the system forbids machine code made at run time (MemoryDenyWriteExecute, SELinux); "
        "convolutions run without oneDNN, which takes longer",
        file=sys.stderr,
    )


def _import_package(verb: Verb) -> None:
    """Run ``sympie_seg/__init__.py``, which ``sympie_seg_cli.py`` left out, and look whether mmseg works."""
    package = sys.modules["sympie_seg"]
    if not hasattr(package, "__version__"):
        assert package.__spec__ is not None and package.__spec__.loader is not None
        package.__spec__.loader.exec_module(package)
    reason = getattr(package, "_why_not", None)
    if reason is not None and verb.needs is Needs.MMSEG:
        raise SystemExit(
            f"error: `sympie-seg {verb.name}` needs mmseg, mmengine and mmcv, of which something is missing or broken: "
            f"{type(reason).__name__}: {reason}. `sympie-seg doctor` names the command that fixes it"
        )
