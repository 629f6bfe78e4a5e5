"""Run the blocks of the tutorials in docs/tutorials, and compare what they print with what the pages show.

    python tools/misc/run_tutorials.py                   # all of them; exit status 1 if a number differs
    python tools/misc/run_tutorials.py mmseg --write     # one, and put what it printed into its page

The bash and python blocks of a page run in order, in a scratch folder that has this checkout's configs and
checkpoints. A text block shows the last lines that the block before it prints (libraries print lines of their own).
A number behind the word 'about' comes from a training, which differs between processors: it may be 1 away.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/tutorials"
TUTORIALS = ("mmseg", "any-network", "own-folder", "device")
LENT = ("configs", "checkpoints")
BLOCK = re.compile(r"^```(bash|python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
TOLERANCE = 0.02  # of a number: processors round differently
ABOUT = 1.0  # of a number behind the word 'about'


@dataclass(frozen=True)
class Output:
    """What a page shows and what its block printed.

    Attributes:
        shown: the text block.
        printed: by the block before it.
        span: where the text stands in the page.
    """

    shown: str
    printed: str
    span: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Whether the words are equal, and each number as close as :func:`close` asks for."""
        shown, printed = self.shown.strip(), self.printed.strip()
        words = NUMBER.split(shown)
        if words != NUMBER.split(printed):
            return False
        pairs = zip(words, NUMBER.findall(shown), NUMBER.findall(printed), strict=False)
        return all(close(one, other, before.endswith("about ")) for before, one, other in pairs)


def close(shown: str, printed: str, about: bool = False) -> bool:
    """Whether two written numbers are as good as equal: within 2 % or one unit of the last digit, or within 1.

    >>> close("61.2", "61.3"), close("61.2", "63.0"), close("8", "9")
    (True, False, False)
    >>> close("+3.9", "+4.8", about=True), close("+3.9", "+5.0", about=True)
    (True, False)
    """
    if about:
        return abs(float(shown) - float(printed)) <= ABOUT
    if "." not in shown:
        return shown == printed
    unit = 10.0 ** -len(shown.partition(".")[2])
    allowed = max(TOLERANCE * abs(float(shown)), 1.01 * unit)
    return abs(float(shown) - float(printed)) <= allowed


def run_page(page: Path, folder: Path) -> list[Output]:
    """Run a page's blocks in a folder.

    Raises:
        RuntimeError: if a block fails; the message holds what it printed.
    """
    for name in LENT:
        (folder / name).symlink_to(ROOT / name)
    text, outputs, printed = page.read_text(encoding="utf-8"), [], ""
    for match in BLOCK.finditer(text):
        kind, block = match.groups()
        if kind == "text":
            lines = printed.strip().splitlines()[-len(block.splitlines()) :]
            outputs.append(Output(block, "\n".join(lines), match.span(2)))
        else:
            printed = run_block(kind, block, folder)
    return outputs


def run_block(kind: str, block: str, folder: Path) -> str:
    """Run one block in a process of its own; give what it wrote to stdout."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    packages = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-c"] if kind == "python" else ["bash", "-euo", "pipefail", "-c"]
    done = subprocess.run(
        [*command, block], cwd=folder, env=dict(os.environ, PATH=path, PYTHONPATH=packages), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{block}\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def write(page: Path, outputs: list[Output]) -> None:
    """Put what was printed into a page."""
    text = page.read_text(encoding="utf-8")
    for output in reversed(outputs):
        start, end = output.span
        text = text[:start] + output.printed.strip() + "\n" + text[end:]
    page.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Run the tutorials that were asked for; give the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tutorials", nargs="*", metavar="NAME", help=f"of {', '.join(TUTORIALS)}")
    parser.add_argument("--write", action="store_true", help="put what is printed into the pages")
    args = parser.parse_args(arguments)
    unknown = sorted(set(args.tutorials) - set(TUTORIALS))
    if unknown:
        parser.error(
            f"no tutorial is called {', '.join(unknown)}; there are {', '.join(TUTORIALS)}"
        )
    differ = 0
    for name in args.tutorials or TUTORIALS:
        page, start = PAGES / f"{name}.md", time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            outputs = run_page(page, Path(folder))
        for output in outputs:
            print(
                f"{name}, {time.monotonic() - start:.0f} s: {'equal' if output.agrees else 'DIFFERS'}"
            )
            print(output.printed)
            differ += not output.agrees
        if args.write:
            write(page, outputs)
    return int(differ > 0 and not args.write)


if __name__ == "__main__":
    sys.exit(main())
