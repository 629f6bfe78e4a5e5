"""Judgements on simulated environments."""

from __future__ import annotations

import pytest

from sympie_seg.environment import imports
from sympie_seg.environment.packages import MMCV_LITE, PACKAGES
from sympie_seg.environment.problems import find_problems


def healthy(**changes: str | None) -> dict[str, str]:
    """The tested environment with some versions changed; None takes a package away."""
    versions = {package.name: package.tested for package in (*PACKAGES, MMCV_LITE)}
    versions["python"] = "3.11.7"
    for name, version in changes.items():
        versions[name.replace("_", "-")] = version
    return {name: version for name, version in versions.items() if version is not None}


class TestFindProblems:
    def test_tested_environment_is_well(self):
        assert find_problems(healthy()) == []

    def test_optional_package_may_be_missing(self):
        assert find_problems(healthy(mmpretrain=None)) == []

    @pytest.mark.parametrize("name", [package.name for package in PACKAGES if not package.optional])
    def test_missing_package(self, name: str):
        [problem] = find_problems(healthy(**{name: None}))
        assert problem.broken
        assert problem.what == f"{name} is not installed"
        assert f'-m pip install "{name}' in problem.fix

    @pytest.mark.parametrize(
        ("name", "version", "wanted"),
        [
            ("torch", "2.5.1+cu124", "torch>=2.6"),
            ("mmengine", "0.10.4", "mmengine>=0.10.5,<1"),
            ("mmengine", "1.0.0", "mmengine>=0.10.5,<1"),
            ("mmsegmentation", "1.1.0", "mmsegmentation>=1.2.2,<1.3"),
            ("mmpretrain", "1.1.1", "mmpretrain>=1.2.0,<1.3"),
            ("numpy", "1.24.4", "numpy>=1.26"),
            ("albumentations", "2.0.9", "albumentations>=2.0.8,<2.0.9"),
        ],
    )
    def test_version_out_of_range(self, name: str, version: str, wanted: str):
        [problem] = find_problems(healthy(**{name: version}))
        assert problem.broken
        assert f"{name} {version} is outside" in problem.what
        assert wanted in problem.fix

    @pytest.mark.parametrize("version", ["3.9.18", "3.13.0"])
    def test_python_out_of_range(self, version: str):
        [problem] = find_problems(healthy(python=version))
        assert problem.broken and version in problem.what

    def test_newer_than_tested_is_a_note(self):
        [problem] = find_problems(healthy(torch="3.0.0"))
        assert not problem.broken
        assert "torch==2.14.1" in problem.fix

    def test_local_version_is_not_newer(self):
        assert find_problems(healthy(torch="2.14.1+cu130")) == []

    def test_no_mmcv(self):
        [problem] = find_problems(healthy(mmcv_lite=None))
        assert problem.broken and "neither" in problem.what
        assert 'install "mmcv-lite>=2.0.0rc4,<2.2.0"' in problem.fix

    def test_full_mmcv_is_well(self):
        versions = healthy(mmcv_lite=None, mmcv="2.1.0")
        assert find_problems(versions, compiled_ops=True) == []

    def test_full_mmcv_without_operators_is_a_note(self):
        [problem] = find_problems(healthy(mmcv_lite=None, mmcv="2.1.0"), compiled_ops=False)
        assert not problem.broken and "compiled operators" in problem.what

    def test_both_mmcv(self):
        [problem] = find_problems(healthy(mmcv="2.1.0"), compiled_ops=True)
        assert problem.broken and "both installed" in problem.what
        assert "uninstall -y mmcv mmcv-lite" in problem.fix

    @pytest.mark.parametrize("name", ["mmcv", "mmcv-lite"])
    @pytest.mark.parametrize("version", ["2.2.0", "2.2.0rc1", "1.7.2"])
    def test_mmcv_that_mmseg_refuses(self, name: str, version: str):
        versions = healthy(mmcv_lite=None) | {name: version}
        [problem] = find_problems(versions, compiled_ops=True)
        assert problem.broken and f"{name} {version}" in problem.what
        assert "mmcv-lite>=2.0.0rc4,<2.2.0" in problem.fix

    def test_release_candidate_in_range(self):
        assert find_problems(healthy(mmcv_lite="2.0.0rc4")) == []

    def test_two_opencv_versions(self):
        [problem] = find_problems(healthy(opencv_python_headless="4.11.0.86"))
        assert problem.broken
        assert '"opencv-python==5.0.0.93" "opencv-python-headless==5.0.0.93"' in problem.fix

    def test_contrib_opencv_counts(self):
        [problem] = find_problems(healthy(opencv_contrib_python="4.9.0.80"))
        assert problem.broken and "opencv-contrib-python 4.9.0.80" in problem.what

    def test_setuptools_without_pkg_resources(self):
        [problem] = find_problems(healthy(setuptools="82.0.1"), pkg_resources=False)
        assert problem.broken and "pkg_resources" in problem.what
        assert 'install "setuptools>=77,<82"' in problem.fix

    def test_old_setuptools_is_a_note(self):
        [problem] = find_problems(healthy(setuptools="65.5.0"))
        assert not problem.broken

    def test_fork_under_the_same_name(self):
        [problem] = find_problems(healthy(onedl_mmcv="2.3.6"))
        assert problem.broken and "uninstall -y onedl-mmcv" in problem.fix

    def test_forks_instead_of_the_stock_packages(self):
        """They work (.ci/smoke_onedl.sh); nobody is told to uninstall them."""
        forks = dict(onedl_mmcv="2.3.6", onedl_mmengine="0.10.12", onedl_mmsegmentation="1.4.2")
        stock = dict(mmcv_lite=None, mmengine=None, mmsegmentation=None)
        problems = find_problems(healthy(**forks, **stock))
        assert len(problems) == 3 and not any(problem.broken for problem in problems)
        assert all("instead of" in problem.what for problem in problems)
        [beside, *others] = find_problems(healthy(**(forks | stock | {"mmcv_lite": "2.1.0"})))
        assert beside.broken and "also installs the folder 'mmcv'" in beside.what
        assert not any(problem.broken for problem in others)

    def test_broken_comes_before_notes(self):
        problems = find_problems(healthy(torch="3.0.0", ftfy=None, mmcv="2.1.0"))
        assert [problem.broken for problem in problems] == [True, True, False]


class TestImportProblems:
    def test_names_the_headless_wheel_where_libgl_is_missing(self, monkeypatch):
        error = "ImportError: libGL.so.1: cannot open shared object file"
        monkeypatch.setattr(imports, "run_python", lambda code: (False, error))
        [problem] = imports.import_problems()
        assert "--force-reinstall --no-deps opencv-python-headless==" in problem.fix
