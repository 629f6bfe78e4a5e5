"""``sympie-seg doctor``: which versions are installed, what is wrong with them, and how to fix it.

The doctor has to work where nothing else does. It reads the metadata of installed packages instead of
importing them, needs the standard library only, and tries real imports in a child process.
"""

from __future__ import annotations

import argparse
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

__all__ = ["Package", "Problem", "find_problems", "installed_versions", "main"]


@dataclass(frozen=True)
class Package:
    """One distribution that SyMPIE-Seg uses, and the versions of it that it was written for."""

    name: str
    minimum: str = ""
    below: str = ""
    tested: str = ""  # the version that the project's own tests ran with
    optional: bool = False

    def accepts(self, found: str) -> bool:
        """Whether a version lies in the range that setup.py asks for."""
        if self.minimum and release(found) < release(self.minimum):
            return False
        return not (self.below and release(found) >= release(self.below))

    def wanted(self) -> str:
        """The range as pip writes it; empty if any version will do."""
        if self.minimum and self.minimum == self.tested and not self.below:
            return f">={self.minimum}"
        limits = [(">=", self.minimum), ("<", self.below)]
        return ",".join(sign + limit for sign, limit in limits if limit)


@dataclass(frozen=True)
class Problem:
    """Something wrong with the environment; ``broken`` is False where it is only worth knowing."""

    what: str
    fix: str
    broken: bool = True


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
PIP = f"{sys.executable} -m pip"

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
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def has_compiled_ops() -> bool:
    """Whether the installed ``mmcv`` has its compiled operators; does not import it."""
    spec = find_spec("mmcv")
    folders = (spec.submodule_search_locations if spec else None) or []
    return any(list(Path(folder).glob("_ext*")) for folder in folders)


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
    problems += [found for package in PACKAGES for found in package_problems(package, versions)]
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
    found = versions.get(package.name)
    install = f'{PIP} install "{package.name}{package.wanted()}"'
    if found is None:
        replaced = f"onedl-{package.name}" in versions
        return (
            []
            if package.optional or replaced
            else [Problem(f"{package.name} is not installed", install)]
        )
    if not package.accepts(found):
        # setuptools without pkg_resources is explained by setuptools_problems.
        what = f"{package.name} {found} is outside {package.wanted()}"
        return [] if package.name == "setuptools" else [Problem(what, install)]
    if package.minimum and release(found) > release(package.tested):
        what = f"{package.name} {found} is newer than the tested {package.tested}"
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
    found = versions[package.name]
    if not package.accepts(found):
        what = f"{package.name} {found}: mmsegmentation 1.2.2 accepts {package.wanted()} only"
        lite = package is MMCV_LITE
        fix = install_lite if lite else f"{PIP} uninstall -y mmcv && {install_lite}"
        return [Problem(what, fix)]
    if package is MMCV and not compiled_ops:
        what = f"mmcv {found} was built without its compiled operators"
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
    found = versions.get("setuptools")
    if found is None or (pkg_resources and wanted.accepts(found)):
        return []  # a missing setuptools is reported with the other packages
    broken = not pkg_resources
    reason = "has no pkg_resources, which mmengine imports" if broken else "is untested"
    what = f"setuptools {found} {reason}; {wanted.wanted()} is wanted"
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


def fork_note(fork: str, found: str) -> Problem:
    """Say that a fork is used; only a short run was tried there."""
    what = f"{fork} {found} is installed instead of {fork.removeprefix('onedl-')}: tried, but not the tested set"
    fix = "nothing, if it is meant (docs/openmmlab.md); all four forks go together"
    return Problem(what, fix, broken=False)


def run_python(code: str) -> tuple[bool, str]:
    """Run code in a child process, where a failing or crashing import does no harm.

    Returns:
        Whether it succeeded, and the last line that it printed (an error, if it failed).
    """
    try:
        child = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        return False, "no answer within 300 seconds"
    printed = (child.stderr if child.returncode else child.stdout).strip().splitlines()
    return child.returncode == 0, printed[-1] if printed else f"exit status {child.returncode}"


def cuda_state() -> str:
    """Say what torch can compute on, by importing it in a child process."""
    works, answer = run_python(
        "import torch; n = torch.cuda.device_count() if torch.cuda.is_available() else 0; "
        "print(f'CUDA: {n} x {torch.cuda.get_device_name(0)}' if n else 'CUDA: no, CPU only')"
    )
    return answer if works else f"import fails: {answer}"


def import_problems() -> list[Problem]:
    """Try ``import sympie_seg`` with its mmseg side for real, in a child process."""
    works, answer = run_python("import sympie_seg.models")
    if works:
        return []
    fix = "fix what is listed above; if nothing is, install again in a fresh virtual environment"
    if "libGL" in answer or "libgthread" in answer:
        # The headless wheel needs no desktop libraries; the last one installed owns cv2.
        fix = f"{PIP} install --force-reinstall --no-deps opencv-python-headless=={opencv()}"
    return [Problem(f"import sympie_seg fails: {answer}", fix)]


def opencv() -> str:
    """The version that a reinstalled headless OpenCV should have."""
    return installed_versions().get("opencv-python", "5.0.0.93")


def table(versions: Versions, compiled_ops: bool, cuda: str) -> str:
    """Set found, wanted and tested versions in columns."""
    rows = [("", "found", "wanted", "tested", ""), row(PYTHON, versions, sys.executable)]
    for package in PACKAGES:
        rows.append(row(package, versions, cuda if package.name == "torch" else ""))
        if package.name == "mmengine":
            ops = "compiled operators: " + ("yes" if compiled_ops else "no")
            listed = [one for one in (MMCV, MMCV_LITE) if one.name in versions] or [MMCV_LITE]
            rows += [row(one, versions, ops) for one in listed]
    widths = [max(len(line[column]) for line in rows) for column in range(4)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]
        ).rstrip()
        for line in rows
    )


def row(package: Package, versions: Versions, remark: str) -> tuple[str, str, str, str, str]:
    """One line of the table."""
    absent = "- (optional)" if package.optional else "MISSING"
    if f"onedl-{package.name.removesuffix('-lite')}" in versions:
        absent = "onedl fork"
    found = versions.get(package.name, absent)
    return package.name, found, package.wanted() or "any", package.tested, remark


def report(problems: list[Problem]) -> str:
    """Write the findings, each with the command that fixes it."""
    if not problems:
        return "All is well."
    return "\n".join(
        f"{'BROKEN' if problem.broken else 'note'}: {problem.what}\n  fix: {problem.fix}"
        for problem in problems
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--no-import", action="store_true", help="look at versions only; import nothing (quick)"
    )


def run(args: argparse.Namespace) -> int:
    """Run as the options say; see :func:`main`."""
    return main(try_imports=not args.no_import)


def main(try_imports: bool = True) -> int:
    """Print the state of this environment.

    Args:
        try_imports: also import torch and sympie_seg in child processes; some seconds each.

    Returns:
        1 if something required is broken, else 0.
    """
    versions, compiled_ops = installed_versions(), has_compiled_ops()
    print(table(versions, compiled_ops, cuda_state() if try_imports else ""))
    problems = find_problems(
        versions, compiled_ops=compiled_ops, pkg_resources=find_spec("pkg_resources") is not None
    )
    problems += import_problems() if try_imports else []
    print("\n" + report(problems))
    return int(any(problem.broken for problem in problems))
