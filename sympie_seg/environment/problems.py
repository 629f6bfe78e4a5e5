"""What is wrong with the installed versions, judged by their numbers alone, and the command that fixes it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from sympie_seg.environment.packages import (
    FORKS,
    MMCV,
    MMCV_LITE,
    OTHER_OPENCV,
    PACKAGES,
    PYTHON,
    Package,
    Versions,
    release,
)

__all__ = ["PIP", "Problem", "find_problems"]

PIP = f"{sys.executable} -m pip"


@dataclass(frozen=True)
class Problem:
    """Something wrong with the environment; ``broken`` is False where it is only worth knowing."""

    what: str
    fix: str
    broken: bool = True


def find_problems(
    versions: Versions, *, compiled_ops: bool = False, pkg_resources: bool = True
) -> list[Problem]:
    """Judge an environment by its versions alone.

    Args:
        versions: version by distribution name, and Python's under ``python``.
        compiled_ops: whether the installed mmcv has its compiled operators.
        pkg_resources: whether a module of that name can be found.

    Returns:
        Problems, the root causes first; empty if all is well.
    """
    problems = python_problems(versions)
    problems += [problem for package in PACKAGES for problem in package_problems(package, versions)]
    problems += mmcv_problems(versions, compiled_ops)
    problems += opencv_problems(versions)
    problems += setuptools_problems(versions, pkg_resources)
    problems += fork_problems(versions)
    return sorted(problems, key=lambda problem: not problem.broken)


def python_problems(versions: Versions) -> list[Problem]:
    """Check the version of Python."""
    if PYTHON.accepts(versions["python"]):
        return []
    what = f"Python {versions['python']} is outside {PYTHON.wanted()}"
    return [Problem(what, "python3.11 -m venv .venv && . .venv/bin/activate, then install again")]


def package_problems(package: Package, versions: Versions) -> list[Problem]:
    """Check that one package is there and lies in its range."""
    installed = versions.get(package.name)
    install = f'{PIP} install "{package.name}{package.wanted()}"'
    if installed is None:
        replaced = f"onedl-{package.name}" in versions
        return (
            []
            if package.optional or replaced
            else [Problem(f"{package.name} is not installed", install)]
        )
    if not package.accepts(installed):
        # setuptools without pkg_resources is explained by setuptools_problems.
        what = f"{package.name} {installed} is outside {package.wanted()}"
        return [] if package.name == "setuptools" else [Problem(what, install)]
    if package.minimum and release(installed) > release(package.tested):
        what = f"{package.name} {installed} is newer than the tested {package.tested}"
        fix = f'if something fails: {PIP} install "{package.name}=={package.tested}"'
        return [Problem(what, fix, broken=False)]
    return []


def mmcv_problems(versions: Versions, compiled_ops: bool) -> list[Problem]:
    """Check that exactly one of mmcv and mmcv-lite is there, of a version that mmseg accepts."""
    install_lite = f'{PIP} install "mmcv-lite{MMCV_LITE.wanted()}"'
    present = [package for package in (MMCV, MMCV_LITE) if package.name in versions]
    if len(present) == 2:
        what = (
            f"mmcv {versions['mmcv']} and mmcv-lite {versions['mmcv-lite']} are both installed; "
            "they overwrite each other's files"
        )
        # Taking one away removes files of the other, so both go.
        fix = f"{PIP} uninstall -y mmcv mmcv-lite && {install_lite}  (or: {mim_install()})"
        return [Problem(what, fix)]
    if not present and "onedl-mmcv" in versions:
        return []
    if not present:
        return [Problem("neither mmcv nor mmcv-lite is installed", install_lite)]
    package = present[0]
    installed = versions[package.name]
    if not package.accepts(installed):
        what = f"{package.name} {installed}: mmsegmentation 1.2.2 accepts {package.wanted()} only"
        lite = package is MMCV_LITE
        fix = install_lite if lite else f"{PIP} uninstall -y mmcv && {install_lite}"
        return [Problem(what, fix)]
    if package is MMCV and not compiled_ops:
        what = f"mmcv {installed} was built without its compiled operators"
        return [Problem(what, f"{PIP} uninstall -y mmcv && {mim_install()}", broken=False)]
    return []


def mim_install() -> str:
    """Say how full mmcv is installed."""
    return f'{PIP} install openmim && mim install "mmcv{MMCV.wanted()}"'


def opencv_problems(versions: Versions) -> list[Problem]:
    """Check that all OpenCV wheels, which share the folder ``cv2``, are of one version."""
    names = ("opencv-python", "opencv-python-headless", *OTHER_OPENCV)
    present = {name: versions[name] for name in names if name in versions}
    if len(set(present.values())) < 2:
        return []
    listed = ", ".join(f"{name} {number}" for name, number in present.items())
    newest = max(present.values(), key=release)
    pins = " ".join(f'"{name}=={newest}"' for name in present)
    return [
        Problem(
            f"OpenCV wheels of different versions overwrite each other: {listed}",
            f"{PIP} install --force-reinstall --no-deps {pins}",
        )
    ]


def setuptools_problems(versions: Versions, pkg_resources: bool) -> list[Problem]:
    """Check for ``pkg_resources``, which mmengine imports and setuptools 82 removed."""
    wanted = next(package for package in PACKAGES if package.name == "setuptools")
    installed = versions.get("setuptools")
    if installed is None or (pkg_resources and wanted.accepts(installed)):
        return []  # a missing setuptools is reported with the other packages
    broken = not pkg_resources
    reason = "has no pkg_resources, which mmengine imports" if broken else "is untested"
    what = f"setuptools {installed} {reason}; {wanted.wanted()} is wanted"
    return [Problem(what, f'{PIP} install "setuptools{wanted.wanted()}"', broken)]


def fork_problems(versions: Versions) -> list[Problem]:
    """Check for distributions that install other code under the same import names."""
    return [
        fork_note(fork, versions[fork])
        if stands_alone(fork, versions)
        else Problem(
            f"{fork} {versions[fork]} also installs the folder {folder!r}",
            f"{PIP} uninstall -y {fork}, then install SyMPIE-Seg again with --force-reinstall",
        )
        for fork, folder in FORKS.items()
        if fork in versions
    ]


def stands_alone(fork: str, versions: Versions) -> bool:
    """Whether a maintained fork is installed instead of the stock package, not beside it."""
    stock = fork.removeprefix("onedl-")
    names = ("mmcv", "mmcv-lite", "mmcv-full") if stock == "mmcv" else (stock,)
    return fork != stock and not any(name in versions for name in names)


def fork_note(fork: str, installed: str) -> Problem:
    """Say that a fork is used; only a short run was tried there."""
    what = f"{fork} {installed} is installed instead of {fork.removeprefix('onedl-')}: tried, but not the tested set"
    fix = "nothing, if it is meant (docs/openmmlab.md); all four forks go together"
    return Problem(what, fix, broken=False)
