"""Build script of SyMPIE-Seg: dependencies, and the folders that mim looks for inside the wheel."""

from __future__ import annotations

import shutil
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# The shipped enhancers go along: `sympie-seg enhance` takes them by short names.
SHIPPED = sorted(f"checkpoints/{path.name}" for path in (ROOT / "checkpoints").glob("sympie_*.pth"))
# What only maintainers run, in a checkout.
NOT_SHIPPED = ("tools/misc", "tools/benchmark.py", "tools/build_web.py", "tools/check_wheel.py")
MIM_PARTS = ("configs", "tools", "model-index.yml", *SHIPPED)
MMCV_RANGE = ">=2.0.0rc4,<2.2.0"  # mmseg 1.2.2 asserts it on import


def version() -> str:
    """Read the version without importing the package, whose imports may not be installed yet."""
    scope: dict[str, str] = {}
    exec((ROOT / "sympie_seg" / "version.py").read_text(encoding="utf-8"), scope)
    return scope["__version__"]


def mmcv_requirement() -> str:
    """mmcv-lite, unless the environment that we are installed into has full mmcv.

    Both distributions own the folder ``mmcv``; installed together they overwrite each other, and a
    requirement cannot say "one of two". So a build from source looks into the installing
    environment (sysconfig still points there when pip isolates the build) and asks for what is
    there. A published wheel always asks for mmcv-lite (tools/check_wheel.py makes sure): beside
    full mmcv, install it with ``--no-deps``.
    """
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    full = any(distributions(name="mmcv", path=folders))
    return f"mmcv{MMCV_RANGE}" if full else f"mmcv-lite{MMCV_RANGE}"


class BuildPyWithMim(build_py):
    """Put configs, tools and the model index where mim looks for them: ``sympie_seg/.mim``.

    They are copied into the build folder only; the source tree has neither copies nor symlinks,
    and an editable install (which builds nothing) uses the folders of the repository.
    """

    def run(self) -> None:
        """Build the package, then add ``.mim``."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "sympie_seg" / ".mim"
        shutil.rmtree(target, ignore_errors=True)
        for part in MIM_PARTS:
            copy(ROOT / part, target / part)


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, without Python's caches and what is not shipped."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=left_out)
    else:
        shutil.copy2(source, target)


def left_out(folder: str, names: list[str]) -> set[str]:
    """Name what of a folder is not copied, as ``shutil.copytree`` asks."""
    below = Path(folder).relative_to(ROOT)
    not_shipped = {name for name in names if (below / name).as_posix() in NOT_SHIPPED}
    return not_shipped | {name for name in names if name == "__pycache__" or name.endswith(".pyc")}


# The ranges are repeated in sympie_seg/environment/packages.py; tests/test_packaging.py compares the two.
INSTALL_REQUIRES = [
    "torch>=2.6",
    "torchvision>=0.21",
    "mmengine>=0.10.5,<1",
    mmcv_requirement(),
    "mmsegmentation>=1.2.2,<1.3",
    "numpy>=1.26",
    # mmengine asks for opencv-python, albumentations for opencv-python-headless. Both own the
    # folder cv2, so they have to be of one version (`sympie-seg doctor` checks).
    "opencv-python>=4.8",
    "opencv-python-headless>=4.8",
    "albumentations==2.0.8",  # the last MIT release
    "setuptools>=77,<82",  # mmengine and openmim import pkg_resources, which 82 removed
    "ftfy",  # `import mmseg.models` imports ftfy and regex, but mmseg does not ask for them
    "regex",
    "prettytable",
    "tensorboard",
    # What draws the report, the strips and the bars; torch, mmcv and mmengine bring them along too.
    "jinja2",
    "matplotlib",
    "pillow",
    "simplejpeg>=1.8",  # tells of damage inside JPEGs, where OpenCV and Pillow say nothing
    "rich",
]
EXTRAS = {
    "cls": ["mmpretrain>=1.2.0,<1.3"],
    "export": ["onnx>=1.17", "onnxruntime>=1.20", "onnxscript>=0.7"],
    # Gradio wants pillow < 13, which requirements.txt does not have (docs/app.md).
    "app": ["starlette>=1.0", "uvicorn>=0.35"],
    # What TorchNetwork and EnhancedNetwork are tested with; neither needs any of it.
    "networks": [
        "timm>=1.0",
        "segmentation-models-pytorch>=0.4",
        "transformers>=4.46",
        "safetensors",
    ],
    "docs": ["sphinx>=8", "myst-nb>=1.3", "furo", "ipykernel"],
    "dev": [
        "pytest>=8",
        "pytest-xdist>=3.5",
        "pytest-cov>=6",
        "ruff",
        "codespell>=2.3",
        "mypy>=1.15",
        "build",
        "wheel",
        "scikit-image",
        "imagecorruptions-imaug==1.1.5",  # what our corruptions are compared with
        "playwright>=1.40",  # drives Debian's chromium, which looks at the HTML report and the app
        "httpx2>=2.0; python_version >= '3.11'",  # what Starlette's TestClient is made of
    ],
}

setup(
    name="sympie-seg",
    version=version(),
    description="SyMPIE for mmsegmentation: a small enhancer in front of a frozen network",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8")
    if (ROOT / "README.md").is_file()
    else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10,<3.13",
    packages=find_packages(include=["sympie_seg", "sympie_seg.*"]),
    package_data={"sympie_seg": ["report/templates/*", "app/page/*"]},
    py_modules=["sympie_seg_cli"],
    install_requires=INSTALL_REQUIRES,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["sympie-seg = sympie_seg_cli:main"]},
    cmdclass={"build_py": BuildPyWithMim},
    zip_safe=False,
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
)
