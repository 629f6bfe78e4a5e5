"""Write an enhancer that filters less (or more): a share of its kernels beside their gain (docs/label-free.md).

    python tools/misc/scale_filtering.py general 0.7 -o work_dirs/general_less.pth

It smooths noise less, which some networks like better. The provenance says what was done.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.enhancer import file_sha256, load_enhancer, save_enhancer
from sympie_seg.enhancer.filtering import scale_filtering
from sympie_seg.enhancer.shipped import resolve_enhancer


def main() -> int:
    """Scale and write; 1 with one line if the file or the share cannot be used."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("enhancer", help="file or short name")
    parser.add_argument("share", type=float, help="of the filtering, in [0, 2]; 1 changes nothing")
    parser.add_argument("-o", "--out", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    try:
        enhancer, known = load_enhancer(args.enhancer)
        scaled = scale_filtering(enhancer, args.share)
        source = resolve_enhancer(args.enhancer)
        filtering = dict(file=Path(source).name, share=args.share, sha256=file_sha256(source))
        save_enhancer(args.out, scaled, {**known, "filtering": filtering})
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote '{args.out}'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
