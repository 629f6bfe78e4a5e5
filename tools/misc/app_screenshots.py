"""Take the pictures of docs/app.md again: the app as it starts, alone and with a network, in headless Chromium.

    python tools/misc/app_screenshots.py                 # into docs/; needs chromium, playwright and the extra [app]
    python tools/misc/app_screenshots.py --out FOLDER

Both show a generated street, so that nobody's photograph is published.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NETWORK = (
    "configs/camvid/deeplabv2_r18-d8-w32_1xb8-2500_camvid-day-240x180.py",
    "checkpoints/deeplabv2_r18_camvid-day.pth",
)
PAGES: dict[str, tuple[str, ...]] = {"app.png": (), "app-network.png": NETWORK}
WIDTH = 1100
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@contextmanager
def app(*words: str) -> Iterator[str]:
    """Start the app as a user does; give its address."""
    command = [sys.executable, "sympie_seg_cli.py", "app", *words, "--port", "0"]
    settings = dict(os.environ, PYTHONUNBUFFERED="1")
    with subprocess.Popen(
        command, cwd=ROOT, env=settings, text=True, stdout=subprocess.PIPE
    ) as child:
        try:
            lines = []
            for line in child.stdout or ():
                lines.append(line)
                if match := re.search(r"runs at (\S+)", line):
                    yield match[1]
                    return
            raise SystemExit(f"error: the app did not start: {''.join(lines)}")
        finally:
            child.terminate()


def take(address: str, path: Path) -> None:
    """Write a picture of the whole page, once it shows its first result."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport=dict(width=WIDTH, height=900), color_scheme="light")
        page.set_default_timeout(60_000)
        page.goto(address)
        page.wait_for_selector(".card.selected")
        while not page.evaluate("running === null && !again"):
            page.wait_for_timeout(50)
        page.screenshot(path=path, full_page=True)
        browser.close()
    with Image.open(
        path
    ) as whole:  # 256 colours: a quarter of the bytes; kmeans keeps small areas' colours
        small = whole.convert("RGB").quantize(256, kmeans=2)
    small.save(path, optimize=True)


def main(arguments: list[str] | None = None) -> None:
    """Start, look, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder (default: docs)")
    args = parser.parse_args(arguments)
    for name, words in PAGES.items():
        with app(*words) as address:
            take(address, args.out / name)
        print(f"written: '{args.out / name}'")


if __name__ == "__main__":
    main()
