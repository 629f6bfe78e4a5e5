"""Start ``sympie-seg`` even where ``import sympie_seg`` fails, which is when the doctor is needed.

``sympie_seg/__init__.py`` imports mmseg and much else. This module stands outside the package, puts the
package in place without running that file, and only then imports the command line from it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec


def main(*verb: str) -> int:
    """Run the command line of SyMPIE-Seg; return its exit status.

    Args:
        verb: what the command line begins with before the words of ``sys.argv``: the files in ``tools/`` are one
            verb each.
    """
    if "sympie_seg" not in sys.modules:
        spec = find_spec("sympie_seg")
        if spec is None:
            raise ModuleNotFoundError("sympie_seg is not installed: run `pip install -e .`")
        sys.modules["sympie_seg"] = module_from_spec(spec)
    from sympie_seg.cli.main import main as run

    return run([*verb, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
