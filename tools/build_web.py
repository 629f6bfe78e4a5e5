"""Build the static page that runs the exported enhancer in the browser: a folder to serve from anywhere.

    python tools/build_web.py web/dist
    python -m http.server --directory web/dist --bind 127.0.0.1 8000

Needs the extra [export], and npm for onnxruntime-web (web/package-lock.json names the version). Neither its WebAssembly
files nor the models are in the repository.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sympie_seg.api import default_enhancer
from sympie_seg.enhancer import file_sha256, load_enhancer
from sympie_seg.enhancer.shipped import resolve_enhancer
from sympie_seg.export import export_enhancer
from sympie_seg.export.formats import require_onnx
from sympie_seg.export.parts import in_eight_bits, split_enhancer
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.output import print_anything

WEB = Path(__file__).resolve().parents[1] / "web"
RUNTIME = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
SIZES = ((224, 224), (240, 426), (480, 640))


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path, metavar="OUT", help="folder to fill")
    parser.add_argument("--enhancer", type=Path, help="enhancer file (default: general)")
    return parser.parse_args(arguments)


def fetch_runtime() -> Path:
    """Let npm fetch onnxruntime-web as the lock file says; give the folder of its files.

    Raises:
        RuntimeError: if npm or the folder web/ is missing, or npm fails.
    """
    if not (WEB / "package-lock.json").is_file():
        raise RuntimeError(f"there is no '{WEB}': the page is built in a checkout of the project")
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is missing: apt-get install npm (or nodejs.org)")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    child = subprocess.run(command, cwd=WEB, text=True, capture_output=True, check=False)
    if child.returncode:
        raise RuntimeError(f"'npm ci' failed in '{WEB}': {child.stderr.strip()[-500:]}")
    return WEB / "node_modules/onnxruntime-web"


def write_models(folder: Path, enhancer: Path) -> float:
    """Export the enhancer, which compares the file with PyTorch, and write its parts.

    The estimate is the plain prediction: the page moves it by the strength.

    Returns:
        The file's own strength, where the page's slider starts.

    Raises:
        FileNotFoundError, ValueError: if the enhancer file is missing or cannot be used.
    """
    import onnx

    module = load_enhancer(enhancer)[0]
    own, module.strength = module.strength, 1.0
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / "enhancer.onnx"
        export_enhancer(whole, module, sizes=SIZES)
        parts = split_enhancer(onnx.load(whole))
    replace_bytes(folder / "estimate.onnx", parts["estimate"].SerializeToString())
    small = in_eight_bits(parts["estimate"])
    replace_bytes(folder / "estimate-8bit.onnx", small.SerializeToString())
    replace_bytes(folder / "warp.onnx", parts["warp"].SerializeToString())
    return own


def build(output: Path, enhancer: Path) -> dict[str, object]:
    """Fill the folder; give what ``about.json`` says: the enhancer, its strength, and the bytes of everything."""
    runtime = fetch_runtime()
    for part in ("ort", "models"):
        (output / part).mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copy2(runtime / "dist" / name, output / "ort" / name)
    for file in (WEB / "page").iterdir():
        shutil.copy2(file, output / file.name)
    strength = write_models(output / "models", enhancer)
    models = {file.name: file.stat().st_size for file in sorted((output / "models").iterdir())}
    about: dict[str, object] = dict(
        enhancer=f"{enhancer.name} (sha256 {file_sha256(enhancer)[:16]})",
        strength=strength,
        onnxruntime_web=json.loads((runtime / "package.json").read_text())["version"],
        page=sum((output / file.name).stat().st_size for file in (WEB / "page").iterdir()),
        runtime=sum((output / "ort" / name).stat().st_size for name in RUNTIME),
        models=models,
    )
    replace_bytes(output / "about.json", (json.dumps(about, indent=1) + "\n").encode())
    return about


def main(arguments: list[str] | None = None) -> None:
    """Build; what is wrong is said in one line."""
    print_anything()
    args = parse_args(arguments)
    try:
        require_onnx()
        enhancer = resolve_enhancer(args.enhancer) if args.enhancer else default_enhancer()
        about = build(args.output, enhancer)
    except (OSError, ValueError, RuntimeError, ModuleNotFoundError) as error:
        raise SystemExit(f"error: {error}") from None
    print(json.dumps(about, indent=1))
    print(
        f"serve it: python -m http.server --directory {args.output} --bind 127.0.0.1 8000, then open http://127.0.0.1:8000/"
    )


if __name__ == "__main__":
    main()
