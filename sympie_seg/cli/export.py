"""Write the enhancer, alone or with a frozen network behind it, as ONNX or torch.export (.pt2).

    sympie-seg export --enhancer general --out enhancer.onnx --order bgr
    sympie-seg export CONFIG CHECKPOINT --enhancer FILE --out network.onnx --outputs classes

Batch, height and width stay open, unless --static fixes them. Before anything is written the file is run at several
sizes and compared with PyTorch; the differences are printed, and kept in the file beside the colour order and
normalisation. Without CONFIG no mmseg is needed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sympie_seg.api import default_enhancer
from sympie_seg.cli.usage_error import UsageError
from sympie_seg.enhancer import file_sha256, load_enhancer
from sympie_seg.enhancer.shipped import resolve_enhancer
from sympie_seg.export import SIZES, Colours, Difference, Shape, export_enhancer, export_network
from sympie_seg.export.check import differences_table
from sympie_seg.export.formats import DEFAULT_OPSET, FORMATS, format_of
from sympie_seg.utils.escaping import printable
from sympie_seg.utils.failures import told


def size(text: str) -> tuple[int, int]:
    """Read HEIGHTxWIDTH."""
    try:
        height, width = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not HEIGHTxWIDTH, such as 512x1024"
        ) from None
    if min(height, width) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' has no pixels")
    return height, width


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add(
        "config", nargs="?", help="mmseg config of the frozen network (default: the enhancer alone)"
    )
    add("checkpoint", nargs="?", help="the network's weights")
    add("--enhancer", type=Path, help="enhancer file (default: the config's, or the project's)")
    add("--out", type=Path, help="file to write (default: by what and format)")
    add("--format", metavar="|".join(FORMATS), help="default: as --out ends, else onnx")
    add(
        "--input",
        choices=("uint8", "float"),
        default="uint8",
        help="0..255, or ImageNet-normalised",
    )
    add("--order", choices=("rgb", "bgr"), default="rgb", help="of the colours, in and out")
    add(
        "--with-strength",
        action="store_true",
        help="a second input, strength in [0, 2]; in ONNX it may be left out (default: fixed, the enhancer's own)",
    )
    add(
        "--once",
        action="store_true",
        help="NEM runs once, also where the enhancer's file asks for a second estimate: less time, less gain",
    )
    add("--outputs", choices=("logits", "classes", "both"), default="both", help="with CONFIG")
    add("--opset", type=int, default=DEFAULT_OPSET, help="of ONNX, 18 to 23 (default: %(default)s)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--dynamic", action="store_true", help="any batch, height, width (default)")
    shape.add_argument("--static", type=size, metavar="HxW", help="this size only")
    add("--batch", type=int, default=1, help="number of images with --static")
    add("--sizes", type=size, nargs="+", metavar="HxW", default=SIZES, help="to check")
    add("--runs", type=int, default=1, help="runs per size; the best time is printed")
    add("--cfg-options", nargs="+", metavar="KEY=VALUE", help="override settings of the config")


def load_network(args: argparse.Namespace) -> Any:
    """Build the segmentor of the config with its weights."""
    # Here, so that the enhancer alone needs no mmseg.
    from sympie_seg.cli.common import read_config
    from sympie_seg.cli.config_options import check_choices, check_numbers, override, settings
    from sympie_seg.export.network import build_network

    config = read_config(args.config)
    try:
        override(config, settings(args.cfg_options or []))
    except ValueError as error:
        raise UsageError(str(error)) from None
    check_numbers(config)
    check_choices(config)
    return build_network(config, args.checkpoint, args.enhancer)


def _shape(args: argparse.Namespace) -> Shape:
    if not args.static:
        return Shape()
    height, width = args.static
    return Shape(args.batch, height, width, dynamic=False)


def export(args: argparse.Namespace) -> tuple[Path, list[Difference]]:
    """Write the file; give its path and the differences."""
    kind = format_of(args.format, args.out)
    out = args.out or Path(("network" if args.config else "enhancer") + FORMATS[kind].suffix)
    uint8 = args.input == "uint8"
    options: dict[str, Any] = dict(
        kind=kind,
        source=Colours.levels(args.order) if uint8 else Colours.imagenet(args.order),
        shape=_shape(args),
        opset=args.opset,
        sizes=args.sizes,
        runs=args.runs,
        with_strength=args.with_strength,
    )
    if args.config:
        notes = {"config": printable(Path(args.config).name)}
        model = load_network(args)
        _estimate_once(args, model.data_preprocessor.enhancer)
        notes["enhancer"] = printable(str(model.data_preprocessor.enhancer_source))
        return out, export_network(out, model, outputs=args.outputs, notes=notes, **options)
    file = resolve_enhancer(args.enhancer or default_enhancer())
    enhancer = load_enhancer(file)[0]
    _estimate_once(args, enhancer)
    notes = {"enhancer": f"{printable(file.name)} (sha256 {file_sha256(file)[:16]})"}
    return out, export_enhancer(out, enhancer, notes=notes, **options)


def _estimate_once(args: argparse.Namespace, enhancer: Any) -> None:
    if args.once:
        enhancer.refinement = None


def run(args: argparse.Namespace) -> None:
    """Export and report."""
    try:
        out, differences = export(args)
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        raise SystemExit(f"error: {told(error)}") from None
    print(differences_table(differences))
    print(f"{out} ({out.stat().st_size / 2**20:.1f} MB): {args.input} {args.order.upper()}")
