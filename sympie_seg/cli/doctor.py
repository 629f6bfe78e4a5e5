"""``sympie-seg doctor``: which versions are installed, what is wrong with them, and how to fix it.

It looks at the metadata of installed packages, and tries real imports in a child process: torch's, and the package's
own with its mmseg side.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from sympie_seg.environment.imports import cuda_state, import_problems
from sympie_seg.environment.packages import has_compiled_ops, installed_versions
from sympie_seg.environment.problems import find_problems
from sympie_seg.environment.table import problems_text, versions_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--no-import", action="store_true", help="look at versions only; import nothing (quick)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the state of this environment.

    Returns:
        1 if something required is broken, else 0.
    """
    versions, compiled_ops = installed_versions(), has_compiled_ops()
    print(versions_table(versions, compiled_ops, "" if args.no_import else cuda_state()))
    has_pkg_resources = find_spec("pkg_resources") is not None
    problems = find_problems(versions, compiled_ops=compiled_ops, pkg_resources=has_pkg_resources)
    problems += [] if args.no_import else import_problems()
    print("\n" + problems_text(problems))
    return int(any(problem.broken for problem in problems))
