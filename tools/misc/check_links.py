r"""Check the links to other sites of the docs and the README, with Sphinx's linkcheck. Needs the network.

    python tools/misc/check_links.py                                   # the site's pages and README.md
    python tools/misc/check_links.py --ignore 'https://doi\.org/.*'     # sites that refuse programs
    python tools/misc/check_links.py --source FOLDER                   # another folder of Markdown with an index.md
    python tools/misc/check_links.py --timeout 60                      # seconds for each address (default: 20)

Prints each broken link with page, line and reason; exit status 1 if there is one, or none could be checked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
README = ("-D", "root_doc=README", "-D", "include_patterns=README.md")
TRIED = ("working", "redirected", "broken", "timeout")


def links(
    source: Path,
    options: Sequence[str] = (),
    ignore: Sequence[str] = (),
    timeout: float | None = None,
) -> list[dict[str, Any]]:
    """Let Sphinx check the links of a folder.

    Args:
        source: folder of pages; the settings are those of docs/conf.py.
        options: for sphinx-build.
        ignore: regular expressions of addresses that are not tried.
        timeout: seconds that an address has to answer in. Defaults to the settings' own.

    Returns:
        For each link ``filename``, ``lineno``, ``uri``, ``status`` ('working', 'broken', 'redirected', ...), ``info``.

    Raises:
        RuntimeError: if Sphinx did not come to the links.
    """
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-b",
            "linkcheck",
            "-c",
            str(ROOT / "docs"),
            "-D",
            "nb_execution_mode=off",
            *options,
        ]
        if timeout:
            command += ["-D", f"linkcheck_timeout={timeout:g}"]
        if ignore:
            command += ["-D", f"linkcheck_ignore={','.join(ignore)}"]
        done = subprocess.run(
            [*command, str(source), out], text=True, capture_output=True, check=False
        )
        output = Path(out) / "output.json"
        if not output.is_file():
            raise RuntimeError(
                f"Sphinx failed in '{source}':\n{(done.stdout + done.stderr)[-2000:]}"
            )
        return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def main(arguments: list[str] | None = None) -> int:
    """Check, print what is broken, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--source", type=Path, help="folder of pages (default: docs, and README.md)"
    )
    parser.add_argument(
        "--ignore", nargs="+", default=(), metavar="REGEX", help="addresses left out"
    )
    parser.add_argument("--timeout", type=float, help="seconds for each address (default: 20)")
    args = parser.parse_args(arguments)
    if args.source:
        results = links(args.source, (), args.ignore, args.timeout)
    else:
        results = links(ROOT / "docs", (), args.ignore, args.timeout)
        results += links(ROOT, README, args.ignore, args.timeout)
    outside = [link for link in results if link["uri"].startswith(("http:", "https:"))]
    broken = [link for link in outside if link["status"] in ("broken", "timeout")]
    for link in broken:
        print(
            f"{link['filename']}:{link['lineno']}: {link['uri']}: {link['info'] or link['status']}"
        )
    counts = Counter(link["status"] for link in outside)
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no links")
    return int(bool(broken) or not any(counts[status] for status in TRIED))


if __name__ == "__main__":
    sys.exit(main())
