"""setup.py, requirements.txt and the other files around the package agree with each other."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import setuptools
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from sympie_seg.enhancer.shipped import SHIPPED
from sympie_seg.environment.packages import MMCV_LITE, PACKAGES, PYTHON
from sympie_seg.version import __version__

ROOT = Path(__file__).resolve().parents[1]
RANGES = {package.name: SpecifierSet(package.wanted()) for package in (*PACKAGES, MMCV_LITE)}


@pytest.fixture()
def setup_py(monkeypatch) -> dict[str, Any]:
    """What setup.py defines, and under ``asked`` what it tells setuptools; nothing is built."""
    asked: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", lambda **options: asked.update(options))
    return runpy.run_path(str(ROOT / "setup.py")) | {"asked": asked}


def pins() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


class TestRequirements:
    def test_doctor_knows_the_ranges_of_setup(self, setup_py):
        asked = setup_py["asked"]
        lines = asked["install_requires"] + asked["extras_require"]["cls"]
        ranges = {line.name: line.specifier for line in map(Requirement, lines)}
        ranges["albumentations"] = RANGES["albumentations"]  # == there, a range here
        ranges.setdefault("mmcv-lite", RANGES["mmcv-lite"])  # full mmcv where that is installed
        ranges.pop("mmcv", None)
        assert ranges == RANGES
        assert SpecifierSet(asked["python_requires"]) == SpecifierSet(PYTHON.wanted())

    def test_pins_lie_in_the_ranges(self):
        for pin in pins():
            [exact] = pin.specifier
            assert exact.operator == "=="
            assert RANGES[pin.name].contains(exact.version, prereleases=True), pin

    def test_doctor_names_the_pinned_versions(self):
        """Where a package is pinned twice, the pin for Python 3.11 counts."""
        current = [pin for pin in pins() if not pin.marker or pin.marker.evaluate(PY311)]
        tested = {package.name: package.tested for package in (*PACKAGES, MMCV_LITE)}
        tested.pop("mmpretrain")  # an extra
        assert {pin.name: next(iter(pin.specifier)).version for pin in current} == tested

    def test_both_opencv_wheels_are_pinned_alike(self):
        versions = {str(pin.specifier) for pin in pins() if pin.name.startswith("opencv")}
        assert len(versions) == 1

    def test_mmcv_lite_by_default(self, setup_py, monkeypatch, tmp_path):
        monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
        assert setup_py["mmcv_requirement"]() == "mmcv-lite>=2.0.0rc4,<2.2.0"

    def test_installed_mmcv_is_kept(self, setup_py, monkeypatch, tmp_path):
        metadata = tmp_path / "mmcv-2.1.0.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text("Metadata-Version: 2.1\nName: mmcv\nVersion: 2.1.0\n")
        monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
        assert setup_py["mmcv_requirement"]() == "mmcv>=2.0.0rc4,<2.2.0"


PY311 = {"python_version": "3.11", "python_full_version": "3.11.7"}

MAINTAINERS = ("tools/misc/", "tools/benchmark.py", "tools/build_web.py", "tools/check_wheel.py")


class TestBuild:
    def test_mim_folder_is_built_not_committed(self, tmp_path):
        """``build_py`` copies configs, tools and the model index; the source tree stays clean."""
        command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        mim = tmp_path / "sympie_seg" / ".mim"
        parts = {"checkpoints", "configs", "tools", "model-index.yml"}
        assert {entry.name for entry in mim.iterdir()} == parts
        shipped = {f"sympie_{name}.pth" for name in SHIPPED}
        assert {file.name for file in (mim / "checkpoints").iterdir()} == shipped
        for folder in ("configs", "tools"):
            wanted = {file.relative_to(ROOT) for file in (ROOT / folder).rglob("*.py")}
            wanted -= {file for file in wanted if file.as_posix().startswith(MAINTAINERS)}
            assert {file.relative_to(mim) for file in (mim / folder).rglob("*.py")} == wanted
        assert not list(mim.rglob("__pycache__"))
        assert not (ROOT / "sympie_seg" / ".mim").exists()
        assert (tmp_path / "sympie_seg_cli.py").is_file()

    def test_console_script(self, setup_py):
        scripts = setup_py["asked"]["entry_points"]["console_scripts"]
        assert scripts == ["sympie-seg = sympie_seg_cli:main"]
        assert setup_py["asked"]["py_modules"] == ["sympie_seg_cli"]


class TestFiles:
    def test_one_version_everywhere(self, setup_py):
        citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
        assert setup_py["asked"]["version"] == str(citation["version"]) == __version__

    def test_citation_names_the_paper(self):
        paper = yaml.safe_load((ROOT / "CITATION.cff").read_text())["preferred-citation"]
        assert [author["family-names"] for author in paper["authors"]] == [
            "Barbato", "Michieli", "Yucel", "Zanuttigh", "Ozay",
        ]  # fmt: skip
        assert paper["url"].endswith("2402.18402")

    def test_model_index_as_mim_reads_it(self):
        """mmengine wants ``Import``, a list of files that exist."""
        index = yaml.safe_load((ROOT / "model-index.yml").read_text())
        assert isinstance(index["Import"], list)
        assert all((ROOT / file).is_file() for file in index["Import"])
        load = pytest.importorskip("modelindex.load_model_index").load
        models = load(str(ROOT / "model-index.yml"))
        models.build_models_with_collections()
        assert all((ROOT / model.config).is_file() for model in models.models or [])

    def test_licence(self):
        text = (ROOT / "LICENSE").read_text()
        assert "Apache License" in text and "END OF TERMS AND CONDITIONS" in text
        assert re.search(r"CC BY-NC-SA 4\.0", (ROOT / "docs" / "WEIGHTS.md").read_text())


def test_the_source_archive_has_the_pages_that_the_site_takes_from_elsewhere() -> None:
    words = (ROOT / "MANIFEST.in").read_text(encoding="utf-8").split()
    assert {"CHANGELOG.md", "CONTRIBUTING.md", "README.md", "LICENSE"} <= set(words)
