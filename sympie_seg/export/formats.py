"""The two kinds of file: how a module becomes bytes with notes inside, and how those bytes are run."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from sympie_seg.export.filter_each import onnx_translations

__all__ = ["DEFAULT_OPSET", "FORMATS", "GONE", "Shape", "check_format", "format_of", "require_onnx"]

DEFAULT_OPSET = 18  # the first whose Resize is antialiased
NOTES = "sympie_seg.json"
_AXES = ("batch", "", "height", "width")
INPUTS = ("images", "strength")
Run = Callable[..., list[np.ndarray]]
Examples = tuple[Tensor, ...]


@dataclass(frozen=True)
class Shape:
    """Of the example that is recorded, and whether the file takes others.

    Attributes:
        batch: number of images.
        height: in pixels.
        width: in pixels.
        dynamic: whether batch, height and width stay open.
    """

    batch: int = 2
    height: int = 100
    width: int = 150
    dynamic: bool = True

    def dimensions(self, inputs: int = 1) -> tuple[dict[int, Any] | None, ...] | None:
        """Which axes stay open, of the images and of the inputs behind them, as torch.export asks for it."""
        if not self.dynamic:
            return None
        opened = {axis: torch.export.Dim.DYNAMIC for axis, name in enumerate(_AXES) if name}
        return (opened, *[None] * (inputs - 1))


class OnnxFormat:
    """ONNX, run by onnxruntime on the CPU."""

    suffix = ".onnx"

    @staticmethod
    def build(module: nn.Module, examples: Examples, shape: Shape, opset: int) -> Any:
        """Record a module; give onnx's ModelProto.

        Raises:
            ValueError: if the exporter cannot write this opset; it would take another and say nothing.
        """
        require_onnx()
        import onnx

        with _quiet():
            program = torch.export.export(
                module, examples, dynamic_shapes=shape.dimensions(len(examples))
            )
            converted = torch.onnx.export(
                program,
                (),
                dynamo=True,
                opset_version=opset,
                input_names=list(INPUTS[: len(examples)]),
                output_names=list(cast("Sequence[str]", module.output_names)),
                custom_translation_table=onnx_translations(),
                verbose=False,
            )
        assert converted is not None  # it is with dynamo=True
        model = converted.model_proto
        written = next(entry.version for entry in model.opset_import if not entry.domain)
        if written != opset:
            raise ValueError(
                f"opset {opset} was asked for, only {written} can be written; {DEFAULT_OPSET} is the lowest whose "
                "Resize is antialiased"
            )
        _name_axes(model)
        for name, value in zip(INPUTS[1:], examples[1:], strict=False):
            # A value of the input's name is its default: whoever runs the file may leave the input out.
            default = onnx.numpy_helper.from_array(value.numpy(), name)
            model.graph.initializer.append(default)
        _mark_lowest_ir(model)
        return model

    @staticmethod
    def pack(model: Any, notes: dict[str, str]) -> bytes:
        """Give the file's bytes; each note is one entry of ``metadata_props``."""
        import onnx

        del model.metadata_props[:]
        onnx.helper.set_model_props(model, notes)
        result: bytes = model.SerializeToString()
        return result

    @staticmethod
    def load(data: bytes) -> Run:
        """Give a function that runs the file."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(data, options, ["CPUExecutionProvider"])
        return lambda *inputs: session.run(None, dict(zip(INPUTS, inputs, strict=False)))


class Pt2Format:
    """The archive of torch.export."""

    suffix = ".pt2"

    @staticmethod
    def build(module: nn.Module, examples: Examples, shape: Shape, opset: int) -> Any:
        """Record a module; give an ExportedProgram."""
        with _quiet(), torch.no_grad():
            return torch.export.export(
                module, examples, dynamic_shapes=shape.dimensions(len(examples))
            )

    @staticmethod
    def pack(model: Any, notes: dict[str, str]) -> bytes:
        """Give the file's bytes; the notes are the extra file ``sympie_seg.json``."""
        buffer = io.BytesIO()
        with _quiet():
            torch.export.save(model, buffer, extra_files={NOTES: json.dumps(notes)})
        return buffer.getvalue()

    @staticmethod
    def load(data: bytes) -> Run:
        """Give a function that runs the file."""
        with _quiet():
            return _runner(torch.export.load(io.BytesIO(data)).module())


