"""Sphinx: `python tools/misc/build_docs.py` builds the site into work_dirs/site, and fails at every warning."""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sympie_seg

project = "SyMPIE-Seg"
copyright = "the SyMPIE-Seg contributors"
version = release = sympie_seg.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"SyMPIE-Seg {version}"
html_show_copyright = False
html_copy_source = False

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

# Pages that stand at the top of the repository, where GitHub looks for them, have a copy in the site.
_AT_THE_TOP = {"CONTRIBUTING": "contributing", "CHANGELOG": "changelog"}


def _links_to_the_top(app: object, name: str, source: list[str]) -> None:
    """Lead ``../CONTRIBUTING.md`` to the site's copy of that page."""
    for file, page in _AT_THE_TOP.items():
        up = "../" * (1 + name.count("/"))
        source[0] = re.sub(rf"\]\({re.escape(up)}{file}\.md", f"]({up[3:]}{page}.md", source[0])


def setup(app: object) -> None:
    """Register what is above."""
    app.connect("source-read", _links_to_the_top)  # type: ignore[attr-defined]
