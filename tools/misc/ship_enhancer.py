"""Write a trained enhancer as the project ships it: weights in float16, and all that is known of where they come from.

    python tools/misc/ship_enhancer.py work_dirs/RUN/enhancer_best.pth checkpoints/sympie_NAME.pth \
        --trained-through 'SINet (Cityscapes)' --images 'CamVid, 0006R0 and 0016E5' --terms 'research use' \
        --command 'python tools/train.py CONFIG --amp' [--strength 1] [--refinement 0.4 0.8] [--dead-zone 0.3 0.5]

The file is written only if enhanced pictures stay within half a grey level of those that the float32 weights give: on
photographs that scikit-image ships, clean and under four corruptions.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.api import enhance
from sympie_seg.corruptions import corrupt
from sympie_seg.enhancer import SyMPIE, file_sha256, load_enhancer, save_enhancer
from sympie_seg.enhancer.distances import check_distances
from sympie_seg.enhancer.parameters import check_strength
from sympie_seg.models.frozen.fingerprint import UNKNOWN_NETWORK, weights_fingerprint

PICTURES = ("astronaut", "chelsea", "coffee", "rocket")
CORRUPTIONS = ("fog", "darken", "gaussian_noise", "contrast")
MOST_LEVELS = 0.5


def main() -> int:
    """Convert, compare, write; 1 if the difference is too large."""
    args = parse_args()
    enhancer, provenance = load_enhancer(args.source)
    if args.strength is not None:
        enhancer.strength = args.strength
    if args.refinement is not None:
        enhancer.refinement = args.refinement
    if args.dead_zone is not None:
        enhancer.dead_zone = args.dead_zone
    halved = SyMPIE(**enhancer.config)
    halved.load_state_dict({k: rounded(v) for k, v in enhancer.state_dict().items()})
    levels = largest_difference(enhancer.eval(), halved.eval())
    print(f"largest difference from float32: {levels:.3f} grey levels")
    if levels > MOST_LEVELS:
        print(
            f"error: more than {MOST_LEVELS} grey levels; '{args.out}' was not written",
            file=sys.stderr,
        )
        return 1
    for name in ("trained_through", "images", "terms", "command"):
        provenance[name] = getattr(args, name)
    if args.also_met:
        # Of a training that started from a file which does not name its networks.
        known = set(provenance.get("networks", ())) - {UNKNOWN_NETWORK}
        met = {weights_fingerprint(weights_of(path)) for path in args.also_met}
        provenance["networks"] = sorted(known | met)
    provenance["float32_sha256"] = file_sha256(args.source)
    save_enhancer(args.out, halved.half(), provenance)
    print(
        f"wrote '{args.out}': strength {halved.strength:g}, refinement {halved.refinement}, "
        f"dead zone {halved.dead_zone}, "
        f"{args.out.stat().st_size:,} bytes, sha256 {file_sha256(args.out)}"
    )
    return 0


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="enhancer file of a training")
    parser.add_argument("out", type=Path, help="file to write")
    parser.add_argument("--trained-through", nargs="+", required=True, help="networks")
    parser.add_argument("--images", nargs="+", required=True, help="datasets")
    parser.add_argument("--terms", required=True, help="what the weights may be used for")
    parser.add_argument("--command", required=True, help="the training's command line")
    parser.add_argument(
        "--also-met", nargs="+", metavar="CHECKPOINT", default=(),
        help="networks that the file which training started from was trained through, where it does not tell",
    )  # fmt: skip
    parser.add_argument(
        "--strength", type=float, metavar="S",
        help="the file's own strength, 0 to 2, chosen without test data: used wherever none is given (default: as in "
        "source, 1 in files of a training)",
    )  # fmt: skip
    parser.add_argument(
        "--refinement", type=float, nargs=2, metavar=("LOW", "HIGH"),
        help="the file estimates a second time where the first estimate lies further than LOW from identity, in full "
        "from HIGH on; chosen without test data (default: as in source)",
    )  # fmt: skip
    parser.add_argument(
        "--dead-zone", type=float, nargs=2, metavar=("LOW", "HIGH"),
        help="the file leaves images as they are whose estimate lies at most LOW from identity, and follows it in full "
        "from HIGH on; chosen without test data (default: as in source)",
    )  # fmt: skip
    args = parser.parse_args()
    checks = {
        "strength": check_strength,
        "refinement": partial(check_distances, name="refinement"),
        "dead_zone": partial(check_distances, name="dead_zone"),
    }
    for name, check in checks.items():
        value = getattr(args, name)
        try:
            if value is not None:
                check(value)
        except ValueError as error:
            parser.error(f"--{name.replace('_', '-')}: {error}")
    return args


def weights_of(path: str) -> dict[str, torch.Tensor]:
    """Read the state dict of a checkpoint."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    weights: dict[str, torch.Tensor] = content.get("state_dict", content)
    return weights


def rounded(tensor: torch.Tensor) -> torch.Tensor:
    """Give the float32 values that float16 can hold."""
    return tensor.half().float() if tensor.is_floating_point() else tensor


def largest_difference(first: SyMPIE, second: SyMPIE) -> float:
    """Give the largest difference of two enhancers' pictures, in grey levels."""
    from skimage import data

    worst = 0.0
    for name in PICTURES:
        picture = np.ascontiguousarray(getattr(data, name)())
        views = [picture] + [
            corrupt(picture, corruption, 3, np.random.default_rng(0)) for corruption in CORRUPTIONS
        ]
        for view in views:
            levels = [enhance(view / np.float32(255), module)[0] for module in (first, second)]
            worst = max(worst, 255 * float(np.abs(levels[0] - levels[1]).max()))
    return worst


if __name__ == "__main__":
    sys.exit(main())