FORMATS: dict[str, type[OnnxFormat] | type[Pt2Format]] = {"onnx": OnnxFormat, "pt2": Pt2Format}
GONE = {
    "torchscript": "TorchScript files are not written any more, since PyTorch has given TorchScript up: write ONNX "
    "('onnx') or torch.export ('pt2') instead"
}
_ENDINGS = {".onnx": "onnx", ".pt2": "pt2", ".pt": "torchscript", ".torchscript": "torchscript"}


def check_format(kind: str) -> str:
    """Give the kind of file back if it can be written.

    Raises:
        ValueError: if not; the message names those that can.
    """
    if kind not in FORMATS:
        raise ValueError(
            GONE.get(kind, f"the format must be one of {tuple(FORMATS)}, got {kind!r}")
        )
    return kind


def format_of(kind: str | None, path: Path | None) -> str:
    """Give the kind of file: the one that is asked for, or as a file's name ends; ONNX without either.

    Args:
        kind: a name in :data:`FORMATS`, or None.
        path: file to write, or None.

    Raises:
        ValueError: if there is no such kind, or the name does not tell it.
    """
    if kind is None and path is None:
        return "onnx"
    if kind is None and path is not None:
        if path.suffix not in _ENDINGS:
            raise ValueError(f"--out '{path}' does not tell the format; add --format")
        kind = _ENDINGS[path.suffix]
    return check_format(str(kind))


def require_onnx() -> None:
    """Make sure that ONNX files can be written and run.

    Raises:
        ModuleNotFoundError: with the command that installs what is missing.
    """
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise ModuleNotFoundError(
            f'ONNX needs {", ".join(missing)}, not installed here: pip install "sympie-seg[export]"'
        )


def _runner(module: nn.Module) -> Run:
    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        with torch.no_grad():
            return [output.numpy() for output in module(*map(torch.from_numpy, inputs))]

    return run


def _name_axes(model: Any) -> None:
    """Call the open axes batch, height and width instead of s34, s14 and s54."""
    names = {}
    for axis, name in zip(model.graph.input[0].type.tensor_type.shape.dim, _AXES, strict=True):
        if axis.dim_param and name:
            names[axis.dim_param] = name
    for value in (*model.graph.input, *model.graph.output):
        for axis in value.type.tensor_type.shape.dim:
            if axis.dim_param:
                axis.dim_param = names.get(axis.dim_param, axis.dim_param)
    del model.graph.value_info[:]  # inner shapes under the old names; a runtime infers them


def _mark_lowest_ir(model: Any) -> None:
    """Mark the lowest IR version that holds the opset, so that older runtimes take the file; torch marks a newer one.

    What later versions brought and torch writes is notes on nodes and values, for its own debugging; they go.
    """
    import onnx

    known = [entry for entry in model.opset_import if not entry.domain]
    model.ir_version = onnx.helper.find_min_ir_version_for(known)
    graphs = [model.graph, *model.functions]
    while graphs:
        graph = graphs.pop()
        for part in (graph, *graph.node, *graph.value_info):
            del part.metadata_props[:]
        if isinstance(graph, onnx.GraphProto):
            for part in (*graph.input, *graph.output, *graph.initializer):
                del part.metadata_props[:]
        graphs += [a.g for node in graph.node for a in node.attribute if a.HasField("g")]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporters' advice on deprecations and traced branches: the result is checked instead."""
    import logging

    logger = logging.getLogger("torch.onnx")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
