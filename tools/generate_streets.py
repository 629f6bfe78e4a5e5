"""``sympie-seg generate-streets``; a checkout need not be installed for it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sympie_seg_cli import main

if __name__ == "__main__":
    sys.exit(main("generate-streets"))
