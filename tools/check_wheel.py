"""Build the wheel, install it elsewhere and use it from there; fails loudly.

    python tools/check_wheel.py

The wheel is built from the source archive, so that a file missing from either is noticed. It goes into an
empty environment that borrows every other package from the one running this; nothing is downloaded, and
nothing is written to the repository but setuptools' ``*.egg-info``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sympie_seg.enhancer.shipped import SHIPPED

ROOT = Path(__file__).resolve().parents[1]
MIM = "sympie_seg/.mim"
NOT_SHIPPED = ("tools/misc/", "tools/benchmark.py", "tools/build_web.py", "tools/check_wheel.py")

# Runs in the new environment, from an empty folder.
USE_IT = """
import sys
from pathlib import Path

import sympie_seg
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

package = Path(sympie_seg.__file__).parent
assert package.is_relative_to(sys.prefix), f"imported {package}, not the installed wheel"
configs = package / ".mim" / "configs"
files = sorted(file for file in configs.rglob("*.py") if "_base_" not in file.parts)
assert files, f"no config in {configs}"
built = 0
for file in files:
    name = file.relative_to(configs)
    try:
        config = Config.fromfile(file)
        if name.name.startswith("deeplabv2"):
            init_default_scope("mmseg")
            config.model.backbone.pop("init_cfg", None)  # would download ImageNet weights
            config.model.pretrained = None
            MODELS.build(config.model)
            built += 1
    except Exception as error:
        raise SystemExit(f"{name}: {type(error).__name__}: {error}") from error
assert built, "no DeepLabV2 config was built"
mine = Path("mine.py")
for name in (file.relative_to(configs).as_posix() for file in files):
    mine.write_text(f"_base_ = 'sympie_seg::{name}'")
    inherited = Config.fromfile(mine).to_dict()
    assert inherited == Config.fromfile(configs / name).to_dict(), f"sympie_seg::{name} differs"
print(f"{len(files)} configs read, {built} DeepLabV2 models built from {package}")
"""


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command; show its output and stop if it fails."""
    # PYTHONPATH could put the repository before the wheel.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    child = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if child.returncode:
        raise SystemExit(f"{child.stdout}\nFAILED: {' '.join(str(part) for part in command[:4])}")
    return child.stdout


def build_wheel(folder: Path) -> Path:
    """Build the source archive, and the wheel from that; return the wheel."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return next(folder.glob("*.whl"))


def source_files() -> set[str]:
    """List what ``.mim`` has to hold: configs, tools for users, the model index, the shipped enhancers."""
    names = {"model-index.yml", *(f"checkpoints/sympie_{name}.pth" for name in SHIPPED)}
    for folder in ("configs", "tools"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and file.suffix != ".pyc":
                names.add(file.relative_to(ROOT).as_posix())
    return {name for name in names if not name.startswith(NOT_SHIPPED)}


def check_contents(wheel: Path) -> None:
    """Compare the files and the requirements in the wheel with the repository."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata_name = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(metadata_name).decode()
    shipped = {name.removeprefix(MIM + "/") for name in names if name.startswith(MIM + "/")}
    if shipped != source_files():
        raise SystemExit(f"{MIM} and the repository differ in {sorted(shipped ^ source_files())}")
    tops = {name.split("/")[0] for name in names} - {metadata_name.split("/")[0]}
    if tops != {"sympie_seg", "sympie_seg_cli.py"}:
        raise SystemExit(f"the wheel installs more than the package: {sorted(tops)}")
    # Modules, and what lies beside them, such as the report's templates.
    package = (p for p in (ROOT / "sympie_seg").rglob("*") if p.is_file() and p.suffix != ".pyc")
    if missing := {p.relative_to(ROOT).as_posix() for p in package} - set(names):
        raise SystemExit(f"the wheel lacks {sorted(missing)}")
    if "Requires-Dist: mmcv-lite" not in metadata:
        raise SystemExit("a wheel to be published has to ask for mmcv-lite: build it without mmcv")


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel alone into a new environment; return that environment's Python."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / "python"
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel
    )
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(run(python, "-c", code).strip())
    # Path files inside a borrowed folder are not read, so an editable sympie-seg there stays out.
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n")
    return python


def main() -> None:
    """Build, compare, install, use."""
    with tempfile.TemporaryDirectory(prefix="check_wheel_") as temporary:
        folder = Path(temporary)
        wheel = build_wheel(folder / "dist")
        check_contents(wheel)
        python = install(wheel, folder / "venv")
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        print(run(python, "-c", USE_IT, cwd=elsewhere).strip().splitlines()[-1])
        print(run(python.with_name("sympie-seg"), "doctor", cwd=elsewhere).strip())
        print(f"check_wheel: {wheel.name} is good ({wheel.stat().st_size / 1024:.0f} KB)")


if __name__ == "__main__":
    main()
