"""Write the weighted mean of enhancer files that were trained from one start.

    python tools/misc/average_enhancers.py 0.5=checkpoints/sympie_cityscapes.pth 0.5=work_dirs/RUN/enhancer_last.pth \
        -o work_dirs/mean.pth

The provenance of the result names each file with its weight and sha256, and every network that one of them has met.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.enhancer import file_sha256, load_enhancer, save_enhancer
from sympie_seg.enhancer.averaging import average_enhancers
from sympie_seg.enhancer.shipped import resolve_enhancer
from sympie_seg.models.frozen.fingerprint import networks_met


def main() -> int:
    """Average and write; 1 with one line if a file or weight cannot be used."""
    args = parse_args()
    try:
        parts = [(*load_enhancer(path), path, weight) for weight, path in args.files]
        mean = average_enhancers([part[0] for part in parts], [part[3] for part in parts])
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    networks = sorted({one for _, known, _, _ in parts for one in networks_met(known)})
    mean_of = [
        dict(file=Path(path).name, weight=weight, sha256=file_sha256(resolve_enhancer(path)))
        for _, _, path, weight in parts
    ]
    save_enhancer(args.out, mean, {"mean_of": mean_of, "networks": networks})
    print(f"wrote '{args.out}'")
    return 0


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "files", nargs="+", type=weighted, metavar="WEIGHT=FILE", help="at least two"
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help="file to write")
    return parser.parse_args()


def weighted(text: str) -> tuple[float, str]:
    """Split WEIGHT=FILE."""
    number, _, path = text.partition("=")
    try:
        weight = float(number)
    except ValueError:
        path = ""
    if not path:
        raise argparse.ArgumentTypeError(
            f"expected WEIGHT=FILE, such as 0.5=cityscapes, got '{text}'"
        )
    return weight, path


if __name__ == "__main__":
    sys.exit(main())
