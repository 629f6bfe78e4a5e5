"""Write the enhancer, alone or with a frozen network, to a file that was checked first."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from sympie_seg.enhancer import SyMPIE
from sympie_seg.export.check import (
    Difference,
    Reference,
    check_file,
    enhance_as_sympie,
    random_images,
)
from sympie_seg.export.colours import Colours
from sympie_seg.export.enhancer import ExportableEnhancer
from sympie_seg.export.formats import DEFAULT_OPSET, FORMATS, Shape, check_format
from sympie_seg.utils.files import replace_bytes
from sympie_seg.version import __version__

if TYPE_CHECKING:  # the enhancer alone needs no mmengine
    from mmengine.model import BaseModel

__all__ = ["SIZES", "export_enhancer", "export_network"]

SIZES = ((224, 224), (240, 426), (333, 250), (60, 600))
"""Checked by default: NEM's own, wide, high, and beyond the aspect ratio where the thumbnail's rule changes."""

STRENGTHS = (0.0, 0.5, 1.0, 1.4, 2.0)
"""Checked where the file takes a strength."""


def export_enhancer(
    path: str | os.PathLike[str],
    enhancer: SyMPIE,
    kind: str = "onnx",
    *,
    source: Colours | None = None,
    shape: Shape | None = None,
    opset: int = DEFAULT_OPSET,
    sizes: Sequence[tuple[int, int]] = SIZES,
    notes: dict[str, str] | None = None,
    runs: int = 1,
    with_strength: bool = False,
) -> list[Difference]:
    """Write the enhancer: images in, the same kind of images (and the 37 numbers) out.

    Args:
        path: file to write.
        enhancer: a trained SyMPIE.
        kind: 'onnx' or 'pt2'.
        source: colour space of the images. Defaults to None: uint8 RGB.
        shape: open sizes, or fixed ones. Defaults to None: open.
        opset: of ONNX; 18 at least.
        sizes: (height, width) to check; a fixed shape checks itself only.
        notes: to keep in the file beside ours.
        runs: how often each size is run, for its time.
        with_strength: give the file a second input ``strength``, float32 of shape (), limited to [0, 2]; in ONNX it
            may be left out. Defaults to False: the enhancer's own strength is fixed in the file.

    Returns:
        The differences from the original, which the file also holds.

    Raises:
        ModuleNotFoundError: if what ONNX needs is not installed.
        ValueError: if the file gives other results than the original; nothing is written.
        OSError: if it cannot be written.
    """
    source = Colours.levels("rgb") if source is None else source
    original = copy.deepcopy(enhancer).cpu().float().eval()
    about = {
        "task": "enhancer",
        "output_enhanced": source.describe(),
        "output_parameters": "37 numbers: color_matrix (3, 3), color_shift (3), kernel (5, 5)",
        **(notes or {}),
    }
    return _export(
        path,
        partial(ExportableEnhancer, original, source),
        lambda images, strength: enhance_as_sympie(original, images, source, strength),
        kind, source, shape, opset, sizes, about, runs, original.strength, with_strength,
    )  # fmt: skip


def export_network(
    path: str | os.PathLike[str],
    model: BaseModel,
    kind: str = "onnx",
    *,
    source: Colours | None = None,
    outputs: str = "both",
    shape: Shape | None = None,
    opset: int = DEFAULT_OPSET,
    sizes: Sequence[tuple[int, int]] = SIZES,
    notes: dict[str, str] | None = None,
    runs: int = 1,
    with_strength: bool = False,
) -> list[Difference]:
    """Write enhancer and frozen network: images in, logits and/or classes out.

    Args:
        path: file to write.
        model: an mmseg segmentor or a TorchNetwork with the plug-in, see
            :func:`sympie_seg.export.network.build_network`.
        kind: as for :func:`export_enhancer`, as are the other arguments.
        source: colour space of the images. Defaults to None: uint8 RGB.
        outputs: 'logits', 'classes' or 'both'.
        shape: open sizes, or fixed ones. Defaults to None: open.
        opset: of ONNX.
        sizes: (height, width) to check.
        notes: to keep in the file beside ours.
        runs: how often each size is run, for its time.
        with_strength: give the file a second input ``strength``, float32 of shape (), limited to [0, 2]; in ONNX it
            may be left out. Defaults to False: the enhancer's own strength is fixed in the file.

    Returns:
        The differences from the original, which the file also holds.

    Raises:
        ModuleNotFoundError, OSError: as for :func:`export_enhancer`.
        ValueError: also if the model does something that a graph of any size cannot.
    """
    # Here, since the enhancer alone needs no mmseg.
    from sympie_seg.export.network import ExportableNetwork, predict_as_mmseg
    from sympie_seg.export.open_sizes import resizing_without_questions

    source = Colours.levels("rgb") if source is None else source
    model = model.cpu().eval()
    make = partial(ExportableNetwork, model, source, outputs)
    classes = make().classes

    def reference(images: torch.Tensor, strength: float | None) -> dict[str, torch.Tensor]:
        logits = predict_as_mmseg(model, images, source, strength)
        return {"logits": logits, "classes": classes(logits)}

    meta = getattr(model, "dataset_meta", None) or {}
    about = {
        "task": getattr(getattr(model, "task", None), "name", "segmentation"),
        "classes": json.dumps(list(meta.get("classes") or [])),
        "palette": json.dumps([list(map(int, colour)) for colour in meta.get("palette") or []]),
        "network_input": make().target.describe(),
        **(notes or {}),
    }
    own = model.data_preprocessor.enhancer.strength
    with resizing_without_questions():
        return _export(
            path,
            make,
            reference,
            kind,
            source,
            shape,
            opset,
            sizes,
            about,
            runs,
            own,
            with_strength,
        )


def _export(
    path: str | os.PathLike[str],
    make: Any,
    reference: Reference,
    kind: str,
    source: Colours,
    shape: Shape | None,
    opset: int,
    sizes: Sequence[tuple[int, int]],
    about: dict[str, str],
    runs: int,
    strength: float,
    with_strength: bool,
) -> list[Difference]:
    shape = Shape() if shape is None else shape
    form = FORMATS[check_format(kind)]
    # With the batch fixed ONNX can have a grouped convolution like the others.
    module = make(as_operator=kind == "onnx" and shape.dynamic).eval()
    examples: tuple[Tensor, ...] = (
        random_images(source, (shape.batch, shape.height, shape.width)),
    )
    strengths: tuple[float | None, ...] = (None,)
    if with_strength:
        examples += (torch.tensor(strength, dtype=torch.float32),)
        # Only ONNX has inputs that may be left out.
        strengths = (*([None] if kind == "onnx" else []), *STRENGTHS)
    built = form.build(module, examples, shape, opset)
    notes = _notes(source, shape, opset if kind == "onnx" else None) | about
    notes["strength"] = f"{strength:g}" + (", or the input of this name" if with_strength else "")
    run = form.load(form.pack(built, notes))
    shapes = [(shape.batch, shape.height, shape.width)]
    if shape.dynamic:
        shapes = [(1 + number % 2, *size) for number, size in enumerate(sizes)]
    differences = check_file(run, module.output_names, reference, source, shapes, runs, strengths)
    if wrong := [difference for difference in differences if difference.is_too_large]:
        raise ValueError(
            f"the {kind} file gives other results than PyTorch, nothing was written: {wrong[0]}; try another --format, "
            "a fixed size (--static), or report the network"
        )
    kept = [{"size": d.size, "output": d.output, "max_difference": d.largest} for d in differences]
    replace_bytes(
        Path(path), form.pack(built, notes | {"checked_against_pytorch": json.dumps(kept)})
    )
    return differences


def _notes(source: Colours, shape: Shape, opset: int | None) -> dict[str, str]:
    sizes = f"{shape.batch} x 3 x {shape.height} x {shape.width}"
    notes = {
        "format": "sympie_seg.export",
        "version": "1",
        "input": source.describe(),
        "input_order": source.order,
        "input_dtype": source.dtype,
        "input_mean": json.dumps(source.mean),
        "input_std": json.dumps(source.std),
        "input_shape": "batch x 3 x height x width" if shape.dynamic else sizes,
        "rounding": "uint8: half to even, limited to 0..255",
        "sympie_seg": __version__,
        "torch": torch.__version__,
    }
    return notes if opset is None else notes | {"opset": str(opset)}
