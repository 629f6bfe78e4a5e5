"""Sphinx: `sphinx-build -W --keep-going docs work_dirs/site` builds the site, and fails at every warning."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sympie_seg

project = "SyMPIE-Seg"
copyright = "the SyMPIE-Seg contributors"
version = release = sympie_seg.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
highlight_language = "none"  # of blocks that name none: figures, equations, what a program printed
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_title = f"SyMPIE-Seg {version}"
html_show_copyright = False
html_copy_source = False

# The notebook has no outputs in the repository: the build runs it, and fails where a cell does. Its process has to find
# this checkout.
nb_execution_mode = "force"
nb_execution_timeout = 90
nb_execution_raise_on_error = True
nb_execution_show_tb = True
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [sys.path[0], os.environ.get("PYTHONPATH")])
)

myst_heading_anchors = 4  # links to #headings, as on GitHub
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # the attributes of a named tuple are documented once
python_use_unqualified_type_names = True
linkcheck_timeout = 20
linkcheck_anchors = False

# Pages that stand elsewhere in the repository, where GitHub looks for them, and their places in the site.
_ELSEWHERE = {
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog",
    "configs/README.md": "configs",
}
_DOCS = Path(__file__).resolve().parent
_LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)")


def _from_elsewhere(app: object, name: str, source: list[str]) -> None:
    """Read a page from where it stands, and lead links to such pages to their places in the site."""
    file = next((file for file, page in _ELSEWHERE.items() if page == name), None)
    own = _DOCS / f"{name}.md"
    base = own.parent
    if file is not None:
        source[0] = (_DOCS.parent / file).read_text(encoding="utf-8")
        base = (_DOCS.parent / file).parent

    def in_the_site(match: re.Match[str]) -> str:
        target = (base / match[1]).resolve()
        for file, page in _ELSEWHERE.items():
            if target == _DOCS.parent / file:
                target = _DOCS / f"{page}.md"
        return os.path.relpath(target, own.parent) if target.is_relative_to(_DOCS) else match[1]

    source[0] = _LINK.sub(in_the_site, source[0])


def setup(app: object) -> None:
    """Register what is above."""
    app.connect("source-read", _from_elsewhere)  # type: ignore[attr-defined]
