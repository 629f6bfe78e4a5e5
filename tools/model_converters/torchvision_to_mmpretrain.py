"""Convert a classifier in torchvision's names to a checkpoint for mmpretrain's network.

    python tools/model_converters/torchvision_to_mmpretrain.py resnet50 SRC DST

SRC is a file of torchvision, or of anybody who trains torchvision's networks: AugMix, PixMix, PRIME, HybridAugment++.
Weights may be bare or under 'state_dict', 'model' or 'model_state_dict', with 'module.' or 'model.' before their names;
a normalisation layer beside the network is checked and left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)
from sympie_seg.models.conversion import ARCHITECTURES, convert_torchvision
from sympie_seg.models.conversion.command import convert_file, make_parser
from sympie_seg.upstream.checkpoint_reading import read_checkpoint
from sympie_seg.utils.output import print_anything


def main(arguments: list[str] | None = None) -> int:
    """Convert a file.

    Args:
        arguments: of the command line. Defaults to None (those of this process).

    Returns:
        0, or 1 after a line on stderr that says what is wrong.
    """
    parser = make_parser(__doc__)
    parser.add_argument("architecture", choices=ARCHITECTURES, help="torchvision's name")
    parser.add_argument("src", metavar="SRC", type=Path, help="checkpoint in torchvision's names")
    parser.add_argument("dst", metavar="DST", type=Path, help="checkpoint to write")
    args = parser.parse_args(arguments)

    def convert() -> tuple[dict, str]:
        state, found = convert_torchvision(read_checkpoint(args.src), args.architecture)
        wrapped = ", ".join(
            [*map(repr, found.found_under), repr(found.prefix) if found.prefix else ""]
        )
        said = f"the network is configs/_base_/models/{ARCHITECTURES[args.architecture].config}"
        if wrapped.strip(", "):
            said += f"; the weights were under {wrapped.strip(', ')}"
        if found.left_out:
            said += f"; left out, as the data preprocessor normalises: {', '.join(found.left_out)}"
        return state, said

    return convert_file(args.src, args.dst, convert, Path(__file__).name)


if __name__ == "__main__":
    print_anything()
    sys.exit(main())
