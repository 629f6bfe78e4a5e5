"""The packages that SyMPIE-Seg uses: the versions that it accepts, was tested with, and finds installed."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

__all__ = [
    *("FORKS", "MMCV", "MMCV_LITE", "OTHER_OPENCV", "PACKAGES", "PYTHON", "Package", "Versions"),
    *("has_compiled_ops", "installed_versions", "release"),
]


@dataclass(frozen=True)
class Package:
    """One distribution that SyMPIE-Seg uses, and the versions of it that it was written for."""

    name: str
    minimum: str = ""
    below: str = ""
    tested: str = ""  # the version that the project's own tests ran with
    optional: bool = False

    def accepts(self, installed: str) -> bool:
        """Whether a version lies in the range that setup.py asks for."""
        if self.minimum and release(installed) < release(self.minimum):
            return False
        return not (self.below and release(installed) >= release(self.below))

    def wanted(self) -> str:
        """The range as pip writes it; empty if any version will do."""
        if self.minimum and self.minimum == self.tested and not self.below:
            return f">={self.minimum}"
        limits = [(">=", self.minimum), ("<", self.below)]
        return ",".join(sign + limit for sign, limit in limits if limit)


# The ranges of setup.py (tests/test_packaging.py compares the two); the versions of requirements.txt.
PACKAGES = (
    Package("torch", "2.6", tested="2.14.1"),
    Package("torchvision", "0.21", tested="0.29.1"),
    Package("mmengine", "0.10.5", "1", tested="0.10.7"),
    Package("mmsegmentation", "1.2.2", "1.3", tested="1.2.2"),
    Package("mmpretrain", "1.2.0", "1.3", tested="1.2.0", optional=True),
    Package("numpy", "1.26", tested="2.4.6"),
    Package("opencv-python", "4.8", tested="5.0.0.93"),
    Package("opencv-python-headless", "4.8", tested="5.0.0.93"),
    Package("albumentations", "2.0.8", "2.0.9", tested="2.0.8"),
    Package("setuptools", "77", "82", tested="81.0.0"),
    Package("ftfy", tested="6.3.1"),
    Package("regex", tested="2026.11.15"),
    Package("prettytable", tested="3.18.0"),
    Package("tensorboard", tested="2.21.0"),
    Package("jinja2", tested="3.1.6"),
    Package("matplotlib", tested="3.11.2"),
    Package("pillow", tested="13.0.0"),
    Package("simplejpeg", "1.8", tested="1.9.0"),
    Package("rich", tested="15.0.0"),
)
MMCV = Package("mmcv", "2.0.0rc4", "2.2.0", tested="2.1.0")
MMCV_LITE = Package("mmcv-lite", "2.0.0rc4", "2.2.0", tested="2.1.0")
PYTHON = Package("python", "3.10", "3.13", tested="3.11")

# Other distributions that fill the same folders, and so overwrite what we use.
OTHER_OPENCV = ("opencv-contrib-python", "opencv-contrib-python-headless")
FORKS = {
    "mmcv-full": "mmcv",
    "onedl-mmcv": "mmcv",
    "onedl-mmengine": "mmengine",
    "onedl-mmsegmentation": "mmseg",
    "onedl-mmpretrain": "mmpretrain",
}

Versions = Mapping[str, str]


def release(text: str) -> tuple[int, ...]:
    """Read the leading numbers of a version; what follows them (rc4, +cu130) is left out.

    >>> release("2.0.0rc4"), release("2.14.1+cu130"), release("1")
    ((2, 0, 0), (2, 14, 1), (1,))
    """
    numbers = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(number) for number in numbers.group().split(".")) if numbers else ()


def installed_versions() -> dict[str, str]:
    """Find the version of every distribution that matters here; absent ones are left out.

    Returns:
        Versions by distribution name, and Python's under ``python``.
    """
    names = [package.name for package in (*PACKAGES, MMCV, MMCV_LITE)] + [*OTHER_OPENCV, *FORKS]
    versions = {"python": platform.python_version()}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def has_compiled_ops() -> bool:
    """Whether the installed ``mmcv`` has its compiled operators; does not import it."""
    spec = find_spec("mmcv")
    folders = (spec.submodule_search_locations if spec else None) or []
    return any(list(Path(folder).glob("_ext*")) for folder in folders)
