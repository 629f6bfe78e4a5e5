"""Start ``sympie-seg`` even where ``import sympie_seg`` fails, which is when the doctor is needed.

``sympie_seg/__init__.py`` imports mmseg and much else. This module stands outside the package, puts the
package in place without running that file, and only then imports the command line from it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec


def put_package_in_place() -> None:
    """Let modules of ``sympie_seg`` be imported without running its ``__init__.py``.

    Raises:
        ModuleNotFoundError: if the package is not installed.
    """
    if "sympie_seg" not in sys.modules:
        spec = find_spec("sympie_seg")
        if spec is None:
            raise ModuleNotFoundError("sympie_seg is not installed: run `pip install -e .`")
        sys.modules["sympie_seg"] = module_from_spec(spec)


def main() -> int:
    """Run the command line of SyMPIE-Seg; return its exit status."""
    put_package_in_place()
    from sympie_seg.cli.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
