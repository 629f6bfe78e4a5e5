"""Run the exported enhancer on other releases of onnxruntime, each in an environment of its own, against PyTorch.

    python tools/misc/check_onnxruntime.py 1.15.1 1.17.3
    python tools/misc/check_onnxruntime.py --python ENVIRONMENT/bin/python

Releases before 1.18 refuse a file that is marked with a newer IR than its opset needs, and want NumPy 1. Prints a row
for each release and strength; exit status 1 if one differs by more than rounding.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.api import default_enhancer
from sympie_seg.enhancer import SyMPIE, load_enhancer
from sympie_seg.export import Colours, export_enhancer
from sympie_seg.export.check import enhance_as_sympie, random_images

SHAPE = (2, 97, 150)
STRENGTHS = (None, 0.0, 0.5, 1.0, 1.4)
SOURCE = Colours.levels("rgb")

# Runs in the other environment, which has onnxruntime and NumPy only.
RUN = """
import sys
import numpy, onnxruntime
file, images, out, *strengths = sys.argv[1:]
session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
inputs = {"images": numpy.load(images)}
found = []
for text in strengths:
    more = {} if text == "None" else {"strength": numpy.array(float(text), numpy.float32)}
    found.append(session.run(["enhanced"], {**inputs, **more})[0])
numpy.save(out, numpy.stack(found))
print("onnxruntime", onnxruntime.__version__, "NumPy", numpy.__version__)
"""


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "releases", nargs="*", help="of onnxruntime, to be installed (default: 1.15.1 1.17.3)"
    )
    parser.add_argument(
        "--python", type=Path, action="append", default=[], help="of an environment that is there"
    )
    parser.add_argument("--enhancer", type=Path, help="file (default: the project's)")
    return parser.parse_args(arguments)


def environment(folder: Path, release: str) -> Path:
    """Make an environment with a release; give its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    words = ["-m", "pip", "install", "--quiet", f"onnxruntime=={release}", "numpy<2"]
    subprocess.run([python, *words], check=True)
    return python


def compare(python: Path, file: Path, enhancer: SyMPIE, folder: Path) -> bool:
    """Run the file by an interpreter, print the differences, and tell whether they are rounding."""
    images = random_images(SOURCE, SHAPE)
    np.save(folder / "images.npy", images.numpy())
    words = [file, folder / "images.npy", folder / "found.npy", *STRENGTHS]
    run = subprocess.run(
        [python, "-c", RUN, *map(str, words)], text=True, capture_output=True, check=False
    )
    if run.returncode:
        print(f"{python}: {run.stderr.strip().splitlines()[-1]}")
        return False
    name, good = run.stdout.strip(), True
    for strength, actual in zip(STRENGTHS, np.load(folder / "found.npy"), strict=True):
        wanted = enhance_as_sympie(enhancer, images, SOURCE, strength)["enhanced"].numpy()
        apart = np.abs(actual.astype(int) - wanted)
        share = float((apart > 0).mean())
        shown = "its own" if strength is None else f"{strength:g}"
        print(f"{name}, strength {shown}: at most {apart.max()} levels, {share:.4%} of the values")
        good &= apart.max() <= 1 and share < 1e-2
    return good


def main(arguments: list[str] | None = None) -> int:
    """Export once, run everywhere; 1 if a release differs or refuses the file."""
    args = parse_args(arguments)
    enhancer = load_enhancer(args.enhancer or default_enhancer())[0].eval()
    releases = args.releases or ([] if args.python else ["1.15.1", "1.17.3"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "enhancer.onnx"
        export_enhancer(file, enhancer, source=SOURCE, with_strength=True)
        pythons = [*args.python, *(environment(folder / one, one) for one in releases)]
        good = [compare(python, file, enhancer, folder) for python in pythons]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
